/** What a source without samples is asked instead. */
import { expect, test } from 'vitest';
import type { ProfileSource, TreeQuery } from '../data/source.ts';
import type { ProfileTree } from '../data/tree.ts';
import { textFromTree, treeFromText } from '../flame/treetext.ts';
import { LocalSamples, needsSamples } from './samples.ts';
import { branchesOf } from './subtree.ts';

const answer = (text: string): ProfileTree => ({
  service: 'shop',
  type: 'cpu',
  sampleType: 'cpu',
  coverage: { from: 0, to: 1, profiles: 2, durationMs: 1 },
  tree: treeFromText(text),
  base: undefined,
});

/** A store: trees by label, values of labels, no samples. */
const store: ProfileSource = {
  kind: 'server',
  title: 'shop',
  types: async () => [],
  tree: async ({ labels }) =>
    labels.endpoint === undefined
      ? answer('main;list 3\nmain;cart 2\ngc 1')
      : answer(labels.endpoint === '/list' ? 'main;list 3' : 'main;cart 2'),
  diff: async () => answer(''),
  snapshots: async () => [],
  labels: async (_, key) => ({
    keys: ['endpoint'],
    values:
      key === ''
        ? []
        : [
            { value: '/list', total: 3 },
            { value: '/cart', total: 2 },
          ],
  }),
  captures: async () => [],
  findings: async () => ({ findings: [], notMeasurable: [] }),
  download: async () => new Blob(),
  close: () => {},
};

const query: TreeQuery = { type: 'cpu', sample: '', labels: {}, inverted: false, range: undefined };
const { signal } = new AbortController();

test('groups are the trees of single values, and what has none of them', async () => {
  const { tree } = await new LocalSamples(store).tree({ ...query, groupBy: 'endpoint' }, signal);
  expect(tree.total[0]).toBe(6);
  const branches = branchesOf({ tree, base: undefined });
  expect(branches.map(({ name, values }) => [name, values.tree.total[0]])).toEqual([
    ['/list', 3],
    ['/cart', 2],
    ['(without)', 1],
  ]);
  const [list] = branches;
  expect(list && textFromTree(list.values.tree)).toBe(textFromTree(treeFromText('main;list 3')));
});

test('a table of labels has what is left of the total', async () => {
  const { total, keys } = await new LocalSamples(store).labelTable(query, signal);
  expect(total).toBe(6);
  expect(keys[0]?.values).toEqual([
    { value: '/list', total: 3, samples: 0 },
    { value: '/cart', total: 2, samples: 0 },
    { value: undefined, total: 1, samples: 0 },
  ]);
});

test('plain trees need no samples', () => {
  expect(needsSamples(query)).toBe(false);
  expect(needsSamples({ ...query, groupBy: 'endpoint' })).toBe(true);
  expect(needsSamples({ ...query, within: { from: 0, to: 1 } })).toBe(true);
});
