import { describe, expect, test } from 'vitest';
import { MmuCurve } from './mmu.ts';

/** A step function written as `time:share`, at whose end there is a 0. */
function series(text: string) {
  const steps = text.split(' ').map((step) => step.split(':').map(Number));
  return {
    time: Float64Array.from(steps, ([time]) => time),
    util: Float64Array.from(steps, ([, util]) => util),
  };
}

/** Mean over [start, start + window) by adding up nanosecond by nanosecond. */
function meanAt({ time, util }: ReturnType<typeof series>, start: number, window: number): number {
  let sum = 0;
  for (let t = start; t < start + window; t++) sum += util[time.findLastIndex((at) => at <= t)];
  return sum / window;
}

const one = series('0:1 10:0.5 14:0 17:1 40:0.25 44:1 60:0');
const all = (window: number) =>
  Array.from({ length: 61 - window }, (_, at) => meanAt(one, at, window));

describe('mutator utilisation in sliding windows', () => {
  const curve = new MmuCurve([one]);

  test.each([1, 2, 3, 5, 7, 10, 30, 60])('minimum of windows of %d ns', (window) => {
    expect(curve.minimum(window)).toBeCloseTo(Math.min(...all(window)), 12);
  });

  test('longer windows than the trace are as long as the trace', () => {
    expect(curve.minimum(1000)).toBeCloseTo(meanAt(one, 0, 60), 12);
  });

  test('of several series the lowest counts', () => {
    expect(new MmuCurve([series('0:1 60:0'), one]).minimum(3)).toBe(0);
  });

  test('half of the windows have less than the median', () => {
    const [median, most] = curve.quantiles(5, [0.5, 1]);
    const sorted = all(5).sort((a, b) => a - b);
    expect(median).toBeCloseTo(sorted[sorted.length >> 1], 1);
    expect(most).toBe(1);
  });

  test('the share of windows below a quantile is what was asked for', () => {
    const fine = Array.from({ length: 56 }, (_, at) => meanAt(one, at, 5));
    const [tenth] = curve.quantiles(5, [0.1]);
    const below = fine.filter((mean) => mean <= tenth + 0.1).length / fine.length;
    expect(below).toBeGreaterThanOrEqual(0.1);
    expect(tenth).toBeGreaterThanOrEqual(curve.minimum(5));
  });

  test('the worst windows do not overlap', () => {
    const worst = curve.worst(3, 3);
    expect(worst[0]).toEqual({ start: 14, utilisation: 0 });
    for (const [i, { start }] of worst.entries()) {
      for (const other of worst.slice(i + 1)) {
        expect(Math.abs(start - other.start)).toBeGreaterThanOrEqual(3);
      }
    }
  });
});
