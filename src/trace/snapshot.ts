/**
 * The scheduler's state between two events, as the ordering (ordering.ts) knows it: what is needed
 * to decode on from there. Plain columns; 21 bytes a living goroutine.
 */

import { EventType } from './eventtype.ts';
import { Ints } from './growing.ts';
import type { Ordering } from './ordering.ts';
import { Status } from './orderstatus.ts';
import { RangeKind } from './trace.ts';

export interface OrderingState {
  /** Living goroutines: index, status, sequence number (-1: of an earlier generation). */
  readonly goroutine: Int32Array;
  readonly goroutineStatus: Uint8Array;
  readonly goroutineSeq: Float64Array;
  /** Procs by index; status 0 = unknown. */
  readonly procStatus: Uint8Array;
  readonly procSeq: Float64Array;
  /** Threads by index: what each runs, -1 = nothing; -2 = the thread has not been seen. */
  readonly threadGoroutine: Int32Array;
  readonly threadProc: Int32Array;
  readonly gcState: number;
  readonly gcSeq: number;
  /** The generation is the first, or the first after a gap: statuses introduce, not confirm. */
  readonly isInitial: boolean;
  /** Goroutine, local string id (low and high half), string index: four numbers a stopped world. */
  readonly stopTheWorld: Float64Array;
  /** CPU samples of the generation delivered so far. */
  readonly samples: number;
  /** The cursors in heap order, CURSOR_FIELDS numbers each: see frontier.ts. */
  readonly cursors: Float64Array;
}

export function takeSnapshot(o: Ordering, samples: number): OrderingState {
  const living = livingGoroutines(o);
  return {
    ...living,
    procStatus: o.procStatus.slice(),
    procSeq: o.procSeq.slice(),
    threadGoroutine: o.threadGo.map((g, m) => (o.threadIsKnown[m] === 1 ? g : -2)),
    threadProc: o.threadProc.slice(),
    gcState: o.gcState,
    gcSeq: o.gcSeq,
    isInitial: o.isInitial,
    stopTheWorld: stoppedWorlds(o, living.goroutine),
    samples,
    cursors: o.frontier.snapshot(),
  };
}

function livingGoroutines(o: Ordering) {
  const { goStatus, goSeq } = o;
  const { length } = o.builder.goroutineIds;
  const living = new Ints();
  for (let g = 0; g < length; g++) if (goStatus[g] !== Status.none) living.push(g);
  const goroutine = living.freeze();
  const goroutineStatus = new Uint8Array(goroutine.length);
  const goroutineSeq = new Float64Array(goroutine.length);
  for (let i = 0; i < goroutine.length; i++) {
    goroutineStatus[i] = goStatus[goroutine[i]];
    goroutineSeq[i] = goSeq[goroutine[i]];
  }
  return { goroutine, goroutineStatus, goroutineSeq };
}

/** Who has stopped the world now, and why. */
function stoppedWorlds(o: Ordering, goroutines: Int32Array): Float64Array {
  const stopped: number[] = [];
  for (const g of goroutines) {
    if (g >= o.openRanges.length) break;
    for (const range of o.openRanges[g] ?? []) {
      if (range.type !== EventType.STWBegin) continue;
      const reason = o.builder.ranges.reasonOf(range.row);
      stopped.push(g, range.reasonLo, range.reasonHi, reason);
    }
  }
  return Float64Array.from(stopped);
}

/** Puts a fresh ordering, whose frontier is that of the snapshot's generation, where it was taken. */
export function restoreSnapshot(o: Ordering, state: OrderingState): void {
  state.goroutine.forEach((g, i) => {
    o.goStatus[g] = state.goroutineStatus[i];
    o.goSeq[g] = state.goroutineSeq[i];
  });
  o.procStatus.set(state.procStatus.subarray(0, o.procStatus.length));
  o.procSeq.set(state.procSeq.subarray(0, o.procSeq.length));
  state.threadGoroutine.subarray(0, o.threadGo.length).forEach((g, m) => {
    o.threadGo[m] = Math.max(g, -1);
    o.threadIsKnown[m] = g === -2 ? 0 : 1;
  });
  o.threadProc.set(state.threadProc.subarray(0, o.threadProc.length));
  o.gcState = state.gcState;
  o.gcSeq = state.gcSeq;
  o.isInitial = state.isInitial;
  for (let i = 0; i < state.stopTheWorld.length; i += 4) {
    const [g, reasonLo, reasonHi, reason] = state.stopTheWorld.subarray(i, i + 4);
    const row = o.builder.ranges.begin(RangeKind.stopTheWorld, Number.NaN, g, g, reason, 0);
    const open = o.openRanges[g] ?? [];
    open.push({ type: EventType.STWBegin, reasonLo, reasonHi, row });
    o.openRanges[g] = open;
  }
  o.frontier.restore(state.cursors, o.builder.threadIds);
}
