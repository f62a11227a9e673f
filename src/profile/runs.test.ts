import { describe, expect, test } from 'vitest';
import { RunInterner } from './runs.ts';

const intern = (runs: RunInterner, ...values: number[]) =>
  runs.intern(Uint32Array.from(values), 0, values.length);

describe('interned runs', () => {
  test('equal runs have one index, in order of appearance', () => {
    const runs = new RunInterner();
    expect([
      intern(runs, 1, 2),
      intern(runs),
      intern(runs, 1),
      intern(runs, 1, 2),
      intern(runs, 2, 1),
      intern(runs),
    ]).toEqual([0, 1, 2, 0, 3, 1]);
    expect(runs.finish()).toEqual({
      length: 4,
      start: Uint32Array.of(0, 2, 2, 3, 5),
      values: Uint32Array.of(1, 2, 1, 2, 1),
    });
  });

  test('grows', () => {
    const runs = new RunInterner();
    for (let i = 0; i < 5000; i++) expect(intern(runs, i % 2500, 7, i % 2500)).toBe(i % 2500);
    expect(runs.length).toBe(2500);
  });
});
