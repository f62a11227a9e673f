import { describe, expect, test } from 'vitest';
import {
  formatFixed,
  formatHuman,
  formatPercentage,
  formatScaled,
  formatSignificant,
  formatValue,
  scale,
} from './units.ts';

describe('values as pprof prints them', () => {
  test.each([
    [0, 'nanoseconds', '0'],
    [10, 'nanoseconds', '10ns'],
    [4_330_000_000, 'nanoseconds', '4.33s'],
    [120_000_000, 'nanoseconds', '120ms'],
    [3_600_000_000_000, 'nanoseconds', '1hrs'],
    [1024, 'bytes', '1kB'],
    [1536, 'bytes', '1.50kB'],
    [-1536, 'bytes', '-1.50kB'],
    [5 * 2 ** 40, 'bytes', '5TB'],
    [17, 'count', '17'],
    [2, 'widgets', '2'],
    [3, 'ms', '3ms'],
  ])('%d %s is %s', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  test('a named unit is used for every value', () => {
    expect(formatScaled(15_360, 'bytes', 'MB')).toBe('0.01MB');
    expect(formatScaled(1536, 'bytes', 'MB')).toBe('0');
    expect(formatScaled(1_500_000, 'ns', 'ms')).toBe('1.50ms');
    // A unit of another family leads to the family's own default.
    expect(formatScaled(2_000_000_000, 'ns', 'MB')).toBe('2s');
    expect(formatScaled(2, 'widgets', 'gadgets')).toBe('2gadgets');
  });

  test('plurals and capitals are the same unit', () => {
    expect(scale(2, 'Seconds', 'ms')).toEqual({ value: 2000, unit: 'ms' });
  });

  test.each([
    [1, 1, '  100%'],
    [0, 1, '    0%'],
    [1, 0, '    0%'],
    [433, 1000, '43.30%'],
    [5, 100, ' 5.00%'],
    [5, 1000, '  0.5%'],
    [123, 100_000, ' 0.12%'],
    [1, 10_000_000, '1e-05%'],
    [9996, 10_000, '  100%'],
  ])('%d of %d is "%s"', (value, total, text) => {
    expect(formatPercentage(value, total)).toBe(text);
  });

  test('exact ties are rounded to even, as Go does', () => {
    expect(formatFixed(0.125, 2)).toBe('0.12');
    expect(formatFixed(0.375, 2)).toBe('0.38');
    expect(formatFixed(2.5, 0)).toBe('2');
    expect(formatFixed(-0.125, 2)).toBe('-0.12');
    // 1.005 is below the tie in binary.
    expect(formatFixed(1.005, 2)).toBe('1.00');
    expect(formatSignificant(0.125, 2)).toBe('0.12');
    expect(formatSignificant(0.0625, 2)).toBe('0.062');
  });
});

describe('values for people', () => {
  test.each([
    [0, 'bytes', '0 B'],
    [1023, 'bytes', '1023 B'],
    [12_999_999, 'bytes', '12.4 MiB'],
    [350_000_000, 'nanoseconds', '350 ms'],
    [1_270_000_000, 'nanoseconds', '1.27 s'],
    [126_000_000_000, 'nanoseconds', '2.1 min'],
    [2.5, 'seconds', '2.5 s'],
    [12_345, 'count', '12.3k'],
    [999_600, 'count', '1M'],
    [17, 'objects', '17'],
    [-2048, 'bytes', '-2 KiB'],
  ])('%d %s is %s', (value, unit, text) => {
    expect(formatHuman(value, unit)).toBe(text);
  });
});
