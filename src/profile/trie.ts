/**
 * A trie of frames that grows by one child at a time, and its layout as sorted pre-order columns.
 *
 * Children hang in linked lists (first child, next sibling) and new nodes are appended, so a stack
 * that was seen before is a walk through memory that lies together; a hash of (parent, frame) costs
 * a cache miss per frame instead. Most nodes have one or two children; a node with many gets a map.
 * Holds no values: callers keep columns by node index, and permute them by the layout.
 */
import { resized } from '../base/columns.ts';

/** A list walk longer than this makes the node look its children up in a map from then on. */
const LONG_LIST = 16;

export class FrameTrie {
  /** Nodes so far; node 0 is the root. A parent has a lower index than its children. */
  length = 1;
  /** Frame of each node; -1 for the root. */
  frame: Int32Array;
  /** Parent of each node; -1 for the root. */
  parent: Int32Array;
  /** 1 while every path that came by was an inlined call. */
  inlined: Uint8Array;
  /** 0 = none, as the root is nobody's child. */
  firstChild: Int32Array;
  nextSibling: Int32Array;
  private readonly wide = new Map<number, Map<number, number>>();

  constructor(capacity = 1024) {
    this.frame = new Int32Array(capacity);
    this.parent = new Int32Array(capacity);
    this.inlined = new Uint8Array(capacity);
    this.firstChild = new Int32Array(capacity);
    this.nextSibling = new Int32Array(capacity);
    this.frame[0] = -1;
    this.parent[0] = -1;
  }

  /** The child of `parent` with this frame, made when there is none. */
  child(parent: number, frame: number, inlined: number): number {
    const frames = this.frame;
    const next = this.nextSibling;
    let node = this.firstChild[parent] ?? 0;
    for (let steps = 0; node !== 0; steps++) {
      if (frames[node] === frame) {
        if (inlined === 0) this.inlined[node] = 0;
        return node;
      }
      if (steps === LONG_LIST) return this.wideChild(parent, frame, inlined);
      node = next[node] ?? 0;
    }
    return this.append(parent, frame, inlined);
  }

  private wideChild(parent: number, frame: number, inlined: number): number {
    let children = this.wide.get(parent);
    if (children === undefined) {
      children = new Map();
      let node = this.firstChild[parent] ?? 0;
      for (; node !== 0; node = this.nextSibling[node] ?? 0) {
        children.set(this.frame[node] ?? 0, node);
      }
      this.wide.set(parent, children);
    }
    const found = children.get(frame);
    if (found !== undefined) {
      if (inlined === 0) this.inlined[found] = 0;
      return found;
    }
    const added = this.append(parent, frame, inlined);
    children.set(frame, added);
    return added;
  }

  private append(parent: number, frame: number, inlined: number): number {
    if (this.length === this.frame.length) this.grow();
    const node = this.length++;
    this.frame[node] = frame;
    this.parent[node] = parent;
    this.inlined[node] = inlined;
    this.nextSibling[node] = this.firstChild[parent] ?? 0;
    this.firstChild[parent] = node;
    return node;
  }

  private grow(): void {
    const length = this.frame.length * 2;
    const int32s = (n: number) => new Int32Array(n);
    this.frame = resized(this.frame, length, int32s);
    this.parent = resized(this.parent, length, int32s);
    this.inlined = resized(this.inlined, length, (n) => new Uint8Array(n));
    this.firstChild = resized(this.firstChild, length, int32s);
    this.nextSibling = resized(this.nextSibling, length, int32s);
  }
}

/** Adds every node's value to all of its ancestors, in place. Gives the same column back. */
export function accumulate(trie: FrameTrie, values: Float64Array): Float64Array {
  const { parent, length } = trie;
  for (let node = length - 1; node > 0; node--) {
    const above = parent[node] ?? 0;
    values[above] = (values[above] ?? 0) + (values[node] ?? 0);
  }
  return values;
}

/** How children are ordered and what is left out. */
export interface LayoutRules {
  /** Children come by descending key; one entry per trie node. */
  readonly sortKey: Float64Array;
  /** Ties come by ascending rank; one entry per frame. */
  readonly frameRank: Int32Array;
  /** Nodes whose weight is below `minWeight` are left out, with everything under them. */
  readonly weight: Float64Array;
  readonly minWeight: number;
}

/** Pre-order columns of the nodes that were kept. */
export interface TrieLayout {
  readonly length: number;
  /** Trie node of each row. */
  readonly node: Uint32Array;
  readonly parent: Int32Array;
  readonly subtreeEnd: Uint32Array;
  /** Saturates at 65,535. */
  readonly depth: Uint16Array;
  readonly omittedNodes: number;
}

/** Sorts and flattens. O(nodes · log children). */
export function layoutTrie(trie: FrameTrie, rules: LayoutRules): TrieLayout {
  const { weight, minWeight } = rules;
  const kept = new Uint8Array(trie.length);
  kept[0] = 1;
  let length = 1;
  for (let node = 1; node < trie.length; node++) {
    // Negated, so that a weight of NaN would be kept and seen.
    if (kept[trie.parent[node] ?? 0] === 1 && !((weight[node] ?? 0) < minWeight)) {
      kept[node] = 1;
      length++;
    }
  }
  const layout = {
    length,
    node: new Uint32Array(length),
    parent: new Int32Array(length).fill(-1),
    subtreeEnd: new Uint32Array(length),
    depth: new Uint16Array(length),
    omittedNodes: trie.length - length,
  };
  fillRows(trie, kept, childComparison(trie, rules), layout);
  for (let row = length - 1; row >= 0; row--) {
    const end = Math.max(layout.subtreeEnd[row] ?? 0, row + 1);
    layout.subtreeEnd[row] = end;
    const parent = layout.parent[row] ?? -1;
    if (parent >= 0 && (layout.subtreeEnd[parent] ?? 0) < end) layout.subtreeEnd[parent] = end;
  }
  return layout;
}

function childComparison(trie: FrameTrie, rules: LayoutRules): (a: number, b: number) => number {
  const { frame } = trie;
  const { sortKey, frameRank } = rules;
  // The last child first: they are popped from a stack.
  return (a, b) =>
    (sortKey[a] ?? 0) - (sortKey[b] ?? 0) ||
    (frameRank[frame[b] ?? 0] ?? 0) - (frameRank[frame[a] ?? 0] ?? 0);
}

/** Walks depth first with an explicit stack: stacks are deeper than the engine's own. */
function fillRows(
  trie: FrameTrie,
  kept: Uint8Array,
  compare: (a: number, b: number) => number,
  layout: TrieLayout,
): void {
  const { firstChild, nextSibling } = trie;
  // Every kept node is on the stack at most once.
  const stack = new Uint32Array(layout.length);
  const rowOfParent = new Int32Array(layout.length).fill(-1);
  let top = 1;
  for (let row = 0; top > 0; row++) {
    const node = stack[--top] ?? 0;
    const parentRow = rowOfParent[top] ?? -1;
    layout.node[row] = node;
    layout.parent[row] = parentRow;
    layout.depth[row] = parentRow < 0 ? 0 : Math.min((layout.depth[parentRow] ?? 0) + 1, 65_535);
    const from = top;
    let child = firstChild[node] ?? 0;
    for (; child !== 0; child = nextSibling[child] ?? 0) {
      if (kept[child] === 0) continue;
      rowOfParent[top] = row;
      stack[top++] = child;
    }
    if (top - from > 1) sortRange(stack, from, top, compare);
  }
}

/** Sorts part of a column; by insertion when short, as nearly all are. */
function sortRange(
  column: Uint32Array,
  from: number,
  to: number,
  compare: (a: number, b: number) => number,
): void {
  if (to - from > 32) {
    column.subarray(from, to).sort(compare);
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const value = column[i] ?? 0;
    let j = i - 1;
    for (; j >= from && compare(column[j] ?? 0, value) > 0; j--) column[j + 1] = column[j] ?? 0;
    column[j + 1] = value;
  }
}

/** The columns that every laid-out tree has, whatever values it carries. */
export function treeColumns(trie: FrameTrie, layout: TrieLayout) {
  return {
    length: layout.length,
    frame: Int32Array.from(layout.node, (node) => trie.frame[node] ?? -1),
    parent: layout.parent,
    subtreeEnd: layout.subtreeEnd,
    depth: layout.depth,
    inlined: Uint8Array.from(layout.node, (node) => trie.inlined[node] ?? 0),
  };
}

/** A column by trie node in the order of the layout's rows, each value divided by `divideBy`. */
export function takeRows(layout: TrieLayout, column: Float64Array, divideBy = 1): Float64Array {
  const out = new Float64Array(layout.length);
  for (let row = 0; row < out.length; row++) {
    out[row] = (column[layout.node[row] ?? 0] ?? 0) / divideBy;
  }
  return out;
}
