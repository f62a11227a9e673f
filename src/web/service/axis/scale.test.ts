import { describe, expect, test } from 'vitest';
import { niceCeiling, type TimeScale, ticks, timeToX, xToTime } from './scale.ts';

/** Local midnight, so that the expected texts hold in every time zone. */
const MIDNIGHT = new Date(2026, 2, 9).getTime();
const MINUTE = 60_000;

function scale(minutes: number, width: number): TimeScale {
  const from = MIDNIGHT + 10 * 60 * MINUTE;
  return { from, to: from + minutes * MINUTE, width };
}

const texts = (of: TimeScale): readonly string[] => ticks(of).map(({ text }) => text);

test('time and pixels are each other’s inverse', () => {
  const hour = scale(60, 600);
  expect(timeToX(hour, hour.from + 30 * MINUTE)).toBe(300);
  expect(xToTime(hour, timeToX(hour, hour.from + 12_345))).toBeCloseTo(hour.from + 12_345, 3);
});

describe('ticks', () => {
  test('fall on round wall-clock times, with seconds only where they differ', () => {
    expect(texts(scale(60, 450))).toEqual(['10:00', '10:15', '10:30', '10:45', '11:00']);
    expect(texts(scale(1, 300))).toEqual(['10:00:00', '10:00:30', '10:01:00']);
  });

  test('a new day is named by its date', () => {
    expect(texts(scale(24 * 60, 500))).toEqual(['12:00', '18:00', '03-10', '06:00']);
  });

  test('leave room for their labels, and none appear without a width', () => {
    for (const minutes of [1, 7, 60, 1440, 40_000]) {
      const list = ticks(scale(minutes, 1000));
      const [first, second] = list.map(({ time }) => timeToX(scale(minutes, 1000), time));
      expect(list.length).toBeGreaterThan(2);
      expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(95);
    }
    expect(ticks(scale(60, 0))).toEqual([]);
  });
});

test.each([
  [1.43, 'cores', 1.5],
  [0.19, 'cores', 0.2],
  [84, 'goroutines', 100],
  [200 * 2 ** 20, 'bytes', 224 * 2 ** 20],
  [0, 'seconds', 1],
])('the top of an axis that holds %d %s is %d', (value, unit, top) => {
  expect(niceCeiling(value, unit)).toBeCloseTo(top, 9);
});
