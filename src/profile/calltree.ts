/**
 * The call tree: stacks of one sample type folded from the root, as columns in pre-order.
 *
 * What flame graphs, icicles and tables draw, in Node and in the browser. It is a picture of one
 * value column; it is not a profile, and cannot give one back. Cost: one pass over the non-zero
 * samples, O(nodes) memory.
 */

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
  /** 'functions' joins by (name, file); 'lines' keeps call lines apart. */
  readonly granularity?: 'functions' | 'lines';
  /** Fold from the leaf instead (callers view). */
  readonly inverted?: boolean;
  /** Leave out nodes below this share of the root's total, e.g. 1 / 2000. 0 = keep all. */
  readonly minShare?: number;
  /** Divide every value by this (number of snapshots that were merged, for instant types). */
  readonly divideBy?: number;
}
