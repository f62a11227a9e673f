import { describe, expect, test } from 'vitest';
import {
  formatChange,
  formatDuration,
  formatRange,
  formatShare,
  formatValue,
  threeDigits,
} from './figures.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

test.each([
  [0, '0'],
  [0.001234, '0.00123'],
  [0.5, '0.5'],
  [1.404, '1.4'],
  [12.34, '12.3'],
  [123.4, '123'],
  [-2.5, '-2.5'],
])('three significant digits of %d', (value, text) => {
  expect(threeDigits(value)).toBe(text);
});

test.each([
  [212 * 2 ** 20, 'bytes', '212 MB'],
  [1023.9, 'bytes', '1 kB'],
  [0, 'bytes', '0 B'],
  [0.00081, 'seconds', '810 µs'],
  [0, 'seconds', '0 s'],
  [2.1e6, 'nanoseconds', '2.1 ms'],
  [1.4, 'cores', '1.4 cores'],
  [1, 'cores', '1 core'],
  [84, 'goroutines', '84'],
  [1_234_567, 'count', '1.23 M'],
  [3, 'contentions', '3 contentions'],
])('%d %s', (value, unit, text) => {
  expect(plain(formatValue(value, unit))).toBe(text);
});

describe('is this much?', () => {
  test('a change below doubling is a share, beyond it a factor', () => {
    expect(plain(formatChange(134, 100))).toBe('+34 %');
    expect(plain(formatChange(88, 100))).toBe('−12 %');
    expect(formatChange(310, 100)).toBe('×3.1');
    expect(formatChange(100.1, 100)).toBe('unchanged');
    expect(formatChange(5, 0)).toBe('from 0');
  });

  test('small shares keep a digit', () => {
    expect(plain(formatShare(0.284))).toBe('28 %');
    expect(plain(formatShare(0.012))).toBe('1.2 %');
    expect(plain(formatShare(0.0004))).toBe('0.04 %');
    expect(plain(formatShare(0))).toBe('0 %');
  });
});

test('lengths of time', () => {
  expect(
    [500, 42_000, 720_000, 3_900_000, 7_500_000].map((ms) => plain(formatDuration(ms))),
  ).toEqual(['500 ms', '42 s', '12 min', '65 min', '2 h 5 min']);
});

test('a range names the day only where it is another one', () => {
  const noon = new Date(2026, 2, 9, 12, 0, 0).getTime();
  const range = { from: noon, to: noon + 149_000 };
  expect(plain(formatRange(range, noon))).toBe('12:00:00 – 12:02:29 (2 min)');
  expect(plain(formatRange(range, noon + 86_400_000))).toContain('2026-03-09 12:00:00 –');
});
