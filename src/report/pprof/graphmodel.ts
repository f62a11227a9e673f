/**
 * The call graph and the neighbours of functions as plain data, for a page to draw.
 *
 * The same selection of nodes and edges, in the same order, as pprof's -svg and -peek (report.GetDOT
 * and report.printTree of Go 1.26, internal/report/report.go). The layout is Graphviz's part, whose
 * input comes along.
 */
import { sortEdges } from './adjacency.ts';
import { composeDot } from './dot.ts';
import { cumValue, edgeWeightValue, flatValue } from './graph.ts';
import { printableName } from './nodeinfo.ts';
import { type Report, reportLabels } from './report.ts';
import { type ReportGraph, selectOutputUnit, trimmedGraph } from './trim.ts';

/** A function (or line, file, address) with its values, in the report's unit. */
export interface GraphNode {
  /** As pprof prints it. */
  readonly name: string;
  /** The function alone; '' where nodes are files. */
  readonly functionName: string;
  readonly flat: number;
  readonly cum: number;
}

export interface CallGraph {
  /** Node `i` is `N<i + 1>` in the DOT text and `node<i + 1>` among the ids of its picture. */
  readonly nodes: readonly GraphNode[];
  readonly dot: string;
  /** What was left out, in pprof's words. */
  readonly legend: readonly string[];
  /** What shares are of. */
  readonly total: number;
  readonly unit: string;
}

/** A caller or callee, and what flows over the call. */
export interface Neighbour {
  readonly name: string;
  readonly functionName: string;
  readonly value: number;
  readonly inline: boolean;
}

export interface PeekedNode extends GraphNode {
  readonly callers: readonly Neighbour[];
  readonly callees: readonly Neighbour[];
}

export interface Peek {
  readonly nodes: readonly PeekedNode[];
  /** How many matched; `nodes` has the first of them. */
  readonly matched: number;
  readonly total: number;
  readonly unit: string;
}

/** The graph of a report of format `dot`. */
export function callGraphOf(report: Report): CallGraph {
  const graph = trimmedGraph(report);
  selectOutputUnit(report, graph);
  return {
    nodes: graph.nodes.map((node) => graphNode(report, graph, node)),
    dot: composeDot(report, graph, []),
    legend: legendOf(report, graph),
    total: report.total * report.options.ratio,
    unit: report.options.sampleUnit,
  };
}

/** The functions that the report's symbol matches, of a report of format `tree`. */
export function peekOf(report: Report, limit: number): Peek {
  const graph = trimmedGraph(report);
  const { symbol } = report.options;
  const matching = graph.nodes.filter(
    (node) => symbol === undefined || symbol.matches(printableName(graph.infoOf(node))),
  );
  return {
    nodes: matching.slice(0, limit).map((node) => ({
      ...graphNode(report, graph, node),
      callers: neighbours(report, graph, node, 'callers'),
      callees: neighbours(report, graph, node, 'callees'),
    })),
    matched: matching.length,
    total: report.total * report.options.ratio,
    unit: report.options.sampleUnit,
  };
}

function graphNode(report: Report, graph: ReportGraph, node: number): GraphNode {
  const info = graph.infoOf(node);
  const { ratio } = report.options;
  return {
    name: printableName(info),
    functionName: info.name,
    flat: flatValue(graph.values, node) * ratio,
    cum: cumValue(graph.values, node) * ratio,
  };
}

function neighbours(
  report: Report,
  graph: ReportGraph,
  node: number,
  side: 'callers' | 'callees',
): Neighbour[] {
  const { adjacency, infoOf } = graph;
  const { edges } = adjacency;
  const list = side === 'callers' ? adjacency.into(node) : adjacency.outOf(node);
  const other = side === 'callers' ? edges.source : edges.target;
  return sortEdges(edges, list, infoOf).map((edge) => {
    const info = infoOf(other[edge] ?? 0);
    return {
      name: printableName(info),
      functionName: info.name,
      value: edgeWeightValue(edges, edge) * report.options.ratio,
      inline: edges.inline[edge] === 1,
    };
  });
}

/** How much of the graph is shown; what the profile is stands elsewhere on a page. */
function legendOf(report: Report, graph: ReportGraph): string[] {
  let total = 0;
  for (const node of graph.nodes) total += flatValue(graph.values, node);
  const { nodes, originalNodes, droppedNodes, droppedEdges } = graph;
  const shown = { total, nodes: nodes.length, originalNodes, droppedNodes, droppedEdges };
  const options = { ...report.options, compactLabels: true, activeFilters: [] };
  return reportLabels({ ...report, options }, shown, false);
}
