import { expect, test } from 'vitest';
import { boundsText, decodeCounts, encodeCounts, parseBounds } from './histograms.ts';

test.each([
  [[]],
  [[0, 0, 0]],
  [[1, 0, 0, 127, 128, 0, 2 ** 53 - 1]],
  [[0.5, 3]],
  [[-1, Number.NaN, Infinity]],
])('counts %j come back', (counts) => {
  const column = Float64Array.from(counts);
  expect(decodeCounts(encodeCounts(column))).toEqual(column);
});

test('empty buckets cost nothing', () => {
  const counts = new Float64Array(1000);
  counts[999] = 5;
  expect(encodeCounts(counts)).toHaveLength(5);
});

test('bounds are exact as text', () => {
  const bounds = Float64Array.of(-Infinity, 1 / 3, 6.4e-8, 5e-324, Infinity);
  expect(parseBounds(boundsText(bounds))).toEqual(bounds);
  expect(parseBounds('')).toHaveLength(0);
});
