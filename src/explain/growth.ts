/**
 * Does a series of snapshots keep growing? The shape test that both leak rules share.
 *
 * Growth is judged on the whole window and on its later parts, so that a fault which begins midway
 * is seen, too. It must rise in order (Kendall's tau), fall in few steps, and go on in the later
 * half: a cache that fills up or a burst that has passed does not. How much growth is above noise
 * is the rule's own question.
 */
import { kendallTau, lateness, steps, theilSen } from './statistics.ts';

export const GROWTH = {
  /** Snapshots below which nothing is said: three misjudge a plateau (measured). */
  snapshots: 5,
  tau: 0.7,
  /** Most of the steps that may go down. */
  falling: 0.25,
  /** Slope of the later half over that of the whole. */
  lateness: 0.4,
} as const;

export interface GrowthShape {
  /** Index of the first snapshot of the part that grows. */
  readonly from: number;
  readonly snapshots: number;
  readonly seconds: number;
  /** Theil–Sen slope per second, and what it makes over the part. */
  readonly slope: number;
  readonly growth: number;
  readonly rising: number;
  readonly falling: number;
  readonly tau: number;
  readonly lateness: number;
}

/** The parts of the window that grow steadily, the longest first. Times are seconds, ascending. */
export function growingParts(times: readonly number[], values: readonly number[]): GrowthShape[] {
  const n = times.length;
  const lengths = new Set([n, Math.ceil((2 * n) / 3), Math.ceil(n / 2), Math.ceil(n / 3)]);
  const parts: GrowthShape[] = [];
  for (const length of lengths) {
    if (length < GROWTH.snapshots) continue;
    const shape = shapeOf(times, values, n - length);
    if (grows(shape)) parts.push(shape);
  }
  return parts;
}

function grows(shape: GrowthShape): boolean {
  return (
    shape.growth > 0 &&
    shape.tau >= GROWTH.tau &&
    shape.falling <= GROWTH.falling * (shape.snapshots - 1) &&
    shape.lateness >= GROWTH.lateness
  );
}

function shapeOf(times: readonly number[], values: readonly number[], from: number): GrowthShape {
  const t = times.slice(from);
  const v = values.slice(from);
  const seconds = (t.at(-1) ?? 0) - (t[0] ?? 0);
  const slope = theilSen(t, v);
  const { rising, falling } = steps(v);
  return {
    from,
    snapshots: t.length,
    seconds,
    slope,
    growth: slope * seconds,
    rising,
    falling,
    tau: kendallTau(v),
    lateness: lateness(t, v),
  };
}

/**
 * The whole window as the growth of one container, which jumps when its capacity is used up: it never
 * shrinks, it has jumped twice, and the next jump is not overdue. At a steady rate the time between
 * jumps grows as the capacity does, at most twofold (bytes.Buffer, maps, small slices).
 */
export function growingInJumps(
  times: readonly number[],
  values: readonly number[],
): GrowthShape | undefined {
  if (times.length < GROWTH.snapshots) return undefined;
  const shape = shapeOf(times, values, 0);
  const jumps = times.filter((_, i) => i > 0 && (values[i] ?? 0) > (values[i - 1] ?? 0));
  const [before, last] = jumps.slice(-2);
  if (shape.falling > 0 || before === undefined || last === undefined) return undefined;
  const since = (times.at(-1) ?? 0) - last;
  // Snapshots see a jump up to one interval late, at both ends.
  const interval = shape.seconds / (times.length - 1);
  if (since > 2 * (last - before + interval)) return undefined;
  const growth = (values.at(-1) ?? 0) - (values[0] ?? 0);
  return { ...shape, growth, slope: growth / shape.seconds, lateness: 1 };
}

/** `2.7 → 6 → 9.3 MB`, thinned to at most seven values. */
export function arrows(values: readonly number[], format: (value: number) => string): string {
  const most = 7;
  const picked =
    values.length <= most
      ? values
      : Array.from({ length: most }, (_, i) => {
          return values[Math.round((i * (values.length - 1)) / (most - 1))] ?? 0;
        });
  return picked.map(format).join(' → ');
}
