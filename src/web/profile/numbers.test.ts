import { describe, expect, test } from 'vitest';
import { deltaText, percentText, placeText, ratioText, valueText } from './numbers.ts';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('numbers in columns', () => {
  test.each([
    [1_230_000_000, 'nanoseconds', '1.23 s'],
    [50_000_000, 'nanoseconds', '50.0 ms'],
    [8 * 2 ** 20, 'bytes', '8.00 MB'],
    [512, 'bytes', '512 B'],
    [12, 'bytes', '12 B'],
    [84, 'count', '84'],
    [0, 'bytes', '0'],
    [-2 * 2 ** 20, 'bytes', '−2.00 MB'],
  ])('%d %s', (value, unit, text) => {
    expect(plain(valueText(value, unit))).toBe(text);
  });

  test.each([
    [142, 1000, '14.2 %'],
    [31, 1000, '3.10 %'],
    [1, 1, '100 %'],
    [1, 100_000_000, '<0.01 %'],
    [0, 5, '0 %'],
    [5, 0, ''],
  ])('%d of %d', (value, total, text) => {
    expect(plain(percentText(value, total))).toBe(text);
  });

  test.each([
    [3, 'count', '+3'],
    [-3, 'count', '−3'],
    [0, 'count', '0'],
  ])('a change of %d %s', (delta, unit, text) => {
    expect(deltaText(delta, unit)).toBe(text);
  });

  test.each([
    [112, 100, '+12 %'],
    [60, 100, '−40 %'],
    [310, 100, '×3.1'],
    [63_412, 1, '×63,400'],
    [100, 100, '±0 %'],
    [5, 0, 'new'],
    [0, 5, 'gone'],
    [0, 0, ''],
  ])('%d after %d', (now, before, text) => {
    expect(plain(ratioText(now, before))).toBe(text);
  });

  test('a place is the file’s name and line', () => {
    expect(placeText('/home/dev/shop/cart.go', 42)).toBe('cart.go:42');
    expect(placeText('cart.go', 0)).toBe('cart.go');
    expect(placeText('', 7)).toBe('');
  });
});
