/**
 * The value axis of a heat map: logarithmic, in bands of a few pixels, each with the rows that fall
 * into it. Rows without an outer bound get one a factor of two away. Pure.
 */
import { type HeatMap, isUnknown, rowsOf } from '../../metrics/heatmap.ts';

export interface Bands {
  /** How many there are; band 0 is the lowest. */
  readonly count: number;
  /** Value at the lower edge of the lowest, and at the upper edge of the highest band. */
  readonly low: number;
  readonly high: number;
  /** Observations a second: `rate[column * count + band]`; NaN = unknown. */
  readonly rate: Float64Array;
  readonly most: number;
  /** The smallest that is not 0. */
  readonly least: number;
}

/** Thinner bands cannot be told apart. */
const LEAST_PIXELS = 5;

export function bandsOf(map: HeatMap, height: number): Bands {
  const rows = rowsOf(map);
  const columns = map.from.length;
  const low = lowerOf(map, 0);
  const high = upperOf(map, rows - 1);
  const count = Math.max(1, Math.min(rows, Math.floor(height / LEAST_PIXELS)));
  const span = Math.log(high / low);
  const bandOfRow = Array.from({ length: rows }, (_, row) => {
    const middle = Math.sqrt(lowerOf(map, row) * upperOf(map, row));
    return Math.min(count - 1, Math.max(0, Math.floor((Math.log(middle / low) / span) * count)));
  });
  const rate = new Float64Array(columns * count);
  let most = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let column = 0; column < columns; column++) {
    const target = rate.subarray(column * count, (column + 1) * count);
    if (isUnknown(map, column)) {
      target.fill(Number.NaN);
      continue;
    }
    const seconds = Math.max(1e-3, ((map.to[column] ?? 0) - (map.from[column] ?? 0)) / 1000);
    for (let row = 0; row < rows; row++) {
      const band = bandOfRow[row] ?? 0;
      target[band] = (target[band] ?? 0) + (map.counts[column * rows + row] ?? 0) / seconds;
    }
    for (const value of target) {
      if (value > most) most = value;
      if (value > 0 && value < least) least = value;
    }
  }
  return { count, low, high, rate, most, least };
}

/** The share of the height, from the bottom, at which a value lies; 0 to 1. */
export function shareOf({ low, high }: Bands, value: number): number {
  return Math.min(1, Math.max(0, Math.log(value / low) / Math.log(high / low)));
}

function lowerOf({ bounds }: HeatMap, row: number): number {
  const lower = bounds[row] ?? 0;
  if (lower > 0) return lower;
  const upper = bounds[row + 1] ?? 1;
  return upper > 0 && Number.isFinite(upper) ? upper / 2 : 1e-9;
}

function upperOf(map: HeatMap, row: number): number {
  const upper = map.bounds[row + 1] ?? Number.POSITIVE_INFINITY;
  const lower = lowerOf(map, row);
  return Number.isFinite(upper) && upper > lower ? upper : lower * 2;
}
