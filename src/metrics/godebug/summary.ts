/**
 * What a run's GODEBUG lines say as a whole: queue lengths as percentiles, time in which goroutines
 * waited although Ps were idle, uneven queues, and the totals of garbage collection and scavenging.
 *
 * Fed event by event, so that a file of any length costs the same memory. schedtrace is a sample of
 * moments: shares are shares of samples. Queue lengths are integers and kept as counts, so that
 * their percentiles are exact; pauses are kept whole, two numbers a collection.
 */
import type { GcEvent, GodebugEvent, InitEvent, ScavEvent, SchedEvent } from './events.ts';

/** Nearest-rank percentiles. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface SchedulerSummary {
  readonly samples: number;
  readonly seconds: number;
  readonly gomaxprocs: number;
  readonly globalQueue: Percentiles;
  /** Every P's queue in every sample. */
  readonly localQueue: Percentiles;
  /** Goroutines ready to run without a P: all queues of a sample together. */
  readonly waiting: Percentiles;
  readonly idleProcs: Percentiles;
  readonly threads: Percentiles;
  /** Share of samples, 0 to 1, in which goroutines waited. */
  readonly waitingShare: number;
  /** Share of samples in which goroutines waited while at least one P was idle. */
  readonly waitingWhileIdleShare: number;
  /** Share of samples in which no P was idle. */
  readonly busyShare: number;
  /**
   * Share of samples with an uneven load: one P's queue holds at least 4 goroutines and more than
   * twice the average of all.
   */
  readonly unevenShare: number;
  /** Average queue length of each P. */
  readonly queueByProc: readonly number[];
  /** Goroutines scheduled per second on each P; empty before Go 1.25 without scheddetail. */
  readonly scheduledByProc: readonly number[];
}

export interface GcSummary {
  readonly cycles: number;
  readonly forced: number;
  readonly seconds: number;
  /** Stop-the-world pauses in milliseconds, two a cycle. */
  readonly pauseMillis: Percentiles;
  readonly pausedMillis: number;
  readonly concurrentMillis: number;
  readonly cpuMillis: {
    readonly assist: number;
    readonly background: number;
    readonly idle: number;
  };
  /** Share of the CPU time since the process's start that went to it, 0 to 100; of the last line. */
  readonly cpuPercent: number;
  readonly liveMB: { readonly first: number; readonly last: number; readonly max: number };
  readonly goalMB: number;
  readonly heapMaxMB: number;
}

export interface ScavengerSummary {
  readonly lines: number;
  readonly backgroundKiB: number;
  readonly eagerKiB: number;
  /** Of the last line. */
  readonly releasedKiB: number;
  readonly utilPercent: number;
}

export interface InitSummary {
  readonly packages: number;
  readonly clockMillis: number;
  readonly bytes: number;
  /** The slowest five. */
  readonly slowest: readonly InitEvent[];
}

export interface GodebugSummary {
  readonly scheduler: SchedulerSummary | undefined;
  readonly gc: GcSummary | undefined;
  readonly scavenger: ScavengerSummary | undefined;
  readonly init: InitSummary | undefined;
}

const UNEVEN_LEAST = 4;
const SLOWEST = 5;

export class GodebugSummarizer {
  readonly #sched = new SchedSums();
  readonly #gc = new GcSums();
  #scav: ScavengerSummary | undefined;
  readonly #init = { packages: 0, clockMillis: 0, bytes: 0, slowest: [] as InitEvent[] };

  add(event: GodebugEvent): void {
    switch (event.kind) {
      case 'sched':
        this.#sched.add(event);
        break;
      case 'gc':
        this.#gc.add(event);
        break;
      case 'scav':
        this.#addScav(event);
        break;
      case 'init':
        this.#addInit(event);
    }
  }

  summary(): GodebugSummary {
    return {
      scheduler: this.#sched.summary(),
      gc: this.#gc.summary(),
      scavenger: this.#scav,
      init:
        this.#init.packages === 0 ? undefined : { ...this.#init, slowest: [...this.#init.slowest] },
    };
  }

  #addScav(event: ScavEvent): void {
    const before = this.#scav;
    this.#scav = {
      lines: (before?.lines ?? 0) + 1,
      backgroundKiB: (before?.backgroundKiB ?? 0) + event.backgroundKiB,
      eagerKiB: (before?.eagerKiB ?? 0) + (event.eagerKiB ?? 0),
      releasedKiB: event.releasedKiB,
      utilPercent: event.utilPercent,
    };
  }

  #addInit(event: InitEvent): void {
    this.#init.packages++;
    this.#init.clockMillis += event.clockMillis;
    this.#init.bytes += event.bytes;
    this.#init.slowest.push(event);
    this.#init.slowest.sort((a, b) => b.clockMillis - a.clockMillis);
    this.#init.slowest.splice(SLOWEST);
  }
}

class SchedSums {
  readonly #global = new Counts();
  readonly #local = new Counts();
  readonly #waiting = new Counts();
  readonly #idle = new Counts();
  readonly #threads = new Counts();
  readonly #queues: number[] = [];
  readonly #scheduled: number[] = [];
  #samples = 0;
  #seconds = 0;
  #tickSeconds = 0;
  #waitingSamples = 0;
  #waitingWhileIdle = 0;
  #busy = 0;
  #uneven = 0;
  #last: SchedEvent | undefined;

  add(event: SchedEvent): void {
    this.#samples++;
    const local = event.localRunQueues.reduce((sum, length) => sum + length, 0);
    const waiting = event.runQueue + local;
    this.#global.add(event.runQueue);
    this.#waiting.add(waiting);
    this.#idle.add(event.idleProcs);
    this.#threads.add(event.threads);
    event.localRunQueues.forEach((length, p) => {
      this.#local.add(length);
      this.#queues[p] = (this.#queues[p] ?? 0) + length;
    });
    if (waiting > 0) this.#waitingSamples++;
    if (waiting > 0 && event.idleProcs > 0) this.#waitingWhileIdle++;
    if (event.idleProcs === 0) this.#busy++;
    if (isUneven(event.localRunQueues, local)) this.#uneven++;
    this.#sinceLast(event);
    this.#last = event;
  }

  #sinceLast(event: SchedEvent): void {
    const last = this.#last;
    // Falls back at the start of another process.
    if (last === undefined || event.atMillis <= last.atMillis) return;
    const seconds = (event.atMillis - last.atMillis) / 1000;
    this.#seconds += seconds;
    if (event.schedTicks === undefined || last.schedTicks === undefined) return;
    this.#tickSeconds += seconds;
    event.schedTicks.forEach((ticks, p) => {
      const growth = ticks - (last.schedTicks?.[p] ?? 0);
      // 32 bits in the runtime: they begin anew at 2^32.
      this.#scheduled[p] = (this.#scheduled[p] ?? 0) + (growth < 0 ? growth + 2 ** 32 : growth);
    });
  }

  summary(): SchedulerSummary | undefined {
    if (this.#last === undefined) return undefined;
    const share = (count: number) => count / this.#samples;
    return {
      samples: this.#samples,
      seconds: this.#seconds,
      gomaxprocs: this.#last.gomaxprocs,
      globalQueue: this.#global.percentiles(),
      localQueue: this.#local.percentiles(),
      waiting: this.#waiting.percentiles(),
      idleProcs: this.#idle.percentiles(),
      threads: this.#threads.percentiles(),
      waitingShare: share(this.#waitingSamples),
      waitingWhileIdleShare: share(this.#waitingWhileIdle),
      busyShare: share(this.#busy),
      unevenShare: share(this.#uneven),
      queueByProc: this.#queues.map(share),
      scheduledByProc:
        this.#tickSeconds > 0 ? this.#scheduled.map((ticks) => ticks / this.#tickSeconds) : [],
    };
  }
}

function isUneven(queues: readonly number[], sum: number): boolean {
  const longest = Math.max(0, ...queues);
  return queues.length > 1 && longest >= UNEVEN_LEAST && longest > (2 * sum) / queues.length;
}

class GcSums {
  readonly #pauses: number[] = [];
  #cycles = 0;
  #forced = 0;
  #concurrent = 0;
  readonly #cpu = { assist: 0, background: 0, idle: 0 };
  #first: GcEvent | undefined;
  #last: GcEvent | undefined;
  #liveMax = 0;
  #heapMax = 0;

  add(event: GcEvent): void {
    this.#cycles++;
    if (event.forced) this.#forced++;
    this.#pauses.push(event.clock.sweepTerm, event.clock.markTerm);
    this.#concurrent += event.clock.mark;
    this.#cpu.assist += event.cpu.assist;
    this.#cpu.background += event.cpu.background;
    this.#cpu.idle += event.cpu.idle;
    this.#liveMax = Math.max(this.#liveMax, event.heapLiveMB);
    this.#heapMax = Math.max(this.#heapMax, event.heapEndMB, event.heapStartMB);
    this.#first ??= event;
    this.#last = event;
  }

  summary(): GcSummary | undefined {
    const [first, last] = [this.#first, this.#last];
    if (first === undefined || last === undefined) return undefined;
    const sorted = this.#pauses.toSorted((a, b) => a - b);
    const at = (q: number) => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
    return {
      cycles: this.#cycles,
      forced: this.#forced,
      seconds: Math.max(0, last.atSeconds - first.atSeconds),
      pauseMillis: { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) },
      pausedMillis: sorted.reduce((sum, pause) => sum + pause, 0),
      concurrentMillis: this.#concurrent,
      cpuMillis: { ...this.#cpu },
      cpuPercent: last.cpuPercent,
      liveMB: { first: first.heapLiveMB, last: last.heapLiveMB, max: this.#liveMax },
      goalMB: last.goalMB,
      heapMaxMB: this.#heapMax,
    };
  }
}

/** How often each integer was seen. */
class Counts {
  readonly #counts = new Map<number, number>();
  #total = 0;

  add(value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    this.#total++;
  }

  percentiles(): Percentiles {
    const sorted = [...this.#counts].sort(([a], [b]) => a - b);
    const at = (q: number): number => {
      let seen = 0;
      for (const [value, count] of sorted) {
        seen += count;
        if (seen >= q * this.#total) return value;
      }
      return 0;
    };
    return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
  }
}
