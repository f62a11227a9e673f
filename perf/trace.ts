/**
 * Reading execution traces, ours against Go's reader: `node perf/trace.ts [--json]`.
 *
 * Go's golang.org/x/exp/trace reads all events of a file; ours decodes, orders and builds the states
 * of all goroutines and procs, with their wake-ups, ranges and annotations. Each in processes of its
 * own, alternating, on one thread; CPU milliseconds (user + system, collector and compiler threads
 * included). "hot" is the median of the runs after the first, "first" the median first run of fresh
 * processes, where JavaScript is still being compiled. Then all events kept as columns, and two
 * workers by generation against one thread (wall time). Needs `go`.
 *
 * Bars: switches ≤ 0.67 of Go's CPU time, service ≤ 0.9; ≤ 30 bytes an event; two workers ≤ 0.6 of
 * our own wall time where the generations can be halved. Traces of Go before 1.22: trace-v1.ts, which
 * runs after these unless some are named.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Contender, median } from './contender.ts';
import { buildGo, TRACE_RECIPES, traceFile } from './make-traces.ts';

interface Answer {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly events: number;
  readonly peakMb: number;
  readonly eventBytes?: number;
}

type Side = 'go' | 'states' | 'events' | 'workers';
const SIDES: readonly Side[] = ['go', 'states', 'events', 'workers'];

interface Measured {
  readonly hotCpuMs: number;
  readonly hotWallMs: number;
  readonly firstCpuMs: number;
  readonly peakMb: number;
}

interface Row {
  readonly trace: string;
  readonly megabytes: number;
  readonly events: number;
  readonly sides: Readonly<Record<Side, Measured>>;
  readonly hotRatio: number;
  readonly firstRatio: number;
  readonly bytesPerEvent: number;
  readonly workersRatio: number;
}

const worker = join(import.meta.dirname, 'trace-worker.ts');
const goReader = buildGo('readtrace');
const command = (side: Side): string[] =>
  side === 'go' ? [goReader] : [process.execPath, worker, side];

async function first(side: Side, file: string, runs: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let i = 0; i < runs; i++) {
    const contender = new Contender<Answer>(command(side));
    answers.push(await contender.run(file));
    contender.end();
  }
  return answers;
}

/** Runs of both, in turn, each in one process; the first run of each is left out. */
async function hot(sides: readonly Side[], file: string, runs: number): Promise<Answer[][]> {
  const contenders = sides.map((side) => new Contender<Answer>(command(side)));
  const answers: Answer[][] = sides.map(() => []);
  for (let i = 0; i <= runs; i++) {
    for (const [side, contender] of contenders.entries()) {
      const answer = await contender.run(file);
      if (i > 0) answers[side]?.push(answer);
    }
  }
  for (const contender of contenders) contender.end();
  return answers;
}

async function measure(name: string, file: string, runs: number): Promise<Row> {
  const firsts = new Map<Side, Answer[]>();
  for (const side of SIDES) firsts.set(side, await first(side, file, 3));
  const [go = [], states = []] = await hot(['go', 'states'], file, runs);
  const [events = [], workers = []] = await hot(['events', 'workers'], file, runs);
  const counts = new Set([...go, ...states, ...events, ...workers].map((answer) => answer.events));
  if (counts.size !== 1) throw new Error(`${file}: the readers disagree: ${[...counts]}`);
  const sum = (side: Side, hots: readonly Answer[]): Measured => ({
    hotCpuMs: median(hots.map((answer) => answer.cpuMs)),
    hotWallMs: median(hots.map((answer) => answer.wallMs)),
    firstCpuMs: median((firsts.get(side) ?? []).map((answer) => answer.cpuMs)),
    peakMb: median((firsts.get(side) ?? []).map((answer) => answer.peakMb)),
  });
  const sides = {
    go: sum('go', go),
    states: sum('states', states),
    events: sum('events', events),
    workers: sum('workers', workers),
  };
  const [count = 0] = counts;
  return {
    trace: name,
    megabytes: statSync(file).size / 1e6,
    events: count,
    sides,
    hotRatio: sides.states.hotCpuMs / sides.go.hotCpuMs,
    firstRatio: sides.states.firstCpuMs / sides.go.firstCpuMs,
    bytesPerEvent: (events[0]?.eventBytes ?? 0) / count,
    workersRatio: sides.workers.hotWallMs / sides.states.hotWallMs,
  };
}

function print(row: Row): void {
  const size = `${row.megabytes.toFixed(0)} MB, ${(row.events / 1e6).toFixed(1)} M events`;
  process.stdout.write(`${row.trace}: ${size}\n`);
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, i) => (i === 0 ? cell.padEnd(26) : cell.padStart(11))).join('')}\n`;
  process.stdout.write(line(['', 'hot CPU ms', 'wall ms', 'first CPU', 'peak MB']));
  const names: Readonly<Record<Side, string>> = {
    go: "Go's reader: events",
    states: 'ours: states',
    events: 'ours: states and events',
    workers: 'ours: states, two workers',
  };
  for (const side of SIDES) {
    const { hotCpuMs, hotWallMs, firstCpuMs, peakMb } = row.sides[side];
    const cells = [hotCpuMs, hotWallMs, firstCpuMs, peakMb].map((value) => value.toFixed(0));
    process.stdout.write(line([names[side], ...cells]));
  }
  process.stdout.write(
    `  ours / Go's: ${row.hotRatio.toFixed(2)} hot, ${row.firstRatio.toFixed(2)} first; ` +
      `${row.bytesPerEvent.toFixed(1)} bytes an event; ` +
      `two workers: ${row.workersRatio.toFixed(2)} of one thread's wall time\n`,
  );
}

const RUNS: Readonly<Record<string, number>> = { service: 15, switches: 3 };
const rows: Row[] = [];
const chosen = process.argv.slice(2).filter((name) => !name.startsWith('-'));
for (const recipe of TRACE_RECIPES) {
  if (chosen.length > 0 && !chosen.includes(recipe.name)) continue;
  const row = await measure(recipe.name, traceFile(recipe), RUNS[recipe.name] ?? 3);
  rows.push(row);
  if (!process.argv.includes('--json')) print(row);
}
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ schema: 'whygo.perf.trace/1', rows })}\n`);
}
if (chosen.length === 0) await import('./trace-v1.ts');
