import { describe, expect, test } from 'vitest';
import {
  pairOf,
  panned,
  rangeBefore,
  rangeBetween,
  resolveWindow,
  withEdge,
  zoomed,
} from './ranges.ts';

const bounds = { from: 0, to: 100_000 };

describe('two drawn ranges', () => {
  const early = { from: 10, to: 20 };
  const late = { from: 50, to: 60 };

  test('the earlier one is the base, in whatever order they were drawn', () => {
    expect(pairOf(early, late)).toEqual({ base: early, selection: late });
    expect(pairOf(late, early)).toEqual({ base: early, selection: late });
  });

  test('“before” is as long and ends where the range begins', () => {
    expect(rangeBefore(late)).toEqual({ from: 40, to: 50 });
  });
});

describe('drawing a range', () => {
  test('works in both directions and stays within the window', () => {
    expect(rangeBetween(70, 30, bounds)).toEqual({ from: 30, to: 70 });
    expect(rangeBetween(-5, 30, bounds)).toEqual({ from: 0, to: 30 });
    expect(rangeBetween(30, 30, bounds)).toBeUndefined();
  });

  test('an edge pulled past the other turns the range over', () => {
    expect(withEdge({ from: 10, to: 20 }, 'to', 4, bounds)).toEqual({ from: 4, to: 10 });
  });
});

describe('zoom and pan', () => {
  test('what is under the pointer stays there', () => {
    const next = zoomed({ from: 0, to: 100_000 }, 0.5, 25_000, bounds);
    expect(next).toEqual({ from: 12_500, to: 62_500 });
  });

  test('the window never leaves the data nor gets shorter than a second', () => {
    expect(zoomed({ from: 0, to: 50_000 }, 9, 10_000, bounds)).toEqual(bounds);
    expect(zoomed({ from: 5_000, to: 6_000 }, 0.1, 5_500, bounds)).toEqual({
      from: 5_000,
      to: 6_000,
    });
    expect(panned({ from: 80_000, to: 90_000 }, 5, bounds)).toEqual({ from: 90_000, to: 100_000 });
  });
});

describe('the window', () => {
  const input = { first: 1_000, last: 3_000_000, now: 4_000_000, live: true } as const;

  test('a live service shows the last 15 minutes up to now', () => {
    const window = resolveWindow({ ...input, window: { kind: 'default' } });
    expect(window).toEqual({ from: 3_100_000, to: 4_000_000 });
  });

  test('a recording shows all of itself', () => {
    const window = resolveWindow({ ...input, live: false, window: { kind: 'default' } });
    expect(window).toEqual({ from: 1_000, to: 3_000_000 });
  });

  test('“last” of a recording counts from its end', () => {
    const window = resolveWindow({
      ...input,
      live: false,
      window: { kind: 'last', ms: 1_000_000 },
    });
    expect(window).toEqual({ from: 2_000_000, to: 3_000_000 });
  });
});
