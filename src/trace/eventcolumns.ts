/**
 * Events as columns, in the order of Go's reader: all of a trace's, or a stretch of them decoded
 * again (events.ts). 29 bytes an event while procs and threads are fewer than 32,767.
 *
 * `kind` is the event type of the v2 wire format (eventtype.ts), for v1 traces too. `goroutine`,
 * `proc` and `thread` say where it happened, before its effect; -1 = none. Sequence numbers, which
 * only serve the ordering, are left out. The columns `a` and `b` by kind:
 *
 * | kind | a | b |
 * |---|---|---|
 * | Sync | how many-th (1 …) | generation, an index |
 * | CPUSample, ProcStop, GoDestroy…, GoSyscall…, GCMarkAssistBegin/End, GCSweepBegin | 0 | 0 |
 * | ProcsChange, HeapAlloc, HeapGoal | low 32 bits of the value | high 32 bits |
 * | ProcStart | proc | 0 |
 * | ProcSteal, ProcStatus | proc | old state \| new state << 8 (ProcState of Go: 0–3) |
 * | GoCreate, GoCreateBlocked | goroutine | start stack |
 * | GoCreateSyscall, GoStart, GoUnblock, GoSwitch, GoSwitchDestroy | goroutine | 0 |
 * | GoStop, GoBlock | reason, a string | 0 |
 * | GoStatus, GoStatusStack | goroutine | old state \| new state << 8 (GoState) |
 * | STWBegin, STWEnd | reason, a string | 0 |
 * | GCActive, GCBegin, GCEnd | low 32 bits of the sequence number | high 32 bits |
 * | GCSweepActive | proc | 0 |
 * | GCSweepEnd | first entry in `wide` | 2: bytes swept, bytes reclaimed |
 * | GCMarkAssistActive | goroutine | 0 |
 * | GoLabel | label, a string | 0 |
 * | UserTaskBegin, UserTaskEnd | task | name, a string |
 * | UserRegionBegin, UserRegionEnd | task, -1 = background | name, a string |
 * | UserLog | task, -1 = background | row of `logs` |
 * | experimental | first entry in `wide` | how many: the arguments as they stand |
 */

/** Indices from -1 up: 16 bits while they fit. */
export type IndexColumn = Int16Array | Int32Array;

export interface EventColumns {
  readonly length: number;
  /** Number of the first event within the trace; 0 unless this is a stretch. */
  readonly first: number;
  /** Nanoseconds since the trace's origin, strictly increasing. */
  readonly time: Float64Array;
  /** EventType. */
  readonly kind: Uint8Array;
  readonly goroutine: Int32Array;
  readonly proc: IndexColumn;
  readonly thread: IndexColumn;
  /** Stack of `goroutine` at the event (Go's Event.Stack); 0 = none. */
  readonly stack: Int32Array;
  readonly a: Int32Array;
  readonly b: Int32Array;
  /** Arguments that do not fit, or are more than two. */
  readonly wide: BigUint64Array;
}
