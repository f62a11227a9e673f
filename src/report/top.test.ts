import { describe, expect, test } from 'vitest';
import { buildCallTree } from '../profile/calltree.ts';
import { profileFromText } from '../profile/fromtext.ts';
import { topOfTree, topTable } from './top.ts';

const rows = (text: string, options: Partial<Parameters<typeof topTable>[1]> = {}) =>
  topTable(profileFromText(text), { sampleIndex: 0, ...options }).rows.map(
    ({ name, flat, cum }) => [name, flat, cum],
  );

describe('the top table', () => {
  const text = 'main;a;b 3\nmain;a 1\nmain;c 3';

  test('sorted by flat value, ties by name', () => {
    expect(rows(text)).toEqual([
      ['b', 3, 3],
      ['c', 3, 3],
      ['a', 1, 4],
      ['main', 0, 7],
    ]);
  });

  test('or by cumulative value', () => {
    expect(rows(text, { sort: 'cum' }).map(([name]) => name)).toEqual(['main', 'a', 'b', 'c']);
  });

  test('recursion counts a sample once', () => {
    expect(rows('main;f;g;f;g 5')).toEqual([
      ['g', 5, 5],
      ['f', 0, 5],
      ['main', 0, 5],
    ]);
  });

  test('shares are of the sum of absolute values', () => {
    const { total } = topTable(profileFromText('a 5\nb -3\n- 2'), { sampleIndex: 0 });
    expect(total).toBe(10);
  });

  test('at line granularity every line has a row', () => {
    const table = topTable(profileFromText('f@f.go:1 1\nf@f.go:2 2'), {
      sampleIndex: 0,
      granularity: 'lines',
    });
    expect(table.rows.map(({ name, file, line, flat }) => [name, file, line, flat])).toEqual([
      ['f', 'f.go', 2, 2],
      ['f', 'f.go', 1, 1],
    ]);
  });

  test('says whether calls to a function were inlined', () => {
    const table = topTable(profileFromText('main;a^;b^ 3\nmain;b 1\nmain;c;a^ 1'), {
      sampleIndex: 0,
    });
    expect(Object.fromEntries(table.rows.map(({ name, inline }) => [name, inline]))).toEqual({
      main: 'no',
      a: 'always',
      b: 'partly',
      c: 'no',
    });
  });

  test('the same from a call tree', () => {
    const tree = buildCallTree(profileFromText(text), { sampleIndex: 0 });
    expect(topOfTree(tree)).toMatchObject({ total: 7, unit: 'count' });
    expect(topOfTree(tree).rows).toEqual(topTable(profileFromText(text), { sampleIndex: 0 }).rows);
  });
});
