/**
 * State tracks: what every goroutine or proc did, as rows of state changes.
 *
 * A track is a list of segments in time order. A segment holds up to 65,536 rows, sorted by resource
 * and, within a resource, by time: small enough that sorting stays in the CPU's cache and that a
 * window of time touches few of them; each has a base so that 32 bits suffice for times. A row says
 * "from here on"; it ends where the resource's next row, maybe in a later segment, begins. Where a
 * generation had to be left out, everything alive becomes undetermined. 15 bytes a row.
 *
 * Most readers want `statesOf`, `forEachState` or `stateAt` (states.ts), not the segments.
 */

export interface StateTrack {
  readonly segments: readonly StateSegment[];
  /** Rows in all segments. */
  readonly length: number;
}

export interface StateSegment {
  /** Times of this segment's rows are at or after `base`, at most at `last`. */
  readonly base: number;
  readonly last: number;
  /** Indices of the goroutines or procs that have rows here, ascending. */
  readonly resources: Uint32Array;
  /** `resources.length + 1` row offsets. */
  readonly offsets: Uint32Array;
  /** Nanoseconds after `base`. */
  readonly start: Uint32Array;
  /** Goroutines: state and cause, see `goState` and `goCause`. Procs: ProcState. */
  readonly state: Uint8Array;
  /** By state, see GoState and ProcState. */
  readonly a: Int32Array;
  readonly b: Int32Array;
  /** Row numbers in the order of time (and of events, where times are equal). */
  readonly byTime: Uint16Array;
}

/** The numbers of Go's resources.go. What `a` and `b` of a row hold: */
export const GoState = {
  undetermined: 0,
  /** Ended; nothing. */
  notExist: 1,
  /**
   * Woken or created by another: a = goroutine that did it (-1: none, such as the network poller or
   * a timer), b = that one's stack. Stopped (yielded, preempted): a = reason, a string; b = its own
   * stack. Else -1 and 0.
   */
  runnable: 2,
  /** a = proc, b = thread. */
  running: 3,
  /** a = reason (a string: "chan receive"), b = stack. Created blocked: as for runnable. */
  waiting: 4,
  /** a = thread, b = stack. A second row with cause `procLost`: from here on without a proc. */
  syscall: 5,
} as const;
export type GoState = (typeof GoState)[keyof typeof GoState];

/** Why a goroutine came into its state: the kind of event. */
export const GoCause = {
  /** It was already so when the trace, or the first readable generation, began. */
  status: 0,
  created: 1,
  started: 2,
  /** Woken by another goroutine, the network poller, a timer … */
  unblocked: 3,
  /** Yielded or was preempted. */
  stopped: 4,
  blocked: 5,
  syscallBegin: 6,
  /** The syscall returned and the goroutine kept its proc. */
  syscallEnd: 7,
  /** The syscall returned, but another thread had taken the proc. */
  syscallEndBlocked: 8,
  /** The proc was taken away during a syscall. */
  procLost: 9,
  ended: 10,
  /** A coroutine switch: woke, blocked or started without the scheduler. */
  switched: 11,
} as const;
export type GoCause = (typeof GoCause)[keyof typeof GoCause];

export function goState(packed: number): number {
  return packed & 7;
}

export function goCause(packed: number): number {
  return packed >> 3;
}

/** Procs, `a` = thread or -1, `b` = -1. The first four numbers are those of Go's resources.go. */
export const ProcState = {
  undetermined: 0,
  notExist: 1,
  running: 2,
  idle: 3,
  /** Its goroutine is in a syscall; any other thread may take the proc. */
  syscall: 4,
} as const;
export type ProcState = (typeof ProcState)[keyof typeof ProcState];
