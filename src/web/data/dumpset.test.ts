/** Goroutine dumps among dropped files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { explain } from '../../explain/explain.ts';
import { FileSet } from './fileset.ts';
import { pageDecompressors } from './gunzip.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'test', 'fixtures', 'goroutines');
const file = (name: string, bytes: Uint8Array<ArrayBuffer>, modified = 1000) => ({
  name,
  bytes,
  modified,
});
const recorded = (name: string, modified?: number) =>
  file(name, new Uint8Array(readFileSync(join(folder, name))), modified);
const open = (...files: readonly ReturnType<typeof file>[]) =>
  new FileSet(files, pageDecompressors, explain);
const LAST = { type: 'goroutine', range: undefined, dump: -1, by: 'stack' } as const;

const goroutine = (id: number) => `goroutine ${id} [select]:\nmain.wait()\n\tmain.go:1 +0x1\n`;

describe('dumps in one file', () => {
  const text = [[1], [1, 2], [1, 2, 3]].map((ids) => ids.map(goroutine).join('\n')).join('\n');
  const set = open(file('log.txt', new TextEncoder().encode(text)));

  test('are captures of their own, in their order', () => {
    expect(set.types()).toMatchObject([{ type: 'goroutine', profiles: 3 }]);
    expect(set.goroutines(LAST)).toMatchObject({
      totals: [1, 2, 3],
      shown: 2,
      rows: [{ counts: [1, 2, 3] }],
    });
  });

  test('are averaged in the flame graph, not added up', () => {
    const query = { type: 'goroutine', sample: 'goroutine', labels: {}, inverted: false } as const;
    expect(set.tree({ ...query, range: undefined }).tree.total[0]).toBe(2);
  });
});

test('files that are dropped together are in the order of their times', () => {
  const set = open(
    recorded('leak-go1.26.8-leak.debug2.txt', 2000),
    recorded('leak-go1.26.8-leak.early.debug2.txt', 1000),
  );
  const view = set.goroutines(LAST);
  const again = set.goroutines({ ...LAST, range: { from: 2000, to: 2001 } });
  expect(view?.times.length).toBe(2);
  expect(again?.totals).toEqual([view?.totals[1]]);
});

test('a protobuf profile is a dump, too, with the states of its frames', () => {
  const view = open(recorded('leak-go1.26.8.pb.gz')).goroutines(LAST);
  expect(view?.families.map(({ family }) => family)).toContain('lock');
  expect(view?.lives).toBeUndefined();
});

test('other profiles have no goroutines', () => {
  const bytes = new Uint8Array(readFileSync(join(folder, '..', 'collect', 'cpu-1.pb.gz')));
  expect(open(file('cpu.pb.gz', bytes)).goroutines({ ...LAST, type: 'cpu' })).toBeUndefined();
});
