/**
 * `whygo trace` beside `go tool trace`, whole processes: `node perf/trace-cli.ts [--json] [FILE]`.
 *
 * FILE is an execution trace of Go 1.22 on; unless given, the service of make-traces.ts (some 20 MB). CPU seconds (user + system, all threads) and peak memory of each process, the median of three
 * runs, alternating. The bar for -pprof=sched: ≤ 0.2 of Go's CPU time, ≤ 400 MB on a file of 27 MB. The
 * summary has no peer: go tool trace makes its like only for its page. Needs `go`; runs what
 * `npm run build` has built.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TRACE_RECIPES, traceFile } from './make-traces.ts';

const ROOT = join(import.meta.dirname, '..');
const RUNS = 3;

interface Cost {
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

/** What /usr/bin/time would say, from the system's own account of a child. */
function costOf(command: readonly string[]): Cost {
  const script = [
    'import resource, subprocess, sys',
    'status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode',
    'use = resource.getrusage(resource.RUSAGE_CHILDREN)',
    'print(use.ru_utime + use.ru_stime, use.ru_maxrss / 1024, status)',
  ].join('\n');
  const run = spawnSync('python3', ['-c', script, ...command], { encoding: 'utf8' });
  const [cpuSeconds = Number.NaN, peakMb = Number.NaN, status] = run.stdout.split(' ').map(Number);
  if (run.status !== 0 || status !== 0) {
    throw new Error(`${command.join(' ')} failed: ${run.stderr}`);
  }
  return { cpuSeconds, peakMb };
}

function median(costs: readonly Cost[]): Cost {
  const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];
  return {
    cpuSeconds: middle(costs.map(({ cpuSeconds }) => cpuSeconds)),
    peakMb: middle(costs.map(({ peakMb }) => peakMb)),
  };
}

function theirTool(): string {
  const tool = spawnSync('go', ['tool', '-n', 'trace'], { encoding: 'utf8' });
  if (tool.status !== 0) throw new Error('This needs go on the PATH');
  // The tool itself; without -n it would be built and run by another process.
  return tool.stdout.trim();
}

const args = process.argv.slice(2);
const file = args.find((arg) => !arg.startsWith('-')) ?? traceFile(TRACE_RECIPES[0]);
const compiled = join(ROOT, 'dist/cli/main.js');
const main = existsSync(compiled) ? compiled : join(ROOT, 'src/cli/main.ts');
const ours = (...flags: string[]) => [process.execPath, main, 'trace', ...flags, file];
const theirs = theirTool();
const sched: { ours: Cost[]; go: Cost[] } = { ours: [], go: [] };
const summary: Cost[] = [];
for (let run = 0; run < RUNS; run++) {
  sched.ours.push(costOf(ours('-pprof=sched')));
  sched.go.push(costOf([theirs, '-pprof=sched', file]));
  summary.push(costOf(ours()));
}
const result = {
  file: file.slice(file.lastIndexOf('/') + 1),
  megabytes: statSync(file).size / 1e6,
  format: readFileSync(file).toString('latin1', 0, 13),
  sched: { ours: median(sched.ours), go: median(sched.go) },
  summary: median(summary),
};
const share = result.sched.ours.cpuSeconds / result.sched.go.cpuSeconds;
if (args.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ ...result, share }, undefined, 2)}\n`);
} else {
  const line = (what: string, { cpuSeconds, peakMb }: Cost) =>
    `  ${what.padEnd(34)}${cpuSeconds.toFixed(2).padStart(7)} s CPU ${peakMb.toFixed(0).padStart(6)} MB\n`;
  process.stdout.write(
    `${result.file}, ${result.megabytes.toFixed(1)} MB, ${result.format}\n` +
      line('whygo trace -pprof=sched', result.sched.ours) +
      line('go tool trace -pprof=sched', result.sched.go) +
      line('whygo trace (summary)', result.summary) +
      `  -pprof=sched takes ${share.toFixed(2)} of go tool trace's CPU time (bar: 0.20)\n`,
  );
}
if (share > 0.2 || result.sched.ours.peakMb > 400) process.exitCode = 1;
