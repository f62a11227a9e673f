/**
 * Goroutines that wait at the same place in the same state: the answer to "what are they all doing".
 *
 * A group has one stack, state, label set, `(leaked)` mark and creator; waiting times and ids may
 * differ. Keys are integers throughout, so that 100,000 goroutines cost one look-up each. What
 * groups have in common beyond that is the concern of cluster.ts.
 */
import type { GoroutineHeader, Labels } from './header.ts';
import { RunInterner } from './intern.ts';
import { allRows, type Frame, frameAt, framesOf, type GoroutineTable, type Rows } from './table.ts';

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

export interface GroupOptions {
  /** Only these rows; all of them when missing. */
  readonly rows?: Rows;
  /** What also tells two headers apart, besides what a group shares. */
  readonly apart?: (header: GoroutineHeader) => unknown;
}

/** Groups, largest first; equal counts in the order of the dump. */
export function groupGoroutines(
  table: GoroutineTable,
  { rows = allRows(table), apart }: GroupOptions = {},
): GoroutineGroup[] {
  const classes = classesOf(table.headers, apart);
  const keys = new RunInterner();
  const key = new Int32Array(4);
  const groups: Growing[] = [];
  for (let row = rows.from; row < rows.to; row++) {
    const header = table.header[row];
    key[0] = classes[header];
    key[1] = table.stack[row];
    key[2] = table.createdBy[row];
    key[3] = table.createdAt[row];
    const index = keys.intern(key, 4);
    const minutes = table.headers[header].waitMinutes;
    let group = groups[index];
    if (group === undefined) {
      group = { count: 0, row, min: minutes, max: minutes, ids: [] };
      groups.push(group);
    }
    group.count += table.counts[row];
    if (minutes < group.min) group.min = minutes;
    if (minutes > group.max) group.max = minutes;
    if (table.ids[row] >= 0) group.ids.push(table.ids[row]);
  }
  groups.sort((a, b) => b.count - a.count || a.row - b.row);
  return groups.map((group) => finished(table, group));
}

/** By header: one number for all that differ in their waiting time alone. */
function classesOf(
  headers: readonly GoroutineHeader[],
  apart: (header: GoroutineHeader) => unknown = () => 0,
): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from(headers, (header) => {
    const { state, leaked, lockedToThread, bubble, durable, labels } = header;
    const own = [state, leaked, lockedToThread, bubble, durable, labels, apart(header)];
    const key = JSON.stringify(own);
    const number = known.get(key) ?? known.size;
    known.set(key, number);
    return number;
  });
}

function finished(table: GoroutineTable, { count, row, min, max, ids }: Growing): GoroutineGroup {
  const { state, leaked, lockedToThread, labels } = table.headers[table.header[row]];
  return {
    count,
    state,
    leaked,
    lockedToThread,
    waitMinutes: { min, max },
    labels,
    stack: framesOf(table, table.stack[row]),
    createdBy: creatorOf(table, row),
    ids,
  };
}

/** The go statement that a row's goroutine comes from; undefined = not said. */
export function creatorOf(table: GoroutineTable, row: number): Frame | undefined {
  const creator = table.createdBy[row];
  return creator < 0 ? undefined : frameAt(table, creator, table.createdAt[row]);
}
