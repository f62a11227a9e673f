/** Lists of goroutines: which rows, in which order. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseGoroutineDump } from './parse.ts';
import { goroutineRow, selectRows } from './view.ts';

const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'goroutines');
const table = parseGoroutineDump(readFileSync(join(folder, 'leak-go1.27rc1.debug2.txt')));
const states = (rows: Int32Array) => [...rows].map((row) => goroutineRow(table, row).state);

describe('rows of a dump', () => {
  test('have everything that the dump says of a goroutine', () => {
    const [row] = selectRows(table, { text: 'leakSend' });
    expect(goroutineRow(table, row)).toMatchObject({
      id: 21,
      state: 'chan send',
      family: 'channel',
      waitMinutes: 1,
      stack: [{ function: 'main.leakSend.func1', line: 89 }],
      createdBy: { function: 'main.leakSend' },
      creatorId: 1,
    });
  });

  test('are found by function, file, creator, label and id, whatever the case', () => {
    const count = (text: string) => selectRows(table, { text }).length;
    expect(count('')).toBe(table.length);
    expect(count('LEAKSEND')).toBe(20);
    expect(count('main.go:89')).toBe(20);
    expect(count('endpoint=/leaky')).toBe(1);
    expect(count('21')).toBeGreaterThanOrEqual(1);
    expect(count('no such thing')).toBe(0);
  });

  test('are narrowed by family, wait and a run of rows', () => {
    expect(states(selectRows(table, { family: 'lock' })).every((s) => s.startsWith('sync.'))).toBe(
      true,
    );
    expect(selectRows(table, { atLeastMinutes: 1 }).length).toBe(38);
    expect(selectRows(table, { leaked: true }).length).toBe(0);
    expect([...selectRows(table, { rows: { from: 3, to: 5 } })]).toEqual([3, 4]);
  });

  test('are sorted; equal ones keep the order of the dump', () => {
    const ids = [...selectRows(table, {}, 'id')].map((row) => table.ids[row]);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    const waits = [...selectRows(table, {}, 'wait')].map(
      (row) => goroutineRow(table, row).waitMinutes,
    );
    expect(waits).toEqual(waits.toSorted((a, b) => b - a));
    const byState = selectRows(table, {}, 'state');
    expect(states(byState)).toEqual(states(byState).toSorted());
    const sends = [...byState].filter((row) => goroutineRow(table, row).state === 'chan send');
    expect(sends).toEqual(sends.toSorted((a, b) => a - b));
  });
});
