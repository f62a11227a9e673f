/**
 * Goroutines that wait at the same place in the same state: the answer to "what are they all doing".
 *
 * A group has one stack, state, label set, `(leaked)` mark and creator; waiting times and ids may
 * differ. Keys are integers throughout, so that 100,000 goroutines cost one look-up each. The JSON
 * is the contract `whygo.goroutines/1`.
 */
import type { GoroutineHeader, Labels } from './header.ts';
import { RunInterner } from './intern.ts';
import {
  type Frame,
  frameAt,
  framesOf,
  type GoroutineTable,
  goroutineCount,
  type NotUnderstood,
} from './table.ts';

export interface GoroutineGroup {
  readonly count: number;
  /** '' = the source (debug=1) does not say. */
  readonly state: string;
  readonly leaked: boolean;
  readonly lockedToThread: boolean;
  /** Whole minutes; 0 = less than one, or not said. */
  readonly waitMinutes: { readonly min: number; readonly max: number };
  readonly labels: Labels;
  /** Leaf first. */
  readonly stack: readonly Frame[];
  readonly createdBy: Frame | undefined;
  /** Ascending as in the dump; empty for debug=1. */
  readonly ids: readonly number[];
}

interface Growing {
  count: number;
  readonly row: number;
  min: number;
  max: number;
  readonly ids: number[];
}

/** Groups, largest first; equal counts in the order of the dump. */
export function groupGoroutines(table: GoroutineTable): GoroutineGroup[] {
  const classes = classesOf(table.headers);
  const keys = new RunInterner();
  const key = new Int32Array(4);
  const groups: Growing[] = [];
  for (let row = 0; row < table.length; row++) {
    const header = table.header[row] ?? 0;
    key[0] = classes[header] ?? 0;
    key[1] = table.stack[row] ?? 0;
    key[2] = table.createdBy[row] ?? -1;
    key[3] = table.createdAt[row] ?? -1;
    const index = keys.intern(key, 4);
    const minutes = table.headers[header]?.waitMinutes ?? 0;
    const id = table.ids[row] ?? -1;
    let group = groups[index];
    if (group === undefined) {
      group = { count: 0, row, min: minutes, max: minutes, ids: [] };
      groups.push(group);
    }
    group.count += table.counts[row] ?? 0;
    if (minutes < group.min) group.min = minutes;
    if (minutes > group.max) group.max = minutes;
    if (id >= 0) group.ids.push(id);
  }
  groups.sort((a, b) => b.count - a.count || a.row - b.row);
  return groups.map((group) => finished(table, group));
}

/** By header: one number for all that differ in their waiting time alone. */
function classesOf(headers: readonly GoroutineHeader[]): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from(headers, (header) => {
    const { state, leaked, lockedToThread, bubble, durable, labels } = header;
    const key = JSON.stringify([state, leaked, lockedToThread, bubble, durable, labels]);
    const number = known.get(key) ?? known.size;
    known.set(key, number);
    return number;
  });
}

function finished(table: GoroutineTable, { count, row, min, max, ids }: Growing): GoroutineGroup {
  const header = table.headers[table.header[row] ?? 0];
  const creator = table.createdBy[row] ?? -1;
  return {
    count,
    state: header?.state ?? '',
    leaked: header?.leaked ?? false,
    lockedToThread: header?.lockedToThread ?? false,
    waitMinutes: { min, max },
    labels: header?.labels ?? [],
    stack: framesOf(table, table.stack[row] ?? 0),
    createdBy: creator < 0 ? undefined : frameAt(table, creator, table.createdAt[row] ?? -1),
    ids,
  };
}

export interface GoroutinesJson {
  readonly schema: 'whygo.goroutines/1';
  readonly total: number;
  readonly groups: readonly {
    readonly count: number;
    readonly state: string;
    readonly leaked: boolean;
    readonly lockedToThread: boolean;
    readonly waitMinutes: { readonly min: number; readonly max: number };
    readonly labels: Readonly<Record<string, string>>;
    readonly stack: readonly Frame[];
    readonly createdBy: Frame | null;
    readonly ids: readonly number[];
  }[];
  /** The first 100 of `notUnderstoodCount`. */
  readonly notUnderstood: readonly NotUnderstood[];
  readonly notUnderstoodCount: number;
}

/** What `whygo goroutines --json` prints. */
export function goroutinesJson(table: GoroutineTable): GoroutinesJson {
  return {
    schema: 'whygo.goroutines/1',
    total: goroutineCount(table),
    groups: groupGoroutines(table).map((group) => ({
      ...group,
      labels: Object.fromEntries(group.labels),
      createdBy: group.createdBy ?? null,
    })),
    notUnderstood: table.notUnderstood,
    notUnderstoodCount: table.notUnderstoodCount,
  };
}
