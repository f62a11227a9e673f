/**
 * What the runtime writes to standard error under GODEBUG, one type a kind of line.
 *
 * Sources: Go 1.5 to 1.27, src/runtime/proc.go (schedtrace), mgc.go (gctrace; extern.go says what
 * each number is), proc.go (doInit1, inittrace), mgcscavenge.go (printScavTrace).
 */

/** A line of schedtrace, with what scheddetail adds below it. */
export interface SchedEvent {
  readonly kind: 'sched';
  /** Since the first such line of the process. */
  readonly atMillis: number;
  readonly gomaxprocs: number;
  readonly idleProcs: number;
  readonly threads: number;
  readonly spinningThreads: number;
  /** Undefined before Go 1.20. */
  readonly needSpinning: number | undefined;
  readonly idleThreads: number;
  /** Length of the global run queue. */
  readonly runQueue: number;
  /** Length of each P's run queue; P 0 first. */
  readonly localRunQueues: readonly number[];
  /** How often each P has scheduled since the start; Go 1.25 and later, or with scheddetail. */
  readonly schedTicks: readonly number[] | undefined;
  readonly detail: SchedDetail | undefined;
}

export interface SchedDetail {
  readonly procs: readonly DetailRow[];
  readonly threads: readonly DetailRow[];
  readonly goroutines: readonly DetailRow[];
}

/** One P, M or G: its number, and what the line says of it, as it stands. */
export interface DetailRow {
  readonly id: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** A line of gctrace: one collection. Times in milliseconds. */
export interface GcEvent {
  readonly kind: 'gc';
  readonly cycle: number;
  /** Since the process started. */
  readonly atSeconds: number;
  /** Share of the CPU time since the start that went to collecting, 0 to 100. */
  readonly cpuPercent: number;
  /** Wall clock of stop-the-world sweep termination, concurrent mark, stop-the-world mark termination. */
  readonly clock: { readonly sweepTerm: number; readonly mark: number; readonly markTerm: number };
  readonly cpu: {
    readonly sweepTerm: number;
    readonly assist: number;
    readonly background: number;
    readonly idle: number;
    readonly markTerm: number;
  };
  /** Megabytes (2^20): when it began, when it ended, what was live. */
  readonly heapStartMB: number;
  readonly heapEndMB: number;
  readonly heapLiveMB: number;
  readonly goalMB: number;
  /** Undefined before Go 1.18. */
  readonly stacksMB: number | undefined;
  readonly globalsMB: number | undefined;
  readonly procs: number;
  /** By runtime.GC(). */
  readonly forced: boolean;
}

/** A line of inittrace: one package's initialization. */
export interface InitEvent {
  readonly kind: 'init';
  readonly package: string;
  readonly atMillis: number;
  readonly clockMillis: number;
  readonly bytes: number;
  readonly allocs: number;
}

/** A line of scavtrace: memory given back to the system. */
export interface ScavEvent {
  readonly kind: 'scav';
  /** Released since the last line, in KiB; eager is undefined before Go 1.21. */
  readonly backgroundKiB: number;
  readonly eagerKiB: number | undefined;
  /** Released and not taken again, in KiB. */
  readonly releasedKiB: number;
  /** Share of the memory that is kept which the heap uses. */
  readonly utilPercent: number;
  readonly forced: boolean;
}

export type GodebugEvent = SchedEvent | GcEvent | InitEvent | ScavEvent;
