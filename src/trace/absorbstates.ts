/**
 * The states and checkpoints of a part, translated for the trace that it is appended to.
 *
 * A part begins by finding everything in some state; where the part before has left it in that state,
 * the row says nothing and is left out. Some 10 ns a row.
 */
import type { IndexMap, Translation } from './absorb.ts';
import type { TraceBuilder } from './builder.ts';
import type { Ending, Pairs } from './ending.ts';
import { GO_STATE, PROC_STATE, Status } from './orderstatus.ts';
import type { TracePart } from './parts.ts';
import type { OrderingState } from './snapshot.ts';
import { GoCause, GoState, goCause, goState, ProcState, type StateSegment } from './statetrack.ts';
import type { Checkpoint } from './trace.ts';

/** Sequence numbers of earlier generations succeed nothing. */
const STALE = -2;

export function absorbStates(
  builder: TraceBuilder,
  before: Ending | undefined,
  part: TracePart,
  t: Translation,
): void {
  const goroutines = new GoroutineRows(before, t);
  for (const segment of part.trace.goroutineStates.segments) {
    const translated = goroutines.translate(segment);
    if (translated !== undefined) builder.goroutineStates.append(translated);
  }
  const procs = new ProcRows(before, t);
  for (const segment of part.trace.procStates.segments) {
    const translated = procs.translate(segment);
    if (translated !== undefined) builder.procStates.append(translated);
  }
}

/** Translates segments one after the other: resources, rows, and which rows say nothing. */
abstract class Rows {
  private readonly resources: IndexMap;
  private readonly time: (time: number) => number;
  private readonly isSeen: Uint8Array;

  constructor(resources: IndexMap, time: (time: number) => number) {
    this.resources = resources;
    this.time = time;
    this.isSeen = new Uint8Array(resources.length);
  }

  /** Whether a resource's first row repeats what was known before. */
  protected abstract repeats(resource: number, state: number): boolean;
  protected abstract a(state: number, a: number): number;
  protected abstract b(resource: number, state: number, b: number): number;

  translate(segment: StateSegment): StateSegment | undefined {
    const { resources, offsets, byTime } = segment;
    const order = Uint32Array.from(resources.keys());
    order.sort((x, y) => this.resources[resources[x] + 1] - this.resources[resources[y] + 1]);
    const isFirst = (at: number) => {
      if (this.isSeen[resources[at]] === 1) return false;
      this.isSeen[resources[at]] = 1;
      return this.repeats(resources[at], segment.state[offsets[at]]);
    };
    const from = Uint32Array.from(resources, (_, at) => offsets[at] + (isFirst(at) ? 1 : 0));
    let count = 0;
    let length = 0;
    for (let at = 0; at < resources.length; at++) {
      count += offsets[at + 1] - from[at];
      if (offsets[at + 1] > from[at]) length++;
    }
    if (count === 0) return undefined;
    const base = this.time(segment.base);
    const out = {
      resources: new Uint32Array(length),
      offsets: new Uint32Array(length + 1),
      start: new Uint32Array(count),
      state: new Uint8Array(count),
      a: new Int32Array(count),
      b: new Int32Array(count),
      byTime: new Uint16Array(count),
    };
    const rowOf = new Int32Array(byTime.length).fill(-1);
    let row = 0;
    let next = 0;
    for (const at of order) {
      if (from[at] === offsets[at + 1]) continue;
      out.resources[next++] = this.resources[resources[at] + 1];
      for (let i = from[at]; i < offsets[at + 1]; i++) {
        const state = segment.state[i];
        rowOf[i] = row;
        out.start[row] = this.time(segment.base + segment.start[i]) - base;
        out.state[row] = state;
        out.a[row] = this.a(state, segment.a[i]);
        out.b[row++] = this.b(resources[at], state, segment.b[i]);
      }
      out.offsets[next] = row;
    }
    let written = 0;
    for (const i of byTime) if (rowOf[i] >= 0) out.byTime[written++] = rowOf[i];
    return { base, last: this.time(segment.last), ...out };
  }
}

class GoroutineRows extends Rows {
  private readonly t: Translation;
  private readonly statuses: Map<number, number>;
  private readonly syscallStacks = new Map<number, number>();
  /** Goroutines in a syscall since before the cut: their next row may need its stack. */
  private readonly pending = new Map<number, number>();

  constructor(before: Ending | undefined, t: Translation) {
    super(t.goroutines, t.time);
    this.t = t;
    this.statuses = mapOf(before?.goroutines);
    before?.goroutines.key.forEach((g, i) => {
      this.syscallStacks.set(g, before.syscallStack[i]);
    });
  }

  protected repeats(goroutine: number, state: number): boolean {
    if (goCause(state) !== GoCause.status) return false;
    const known = this.t.goroutines[goroutine + 1];
    const status = this.statuses.get(known);
    if (status === undefined || GO_STATE[status - 1] !== goState(state)) return false;
    if (goState(state) === GoState.syscall) {
      this.pending.set(goroutine, this.syscallStacks.get(known) ?? 0);
    }
    return true;
  }

  protected a(packed: number, a: number): number {
    const { t } = this;
    const cause = goCause(packed);
    switch (goState(packed)) {
      case GoState.running:
        return t.procs[a + 1];
      case GoState.syscall:
        return t.threads[a + 1];
      case GoState.waiting:
        return cause === GoCause.created ? t.goroutines[a + 1] : t.strings[a + 1];
      case GoState.runnable:
        return cause === GoCause.stopped ? t.strings[a + 1] : t.goroutines[a + 1];
      default:
        return a;
    }
  }

  protected b(goroutine: number, packed: number, b: number): number {
    if (this.pending.size > 0) {
      const stack = this.pending.get(goroutine);
      this.pending.delete(goroutine);
      if (stack !== undefined && goCause(packed) === GoCause.procLost && b === 0) return stack;
    }
    if (goState(packed) === GoState.running) return this.t.threads[b + 1];
    return this.t.stacks[b + 1];
  }
}

class ProcRows extends Rows {
  private readonly t: Translation;
  private readonly statuses: Map<number, number>;

  constructor(before: Ending | undefined, t: Translation) {
    super(t.procs, t.time);
    this.t = t;
    this.statuses = mapOf(before?.procs);
  }

  protected repeats(proc: number, state: number): boolean {
    const status = this.statuses.get(this.t.procs[proc + 1]);
    if (status === undefined) return false;
    const known = status === Status.procSyscall ? ProcState.syscall : PROC_STATE[status - 1];
    return known === state;
  }

  protected a(_state: number, a: number): number {
    return this.t.threads[a + 1];
  }

  protected b(_resource: number, _state: number, b: number): number {
    return b;
  }
}

function mapOf(pairs: Pairs | undefined): Map<number, number> {
  const map = new Map<number, number>();
  pairs?.key.forEach((key, i) => {
    map.set(key, pairs.value[i]);
  });
  return map;
}

export function absorbCheckpoints(
  builder: TraceBuilder,
  before: Ending | undefined,
  part: TracePart,
  t: Translation,
): void {
  const { checkpoints } = part.trace;
  const generations = builder.generations.length;
  for (const { event, lastTime, generation, state } of checkpoints) {
    const translated = translateState(builder, state, t);
    const isFirst = generation === 0 && before !== undefined && !before.isInitial;
    const checkpoint: Checkpoint = {
      event: event + builder.eventCount,
      lastTime: t.time(lastTime),
      generation: generation + generations,
      state: isFirst ? complete(translated, before, part, t, lastTime) : translated,
    };
    builder.checkpoints.push(checkpoint);
  }
}

function translateState(
  builder: TraceBuilder,
  state: OrderingState,
  t: Translation,
): OrderingState {
  const { procIds, threadIds } = builder;
  const procStatus = new Uint8Array(procIds.length);
  const procSeq = new Float64Array(procIds.length).fill(STALE);
  for (let p = 0; p < Math.min(state.procStatus.length, t.procs.length - 1); p++) {
    procStatus[t.procs[p + 1]] = state.procStatus[p];
    procSeq[t.procs[p + 1]] = state.procSeq[p];
  }
  const threadGoroutine = new Int32Array(threadIds.length).fill(-2);
  const threadProc = new Int32Array(threadIds.length).fill(-1);
  for (let m = 0; m < Math.min(state.threadGoroutine.length, t.threads.length - 1); m++) {
    const goroutine = state.threadGoroutine[m];
    if (goroutine === -2) continue;
    threadGoroutine[t.threads[m + 1]] = t.goroutines[goroutine + 1];
    threadProc[t.threads[m + 1]] = t.procs[state.threadProc[m] + 1];
  }
  const stopTheWorld = state.stopTheWorld.slice();
  for (let i = 0; i < stopTheWorld.length; i += 4) {
    stopTheWorld[i] = t.goroutines[stopTheWorld[i] + 1];
    stopTheWorld[i + 3] = t.strings[stopTheWorld[i + 3] + 1];
  }
  return {
    ...state,
    goroutine: state.goroutine.map((g) => t.goroutines[g + 1]),
    procStatus,
    procSeq,
    threadGoroutine,
    threadProc,
    stopTheWorld,
  };
}

/**
 * A checkpoint of the part's first generation, where statuses would introduce goroutines: with what
 * the part before knew, they confirm, as they do when the trace is decoded in one piece.
 */
function complete(
  state: OrderingState,
  before: Ending,
  part: TracePart,
  t: Translation,
  lastTime: number,
): OrderingState {
  const { firstTime } = part.trace.goroutines;
  const isIntroduced = new Set<number>();
  firstTime.forEach((time, g) => {
    if (time <= lastTime) isIntroduced.add(t.goroutines[g + 1]);
  });
  const living = Array.from(before.goroutines.key.keys()).filter(
    (i) => !isIntroduced.has(before.goroutines.key[i]),
  );
  const procStatus = state.procStatus.slice();
  before.procs.key.forEach((p, i) => {
    if (procStatus[p] === Status.none) procStatus[p] = before.procs.value[i];
  });
  const threadGoroutine = state.threadGoroutine.slice();
  const threadProc = state.threadProc.slice();
  before.threadGoroutine.key.forEach((m, i) => {
    if (threadGoroutine[m] !== -2) return;
    threadGoroutine[m] = before.threadGoroutine.value[i];
    threadProc[m] = before.threadProc.value[i];
  });
  const isGcUnknown = state.gcState === 0;
  const extra = (i: number) => before.goroutines.key[i];
  return {
    ...state,
    goroutine: Int32Array.from([...state.goroutine, ...living.map(extra)]),
    goroutineStatus: Uint8Array.from([
      ...state.goroutineStatus,
      ...living.map((i) => before.goroutines.value[i]),
    ]),
    goroutineSeq: Float64Array.from([...state.goroutineSeq, ...living.map(() => STALE)]),
    procStatus,
    threadGoroutine,
    threadProc,
    gcState: isGcUnknown ? before.gcState : state.gcState,
    gcSeq: isGcUnknown ? before.gcSeq : state.gcSeq,
    isInitial: false,
  };
}
