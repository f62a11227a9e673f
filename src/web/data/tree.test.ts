import { expect, test } from 'vitest';
import { textFromTree } from '../flame/treetext.ts';
import { fromWireDiff, fromWireTree, spansOf } from './tree.ts';

const wire = {
  service: 'shop',
  type: 'cpu',
  sampleType: 'cpu',
  unit: 'nanoseconds',
  from: 1,
  to: 2,
  profiles: 3,
  durationMs: 30_000,
  frames: { name: ['main', 'serve', 'log'], file: [0, 1, 0], line: [1, 20, 7] },
  files: ['main.go', 'serve.go'],
  frame: [-1, 0, 1, 2],
  parent: [-1, 0, 1, 1],
  self: [0, 0, 7, 3],
  total: [10, 10, 7, 3],
  inlined: [3],
  omittedNodes: 5,
};

test('a tree on the wire becomes columns again', () => {
  const { tree, coverage, base } = fromWireTree(wire);
  expect(textFromTree(tree)).toBe('main 10\n  serve 7 (self 7)\n  log 3 (self 3)');
  expect(tree.frames.file).toEqual(['main.go', 'serve.go', 'main.go']);
  expect([...tree.inlined]).toEqual([0, 0, 0, 1]);
  expect(tree.omittedNodes).toBe(5);
  expect(coverage).toEqual({ from: 1, to: 2, profiles: 3, durationMs: 30_000 });
  expect(base).toBeUndefined();
});

test('a difference has the base’s columns beside them', () => {
  const { base } = fromWireDiff({
    ...wire,
    baseFrom: 0,
    baseTo: 1,
    baseProfiles: 1,
    baseDurationMs: 10_000,
    baseSelf: [0, 0, 1, 1],
    baseTotal: [2, 2, 1, 1],
  });
  expect([...(base?.total ?? [])]).toEqual([2, 2, 1, 1]);
  expect(base?.coverage).toEqual({ from: 0, to: 1, profiles: 1, durationMs: 10_000 });
});

test('parents alone tell subtrees and depths', () => {
  const { subtreeEnd, depth } = spansOf([-1, 0, 1, 1, 0, 4]);
  expect([...subtreeEnd]).toEqual([6, 4, 3, 4, 6, 6]);
  expect([...depth]).toEqual([0, 1, 2, 2, 1, 2]);
});
