import { describe, expect, test } from 'vitest';
import { growingInJumps, growingParts } from './growth.ts';
import { kendallTau, lateness, median, residualNoise, steps, theilSen } from './statistics.ts';

const times = [0, 5, 10, 15, 20, 25, 30];

describe('robust statistics', () => {
  test('the median of an even number of values is the mean of the middle two', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test('Theil–Sen ignores one wild value', () => {
    expect(theilSen(times, [0, 5, 10, 500, 20, 25, 30])).toBe(1);
  });

  test('Kendall’s tau is 1 for order and −1 for the reverse', () => {
    expect(kendallTau([1, 2, 5, 9])).toBe(1);
    expect(kendallTau([9, 5, 2, 1])).toBe(-1);
    expect(kendallTau([1, 1, 1, 1])).toBe(0);
  });

  test('steps tell rising from falling', () => {
    expect(steps([1, 2, 2, 1, 3])).toEqual({ rising: 2, falling: 1 });
  });

  test('lateness is 1 for a straight line and small for a plateau', () => {
    expect(lateness(times, [0, 1, 2, 3, 4, 5, 6])).toBe(1);
    expect(lateness(times, [0, 4, 7, 8, 8, 8, 8])).toBeLessThan(0.4);
  });

  test('the distance from a line is zero on it', () => {
    expect(residualNoise(times, [3, 4, 5, 6, 7, 8, 9])).toBe(0);
  });
});

describe('growth over snapshots', () => {
  const grows = (values: readonly number[]) => growingParts(times, values).length > 0;

  test('a leak grows', () => {
    expect(grows([2.7, 6, 9.3, 13.1, 16.3, 19.8, 22.9])).toBe(true);
  });

  test('a cache that has filled does not', () => {
    expect(grows([1.6, 4.4, 7.1, 7.6, 7.1, 7.4, 7.2])).toBe(false);
  });

  test('a burst that has passed does not', () => {
    expect(grows([10, 30, 80, 60, 30, 10, 10])).toBe(false);
  });

  test('a saw does not', () => {
    expect(grows([10, 20, 30, 10, 20, 30, 10])).toBe(false);
  });

  test('three snapshots say nothing', () => {
    expect(growingParts([0, 10, 20], [1, 2, 3])).toEqual([]);
  });

  test('a leak that begins midway is seen in the later part', () => {
    const long = Array.from({ length: 18 }, (_, i) => i * 10);
    const values = long.map((_, i) => (i < 10 ? 5 + (i % 2) : 5 + 3 * (i - 9)));
    expect(growingParts(long, values).map((p) => p.from)).toContain(9);
  });
});

describe('a container that grows in jumps', () => {
  const jumps = (values: readonly number[]) =>
    growingInJumps(
      values.map((_, i) => i * 3),
      values,
    ) !== undefined;

  test('is still growing while its next jump is not due', () => {
    expect(jumps([2, 4, 4, 8, 8, 8, 8])).toBe(true);
    expect(jumps([1, 2, 4, 4, 8, 8, 16])).toBe(true);
  });

  test('has stopped when its next jump is overdue', () => {
    expect(jumps([2, 4, 8, 8, 8, 8, 8, 8, 8])).toBe(false);
  });

  test('is told from one that is emptied now and then', () => {
    expect(jumps([2, 4, 8, 1, 2, 4, 8])).toBe(false);
  });
});
