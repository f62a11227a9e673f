/**
 * GODEBUG events of one process → its metrics at any moment.
 *
 * schedtrace goes under gse's names (`idle_procs`, `local_run_queue_0` …), gctrace under those of
 * runtime/metrics as runtime/extern.go maps them (Go 1.26), with one correction: the third heap size is
 * `work.bytesMarked` in mgc.go, which is `/gc/heap/live:bytes`, not `/gc/scan/heap:bytes`. Counters
 * and the histogram of pauses count from the first event that was seen, which is the start of the
 * process when it was run under whygo. gctrace prints whole megabytes and scavtrace whole KiB: values
 * are no finer. Costs one small map per snapshot.
 */
import type { Metric, MetricSnapshot } from '../snapshot.ts';
import { TimeHistogram } from '../timehistogram.ts';
import type { GcEvent, GodebugEvent, ScavEvent, SchedEvent } from './events.ts';

const MB = 2 ** 20;
const KIB = 2 ** 10;
/** A stop for sweep termination and one for mark termination: the two that a cycle has. */
const PAUSES = '/sched/pauses/total/gc:seconds';

/** Seconds since the process started that an event tells; undefined when it tells none (scavtrace). */
export function secondsOf(event: GodebugEvent): number | undefined {
  switch (event.kind) {
    case 'sched':
    case 'init':
      return event.atMillis / 1000;
    case 'gc':
      return event.atSeconds;
    case 'scav':
      return undefined;
  }
}

export class GodebugState {
  readonly #gauges = new Map<string, number>();
  readonly #counters = new Map<string, number>();
  readonly #pauses = new TimeHistogram();
  #gcs = 0;
  #gomaxprocs = 0;
  #queues = 0;

  apply(event: GodebugEvent): void {
    if (event.kind === 'sched') this.#sched(event);
    else if (event.kind === 'gc') this.#gc(event);
    else if (event.kind === 'scav') this.#scav(event);
    else this.#count('inittrace_packages', 1);
  }

  /** `processStartNanos` as in MetricSnapshot; 0 = unknown. */
  snapshot(timeNanos: bigint, processStartNanos = 0n): MetricSnapshot {
    const metrics = new Map<string, Metric>();
    const put = (name: string, cumulative: boolean, value: Metric['value']) =>
      metrics.set(name, { name, cumulative, value });
    for (const [name, value] of this.#gauges) put(name, false, value);
    for (const [name, value] of this.#counters) put(name, true, value);
    if (this.#gcs > 0) put(PAUSES, true, this.#pauses.value);
    const source = 'godebug';
    const gomaxprocs = this.#gomaxprocs;
    return { timeNanos, source, goVersion: '', processStartNanos, gomaxprocs, metrics };
  }

  #sched(event: SchedEvent): void {
    this.#procs(event.gomaxprocs);
    const set = (name: string, value: number | undefined) => {
      if (value !== undefined) this.#gauges.set(name, value);
    };
    set('idle_procs', event.idleProcs);
    set('threads', event.threads);
    set('spinning_threads', event.spinningThreads);
    set('needs_spinning_threads', event.needSpinning);
    set('idle_threads', event.idleThreads);
    set('global_runqueue_length', event.runQueue);
    set(
      'local_run_queues_length',
      event.localRunQueues.reduce((sum, length) => sum + length, 0),
    );
    event.localRunQueues.forEach((length, p) => {
      set(`local_run_queue_${p}`, length);
    });
    // GOMAXPROCS fell: these Ps are gone.
    for (let p = event.localRunQueues.length; p < this.#queues; p++) {
      this.#gauges.delete(`local_run_queue_${p}`);
      this.#counters.delete(`schedticks_${p}`);
    }
    this.#queues = event.localRunQueues.length;
    event.schedTicks?.forEach((ticks, p) => {
      this.#counters.set(`schedticks_${p}`, ticks);
    });
  }

  #gc(event: GcEvent): void {
    this.#procs(event.procs);
    this.#gcs++;
    const { clock, cpu } = event;
    this.#pauses.add(clock.sweepTerm / 1000);
    this.#pauses.add(clock.markTerm / 1000);
    this.#gauges.set('/gc/heap/live:bytes', event.heapLiveMB * MB);
    this.#gauges.set('/gc/heap/goal:bytes', event.goalMB * MB);
    this.#gauges.set('gctrace_heap_at_start_bytes', event.heapStartMB * MB);
    this.#gauges.set('gctrace_heap_at_end_bytes', event.heapEndMB * MB);
    this.#gauges.set('gctrace_cpu_percent', event.cpuPercent);
    if (event.stacksMB !== undefined) {
      this.#gauges.set('/gc/scan/stack:bytes', event.stacksMB * MB);
    }
    if (event.globalsMB !== undefined) {
      this.#gauges.set('/gc/scan/globals:bytes', event.globalsMB * MB);
    }
    this.#counters.set('/gc/cycles/total:gc-cycles', event.cycle);
    this.#count(`/gc/cycles/${event.forced ? 'forced' : 'automatic'}:gc-cycles`, 1);
    this.#count(`/gc/cycles/${event.forced ? 'automatic' : 'forced'}:gc-cycles`, 0);
    const seconds = (name: string, millis: number) =>
      this.#count(`/cpu/classes/gc/${name}:cpu-seconds`, millis / 1000);
    seconds('mark/assist', cpu.assist);
    seconds('mark/dedicated', cpu.background);
    seconds('mark/idle', cpu.idle);
    seconds('pause', cpu.sweepTerm + cpu.markTerm);
    seconds('total', cpu.assist + cpu.background + cpu.idle + cpu.sweepTerm + cpu.markTerm);
  }

  #scav(event: ScavEvent): void {
    this.#count('scavtrace_background_released_bytes_total', event.backgroundKiB * KIB);
    if (event.eagerKiB !== undefined) {
      this.#count('scavtrace_eager_released_bytes_total', event.eagerKiB * KIB);
    }
    this.#gauges.set('/memory/classes/heap/released:bytes', event.releasedKiB * KIB);
    this.#gauges.set('scavtrace_heap_utilization_percent', event.utilPercent);
  }

  #procs(count: number): void {
    this.#gomaxprocs = count;
    this.#gauges.set('/sched/gomaxprocs:threads', count);
  }

  #count(name: string, more: number): void {
    this.#counters.set(name, (this.#counters.get(name) ?? 0) + more);
  }
}
