/** The robust statistics that the growth rules use. Pure numbers; short series (5 to some 100). */

export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** Theil–Sen slope: the median of the slopes of all pairs (Sen 1968). O(n²). */
export function theilSen(times: readonly number[], values: readonly number[]): number {
  const slopes: number[] = [];
  forEachPair(times.length, (i, j) => {
    const dt = (times[j] ?? 0) - (times[i] ?? 0);
    if (dt > 0) slopes.push(((values[j] ?? 0) - (values[i] ?? 0)) / dt);
  });
  return slopes.length === 0 ? 0 : median(slopes);
}

/** Kendall's tau-a against time: 1 = every later value is higher, 0 = no order. */
export function kendallTau(values: readonly number[]): number {
  let balance = 0;
  let pairs = 0;
  forEachPair(values.length, (i, j) => {
    balance += Math.sign((values[j] ?? 0) - (values[i] ?? 0));
    pairs++;
  });
  return pairs === 0 ? 0 : balance / pairs;
}

function forEachPair(length: number, visit: (i: number, j: number) => void): void {
  for (let i = 0; i < length; i++) for (let j = i + 1; j < length; j++) visit(i, j);
}

/** How many of the steps go up, and how many down. */
export function steps(values: readonly number[]): { rising: number; falling: number } {
  let rising = 0;
  let falling = 0;
  for (let i = 1; i < values.length; i++) {
    const step = (values[i] ?? 0) - (values[i - 1] ?? 0);
    if (step > 0) rising++;
    if (step < 0) falling++;
  }
  return { rising, falling };
}

/**
 * Slope of the later half over the slope of the whole: 1 = steady, near 0 = it has stopped growing
 * (a cache that is full), above 1 = it began late.
 */
export function lateness(times: readonly number[], values: readonly number[]): number {
  const whole = theilSen(times, values);
  if (whole <= 0) return 0;
  const from = Math.min(Math.floor(times.length / 2), times.length - 3);
  return theilSen(times.slice(from), values.slice(from)) / whole;
}

/** Median absolute distance from the Theil–Sen line. */
export function residualNoise(times: readonly number[], values: readonly number[]): number {
  const slope = theilSen(times, values);
  const intercept = median(values.map((v, i) => v - slope * (times[i] ?? 0)));
  return median(values.map((v, i) => Math.abs(v - slope * (times[i] ?? 0) - intercept)));
}
