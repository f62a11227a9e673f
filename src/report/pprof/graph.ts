/**
 * The call graph of a profile: nodes with flat and cumulative values, edges with weights, tags.
 *
 * Meaning of graph.New with and without CallTree (internal/graph/graph.go of Go 1.26), in columns:
 * a node is an index. Values and edges are built apart, since only the graph that is printed needs
 * edges. Cost: one pass over the frames of samples that are not zero, one hash per frame for edges.
 */
import { resized } from '../../base/columns.ts';
import { PairTable } from '../../profile/pairs.ts';
import type { Profile, ValueColumn } from '../../profile/profile.ts';
import { divide } from './gotext.ts';
import type { NodeInfo, NodeTable } from './nodeinfo.ts';
import { type Sums, sumsOf } from './sums.ts';

export interface GraphInput {
  readonly profile: Profile;
  readonly table: NodeTable;
  readonly weights: ValueColumn;
  readonly divisors: ValueColumn | undefined;
}

/** Values by node. `flatDiv` and `cumDiv` are zeros without -mean. */
export interface NodeValues {
  readonly flat: Float64Array;
  readonly flatDiv: Float64Array;
  readonly cum: Float64Array;
  readonly cumDiv: Float64Array;
}

/** Edges, one row each. Dropped ones stay as rows that nothing lists. */
export interface EdgeTable {
  readonly length: number;
  readonly source: Int32Array;
  readonly target: Int32Array;
  readonly weight: Float64Array;
  readonly weightDiv: Float64Array;
  /** 1 = goes over nodes that were left out. */
  readonly residual: Uint8Array;
  /** 1 = the callee was inlined into the caller, always. */
  readonly inline: Uint8Array;
}

/** Call trees: what `infoOf` says of every node, its parent (-1 = root), and whether it was inlined. */
export interface CallTreeNodes {
  readonly length: number;
  readonly infoOf: Int32Array;
  readonly parent: Int32Array;
  readonly inline: Uint8Array;
}

export function flatValue(values: NodeValues, node: number): number {
  return divide(values.flat[node] ?? 0, values.flatDiv[node] ?? 0);
}

export function cumValue(values: NodeValues, node: number): number {
  return divide(values.cum[node] ?? 0, values.cumDiv[node] ?? 0);
}

export function edgeWeightValue(edges: EdgeTable, edge: number): number {
  return divide(edges.weight[edge] ?? 0, edges.weightDiv[edge] ?? 0);
}

/** Samples that are zero take no part. */
export function isZero(input: GraphInput, row: number): boolean {
  const divisor = input.divisors === undefined ? 0 : Number(input.divisors[row]);
  return Number(input.weights[row]) === 0 && divisor === 0;
}

/** A weight and, with -mean, its divisor. */
export class WeightedSums {
  private readonly weights: Sums;
  private readonly divisors: Sums | undefined;

  constructor(input: GraphInput, length: number) {
    this.weights = sumsOf(input.weights, length);
    this.divisors = input.divisors === undefined ? undefined : sumsOf(input.divisors, length);
  }

  add(index: number, row: number): void {
    this.weights.add(index, row);
    this.divisors?.add(index, row);
  }

  reserve(length: number): void {
    this.weights.reserve(length);
    this.divisors?.reserve(length);
  }

  finish(length: number): { sum: Float64Array; divisor: Float64Array } {
    return {
      sum: this.weights.finish(length),
      divisor: this.divisors?.finish(length) ?? new Float64Array(length),
    };
  }
}

/** Flat and cumulative values of every row of the node table. */
export function graphValues(input: GraphInput): NodeValues {
  const { profile, table } = input;
  const { samples, stacks } = profile;
  const count = table.infos.length;
  const flat = new WeightedSums(input, count);
  const cum = new WeightedSums(input, count);
  const seen = new Int32Array(count).fill(-1);
  for (let row = 0; row < samples.length; row++) {
    if (isZero(input, row)) continue;
    const stack = samples.stack[row] ?? 0;
    const end = stacks.start[stack + 1] ?? 0;
    const begin = stacks.start[stack] ?? 0;
    addCumulative(input, begin, end, row, seen, cum);
    const leaf = leafNode(input, begin, end);
    if (leaf >= 0) flat.add(leaf, row);
  }
  return valuesOf(flat, cum, count);
}

// Innermost loops are functions of their own: V8 leaves optimized code at the end of a loop within a
// loop that it had optimized by itself, and a report is printed before it notices.

/** Counts a sample once for every node of its stack. */
function addCumulative(
  input: GraphInput,
  begin: number,
  end: number,
  row: number,
  seen: Int32Array,
  cum: WeightedSums,
): void {
  const { locations } = input.profile.stacks;
  const { start, of } = input.table;
  for (let i = begin; i < end; i++) {
    const location = locations[i] ?? 0;
    const to = start[location + 1] ?? 0;
    for (let at = start[location] ?? 0; at < to; at++) {
      const node = of[at] ?? 0;
      if (seen[node] === row) continue;
      seen[node] = row;
      cum.add(node, row);
    }
  }
}

/** The innermost node of a stack; a location without nodes passes on to its caller. */
function leafNode(input: GraphInput, begin: number, end: number): number {
  const { table, profile } = input;
  for (let i = begin; i < end; i++) {
    const at = table.start[profile.stacks.locations[i] ?? 0] ?? 0;
    if (at < (table.start[(profile.stacks.locations[i] ?? 0) + 1] ?? 0)) return table.of[at] ?? 0;
  }
  return -1;
}

/** The sums as columns of nodes. */
export function valuesOf(flat: WeightedSums, cum: WeightedSums, count: number): NodeValues {
  const flats = flat.finish(count);
  const cums = cum.finish(count);
  return { flat: flats.sum, flatDiv: flats.divisor, cum: cums.sum, cumDiv: cums.divisor };
}

/** Nodes that are inlined somewhere: the only ones whose callers top must know. */
export function inlinedNodes(table: NodeTable): Uint8Array {
  const inlined = new Uint8Array(table.infos.length);
  for (let location = 0; location + 1 < table.start.length; location++) {
    const last = (table.start[location + 1] ?? 0) - 1;
    for (let at = table.start[location] ?? 0; at < last; at++) inlined[table.of[at] ?? 0] = 1;
  }
  return inlined;
}

/** Edges between the nodes of `kept` (undefined = all), into those of `targets` (undefined = all). */
export function graphEdges(
  input: GraphInput,
  kept: Uint8Array | undefined,
  targets: Uint8Array | undefined,
): EdgeTable {
  const count = input.table.infos.length;
  const all = () => new Uint8Array(count).fill(1);
  const builder = new EdgeBuilder(input, kept ?? all(), targets ?? all());
  const { samples } = input.profile;
  for (let row = 0; row < samples.length; row++) {
    if (!isZero(input, row)) builder.addStack(samples.stack[row] ?? 0, row);
  }
  return builder.finish();
}

class EdgeBuilder {
  private readonly input: GraphInput;
  private readonly kept: Uint8Array;
  private readonly targets: Uint8Array;
  private readonly pairs = new PairTable();
  private readonly weights: WeightedSums;
  private residuals = new Uint8Array(1024);
  private inlines = new Uint8Array(1024);
  /** The last row that counted for an edge, plus one. */
  private seen = new Int32Array(1024);

  constructor(input: GraphInput, kept: Uint8Array, targets: Uint8Array) {
    this.input = input;
    this.kept = kept;
    this.targets = targets;
    this.weights = new WeightedSums(input, 1024);
  }

  /** Walks a stack from its root. */
  addStack(stack: number, row: number): void {
    const { kept, targets } = this;
    const { stacks } = this.input.profile;
    const { locations } = stacks;
    const { start, of } = this.input.table;
    const begin = stacks.start[stack] ?? 0;
    let parent = -1;
    let residual = 0;
    for (let i = (stacks.start[stack + 1] ?? 0) - 1; i >= begin; i--) {
      const location = locations[i] ?? 0;
      const from = start[location] ?? 0;
      const last = (start[location + 1] ?? 0) - 1;
      for (let at = last; at >= from; at--) {
        const node = of[at] ?? 0;
        if (kept[node] === 0) {
          residual = 1;
          continue;
        }
        if (parent >= 0 && parent !== node && targets[node] === 1) {
          this.addEdge(parent, node, row, residual, at < last ? 1 : 0);
        }
        parent = node;
        residual = 0;
      }
    }
  }

  /** A sample counts once for every edge. */
  private addEdge(source: number, target: number, row: number, residual: number, inline: number) {
    const known = this.pairs.length;
    const edge = this.pairs.intern(source, target);
    if (edge === known) this.reserve(edge);
    if (this.seen[edge] === row + 1) return;
    this.seen[edge] = row + 1;
    this.weights.add(edge, row);
    if (residual === 1) this.residuals[edge] = 1;
    if (inline === 0) this.inlines[edge] = 0;
  }

  private reserve(edge: number): void {
    if (edge === this.seen.length) {
      const length = edge * 2;
      this.residuals = resized(this.residuals, length, (n) => new Uint8Array(n));
      this.inlines = resized(this.inlines, length, (n) => new Uint8Array(n));
      this.seen = resized(this.seen, length, (n) => new Int32Array(n));
    }
    this.weights.reserve(edge + 1);
    this.inlines[edge] = 1;
  }

  finish(): EdgeTable {
    const { length, first, second } = this.pairs;
    const { sum, divisor } = this.weights.finish(length);
    return {
      length,
      source: first,
      target: second,
      weight: sum,
      weightDiv: divisor,
      residual: this.residuals,
      inline: this.inlines,
    };
  }
}

/** The call tree: a node for every distinct path, parents before children. */
export function treeValues(input: GraphInput): { nodes: CallTreeNodes; values: NodeValues } {
  const { profile, table } = input;
  const { samples, stacks } = profile;
  const pairs = new PairTable();
  const flat = new WeightedSums(input, 1024);
  const cum = new WeightedSums(input, 1024);
  let inlines = new Uint8Array(1024);
  for (let row = 0; row < samples.length; row++) {
    if (isZero(input, row)) continue;
    const stack = samples.stack[row] ?? 0;
    const begin = stacks.start[stack] ?? 0;
    let parent = -1;
    for (let i = (stacks.start[stack + 1] ?? 0) - 1; i >= begin; i--) {
      const location = stacks.locations[i] ?? 0;
      const from = table.start[location] ?? 0;
      const last = (table.start[location + 1] ?? 0) - 1;
      for (let at = last; at >= from; at--) {
        const known = pairs.length;
        const node = pairs.intern(parent, table.of[at] ?? 0);
        if (node === known) {
          if (node === inlines.length) {
            inlines = resized(inlines, node * 2, (n) => new Uint8Array(n));
          }
          cum.reserve(node + 1);
          flat.reserve(node + 1);
          inlines[node] = 1;
        }
        cum.add(node, row);
        if (at === last) inlines[node] = 0;
        parent = node;
      }
    }
    if (parent >= 0) flat.add(parent, row);
  }
  const { length } = pairs;
  return {
    nodes: { length, infoOf: pairs.second, parent: pairs.first, inline: inlines },
    values: valuesOf(flat, cum, length),
  };
}

/**
 * Edges of a call tree whose nodes that are not `kept` were taken out: their children hang from the
 * nearest kept ancestor. A residual edge is inline when the whole path was.
 */
export function treeEdges(
  nodes: CallTreeNodes,
  values: NodeValues,
  kept: (node: number) => boolean,
): EdgeTable {
  const { length } = nodes;
  const parent = new Int32Array(length);
  const residual = new Uint8Array(length);
  const inline = new Uint8Array(length);
  const keptNodes = new Uint8Array(length);
  const rows: number[] = [];
  for (let node = 0; node < length; node++) {
    const above = nodes.parent[node] ?? -1;
    keptNodes[node] = kept(node) ? 1 : 0;
    inline[node] = nodes.inline[node] ?? 0;
    if (above < 0 || keptNodes[above] === 1) {
      parent[node] = above;
    } else {
      parent[node] = parent[above] ?? -1;
      residual[node] = 1;
      inline[node] = (inline[node] ?? 0) & (inline[above] ?? 0);
    }
    if (keptNodes[node] === 1 && (parent[node] ?? -1) >= 0) rows.push(node);
  }
  return {
    length: rows.length,
    source: Int32Array.from(rows, (node) => parent[node] ?? 0),
    target: Int32Array.from(rows),
    weight: Float64Array.from(rows, (node) => values.cum[node] ?? 0),
    weightDiv: Float64Array.from(rows, (node) => values.cumDiv[node] ?? 0),
    residual: Uint8Array.from(rows, (node) => residual[node] ?? 0),
    inline: Uint8Array.from(rows, (node) => inline[node] ?? 0),
  };
}

/** Which place a node is. */
export function infoOfNode(
  table: NodeTable,
  tree: CallTreeNodes | undefined,
  node: number,
): NodeInfo {
  const info = table.infos[tree === undefined ? node : (tree.infoOf[node] ?? 0)];
  if (info === undefined) throw new RangeError(`node ${node} is not in the table`);
  return info;
}
