/**
 * The call tree: stacks of one sample type folded from the root, as columns in pre-order.
 *
 * What flame graphs, icicles and tables draw, in Node and in the browser. It is a picture of one
 * value column; it is not a profile, and cannot give one back. Cost: one pass over the non-zero
 * samples, O(nodes) memory.
 */
import { resized } from '../base/columns.ts';
import { frameRanks, type LocationFrames, locationFrames } from './frames.ts';
import type { Profile, ValueColumn } from './profile.ts';
import { accumulate, FrameTrie, layoutTrie, takeRows, treeColumns } from './trie.ts';

/** Frames of a tree: one row for each distinct function (or line, file … by granularity). */
export interface FrameTable {
  readonly length: number;
  /** Function name as pprof prints it. */
  readonly name: readonly string[];
  /** Source file as the profile gives it; '' = unknown. */
  readonly file: readonly string[];
  /** Line of the frame (line granularity) or of the function's start; 0 = unknown. */
  readonly line: Float64Array;
}

/**
 * Nodes in pre-order: node 0 is the root (frame -1), a node's parent comes before it, and its
 * subtree is the contiguous range up to `subtreeEnd`. Children are sorted by descending total, ties by
 * frame name, so that equal input gives equal pictures.
 */
export interface CallTree {
  readonly frames: FrameTable;
  readonly length: number;
  /** Index into `frames`; -1 for the root. */
  readonly frame: Int32Array;
  /** Index of the parent node; -1 for the root. */
  readonly parent: Int32Array;
  /** One past the last node of this node's subtree. */
  readonly subtreeEnd: Uint32Array;
  /** 0 for the root. */
  readonly depth: Uint16Array;
  /** 1 = this frame was inlined into its parent. */
  readonly inlined: Uint8Array;
  /** Value of the samples that end here, and of those that pass through (self included). */
  readonly self: Float64Array;
  readonly total: Float64Array;
  /** Unit of self and total, e.g. 'nanoseconds'. */
  readonly unit: string;
  /** Nodes left out because they fell below `minShare`; their value stays in their parent's total. */
  readonly omittedNodes: number;
}

export interface CallTreeOptions {
  /** Index into `sampleTypes`. */
  readonly sampleIndex: number;
  /** 'functions' joins by name, as pprof does; 'lines' keeps the lines of a function apart. */
  readonly granularity?: 'functions' | 'lines';
  /** Fold from the leaf instead (callers view). */
  readonly inverted?: boolean;
  /** Leave out nodes below this share of the root's total, e.g. 1 / 2000. 0 = keep all. */
  readonly minShare?: number;
  /** Divide every value by this (number of snapshots that were merged, for instant types). */
  readonly divideBy?: number;
}

/**
 * Folds one value column into a tree. Samples of value 0 leave no trace; a sample without a stack
 * counts as the root's self. In an inverted tree a node's children are its callers.
 *
 * Throws RangeError when there is no such sample type.
 */
export function buildCallTree(profile: Profile, options: CallTreeOptions): CallTree {
  const type = profile.sampleTypes[options.sampleIndex];
  const values = profile.samples.values[options.sampleIndex];
  if (type === undefined || values === undefined) {
    throw new RangeError(`profile has no sample type ${options.sampleIndex}`);
  }
  const resolved = locationFrames(profile, options.granularity ?? 'functions');
  const stacks = foldStacks(profile, values, resolved, options.inverted ?? false);
  return finishCallTree(resolved.frames, stacks, {
    unit: type.unit,
    minShare: options.minShare ?? 0,
    divideBy: options.divideBy ?? 1,
  });
}

/** A trie of frames with the value of the samples that end at each node. */
export interface FoldedStacks {
  readonly trie: FrameTrie;
  /** One entry per trie node (at least `trie.length` long). */
  readonly self: Float64Array;
}

/** Sorts, sums up and truncates a trie into the columns that are drawn. */
export function finishCallTree(
  frames: FrameTable,
  stacks: FoldedStacks,
  options: { readonly unit: string; readonly minShare: number; readonly divideBy: number },
): CallTree {
  const { trie } = stacks;
  const self = stacks.self.subarray(0, trie.length);
  const total = accumulate(trie, self.slice());
  // Where growth and shrinkage cancel out, the sum of both still tells that something is there.
  const weight = self.some((value) => value < 0) ? accumulate(trie, self.map(Math.abs)) : total;
  const layout = layoutTrie(trie, {
    sortKey: total,
    frameRank: frameRanks(frames),
    weight,
    minWeight: options.minShare * (weight[0] ?? 0),
  });
  return {
    frames,
    ...treeColumns(trie, layout),
    self: takeRows(layout, self, options.divideBy),
    total: takeRows(layout, total, options.divideBy),
    unit: options.unit,
    omittedNodes: layout.omittedNodes,
  };
}

/** Adds every sample with a value to a trie, from the root or (inverted) from the leaf. */
function foldStacks(
  profile: Profile,
  values: ValueColumn,
  resolved: LocationFrames,
  inverted: boolean,
): FoldedStacks {
  const { start, locations } = profile.stacks;
  const { stack } = profile.samples;
  const trie = new FrameTrie();
  let self = new Float64Array(1024);
  for (let sample = 0; sample < stack.length; sample++) {
    const value = Number(values[sample] ?? 0);
    if (value === 0) continue;
    const row = stack[sample] ?? 0;
    const from = start[row] ?? 0;
    const to = start[row + 1] ?? 0;
    const fold = inverted ? foldFromLeaf : foldFromRoot;
    const node = fold(trie, resolved, locations, from, to);
    if (node >= self.length) self = resized(self, trie.frame.length, (n) => new Float64Array(n));
    self[node] = (self[node] ?? 0) + value;
  }
  if (self.length < trie.length) self = resized(self, trie.length, (n) => new Float64Array(n));
  return { trie, self };
}

/** Adds a stack (locations `from` … `to`, leaf first) below the root; gives the node of its leaf. */
export function foldFromRoot(
  trie: FrameTrie,
  resolved: LocationFrames,
  locations: Uint32Array,
  from: number,
  to: number,
): number {
  const { start, frame, inlined } = resolved;
  let node = 0;
  for (let i = to - 1; i >= from; i--) {
    const location = locations[i] ?? 0;
    const first = start[location] ?? 0;
    for (let line = (start[location + 1] ?? 0) - 1; line >= first; line--) {
      node = trie.child(node, frame[line] ?? 0, inlined[line] ?? 0);
    }
  }
  return node;
}

/** The same from the other end: gives the node of the outermost frame. */
export function foldFromLeaf(
  trie: FrameTrie,
  resolved: LocationFrames,
  locations: Uint32Array,
  from: number,
  to: number,
): number {
  const { start, frame, inlined } = resolved;
  let node = 0;
  for (let i = from; i < to; i++) {
    const location = locations[i] ?? 0;
    const last = start[location + 1] ?? 0;
    for (let line = start[location] ?? 0; line < last; line++) {
      node = trie.child(node, frame[line] ?? 0, inlined[line] ?? 0);
    }
  }
  return node;
}
