/**
 * A debug=2 dump of 100,000 goroutines, parsed and grouped by us, parsed by gostackparse:
 * `node perf/goroutines.ts [--json]`.
 *
 * The dump is the runtime's own text of real goroutines, made once by perf/go/dump (some 64 MiB).
 * Both read the same file from memory, alternating, each in a process of its own; ours also groups
 * what it read. CPU milliseconds (user + system, all threads); "hot" is the median of the runs after
 * the first, "first" that of fresh processes. Peak memory is that of a fresh process after one run.
 * Needs `go` and the module gostackparse. The bar: hot ≤ 1 of Go's, memory ≤ 4 times the file.
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const CACHE = join(import.meta.dirname, '../.cache/perf');
const GOROUTINES = 100_000;
const FRESH = 3;
const HOT = 8;

interface Answer {
  readonly cpuMs: number;
  readonly goroutines: number;
  readonly peakMb: number;
}

/** A parser in a process: takes file names, gives answers. */
class Contender {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly answers: AsyncIterator<string>;

  constructor([program = '', ...args]: readonly string[]) {
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

function build(name: string): string {
  const binary = join(CACHE, name);
  mkdirSync(CACHE, { recursive: true });
  const built = spawnSync('go', ['build', '-trimpath', '-o', binary, '.'], {
    cwd: join(import.meta.dirname, 'go', name),
    encoding: 'utf8',
  });
  if (built.error !== undefined || built.status !== 0) {
    throw new Error(`Cannot build perf/go/${name}: ${built.error?.message ?? built.stderr}`);
  }
  return binary;
}

function dumpFile(): string {
  const file = join(CACHE, `goroutines-${GOROUTINES}.txt`);
  if (existsSync(file)) return file;
  process.stderr.write(`making ${file}\n`);
  const run = spawnSync(build('dump'), [String(GOROUTINES), file], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`Cannot make the dump: ${run.stderr}`);
  return file;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

interface Measured {
  readonly name: string;
  readonly hotMs: number;
  readonly firstMs: number;
  readonly peakMb: number;
  readonly goroutines: number;
}

async function measure(file: string): Promise<Measured[]> {
  const ours = [process.execPath, join(import.meta.dirname, 'goroutines-worker.ts')];
  const commands = [
    { name: 'gostackparse, parse', command: [build('stackparse')] },
    { name: 'ours, parse and group', command: ours },
    { name: 'ours, with arguments', command: [...ours, '--arguments'] },
  ];
  const fresh = commands.map(() => [] as Answer[]);
  const hot = commands.map(() => [] as Answer[]);
  for (let i = 0; i < FRESH; i++) {
    for (const [side, { command }] of commands.entries()) {
      const contender = new Contender(command);
      fresh[side].push(await contender.run(file));
      contender.end();
    }
  }
  const contenders = commands.map(({ command }) => new Contender(command));
  for (let i = 0; i <= HOT; i++) {
    for (const [side, contender] of contenders.entries()) {
      const answer = await contender.run(file);
      if (i > 0) hot[side].push(answer);
    }
  }
  for (const contender of contenders) contender.end();
  return commands.map(({ name }, side) => ({
    name,
    hotMs: median(hot[side].map(({ cpuMs }) => cpuMs)),
    firstMs: median(fresh[side].map(({ cpuMs }) => cpuMs)),
    peakMb: median(fresh[side].map(({ peakMb }) => peakMb)),
    goroutines: fresh[side][0].goroutines,
  }));
}

const file = dumpFile();
const megabytes = statSync(file).size / 1024 / 1024;
const rows = await measure(file);
const counts = new Set(rows.map(({ goroutines }) => goroutines));
if (counts.size !== 1)
  throw new Error(`The parsers disagree: ${[...counts].join(', ')} goroutines`);
if (process.argv.includes('--json')) {
  process.stdout.write(
    `${JSON.stringify({ schema: 'whygo.perf.goroutines/1', megabytes, rows })}\n`,
  );
} else {
  const line = (cells: readonly string[]) =>
    `${cells.map((cell, i) => (i === 0 ? cell.padEnd(24) : cell.padStart(12))).join('')}\n`;
  const [{ goroutines, hotMs, firstMs }] = rows;
  process.stdout.write(
    `${goroutines} goroutines, ${megabytes.toFixed(1)} MiB of debug=2; CPU ms\n`,
  );
  process.stdout.write(line(['', 'hot', 'ratio', 'MiB/s', 'first', 'ratio', 'peak MB', '× file']));
  for (const row of rows) {
    process.stdout.write(
      line([
        row.name,
        row.hotMs.toFixed(0),
        (row.hotMs / hotMs).toFixed(2),
        ((megabytes / row.hotMs) * 1000).toFixed(0),
        row.firstMs.toFixed(0),
        (row.firstMs / firstMs).toFixed(2),
        row.peakMb.toFixed(0),
        (row.peakMb / megabytes).toFixed(1),
      ]),
    );
  }
}
