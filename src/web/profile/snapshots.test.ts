import { describe, expect, test } from 'vitest';
import { treeFromText } from '../flame/treetext.ts';
import { pickMoments, slopeOf, snapshotRows, sparkline } from './snapshots.ts';

const MINUTE = 60_000;
const moments = [
  ['main;cart.add 10', 'main;log 5'],
  ['main;cart.add 20', 'main;log 5', 'main;once 30'],
  ['main;cart.add 30', 'main;log 5'],
].map((stacks, index) => ({
  at: index * MINUTE,
  values: { tree: treeFromText(stacks.join('\n')), base: undefined },
}));

describe('snapshots side by side', () => {
  test('what grows all the time is on top; a single peak is not growth', () => {
    const rows = snapshotRows(moments, 'self');
    expect(rows.map(({ name, slope }) => [name, slope])).toEqual([
      ['cart.add', 10],
      ['log', 0],
      ['once', 0],
    ]);
    expect([...(rows[2]?.values ?? [])]).toEqual([0, 30, 0]);
  });

  test('totals instead of self values', () => {
    expect(snapshotRows(moments, 'cum').find(({ name }) => name === 'main')?.values[1]).toBe(55);
  });
});

describe('growth', () => {
  test('is a slope per minute, whatever the spacing', () => {
    expect(slopeOf([0, MINUTE, 3 * MINUTE], Float64Array.of(1, 3, 7))).toBeCloseTo(2);
  });

  test('is nothing with one moment', () => {
    expect(slopeOf([5], Float64Array.of(3))).toBe(0);
  });
});

describe('which captures', () => {
  const capture = (start: number) => ({
    id: String(start),
    service: 's',
    labels: {},
    type: 'heap',
    start,
    durationMs: 0,
    samples: 1,
  });

  test('evenly spread, with the first and the last', () => {
    const captures = Array.from({ length: 11 }, (_, index) => capture(index * 10));
    expect(pickMoments(captures, 3)).toEqual([0, 50, 100]);
  });

  test('all of them when there are few; several targets at one moment are one', () => {
    expect(pickMoments([capture(5), capture(1), capture(5)], 6)).toEqual([1, 5]);
  });
});

describe('the trend line', () => {
  test('is scaled to its own highest value, from zero', () => {
    expect(sparkline([0, 50, 100], Float64Array.of(0, 5, 10))).toBe(
      '0.000,1.000 0.500,0.500 1.000,0.000',
    );
  });

  test('needs two moments', () => {
    expect(sparkline([7], Float64Array.of(3))).toBe('');
  });
});
