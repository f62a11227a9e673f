/**
 * What a list of goroutines needs: which rows to show, in which order, and what stands in one.
 *
 * Selecting works on the columns: headers and stacks are judged once each, not once a goroutine, so
 * that 100,000 rows are filtered between two key strokes. Rows are made when they are drawn.
 */
import { type StateFamily, stateFamily } from './cluster.ts';
import { creatorOf } from './group.ts';
import type { Labels } from './header.ts';
import {
  type Ancestor,
  allRows,
  type Frame,
  framesOf,
  type GoroutineTable,
  type Rows,
} from './table.ts';

export interface GoroutineRow {
  readonly row: number;
  /** -1 = not said. */
  readonly id: number;
  /** 1, but for records of debug=1. */
  readonly count: number;
  readonly state: string;
  readonly family: StateFamily;
  readonly leaked: boolean;
  readonly lockedToThread: boolean;
  readonly waitMinutes: number;
  readonly labels: Labels;
  readonly stack: readonly Frame[];
  readonly createdBy: Frame | undefined;
  /** Id of the goroutine that ran the go statement; -1 = not said. */
  readonly creatorId: number;
  readonly ancestors: readonly Ancestor[];
}

export function goroutineRow(table: GoroutineTable, row: number): GoroutineRow {
  const { state, leaked, lockedToThread, waitMinutes, labels } = table.headers[table.header[row]];
  return {
    row,
    id: table.ids[row],
    count: table.counts[row],
    state,
    family: stateFamily(state),
    leaked,
    lockedToThread,
    waitMinutes,
    labels,
    stack: framesOf(table, table.stack[row]),
    createdBy: creatorOf(table, row),
    creatorId: table.creators[row],
    ancestors: table.ancestors.get(row) ?? [],
  };
}

export interface RowFilter {
  readonly rows?: Rows;
  /** In a function, a file, the creator, a label or the id; case is ignored. '' = all. */
  readonly text?: string;
  readonly family?: StateFamily;
  readonly leaked?: boolean;
  readonly atLeastMinutes?: number;
}

/** Equal ones keep the order of the dump. */
export type RowOrder = 'dump' | 'id' | 'wait' | 'state';

/** Rows that the filter lets through, in that order. */
export function selectRows(
  table: GoroutineTable,
  { rows = allRows(table), text = '', family, leaked, atLeastMinutes = 0 }: RowFilter = {},
  order: RowOrder = 'dump',
): Int32Array {
  const wanted = text.toLowerCase();
  const has = (part: string) => part.toLowerCase().includes(wanted);
  const isFunction = table.functions.map(has);
  const isPlace = table.places.map(({ file, line }) => has(`${file}:${line}`));
  const isStack: boolean[] = [];
  const stackHas = (stack: number): boolean => {
    isStack[stack] ??= table.stacks
      .run(stack)
      .some((part, i) => (i % 2 === 0 ? isFunction[part] : isPlace[part]) === true);
    return isStack[stack];
  };
  const allowed = table.headers.map(
    (header) =>
      header.waitMinutes >= atLeastMinutes &&
      (family === undefined || stateFamily(header.state) === family) &&
      (leaked === undefined || header.leaked === leaked),
  );
  const labelled = table.headers.map(({ labels }) => labels.some(([k, v]) => has(`${k}=${v}`)));
  const found: number[] = [];
  for (let row = rows.from; row < rows.to; row++) {
    const header = table.header[row];
    if (!allowed[header]) continue;
    const matches =
      wanted === '' ||
      labelled[header] ||
      stackHas(table.stack[row]) ||
      isFunction[table.createdBy[row]] === true ||
      isPlace[table.createdAt[row]] === true ||
      String(table.ids[row]) === wanted;
    if (matches) found.push(row);
  }
  return Int32Array.from(sorted(table, found, order));
}

function sorted(table: GoroutineTable, rows: number[], order: RowOrder): number[] {
  const header = (row: number) => table.headers[table.header[row]];
  switch (order) {
    case 'dump':
      return rows;
    case 'id':
      return rows.sort((a, b) => table.ids[a] - table.ids[b]);
    case 'wait':
      return rows.sort((a, b) => header(b).waitMinutes - header(a).waitMinutes);
    case 'state':
      return rows.sort((a, b) => compareText(header(a).state, header(b).state));
  }
}

/** By code units, the same everywhere. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
