/** What Delve answers, as a table: a recorded conversation, and variables in words. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type DelveVariable,
  delveGoroutines,
  delveStack,
  delveTable,
  variableText,
} from './delve.ts';
import { groupGoroutines } from './group.ts';
import { framesOf } from './table.ts';

const path = '../../test/fixtures/goroutines/delve-leak-go1.26.8.json';
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, path), 'utf8'));
const resultOf = (method: string) =>
  recorded.find(
    (one: { request: { method: string } }) => one.request.method === `RPCServer.${method}`,
  ).response.result;

describe('a recorded conversation', () => {
  const { Goroutines } = delveGoroutines.parse(resultOf('ListGoroutines'));
  const { Locations } = delveStack.parse(resultOf('Stacktrace'));
  const goroutines = (Goroutines ?? []).map((goroutine) => ({
    goroutine,
    frames: goroutine.id === 2 ? (Locations ?? []) : undefined,
  }));

  test('gives states by the names of the target, waits by its clock, stacks and creators', () => {
    const waitReasons = ['', 'GC assist marking', 'IO wait'];
    const now = 3171995811608 + 130e9;
    const { table } = delveTable({ goroutines, waitReasons, now });
    const row = table.ids.indexOf(1);
    expect(table.headers[table.header[row]]).toMatchObject({ state: 'IO wait', waitMinutes: 2 });
    expect(framesOf(table, table.stack[table.ids.indexOf(2)])[0].function).toBe('runtime.gopark');
    // Goroutine 17 is dead: a free one that the runtime keeps.
    expect(table.ids.includes(17)).toBe(false);
  });

  test('without names and clock, says less and nothing wrong', () => {
    const { table } = delveTable({ goroutines, waitReasons: [], now: Number.NaN });
    const [group] = groupGoroutines(table);
    expect(group).toMatchObject({ state: 'waiting', waitMinutes: { max: 0 } });
  });
});

describe('variables in words', () => {
  const variable = (parts: Partial<DelveVariable>): DelveVariable => ({
    ...{ name: '', type: '', kind: 2, value: '', len: 0, cap: 0, addr: 0, base: 0, unreadable: '' },
    ...parts,
  });

  test('as Go would write them', () => {
    expect(variableText(variable({ kind: 24, value: 'ab"c', len: 9 }), 1)).toBe(
      '"ab\\"c"… 9 bytes',
    );
    expect(variableText(variable({ kind: 18, base: 0xc000, len: 1, cap: 4 }), 1)).toBe(
      'chan 0xc000 1/4',
    );
    expect(variableText(variable({ kind: 18 }), 1)).toBe('nil');
    expect(variableText(variable({ kind: 23, len: 3, cap: 8 }), 1)).toBe('len 3, cap 8');
    const count = variable({ name: 'n', value: '7' });
    const struct = variable({ kind: 25, type: 'main.T', addr: 0xc010, children: [count] });
    expect(variableText(variable({ kind: 22, children: [struct] }), 1)).toBe('0xc010 &main.T');
    expect(variableText(variable({ kind: 22, children: [struct] }), 2)).toBe('0xc010 &{n: 7}');
    expect(variableText(variable({ unreadable: 'optimized away' }), 1)).toBe('(optimized away)');
  });
});
