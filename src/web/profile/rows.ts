/**
 * The table behind the flame graph: self and cumulative value of every function of a call tree.
 *
 * The flame graph's equal for people who read numbers or cannot see the canvas. Cumulative values
 * count a sample once, however often it recurses. Cost: O(nodes) for the rows, O(rows log rows) to sort.
 */
import type { CallTree } from '../../profile/calltree.ts';
import { placeText } from './numbers.ts';
import type { Values } from './transform.ts';

/** Columns of the rows, one entry per frame that has a value. */
export interface Rows {
  readonly length: number;
  /** Index into the tree's frames. */
  readonly frame: Int32Array;
  readonly self: Float64Array;
  readonly cum: Float64Array;
  /** Base values, unscaled; undefined = not a difference. */
  readonly baseSelf: Float64Array | undefined;
  readonly baseCum: Float64Array | undefined;
}

/** Adds totals of the outermost nodes of each frame into `cum`, and own values into `self`. */
function addUp(
  tree: CallTree,
  own: Float64Array,
  totals: Float64Array,
  self: Float64Array,
  cum: Float64Array,
): void {
  /** How many nodes of a frame are on the path to the current node. */
  const open = new Int32Array(tree.frames.length);
  const path: number[] = [];
  for (let node = 1; node < tree.length; node++) {
    const depth = tree.depth[node] ?? 0;
    while (path.length >= depth) {
      const closed = path.pop() ?? 0;
      open[closed] = (open[closed] ?? 0) - 1;
    }
    const frame = tree.frame[node] ?? 0;
    self[frame] = (self[frame] ?? 0) + (own[node] ?? 0);
    if (open[frame] === 0) cum[frame] = (cum[frame] ?? 0) + (totals[node] ?? 0);
    open[frame] = (open[frame] ?? 0) + 1;
    path.push(frame);
  }
}

/** Rows of a tree that is folded from the root. */
export function rowsOf({ tree, base }: Values): Rows {
  const count = tree.frames.length;
  const column = () => new Float64Array(count);
  const [self, cum, baseSelf, baseCum] = [column(), column(), column(), column()];
  addUp(tree, tree.self, tree.total, self, cum);
  if (base) addUp(tree, base.self, base.total, baseSelf, baseCum);
  const present: number[] = [];
  for (let frame = 0; frame < count; frame++) {
    if (cum[frame] !== 0 || baseCum[frame] !== 0 || self[frame] !== 0) present.push(frame);
  }
  const take = (values: Float64Array) => Float64Array.from(present, (frame) => values[frame] ?? 0);
  return {
    length: present.length,
    frame: Int32Array.from(present),
    self: take(self),
    cum: take(cum),
    baseSelf: base && take(baseSelf),
    baseCum: base && take(baseCum),
  };
}

/** What rows can be sorted by; 'delta' is the change of the cumulative value. */
export type SortKey = 'self' | 'cum' | 'name' | 'delta' | 'deltaSelf';

export interface Sorting {
  readonly key: SortKey;
  readonly descending: boolean;
}

/** Row indices in order; `keep` drops rows (search). Ties go by the other measure, then by name. */
export function sortedRows(
  rows: Rows,
  frames: CallTree['frames'],
  sorting: Sorting,
  baseScale: number,
  keep: (frame: number) => boolean,
): Uint32Array {
  const order: number[] = [];
  for (let row = 0; row < rows.length; row++) if (keep(rows.frame[row] ?? 0)) order.push(row);
  const name = (row: number) => frames.name[rows.frame[row] ?? 0] ?? '';
  const byName = (a: number, b: number) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0);
  const direction = sorting.descending ? -1 : 1;
  if (sorting.key === 'name') {
    return Uint32Array.from(order.sort((a, b) => direction * byName(a, b)));
  }
  const keys = keysOf(rows, sorting.key, baseScale);
  const others = sorting.key === 'cum' || sorting.key === 'delta' ? rows.self : rows.cum;
  order.sort(
    (a, b) =>
      direction * ((keys[a] ?? 0) - (keys[b] ?? 0)) ||
      (others[b] ?? 0) - (others[a] ?? 0) ||
      byName(a, b),
  );
  return Uint32Array.from(order);
}

function keysOf(rows: Rows, key: Exclude<SortKey, 'name'>, scale: number): Float64Array {
  const change = (now: Float64Array, before: Float64Array | undefined) =>
    now.map((value, row) => value - (before?.[row] ?? 0) * scale);
  if (key === 'self') return rows.self;
  if (key === 'cum') return rows.cum;
  return key === 'delta' ? change(rows.cum, rows.baseCum) : change(rows.self, rows.baseSelf);
}

export interface LineRow {
  /** `cart.go:42`. */
  readonly place: string;
  /** The file as the profile has it, and the line. */
  readonly path: string;
  readonly self: number;
  readonly cum: number;
}

/** The lines of one function in order, from a tree by lines. */
export function linesOf(tree: CallTree, name: string): readonly LineRow[] {
  const rows = rowsOf({ tree, base: undefined });
  const { frames } = tree;
  const lines: (LineRow & { readonly line: number })[] = [];
  for (let row = 0; row < rows.length; row++) {
    const frame = rows.frame[row] ?? -1;
    if (frames.name[frame] !== name) continue;
    const file = frames.file[frame] ?? '';
    const line = frames.line[frame] ?? 0;
    const place = placeText(file, line) || 'unknown line';
    const [self = 0, cum = 0] = [rows.self[row], rows.cum[row]];
    lines.push({ place, path: `${file}:${line}`, line, self, cum });
  }
  return lines.sort((a, b) => a.line - b.line);
}
