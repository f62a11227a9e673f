/**
 * The textual reports over a graph: top, tree, peek.
 *
 * report.printText and report.printTree (internal/report/report.go of Go 1.26).
 */
import { formatPercentage } from '../../base/units.ts';
import { sortEdges } from './adjacency.ts';
import { padLeft } from './gotext.ts';
import { cumValue, flatValue } from './graph.ts';
import { printableName } from './nodeinfo.ts';
import { formatReportValue, type Report, reportLabels } from './report.ts';
import { type ReportGraph, selectOutputUnit, trimmedGraph } from './trim.ts';

/** One row of top. */
export interface TextItem {
  readonly name: string;
  /** '', '(inline)' or '(partial-inline)'. */
  readonly inlineLabel: string;
  readonly flat: number;
  readonly cum: number;
}

/** The header lines of a graph's report. */
export function graphLabels(report: Report, graph: ReportGraph, full: boolean): string[] {
  let total = 0;
  for (const node of graph.nodes) total += flatValue(graph.values, node);
  return reportLabels(
    report,
    {
      total,
      nodes: graph.nodes.length,
      originalNodes: graph.originalNodes,
      droppedNodes: graph.droppedNodes,
      droppedEdges: full ? graph.droppedEdges : 0,
    },
    full,
  );
}

/** Rows and header of top. */
export function textItems(report: Report): { items: TextItem[]; labels: string[] } {
  const graph = trimmedGraph(report);
  selectOutputUnit(report, graph);
  const items = graph.nodes.map((node) => ({
    name: printableName(graph.infoOf(node)),
    inlineLabel: INLINE_LABELS[inlineState(graph, node)],
    flat: flatValue(graph.values, node),
    cum: cumValue(graph.values, node),
  }));
  return { items, labels: graphLabels(report, graph, false) };
}

/** Whether a node's function is inlined into those that call it. */
export function inlineState(graph: ReportGraph, node: number): 'no' | 'yes' | 'partly' {
  const { adjacency } = graph;
  let inlined = false;
  let called = false;
  for (const edge of adjacency.into(node)) {
    if (adjacency.edges.inline[edge] === 1) inlined = true;
    else called = true;
  }
  if (!inlined) return 'no';
  return called ? 'partly' : 'yes';
}

const INLINE_LABELS = { no: '', yes: '(inline)', partly: '(partial-inline)' } as const;

export function printText(report: Report): string {
  const { items, labels } = textItems(report);
  const lines = [...labels, '      flat  flat%   sum%        cum   cum%'];
  const { total } = report;
  let sum = 0;
  for (const { name, inlineLabel: inline, flat, cum } of items) {
    sum += flat;
    const own = `${padLeft(formatReportValue(report, flat), 10)} ${formatPercentage(flat, total)}`;
    const all = `${padLeft(formatReportValue(report, cum), 10)} ${formatPercentage(cum, total)}`;
    const suffix = inline === '' ? '' : ` ${inline}`;
    lines.push(`${own} ${formatPercentage(sum, total)} ${all}  ${name}${suffix}`);
  }
  return `${lines.join('\n')}\n`;
}

const SEPARATOR = '----------------------------------------------------------+-------------';
const LEGEND = '      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t ';

/** tree, and peek when a symbol is given. Undefined when no node matches it. */
export function printTree(report: Report): string | undefined {
  const graph = trimmedGraph(report);
  selectOutputUnit(report, graph);
  const lines = [...graphLabels(report, graph, false), SEPARATOR, LEGEND];
  const { symbol } = report.options;
  let sum = 0;
  let matched = 0;
  for (const node of graph.nodes) {
    const name = printableName(graph.infoOf(node));
    if (symbol !== undefined && !symbol.matches(name)) continue;
    matched++;
    sum += flatValue(graph.values, node);
    lines.push(SEPARATOR);
    lines.push(...edgeLines(report, graph, node, true));
    lines.push(nodeLine(report, graph, node, sum));
    lines.push(...edgeLines(report, graph, node, false));
  }
  if (symbol !== undefined && matched === 0) return undefined;
  if (graph.nodes.length > 0) lines.push(SEPARATOR);
  return `${lines.join('\n')}\n`;
}

function nodeLine(report: Report, graph: ReportGraph, node: number, sum: number): string {
  const { total } = report;
  const flat = flatValue(graph.values, node);
  const cum = cumValue(graph.values, node);
  const own = `${padLeft(formatReportValue(report, flat), 10)} ${formatPercentage(flat, total)}`;
  const all = `${padLeft(formatReportValue(report, cum), 10)} ${formatPercentage(cum, total)}`;
  const name = printableName(graph.infoOf(node));
  return `${own} ${formatPercentage(sum, total)} ${all}                | ${name}`;
}

function edgeLines(report: Report, graph: ReportGraph, node: number, into: boolean): string[] {
  const { adjacency, infoOf } = graph;
  const { edges } = adjacency;
  const cum = cumValue(graph.values, node);
  const list = into ? adjacency.into(node) : adjacency.outOf(node);
  return sortEdges(edges, list, infoOf).map((edge) => {
    const weight = edges.weight[edge] ?? 0;
    const other = (into ? edges.source[edge] : edges.target[edge]) ?? 0;
    const inline = edges.inline[edge] === 1 ? ' (inline)' : '';
    const value = padLeft(formatReportValue(report, weight), 50);
    const share = formatPercentage(weight, cum);
    return `${value} ${share} |   ${printableName(infoOf(other))}${inline}`;
  });
}
