/**
 * The tables of `whygo top`: goroutine groups and functions as rows, sorted and filtered. Pure.
 *
 * Goroutines that only serve this observation are left out, and so are rows of the runtime alone
 * that wait as they always do; the total counts all.
 */
import { type Frame, type FrameBook, siteIndex } from '../../explain/frames.ts';
import { type WaitKind, waitOf } from '../../explain/waits.ts';
import { groupGoroutines } from '../../goroutines/group.ts';
import type { GoroutineTable } from '../../goroutines/table.ts';
import { type Profile, sampleIndexOf } from '../../profile/profile.ts';
import { topTable } from '../../report/top.ts';

export interface GroupRow {
  /** The same in later readings. */
  readonly key: string;
  readonly count: number;
  /** Since the first reading. */
  readonly change: number;
  readonly state: string;
  /** The state was told by the stack; the reading itself has none. */
  readonly inferred: boolean;
  /** Whole minutes; NaN = the reading does not tell. */
  readonly waitMinutes: number;
  /** The line that its user can change. */
  readonly function: string;
  readonly file: string;
  readonly line: number;
  /** The function that the goroutine began in. */
  readonly root: string;
  /** Leaf first. */
  readonly stack: readonly Frame[];
}

export interface FunctionRow {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly flat: number;
  readonly cum: number;
}

export interface FunctionTable {
  readonly rows: readonly FunctionRow[];
  readonly total: number;
  /** pprof's unit. */
  readonly unit: string;
}

const STATES: Readonly<Record<WaitKind, string>> = {
  send: 'chan send',
  receive: 'chan receive',
  select: 'select',
  lock: 'lock',
  'wait-group': 'WaitGroup',
  condition: 'Cond',
  sleep: 'sleep',
  io: 'IO wait',
  forever: 'select {}',
  running: 'running',
};

/** `before` has the counts of the first reading by key; undefined = this is it. */
export function groupRows(
  table: GoroutineTable,
  book: FrameBook,
  before: ReadonlyMap<string, number> | undefined,
): GroupRow[] {
  const rows = new Map<string, GroupRow>();
  for (const group of groupGoroutines(table)) {
    const stack = group.stack.map((f) => book.frame(f.function, f.file, f.line));
    if (stack.some(({ observer }) => observer)) continue;
    const site = stack[siteOf(stack)];
    const root = stack.findLast((frame) => frame.function !== 'runtime.goexit');
    const inferred = group.state === '';
    const state = `${inferred ? STATES[waitOf(stack)] : group.state}${group.leaked ? ' (leaked)' : ''}`;
    const place = {
      function: site?.function || '(no name)',
      file: site?.file ?? '',
      line: site?.line ?? 0,
    };
    // Without the state, which changes with how it was read.
    const key = `${place.function}\0${place.file}:${place.line}\0${root?.function}`;
    const inState = `${key}\0${state}`;
    const had = rows.get(inState);
    rows.set(inState, {
      key,
      ...place,
      count: group.count + (had?.count ?? 0),
      change: 0,
      state,
      inferred,
      waitMinutes: inferred ? Number.NaN : Math.max(group.waitMinutes.max, had?.waitMinutes ?? 0),
      root: root?.function ?? '',
      stack: had?.stack ?? stack,
    });
  }
  const now = countsOf([...rows.values()]);
  return [...rows.values()].map((row) => {
    const grown =
      (now.get(row.key) ?? 0) - (before === undefined ? Number.NaN : (before.get(row.key) ?? 0));
    return { ...row, change: Number.isNaN(grown) ? 0 : grown };
  });
}

/** The user's line; of the standard library's own goroutines the function that they are for. */
function siteOf(stack: readonly Frame[]): number {
  const at = siteIndex(stack);
  const origin = stack[at]?.origin;
  if (origin === 'own' || origin === 'dependency') return at;
  return Math.max(
    0,
    stack.findLastIndex((frame) => frame.origin === 'standard'),
  );
}

export function countsOf(rows: readonly GroupRow[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { key, count } of rows) counts.set(key, (counts.get(key) ?? 0) + count);
  return counts;
}

/** Undefined when the profile has no such sample type. */
export function functionTable(profile: Profile, sampleType: string): FunctionTable | undefined {
  const sampleIndex = sampleIndexOf(profile, sampleType);
  if (sampleIndex < 0) return undefined;
  const { rows, total, unit } = topTable(profile, { sampleIndex });
  return { rows, total, unit };
}

export type GroupSort = 'count' | 'change' | 'state' | 'wait' | 'function';
export type FunctionSort = 'flat' | 'cum' | 'function';

export function sortGroups(
  rows: readonly GroupRow[],
  by: GroupSort,
  reversed: boolean,
): readonly GroupRow[] {
  const order: Readonly<Record<GroupSort, (a: GroupRow, b: GroupRow) => number>> = {
    count: (a, b) => b.count - a.count,
    change: (a, b) => b.change - a.change,
    state: (a, b) => compareText(a.state, b.state),
    wait: (a, b) => (b.waitMinutes || 0) - (a.waitMinutes || 0),
    function: (a, b) => compareText(a.function, b.function),
  };
  const sign = reversed ? -1 : 1;
  // Ties stand still, or rows would change places at every refresh.
  return rows.toSorted((a, b) => sign * order[by](a, b) || compareText(a.key, b.key));
}

export function sortFunctions(
  rows: readonly FunctionRow[],
  by: FunctionSort,
  reversed: boolean,
): readonly FunctionRow[] {
  const sign = reversed ? -1 : 1;
  const order = (a: FunctionRow, b: FunctionRow) =>
    by === 'function' ? compareText(a.name, b.name) : b[by] - a[by];
  return rows.toSorted((a, b) => sign * order(a, b) || compareText(a.name, b.name));
}

/** Case is ignored; of goroutines any frame of the stack and the state count. */
export function filterGroups(rows: readonly GroupRow[], text: string): readonly GroupRow[] {
  const wanted = text.toLowerCase();
  if (wanted === '') return rows;
  const has = (part: string) => part.toLowerCase().includes(wanted);
  return rows.filter(
    ({ stack, state }) => has(state) || stack.some((f) => has(f.function) || has(f.file)),
  );
}

export function filterFunctions(
  rows: readonly FunctionRow[],
  text: string,
): readonly FunctionRow[] {
  const wanted = text.toLowerCase();
  if (wanted === '') return rows;
  return rows.filter(({ name, file }) => `${name}\0${file}`.toLowerCase().includes(wanted));
}

/** By code units, the same everywhere. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
