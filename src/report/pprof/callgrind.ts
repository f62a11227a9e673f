/** A profile in callgrind's format (report.printCallgrind of Go 1.26's pprof). */
import { scale } from '../../base/units.ts';
import { sortEdges } from './adjacency.ts';
import { formatInteger } from './gotext.ts';
import { flatValue } from './graph.ts';
import type { NodeInfo } from './nodeinfo.ts';
import type { Report } from './report.ts';
import { type ReportGraph, selectOutputUnit, trimmedGraph } from './trim.ts';

export function printCallgrind(report: Report): string {
  const graph = trimmedGraph(report);
  selectOutputUnit(report, graph);
  const { sampleType, sampleUnit } = report.options;
  const { edges } = graph.adjacency;
  const names = disambiguatedNames(graph);
  const objects = new Compressor();
  const files = new Compressor();
  const functions = new Compressor();
  const value = (raw: number) => formatInteger(scale(raw, sampleUnit, report.outputUnit).value);
  const lines = ['positions: instr line', `events: ${sampleType}(${report.outputUnit})`];
  let previous: NodeInfo | undefined;
  for (const node of graph.nodes) {
    const info = graph.infoOf(node);
    if (
      previous === undefined ||
      info.objectFile !== previous.objectFile ||
      info.file !== previous.file ||
      info.name !== previous.name
    ) {
      lines.push('', `ob=${objects.name(info.objectFile)}`, `fl=${files.name(info.file)}`);
      lines.push(`fn=${functions.name(info.name)}`);
    }
    const flat = value(flatValue(graph.values, node));
    lines.push(`${position(previous, info.address)} ${info.line} ${flat}`);
    for (const edge of sortEdges(edges, graph.adjacency.outOf(node), graph.infoOf)) {
      const target = edges.target[edge] ?? 0;
      const callee = graph.infoOf(target);
      lines.push(`cfl=${files.name(callee.file)}`);
      lines.push(`cfn=${functions.name(names.get(target) ?? '')}`);
      lines.push(`calls=0 ${position(previous, callee.address)} ${callee.line}`);
      lines.push(`* * ${value(edges.weight[edge] ?? 0)}`);
    }
    previous = info;
  }
  return `${lines.join('\n')}\n`;
}

/** Names of nodes; callgrind joins equal ones, so those of different functions get a number. */
function disambiguatedNames(graph: ReportGraph): Map<number, string> {
  const groups = new Map<string, Map<string, number>>();
  const keyOf = (info: NodeInfo) => `${info.file}\0${info.name}`;
  // In a tree, the same function below different callers is a different one.
  const functionOf = (node: number) =>
    `${graph.tree?.parent[node] ?? ''}/${graph.infoOf(node).functionId}`;
  for (const node of graph.nodes) {
    const key = keyOf(graph.infoOf(node));
    let group = groups.get(key);
    if (group === undefined) {
      group = new Map();
      groups.set(key, group);
    }
    const fn = functionOf(node);
    if (!group.has(fn)) group.set(fn, group.size);
  }
  const names = new Map<number, string>();
  for (const node of graph.nodes) {
    const info = graph.infoOf(node);
    const group = groups.get(keyOf(info));
    const many = group !== undefined && group.size > 1;
    const suffix = many ? ` [${(group.get(functionOf(node)) ?? 0) + 1}/${group.size}]` : '';
    names.set(node, info.name + suffix);
  }
  return names;
}

/** Names are written once, with a number that stands for them afterwards. */
class Compressor {
  private readonly ids = new Map<string, number>();

  name(text: string): string {
    if (text === '') return '';
    const known = this.ids.get(text);
    if (known !== undefined) return `(${known})`;
    const id = this.ids.size + 1;
    this.ids.set(text, id);
    return `(${id}) ${text}`;
  }
}

/** An address, relative to the one before when that is shorter. */
function position(previous: NodeInfo | undefined, address: bigint): string {
  const absolute = `0x${address.toString(16)}`;
  if (previous === undefined) return absolute;
  if (previous.address === address) return '*';
  const difference = BigInt.asIntN(64, address - previous.address);
  const relative = difference < 0n ? String(difference) : `+${difference}`;
  return relative.length < absolute.length ? relative : absolute;
}
