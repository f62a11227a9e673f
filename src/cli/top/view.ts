/**
 * What a key does to the view of `whygo top`: a pure step from view to view, and what must be done
 * besides. Keys are htop's where both have the same thing.
 */
import type { FunctionSort, GroupSort } from './rows.ts';

export const TABS = ['goroutines', 'cpu', 'heap', 'findings'] as const;
export type Tab = (typeof TABS)[number];

export const GROUP_SORTS: readonly GroupSort[] = ['count', 'change', 'state', 'wait', 'function'];
export const FUNCTION_SORTS: readonly FunctionSort[] = ['flat', 'cum', 'function'];

export interface TopView {
  readonly tab: Tab;
  readonly groupSort: GroupSort;
  readonly functionSort: FunctionSort;
  readonly reversed: boolean;
  readonly filter: string;
  /** The filter is being written. */
  readonly typing: boolean;
  /** Row of the table; the screen keeps it in sight. */
  readonly selected: number;
  readonly paused: boolean;
  readonly help: boolean;
  /** The selected row's stack or evidence is shown. */
  readonly detail: boolean;
  /** Profile the CPU again and again. */
  readonly profiling: boolean;
  /** Read states and waits with debug=2. */
  readonly exact: boolean;
  readonly everyMillis: number;
}

export const FIRST_VIEW: TopView = {
  tab: 'goroutines',
  groupSort: 'count',
  functionSort: 'flat',
  reversed: false,
  filter: '',
  typing: false,
  selected: 0,
  paused: false,
  help: false,
  detail: false,
  profiling: false,
  exact: false,
  everyMillis: 2000,
};

export interface Binding {
  /** As `keysOf` names them; the first is shown. */
  readonly keys: readonly string[];
  readonly label: string;
  readonly help: string;
  /** Shown at the bottom, as in htop. */
  readonly footer?: boolean;
  readonly act: (view: TopView, key: string) => TopView | 'quit';
}

const EVERY_STEPS = [500, 1000, 2000, 5000, 10_000, 30_000];

/** The one table of keys: the reducer, the help and the footer are made from it. */
export const BINDINGS: readonly Binding[] = [
  {
    keys: ['F1', '?', 'h'],
    label: 'Help',
    help: 'this help',
    footer: true,
    act: (v) => ({ ...v, help: !v.help }),
  },
  {
    keys: ['tab', 'right', 'l'],
    label: 'Next',
    help: 'next table',
    act: (v) => withTab(v, nextTab(v, 1)),
  },
  {
    keys: ['shift-tab', 'left'],
    label: 'Last',
    help: 'table before',
    act: (v) => withTab(v, nextTab(v, -1)),
  },
  {
    keys: ['1', '2', '3', '4'],
    label: 'Table',
    help: 'goroutines, CPU, heap, findings',
    act: (v, key) => withTab(v, TABS[Number(key) - 1] ?? v.tab),
  },
  {
    keys: ['F2', 'enter'],
    label: 'Stack',
    help: 'stack or evidence of the selected row',
    footer: true,
    act: (v) => ({ ...v, detail: !v.detail }),
  },
  {
    keys: ['F4', '/', '\\', 'F3'],
    label: 'Filter',
    help: 'only rows with this text in a frame, file or state',
    footer: true,
    act: (v) => ({ ...v, typing: true }),
  },
  {
    keys: ['F5', 'c'],
    label: 'CPU',
    help: 'profile the CPU, 2 s of every 5, at 100 Hz; again: end',
    footer: true,
    act: (v) => ({ ...(v.profiling ? v : withTab(v, 'cpu')), profiling: !v.profiling }),
  },
  {
    keys: ['F6', '>', '.'],
    label: 'Sort',
    help: 'sort by the next column',
    footer: true,
    act: (v) => sorted(v, 1),
  },
  {
    keys: ['<', ','],
    label: 'Sort back',
    help: 'sort by the column before',
    act: (v) => sorted(v, -1),
  },
  {
    keys: ['I', 'r'],
    label: 'Reverse',
    help: 'reverse the order',
    act: (v) => ({ ...v, reversed: !v.reversed }),
  },
  {
    keys: ['F7', '-'],
    label: 'Slower',
    help: 'ask less often',
    footer: true,
    act: (v) => paced(v, 1),
  },
  {
    keys: ['F8', '+', '='],
    label: 'Faster',
    help: 'ask more often',
    footer: true,
    act: (v) => paced(v, -1),
  },
  {
    keys: ['F9', 'd'],
    label: 'States',
    help: 'exact states and waits; stops it 1 ms per 100 goroutines',
    footer: true,
    act: (v) => ({ ...v, exact: !v.exact }),
  },
  {
    keys: ['space', 'Z'],
    label: 'Pause',
    help: 'hold the picture, and ask nothing',
    act: (v) => ({ ...v, paused: !v.paused }),
  },
  { keys: ['up', 'k'], label: 'Up', help: 'row above', act: (v) => moved(v, -1) },
  { keys: ['down', 'j'], label: 'Down', help: 'row below', act: (v) => moved(v, 1) },
  { keys: ['page-up'], label: 'Page up', help: 'ten rows up', act: (v) => moved(v, -10) },
  { keys: ['page-down'], label: 'Page down', help: 'ten rows down', act: (v) => moved(v, 10) },
  { keys: ['home', 'g'], label: 'First', help: 'first row', act: (v) => ({ ...v, selected: 0 }) },
  {
    keys: ['escape'],
    label: 'Back',
    help: 'close what is open, then take the filter back',
    act: back,
  },
  { keys: ['F10', 'q', 'ctrl-c'], label: 'Quit', help: 'end', footer: true, act: () => 'quit' },
];

export function pressed(view: TopView, key: string): TopView | 'quit' {
  if (view.typing) return typed(view, key);
  return BINDINGS.find(({ keys }) => keys.includes(key))?.act(view, key) ?? view;
}

function typed(view: TopView, key: string): TopView | 'quit' {
  if (key === 'ctrl-c') return 'quit';
  if (key === 'enter') return { ...view, typing: false };
  if (key === 'escape') return { ...view, typing: false, filter: '', selected: 0 };
  if (key === 'backspace') return { ...view, filter: view.filter.slice(0, -1), selected: 0 };
  const character = key === 'space' ? ' ' : key;
  return [...character].length === 1
    ? { ...view, filter: view.filter + character, selected: 0 }
    : view;
}

function back(view: TopView): TopView {
  if (view.help) return { ...view, help: false };
  if (view.detail) return { ...view, detail: false };
  return { ...view, filter: '', selected: 0 };
}

function withTab(view: TopView, tab: Tab): TopView {
  return view.tab === tab ? view : { ...view, tab, selected: 0, detail: false, reversed: false };
}

function nextTab({ tab }: TopView, step: number): Tab {
  return TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length] ?? tab;
}

function moved(view: TopView, step: number): TopView {
  return { ...view, selected: Math.max(0, view.selected + step) };
}

function sorted(view: TopView, step: number): TopView {
  const next = <T>(all: readonly T[], now: T): T =>
    all[(all.indexOf(now) + step + all.length) % all.length] ?? now;
  if (view.tab === 'goroutines') return { ...view, groupSort: next(GROUP_SORTS, view.groupSort) };
  return { ...view, functionSort: next(FUNCTION_SORTS, view.functionSort) };
}

function paced(view: TopView, step: number): TopView {
  const at = EVERY_STEPS.findIndex((millis) => millis >= view.everyMillis);
  const from = at < 0 ? EVERY_STEPS.length - 1 : at;
  const to = Math.min(EVERY_STEPS.length - 1, Math.max(0, from + step));
  return { ...view, everyMillis: EVERY_STEPS[to] ?? view.everyMillis };
}
