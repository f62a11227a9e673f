/**
 * Call tree → the horizontal place of every node, once for a tree; zooming never lays out again.
 *
 * Not a drawing: places are fractions of the root (0 … 1), the row is the node's depth. Widths add up
 * to the parent's at most; the rest of a parent is its own value (and what was left out below it).
 * Cost: O(nodes), two Float64Arrays.
 */
import type { CallTree } from '../../profile/calltree.ts';

export interface FlameLayout {
  readonly length: number;
  /** Left edge and width of each node, as fractions of the root's width. */
  readonly left: Float64Array;
  readonly width: Float64Array;
  /** Rows that the tree takes: its greatest depth + 1. */
  readonly rows: number;
}

/**
 * What widths are proportional to. Profiles that were subtracted hold negative values; a width
 * cannot be negative, so that magnitudes are added up from the leaves instead of totals.
 */
export function weightsOf(tree: CallTree): Float64Array {
  const { length, parent, self, total } = tree;
  if (!tree.self.some((value) => value < 0)) return total;
  const weights = new Float64Array(length);
  for (let node = length - 1; node >= 0; node--) {
    weights[node] = (weights[node] ?? 0) + Math.abs(self[node] ?? 0);
    const up = parent[node] ?? -1;
    if (up >= 0) weights[up] = (weights[up] ?? 0) + (weights[node] ?? 0);
  }
  return weights;
}

/**
 * Weights of a difference: both sides count, so that what vanished is still there to be seen.
 * `scale` makes the base comparable (see difference.ts).
 */
export function diffWeights(tree: CallTree, baseTotal: Float64Array, scale: number): Float64Array {
  const weights = new Float64Array(tree.length);
  for (let node = 0; node < tree.length; node++) {
    weights[node] = Math.max(0, tree.total[node] ?? 0) + Math.max(0, baseTotal[node] ?? 0) * scale;
  }
  return weights;
}

/** Lays out pre-order nodes by their weights. A root that weighs nothing gives zero widths. */
export function layoutFlame(
  tree: Pick<CallTree, 'length' | 'parent' | 'depth'>,
  weights: Float64Array,
): FlameLayout {
  const { length, parent, depth } = tree;
  const left = new Float64Array(length);
  const width = new Float64Array(length);
  /** Where the next child of each node begins. */
  const next = new Float64Array(length);
  const unit = (weights[0] ?? 0) > 0 ? 1 / (weights[0] ?? 1) : 0;
  let rows = length > 0 ? 1 : 0;
  if (length > 0) width[0] = unit > 0 ? 1 : 0;
  for (let node = 1; node < length; node++) {
    const up = parent[node] ?? 0;
    const place = next[up] ?? 0;
    const span = (weights[node] ?? 0) * unit;
    left[node] = place;
    width[node] = span;
    next[node] = place;
    next[up] = place + span;
    rows = Math.max(rows, (depth[node] ?? 0) + 1);
  }
  return { length, left, width, rows };
}

/** The deepest node at a place (fraction) and row, or -1. O(depth · children). */
export function nodeAt(
  tree: Pick<CallTree, 'length' | 'subtreeEnd' | 'depth'>,
  layout: FlameLayout,
  x: number,
  row: number,
): number {
  let node = 0;
  const { subtreeEnd, depth } = tree;
  while (node < tree.length) {
    const start = layout.left[node] ?? 0;
    if (x < start || x >= start + (layout.width[node] ?? 0)) {
      node = subtreeEnd[node] ?? tree.length;
      continue;
    }
    if (depth[node] === row) return node;
    if ((subtreeEnd[node] ?? 0) <= node + 1) return -1;
    node++;
  }
  return -1;
}
