import { describe, expect, test } from 'vitest';
import { type Direction, findPath, pathOf, step } from './navigate.ts';
import { nodeNamed, treeFromText } from './treetext.ts';

const tree = treeFromText(`
  main;serve;parse 5
  main;serve;write 3
  main;serve;close 1
  main;log 2
  gc 4
`);

describe('arrow keys', () => {
  test.each<[string, Direction, string]>([
    ['main;serve;parse', 'parent', 'main;serve'],
    ['main', 'child', 'main;serve'],
    ['main;serve', 'child', 'main;serve;parse'],
    ['main;serve;parse', 'next', 'main;serve;write'],
    ['main;serve;write', 'next', 'main;serve;close'],
    ['main;serve;close', 'next', 'main;serve;close'],
    ['main;serve;close', 'previous', 'main;serve;write'],
    ['main;serve;parse', 'previous', 'main;serve;parse'],
    ['main;serve;parse', 'child', 'main;serve;parse'],
    ['main', 'next', 'gc'],
  ])('from %s, %s is %s', (from, direction, to) => {
    expect(step(tree, nodeNamed(tree, from), direction)).toBe(nodeNamed(tree, to));
  });

  test('without a selection they start at the root', () => {
    expect(step(tree, -1, 'child')).toBe(0);
  });
});

describe('paths', () => {
  test('lead to the same node again', () => {
    for (let node = 0; node < tree.length; node++) {
      expect(findPath(tree, pathOf(tree, node))).toBe(node);
    }
  });

  test('find their place in other data, as deep as it goes', () => {
    const later = treeFromText('gc 9\nmain;serve;flush 4\nmain;serve;parse 1');
    expect(findPath(later, ['main', 'serve', 'parse'])).toBe(nodeNamed(later, 'main;serve;parse'));
    expect(findPath(later, ['main', 'serve', 'write'])).toBe(nodeNamed(later, 'main;serve'));
    expect(findPath(later, ['elsewhere'])).toBe(0);
  });
});
