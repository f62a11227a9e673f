/**
 * Decoding pprof profiles, ours against Go's profile.Parse: `node perf/decode.ts [--json]`.
 *
 * Both read the same gzipped file, unpack and decode it, alternating, each in a process of its own.
 * CPU milliseconds (user + system, all threads); "hot" is the median of the runs after the first,
 * "first" the median first run of fresh processes, where JavaScript is still being compiled. Peak
 * memory is that of a fresh process after one run. Needs `go`. The bar: hot ≤ 0.4 of Go's.
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PERF_CACHE, profileFile, RECIPES } from './make-profiles.ts';

interface Answer {
  readonly cpuMs: number;
  readonly samples: number;
  readonly peakMb: number;
}

/** A decoder in a process: takes file names, gives answers. */
class Contender {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly answers: AsyncIterator<string>;

  constructor(command: readonly string[]) {
    const [program = '', ...args] = command;
    this.child = spawn(program, args);
    this.child.stderr.pipe(process.stderr);
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async run(file: string): Promise<Answer> {
    this.child.stdin.write(`${file}\n`);
    const { value, done } = await this.answers.next();
    if (done === true) throw new Error(`${this.child.spawnfile} ended early`);
    return JSON.parse(value);
  }

  end(): void {
    this.child.stdin.end();
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function buildGo(): string {
  const binary = join(PERF_CACHE, 'parse');
  mkdirSync(PERF_CACHE, { recursive: true });
  const build = spawnSync('go', ['build', '-o', binary, '.'], {
    cwd: join(import.meta.dirname, 'go/parse'),
    encoding: 'utf8',
  });
  if (build.error !== undefined || build.status !== 0) {
    throw new Error(`Cannot build the Go half: ${build.error?.message ?? build.stderr}`);
  }
  return binary;
}

interface Measured {
  readonly hotMs: number;
  readonly firstMs: number;
  readonly peakMb: number;
}

interface Row {
  readonly profile: string;
  readonly samples: number;
  readonly runs: number;
  readonly go: Measured;
  readonly ours: Measured;
  readonly hotRatio: number;
  readonly firstRatio: number;
}

const FRESH = 3;

async function measure(name: string, file: string, runs: number, go: string): Promise<Row> {
  const commands = {
    go: [go],
    ours: [process.execPath, join(import.meta.dirname, 'decode-worker.ts')],
  };
  const fresh = { go: [] as Answer[], ours: [] as Answer[] };
  for (let i = 0; i < FRESH; i++) {
    for (const side of ['go', 'ours'] as const) {
      const contender = new Contender(commands[side]);
      fresh[side].push(await contender.run(file));
      contender.end();
    }
  }
  const contenders = { go: new Contender(commands.go), ours: new Contender(commands.ours) };
  const hot = { go: [] as Answer[], ours: [] as Answer[] };
  for (let i = 0; i <= runs; i++) {
    for (const side of ['go', 'ours'] as const) {
      const answer = await contenders[side].run(file);
      if (i > 0) hot[side].push(answer);
    }
  }
  contenders.go.end();
  contenders.ours.end();
  const samples = new Set([...hot.go, ...hot.ours].map((answer) => answer.samples));
  if (samples.size !== 1) throw new Error(`${file}: the decoders disagree on its samples`);
  const sum = (side: 'go' | 'ours'): Measured => ({
    hotMs: median(hot[side].map((answer) => answer.cpuMs)),
    firstMs: median(fresh[side].map((answer) => answer.cpuMs)),
    peakMb: median(fresh[side].map((answer) => answer.peakMb)),
  });
  const [goSide, ourSide] = [sum('go'), sum('ours')];
  return {
    profile: name,
    samples: [...samples][0] ?? 0,
    runs,
    go: goSide,
    ours: ourSide,
    hotRatio: ourSide.hotMs / goSide.hotMs,
    firstRatio: ourSide.firstMs / goSide.firstMs,
  };
}

const RUNS: Readonly<Record<string, number>> = {
  'small-cpu': 60,
  'medium-heap': 20,
  'large-heap': 4,
};

const go = buildGo();
const rows: Row[] = [];
for (const recipe of RECIPES) {
  rows.push(await measure(recipe.name, profileFile(recipe), RUNS[recipe.name] ?? 5, go));
}
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ schema: 'whygo.perf.decode/1', rows })}\n`);
} else {
  const line = (cells: readonly string[]) =>
    `${cells.map((cell, i) => (i === 0 ? cell.padEnd(12) : cell.padStart(11))).join('')}\n`;
  process.stdout.write('gunzip and decode, CPU ms: Go profile.Parse, ours, ratio\n');
  process.stdout.write(
    line([
      '',
      'samples',
      'Go hot',
      'ours hot',
      'ratio',
      'Go first',
      'ours first',
      'ratio',
      'Go MB',
      'ours MB',
    ]),
  );
  for (const row of rows) {
    process.stdout.write(
      line([
        row.profile,
        String(row.samples),
        row.go.hotMs.toFixed(1),
        row.ours.hotMs.toFixed(1),
        row.hotRatio.toFixed(2),
        row.go.firstMs.toFixed(1),
        row.ours.firstMs.toFixed(1),
        row.firstRatio.toFixed(2),
        row.go.peakMb.toFixed(0),
        row.ours.peakMb.toFixed(0),
      ]),
    );
  }
}
