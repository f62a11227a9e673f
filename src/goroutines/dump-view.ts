/**
 * What the page shows of one or several dumps: groups with their counts in each of them, the lives
 * of goroutines, and who waits for whom. A view model of plain data, which a worker can hand over.
 *
 * Cost: grouping every dump once; 50 dumps at most are counted, evenly spread.
 */
import {
  clusterGoroutines,
  type GoroutineCluster,
  type GroupBy,
  groupKey,
  type StateFamily,
  similarKey,
  stateFamily,
} from './cluster.ts';
import type { Dump } from './dumps.ts';
import { type WaitGraph, waitGraphOf } from './holders.ts';
import { type GoroutineTimeline, timelineOf } from './timeline.ts';

export interface DumpRow {
  /** What its goroutines share, in words. */
  readonly title: string;
  /** Of the shown dump; of the last that has it, where the shown one has none. */
  readonly cluster: GoroutineCluster;
  /** One for each dump. */
  readonly counts: readonly number[];
}

export interface FamilyCount {
  readonly family: StateFamily;
  readonly counts: readonly number[];
}

export interface DumpView {
  /** Unix milliseconds by dump; NaN = not known. */
  readonly times: readonly number[];
  readonly totals: readonly number[];
  /** Dumps that the input has; `times` may leave some of them out. */
  readonly dumpCount: number;
  /** Index of the dump whose groups and waits these are. */
  readonly shown: number;
  /** Most goroutines in the shown dump first; what only other dumps have is last. */
  readonly rows: readonly DumpRow[];
  readonly families: readonly FamilyCount[];
  /** undefined = there is one dump, or none has ids. */
  readonly lives: GoroutineTimeline | undefined;
  /** undefined = the dump has no arguments, from which locks and channels are known. */
  readonly waits: WaitGraph | undefined;
  readonly notUnderstood: number;
}

const MOST_DUMPS = 50;

/** `shown` counts from 0; the last dump when there is none of that number. Needs one dump at least. */
export function dumpView(all: readonly Dump[], shown: number, by: GroupBy): DumpView {
  const dumps = spread(all, MOST_DUMPS);
  const at = dumps[shown] === undefined ? dumps.length - 1 : shown;
  const { table, rows } = dumps[at];
  const hasIds = dumps.some((dump) => dump.table.ids[dump.rows.from] > 0);
  return {
    times: dumps.map(({ timeMillis }) => timeMillis),
    totals: dumps.map(({ goroutines }) => goroutines),
    dumpCount: all.length,
    shown: at,
    rows: rowsOf(dumps, at, by),
    families: familiesOf(dumps),
    lives: dumps.length > 1 && hasIds ? timelineOf(dumps) : undefined,
    waits: table.arguments === undefined || !hasIds ? undefined : waitGraphOf(table, rows),
    notUnderstood: dumps.reduce((sum, dump) => sum + dump.table.notUnderstoodCount, 0),
  };
}

/** The first and the last, and as many between them. */
function spread<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  const step = (list.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => list[Math.round(i * step)]);
}

function rowsOf(dumps: readonly Dump[], shown: number, by: GroupBy): DumpRow[] {
  const rows = new Map<string, { title: string; cluster: GoroutineCluster; counts: number[] }>();
  dumps.forEach(({ table, rows: part }, dump) => {
    for (const cluster of clusterGoroutines(table, by, { rows: part })) {
      const key = keyOf(cluster, by);
      const row = rows.get(key) ?? { title: cluster.key, cluster, counts: dumps.map(() => 0) };
      row.counts[dump] += cluster.count;
      if (dump === shown || row.counts[shown] === 0) row.cluster = cluster;
      rows.set(key, row);
    }
  });
  return [...rows.values()].sort(
    (a, b) => b.counts[shown] - a.counts[shown] || Math.max(...b.counts) - Math.max(...a.counts),
  );
}

/** The same in every dump. */
function keyOf({ key, groups }: GoroutineCluster, by: GroupBy): string {
  if (by === 'stack') return groupKey(groups[0]);
  return by === 'similar' ? similarKey(groups[0]) : key;
}

function familiesOf(dumps: readonly Dump[]): FamilyCount[] {
  const families = new Map<StateFamily, number[]>();
  dumps.forEach(({ table, rows }, dump) => {
    const known = table.headers.map(({ state }) => stateFamily(state));
    for (let row = rows.from; row < rows.to; row++) {
      const family = known[table.header[row]];
      const counts = families.get(family) ?? dumps.map(() => 0);
      counts[dump] += table.counts[row];
      families.set(family, counts);
    }
  });
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return [...families]
    .map(([family, counts]) => ({ family, counts }))
    .sort((a, b) => sum(b.counts) - sum(a.counts));
}
