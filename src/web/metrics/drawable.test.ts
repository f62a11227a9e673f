import { describe, expect, test } from 'vitest';
import { type WireDashboard, wireHeat } from '../../api/dashboard.ts';
import type { HeatMap } from '../../metrics/heatmap.ts';
import { type Drawable, drawableOf, readingsOf, type When } from './drawable.ts';
import { bandsOf, shareOf } from './heatscale.ts';

const place = { section: 'gc', about: '', missing: '' };

/** `1 2 . 4` = a value every 10 s; a dot is a moment without a measurement. */
function layer(id: string, text: string, over = false) {
  const value = text.split(' ').map((word) => (word === '.' ? null : Number(word)));
  return { id, title: id, value, over };
}

function board(kind: 'stack' | 'lines', ...layers: readonly ReturnType<typeof layer>[]) {
  const wire: WireDashboard = {
    service: 's',
    from: 0,
    to: 40_000,
    processes: 1,
    time: [0, 10_000, 20_000, 30_000],
    panels: [
      {
        ...place,
        id: 'p',
        title: 'p',
        unit: 'bytes',
        kind,
        means: false,
        layers: [...layers],
        limits: [],
      },
    ],
    heats: [],
    sections: [{ id: 'gc', title: 'GC', sentence: '' }],
    lacking: [],
  };
  return drawableOf(wire);
}

function read(made: ReturnType<typeof board>, when: When): string[] {
  const chart: Drawable | undefined = made.sections[0]?.charts[0];
  if (chart === undefined) throw new Error('no chart');
  return readingsOf(made, chart, when).map(({ title, text }) => `${title} ${text}`);
}

const plain = (texts: readonly string[]) => texts.map((text) => text.replaceAll('\u00a0', ' '));

describe('reading a panel', () => {
  const stack = board(
    'stack',
    layer('a', '1 2 . 4'),
    layer('b', '10 . . 40'),
    layer('rss', '9 9 9 9', true),
  );

  test('a stack reads from the top, with its sum; a line over it is not part of that', () => {
    expect(plain(read(stack, { at: 1_000 }))).toEqual([
      'together 11 B',
      'rss 9 B',
      'b 10 B',
      'a 1 B',
    ]);
  });

  test('what was not measured is a dash, and the sum is that of the rest', () => {
    expect(plain(read(stack, { at: 11_000 }))).toEqual(['together 2 B', 'rss 9 B', 'b –', 'a 2 B']);
    expect(plain(read(stack, { at: 20_000 }))[0]).toBe('together –');
  });

  test('the nearest moment counts, unless it is too far', () => {
    expect(plain(read(stack, { at: 26_000 }))[0]).toBe('together 44 B');
    expect(plain(read(stack, { at: 90_000 }))[0]).toBe('together –');
  });

  test('a range is the mean of what was measured in it', () => {
    const range = { from: 0, to: 20_000 };
    expect(plain(read(board('lines', layer('a', '1 3 9 9')), { range }))).toEqual(['a 2 B']);
    expect(plain(read(stack, 'newest'))[0]).toBe('together 44 B');
  });
});

describe('the bands of a heat map', () => {
  const map: HeatMap = {
    name: '',
    from: Float64Array.of(0, 1000),
    to: Float64Array.of(1000, 3000),
    bounds: Float64Array.of(-Infinity, 1, 10, 100, Infinity),
    counts: Float64Array.of(1, 2, 3, 4, NaN, NaN, NaN, NaN),
  };

  test('have the rates of their rows, and are unknown where the column is', () => {
    const { count, rate, most, least } = bandsOf(map, 100);
    expect([count, most, least]).toEqual([4, 4, 1]);
    expect([...rate.subarray(0, 4)]).toEqual([1, 2, 3, 4]);
    expect(Number.isNaN(rate[4])).toBe(true);
  });

  test('end a factor of two beyond the last bounds that there are', () => {
    const bands = bandsOf(map, 100);
    expect([bands.low, bands.high]).toEqual([0.5, 200]);
    expect([shareOf(bands, 0.5), shareOf(bands, 10), shareOf(bands, 1e9)]).toEqual([0, 0.5, 1]);
  });

  test('come over the wire as they were', () => {
    const wire = wireHeat(map);
    expect(wire.unknown).toEqual([1]);
    expect(wire.cells).toEqual([0, 0, 1, 0, 1, 2, 0, 2, 3, 0, 3, 4]);
    expect(wire.bounds).toEqual(['-Inf', 1, 10, 100, '+Inf']);
  });
});
