/**
 * Snapshots of one process → series, rates, percentiles and totals.
 *
 * Snapshots are ascending in time. A counter that falls, or a changed process start, is a restart:
 * the interval across it is NaN, because the part of the counter that the old process added after
 * its last snapshot is lost. No interval is smoothed or joined; a missing metric is NaN, never 0.
 */
import { refreshedByGc, unitOf } from './names.ts';
import type { Histogram, Metric, MetricSnapshot, Series } from './snapshot.ts';

export interface SeriesOptions {
  readonly labels?: Readonly<Record<string, string>>;
  /** For histograms: which percentile of each interval, 0 to 1. The default is 0.99. */
  readonly percentile?: number;
}

/** A gauge as it is, a counter as its rate per second, a histogram as a percentile. */
export function seriesOf(
  snapshots: readonly MetricSnapshot[],
  name: string,
  options: SeriesOptions = {},
): Series {
  const sample = snapshots.find((s) => s.metrics.has(name))?.metrics.get(name);
  if (sample === undefined || (typeof sample.value === 'number' && !sample.cumulative)) {
    return gaugeSeries(snapshots, name, options);
  }
  return typeof sample.value === 'number'
    ? rateSeries(snapshots, name, options)
    : percentileSeries(snapshots, name, options);
}

export function gaugeSeries(
  snapshots: readonly MetricSnapshot[],
  name: string,
  options: SeriesOptions = {},
): Series {
  return build(snapshots, name, unitOf(name), options, (i) => scalar(snapshots[i], name));
}

/**
 * Growth per second since the snapshot before. Counters that the runtime refreshes only when a GC
 * ends (`/cpu/classes/*`) get a value where they changed, over the time since they last changed,
 * and NaN between: there they cannot be measured.
 */
export function rateSeries(
  snapshots: readonly MetricSnapshot[],
  name: string,
  options: SeriesOptions = {},
): Series {
  const onlyAfterGc = refreshedByGc(name);
  let base = -1;
  return build(snapshots, name, `${unitOf(name)}/s`, options, (i) => {
    const value = scalar(snapshots[i], name);
    if (Number.isNaN(value)) return NaN;
    const from = base;
    const before = from < 0 ? NaN : scalar(snapshots[from], name);
    if (onlyAfterGc && value === before && !restartBetween(snapshots, from, i)) return NaN;
    base = i;
    if (!(value >= before) || restartBetween(snapshots, from, i)) return NaN;
    return (value - before) / secondsBetween(snapshots, from, i);
  });
}

/** The percentile of what each interval added to the histogram; NaN when it added nothing. */
export function percentileSeries(
  snapshots: readonly MetricSnapshot[],
  name: string,
  options: SeriesOptions = {},
): Series {
  const q = options.percentile ?? 0.99;
  let base = -1;
  return build(snapshots, name, unitOf(name), options, (i) => {
    const value = histogram(snapshots[i], name);
    if (value === undefined) return NaN;
    const from = base;
    base = i;
    const before = from < 0 ? undefined : histogram(snapshots[from], name);
    if (before === undefined || restartBetween(snapshots, from, i)) return NaN;
    const delta = deltaHistogram(value, before);
    return delta === undefined ? NaN : percentile(delta, q);
  });
}

/** What a counter or histogram grew by over a window, restarts left out. */
export interface Increase {
  readonly value: number | Histogram;
  /** Length of the intervals that count, in seconds. */
  readonly seconds: number;
  readonly restarts: number;
}

/**
 * Growth from the first to the last snapshot that has the metric. Undefined when fewer than two
 * have it, or, for counters that only a GC refreshes, when there was no refresh in between.
 */
export function increaseOf(
  snapshots: readonly MetricSnapshot[],
  name: string,
): Increase | undefined {
  let total: number | Histogram | undefined;
  let seconds = 0;
  let restarts = 0;
  let base = -1;
  const onlyAfterGc = refreshedByGc(name);
  for (let i = 0; i < snapshots.length; i++) {
    const metric = snapshots[i]?.metrics.get(name);
    // NaN says “not measured”, as a missing metric does.
    if (metric === undefined || Number.isNaN(metric.value)) continue;
    const before = base < 0 ? undefined : snapshots[base]?.metrics.get(name);
    const from = base;
    if (before === undefined) {
      base = i;
      continue;
    }
    const growth = restartBetween(snapshots, from, i) ? undefined : difference(metric, before);
    if (onlyAfterGc && growth === 0) continue;
    base = i;
    if (growth === undefined) {
      restarts++;
      continue;
    }
    total = total === undefined ? growth : sum(total, growth);
    seconds += secondsBetween(snapshots, from, i);
  }
  return total === undefined ? undefined : { value: total, seconds, restarts };
}

/** Times at which a new process (or a reset of its counters) was first seen. */
export function restartTimes(snapshots: readonly MetricSnapshot[]): readonly bigint[] {
  const times: bigint[] = [];
  for (let i = 1; i < snapshots.length; i++) {
    const snapshot = snapshots[i];
    if (snapshot && restartBetween(snapshots, i - 1, i)) times.push(snapshot.timeNanos);
  }
  return times;
}

/**
 * True when `current` is of another process than `previous`: its start differs by more than a
 * second (clocks are read with that accuracy), or a counter that cannot fall fell.
 */
export function restarted(current: MetricSnapshot, previous: MetricSnapshot): boolean {
  const a = current.processStartNanos;
  const b = previous.processStartNanos;
  if (a !== 0n && b !== 0n) return a - b > 1_000_000_000n || b - a > 1_000_000_000n;
  return resetCounters.some((name) => scalar(current, name) < scalar(previous, name));
}

const resetCounters = [
  '/gc/heap/allocs:bytes',
  '/gc/cycles/total:gc-cycles',
  'process_cpu_seconds_total',
];

/** Counts that were added between two readings; undefined when one fell or the bounds differ. */
export function deltaHistogram(current: Histogram, previous: Histogram): Histogram | undefined {
  if (!sameBounds(current.bounds, previous.bounds)) return undefined;
  const counts = new Float64Array(current.counts.length);
  for (let i = 0; i < counts.length; i++) {
    const growth = (current.counts[i] ?? 0) - (previous.counts[i] ?? 0);
    if (growth < 0) return undefined;
    counts[i] = growth;
  }
  return { counts, bounds: current.bounds };
}

export function histogramCount(h: Histogram): number {
  let total = 0;
  for (const count of h.counts) total += count;
  return total;
}

/**
 * The value below which the share `q` (0 to 1) of all observations lies, by linear interpolation
 * in the bucket where it falls, as Prometheus's histogram_quantile does. A bucket without a lower
 * bound begins at 0 (or is all its upper bound when that is negative); for one without an upper
 * bound the answer is its lower bound, the least it can be. NaN when there are no observations.
 * Of the runtime's time histograms a bucket is at most 25 % wide, which bounds the error.
 */
export function percentile(h: Histogram, q: number): number {
  const total = histogramCount(h);
  if (total === 0 || Number.isNaN(total)) return NaN;
  const rank = Math.min(Math.max(q, 0), 1) * total;
  let below = 0;
  for (let i = 0; i < h.counts.length; i++) {
    const count = h.counts[i] ?? 0;
    if (count === 0 || below + count < rank) {
      below += count;
      continue;
    }
    const upper = h.bounds[i + 1] ?? Infinity;
    const bound = h.bounds[i] ?? -Infinity;
    const lower = bound === -Infinity ? Math.min(0, upper) : bound;
    if (upper === Infinity) return lower;
    return lower + (upper - lower) * Math.max(0, (rank - below) / count);
  }
  return NaN;
}

/** An estimate of the sum of all observations: each counts as the middle of its bucket. */
export function histogramSum(h: Histogram): number {
  let total = 0;
  for (let i = 0; i < h.counts.length; i++) {
    const count = h.counts[i] ?? 0;
    if (count === 0) continue;
    const upper = h.bounds[i + 1] ?? Infinity;
    const bound = h.bounds[i] ?? -Infinity;
    const lower = bound === -Infinity ? Math.min(0, upper) : bound;
    total += count * (upper === Infinity ? lower : (lower + upper) / 2);
  }
  return total;
}

function build(
  snapshots: readonly MetricSnapshot[],
  name: string,
  unit: string,
  options: SeriesOptions,
  valueAt: (index: number) => number,
): Series {
  const time = new Float64Array(snapshots.length);
  const value = new Float64Array(snapshots.length);
  for (let i = 0; i < snapshots.length; i++) {
    time[i] = Number(snapshots[i]?.timeNanos ?? 0n) / 1e6;
    value[i] = valueAt(i);
  }
  return { name, unit, labels: options.labels ?? {}, time, value };
}

function scalar(snapshot: MetricSnapshot | undefined, name: string): number {
  const value = snapshot?.metrics.get(name)?.value;
  return typeof value === 'number' ? value : NaN;
}

function histogram(snapshot: MetricSnapshot | undefined, name: string): Histogram | undefined {
  const value = snapshot?.metrics.get(name)?.value;
  return typeof value === 'object' ? value : undefined;
}

function secondsBetween(snapshots: readonly MetricSnapshot[], from: number, to: number): number {
  const nanos = (snapshots[to]?.timeNanos ?? 0n) - (snapshots[from]?.timeNanos ?? 0n);
  return Number(nanos) / 1e9;
}

function restartBetween(snapshots: readonly MetricSnapshot[], from: number, to: number): boolean {
  const current = snapshots[to];
  const previous = snapshots[from];
  return current !== undefined && previous !== undefined && restarted(current, previous);
}

function difference(current: Metric, previous: Metric): number | Histogram | undefined {
  if (typeof current.value === 'number') {
    const growth = typeof previous.value === 'number' ? current.value - previous.value : NaN;
    return growth >= 0 ? growth : undefined;
  }
  if (typeof previous.value === 'number') return undefined;
  return deltaHistogram(current.value, previous.value);
}

function sum(a: number | Histogram, b: number | Histogram): number | Histogram {
  if (typeof a === 'number' || typeof b === 'number') return Number(a) + Number(b);
  return { counts: a.counts.map((count, i) => count + (b.counts[i] ?? 0)), bounds: a.bounds };
}

function sameBounds(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}
