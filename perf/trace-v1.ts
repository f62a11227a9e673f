/**
 * Reading traces of Go before 1.22, ours against Go's reader: `node perf/trace-v1.ts [FILE…] [--json]`.
 *
 * Go's golang.org/x/exp/trace parses the file and converts its events; ours also builds the states and
 * tables, and keeps all events. Each in processes of its own, alternating; CPU milliseconds (user +
 * system, all threads): "hot" is the median of the runs after the first three, "first" that of fresh
 * processes, where JavaScript is still being compiled. Without FILE, test/fixtures/trace/v1/program
 * is recorded with Go 1.21.13, which must be in Go's module cache. The bar: hot ≤ 1 of Go's.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Contender, median } from './contender.ts';
import { PERF_CACHE } from './make-profiles.ts';
import { buildGo } from './make-traces.ts';

interface Answer {
  readonly cpuMs: number;
  readonly events: number;
  readonly peakMb: number;
}

const WARM_UP = 3;
const HOT = 12;
const FRESH = 3;

/** A trace of Go 1.21, some 600,000 events; undefined where that Go is not at hand. */
function recordedTrace(): string | undefined {
  const file = join(PERF_CACHE, 'go1.21.trace');
  if (existsSync(file)) return file;
  const cwd = join(import.meta.dirname, '../test/fixtures/trace/v1/program');
  const env = { ...process.env, GOTOOLCHAIN: 'go1.21.13', GOPROXY: 'off', GOENV: 'off' };
  const binary = join(PERF_CACHE, 'tracev1');
  const build = spawnSync('go', ['build', '-o', binary, '.'], { cwd, env, encoding: 'utf8' });
  if (build.status !== 0) return undefined;
  const run = spawnSync(binary, ['-rounds', '12', '-o', file], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`recording ${file} failed: ${run.stderr}`);
  return file;
}

async function measure(file: string) {
  const worker = join(import.meta.dirname, 'trace-v1-worker.ts');
  const commands = [[buildGo('readtrace')], [process.execPath, worker]];
  const first: number[][] = [[], []];
  const peak: number[][] = [[], []];
  for (let i = 0; i < FRESH; i++) {
    for (const [side, command] of commands.entries()) {
      const contender = new Contender<Answer>(command);
      const answer = await contender.run(file);
      contender.end();
      first[side]?.push(answer.cpuMs);
      peak[side]?.push(answer.peakMb);
    }
  }
  const contenders = commands.map((command) => new Contender<Answer>(command));
  const hot: number[][] = [[], []];
  const counts = new Set<number>();
  for (let i = 0; i < WARM_UP + HOT; i++) {
    for (const [side, contender] of contenders.entries()) {
      const answer = await contender.run(file);
      counts.add(answer.events);
      if (i >= WARM_UP) hot[side]?.push(answer.cpuMs);
    }
  }
  for (const contender of contenders) contender.end();
  if (counts.size !== 1) throw new Error(`${file}: the readers disagree: ${[...counts]}`);
  const [goHot = 0, ourHot = 0] = hot.map(median);
  const [goFirst = 0, ourFirst = 0] = first.map(median);
  const [goPeakMb = 0, ourPeakMb = 0] = peak.map(median);
  const [events = 0] = counts;
  return { file, events, goHot, ourHot, goFirst, ourFirst, goPeakMb, ourPeakMb };
}

const isJson = process.argv.includes('--json');
const named = process.argv.slice(2).filter((name) => !name.startsWith('-'));
const recorded = named.length > 0 ? undefined : recordedTrace();
const files = recorded === undefined ? named : [recorded];
if (files.length === 0) process.stdout.write('v1: skipped, needs Go 1.21.13 in the module cache\n');
const rows = [];
for (const file of files) {
  const row = await measure(file);
  rows.push(row);
  if (isJson) continue;
  const { events, goHot, ourHot, goFirst, ourFirst, goPeakMb, ourPeakMb } = row;
  process.stdout.write(
    `${file}: ${events} events\n` +
      `  Go's reader: ${goHot.toFixed(0)} ms hot, ${goFirst.toFixed(0)} first, ${goPeakMb.toFixed(0)} MB\n` +
      `  ours:        ${ourHot.toFixed(0)} ms hot, ${ourFirst.toFixed(0)} first, ${ourPeakMb.toFixed(0)} MB\n` +
      `  ours / Go's: ${(ourHot / goHot).toFixed(2)} hot, ${(ourFirst / goFirst).toFixed(2)} first\n`,
  );
}
if (isJson) process.stdout.write(`${JSON.stringify({ schema: 'whygo.perf.trace-v1/1', rows })}\n`);
