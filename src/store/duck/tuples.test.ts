import { describe, expect, test } from 'vitest';
import { TupleTable } from './tuples.ts';

describe('a table of tuples', () => {
  test('gives equal tuples one id, and others the next', () => {
    const table = new TupleTable(3, 4);
    expect(table.intern(1, 2, 3)).toBe(1);
    expect(table.intern(3, 2, 1)).toBe(2);
    expect(table.intern(1, 2, 3)).toBe(1);
    expect([0, 1, 2].map((position) => table.at(2, position))).toEqual([3, 2, 1]);
  });

  test('keeps its ids while it grows', () => {
    const table = new TupleTable(2, 2);
    const ids = Array.from({ length: 5000 }, (_, i) => table.intern(i % 71, i));
    expect(new Set(ids).size).toBe(5000);
    expect(ids.map((_, i) => table.intern(i % 71, i))).toEqual(ids);
    expect(table.length).toBe(5000);
  });

  test('tells full 32-bit numbers and zeros apart', () => {
    const table = new TupleTable(5, 2);
    const ids = [
      table.intern(0, 0, 0, 0, 0),
      table.intern(0, 0, 0, 0, 0xffffffff),
      table.intern(0xffffffff, 0, 0, 0, 0),
      table.intern(0, 0, 0, 0, 0),
    ];
    expect(ids).toEqual([1, 2, 3, 1]);
    expect(table.at(2, 4)).toBe(0xffffffff);
  });

  test('restores ids with gaps, and goes on after the highest', () => {
    const table = new TupleTable(2, 2);
    table.restore(900, 7, 8);
    table.restore(3, 1, 1);
    expect(table.intern(7, 8)).toBe(900);
    expect(table.intern(1, 1)).toBe(3);
    expect(table.intern(0, 0)).toBe(901);
  });
});
