import { describe, expect, test } from 'vitest';
import type { Overview } from '../../../api/wire.ts';
import { readout, stopsOf, type Track, tracksOf, valueAt, valueIn } from './tracks.ts';

type Wire = Overview['tracks'][number];

/** `1 2 . 4` = values every 10 s from 0; a dot is a moment without a measurement. */
function series(text: string): Wire['series'][number] {
  const values = text.split(' ').map((v) => (v === '.' ? null : Number(v)));
  const time = values.map((_, i) => i * 10_000);
  return { name: 'x', unit: 'cores', labels: {}, time, value: values };
}

function track(part: Partial<Wire>, limit?: number): Track {
  const wire: Wire = { id: 'cpu', title: 'CPU', unit: 'cores', source: '', series: [], ...part };
  const overview = { service: 's', from: 0, to: 1, tracks: [wire], marks: [], findings: [] };
  const [made] = tracksOf(overview, limit === undefined ? {} : { [wire.id]: limit });
  if (made === undefined) throw new Error('no track');
  return made;
}

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');
const window = { from: 0, to: 40_000 };
const nothing = { cursor: undefined, selection: undefined, base: undefined, window };

describe('reading a value', () => {
  const cpu = track({ series: [series('1 2 . 4')] });

  test('a value holds until the next point', () => {
    expect(valueAt(cpu, 14_999)).toBe(2);
  });

  test('what was not measured is nothing, not zero', () => {
    expect(valueAt(cpu, 25_000)).toBeUndefined();
    expect(valueAt(cpu, -1)).toBeUndefined();
    expect(valueAt(cpu, 61_000)).toBeUndefined();
    expect(valueIn(cpu, { from: 20_000, to: 30_000 })).toBeUndefined();
  });

  test('a range is the mean of what was measured in it, half open', () => {
    expect(valueIn(cpu, { from: 0, to: 30_000 })).toBe(1.5);
  });
});

describe('several targets', () => {
  const both = [series('1 1 1 1'), series('. 2 2 2')];

  test('amounts add up', () => {
    expect(valueAt(track({ series: both }), 10_000)).toBe(3);
    expect(valueAt(track({ series: both }), 0)).toBe(1);
  });

  test('of percentiles the worst one counts', () => {
    expect(valueAt(track({ id: 'gc-pause', series: both }), 10_000)).toBe(2);
    expect(valueIn(track({ id: 'gc-pause', series: [series('1 9 1')] }), window)).toBe(9);
  });
});

test('a chosen target leaves out the series of others', () => {
  const made = ['a', 'b'].map((instance) => ({ ...series('1 2'), labels: { instance } }));
  const wire: Wire = { id: 'cpu', title: 'CPU', unit: 'cores', source: '', series: made };
  const overview = { service: 's', from: 0, to: 1, tracks: [wire], marks: [], findings: [] };
  const seriesFor = (target: Record<string, string>) => tracksOf(overview, {}, target)[0]?.series;
  expect(seriesFor({})).toHaveLength(2);
  expect(seriesFor({ instance: 'b' })?.map(({ labels }) => labels.instance)).toEqual(['b']);
  expect(seriesFor({ version: 'v2' })).toHaveLength(2);
});

describe('is this much?', () => {
  test('the newest CPU is compared with GOMAXPROCS', () => {
    const read = readout(track({ series: [series('1 1.4')] }, 2), nothing);
    expect(plain(read.text)).toBe('1.4 cores');
    expect(plain(read.compared)).toBe('70 % of 2');
  });

  test('without a limit, with the mean of the window', () => {
    const heap = track({ id: 'heap', unit: 'bytes', series: [series('1024 1024 4096')] });
    expect(plain(readout(heap, nothing).compared)).toBe('×2 vs mean');
  });

  test('a selection is compared with the base', () => {
    const read = readout(track({ series: [series('1 1 3 3')] }), {
      ...nothing,
      selection: { from: 20_000, to: 40_000 },
      base: { from: 0, to: 20_000 },
    });
    expect([plain(read.text), read.compared]).toEqual(['3 cores', '×3 vs A']);
  });

  test('a gap reads as a dash', () => {
    expect(readout(track({ missing: 'no agent' }), nothing).text).toBe('–');
  });
});

test('the keyboard cursor stops where something was measured', () => {
  expect(stopsOf([track({ series: [series('1 2 3')] })], { from: 5_000, to: 99_000 })).toEqual([
    10_000, 20_000,
  ]);
});
