/**
 * User regions and tasks by type: how many, how long, and what their goroutines did meanwhile.
 *
 * Regions are those of `runtime/trace`'s WithRegion and StartRegion; a region without a begin or an end
 * in the trace counts, but not in the durations. (Go's summary has a nameless region for every goroutine
 * that is created within one; these are no regions of the program, and are left out.)
 */
import { type ResourceStates, statesOf } from '../states.ts';
import { GoCause, GoState, goCause, goState } from '../statetrack.ts';
import type { Trace } from '../trace.ts';
import { type Bucket, type Distribution, distributionOf, histogramOf } from './distribution.ts';
import { generationStart } from './execstats.ts';
import { regionSpans, type Span } from './selection.ts';

/** Nanoseconds; they do not overlap. */
export interface TimeUse {
  running: number;
  runnable: number;
  syscall: number;
  /** In a syscall without a proc. */
  syscallBlocked: number;
  waiting: number;
  /** `waiting` by reason, a string index; 0 = not known. */
  readonly blocked: Map<number, number>;
}

export function emptyTimeUse(): TimeUse {
  return {
    running: 0,
    runnable: 0,
    syscall: 0,
    syscallBlocked: 0,
    waiting: 0,
    blocked: new Map(),
  };
}

/** Adds what a goroutine did in a stretch of time. `states` are its own. */
export function addTimeUse(use: TimeUse, states: ResourceStates, within: Span, end: number): void {
  for (let i = rowAt(states, within.start); i < states.length; i++) {
    if (states.start[i] >= within.end) break;
    const until = Math.min(i + 1 < states.length ? states.start[i + 1] : end, within.end);
    const time = until - Math.max(states.start[i], within.start);
    if (time <= 0) continue;
    const state = goState(states.state[i]);
    const cause = goCause(states.state[i]);
    if (state === GoState.running) use.running += time;
    else if (state === GoState.runnable) use.runnable += time;
    else if (state === GoState.syscall && cause === GoCause.procLost) use.syscallBlocked += time;
    else if (state === GoState.syscall) use.syscall += time;
    else if (state === GoState.waiting) {
      const reason = cause === GoCause.created ? 0 : states.a[i];
      use.waiting += time;
      use.blocked.set(reason, (use.blocked.get(reason) ?? 0) + time);
    }
  }
}

/** The row that holds at a time, or the first. */
function rowAt({ start, length }: ResourceStates, time: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (start[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** What each region's goroutine did while it lasted, by row of the region table. */
export function regionTimeUse(trace: Trace): TimeUse[] {
  const { regions, duration } = trace;
  const rows = new Map<number, number[]>();
  for (let row = 0; row < regions.length; row++) {
    const known = rows.get(regions.goroutine[row]);
    if (known === undefined) rows.set(regions.goroutine[row], [row]);
    else known.push(row);
  }
  const uses: TimeUse[] = Array.from({ length: regions.length }, emptyTimeUse);
  for (const [goroutine, list] of rows) {
    const states = statesSinceGeneration(trace, goroutine);
    for (const row of list) addTimeUse(uses[row], states, regionSpan(trace, row), duration);
  }
  return uses;
}

/** A goroutine's first status holds since its generation began. */
function statesSinceGeneration(trace: Trace, goroutine: number): ResourceStates {
  const states = statesOf(trace.goroutineStates, goroutine);
  if (states.length > 0 && goCause(states.state[0]) === GoCause.status) {
    states.start[0] = generationStart(trace, states.start[0]);
  }
  return states;
}

/** From the begin of the trace, or to the end of its goroutine, where its own are not in the trace. */
function regionSpan({ regions, goroutines, duration }: Trace, row: number): Span {
  const goroutineEnd = goroutines.endTime[regions.goroutine[row]];
  const last = Number.isNaN(goroutineEnd) ? duration : goroutineEnd;
  return {
    start: Number.isNaN(regions.start[row]) ? 0 : regions.start[row],
    end: Number.isNaN(regions.end[row]) ? last : regions.end[row],
  };
}

export interface AnnotationGroup {
  /** The type: the name that the program gave. */
  readonly name: string;
  /** All, and those that begin and end in the trace. */
  readonly count: number;
  readonly durations: Distribution;
  readonly histogram: readonly Bucket[];
  /** What goroutines did within; for tasks, within their regions. */
  readonly use: TimeUse;
  /** The row of the longest; -1 when none is whole. */
  readonly longest: number;
}

/** Region types by falling total duration. */
export function regionGroups(trace: Trace): AnnotationGroup[] {
  const { regions } = trace;
  const uses = regionTimeUse(trace);
  return groupsOf(trace, regions.name, regions.start, regions.end, (rows) => {
    const sum = emptyTimeUse();
    for (const row of rows) addUse(sum, uses[row]);
    return sum;
  });
}

/** Task types by falling total duration. */
export function taskGroups(trace: Trace): AnnotationGroup[] {
  const { tasks, duration } = trace;
  return groupsOf(trace, tasks.name, tasks.start, tasks.end, (rows) => {
    const sum = emptyTimeUse();
    for (const [goroutine, spans] of regionSpans(trace, { tasks: new Set(rows) })) {
      const states = statesSinceGeneration(trace, goroutine);
      for (const span of spans) addTimeUse(sum, states, span, duration);
    }
    return sum;
  });
}

function groupsOf(
  trace: Trace,
  names: Int32Array,
  starts: Float64Array,
  ends: Float64Array,
  useOf: (rows: readonly number[]) => TimeUse,
): AnnotationGroup[] {
  const rowsByName = new Map<number, number[]>();
  for (let row = 0; row < names.length; row++) {
    const known = rowsByName.get(names[row]);
    if (known === undefined) rowsByName.set(names[row], [row]);
    else known.push(row);
  }
  const groups = [...rowsByName].map(([name, rows]) => {
    const whole = rows.filter((row) => ends[row] >= starts[row]);
    const lasted = (row: number) => ends[row] - starts[row];
    const durations = Float64Array.from(whole, lasted);
    return {
      name: trace.strings[name],
      count: rows.length,
      durations: distributionOf(durations),
      histogram: histogramOf(durations),
      use: useOf(rows),
      longest: whole.reduce((a, b) => (a < 0 || lasted(b) > lasted(a) ? b : a), -1),
    };
  });
  return groups.sort((a, b) => b.durations.sum - a.durations.sum || b.count - a.count);
}

function addUse(sum: TimeUse, use: TimeUse): void {
  sum.running += use.running;
  sum.runnable += use.runnable;
  sum.syscall += use.syscall;
  sum.syscallBlocked += use.syscallBlocked;
  sum.waiting += use.waiting;
  for (const [reason, time] of use.blocked) {
    sum.blocked.set(reason, (sum.blocked.get(reason) ?? 0) + time);
  }
}
