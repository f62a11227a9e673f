/**
 * What every goroutine did with its time: running, runnable, blocked by reason, in syscalls; and the GC
 * ranges over it.
 *
 * The numbers of internal/trace/summary.go of Go 1.26, in columns. Time between a generation's begin and
 * the first status of a goroutine counts as that status. One difference: a syscall that is still open
 * when the trace ends counts once here (Go adds its blocked part to the scheduler wait, too).
 * One pass over the state rows.
 */
import { forEachState, stateAt } from '../states.ts';
import { GoCause, GoState, goCause, goState } from '../statetrack.ts';
import { RangeKind, type Trace } from '../trace.ts';
import type { Span } from './selection.ts';

/** Columns by goroutine index, in nanoseconds. */
export interface ExecStats {
  readonly length: number;
  readonly running: Float64Array;
  /** Runnable: ready to run, and waiting for a proc. */
  readonly runnable: Float64Array;
  /** In a syscall with a proc, and without one. */
  readonly syscall: Float64Array;
  readonly syscallBlocked: Float64Array;
  /** Waiting, whatever for; by reason in `blocked`. */
  readonly waiting: Float64Array;
  /** Presence in the trace. */
  readonly total: Float64Array;
  /** When it was created or first seen; when it first ran (NaN = never). */
  readonly begin: Float64Array;
  readonly firstRun: Float64Array;
  /** When it ended, or blocked for ever; NaN = neither. */
  readonly end: Float64Array;
  /** How often it was put on a proc. */
  readonly slices: Uint32Array;
  /** Names are string indices of reasons; 0 where the trace does not know. */
  readonly blocked: Breakdown;
  /** Names are those of `rangeName`. */
  readonly ranges: RangeBreakdown;
}

/** Time by goroutine and name, in no order. */
export interface Breakdown {
  readonly goroutine: Int32Array;
  readonly name: Int32Array;
  readonly time: Float64Array;
}

export interface RangeBreakdown {
  readonly goroutine: Int32Array;
  readonly name: readonly string[];
  readonly time: Float64Array;
}

/** `within`: only what lies in this stretch of time. */
export function execStats(trace: Trace, within?: Span): ExecStats {
  const builder = new StatsBuilder(trace, within);
  forEachState(trace.goroutineStates, trace.duration, builder.visit);
  return builder.finish();
}

/** What a range is called, as in Go. */
export function rangeName(trace: Trace, range: number): string {
  const { kind, reason } = trace.ranges;
  switch (kind[range]) {
    case RangeKind.mark:
      return 'GC concurrent mark phase';
    case RangeKind.stopTheWorld:
      return `stop-the-world (${trace.strings[reason[range]]})`;
    case RangeKind.sweep:
      return 'GC incremental sweep';
    default:
      return 'GC mark assist';
  }
}

/** When the generation of a time began: what a first status says has held since then. */
export function generationStart({ generations }: Trace, time: number): number {
  let low = 0;
  let high = generations.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (generations[middle].start <= time) low = middle;
    else high = middle - 1;
  }
  return Math.min(generations[low]?.start ?? time, time);
}

class StatsBuilder {
  private readonly trace: Trace;
  private readonly within: Span;
  private readonly forever: number;
  private readonly reasonBits: number;
  private readonly blocked = new Map<number, number>();
  private readonly running: Float64Array;
  private readonly runnable: Float64Array;
  private readonly syscall: Float64Array;
  private readonly syscallBlocked: Float64Array;
  private readonly waiting: Float64Array;
  private readonly begin: Float64Array;
  private readonly firstRun: Float64Array;
  private readonly end: Float64Array;
  private readonly slices: Uint32Array;

  constructor(trace: Trace, within: Span | undefined) {
    const { length } = trace.goroutines;
    const column = () => new Float64Array(length);
    this.trace = trace;
    this.within = within ?? { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };
    this.forever = trace.strings.indexOf('forever');
    this.reasonBits = trace.strings.length;
    this.running = column();
    this.runnable = column();
    this.syscall = column();
    this.syscallBlocked = column();
    this.waiting = column();
    this.begin = column().fill(Number.NaN);
    this.firstRun = column().fill(Number.NaN);
    this.end = Float64Array.from(trace.goroutines.endTime);
    this.slices = new Uint32Array(length);
  }

  readonly visit = (
    go: number,
    start: number,
    end: number,
    packed: number,
    a: number,
    _b: number,
  ): void => {
    const state = goState(packed);
    const cause = goCause(packed);
    // What a generation's first status says has held since the generation began.
    const since = cause === GoCause.status ? generationStart(this.trace, start) : start;
    if (!(this.begin[go] <= since)) this.begin[go] = since;
    if (state === GoState.running) {
      if (!(this.firstRun[go] <= start)) this.firstRun[go] = start;
      if (start >= this.within.start && start < this.within.end && cause !== GoCause.syscallEnd) {
        this.slices[go]++;
      }
    }
    const time = Math.min(end, this.within.end) - Math.max(since, this.within.start);
    if (time > 0) this.add(go, state, cause, a, time, start);
  };

  private add(
    go: number,
    state: number,
    cause: number,
    a: number,
    time: number,
    start: number,
  ): void {
    if (state === GoState.running) this.running[go] += time;
    else if (state === GoState.runnable) this.runnable[go] += time;
    else if (state === GoState.syscall) {
      const column = cause === GoCause.procLost ? this.syscallBlocked : this.syscall;
      column[go] += time;
    } else if (state === GoState.waiting) {
      const reason = cause === GoCause.created ? 0 : a;
      if (reason === this.forever) {
        this.end[go] = start;
        return;
      }
      this.waiting[go] += time;
      const key = go * this.reasonBits + reason;
      this.blocked.set(key, (this.blocked.get(key) ?? 0) + time);
    }
  }

  finish(): ExecStats {
    const { trace, within, begin, end } = this;
    const until = Math.min(trace.duration, within.end);
    const total = Float64Array.from(begin, (from, go) =>
      Math.max(0, orElse(Math.min(end[go], until), until) - Math.max(from, within.start)),
    );
    const keys = [...this.blocked.keys()];
    return {
      length: begin.length,
      running: this.running,
      runnable: this.runnable,
      syscall: this.syscall,
      syscallBlocked: this.syscallBlocked,
      waiting: this.waiting,
      total: total.map((time) => orElse(time, 0)),
      begin,
      firstRun: this.firstRun,
      end,
      slices: this.slices,
      blocked: {
        goroutine: Int32Array.from(keys, (key) => Math.floor(key / this.reasonBits)),
        name: Int32Array.from(keys, (key) => key % this.reasonBits),
        time: Float64Array.from(this.blocked.values()),
      },
      ranges: rangeTimes(trace, within, end),
    };
  }
}

/** Ranges of goroutines; sweeps are a proc's, and count where one goroutine did it all. */
function rangeTimes(trace: Trace, within: Span, ends: Float64Array): RangeBreakdown {
  const { ranges, duration } = trace;
  const times = new Map<string, { goroutine: number; name: string; time: number }>();
  for (let row = 0; row < ranges.length; row++) {
    const kind = ranges.kind[row];
    if (kind === RangeKind.mark) continue;
    const goroutine = kind === RangeKind.sweep ? ranges.goroutine[row] : ranges.scope[row];
    if (goroutine < 0) continue;
    const start = orElse(ranges.start[row], 0);
    const end = orElse(ranges.end[row], Math.min(duration, orElse(ends[goroutine], duration)));
    if (kind === RangeKind.sweep && !isStillThere(trace, row, goroutine)) continue;
    const time = Math.min(end, within.end) - Math.max(start, within.start);
    if (!(time > 0)) continue;
    const name = rangeName(trace, row);
    const key = `${goroutine} ${name}`;
    const known = times.get(key);
    if (known === undefined) times.set(key, { goroutine, name, time });
    else known.time += time;
  }
  const rows = [...times.values()];
  return {
    goroutine: Int32Array.from(rows, (row) => row.goroutine),
    name: rows.map((row) => row.name),
    time: Float64Array.from(rows, (row) => row.time),
  };
}

/** Whether the goroutine that began a sweep runs on the same proc when it ends. */
function isStillThere(trace: Trace, row: number, goroutine: number): boolean {
  const { ranges, goroutineStates } = trace;
  if (Number.isNaN(ranges.end[row])) return true;
  const state = stateAt(goroutineStates, goroutine, ranges.end[row]);
  return (
    state !== undefined && goState(state.state) === GoState.running && state.a === ranges.scope[row]
  );
}

function orElse(time: number, instead: number): number {
  return Number.isNaN(time) ? instead : time;
}
