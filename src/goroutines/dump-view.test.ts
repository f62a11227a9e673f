/** What the page shows of dumps. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dumpView } from './dump-view.ts';
import { dumpsOf } from './dumps.ts';
import { parseGoroutineDump } from './parse.ts';

const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'goroutines');
const read = (name: string) =>
  parseGoroutineDump(readFileSync(join(folder, name)), { arguments: true });

describe('one dump', () => {
  const dumps = dumpsOf([read('partial-go1.26.8.debug2.txt')]);

  test('has its groups, largest first, and who waits for whom; no lives', () => {
    const view = dumpView(dumps, -1, 'stack');
    const counts = view.rows.map(({ counts }) => counts[0]);
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(view.totals[0]);
    expect(view.waits?.cycles.length).toBe(1);
    expect(view.lives).toBeUndefined();
  });

  test('can be sent to another thread', () => {
    const view = dumpView(dumps, -1, 'state');
    expect(structuredClone(view)).toEqual(view);
  });
});

describe('several dumps', () => {
  const names = ['leak-go1.26.8-leak.early.debug2.txt', 'leak-go1.26.8-leak.debug2.txt'];
  const dumps = dumpsOf(names.map(read));

  test('have each group’s count in all of them, and the lives of their goroutines', () => {
    const view = dumpView(dumps, -1, 'similar');
    for (let dump = 0; dump < 2; dump++) {
      const sum = view.rows.reduce((all, { counts }) => all + counts[dump], 0);
      expect(sum).toBe(view.totals[dump]);
      expect(view.families.reduce((all, { counts }) => all + counts[dump], 0)).toBe(sum);
    }
    expect(view.shown).toBe(1);
    expect(view.lives?.times.length).toBe(2);
  });

  test('what the shown one has none of stands last, with its count elsewhere', () => {
    const others = dumpsOf([read('partial-go1.26.8.debug2.txt'), read(names[1])]);
    const { rows } = dumpView(others, 0, 'stack');
    const first = rows.findIndex(({ counts }) => counts[0] === 0);
    expect(first).toBeGreaterThan(0);
    expect(rows.slice(first).every(({ counts }) => counts[0] === 0 && counts[1] > 0)).toBe(true);
  });

  test('more than can be shown are spread evenly, first and last included', () => {
    const many = Array.from({ length: 120 }, (_, i) => ({ ...dumps[i % 2], timeMillis: i }));
    const view = dumpView(many, -1, 'state');
    expect([view.times.length, view.dumpCount]).toEqual([50, 120]);
    expect([view.times[0], view.times.at(-1)]).toEqual([0, 119]);
  });

  test('without ids there are no lives and no waits', () => {
    const records = dumpsOf([read('leak-go1.26.8-leak.debug1.txt')]);
    expect(dumpView([...records, ...records], -1, 'stack')).toMatchObject({
      lives: undefined,
      waits: undefined,
    });
  });
});
