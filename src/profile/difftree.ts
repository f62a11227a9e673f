/**
 * Two call trees as one: the union of their nodes, each with the values of both.
 *
 * A node is in both when its whole path is, frame by frame. For differential flame graphs and "before/after" tables. Build both trees with
 * minShare 0 (or low) so that a node does not look new only because it was truncated.
 */
import type { CallTree, FrameTable } from './calltree.ts';
import { frameRanks } from './frames.ts';
import { FrameTrie, layoutTrie, takeRows, treeColumns } from './trie.ts';

/** `self` and `total` are those of the current tree; the base's stand beside them. */
export interface DiffTree extends CallTree {
  readonly baseSelf: Float64Array;
  readonly baseTotal: Float64Array;
}

export interface DiffTreeOptions {
  /** Leave out nodes that are below this share of the root in both trees. 0 = keep all. */
  readonly minShare?: number;
  /** Multiply the base's values by this, e.g. to compare captures of unlike length. */
  readonly baseScale?: number;
}

/**
 * The union of both trees. Children are sorted by the larger of both totals, ties by name.
 *
 * Throws RangeError when the units differ.
 */
export function diffCallTrees(
  base: CallTree,
  current: CallTree,
  options: DiffTreeOptions = {},
): DiffTree {
  if (base.unit !== current.unit) {
    throw new RangeError(`cannot compare ${base.unit} with ${current.unit}`);
  }
  const scale = options.baseScale ?? 1;
  const { frames, ...joined } = joinFrames(base.frames, current.frames);
  const trie = new FrameTrie(base.length + current.length);
  const baseNodes = addTree(trie, base, joined.base);
  const nodes = addTree(trie, current, joined.current);
  const columns = {
    self: scatter(current.self, nodes, trie.length, 1),
    total: scatter(current.total, nodes, trie.length, 1),
    baseSelf: scatter(base.self, baseNodes, trie.length, scale),
    baseTotal: scatter(base.total, baseNodes, trie.length, scale),
  };
  const larger = columns.total.map((total, i) => Math.max(total, columns.baseTotal[i] ?? 0));
  const weight = columns.total.map((total, i) =>
    Math.max(Math.abs(total), Math.abs(columns.baseTotal[i] ?? 0)),
  );
  const layout = layoutTrie(trie, {
    sortKey: larger,
    frameRank: frameRanks(frames),
    weight,
    minWeight: (options.minShare ?? 0) * (weight[0] ?? 0),
  });
  return {
    frames,
    ...treeColumns(trie, layout),
    self: takeRows(layout, columns.self),
    total: takeRows(layout, columns.total),
    baseSelf: takeRows(layout, columns.baseSelf),
    baseTotal: takeRows(layout, columns.baseTotal),
    unit: current.unit,
    omittedNodes: base.omittedNodes + current.omittedNodes + layout.omittedNodes,
  };
}

/** Frames of both tables as one, and the joined index of each. */
interface JoinedFrames {
  readonly frames: FrameTable;
  readonly base: Int32Array;
  readonly current: Int32Array;
}

/**
 * Joins the frames of two tables: by name, and by file and line as well when one of them tells the
 * lines of a function apart.
 */
function joinFrames(base: FrameTable, current: FrameTable): JoinedFrames {
  const byLine =
    new Set(base.name).size < base.length || new Set(current.name).size < current.length;
  const index = new Map<string, number>();
  const rows: { name: string; file: string; line: number }[] = [];
  const join = (table: FrameTable) => {
    const joined = new Int32Array(table.length);
    for (let i = 0; i < table.length; i++) {
      const name = table.name[i] ?? '';
      const file = table.file[i] ?? '';
      const line = table.line[i] ?? 0;
      const key = byLine ? `${name}\0${file}\0${line}` : name;
      let frame = index.get(key);
      if (frame === undefined) {
        frame = rows.length;
        index.set(key, frame);
        rows.push({ name, file, line });
      }
      joined[i] = frame;
    }
    return joined;
  };
  // The current table first: where file or start line differ, the newer ones are shown.
  const currentJoined = join(current);
  const baseJoined = join(base);
  const frames = {
    length: rows.length,
    name: rows.map((row) => row.name),
    file: rows.map((row) => row.file),
    line: Float64Array.from(rows, (row) => row.line),
  };
  return { frames, base: baseJoined, current: currentJoined };
}

/** Adds a tree's paths; gives the trie node of each of its nodes. */
function addTree(trie: FrameTrie, tree: CallTree, joined: Int32Array): Int32Array {
  const nodes = new Int32Array(tree.length);
  for (let row = 1; row < tree.length; row++) {
    const parent = nodes[tree.parent[row] ?? 0] ?? 0;
    nodes[row] = trie.child(parent, joined[tree.frame[row] ?? 0] ?? 0, tree.inlined[row] ?? 0);
  }
  return nodes;
}

function scatter(
  column: Float64Array,
  nodes: Int32Array,
  length: number,
  scale: number,
): Float64Array {
  const out = new Float64Array(length);
  for (let row = 0; row < column.length; row++) out[nodes[row] ?? 0] = (column[row] ?? 0) * scale;
  return out;
}
