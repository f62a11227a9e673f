/**
 * What `whygo top` knows of its target: the readings of the last minutes, vital signs with a short
 * history, the last goroutines and profiles, and findings over all of it. Pure; memory is bounded by
 * the window.
 */
import { explain } from '../../explain/explain.ts';
import type { Finding } from '../../explain/finding.ts';
import { FrameBook } from '../../explain/frames.ts';
import type { Capture, Observation } from '../../explain/observation.ts';
import { goroutineTableOf } from '../../goroutines/from-profile.ts';
import { goroutineProfile } from '../../goroutines/profile.ts';
import { type GoroutineTable, goroutineCount } from '../../goroutines/table.ts';
import { gcPauseNames, processCpuName } from '../../metrics/names.ts';
import { percentile, restarted } from '../../metrics/series.ts';
import type { MetricSnapshot } from '../../metrics/snapshot.ts';
import { Window } from '../../metrics/window.ts';
import { mergeProfiles, selectSampleTypes } from '../../profile/merge.ts';
import { countsOf, type FunctionTable, functionTable, type GroupRow, groupRows } from './rows.ts';

/** Values of now; undefined = not measurable with what the target tells. */
export interface Vitals {
  /** Cores in use since the reading before. */
  readonly cpuCores: number | undefined;
  readonly gomaxprocs: number | undefined;
  readonly cpuLimitCores: number | undefined;
  /** Live and dead objects in bytes. */
  readonly heapBytes: number | undefined;
  readonly goalBytes: number | undefined;
  readonly rssBytes: number | undefined;
  readonly memoryLimitBytes: number | undefined;
  readonly goroutines: number | undefined;
  readonly threads: number | undefined;
  readonly allocBytesPerSecond: number | undefined;
  readonly gcPerMinute: number | undefined;
  /** Share of CPU time, 0 to 1, of the last minute; undefined without a collection in it. */
  readonly gcCpuShare: number | undefined;
  /** Of the last minute, in seconds. */
  readonly gcPauseP99: number | undefined;
  readonly schedLatencyP99: number | undefined;
}

export type VitalName = keyof Vitals;

const WINDOW_NANOS = 300_000_000_000n;
const MINUTE_NANOS = 60_000_000_000n;
const HISTORY = 256;
const MOST_CAPTURES = 40;
/** CPU profiles that the table of functions is made of. */
const CPU_PROFILES = 5;

export class TopModel {
  readonly target: string;
  service = '';
  modules: readonly string[] = [];
  readonly #snapshots: MetricSnapshot[] = [];
  #captures: Capture[] = [];
  readonly #history = new Map<string, number[]>();
  #vitals: Vitals | undefined;
  #firstCounts: ReadonlyMap<string, number> | undefined;
  #cpu: FunctionTable | undefined;
  groups: readonly GroupRow[] = [];
  /** All goroutines of the last reading. */
  goroutines = Number.NaN;
  /** The last reading has states and waits. */
  exact = false;
  heap: FunctionTable | undefined;
  cpuSeconds = 0;
  findings: readonly Finding[] = [];
  /** Restarts of the process that were seen. */
  restarts = 0;

  constructor(target: string) {
    this.target = target;
  }

  get newest(): MetricSnapshot | undefined {
    return this.#snapshots.at(-1);
  }

  get vitals(): Vitals | undefined {
    return this.#vitals;
  }

  get cpu(): FunctionTable | undefined {
    return this.#cpu;
  }

  /** NaN where it was not measurable. */
  history(name: VitalName): readonly number[] {
    return this.#history.get(name) ?? [];
  }

  addMetrics(snapshot: MetricSnapshot): void {
    const before = this.newest;
    if (before !== undefined && restarted(snapshot, before)) this.#forget();
    this.#snapshots.push(snapshot);
    while ((this.#snapshots[0]?.timeNanos ?? 0n) < snapshot.timeNanos - WINDOW_NANOS) {
      this.#snapshots.shift();
    }
    this.#vitals = vitalsOf(this.#snapshots);
    for (const [name, value] of Object.entries(this.#vitals)) this.#remember(name, value);
  }

  /** With states and waits (debug=2). */
  addGoroutineDump(table: GoroutineTable, startNanos: bigint): void {
    const profile = selectSampleTypes(goroutineProfile(table).profile, ['goroutine']);
    const instant = { startNanos, durationNanos: 0n, delta: false, forcedGc: false };
    this.#keep({ type: 'goroutine', profile, ...instant });
    this.#setGoroutines(table);
  }

  addCapture(capture: Capture): void {
    const same = this.#keep(capture);
    if (capture.type === 'goroutine') this.#setGoroutines(goroutineTableOf(capture.profile));
    if (capture.type === 'heap') this.heap = functionTable(capture.profile, 'inuse_space');
    if (capture.type !== 'cpu') return;
    const recent = same.slice(-CPU_PROFILES);
    const nanos = recent.reduce((sum, { durationNanos }) => sum + durationNanos, 0n);
    this.cpuSeconds = Number(nanos) / 1e9;
    this.#cpu = functionTable(mergeProfiles(recent.map(({ profile }) => profile)), 'cpu');
  }

  #setGoroutines(table: GoroutineTable): void {
    this.exact = table.form === 'goroutines';
    this.goroutines = goroutineCount(table);
    this.groups = groupRows(table, new FrameBook([], this.modules), this.#firstCounts);
    this.#firstCounts ??= countsOf(this.groups);
  }

  /** All of its type, itself the last. */
  #keep(capture: Capture): readonly Capture[] {
    const oldest = capture.startNanos - WINDOW_NANOS;
    this.#captures = [...this.#captures, capture].filter((c) => c.startNanos >= oldest);
    const same = this.#captures.filter(({ type }) => type === capture.type);
    // The first of the window stays: growth is measured from it.
    const second = same[1];
    if (same.length > MOST_CAPTURES && second !== undefined) {
      this.#captures.splice(this.#captures.indexOf(second), 1);
    }
    return same;
  }

  /** Runs every diagnosis over the window. */
  diagnose(): void {
    this.findings = explain(this.#observation()).findings;
  }

  #observation(): Observation {
    const captures = this.#captures.toSorted((a, b) => (a.startNanos < b.startNanos ? -1 : 1));
    const times = [
      ...captures.map(({ startNanos }) => startNanos),
      ...this.#snapshots.map(({ timeNanos }) => timeNanos),
    ];
    const ends = [...captures.map((c) => c.startNanos + c.durationNanos), ...times];
    return {
      target: this.target,
      fromNanos: times.reduce((a, b) => (b < a ? b : a), times[0] ?? 0n),
      toNanos: ends.reduce((a, b) => (b > a ? b : a), ends[0] ?? 0n),
      captures,
      metrics: this.#snapshots,
      ownModules: this.modules,
      missing: [],
    };
  }

  /** Another process: nothing of the old one is comparable. */
  #forget(): void {
    this.restarts++;
    this.#snapshots.length = 0;
    this.#captures = [];
    this.#firstCounts = undefined;
    this.#cpu = undefined;
    this.findings = [];
  }

  #remember(name: string, value: number | undefined): void {
    const values = this.#history.get(name) ?? [];
    this.#history.set(name, values);
    values.push(value ?? Number.NaN);
    if (values.length > HISTORY) values.shift();
  }
}

/** `snapshots` are ascending by time, at least one. */
export function vitalsOf(snapshots: readonly MetricSnapshot[]): Vitals {
  const newest = snapshots.at(-1);
  const now = newest?.timeNanos ?? 0n;
  const latest = new Window(snapshots.slice(-2));
  const minute = new Window(snapshots.filter(({ timeNanos }) => timeNanos >= now - MINUTE_NANOS));
  // With one reading alone a rate would be that of the whole life of the process.
  const rate = (window: Window, name: string) =>
    window.sinceStart ? undefined : window.rate(name);
  const share = (part: string, whole: string) => {
    const [a, b] = [rate(minute, part), rate(minute, whole)];
    return a === undefined || b === undefined || b === 0 ? undefined : a / b;
  };
  const p99 = (names: readonly string[]) => {
    const seen = minute.sinceStart ? undefined : minute.observations(names);
    const value = seen === undefined ? Number.NaN : percentile(seen.histogram, 0.99);
    return Number.isNaN(value) ? undefined : value;
  };
  const perSecond = rate(minute, '/gc/cycles/total:gc-cycles');
  const gauge = (name: string) => latest.last(name);
  const procs = newest?.gomaxprocs ?? 0;
  return {
    cpuCores: rate(latest, processCpuName),
    gomaxprocs: procs > 0 ? procs : gauge('/sched/gomaxprocs:threads'),
    cpuLimitCores: gauge('container_cpu_limit_cores'),
    heapBytes: gauge('/memory/classes/heap/objects:bytes'),
    goalBytes: gauge('/gc/heap/goal:bytes'),
    rssBytes: gauge('process_resident_memory_bytes'),
    memoryLimitBytes: gauge('container_spec_memory_limit_bytes'),
    goroutines: gauge('/sched/goroutines:goroutines'),
    threads: gauge('/sched/threads/total:threads') ?? gauge('process_threads'),
    allocBytesPerSecond: rate(latest, '/gc/heap/allocs:bytes'),
    gcPerMinute: perSecond === undefined ? undefined : perSecond * 60,
    gcCpuShare: share('/cpu/classes/gc/total:cpu-seconds', '/cpu/classes/total:cpu-seconds'),
    gcPauseP99: p99(gcPauseNames),
    schedLatencyP99: p99(['/sched/latencies:seconds']),
  };
}
