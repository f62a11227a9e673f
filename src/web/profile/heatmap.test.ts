import { describe, expect, test } from 'vitest';
import type { HeatMap } from '../../report/reading/moments.ts';
import { cellAt, cellsOf, heatOf, secondsOf, valueBetween } from './heatmap.ts';

const map: HeatMap = {
  key: 'timestamp',
  startMs: undefined,
  column: 1e9,
  columns: 3,
  rows: 50,
  cells: Float64Array.from({ length: 150 }, (_, cell) => (cell === 75 ? 8 : 1)),
  unit: 'count',
  length: 2.9e9,
};

describe('cells of a heat map', () => {
  test('a place on the canvas is a column and an offset within it, clamped at the edges', () => {
    expect(cellAt(map, 0, 0)).toBe(0);
    expect(cellAt(map, 0.5, 0.5)).toBe(75);
    expect(cellAt(map, 2, 2)).toBe(149);
    expect(cellAt(map, -1, -1)).toBe(0);
  });

  test('two cells are a span of time, in whichever order they were marked', () => {
    expect(secondsOf(map, 75, 75)).toEqual([1.5, 1.52]);
    expect(secondsOf(map, 99, 50)).toEqual([1, 2]);
  });

  test('a span is its cells again', () => {
    expect(cellsOf(map, secondsOf(map, 12, 137))).toEqual([12, 137]);
    expect(cellsOf(map, [0, 99])).toEqual([0, 149]);
  });

  test('what lies between adds up, both ends included', () => {
    expect(valueBetween(map, 75, 75)).toBe(8);
    expect(valueBetween(map, 74, 76)).toBe(10);
  });

  test('colours rise with the value, and nothing has none', () => {
    expect(heatOf(0, 8)).toBe(0);
    expect(heatOf(1, 100)).toBe(1);
    expect(heatOf(8, 8)).toBe(4);
  });
});
