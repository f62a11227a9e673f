/**
 * The states and checkpoints of a part, translated for the trace that it is appended to.
 *
 * A part begins by finding everything in some state; where the part before has left it in that state,
 * the row says nothing and is left out. About 10 ns a row.
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

/**
 * Where in `maps` the table begins that translates a column, by packed state: an index i of a row is
 * at table + i + 1.
 */
interface Tables {
  readonly maps: Int32Array;
  readonly a: Int32Array;
  readonly b: Int32Array;
}

/** Several maps in one column; `same` leaves -1 and 0 as they are. */
function joinMaps(t: Translation) {
  const same = Int32Array.of(-1, 0);
  const all = [same, t.goroutines, t.procs, t.threads, t.strings, t.stacks];
  const starts = new Int32Array(all.length + 1);
  all.forEach((map, i) => {
    starts[i + 1] = starts[i] + map.length;
  });
  const maps = new Int32Array(starts[all.length]);
  all.forEach((map, i) => {
    maps.set(map, starts[i]);
  });
  const [none, goroutines, procs, threads, strings, stacks] = starts;
  return { maps, none, goroutines, procs, threads, strings, stacks };
}

function goroutineTables(t: Translation): Tables {
  const { maps, none, goroutines, procs, threads, strings, stacks } = joinMaps(t);
  const a = new Int32Array(256).fill(none);
  const b = new Int32Array(256).fill(none);
  for (let packed = 0; packed < 256; packed++) {
    const cause = goCause(packed);
    switch (goState(packed)) {
      case GoState.running:
        a[packed] = procs;
        b[packed] = threads;
        break;
      case GoState.syscall:
        a[packed] = threads;
        b[packed] = stacks;
        break;
      case GoState.waiting:
        a[packed] = cause === GoCause.created ? goroutines : strings;
        b[packed] = stacks;
        break;
      case GoState.runnable:
        a[packed] = cause === GoCause.stopped ? strings : goroutines;
        b[packed] = stacks;
        break;
    }
  }
  return { maps, a, b };
}

function procTables(t: Translation): Tables {
  const { maps, none, threads } = joinMaps(t);
  return {
    maps,
    a: new Int32Array(256).fill(threads),
    b: new Int32Array(256).fill(none),
  };
}

/** Translates segments one after the other: resources, rows, and which rows say nothing. */
abstract class Rows {
  private readonly resources: IndexMap;
  private readonly t: Translation;
  private readonly tables: Tables;
  private readonly isSeen: Uint8Array;

  constructor(resources: IndexMap, t: Translation, tables: Tables) {
    this.resources = resources;
    this.t = t;
    this.tables = tables;
    this.isSeen = new Uint8Array(resources.length);
  }

  /** Whether a resource's first row repeats what was known before. */
  protected abstract repeats(resource: number, state: number): boolean;
  /** Puts a translated run right that follows a row that was left out. */
  protected abstract mend(resource: number, states: Uint8Array, b: Int32Array, row: number): void;

  translate(segment: StateSegment): StateSegment | undefined {
    const { resources, offsets } = segment;
    const order = Uint32Array.from(resources.keys());
    order.sort((x, y) => this.resources[resources[x] + 1] - this.resources[resources[y] + 1]);
    const from = offsets.slice(0, resources.length);
    let count = segment.byTime.length;
    let length = resources.length;
    for (let at = 0; at < resources.length; at++) {
      if (this.isSeen[resources[at]] === 1) continue;
      this.isSeen[resources[at]] = 1;
      if (!this.repeats(resources[at], segment.state[offsets[at]])) continue;
      from[at]++;
      count--;
      if (from[at] === offsets[at + 1]) length--;
    }
    return count === 0 ? undefined : this.copy(segment, order, from, { count, length });
  }

  private copy(
    segment: StateSegment,
    order: Uint32Array,
    from: Uint32Array,
    size: { readonly count: number; readonly length: number },
  ): StateSegment {
    const { resources, offsets, byTime } = segment;
    const rowOf = new Int32Array(byTime.length).fill(-1);
    const outResources = new Uint32Array(size.length);
    const outOffsets = new Uint32Array(size.length + 1);
    const columns = {
      start: new Uint32Array(size.count),
      state: new Uint8Array(size.count),
      a: new Int32Array(size.count),
      b: new Int32Array(size.count),
    };
    let row = 0;
    let next = 0;
    for (let k = 0; k < order.length; k++) {
      const at = order[k];
      const end = offsets[at + 1];
      if (from[at] === end) continue;
      outResources[next++] = this.resources[resources[at] + 1];
      this.copyRun(segment, from[at], end, columns, row, rowOf);
      this.mend(resources[at], columns.state, columns.b, row);
      row += end - from[at];
      outOffsets[next] = row;
    }
    const outByTime = new Uint16Array(size.count);
    for (let i = 0, written = 0; i < byTime.length; i++) {
      const translated = rowOf[byTime[i]];
      if (translated >= 0) outByTime[written++] = translated;
    }
    const base = this.moveTimes(segment.base, columns.start);
    const last = this.t.time(segment.last);
    return {
      base,
      last,
      resources: outResources,
      offsets: outOffsets,
      ...columns,
      byTime: outByTime,
    };
  }

  private copyRun(
    segment: StateSegment,
    from: number,
    to: number,
    out: Pick<StateSegment, 'start' | 'state' | 'a' | 'b'>,
    row: number,
    rowOf: Int32Array,
  ): void {
    const { start, state, a, b } = segment;
    const { maps, a: aTable, b: bTable } = this.tables;
    for (let i = from, r = row; i < to; i++, r++) {
      const packed = state[i];
      rowOf[i] = r;
      out.start[r] = start[i];
      out.state[r] = packed;
      out.a[r] = maps[aTable[packed] + a[i] + 1];
      out.b[r] = maps[bTable[packed] + b[i] + 1];
    }
  }

  /** The first rows of a part may have to wait for the part before. Gives the segment's base. */
  private moveTimes(base: number, start: Uint32Array): number {
    const { time, lastMoved } = this.t;
    if (base > lastMoved) return base;
    const moved = time(base);
    for (let i = 0; i < start.length; i++) start[i] = time(base + start[i]) - moved;
    return moved;
  }
}

class GoroutineRows extends Rows {
  private readonly goroutines: IndexMap;
  private readonly statuses: Map<number, number>;
  private readonly syscallStacks = new Map<number, number>();
  /** Goroutines in a syscall since before the cut: their next row may need its stack. */
  private readonly pending = new Map<number, number>();

  constructor(before: Ending | undefined, t: Translation) {
    super(t.goroutines, t, goroutineTables(t));
    this.goroutines = t.goroutines;
    this.statuses = mapOf(before?.goroutines);
    before?.goroutines.key.forEach((g, i) => {
      this.syscallStacks.set(g, before.syscallStack[i]);
    });
  }

  protected repeats(goroutine: number, state: number): boolean {
    if (goCause(state) !== GoCause.status) return false;
    const known = this.goroutines[goroutine + 1];
    const status = this.statuses.get(known);
    if (status === undefined || GO_STATE[status - 1] !== goState(state)) return false;
    if (goState(state) === GoState.syscall) {
      this.pending.set(goroutine, this.syscallStacks.get(known) ?? 0);
    }
    return true;
  }

  protected mend(goroutine: number, states: Uint8Array, b: Int32Array, row: number): void {
    if (this.pending.size === 0) return;
    const stack = this.pending.get(goroutine);
    this.pending.delete(goroutine);
    if (stack !== undefined && goCause(states[row]) === GoCause.procLost && b[row] === 0) {
      b[row] = stack;
    }
  }
}

class ProcRows extends Rows {
  private readonly procs: IndexMap;
  private readonly statuses: Map<number, number>;

  constructor(before: Ending | undefined, t: Translation) {
    super(t.procs, t, procTables(t));
    this.procs = t.procs;
    this.statuses = mapOf(before?.procs);
  }

  protected repeats(proc: number, state: number): boolean {
    const status = this.statuses.get(this.procs[proc + 1]);
    if (status === undefined) return false;
    const known = status === Status.procSyscall ? ProcState.syscall : PROC_STATE[status - 1];
    return known === state;
  }

  protected mend(): void {}
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
