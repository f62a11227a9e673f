/**
 * A graph as Graphviz input.
 *
 * graph.ComposeDot (internal/graph/dotgraph.go of Go 1.26), to the byte. Not a layout: that is
 * Graphviz's part.
 */
import { formatPercentage, formatValue, scale } from '../../base/units.ts';
import { sortEdges } from './adjacency.ts';
import { basePath, divide } from './gotext.ts';
import { cumValue, edgeWeightValue, flatValue } from './graph.ts';
import { type NodeInfo, nameComponents, printableName } from './nodeinfo.ts';
import { formatReportValue, type Report } from './report.ts';
import { shortenFunctionName } from './shortname.ts';
import { sortTags, type Tag } from './tags.ts';
import { graphLabels } from './text.ts';
import { MAX_NODELETS, type ReportGraph, selectOutputUnit, trimmedGraph } from './trim.ts';

export function printDot(report: Report): string {
  const graph = trimmedGraph(report);
  selectOutputUnit(report, graph);
  return composeDot(report, graph, graphLabels(report, graph, true));
}

/** The graph in Graphviz's language; without labels it has no legend, as on pprof's page. */
export function composeDot(report: Report, graph: ReportGraph, labels: readonly string[]): string {
  const { title } = report.options;
  const lines = [
    `digraph "${title === '' ? 'unnamed' : title}" {`,
    'node [style=filled fillcolor="#f8f8f8"]',
    ...(labels.length > 0 ? [legend(title, labels)] : []),
  ];
  const ids = new Map(graph.nodes.map((node, i) => [node, i + 1]));
  const maxFlat = Math.max(0, ...graph.nodes.map((n) => Math.abs(flatValue(graph.values, n))));
  const withNodelets = new Set<number>();
  const edges: number[] = [];
  for (const node of graph.nodes) {
    const id = ids.get(node) ?? 0;
    lines.push(nodeLine(report, graph, node, id, maxFlat));
    const nodelets = nodeletLines(report, graph, node, id);
    if (nodelets.length > 0) withNodelets.add(node);
    lines.push(...nodelets);
    edges.push(...graph.adjacency.outOf(node));
  }
  for (const edge of sortEdges(graph.adjacency.edges, edges, graph.infoOf)) {
    const source = graph.adjacency.edges.source[edge] ?? 0;
    const target = graph.adjacency.edges.target[edge] ?? 0;
    const attributes = edgeAttributes(report, graph, edge, withNodelets.has(source));
    lines.push(`N${ids.get(source) ?? 0} -> N${ids.get(target) ?? 0} [${attributes}]`);
  }
  lines.push('}');
  return `${lines.join('\n')}\n`;
}

function legend(title: string, labels: readonly string[]): string {
  const text = labels.map(escapeForDot).join('\\l');
  const tooltip = title === '' ? '' : ` tooltip="${title}"`;
  const name = escapeForDot(labels[0] ?? '');
  return `subgraph cluster_L { "${name}" [shape=box fontsize=16 label="${text}\\l"${tooltip}] }`;
}

function nodeLine(
  report: Report,
  graph: ReportGraph,
  node: number,
  id: number,
  maxFlat: number,
): string {
  const { total } = report;
  const flat = flatValue(graph.values, node);
  const cum = cumValue(graph.values, node);
  const info = graph.infoOf(node);
  const flatText = formatReportValue(report, flat);
  let label = multilineName(info);
  label += flat === 0 ? '0' : `${flatText} (${formatPercentage(flat, total).trim()})`;
  let cumText = flatText;
  if (cum !== flat) {
    cumText = formatReportValue(report, cum);
    label += flat === 0 ? ' ' : '\\n';
    label += `of ${cumText} (${formatPercentage(cum, total).trim()})`;
  }
  const size = Math.abs(flat);
  // Fonts grow with the root of the share, to be told apart.
  const growth =
    maxFlat !== 0 && flat !== 0 && size <= maxFlat ? Math.ceil(16 * Math.sqrt(size / maxFlat)) : 0;
  const score = cum / Math.abs(total);
  const tooltip = `${escapeForDot(printableName(info))} (${cumText})`;
  return (
    `N${id} [label="${label}" id="node${id}" fontsize=${8 + growth} shape=box ` +
    `tooltip="${tooltip}" color="${dotColor(score, false)}" fillcolor="${dotColor(score, true)}"]`
  );
}

/** The boxes of a node's tags: the heaviest labels, each with its numbers, then numbers alone. */
function nodeletLines(report: Report, graph: ReportGraph, node: number, id: number): string[] {
  const tags = graph.tags.get(node);
  if (tags === undefined) return [];
  // Leaves show all that came through them, since their children may have been left out.
  const flatTags = graph.adjacency.outOf(node).length > 0;
  const lines: string[] = [];
  const labels = sortTags(tags.labels.values(), flatTags).slice(0, MAX_NODELETS);
  for (const [i, tag] of labels.entries()) {
    const value = flatTags ? divide(tag.flat, tag.flatDiv) : divide(tag.cum, tag.cumDiv);
    if (value === 0) continue;
    lines.push(...nodelet(`N${id}_${i}`, `N${id}`, tag.name, formatReportValue(report, value), ''));
    const numbers = tags.numbers.get(tag.name);
    if (numbers !== undefined) {
      lines.push(...numberLines(report, [...numbers.values()], flatTags, `N${id}_${i}`));
    }
  }
  const numbers = tags.numbers.get('');
  if (numbers !== undefined) {
    lines.push(...numberLines(report, [...numbers.values()], flatTags, `N${id}`));
  }
  return lines;
}

function nodelet(id: string, from: string, name: string, weight: string, style: string): string[] {
  return [
    `${id} [label = "${name}" id="${id}" fontsize=8 shape=box3d tooltip="${weight}"]`,
    `${from} -> ${id} [label=" ${weight}" weight=100 tooltip="${weight}" labeltooltip="${weight}"${style}]`,
  ];
}

function numberLines(
  report: Report,
  tags: readonly Tag[],
  flatTags: boolean,
  from: string,
): string[] {
  return collapse(tags, flatTags).flatMap((tag, i) => {
    const flat = divide(tag.flat, tag.flatDiv);
    const cum = divide(tag.cum, tag.cumDiv);
    const asFlat = flatTags || flat === cum;
    const value = asFlat ? flat : cum;
    if (value === 0) return [];
    const style = asFlat ? '' : ' style="dotted"';
    return nodelet(`N${from}_${i}`, from, tag.name, formatReportValue(report, value), style);
  });
}

/** Joins numbers into at most four ranges around the heaviest ones. */
function collapse(tags: readonly Tag[], flatTags: boolean): Tag[] {
  const sorted = sortTags(tags, flatTags);
  if (sorted.length <= MAX_NODELETS) return sorted;
  const groups = sorted.slice(0, MAX_NODELETS).map((tag) => [tag]);
  for (const tag of sorted.slice(MAX_NODELETS)) {
    let nearest = groups[0];
    let least = Number.POSITIVE_INFINITY;
    for (const group of groups) {
      const first = group[0];
      if (first === undefined) continue;
      const distance = Math.abs(scale(first.value, first.unit, tag.unit).value - tag.value);
      if (distance < least) {
        nearest = group;
        least = distance;
      }
    }
    nearest?.push(tag);
  }
  return sortTags(groups.map(joinGroup), flatTags);
}

function joinGroup(group: readonly Tag[]): Tag {
  const sum = (field: 'flat' | 'flatDiv' | 'cum' | 'cumDiv') =>
    group.reduce((total, tag) => total + tag[field], 0);
  const flat = divide(sum('flat'), sum('flatDiv'));
  const cum = divide(sum('cum'), sum('cumDiv'));
  const joined = { unit: '', value: 0, flat, flatDiv: 0, cum, cumDiv: 0 };
  const [first, ...others] = group;
  if (first === undefined) return { ...joined, name: '' };
  let min = first;
  let max = first;
  for (const tag of others) {
    if (Math.trunc(scale(tag.value, tag.unit, min.unit).value) < min.value) min = tag;
    if (Math.trunc(scale(tag.value, tag.unit, max.unit).value) > max.value) max = tag;
  }
  const low = formatValue(min.value, min.unit);
  const name = group.length === 1 ? low : `${low}..${formatValue(max.value, max.unit)}`;
  return { ...joined, name };
}

function edgeAttributes(
  report: Report,
  graph: ReportGraph,
  edge: number,
  hasNodelets: boolean,
): string {
  const { edges } = graph.adjacency;
  const { total } = report;
  const value = edgeWeightValue(edges, edge);
  const weight = formatReportValue(report, value);
  const residual = edges.residual[edge] === 1;
  let text = `label=" ${weight}${edges.inline[edge] === 1 ? '\\n (inline)' : ''}"`;
  if (total !== 0) {
    const heavy = 1 + Math.min(Math.abs(divide(value * 100, total)), 100);
    if (heavy > 1) text += ` weight=${heavy}`;
    const wide = 1 + Math.min(Math.abs(divide(value * 5, total)), 5);
    if (wide > 1) text += ` penwidth=${wide}`;
    text += ` color="${dotColor(value / Math.abs(total), false)}"`;
  }
  const source = escapeForDot(printableName(graph.infoOf(edges.source[edge] ?? 0)));
  const target = escapeForDot(printableName(graph.infoOf(edges.target[edge] ?? 0)));
  const tooltip = `"${source} ${residual ? '...' : '->'} ${target} (${weight})"`;
  text += ` tooltip=${tooltip} labeltooltip=${tooltip}`;
  if (residual) text += ' style="dotted"';
  if (hasNodelets) text += ' minlen=2';
  return text;
}

function multilineName(info: NodeInfo): string {
  const name = escapeForDot(shortenFunctionName(info.name))
    .replaceAll('::', '\\n')
    .replaceAll('[...]', '[…]')
    .replaceAll('.', '\\n');
  const file = info.file === '' ? '' : basePath(info.file);
  return `${nameComponents({ ...info, name, file }).join('\\n')}\\n`;
}

function escapeForDot(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\l');
}

/** From green (-1) over grey to red (1); `background` is the pale form. */
export function dotColor(score: number, background: boolean): string {
  const value = background ? 0.93 : 0.7;
  let saturation = background ? 0.1 : 1;
  let clamped = Math.max(-1, Math.min(1, score));
  if (Math.abs(clamped) < 0.2) saturation *= Math.abs(clamped) / 0.2;
  if (clamped > 0) clamped = root(clamped);
  if (clamped < 0) clamped = -root(-clamped);
  const green = clamped < 0;
  const red = green ? value * (1 + saturation * clamped) : value;
  const grn = green ? value : value * (1 - saturation * clamped);
  const blue = value * (1 - saturation);
  return `#${[red, grn, blue].map(channel).join('')}`;
}

/** x to the power of 1 - 0.7, the way Go's math.Pow computes it. */
function root(value: number): number {
  return value === 1 ? 1 : Math.exp(0.3 * Math.log(value));
}

function channel(value: number): string {
  return (Number.isNaN(value) ? 0 : Math.trunc(value * 255) & 255).toString(16).padStart(2, '0');
}
