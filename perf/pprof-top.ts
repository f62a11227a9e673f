/**
 * `whygo pprof` against Go's pprof, whole process against whole process:
 * `node perf/pprof-top.ts [--json] [--all] [FOLDER]`.
 *
 * CPU seconds (user + system) and peak memory, alternating, medians; output goes to a file and must be
 * equal. FOLDER holds `*.pb.gz` (default: the profiles of make-profiles.ts in .cache/perf); a `NAME.pb.gz`
 * with a `NAME-base.pb.gz` beside it is compared as well. Without --all, profiles above 5 MB run -top
 * alone. Needs `go` (pprof itself, built once) and a built dist/.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PERF_CACHE } from './make-profiles.ts';

const root = join(import.meta.dirname, '..');
const flags = process.argv.slice(2).filter((arg) => arg.startsWith('-'));
const folder = process.argv.slice(2).find((arg) => !arg.startsWith('-')) ?? PERF_CACHE;

interface Run {
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly digest: string;
}

function buildPprof(): string {
  mkdirSync(PERF_CACHE, { recursive: true });
  const binary = join(PERF_CACHE, 'pprof');
  const build = spawnSync('go', ['build', '-o', binary, 'cmd/pprof'], { encoding: 'utf8' });
  if (build.error === undefined && build.status === 0) return binary;
  throw new Error(`Cannot build cmd/pprof: ${build.error?.message ?? build.stderr}`);
}

const output = join(PERF_CACHE, 'pprof-output');

/** Runs a command; its last line on standard error is what the shell measured. */
function run(command: readonly string[], zipped: boolean): Run {
  const script = 'TIMEFORMAT="%U %S"; time { "$@" 2>/dev/null; }';
  const measured = spawnSync('bash', ['-c', script, 'bash', ...command], {
    encoding: 'utf8',
    stdio: ['ignore', openSync(output, 'w'), 'pipe'],
  });
  if (measured.status !== 0) throw new Error(`${command.join(' ')} failed: ${measured.stderr}`);
  const line = measured.stderr.trim().split('\n').at(-1) ?? '';
  const [user = Number.NaN, system = Number.NaN] = line.split(' ').map(Number);
  const content = readFileSync(output);
  const plain = zipped ? gunzipSync(content) : content;
  const digest = createHash('sha256').update(plain).digest('hex');
  return { cpuSeconds: user + system, peakMb: peakOf(command), digest };
}

/** Peak resident memory of one more run, where GNU time is installed; else NaN. */
function peakOf(command: readonly string[]): number {
  if (!flags.includes('--memory') || !existsSync('/usr/bin/time')) return Number.NaN;
  const measured = spawnSync('/usr/bin/time', ['-f', '%M', ...command], {
    encoding: 'utf8',
    stdio: ['ignore', openSync('/dev/null', 'w'), 'pipe'],
  });
  return Number(measured.stderr.trim().split('\n').at(-1)) / 1024;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function casesOf(file: string): string[][] {
  const base = file.replace(/\.pb\.gz$/, '-base.pb.gz');
  const large = statSync(file).size > 5_000_000 && !flags.includes('--all');
  const cases = [['-top', file]];
  if (large) return cases;
  if (existsSync(base)) cases.push(['-top', `-diff_base=${base}`, file], ['-proto', base, file]);
  return [...cases, ['-dot', file], ['-traces', file]];
}

const pprof = buildPprof();
const ours = [process.execPath, join(root, 'dist/cli/main.js'), 'pprof'];
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.pb.gz') && !name.endsWith('-base.pb.gz'))
  .map((name) => join(folder, name));
const rows = [];
for (const file of files) {
  for (const args of casesOf(file)) {
    const runs = statSync(file).size > 5_000_000 ? 1 : 5;
    const zipped = args[0] === '-proto';
    const mine: Run[] = [];
    const theirs: Run[] = [];
    for (let i = 0; i < runs; i++) {
      mine.push(run([...ours, ...args], zipped));
      theirs.push(run([pprof, ...args], zipped));
    }
    const cpu = (side: readonly Run[]) => median(side.map(({ cpuSeconds }) => cpuSeconds));
    const row = {
      profile: basename(file, '.pb.gz'),
      command: args.map((arg) => arg.replace(`${folder}/`, '')).join(' '),
      runs,
      oursSeconds: cpu(mine),
      pprofSeconds: cpu(theirs),
      ratio: cpu(mine) / cpu(theirs),
      oursMb: median(mine.map(({ peakMb }) => peakMb)),
      pprofMb: median(theirs.map(({ peakMb }) => peakMb)),
      equal: mine.every(({ digest }) => theirs.some((other) => other.digest === digest)),
    };
    rows.push(row);
    if (flags.includes('--json')) continue;
    const seconds = `${row.oursSeconds.toFixed(2)} : ${row.pprofSeconds.toFixed(2)} CPU s`;
    const memory = Number.isNaN(row.oursMb)
      ? ''
      : `, ${row.oursMb.toFixed(0)} : ${row.pprofMb.toFixed(0)} MB`;
    process.stdout.write(
      `${row.command.padEnd(60)} ${seconds} = ${row.ratio.toFixed(2)}${memory}` +
        `${row.equal ? '' : '  OUTPUT DIFFERS'}\n`,
    );
  }
}
if (flags.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ schema: 'whygo.perf.pprof-top/1', rows })}\n`);
}
