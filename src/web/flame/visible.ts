/**
 * Level of detail: the rectangles that a viewport shows, collected into reused columns.
 *
 * A node that is left or right of the window, or narrower than a pixel, is skipped with its whole
 * subtree (pre-order makes that one jump), and neighbours that are too narrow become one dim block.
 * So the cost follows the pixels, not the tree: a 100,000-node tree shows a few thousand rectangles.
 */
import type { CallTree } from '../../profile/calltree.ts';
import type { FlameLayout } from './layout.ts';

/** The part of the picture that is shown. Places are fractions of the root's width. */
export interface Window {
  readonly left: number;
  readonly right: number;
  /** Rows from the top (fractions allowed), and how many fit. */
  readonly top: number;
  readonly rows: number;
}

/** Rectangles to draw, as columns; the first `length` entries are meant. */
export interface Rectangles {
  length: number;
  /** Pixels from the left edge of the canvas, unrounded. */
  x: Float32Array;
  width: Float32Array;
  row: Int32Array;
  /** Node of the tree; -1 = a block of nodes that are too narrow to show. */
  node: Int32Array;
}

/** Narrower nodes are merged. Less than a pixel so that a picture does not thin out at its edge. */
const MIN_PIXELS = 0.75;

export function newRectangles(capacity = 4096): Rectangles {
  return {
    length: 0,
    x: new Float32Array(capacity),
    width: new Float32Array(capacity),
    row: new Int32Array(capacity),
    node: new Int32Array(capacity),
  };
}

function grow(out: Rectangles): void {
  const capacity = out.x.length * 2;
  const bigger = newRectangles(capacity);
  bigger.x.set(out.x);
  bigger.width.set(out.width);
  bigger.row.set(out.row);
  bigger.node.set(out.node);
  Object.assign(out, bigger, { length: out.length });
}

function push(out: Rectangles, x: number, width: number, row: number, node: number): void {
  if (out.length === out.x.length) grow(out);
  const at = out.length++;
  out.x[at] = x;
  out.width[at] = width;
  out.row[at] = row;
  out.node[at] = node;
}

/** Joins a narrow node to the dim block that ends where it begins, or begins a block. */
function merge(
  out: Rectangles,
  lastBlock: Int32Array,
  x: number,
  width: number,
  row: number,
): void {
  const block = lastBlock[row] ?? -1;
  if (block >= 0) {
    const end = (out.x[block] ?? 0) + (out.width[block] ?? 0);
    if (x - end < MIN_PIXELS) {
      out.width[block] = x + width - (out.x[block] ?? 0);
      return;
    }
  }
  lastBlock[row] = out.length;
  push(out, x, width, row, -1);
}

/** Collects what `window` shows on `pixels` of width into `out`. */
export function collectVisible(
  tree: Pick<CallTree, 'length' | 'subtreeEnd' | 'depth'>,
  layout: FlameLayout,
  window: Window,
  pixels: number,
  out: Rectangles,
): void {
  out.length = 0;
  const { length, subtreeEnd, depth } = tree;
  const { left, width } = layout;
  const span = window.right - window.left;
  if (span <= 0 || pixels <= 0) return;
  const scale = pixels / span;
  const firstRow = Math.floor(window.top);
  const lastRow = Math.ceil(window.top + window.rows);
  const lastBlock = new Int32Array(layout.rows).fill(-1);
  let node = 0;
  while (node < length) {
    const start = left[node] ?? 0;
    const size = width[node] ?? 0;
    const row = depth[node] ?? 0;
    const skip = start + size <= window.left || start >= window.right || row > lastRow;
    if (skip || size <= 0) {
      node = subtreeEnd[node] ?? length;
      continue;
    }
    const x = (start - window.left) * scale;
    const w = size * scale;
    if (w < MIN_PIXELS) {
      if (row >= firstRow) merge(out, lastBlock, x, w, row);
      node = subtreeEnd[node] ?? length;
      continue;
    }
    if (row >= firstRow) push(out, x, w, row, node);
    node++;
  }
}
