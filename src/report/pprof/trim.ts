/**
 * The graph that a report prints: nodes and edges below the fractions are left out, then all but the
 * most important nodes.
 *
 * report.newTrimmedGraph (internal/report/report.go of Go 1.26). pprof rebuilds the graph from the
 * samples at every step; values of nodes that stay do not change by that, so only edges are built
 * again here.
 */
import { scale } from '../../base/units.ts';
import { Adjacency, sortEdges } from './adjacency.ts';
import { trimPath } from './gotext.ts';
import {
  type CallTreeNodes,
  cumValue,
  flatValue,
  type GraphInput,
  graphEdges,
  graphValues,
  infoOfNode,
  inlinedNodes,
  type NodeValues,
  treeEdges,
  treeValues,
} from './graph.ts';
import { createNodes, type NodeInfo } from './nodeinfo.ts';
import { entropyScore, sortByFlat, sortByScore } from './order.ts';
import { divisorsOf, type Report, weightsOf } from './report.ts';
import { countTags, type NodeTags, tagsOf } from './tags.ts';

export interface ReportGraph {
  readonly infoOf: (node: number) => NodeInfo;
  readonly values: NodeValues;
  readonly tree: CallTreeNodes | undefined;
  /** Listed nodes, in the order in which they are printed. */
  readonly nodes: readonly number[];
  readonly adjacency: Adjacency;
  readonly tags: Map<number, NodeTags>;
  readonly originalNodes: number;
  readonly droppedNodes: number;
  readonly droppedEdges: number;
}

/** Most nodelets that a node of a picture has. */
export const MAX_NODELETS = 4;

/** The graph of a report at its detail, untrimmed: what list and disasm start from. */
export function untrimmedNodes(report: Report): Builder {
  return new Builder(report);
}

export function trimmedGraph(report: Report): ReportGraph {
  return new Builder(report).trim();
}

/** Whether the graph is a tree of paths; other formats take no notice of call_tree. */
function isTree(report: Report): boolean {
  const { callTree, format } = report.options;
  return callTree && (format === 'dot' || format === 'callgrind');
}

class Builder {
  readonly values: NodeValues;
  readonly infoOf: (node: number) => NodeInfo;
  /** Nodes that have a value. */
  readonly all: readonly number[];
  private readonly report: Report;
  private readonly input: GraphInput;
  private readonly tree: CallTreeNodes | undefined;

  constructor(report: Report) {
    const { profile, options } = report;
    const { format, detail, trimPath: trim, sourcePath } = options;
    const table = createNodes(profile, {
      detail,
      objectNames: ['raw', 'list', 'weblist', 'disasm', 'callgrind'].includes(format),
      trimFile: (path) => trimPath(path, trim, sourcePath),
    });
    this.report = report;
    this.input = {
      profile,
      table,
      weights: weightsOf(profile, options),
      divisors: divisorsOf(profile, options),
    };
    if (isTree(report)) {
      const { nodes, values } = treeValues(this.input);
      this.tree = nodes;
      this.values = values;
    } else {
      this.values = graphValues(this.input);
    }
    this.infoOf = (node) => infoOfNode(table, this.tree, node);
    this.all = this.listed(this.tree?.length ?? table.infos.length);
  }

  /** Nodes that are not zero; without negative ones when asked (graph.selectNodesForGraph). */
  private listed(count: number): number[] {
    const { flat, cum } = this.values;
    const nodes: number[] = [];
    for (let node = 0; node < count; node++) {
      const own = flat[node] ?? 0;
      const all = cum[node] ?? 0;
      if (own === 0 && all === 0) continue;
      const negative = own < 0 || (own === 0 && all < 0);
      if (!this.report.options.dropNegative || !negative) nodes.push(node);
    }
    return nodes;
  }

  trim(): ReportGraph {
    const { options } = this.report;
    const visual = options.format === 'dot';
    let total = 0;
    for (const node of this.all) total += this.values.flat[node] ?? 0;
    const nodeCutoff = Math.abs(Math.trunc(total * options.nodeFraction));
    const edgeCutoff = Math.abs(Math.trunc(total * options.edgeFraction));
    let nodes = this.all.filter((node) => Math.abs(this.values.cum[node] ?? 0) >= nodeCutoff);
    const droppedNodes = this.all.length - nodes.length;
    if (droppedNodes > 0) nodes = this.foundAgain(nodes);
    const originalNodes = nodes.length;
    let state = this.connect(nodes, nodeCutoff);
    nodes = this.sort(nodes, state.adjacency);
    if (options.nodeCount > 0) {
      if (visual) this.dropLightEdges(nodes, state.adjacency, edgeCutoff);
      const top = this.selectTop(nodes, state.tags);
      if (top.length !== nodes.length) {
        // A tree keeps the edges that it has lost; a graph is made anew.
        const found = this.foundAgain(top);
        state = this.connect(
          found,
          nodeCutoff,
          this.tree === undefined ? undefined : state.adjacency,
        );
        nodes = this.sort(found, state.adjacency);
      }
    }
    const adjacency = state.adjacency ?? new Adjacency(this.edges(nodes));
    const droppedEdges = this.dropLightEdges(nodes, adjacency, edgeCutoff);
    if (visual) this.dropRedundantEdges(nodes, adjacency);
    return {
      infoOf: this.infoOf,
      values: this.values,
      tree: this.tree,
      nodes,
      adjacency,
      tags: state.tags,
      originalNodes,
      droppedNodes,
      droppedEdges,
    };
  }

  /**
   * pprof trims file names each time that it makes the graph anew, and looks for the nodes that it kept
   * under the new names: those whose names got shorter again are lost. Trees are not made anew.
   */
  private foundAgain(nodes: number[]): number[] {
    const { unstableFiles } = this.input.table;
    if (unstableFiles.size === 0 || this.tree !== undefined) return nodes;
    return nodes.filter((node) => !unstableFiles.has(this.infoOf(node).file));
  }

  /** Edges and tags between these nodes; only pictures need them before the last step. */
  private connect(
    nodes: readonly number[],
    limit: number,
    before?: Adjacency,
  ): { adjacency: Adjacency | undefined; tags: Map<number, NodeTags> } {
    const { outputUnit, options } = this.report;
    if (options.format !== 'dot') return { adjacency: undefined, tags: new Map() };
    const kept = new Uint8Array(this.tree?.length ?? this.input.table.infos.length);
    for (const node of nodes) kept[node] = 1;
    const bytesUnit = options.numLabelUnits.get('bytes') ?? 'bytes';
    const tags = tagsOf(this.input, this.tree, kept, { bytesUnit, outputUnit, limit });
    const adjacency = new Adjacency(this.edges(nodes));
    if (before !== undefined) removeLost(before, adjacency);
    return { adjacency, tags };
  }

  private edges(nodes: readonly number[]) {
    const count = this.tree?.length ?? this.input.table.infos.length;
    const kept = new Uint8Array(count);
    for (const node of nodes) kept[node] = 1;
    if (this.tree !== undefined) {
      // Nodes that were never listed (zero, negative) are not taken out of a tree.
      const listed = new Uint8Array(count);
      for (const node of this.all) listed[node] = 1;
      return treeEdges(this.tree, this.values, (n) => kept[n] === 1 || listed[n] === 0);
    }
    const targets =
      this.report.options.format === 'text' ? inlinedNodes(this.input.table) : undefined;
    return graphEdges(this.input, nodes.length === this.all.length ? undefined : kept, targets);
  }

  private sort(nodes: readonly number[], adjacency: Adjacency | undefined): number[] {
    const input = { values: this.values, infoOf: this.infoOf };
    if (adjacency !== undefined) {
      return sortByScore(nodes, input, (node) => entropyScore(node, this.values, adjacency));
    }
    if (this.report.options.cumSort) {
      return sortByScore(nodes, input, (node) => Math.abs(this.values.cum[node] ?? 0));
    }
    return sortByFlat(nodes, input);
  }

  /** The first nodes; in a picture, tags count as nodes. */
  private selectTop(nodes: readonly number[], tags: Map<number, NodeTags>): number[] {
    let limit = this.report.options.nodeCount;
    if (this.report.options.format === 'dot') {
      let count = 0;
      for (const [i, node] of nodes.entries()) {
        count += Math.min(countTags(tags.get(node)), MAX_NODELETS) + 1;
        if (count >= limit) {
          limit = i + 1;
          break;
        }
      }
    }
    return nodes.slice(0, limit);
  }

  private dropLightEdges(
    nodes: readonly number[],
    adjacency: Adjacency | undefined,
    limit: number,
  ): number {
    if (adjacency === undefined) return 0;
    let dropped = 0;
    for (const node of nodes) {
      for (const edge of adjacency.into(node)) {
        if (Math.abs(adjacency.edges.weight[edge] ?? 0) >= limit) continue;
        adjacency.remove(edge);
        dropped++;
      }
    }
    return dropped;
  }

  /** Takes out residual edges whose ends are connected otherwise (graph.RemoveRedundantEdges). */
  private dropRedundantEdges(nodes: readonly number[], adjacency: Adjacency): void {
    const { edges } = adjacency;
    for (let i = nodes.length - 1; i >= 0; i--) {
      const into = sortEdges(edges, adjacency.into(nodes[i] ?? 0), this.infoOf);
      for (let j = into.length - 1; j >= 0; j--) {
        const edge = into[j] ?? 0;
        if (edges.residual[edge] === 0) break;
        if (isRedundant(adjacency, edge)) adjacency.remove(edge);
      }
    }
  }
}

/** Removes from a tree's new edges those that were dropped before it was cut again. */
function removeLost(before: Adjacency, after: Adjacency): void {
  const { edges } = after;
  for (let edge = 0; edge < edges.length; edge++) {
    if (before.into(edges.target[edge] ?? 0).length === 0) after.remove(edge);
  }
}

function isRedundant(adjacency: Adjacency, edge: number): boolean {
  const { source } = adjacency.edges;
  const from = source[edge];
  const target = adjacency.edges.target[edge] ?? 0;
  const seen = new Set([target]);
  const queue = [target];
  for (const node of queue) {
    for (const other of adjacency.into(node)) {
      const caller = source[other] ?? 0;
      if (other === edge || seen.has(caller)) continue;
      if (caller === from) return true;
      seen.add(caller);
      queue.push(caller);
    }
  }
  return false;
}

/** Settles the unit of a report: one that fits both its smallest and its largest value. */
export function selectOutputUnit(report: Report, graph: ReportGraph): void {
  if (report.outputUnit !== 'minimum' || graph.nodes.length === 0) return;
  const { ratio, sampleUnit, format } = report.options;
  let least = 0;
  for (const node of graph.nodes) {
    const own = Math.abs(flatValue(graph.values, node));
    const value = own === 0 ? Math.abs(cumValue(graph.values, node)) : own;
    if (value > 0 && (least === 0 || value < least)) least = value;
  }
  let most = report.total;
  if (least === 0) least = most;
  if (ratio > 0 && ratio !== 1) {
    least = Math.trunc(least * ratio);
    most = Math.trunc(most * ratio);
  }
  const unitFor = (value: number) => scale(value, sampleUnit, 'minimum').unit;
  let unit = unitFor(least);
  if (unit !== unitFor(most) && least * 100 < most && format !== 'callgrind') {
    unit = unitFor(100 * least);
  }
  report.outputUnit = unit === '' ? sampleUnit : unit;
}
