/**
 * N captures side by side: the value of every function in each, and how it grows. Pure.
 *
 * For heaps above all: what grows from snapshot to snapshot is what leaks. Growth is the slope of
 * the least-squares line through all snapshots, so that one odd capture does not decide.
 * Cost: O(nodes of all trees).
 */
import type { WireProfileInfo } from '../../api/wire.ts';
import { rowsOf } from './rows.ts';
import type { Values } from './transform.ts';

export type Measure = 'self' | 'cum';

export interface SnapshotRow {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** One value for each snapshot; 0 = not in it. */
  readonly values: Float64Array;
  /** Units per minute; 0 with fewer than two moments. */
  readonly slope: number;
}

export interface Moment {
  /** Unix milliseconds. */
  readonly at: number;
  readonly values: Values;
}

/** Least-squares slope per minute. */
export function slopeOf(times: readonly number[], values: Float64Array): number {
  const count = times.length;
  const meanTime = times.reduce((sum, time) => sum + time, 0) / count;
  const meanValue = values.reduce((sum, value) => sum + value, 0) / count;
  let covariance = 0;
  let variance = 0;
  for (let index = 0; index < count; index++) {
    const time = ((times[index] ?? 0) - meanTime) / 60_000;
    covariance += time * ((values[index] ?? 0) - meanValue);
    variance += time * time;
  }
  return variance > 0 ? covariance / variance : 0;
}

/** Rows of all functions in any snapshot, fastest growth first, ties by the last value. */
export function snapshotRows(moments: readonly Moment[], measure: Measure): readonly SnapshotRow[] {
  const times = moments.map(({ at }) => at);
  const byFunction = new Map<
    string,
    { file: string; line: number; name: string; values: Float64Array }
  >();
  moments.forEach(({ values }, index) => {
    const rows = rowsOf(values);
    const { frames } = values.tree;
    for (let row = 0; row < rows.length; row++) {
      const frame = rows.frame[row] ?? 0;
      const name = frames.name[frame] ?? '';
      const file = frames.file[frame] ?? '';
      const key = `${name}\0${file}`;
      let entry = byFunction.get(key);
      if (entry === undefined) {
        const line = frames.line[frame] ?? 0;
        entry = { name, file, line, values: new Float64Array(moments.length) };
        byFunction.set(key, entry);
      }
      entry.values[index] = rows[measure][row] ?? 0;
    }
  });
  return [...byFunction.values()]
    .filter(({ values }) => values.some((value) => value !== 0))
    .map((entry) => ({ ...entry, slope: slopeOf(times, entry.values) }))
    .sort((a, b) => b.slope - a.slope || (b.values.at(-1) ?? 0) - (a.values.at(-1) ?? 0));
}

/** Evenly spread moments among captures, the first and the last included. */
export function pickMoments(
  captures: readonly WireProfileInfo[],
  count: number,
): readonly number[] {
  const times = [...new Set(captures.map(({ start }) => start))].sort((a, b) => a - b);
  if (times.length <= count) return times;
  const step = (times.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, index) => times[Math.round(index * step)] ?? 0);
}

/** Points of a sparkline in a box of 1 × 1, y downwards; the scale is the row's own, from 0. */
export function sparkline(times: readonly number[], values: Float64Array): string {
  const first = times[0] ?? 0;
  const span = (times.at(-1) ?? 0) - first;
  const most = values.reduce((top, value) => Math.max(top, value), 0);
  if (span <= 0 || most <= 0) return '';
  return Array.from(values, (value, index) => {
    const x = ((times[index] ?? 0) - first) / span;
    return `${x.toFixed(3)},${(1 - Math.max(0, value) / most).toFixed(3)}`;
  }).join(' ');
}
