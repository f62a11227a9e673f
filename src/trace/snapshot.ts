/**
 * The scheduler's state between two events, as the ordering (ordering.ts) knows it: what is needed
 * to decode on from there. Plain columns; 21 bytes a living goroutine.
 */

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
