/**
 * The Trace tables: what every Go execution trace, v1 (Go 1.5–1.21) and v2 (Go 1.22 on), decodes to
 * and every analysis, view and export works on.
 *
 * Struct of arrays, and compact: what is asked again and again is kept (states of goroutines and
 * procs with who woke whom, ranges, counters, annotations, CPU samples); single events are not,
 * unless asked for (`events`), but are decoded again from the file at checkpoints (events.ts).
 * 15 bytes a state change, nothing for any other event.
 *
 * Times are nanoseconds since `origin` as exact numbers: the times that Go's reader reports
 * (internal/trace of Go 1.26: trunc(ticks × f), forced strictly increasing) minus `origin`.
 * Goroutines, procs, threads and tasks are dense indices into their tables, which hold the 64-bit
 * ids; -1 is "none". Stacks and strings are interned over the whole trace: equal indices mean equal
 * stacks. String 0 is '', stack 0 is "no stack" (no frames).
 *
 * Meaning follows Go's internal/trace: event.go, order.go, resources.go, tracev2/events.go.
 */

import type { EventColumns } from './eventcolumns.ts';
import type { GenerationKey } from './localtables.ts';
import type { OrderingState } from './snapshot.ts';
import type { StateTrack } from './statetrack.ts';

export interface Trace {
  /** The header's version: 5, 7, 8 … for "go 1.5 trace", 26 for "go 1.26 trace". */
  readonly version: number;
  /** What time 0 is on the trace clock of the recorded process (monotonic there since Go 1.22). */
  readonly origin: bigint;
  /** Time of the last event. The first is at 0. */
  readonly duration: number;
  /** Events as Go's reader delivers them: with the Sync events and the CPU samples. */
  readonly eventCount: number;
  /** All events, where they were asked for or where the format has no checkpoints (v1). */
  readonly events: EventColumns | undefined;
  readonly checkpoints: readonly Checkpoint[];
  readonly generations: readonly Generation[];
  /** What is missing, damaged or odd, in the file's order. Empty: the file is whole. */
  readonly notes: readonly TraceNote[];

  readonly strings: readonly string[];
  readonly frames: FrameTable;
  readonly stacks: StackTable;
  readonly goroutines: GoroutineTable;
  readonly procs: ResourceTable;
  readonly threads: ResourceTable;

  /** Resource: goroutine index. States of every goroutine; wake-ups are in its runnable rows. */
  readonly goroutineStates: StateTrack;
  /** Resource: proc index. Running with a thread, in a syscall, or idle. */
  readonly procStates: StateTrack;

  readonly ranges: RangeTable;
  readonly tasks: TaskTable;
  readonly regions: RegionTable;
  readonly logs: LogTable;
  readonly samples: CpuSampleTable;
  readonly labels: LabelTable;
  /** Heap in use, /memory/classes/heap/objects:bytes. */
  readonly heapAlloc: Counter;
  /** The heap size at which the next GC ends, /gc/heap/goal:bytes. */
  readonly heapGoal: Counter;
  /** GOMAXPROCS. */
  readonly gomaxprocs: Counter;
  /** Events and data of experiments (AllocFree: GODEBUG=traceallocfree=1), counted. */
  readonly experiments: readonly Experiment[];
  /** What the decoder of single events needs beside the file and the tables. */
  readonly generationKeys: readonly GenerationKey[];
}

/** What a file's reader found wrong. `offset` is in bytes of the file; generation 0 = outside any. */
export interface TraceNote {
  readonly kind:
    | 'truncated' // the file ends within a generation
    | 'damaged' // bytes that could not be understood were left out
    | 'out-of-order' // events that could not be put in order were left out
    | 'annotation' // misuse of regions or tasks by the program; nothing was left out
    | 'starts-late'; // the first generation is not the process's first (flight recorder)
  readonly generation: number;
  readonly offset: number;
  /** In the words of Go's reader where it would have refused the trace. */
  readonly reason: string;
  /** Bytes of the file that gave no events; an estimate where the damage hides how much. */
  readonly lostBytes: number;
  /** When, NaN = unknown, and the stack of the event concerned, 0 = none. */
  readonly time: number;
  readonly stack: number;
}

/** About a second of recording, complete in itself. v1 traces are one generation, number 1. */
export interface Generation {
  /** Its number in the process: starts above 1 in a flight recorder's snapshot. */
  readonly number: number;
  /** Where in the file: [offset, end). */
  readonly offset: number;
  readonly end: number;
  /** Its events: [firstEvent, firstEvent + eventCount), the Sync event first. */
  readonly firstEvent: number;
  readonly eventCount: number;
  /** Time of its Sync event: all states it reports on have held since then. */
  readonly start: number;
  /** Trace clock, monotonic clock and wall clock read together (Go 1.25 on). */
  readonly clock: ClockSnapshot | undefined;
  /** Nothing of it is missing. */
  readonly isWhole: boolean;
}

export interface ClockSnapshot {
  /** Nanoseconds since `origin`, like every time. May lie a little before the generation. */
  readonly time: number;
  /** The system's monotonic clock in nanoseconds. */
  readonly mono: bigint;
  /** Nanoseconds since 1970-01-01 UTC. */
  readonly wall: bigint;
}

/** From where single events are decoded again (events.ts): about every 100,000 events. */
export interface Checkpoint {
  /** The first event after it; the time of the event before. */
  readonly event: number;
  readonly lastTime: number;
  /** Index into `generations`. */
  readonly generation: number;
  readonly state: OrderingState;
}

/** Frames, one row each, distinct. */
export interface FrameTable {
  readonly length: number;
  /** Program counter; 0 = unknown. */
  readonly pc: BigUint64Array;
  /** String indices. */
  readonly func: Int32Array;
  readonly file: Int32Array;
  readonly line: Float64Array;
}

/** Stacks as runs of frame indices, leaf first; stack 0 is empty. Distinct. */
export interface StackTable {
  readonly length: number;
  /** `length + 1` offsets into `frames`. */
  readonly start: Uint32Array;
  readonly frames: Uint32Array;
}

export interface ResourceTable {
  readonly length: number;
  /** As the runtime numbers them, in order of first mention. */
  readonly id: BigInt64Array;
}

/** One row a goroutine id. (An id has several lives only where C threads call into Go.) */
export interface GoroutineTable extends ResourceTable {
  /** Where it starts: the stack that its creation names; 0 = it was not created in this trace. */
  readonly startStack: Int32Array;
  /** The first stack seen on it, 0 = none: its root frame names a goroutine without startStack. */
  readonly firstStack: Int32Array;
  /** Goroutine that created it, -1 = unknown, and the stack of the go statement. */
  readonly creator: Int32Array;
  readonly creationStack: Int32Array;
  /** First mention: creation, or the first status. */
  readonly firstTime: Float64Array;
  /** Its end; NaN = it outlives the trace. */
  readonly endTime: Float64Array;
}

export const RangeKind = {
  /** GC concurrent mark phase; scope: the process. */
  mark: 0,
  /** Stop-the-world; scope: the goroutine that asked for it. */
  stopTheWorld: 1,
  /** GC incremental sweep; scope: a proc. */
  sweep: 2,
  /** GC mark assist; scope: a goroutine. */
  markAssist: 3,
} as const;
export type RangeKind = (typeof RangeKind)[keyof typeof RangeKind];

/** Special ranges of time, in the order of their first event. */
export interface RangeTable {
  readonly length: number;
  /** RangeKind. */
  readonly kind: Uint8Array;
  /** Begin and end. A start of NaN: began before the trace; an end of NaN: the trace ended first. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Goroutine or proc index, by kind; -1 = the process. */
  readonly scope: Int32Array;
  /** Goroutine that ran when it began (mark, sweep: the one that pays); -1 = none. */
  readonly goroutine: Int32Array;
  /** String index: why the world stopped ("GC mark termination"); 0 for other kinds. */
  readonly reason: Int32Array;
  /** Stack where it began. */
  readonly stack: Int32Array;
  /** Bytes swept and reclaimed; sweep only. */
  readonly swept: Float64Array;
  readonly reclaimed: Float64Array;
}

/**
 * User tasks (runtime/trace.NewTask), one row a task; a reused id has several. In the order of first
 * mention, which is a log, a region or a child task where the begin is not in the trace.
 */
export interface TaskTable {
  readonly length: number;
  readonly id: BigUint64Array;
  /** Task index; -1 = none or unknown. */
  readonly parent: Int32Array;
  /** String index of the task's type; 0 also where its begin is not in the trace. */
  readonly name: Int32Array;
  /** NaN = before the trace, or after it. A task ends at its first End. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly startGoroutine: Int32Array;
  readonly endGoroutine: Int32Array;
  readonly startStack: Int32Array;
  readonly endStack: Int32Array;
}

/** User regions, in the order of their first event. */
export interface RegionTable {
  readonly length: number;
  /** Task index; -1 = the background task (id 0). */
  readonly task: Int32Array;
  readonly name: Int32Array;
  readonly goroutine: Int32Array;
  /** Region index of the innermost region around it on its goroutine; -1 = none. */
  readonly parent: Int32Array;
  /** NaN = began before the trace, or did not end in it. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly startStack: Int32Array;
  readonly endStack: Int32Array;
}

/** User log messages, sorted by time. */
export interface LogTable {
  readonly length: number;
  readonly time: Float64Array;
  /** Task index; -1 = the background task. */
  readonly task: Int32Array;
  readonly goroutine: Int32Array;
  /** String indices. */
  readonly category: Int32Array;
  readonly message: Int32Array;
  readonly stack: Int32Array;
}

/** CPU profile samples taken while tracing, sorted by time. The context is a best effort. */
export interface CpuSampleTable {
  readonly length: number;
  readonly time: Float64Array;
  readonly thread: Int32Array;
  readonly proc: Int32Array;
  readonly goroutine: Int32Array;
  readonly stack: Int32Array;
}

/** Labels that the runtime puts on goroutines ("GC (dedicated)"), sorted by time. */
export interface LabelTable {
  readonly length: number;
  readonly time: Float64Array;
  readonly goroutine: Int32Array;
  readonly label: Int32Array;
}

/** A value that changes at points in time; it holds until the next row. */
export interface Counter {
  readonly length: number;
  readonly time: Float64Array;
  /** Exact below 2^53. */
  readonly value: Float64Array;
}

export interface Experiment {
  /** "AllocFree", or "experiment 7" where Go's reader has no name for it. */
  readonly name: string;
  readonly events: number;
  readonly batches: number;
  readonly bytes: number;
}
