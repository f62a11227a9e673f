import { signal } from '@preact/signals';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ProfileSource } from '../data/source.ts';
import type { ProfileTree } from '../data/tree.ts';
import { treeFromText } from '../flame/treetext.ts';
import { closeInnermost, profileCommands } from './commands.ts';
import { baseScaleOf, PanelState } from './state.ts';
import { INITIAL_VIEW, type ProfileView } from './view.ts';

const loaded: ProfileTree = {
  service: 'shop',
  type: 'cpu',
  sampleType: 'cpu',
  coverage: { from: 0, to: 10_000, profiles: 1, durationMs: 10_000 },
  tree: treeFromText('main;serve;json.Marshal 5\nmain;serve 2\nmain;log 1\ngc 2'),
  base: undefined,
};

const source: ProfileSource = {
  kind: 'file',
  title: 'test',
  types: async () => [
    { type: 'cpu', sampleTypes: [{ type: 'cpu', unit: 'nanoseconds' }], profiles: 1 },
  ],
  tree: async () => loaded,
  diff: async () => loaded,
  snapshots: async () => [],
  labels: async () => ({ keys: [], values: [] }),
  captures: async () => [],
  findings: async () => ({ findings: [], notMeasurable: [] }),
  download: async () => new Blob(),
  close: () => {},
};

/** A panel without elements, and the steps it asked for. */
async function panel(view: Partial<ProfileView> = {}) {
  const current = signal<ProfileView>({ ...INITIAL_VIEW, ...view });
  const scope = signal({
    source,
    range: undefined,
    base: undefined,
    baseLabels: {},
    ownModules: [],
    showRange: () => {},
  });
  const pushed: Partial<ProfileView>[] = [];
  const state = new PanelState(scope, current, (change, step) => {
    if (step === 'push') pushed.push(change);
    current.value = { ...current.value, ...change };
  });
  await state.typesQuestion.ask((signal) => source.types(signal));
  await state.treeQuestion.ask(async () => loaded);
  const run = (id: string) => {
    const command = profileCommands(state, () => true).find((c) => c.id === `profile.${id}`);
    if (command === undefined) throw new Error(`no command ${id}`);
    command.run();
  };
  return { state, current, pushed, run };
}

let made: Awaited<ReturnType<typeof panel>>;
beforeEach(async () => {
  made = await panel();
});

describe('arrow keys', () => {
  test('enter at the first frame, then walk the tree', () => {
    const { state, run } = made;
    run('child');
    expect(state.selectedPath.value).toEqual(['main']);
    run('child');
    run('next');
    expect(state.selectedPath.value).toEqual(['main', 'log']);
    run('parent');
    run('next');
    expect(state.selectedPath.value).toEqual(['gc']);
  });
});

describe('zooming', () => {
  test('f fits the selection, and is a step that Back undoes', () => {
    const { state, run, pushed } = made;
    state.selectedPath.value = ['main', 'serve'];
    run('fit');
    expect(pushed).toEqual([{ zoom: ['main', 'serve'], range: undefined }]);
    expect(state.span.value.right - state.span.value.left).toBeCloseTo(0.7);
  });

  test('f prefers a marked range', () => {
    const { state, run, current } = made;
    state.marked.value = { left: 0.2, right: 0.4 };
    run('fit');
    expect(current.value.range).toEqual([0.2, 0.4]);
    expect(state.marked.value).toBeUndefined();
  });

  test('0 shows everything again', () => {
    const { state, run, current } = made;
    state.zoomTo({ left: 0.2, right: 0.4 });
    run('reset');
    expect(current.value).toMatchObject({ zoom: [], range: undefined });
    expect(state.span.value).toEqual({ left: 0, right: 1 });
  });
});

describe('Escape', () => {
  test('closes the innermost thing, one at a time', async () => {
    const { state, current } = await panel({ search: 'json', zoom: ['main'] });
    state.selectedPath.value = ['main'];
    state.marked.value = { left: 0, right: 0.5 };
    const closed: string[] = [];
    const left = () => {
      if (state.marked.value !== undefined) return 'marked';
      if (state.selectedPath.value !== undefined) return 'selected';
      if (current.value.search !== '') return 'search';
      return current.value.zoom.length > 0 ? 'zoom' : 'nothing';
    };
    for (let press = 0; press < 4; press++) {
      closed.push(left());
      expect(closeInnermost(state)).toBe(true);
    }
    expect(closed).toEqual(['marked', 'selected', 'search', 'zoom']);
    expect(closeInnermost(state)).toBe(false);
  });
});

describe('search', () => {
  test('Enter walks the matches, and shows one that is too narrow', async () => {
    const { state, run } = await panel({ search: 'marshal|log' });
    expect(state.matches.value?.total).toBe(6);
    run('next-match');
    expect(state.selectedPath.value).toEqual(['main', 'serve', 'json.Marshal']);
    run('next-match');
    expect(state.selectedPath.value).toEqual(['main', 'log']);
    run('previous-match');
    expect(state.selectedPath.value).toEqual(['main', 'serve', 'json.Marshal']);
  });

  test('lights frames without changing the tree', async () => {
    const { state } = await panel({ search: 'log' });
    expect(state.values.value?.tree.length).toBe(loaded.tree.length);
    expect(state.lit.value?.reduce((sum, lit) => sum + lit, 0)).toBe(1);
  });
});

describe('filters', () => {
  test('focus on a frame matches its name and nothing else', () => {
    const { state, run, current } = made;
    state.selectedPath.value = ['main', 'serve', 'json.Marshal'];
    run('focus');
    expect(current.value.focus).toBe('^json\\.Marshal$');
    expect(state.values.value?.tree.total[0]).toBe(5);
    expect(state.grandTotal.value).toBe(10);
  });

  test('ignoring twice ignores both', () => {
    const { state, current } = made;
    state.addToFilter('ignore', 'log');
    state.addToFilter('ignore', 'gc');
    expect(current.value.ignore).toBe('^log$|^gc$');
    expect(state.values.value?.tree.total[0]).toBe(7);
  });

  test('a selection survives while its frame is there', () => {
    const { state } = made;
    state.selectedPath.value = ['gc'];
    expect(state.selected.value).toBeGreaterThan(0);
    state.setFilter('ignore', '^gc$');
    expect(state.selected.value).toBe(-1);
    state.setFilter('ignore', '');
    expect(state.selected.value).toBeGreaterThan(0);
  });
});

describe('every key', () => {
  test('means one thing', () => {
    const keys = profileCommands(made.state, () => true).flatMap(({ keys }) => keys ?? []);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('a difference', () => {
  const base = {
    coverage: { from: 0, to: 1, profiles: 2, durationMs: 5_000 },
    self: loaded.tree.self,
    total: loaded.tree.total,
  };

  test('of unlike lengths is scaled to the same time, unless plain values are asked for', () => {
    expect(baseScaleOf({ ...loaded, base }, 'share')).toBe(2);
    expect(baseScaleOf({ ...loaded, base }, 'absolute')).toBe(1);
  });

  test('of readings of a moment is never scaled', () => {
    const heap = { ...loaded, type: 'heap', sampleType: 'inuse_space', base };
    expect(baseScaleOf(heap, 'share')).toBe(1);
  });
});
