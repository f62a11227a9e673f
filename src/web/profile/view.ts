/**
 * What the profile panel shows, as plain data: everything a link must bring back.
 *
 * Not the place of transient state (hover, open menus, pinned details). Whoever mounts the panel
 * owns this value and its form in the URL; the panel only asks for changes.
 */

import type { PageOptions } from '../../report/pprof/pagesettings.ts';
import type { ProfileSource } from '../data/source.ts';

export const PROFILE_VIEWS = [
  'flame',
  'table',
  'sandwich',
  'snapshots',
  'goroutines',
  'lifelines',
  'waits',
  'who',
  'labels',
  'time',
  'graph',
  'peek',
  'source',
  'disasm',
] as const;
export type ProfileViewName = (typeof PROFILE_VIEWS)[number];

export const VIEW_TITLES: Readonly<Record<ProfileViewName, string>> = {
  flame: 'Flame',
  table: 'Table',
  sandwich: 'Sandwich',
  snapshots: 'Snapshots',
  goroutines: 'Goroutines',
  lifelines: 'Lifelines',
  waits: 'Waits',
  who: 'Who',
  labels: 'Labels',
  time: 'Time',
  graph: 'Graph',
  peek: 'Peek',
  source: 'Source',
  disasm: 'Assembly',
};

/** The key of each view; digits for what other viewers have. */
export const VIEW_KEYS: Readonly<Record<ProfileViewName, string>> = {
  flame: '1',
  table: '2',
  sandwich: '3',
  snapshots: '4',
  graph: '5',
  peek: '6',
  source: '7',
  disasm: '8',
  who: '9',
  goroutines: 'Shift+G',
  lifelines: 'Shift+J',
  waits: 'Shift+K',
  labels: 'Shift+L',
  time: 'Shift+T',
};

/** The views that a source has something for. */
export function viewsOf(source: ProfileSource): readonly ProfileViewName[] {
  const hidden = new Set<ProfileViewName>(source.single === true ? ['snapshots'] : []);
  if (source.reports === undefined) for (const name of REPORT_VIEWS) hidden.add(name);
  if (source.reports?.graph === undefined) hidden.add('graph');
  return PROFILE_VIEWS.filter((name) => !hidden.has(name));
}

/** What only goroutines have. */
export const GOROUTINE_VIEWS: readonly ProfileViewName[] = ['goroutines', 'lifelines', 'waits'];

const REPORT_VIEWS: readonly ProfileViewName[] = ['graph', 'peek', 'source', 'disasm'];

export const DIFF_MODES = ['share', 'total', 'absolute'] as const;

export interface ProfileView {
  /** Profile type, e.g. 'cpu', 'heap'; '' = the source's first. */
  readonly type: string;
  /** Sample type, e.g. 'inuse_space'; '' = the type's default. */
  readonly sample: string;
  readonly view: ProfileViewName;
  /** RE2 patterns; '' = none. `search` only lights frames, the other four change the tree. */
  readonly search: string;
  readonly focus: string;
  readonly ignore: string;
  readonly hide: string;
  readonly show: string;
  /** Fold from the leaves: callers below what they call. */
  readonly invert: boolean;
  /** Join direct and mutual recursion into one frame. */
  readonly collapseRecursion: boolean;
  /** Frame names from the outermost to the one that fills the width; [] = everything. */
  readonly zoom: readonly string[];
  /** After a free zoom: the shown part of the width, 0 ≤ from < to ≤ 1; undefined = as `zoom` says. */
  readonly range: readonly [from: number, to: number] | undefined;
  /** Name of the frame in the middle of the sandwich; '' = none yet. */
  readonly sandwich: string;
  /** RE2 pattern of the functions that peek, source and assembly show; '' = the heaviest. */
  readonly symbol: string;
  /** pprof's further options by their parameter (`tf`, `g`, …), for sources that apply them. */
  readonly options: PageOptions;
  /** A label whose values are the outermost frames of every view; '' = none. */
  readonly group: string;
  /** Part of the time that samples tell, seconds since the first of them; undefined = all of it. */
  readonly within: readonly [from: number, to: number] | undefined;
  /** Labels that samples must carry, e.g. {endpoint: '/list'}. */
  readonly labels: Readonly<Record<string, string>>;
  /**
   * How a difference is counted: 'share' scales the base to the same time, 'total' to the same total
   * (what pprof calls normalized), 'absolute' does not scale it.
   */
  readonly diff: (typeof DIFF_MODES)[number];
  /** Times (unix ms) of the snapshots side by side; [] = the source's choice. */
  readonly snapshots: readonly number[];
  /** How goroutines are grouped (`GroupBy`); '' = by identical stacks. */
  readonly by: string;
  /** Number of the shown goroutine dump, from 1; '' = the last. */
  readonly dump: string;
}

export const INITIAL_VIEW: ProfileView = {
  type: '',
  sample: '',
  view: 'flame',
  search: '',
  focus: '',
  ignore: '',
  hide: '',
  show: '',
  invert: false,
  collapseRecursion: false,
  zoom: [],
  range: undefined,
  sandwich: '',
  symbol: '',
  options: {},
  group: '',
  within: undefined,
  labels: {},
  diff: 'share',
  snapshots: [],
  by: '',
  dump: '',
};

/** Takes back everything that narrows the picture. */
export const NO_FILTERS: Partial<ProfileView> = {
  focus: '',
  ignore: '',
  hide: '',
  show: '',
  options: {},
  labels: {},
  within: undefined,
  collapseRecursion: false,
};

/**
 * Asks for a change. 'push' makes a step that Back undoes (zoom, filters, tabs); 'replace' does not
 * (typing in the search field).
 */
export type ChangeView = (change: Partial<ProfileView>, history?: 'push' | 'replace') => void;
