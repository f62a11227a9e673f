import { describe, expect, test } from 'vitest';
import { sortAsGo } from './gosort.ts';

/** Keys with many equal ones, and a number for the order in which `sort.Slice` of Go 1.26 leaves them. */
const RECORDED: readonly [length: number, keys: number, kind: 0 | 1 | 2, order: number][] = [
  [13, 3, 0, 836810856],
  [13, 3, 1, 2962965702],
  [13, 3, 2, 2966271328],
  [13, 1000, 0, 197664488],
  [13, 1000, 1, 2962965702],
  [13, 1000, 2, 2847765062],
  [60, 3, 0, 1765378320],
  [60, 3, 1, 3911896094],
  [60, 3, 2, 2721475564],
  [60, 1000, 0, 2195405494],
  [60, 1000, 1, 3911896094],
  [60, 1000, 2, 951879970],
  [300, 3, 0, 866079548],
  [300, 3, 1, 3827997846],
  [300, 3, 2, 1130916358],
  [300, 1000, 0, 816176904],
  [300, 1000, 1, 3827997846],
  [300, 1000, 2, 3639173546],
  [5000, 3, 0, 1994794998],
  [5000, 3, 1, 1826922948],
  [5000, 3, 2, 505603140],
  [5000, 1000, 0, 3061788562],
  [5000, 1000, 1, 1826922948],
  [5000, 1000, 2, 3268039586],
];

function keysOf(length: number, keys: number, kind: 0 | 1 | 2): [key: number, index: number][] {
  let state = length * 31 + keys * 7 + kind;
  return Array.from({ length }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const random = (state >>> 8) % keys;
    const rising = Math.trunc((i * keys) / length);
    const falling = Math.trunc(((length - i) * keys) / length);
    return [[random, rising, falling][kind] ?? 0, i];
  });
}

describe("the order of Go's sort", () => {
  for (const [length, keys, kind, order] of RECORDED) {
    const shape = ['random', 'rising', 'falling'][kind];
    test(`${length} elements, ${keys} keys, ${shape}`, () => {
      const sorted = sortAsGo(keysOf(length, keys, kind), (a, b) => a[0] < b[0]);
      let digest = 0;
      for (const [, index] of sorted) digest = (Math.imul(digest, 31) + index) >>> 0;
      expect(digest).toBe(order);
    });
  }

  test('is sorted, whatever the input', () => {
    for (const length of [0, 1, 12, 13, 100, 1000]) {
      const sorted = sortAsGo(keysOf(length, 17, 0), (a, b) => a[0] < b[0]).map(([key]) => key);
      expect(sorted).toEqual([...sorted].sort((a, b) => a - b));
    }
  });
});
