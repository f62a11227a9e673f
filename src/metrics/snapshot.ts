/**
 * One reading of a Go process's runtime metrics, whatever its source.
 *
 * Names are those of runtime/metrics (`/gc/heap/live:bytes`); readers of other sources (MemStats,
 * Prometheus text, expvar) translate to them and keep what has no such name under its own.
 */

/** A histogram as runtime/metrics gives it: `counts[i]` lies in [bounds[i], bounds[i + 1]). */
export interface Histogram {
  readonly counts: Float64Array;
  /** `counts.length + 1` ascending bounds; the outer ones may be ∓Infinity. */
  readonly bounds: Float64Array;
}

export interface Metric {
  /** runtime/metrics name with its unit, e.g. `/sched/latencies:seconds`. */
  readonly name: string;
  /** True when it only grows during the life of a process. */
  readonly cumulative: boolean;
  readonly value: number | Histogram;
}

export interface MetricSnapshot {
  /** Unix time in nanoseconds at which it was read. */
  readonly timeNanos: bigint;
  readonly source: 'agent' | 'memstats' | 'prometheus' | 'expvar' | 'godebug';
  /** `go1.26.8`; '' = unknown. */
  readonly goVersion: string;
  /** Start of the process, unix nanoseconds; 0 = unknown. A change begins a new series. */
  readonly processStartNanos: bigint;
  /** 0 = unknown. */
  readonly gomaxprocs: number;
  readonly metrics: ReadonlyMap<string, Metric>;
}

/** A time series: one column of times and one of values. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Unix time in milliseconds, ascending (fractions allowed). */
  readonly time: Float64Array;
  /** NaN = not measured at that time. */
  readonly value: Float64Array;
}
