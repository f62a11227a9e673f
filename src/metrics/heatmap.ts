/**
 * Histograms over time → a matrix of time × bucket: how much each interval added to each bucket.
 *
 * A column is the time between two readings that both have the histogram. It is unknown (NaN in every
 * row) where counts fell or the process was another one, because what the old process added after
 * its last reading is lost, and where a count is NaN; it is never 0 for that. Columns do not overlap;
 * between them may be time that no two readings enclose. A reading without the metric joins its two
 * intervals into one.
 *
 * Rows are the bounds that all readings share, so that no count is split by a guess: after an update
 * of Go with other buckets they are coarser, not wrong. The outer bounds may be ∓Infinity.
 * Cost: O(readings × buckets).
 */
import { percentile, restarted } from './series.ts';
import type { Histogram, MetricSnapshot } from './snapshot.ts';

export interface HeatMap {
  readonly name: string;
  /** Unix milliseconds; column i is the time from[i] ≤ t < to[i]. Ascending. */
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** Ascending, one more than there are rows. */
  readonly bounds: Float64Array;
  /** `counts[column * rows + row]`; NaN in all rows of a column = unknown. */
  readonly counts: Float64Array;
}

export function rowsOf(map: HeatMap): number {
  return Math.max(0, map.bounds.length - 1);
}

export function columnOf(map: HeatMap, column: number): Histogram {
  const rows = rowsOf(map);
  return { counts: map.counts.subarray(column * rows, (column + 1) * rows), bounds: map.bounds };
}

/** NaN for a column that is unknown or empty. */
export function columnPercentile(map: HeatMap, column: number, q: number): number {
  return percentile(columnOf(map, column), q);
}

export function isUnknown(map: HeatMap, column: number): boolean {
  return Number.isNaN(map.counts[column * rowsOf(map)] ?? NaN);
}

interface Reading {
  readonly snapshot: MetricSnapshot;
  readonly histogram: Histogram;
}

/** Undefined when fewer than two readings have it as a histogram. Snapshots ascend by time. */
export function heatMapOf(snapshots: readonly MetricSnapshot[], name: string): HeatMap | undefined {
  const readings = snapshots.flatMap((snapshot): Reading[] => {
    const value = snapshot.metrics.get(name)?.value;
    return typeof value === 'object' ? [{ snapshot, histogram: value }] : [];
  });
  if (readings.length < 2) return undefined;
  const bounds = commonBounds(readings.map(({ histogram }) => histogram.bounds));
  const rows = bounds.length - 1;
  const columns = readings.length - 1;
  const time = Float64Array.from(readings, ({ snapshot }) => Number(snapshot.timeNanos) / 1e6);
  const counts = new Float64Array(columns * rows);
  for (let column = 0; column < columns; column++) {
    const [before, after] = [readings[column], readings[column + 1]];
    if (before === undefined || after === undefined) continue;
    const target = counts.subarray(column * rows, (column + 1) * rows);
    if (restarted(after.snapshot, before.snapshot)) target.fill(NaN);
    else addDifference(target, bounds, before.histogram, after.histogram);
  }
  return { name, from: time.slice(0, -1), to: time.slice(1), bounds, counts };
}

/** after − before by row; all NaN when any row fell or is not a number. */
function addDifference(
  target: Float64Array,
  bounds: Float64Array,
  before: Histogram,
  after: Histogram,
): void {
  addCounts(target, bounds, before, -1);
  addCounts(target, bounds, after, 1);
  if (target.some((count) => !(count >= 0))) target.fill(NaN);
}

function addCounts(
  target: Float64Array,
  bounds: Float64Array,
  { counts, bounds: own }: Histogram,
  sign: 1 | -1,
): void {
  let row = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    // Rows are unions of buckets: the bucket's lower bound lies in its row.
    while (row < target.length - 1 && (bounds[row + 1] ?? Infinity) <= (own[bucket] ?? 0)) row++;
    target[row] = (target[row] ?? 0) + sign * (counts[bucket] ?? 0);
  }
}

/** Bounds that all have, and the outermost of any, so that every observation has a row. */
function commonBounds(all: readonly Float64Array[]): Float64Array {
  const distinct = all.filter((bounds, i) => i === 0 || !same(bounds, all[i - 1]));
  const [first = new Float64Array(0), ...others] = distinct;
  if (others.length === 0) return first;
  const sets = others.map((bounds) => new Set(bounds));
  const common = new Set(first.filter((bound) => sets.every((set) => set.has(bound))));
  common.add(Math.min(...distinct.map((bounds) => bounds[0] ?? Infinity)));
  common.add(Math.max(...distinct.map((bounds) => bounds.at(-1) ?? -Infinity)));
  return Float64Array.from(common).sort();
}

function same(a: Float64Array, b: Float64Array | undefined): boolean {
  return a === b || (a.length === b?.length && a.every((bound, i) => bound === b[i]));
}

/** Without the empty rows below the first and above the last that has a count; one row at least. */
export function trimmed(map: HeatMap): HeatMap {
  const rows = rowsOf(map);
  let low = rows;
  let high = -1;
  for (let at = 0; at < map.counts.length; at++) {
    if (!((map.counts[at] ?? 0) > 0)) continue;
    const row = at % rows;
    if (row < low) low = row;
    if (row > high) high = row;
  }
  if (high < 0) [low, high] = [0, Math.min(0, rows - 1)];
  const kept = high - low + 1;
  const columns = map.from.length;
  const counts = new Float64Array(columns * kept);
  for (let column = 0; column < columns; column++) {
    const start = column * rows + low;
    counts.set(map.counts.subarray(start, start + kept), column * kept);
  }
  return { ...map, bounds: map.bounds.slice(low, high + 2), counts };
}

/**
 * The maps of several processes as one, in steps of time: a column belongs to the step that it ends
 * in. A step is unknown when every column that ends in it is; a step without any is left out.
 * `edges` are the steps' edges in unix milliseconds, ascending.
 */
export function joinHeatMaps(maps: readonly HeatMap[], edges: Float64Array): HeatMap | undefined {
  const [first] = maps;
  if (first === undefined) return undefined;
  const bounds = commonBounds(maps.map((map) => map.bounds));
  const rows = bounds.length - 1;
  const steps = Math.max(0, edges.length - 1);
  const sums = new Float64Array(steps * rows);
  const known = new Uint8Array(steps);
  const seen = new Uint8Array(steps);
  for (const map of maps) {
    for (let column = 0; column < map.to.length; column++) {
      const step = stepOf(edges, map.to[column] ?? 0);
      if (step < 0) continue;
      seen[step] = 1;
      if (isUnknown(map, column)) continue;
      known[step] = 1;
      addCounts(sums.subarray(step * rows, (step + 1) * rows), bounds, columnOf(map, column), 1);
    }
  }
  const kept = Array.from(seen.keys()).filter((step) => seen[step] === 1);
  const counts = new Float64Array(kept.length * rows);
  kept.forEach((step, column) => {
    const target = counts.subarray(column * rows, (column + 1) * rows);
    if (known[step] === 1) target.set(sums.subarray(step * rows, (step + 1) * rows));
    else target.fill(NaN);
  });
  return {
    name: first.name,
    from: Float64Array.from(kept, (step) => edges[step] ?? 0),
    to: Float64Array.from(kept, (step) => edges[step + 1] ?? 0),
    bounds,
    counts,
  };
}

/** The step that a time ends: edges[step] < time ≤ edges[step + 1]; -1 = outside. */
function stepOf(edges: Float64Array, time: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low >= edges.length ? -1 : low - 1;
}
