/** Reports of the race detector, recorded from programs built with -race. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseGoroutineDump } from './parse.ts';
import { framesOf } from './table.ts';

const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'goroutines');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const parse = (text: string) => parseGoroutineDump(new TextEncoder().encode(text));

describe('a race report', () => {
  const table = parse(read('race-main-go1.26.8.txt'));

  test('has two accesses, whose rows have stack, id and creator', () => {
    expect(table.races.length).toBe(3);
    const [, race] = table.races;
    const [first, second] = race.accesses;
    expect(first).toMatchObject({ kind: 'read', isPrevious: false, address: '0x00c0000180f8' });
    expect(second).toMatchObject({ kind: 'write', isPrevious: true });
    expect(framesOf(table, table.stack[first.row])).toEqual([
      { function: 'main.(*account).add', file: 'races/main.go', line: 12 },
      { function: 'main.spawn.func1', file: 'races/main.go', line: 18 },
    ]);
    expect(table.ids[first.row]).toBe(6);
    expect(table.functions[table.createdBy[first.row]]).toBe('main.spawn');
    expect(race.goroutines).toMatchObject([{ id: 6, state: 'running' }]);
    // The main goroutine, which nobody created.
    expect(table.ids[second.row]).toBe(0);
    expect(table.createdBy[second.row]).toBe(-1);
  });

  test('is a snapshot of its own, at its place in the input', () => {
    expect(table.snapshots.map(({ kind, from, to }) => [kind, to - from])).toEqual([
      ['race', 2],
      ['race', 2],
      ['race', 2],
    ]);
    expect(table.races.map(({ line }) => line)).toEqual([2, 18, 38]);
  });

  test('may say what the address is, and have lost a stack', () => {
    const lost = parse(`==================
WARNING: DATA RACE
Write at 0x00c000012080 by goroutine 7:
  main.f()
      main.go:3 +0x44

Previous read at 0x00c000012080 by goroutine 8:
  [failed to restore the stack]

Heap block of size 8 at 0x00c000012080 allocated by main goroutine:
  main.main()
      main.go:9 +0x1

Goroutine 7 (running) created at:
  main.main()
      main.go:5 +0x1
==================
`);
    const { races } = lost;
    expect(lost.notUnderstood).toEqual([]);
    expect(races[0].location).toBe(
      'Heap block of size 8 at 0x00c000012080 allocated by main goroutine',
    );
    expect(framesOf(lost, races[0].locationStack)).toMatchObject([{ line: 9 }]);
    expect(framesOf(lost, lost.stack[races[0].accesses[1].row])).toEqual([]);
  });

  test('cut at every byte, keeps the accesses that are whole', () => {
    const text = read('race-main-go1.26.8.txt');
    for (let length = 0; length < text.length; length += 7) {
      expect(parse(text.slice(0, length)).length).toBeLessThanOrEqual(6);
    }
  });

  test('ends where a dump of the same log begins', () => {
    const both = read('race-go1.26.8.txt') + read('panic-go1.26.8.txt');
    const kinds = parse(both).snapshots.map(({ kind }) => kind);
    expect(kinds).toEqual(['race', 'race', 'race', 'goroutines']);
    const cut = `${read('race-go1.26.8.txt').slice(0, 300)}\n${read('panic-go1.26.8.txt')}`;
    expect(parse(cut).snapshots.map(({ kind }) => kind)).toEqual(['race', 'goroutines']);
  });
});
