/** Dumps of one process at different times: goroutine by goroutine, as growth, and as lanes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareDumps, unmovedGoroutines } from './compare.ts';
import { dumpsOf } from './dumps.ts';
import { growthOf } from './growth.ts';
import { parseGoroutineDump } from './parse.ts';
import { printComparison, printGrowth } from './print-change.ts';
import { timelineOf } from './timeline.ts';

const parse = (text: string) => parseGoroutineDump(new TextEncoder().encode(text));

interface Lane {
  readonly id: number;
  readonly state: string;
  readonly line: number;
}

/** A dump taken at that second, of goroutines that stand at a line of main.work. */
function dumpAt(second: number, lanes: readonly Lane[]): string {
  const stamp = `2026-11-20T18:38:${String(second).padStart(2, '0')}Z `;
  const lines = lanes.flatMap(({ id, state, line }) => [
    `goroutine ${id} [${state}]:`,
    'main.work(0x1)',
    `\tmain.go:${line} +0x1`,
    'created by main.main in goroutine 1',
    '\tmain.go:1 +0x1',
    '',
  ]);
  return lines.map((line) => stamp + line).join('\n');
}

const first = dumpAt(0, [
  { id: 2, state: 'select', line: 5 },
  { id: 3, state: 'select', line: 5 },
  { id: 4, state: 'sleep', line: 9 },
]);
const second = dumpAt(30, [
  { id: 2, state: 'select, 3 minutes', line: 5 },
  { id: 4, state: 'chan send', line: 7 },
  { id: 10, state: 'chan send', line: 7 },
  { id: 11, state: 'chan send', line: 7 },
]);

describe('two dumps', () => {
  const [earlier, later] = dumpsOf([parse(first), parse(second)]);
  const found = compareDumps(earlier, later);

  test('by id: new, gone, unmoved, elsewhere', () => {
    expect(found).toMatchObject({
      hasIds: true,
      before: 3,
      after: 4,
      created: 2,
      gone: 1,
      stayed: 1,
      moved: 1,
      seconds: 30,
    });
  });

  test('by group: most growth first, then what shrank', () => {
    expect(
      found.groups.map(({ group, before, after, stayed }) => [
        group.stack[0].line,
        before,
        after,
        stayed,
      ]),
    ).toEqual([
      [7, 0, 3, 0],
      [5, 2, 1, 1],
      [9, 1, 0, 0],
    ]);
  });

  test('who has not moved, with its wait', () => {
    expect(unmovedGoroutines([earlier, later])).toMatchObject([
      { id: 2, state: 'select', waitMinutes: 3, seconds: 30, stack: [{ line: 5 }] },
    ]);
    expect(unmovedGoroutines([earlier])).toEqual([]);
  });

  test('of a program that leaks nothing between them, recorded 70 s apart', () => {
    const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'goroutines');
    const read = (name: string) => parseGoroutineDump(readFileSync(join(folder, name)));
    const early = read('leak-go1.27rc1.early.debug2.txt');
    const late = read('leak-go1.27rc1.debug2.txt');
    const [a, b] = dumpsOf([early, late]);
    // Only the two connections that fetched them are others.
    expect(compareDumps(a, b)).toMatchObject({ created: 2, gone: 2, stayed: 40, moved: 0 });
    expect(unmovedGoroutines([a, b])[0].waitMinutes).toBe(1);
  });

  test('without ids, groups alone', () => {
    const records = (count: number) =>
      parse(`goroutine profile: total ${count}\n${count} @ 0x1\n#\t0x1\tmain.f+0x1\tmain.go:3\n\n`);
    const [a, b] = dumpsOf([records(3), records(8)]);
    const compared = compareDumps(a, b);
    expect(compared).toMatchObject({ hasIds: false, created: 0, before: 3, after: 8 });
    expect(compared.groups).toMatchObject([{ before: 3, after: 8 }]);
  });

  test('as text', () => {
    expect(printComparison(earlier, later, () => undefined)).toBe(
      `3 goroutines, then 4 30 s later: 2 new, 1 gone, 1 unmoved, 1 elsewhere

CHANGE  BEFORE  AFTER  UNMOVED  STATE      WAIT   STACK
    +3       0      3        0  chan send  -      main.work  main.go:7
                                                  created by main.main  main.go:1
    -1       2      1        1  select     3 min  main.work  main.go:5
                                                  created by main.main  main.go:1
    -1       1      0        0  sleep      -      main.work  main.go:9
                                                  created by main.main  main.go:1
`,
    );
  });
});

describe('several dumps in one log', () => {
  const at = (second: number, count: number) =>
    dumpAt(second, [
      { id: 2, state: 'select', line: 5 },
      ...Array.from({ length: count }, (_, i) => ({ id: 10 + i, state: 'chan send', line: 7 })),
    ]);
  const dumps = dumpsOf([parse([at(0, 1), at(10, 4), at(20, 3), at(30, 9)].join('\n'))]);

  test('growth of each group', () => {
    const { totals, groups, times } = growthOf(dumps);
    expect(totals).toEqual([2, 5, 4, 10]);
    expect(times[3] - times[0]).toBe(30_000);
    expect(groups).toMatchObject([
      { counts: [1, 4, 3, 9], growth: 8, rises: 2, falls: 1 },
      { counts: [1, 1, 1, 1], growth: 0, rises: 0, falls: 0 },
    ]);
  });

  test('as text', () => {
    expect(printGrowth(dumps, () => undefined)).toBe(`4 dumps over 30 s: 2 5 4 10 goroutines

GROWTH  COUNTS   STATE      STACK
    +8  1 4 3 9  chan send  main.work  main.go:7
                            created by main.main  main.go:1

1 group as large in all of them
`);
  });

  test('lanes: the state and stack of every goroutine in every dump', () => {
    const lanes = timelineOf(dumps);
    expect(Array.from(lanes.ids.slice(0, 3))).toEqual([2, 10, 11]);
    const stateAt = (lane: number, dump: number) => lanes.states[lanes.state[lane * 4 + dump]];
    expect([0, 1, 2, 3].map((dump) => stateAt(0, dump))).toEqual(new Array(4).fill('select'));
    expect([0, 1, 2, 3].map((dump) => stateAt(4, dump))).toEqual([
      '',
      'chan send',
      '',
      'chan send',
    ]);
    expect(lanes.stack[4 * 4]).toBe(-1);
    expect(lanes.stacks[lanes.stack[4 * 4 + 1]]).toMatchObject([{ line: 7 }]);
    const sends = lanes.states.indexOf('chan send');
    expect(lanes.counts.map((counts) => counts[sends])).toEqual([1, 4, 3, 9]);
  });
});
