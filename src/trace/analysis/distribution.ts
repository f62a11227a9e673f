/** Durations summed up: count, sum, extremes, and percentiles by nearest rank. */

export interface Distribution {
  readonly count: number;
  /** All in nanoseconds; 0 when there are none. */
  readonly sum: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Sorts `values` in place. Cost: the sorting. */
export function distributionOf(values: Float64Array): Distribution {
  values.sort();
  const count = values.length;
  let sum = 0;
  for (const value of values) sum += value;
  const at = (share: number) => (count === 0 ? 0 : values[rankOf(share, count)]);
  return {
    count,
    sum,
    min: at(0),
    mean: count === 0 ? 0 : sum / count,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
  };
}

/** The smallest index such that at least this share of the values is at or before it. */
function rankOf(share: number, count: number): number {
  return Math.max(0, Math.min(count, Math.ceil(share * count)) - 1);
}

/** One bar of a histogram. */
export interface Bucket {
  /** [from, to) in nanoseconds. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Bars of a fifth of a decade, as in Go 1.26's cmd/trace (traceviewer/histogram.go); none for nothing. */
export function histogramOf(values: Float64Array): Bucket[] {
  const counts = new Map<number, number>();
  for (const value of values) {
    const bucket = value < 1 ? 0 : Math.floor(5 * Math.log10(value));
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  const first = Math.min(...counts.keys());
  const last = Math.max(...counts.keys());
  return Array.from({ length: last - first + 1 }, (_, i) => ({
    from: 10 ** ((first + i) / 5),
    to: 10 ** ((first + i + 1) / 5),
    count: counts.get(first + i) ?? 0,
  }));
}
