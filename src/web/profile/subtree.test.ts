import { expect, test } from 'vitest';
import { textFromTree, treeFromText } from '../flame/treetext.ts';
import { branchesOf } from './subtree.ts';

test('each child of the root is a tree of its own, without its frame', () => {
  const tree = treeFromText('a;main;f 3\na;main 2\nb;main;g 1');
  const branches = branchesOf({ tree, base: undefined });
  expect(branches.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(branches.map(({ values }) => textFromTree(values.tree))).toEqual([
    textFromTree(treeFromText('main;f 3\nmain 2')),
    textFromTree(treeFromText('main;g 1')),
  ]);
});

test('the base’s values are cut alike', () => {
  const tree = treeFromText('a;main 3\nb 1');
  const coverage = { from: 0, to: 1, profiles: 1, durationMs: 0 };
  const base = { coverage, self: tree.self.map((v) => v * 2), total: tree.total.map((v) => v * 2) };
  const [first] = branchesOf({ tree, base });
  expect(Array.from(first?.values.base?.total ?? [])).toEqual([6, 6]);
});
