/**
 * The names of metrics: what runtime/metrics calls them, and how other sources write them.
 *
 * This is the one table of names, not a decoder. `cumulative` follows runtime/metrics' own
 * descriptions (Go 1.19 to 1.27, src/runtime/metrics/description.go) with one correction: Go 1.19
 * describes `/sched/latencies:seconds` as not cumulative although its counts only grow.
 * Prometheus names follow client_golang's rule (prometheus/internal/go_runtime_metrics.go,
 * RuntimeMetricsToProm).
 */

/** Scalars that only grow during the life of a process. */
const cumulativeScalars = [
  '/cgo/go-to-c-calls:calls',
  '/cpu/classes/gc/mark/assist:cpu-seconds',
  '/cpu/classes/gc/mark/dedicated:cpu-seconds',
  '/cpu/classes/gc/mark/idle:cpu-seconds',
  '/cpu/classes/gc/pause:cpu-seconds',
  '/cpu/classes/gc/total:cpu-seconds',
  '/cpu/classes/idle:cpu-seconds',
  '/cpu/classes/scavenge/assist:cpu-seconds',
  '/cpu/classes/scavenge/background:cpu-seconds',
  '/cpu/classes/scavenge/total:cpu-seconds',
  '/cpu/classes/total:cpu-seconds',
  '/cpu/classes/user:cpu-seconds',
  '/gc/cleanups/executed:cleanups',
  '/gc/cleanups/queued:cleanups',
  '/gc/cycles/automatic:gc-cycles',
  '/gc/cycles/forced:gc-cycles',
  '/gc/cycles/total:gc-cycles',
  '/gc/finalizers/executed:finalizers',
  '/gc/finalizers/queued:finalizers',
  '/gc/heap/allocs:bytes',
  '/gc/heap/allocs:objects',
  '/gc/heap/frees:bytes',
  '/gc/heap/frees:objects',
  '/gc/heap/tiny/allocs:objects',
  '/sched/goroutines-created:goroutines',
  '/sync/mutex/wait/total:seconds',
];

/** Values of the moment. */
const gauges = [
  '/gc/gogc:percent',
  '/gc/gomemlimit:bytes',
  '/gc/heap/goal:bytes',
  '/gc/heap/live:bytes',
  '/gc/heap/objects:objects',
  '/gc/limiter/last-enabled:gc-cycle',
  '/gc/scan/globals:bytes',
  '/gc/scan/heap:bytes',
  '/gc/scan/stack:bytes',
  '/gc/scan/total:bytes',
  '/gc/stack/starting-size:bytes',
  '/memory/classes/heap/free:bytes',
  '/memory/classes/heap/objects:bytes',
  '/memory/classes/heap/released:bytes',
  '/memory/classes/heap/stacks:bytes',
  '/memory/classes/heap/unused:bytes',
  '/memory/classes/metadata/mcache/free:bytes',
  '/memory/classes/metadata/mcache/inuse:bytes',
  '/memory/classes/metadata/mspan/free:bytes',
  '/memory/classes/metadata/mspan/inuse:bytes',
  '/memory/classes/metadata/other:bytes',
  '/memory/classes/os-stacks:bytes',
  '/memory/classes/other:bytes',
  '/memory/classes/profiling/buckets:bytes',
  '/memory/classes/total:bytes',
  '/sched/gomaxprocs:threads',
  '/sched/goroutines/not-in-go:goroutines',
  '/sched/goroutines/runnable:goroutines',
  '/sched/goroutines/running:goroutines',
  '/sched/goroutines/waiting:goroutines',
  '/sched/goroutines:goroutines',
  '/sched/threads/total:threads',
];

const histograms = [
  '/gc/heap/allocs-by-size:bytes',
  '/gc/heap/frees-by-size:bytes',
  '/gc/pauses:seconds',
  '/sched/latencies:seconds',
  '/sched/pauses/stopping/gc:seconds',
  '/sched/pauses/stopping/other:seconds',
  '/sched/pauses/total/gc:seconds',
  '/sched/pauses/total/other:seconds',
];

/**
 * Histograms of GC pauses, best first. The runtime counts every stop of a cycle; MemStats has one
 * value a cycle, the sum of its stops.
 */
export const gcPauseNames: readonly string[] = [
  '/sched/pauses/total/gc:seconds',
  '/gc/pauses:seconds',
  'MemStats.PauseNs:seconds',
];

/** User and system CPU time of the process as the kernel counts it; unlike `/cpu/classes/*` fresh. */
export const processCpuName = 'process_cpu_seconds_total';

export interface KnownMetric {
  readonly name: string;
  readonly cumulative: boolean;
  readonly histogram: boolean;
}

const known = new Map<string, KnownMetric>();
const byPrometheusName = new Map<string, KnownMetric>();
function add(names: readonly string[], cumulative: boolean, histogram: boolean): void {
  for (const name of names) {
    const metric = { name, cumulative, histogram };
    known.set(name, metric);
    byPrometheusName.set(prometheusName(name, cumulative && !histogram), metric);
  }
}
add(cumulativeScalars, true, false);
add(gauges, false, false);
add(histograms, true, true);

/** What is known of a runtime/metrics name; undefined for one of a newer Go, or of another source. */
export function knownMetric(name: string): KnownMetric | undefined {
  return known.get(name);
}

/** The runtime/metrics metric that client_golang exposes under this name. */
export function metricOfPrometheusName(name: string): KnownMetric | undefined {
  return byPrometheusName.get(name);
}

/**
 * `/gc/heap/allocs:bytes` → `go_gc_heap_allocs_bytes_total`. `total` = a cumulative scalar
 * (histograms get no suffix).
 */
export function prometheusName(name: string, total: boolean): string {
  const colon = name.indexOf(':');
  const key = (colon < 0 ? name : name.slice(0, colon)).replace(/^\//, '').replace(/[/-]/g, '_');
  const unit = colon < 0 ? '' : name.slice(colon + 1);
  const unitPart = unit.replace(/[-*]/g, '_').replace(/\//g, '_per_');
  return `go_${key}_${unitPart}${total ? '_total' : ''}`;
}

/** What follows the colon of a runtime/metrics name, or the unit in a Prometheus name. */
export function unitOf(name: string): string {
  const colon = name.lastIndexOf(':');
  if (colon >= 0) return name.slice(colon + 1);
  const match = /_(seconds|bytes|ratio|percent)(?:_total)?$/.exec(name.replace(/\{.*$/s, ''));
  return match?.[1] ?? '';
}

/**
 * True for counters that the runtime brings up to date only when a garbage collection ends
 * (measured: without a GC in an interval their growth reads 0, which means “not measurable”).
 */
export function refreshedByGc(name: string): boolean {
  return name.startsWith('/cpu/classes/') || /^go_cpu_classes_/.test(name);
}
