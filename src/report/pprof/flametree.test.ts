import { describe, expect, test } from 'vitest';
import { profileFromText, textFromTree } from '../../profile/fromtext.ts';
import type { Profile } from '../../profile/profile.ts';
import { type ReportSettings, reportOf } from './filtered.ts';
import { flameTree, foldFlame } from './flametree.ts';
import { DEFAULT_SETTINGS } from './pagesettings.ts';

const ALL = { minShare: 0, maxNodes: 1000, zoom: [] };

function folded(profile: Profile, settings: Partial<ReportSettings> = {}, inverted = false) {
  const request = { command: 'svg', format: 'dot', parameter: undefined } as const;
  const surroundings = { formatTime: () => '', message: () => undefined };
  const report = reportOf(profile, request, { ...DEFAULT_SETTINGS, ...settings }, surroundings);
  return foldFlame(report, inverted);
}

function drawn(profile: Profile, settings: Partial<ReportSettings> = {}, inverted = false): string {
  return textFromTree(flameTree(folded(profile, settings, inverted), ALL).tree);
}

const profile = profileFromText(`
  main.main@main.go:9;main.serve@main.go:20;json.Marshal@json.go:5^ 6
  main.main@main.go:9;main.serve@main.go:21 3
  main.main@main.go:10;main.idle@main.go:40 1
`);

describe('the flame graph of a report', () => {
  test('joins functions by name, and keeps lines apart when asked to', () => {
    expect(drawn(profile).split('\n')).toEqual([
      'root 10',
      '  main.main 10',
      '    main.serve 9 self 3',
      '      json.Marshal^ 6 self 6',
      '    main.idle 1 self 1',
    ]);
    const lines = folded(profile, { granularity: 'lines' });
    const { tree } = flameTree(lines, ALL);
    const served = [...tree.frame].filter((frame) => tree.frames.name[frame] === 'main.serve');
    expect(served.length).toBe(2);
  });

  test('counts inlined functions to their caller with noinlines', () => {
    expect(drawn(profile, { noinlines: true })).not.toContain('json.Marshal');
  });

  test('names files with granularity files', () => {
    const { tree } = flameTree(folded(profile, { granularity: 'files' }), ALL);
    expect(new Set(tree.frames.name)).toEqual(new Set(['main.go', 'json.go']));
  });

  test('has the callers below in an inverted tree', () => {
    const { tree } = flameTree(folded(profile, {}, true), ALL);
    expect(tree.frames.name[tree.frame[1] ?? -1]).toBe('json.Marshal');
  });

  test('leaves small nodes out, and counts them', () => {
    const { tree } = flameTree(folded(profile), { ...ALL, minShare: 0.2 });
    expect(tree.length).toBe(4);
    expect(tree.omittedNodes).toBe(1);
    expect(tree.total[0]).toBe(10);
  });

  test('keeps no more nodes than allowed: the largest', () => {
    const { tree } = flameTree(folded(profile), { ...ALL, maxNodes: 3 });
    expect(tree.length).toBeLessThanOrEqual(3);
    expect(tree.frames.name[tree.frame[1] ?? -1]).toBe('main.main');
  });

  test('shows small parts of what is zoomed into, and the way there', () => {
    const limits = { minShare: 0.2, maxNodes: 1000, zoom: ['main.main', 'main.idle'] };
    const { tree } = flameTree(folded(profile), limits);
    const names = [...tree.frame].map((frame) => tree.frames.name[frame]);
    expect(names).toContain('main.idle');
  });
});

describe('a comparison', () => {
  const compared = profileFromText(`
    main.main;main.old -4 {pprof::base=true}
    main.main;main.both -5 {pprof::base=true}
    main.main;main.both 7
    main.main;main.new 2
  `);

  test('keeps both sides apart, for the same nodes', () => {
    const { tree, base } = flameTree(folded(compared), ALL);
    const valueIn = (name: string, column: Float64Array | undefined) =>
      column?.[[...tree.frame].findIndex((frame) => tree.frames.name[frame] === name)];
    expect(tree.total[0]).toBe(9);
    expect(base?.total[0]).toBe(9);
    expect(valueIn('main.both', tree.total)).toBe(7);
    expect(valueIn('main.both', base?.total)).toBe(5);
    expect(valueIn('main.old', tree.total)).toBe(0);
    expect(valueIn('main.old', base?.total)).toBe(4);
    expect(valueIn('main.new', base?.total)).toBe(0);
  });
});
