/**
 * A trace in one page: what the program did, where the time went, the worst pauses, the longest waits.
 *
 * Everything here is counted from the tables; what it means is said by findings.ts. Cost: a few passes
 * over the state rows, together about as long as decoding.
 */
import type { Counter, Trace } from '../trace.ts';
import { type Collections, collectionsOf } from './collections.ts';
import { type ExecStats, execStats } from './execstats.ts';
import {
  type GoroutineGroup,
  goroutineGroups,
  largestFirst,
  type NamedTime,
} from './goroutines.ts';
import { MmuCurve } from './mmu.ts';
import { mutatorUtilisation } from './mutator.ts';
import { type GoroutineNames, goroutineNames } from './names.ts';
import { type Parallelism, parallelismOf } from './parallelism.ts';
import { type AnnotationGroup, regionGroups, taskGroups } from './regions.ts';
import type { Span } from './selection.ts';
import { type Waits, waitsOf } from './waits.ts';

export interface TraceSummary {
  readonly trace: Trace;
  /** The stretch of time summed up. */
  readonly span: Span;
  /** Wall clock at the trace's origin, nanoseconds since 1970; undefined before Go 1.25. */
  readonly begin: bigint | undefined;
  /** GOMAXPROCS: the mean over time and the last. */
  readonly procs: { readonly mean: number; readonly last: number };
  readonly goroutines: {
    readonly seen: number;
    readonly created: number;
    readonly ended: number;
    readonly atStart: number;
    readonly atEnd: number;
  };
  /** Sums over all goroutines, in nanoseconds. */
  readonly time: {
    readonly running: number;
    readonly runnable: number;
    readonly syscall: number;
    readonly syscallBlocked: number;
    readonly waiting: number;
    readonly blocked: readonly NamedTime[];
  };
  /** Of the time the procs had, the share in which goroutines ran; 0 to 1. */
  readonly utilisation: number;
  readonly heap: {
    readonly first: number;
    readonly last: number;
    readonly peak: number;
    readonly goal: number;
  };
  readonly collections: Collections;
  readonly mutator: {
    /** What the GC leaves the program of the procs on average, 0 to 1: workers, assists, pauses. */
    readonly mean: number;
    /** The least of it within windows of 1, 10 and 100 ms. */
    readonly minimum: readonly { readonly window: number; readonly utilisation: number }[];
  };
  readonly parallelism: Parallelism;
  readonly groups: readonly GoroutineGroup[];
  readonly waits: Waits;
  readonly tasks: readonly AnnotationGroup[];
  readonly regions: readonly AnnotationGroup[];
  readonly names: GoroutineNames;
}

export function summarize(trace: Trace, within?: Span): TraceSummary {
  const span = {
    start: Math.max(0, within?.start ?? 0),
    end: Math.min(trace.duration, within?.end ?? trace.duration),
  };
  const stats = execStats(trace, within);
  const names = goroutineNames(trace);
  const procs = procCount(trace.gomaxprocs, span);
  const running = sum(stats.running);
  return {
    trace,
    span,
    begin: wallBegin(trace),
    procs,
    goroutines: goroutineCounts(trace, stats, span),
    time: {
      running,
      runnable: sum(stats.runnable),
      syscall: sum(stats.syscall),
      syscallBlocked: sum(stats.syscallBlocked),
      waiting: sum(stats.waiting),
      blocked: blockedByReason(trace, stats),
    },
    utilisation: running / Math.max(1, procs.mean * (span.end - span.start)),
    heap: heapOf(trace, span),
    collections: collectionsOf(trace, within),
    mutator: mutatorOf(trace),
    parallelism: parallelismOf(trace, span, procs.last),
    groups: goroutineGroups(trace, stats, names),
    waits: waitsOf(trace, within),
    tasks: taskGroups(trace),
    regions: regionGroups(trace),
    names,
  };
}

/** Of the whole trace. */
function mutatorOf(trace: Trace): TraceSummary['mutator'] {
  const counted = { stw: true, background: true, assist: true, sweep: false, perProc: false };
  const curve = new MmuCurve(mutatorUtilisation(trace, counted));
  const windows = [1e6, 1e7, 1e8];
  return {
    mean: curve.duration === 0 ? 1 : curve.minimum(curve.duration),
    minimum: windows.map((window) => ({ window, utilisation: curve.minimum(window) })),
  };
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function wallBegin({ generations }: Trace): bigint | undefined {
  const clock = generations.find((generation) => generation.clock !== undefined)?.clock;
  return clock === undefined ? undefined : clock.wall - BigInt(Math.round(clock.time));
}

function procCount({ time, value, length }: Counter, span: Span): { mean: number; last: number } {
  let area = 0;
  for (let i = 0; i < length; i++) {
    // What the first reading says has held since the trace began.
    const from = Math.max(i === 0 ? 0 : time[i], span.start);
    const to = Math.min(i + 1 < length ? time[i + 1] : span.end, span.end);
    area += Math.max(0, to - from) * value[i];
  }
  const elapsed = Math.max(1, span.end - span.start);
  return { mean: area / elapsed, last: length > 0 ? value[length - 1] : 0 };
}

function goroutineCounts(
  { goroutines }: Trace,
  stats: ExecStats,
  span: Span,
): TraceSummary['goroutines'] {
  const counts = { seen: 0, created: 0, ended: 0, atStart: 0, atEnd: 0 };
  const isWithin = (time: number) => time >= span.start && time <= span.end;
  for (let go = 0; go < stats.length; go++) {
    const begin = stats.begin[go];
    const end = goroutines.endTime[go];
    const isCreated = goroutines.startStack[go] !== 0 || goroutines.creator[go] >= 0;
    if (begin <= span.end && !(end < span.start)) counts.seen++;
    if (isCreated && isWithin(begin)) counts.created++;
    if (isWithin(end)) counts.ended++;
    if ((!isCreated || begin < span.start) && !(end < span.start)) counts.atStart++;
    if (begin <= span.end && !(end <= span.end)) counts.atEnd++;
  }
  return counts;
}

function blockedByReason(trace: Trace, { blocked }: ExecStats): NamedTime[] {
  const times = new Map<string, number>();
  for (let row = 0; row < blocked.time.length; row++) {
    const name = trace.strings[blocked.name[row]];
    times.set(name, (times.get(name) ?? 0) + blocked.time[row]);
  }
  return largestFirst(times);
}

function heapOf({ heapAlloc, heapGoal }: Trace, span: Span): TraceSummary['heap'] {
  let peak = 0;
  let first = Number.NaN;
  let last = 0;
  for (let i = 0; i < heapAlloc.length; i++) {
    if (heapAlloc.time[i] < span.start || heapAlloc.time[i] > span.end) continue;
    if (Number.isNaN(first)) first = heapAlloc.value[i];
    last = heapAlloc.value[i];
    peak = Math.max(peak, last);
  }
  let goal = 0;
  for (let i = 0; i < heapGoal.length && heapGoal.time[i] <= span.end; i++) {
    // A goal of all ones: the collector is off.
    if (heapGoal.value[i] < 2 ** 63) goal = heapGoal.value[i];
  }
  return { first: Number.isNaN(first) ? 0 : first, last, peak, goal };
}
