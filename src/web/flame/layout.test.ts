import { describe, expect, test } from 'vitest';
import { buildCallTree } from '../../profile/calltree.ts';
import { profileFromText } from '../../profile/fromtext.ts';
import { diffWeights, layoutFlame, nodeAt, weightsOf } from './layout.ts';
import { nodeNamed, treeFromText } from './treetext.ts';

const tree = treeFromText(`
  main;serve;parse 5
  main;serve 1
  main;log 2
  gc 2
`);
const layout = layoutFlame(tree, weightsOf(tree));
const placeOf = (path: string) => {
  const node = nodeNamed(tree, path);
  return [layout.left[node], layout.width[node]].map((value) => Number(value?.toFixed(6)));
};

describe('places in the flame graph', () => {
  test('the root spans everything; widths are shares of it', () => {
    expect([layout.left[0], layout.width[0]]).toEqual([0, 1]);
    expect(placeOf('main')).toEqual([0, 0.8]);
    expect(placeOf('gc')).toEqual([0.8, 0.2]);
  });

  test('children start where their parent does; its own value is left free behind them', () => {
    expect(placeOf('main;serve')).toEqual([0, 0.6]);
    expect(placeOf('main;serve;parse')).toEqual([0, 0.5]);
    expect(placeOf('main;log')).toEqual([0.6, 0.2]);
  });

  test('rows are the greatest depth and the root', () => {
    expect(layout.rows).toBe(4);
  });

  test('a tree without value has no widths', () => {
    const empty = treeFromText('main 0');
    expect([...layoutFlame(empty, weightsOf(empty)).width]).toEqual([0]);
  });

  test('negative values (a subtracted profile) get the width of their magnitude', () => {
    const profile = profileFromText('main;grown 3\nmain;shrunk -1');
    const mixed = buildCallTree(profile, { sampleIndex: 0 });
    const { width } = layoutFlame(mixed, weightsOf(mixed));
    expect(width[nodeNamed(mixed, 'main;grown')]).toBeCloseTo(0.75);
    expect(width[nodeNamed(mixed, 'main;shrunk')]).toBeCloseTo(0.25);
  });

  test('in a difference what vanished keeps a width', () => {
    const base = Float64Array.from(tree.total, (value, node) =>
      node === nodeNamed(tree, 'gc') ? value + 10 : value,
    );
    const weights = diffWeights(tree, base, 0.5);
    expect(weights[nodeNamed(tree, 'gc')]).toBe(2 + 12 * 0.5);
  });
});

describe('the node at a point', () => {
  test.each([
    [0.1, 0, 0],
    [0.1, 1, nodeNamed(tree, 'main')],
    [0.1, 3, nodeNamed(tree, 'main;serve;parse')],
    [0.55, 2, nodeNamed(tree, 'main;serve')],
    [0.55, 3, -1],
    [0.79, 2, nodeNamed(tree, 'main;log')],
    [0.95, 1, nodeNamed(tree, 'gc')],
    [0.95, 2, -1],
    [1.5, 0, -1],
  ])('x %f, row %i', (x, row, node) => {
    expect(nodeAt(tree, layout, x, row)).toBe(node);
  });
});
