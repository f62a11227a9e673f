/**
 * Groups of goroutines by what they have in common: similar stacks, state, wait, creator, a label.
 *
 * A cluster lists the groups of identical stacks in it, largest first, so that nothing is lost from
 * sight. Similar is: the same functions in the same order, in the same family of states. Lines may
 * differ, and runs of the same function, as in recursion, count once.
 */
import { type GoroutineGroup, type GroupOptions, groupGoroutines } from './group.ts';
import type { GoroutineHeader } from './header.ts';
import type { Frame, GoroutineTable } from './table.ts';

/** `label:KEY` groups by the value of one label. */
export type GroupBy =
  | 'stack'
  | 'similar'
  | 'state'
  | 'wait'
  | 'creator'
  | 'label'
  | `label:${string}`;

export interface GoroutineCluster {
  /** What the groups share, in words; '' = the dump does not say. */
  readonly key: string;
  readonly count: number;
  readonly waitMinutes: { readonly min: number; readonly max: number };
  /** Largest first. */
  readonly groups: readonly GoroutineGroup[];
}

/** The words of an option; undefined when they are none. */
export function parseGroupBy(text: string): GroupBy | undefined {
  const plain = ['stack', 'similar', 'state', 'wait', 'creator', 'label'] as const;
  const found = plain.find((name) => name === text);
  if (found !== undefined) return found;
  return text.startsWith('label:') && text.length > 6 ? `label:${text.slice(6)}` : undefined;
}

/** Clusters, largest first; waits from the longest to the shortest. */
export function clusterGoroutines(
  table: GoroutineTable,
  by: GroupBy,
  options: GroupOptions = {},
): GoroutineCluster[] {
  const apart =
    by === 'wait' ? (header: GoroutineHeader) => waitRange(header.waitMinutes) : undefined;
  const clusters = new Map<string, { name: string; groups: GoroutineGroup[] }>();
  const groups = groupGoroutines(table, apart === undefined ? options : { ...options, apart });
  for (const group of groups) {
    const { key, name } = keyOf(group, by);
    const cluster = clusters.get(key) ?? { name, groups: [] };
    cluster.groups.push(group);
    clusters.set(key, cluster);
  }
  const list = [...clusters.values()].map(({ name, groups: members }) => clusterOf(name, members));
  if (by === 'wait') return list.sort((a, b) => b.waitMinutes.min - a.waitMinutes.min);
  return list.sort((a, b) => b.count - a.count);
}

function clusterOf(key: string, groups: readonly GoroutineGroup[]): GoroutineCluster {
  return {
    key,
    count: groups.reduce((sum, { count }) => sum + count, 0),
    waitMinutes: {
      min: Math.min(...groups.map(({ waitMinutes }) => waitMinutes.min)),
      max: Math.max(...groups.map(({ waitMinutes }) => waitMinutes.max)),
    },
    groups,
  };
}

/** `key` tells clusters apart; `name` is what a person reads. */
function keyOf(group: GoroutineGroup, by: GroupBy): { key: string; name: string } {
  const named = (name: string) => ({ key: name, name });
  switch (by) {
    case 'stack':
      return { key: groupKey(group), name: leafName(group.stack) };
    case 'similar':
      return { key: similarKey(group), name: leafName(group.stack) };
    case 'state':
      return named(group.leaked ? `${group.state} (leaked)` : group.state);
    case 'wait':
      return named(waitRange(group.waitMinutes.min));
    case 'creator':
      return named(group.createdBy === undefined ? '' : placeText(group.createdBy));
    case 'label':
      return named(group.labels.map(([key, value]) => `${key}=${value}`).join(' '));
    default: {
      const wanted = by.slice('label:'.length);
      return named(group.labels.find(([key]) => key === wanted)?.[1] ?? '');
    }
  }
}

/** Equal for groups of one stack, state, creator and label set, also of different dumps. */
export function groupKey(group: GoroutineGroup): string {
  const { state, leaked, lockedToThread, labels, stack, createdBy } = group;
  return JSON.stringify([state, leaked, lockedToThread, labels, stack, createdBy]);
}

/** Equal for groups of the same chain of functions in the same family of states. */
export function similarKey({ state, stack }: GoroutineGroup): string {
  const names: string[] = [];
  for (const { function: name } of stack) if (name !== names.at(-1)) names.push(name);
  return JSON.stringify([stateFamily(state), names]);
}

/**
 * What a goroutine waits for at large. Wait reasons are waitReasonStrings of Go's
 * runtime/runtime2.go, statuses gStatusStrings of runtime/traceback.go.
 */
export type StateFamily =
  | 'running'
  | 'runnable'
  | 'syscall'
  | 'channel'
  | 'select'
  | 'lock'
  | 'network'
  | 'sleep'
  | 'runtime'
  | 'other'
  | 'unknown';

const FAMILIES: readonly (readonly [RegExp, StateFamily])[] = [
  [/^$/, 'unknown'],
  [/^running$/, 'running'],
  [/^(runnable|preempted|copystack)$/, 'runnable'],
  [/^syscall$/, 'syscall'],
  [/^chan (send|receive)/, 'channel'],
  [/^select/, 'select'],
  [/^(semacquire|semarelease|sync\.)/, 'lock'],
  [/^IO wait$/, 'network'],
  [/^sleep$/, 'sleep'],
  [
    /^(GC|force gc|finalizer|cleanup|garbage|GOMAXPROCS|trace|wait for GC|flushing|stopping|debug call|dumping|idle|timer goroutine)/,
    'runtime',
  ],
];

export function stateFamily(state: string): StateFamily {
  return FAMILIES.find(([pattern]) => pattern.test(state))?.[1] ?? 'other';
}

/** Upper bounds in minutes, exclusive, and what a wait below them is called. */
const RANGES: readonly (readonly [number, string])[] = [
  [1, 'less than a minute, or not said'],
  [5, '1 to 4 minutes'],
  [15, '5 to 14 minutes'],
  [60, '15 to 59 minutes'],
  [360, '1 to 5 hours'],
  [1440, '6 to 23 hours'],
];

function waitRange(minutes: number): string {
  return RANGES.find(([limit]) => minutes < limit)?.[1] ?? 'a day or more';
}

function leafName(stack: readonly Frame[]): string {
  return stack[0]?.function ?? '';
}

function placeText({ function: name, file, line }: Frame): string {
  return file === '' ? name : `${name}  ${file}:${line}`;
}
