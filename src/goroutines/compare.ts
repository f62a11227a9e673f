/**
 * Two dumps of one process, goroutine by goroutine: which are new, which are gone, which have not
 * moved, and which groups grew. Ids are never given twice in a process, so that the same id is the
 * same goroutine. debug=1 has no ids: then groups alone are compared.
 *
 * A goroutine that has the same id and stack in both has not necessarily waited all the time: a
 * worker may have come back to where it was. `waitMinutes` of the later dump says so where the
 * runtime does.
 */
import { similarKey } from './cluster.ts';
import type { Dump } from './dumps.ts';
import { creatorOf, type GoroutineGroup, groupGoroutines } from './group.ts';
import { type Frame, framesOf } from './table.ts';

export interface GroupChange {
  /** As in the later dump, or in the earlier one when it has none left. */
  readonly group: GoroutineGroup;
  readonly before: number;
  readonly after: number;
  /** Goroutines that are in the group in both dumps; 0 without ids. */
  readonly stayed: number;
}

export interface DumpComparison {
  readonly before: number;
  readonly after: number;
  /** False when one of them has no ids: the three counts are 0 then. */
  readonly hasIds: boolean;
  readonly created: number;
  readonly gone: number;
  /** The same id with the same stack in both. */
  readonly stayed: number;
  /** The same id with another stack. */
  readonly moved: number;
  /** Between the dumps, where both have a time stamp; NaN otherwise. */
  readonly seconds: number;
  /** Most growth first, then most shrinkage; groups without a change last. */
  readonly groups: readonly GroupChange[];
}

export function compareDumps(earlier: Dump, later: Dump): DumpComparison {
  const known = new Map<number, string>();
  const keysBefore = stackKeys(earlier);
  const keysAfter = stackKeys(later);
  for (let row = earlier.rows.from; row < earlier.rows.to; row++) {
    const id = earlier.table.ids[row];
    if (id > 0) known.set(id, keysBefore(row));
  }
  const counts = { created: 0, stayed: 0, moved: 0 };
  let found = 0;
  const stayedIds = new Set<number>();
  for (let row = later.rows.from; row < later.rows.to; row++) {
    const id = later.table.ids[row];
    if (id <= 0) continue;
    found++;
    const before = known.get(id);
    if (before === undefined) counts.created++;
    else if (before === keysAfter(row)) stayedIds.add(id);
    else counts.moved++;
  }
  counts.stayed = stayedIds.size;
  return {
    before: earlier.goroutines,
    after: later.goroutines,
    hasIds: known.size > 0 && found > 0,
    ...counts,
    gone: known.size - counts.stayed - counts.moved,
    seconds: (later.timeMillis - earlier.timeMillis) / 1000,
    groups: changesOf(earlier, later, stayedIds),
  };
}

/** By row: functions and lines as text, made once for each stack. */
function stackKeys({ table }: Dump): (row: number) => string {
  const texts: string[] = [];
  return (row) => {
    const stack = table.stack[row];
    texts[stack] ??= JSON.stringify(framesOf(table, stack));
    return texts[stack];
  };
}

function changesOf(earlier: Dump, later: Dump, stayed: ReadonlySet<number>): GroupChange[] {
  const changes = new Map<
    string,
    { group: GoroutineGroup; before: number; after: number; stayed: number }
  >();
  for (const group of mergedGroups(earlier)) {
    changes.set(growthKey(group), { group, before: group.count, after: 0, stayed: 0 });
  }
  for (const group of mergedGroups(later)) {
    const key = growthKey(group);
    const before = changes.get(key)?.before ?? 0;
    const same = group.ids.filter((id) => stayed.has(id)).length;
    changes.set(key, { group, before, after: group.count, stayed: same });
  }
  return [...changes.values()].sort((a, b) => {
    const [x, y] = [a.after - a.before, b.after - b.before];
    return Number(y > 0) - Number(x > 0) || Math.abs(y) - Math.abs(x) || b.after - a.after;
  });
}

/**
 * Equal for groups that are the same at different times: functions, lines, family of states and
 * creator. Labels, marks and exact states (a lock's `semacquire` of older versions) don't count.
 */
export function growthKey(group: GoroutineGroup): string {
  const lines = group.stack.map(({ file, line }) => `${file}:${line}`);
  return JSON.stringify([similarKey(group), lines, group.createdBy]);
}

/** Groups of a dump with equal growth keys as one. */
export function mergedGroups({ table, rows }: Dump): GoroutineGroup[] {
  const merged = new Map<string, GoroutineGroup>();
  for (const group of groupGoroutines(table, { rows })) {
    const key = growthKey(group);
    const known = merged.get(key);
    merged.set(key, known === undefined ? group : joined(known, group));
  }
  return [...merged.values()];
}

function joined(a: GoroutineGroup, b: GoroutineGroup): GoroutineGroup {
  const isSameLabels = JSON.stringify(a.labels) === JSON.stringify(b.labels);
  return {
    ...a,
    count: a.count + b.count,
    leaked: a.leaked || b.leaked,
    waitMinutes: {
      min: Math.min(a.waitMinutes.min, b.waitMinutes.min),
      max: Math.max(a.waitMinutes.max, b.waitMinutes.max),
    },
    labels: isSameLabels ? a.labels : [],
    ids: [...a.ids, ...b.ids],
  };
}

/** A goroutine that has waited at the same place since the first of the dumps. */
export interface StuckGoroutine {
  readonly id: number;
  readonly state: string;
  readonly stack: readonly Frame[];
  readonly createdBy: Frame | undefined;
  /** In the last dump. */
  readonly waitMinutes: number;
  /** Between the first and the last dump, where both say when they were taken; NaN otherwise. */
  readonly seconds: number;
}

/**
 * Goroutines with the same id, stack and state in all of the dumps, longest wait first. Whether
 * they are stuck or only idle is the caller's to say: pools and servers are among them.
 */
export function unmovedGoroutines(dumps: readonly Dump[]): StuckGoroutine[] {
  const [first, ...rest] = dumps;
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return [];
  let kept = placesById(first);
  for (const dump of rest) {
    const now = placesById(dump);
    kept = new Map([...now].filter(([id, place]) => kept.get(id)?.key === place.key));
  }
  const { table } = last;
  const found = [...kept].map(([id, { row }]) => {
    const header = table.headers[table.header[row]];
    return {
      id,
      state: header.state,
      stack: framesOf(table, table.stack[row]),
      createdBy: creatorOf(table, row),
      waitMinutes: header.waitMinutes,
      seconds: (last.timeMillis - first.timeMillis) / 1000,
    };
  });
  return found.sort((a, b) => b.waitMinutes - a.waitMinutes || a.id - b.id);
}

function placesById(dump: Dump): Map<number, { key: string; row: number }> {
  const keyOf = stackKeys(dump);
  const { table, rows } = dump;
  const places = new Map<number, { key: string; row: number }>();
  for (let row = rows.from; row < rows.to; row++) {
    const id = table.ids[row];
    const state = table.headers[table.header[row]].state;
    if (id > 0) places.set(id, { key: `${state} ${keyOf(row)}`, row });
  }
  return places;
}
