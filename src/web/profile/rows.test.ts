import { describe, expect, test } from 'vitest';
import { buildCallTree } from '../../profile/calltree.ts';
import { diffCallTrees } from '../../profile/difftree.ts';
import { profileFromText } from '../../profile/fromtext.ts';
import { treeFromText } from '../flame/treetext.ts';
import { linesOf, rowsOf, type Sorting, sortedRows } from './rows.ts';
import type { Values } from './transform.ts';

const ALL = () => true;

function table(values: Values, sorting: Sorting, keep: (frame: number) => boolean = ALL): string[] {
  const rows = rowsOf(values);
  const { name } = values.tree.frames;
  return [...sortedRows(rows, values.tree.frames, sorting, 1, keep)].map(
    (row) => `${name[rows.frame[row] ?? -1]} ${rows.self[row]} ${rows.cum[row]}`,
  );
}

const tree = treeFromText(`
  main;walk;walk;leaf 3
  main;walk 2
  main;log;leaf 4
`);
const values: Values = { tree, base: undefined };

describe('self and cumulative values', () => {
  test('count recursion once, and a function in several places together', () => {
    expect(table(values, { key: 'cum', descending: true })).toEqual([
      'main 0 9',
      'leaf 7 7',
      'walk 2 5',
      'log 0 4',
    ]);
  });

  test('sort by any column, in both directions; ties by the other measure', () => {
    expect(table(values, { key: 'self', descending: true })).toEqual([
      'leaf 7 7',
      'walk 2 5',
      'main 0 9',
      'log 0 4',
    ]);
    expect(table(values, { key: 'name', descending: false })[0]).toBe('leaf 7 7');
    expect(table(values, { key: 'cum', descending: false })[0]).toBe('log 0 4');
  });

  test('a search keeps matching rows only', () => {
    const leaf = tree.frames.name.indexOf('leaf');
    expect(table(values, { key: 'self', descending: true }, (frame) => frame === leaf)).toEqual([
      'leaf 7 7',
    ]);
  });
});

describe('a difference', () => {
  const { baseSelf, baseTotal, ...joined } = diffCallTrees(
    treeFromText('main;leaf 8\nmain;gone 2'),
    tree,
  );
  const coverage = { from: 0, to: 1, profiles: 1, durationMs: 0 };
  const diff: Values = { tree: joined, base: { coverage, self: baseSelf, total: baseTotal } };

  test('sorts by change: what grew most comes first, what vanished is there', () => {
    const names = table(diff, { key: 'delta', descending: true }).map((row) => row.split(' ')[0]);
    expect(names).toEqual(['walk', 'log', 'leaf', 'main', 'gone']);
  });
});

describe('the lines of a function', () => {
  test('in order, with what each costs', () => {
    const stacks = 'main@m.go:3;work@w.go:12 2\nmain@m.go:3;work@w.go:10;leaf@l.go:1 5';
    const byLines = buildCallTree(profileFromText(stacks), {
      sampleIndex: 0,
      granularity: 'lines',
    });
    expect(linesOf(byLines, 'work').map(({ place, self, cum }) => [place, self, cum])).toEqual([
      ['w.go:10', 0, 5],
      ['w.go:12', 2, 2],
    ]);
    expect(linesOf(byLines, 'nowhere')).toEqual([]);
  });
});
