/** Edges by node: lists of the incoming and outgoing edges that are left. */
import { compareStrings } from './gotext.ts';
import type { EdgeTable } from './graph.ts';
import { type NodeInfo, printableName } from './nodeinfo.ts';

const NONE: readonly number[] = [];

export class Adjacency {
  readonly edges: EdgeTable;
  private readonly incoming: (number[] | undefined)[] = [];
  private readonly outgoing: (number[] | undefined)[] = [];

  constructor(edges: EdgeTable) {
    this.edges = edges;
    for (let edge = 0; edge < edges.length; edge++) {
      push(this.incoming, edges.target[edge] ?? 0, edge);
      push(this.outgoing, edges.source[edge] ?? 0, edge);
    }
  }

  into(node: number): readonly number[] {
    return this.incoming[node] ?? NONE;
  }

  outOf(node: number): readonly number[] {
    return this.outgoing[node] ?? NONE;
  }

  remove(edge: number): void {
    without(this.incoming, this.edges.target[edge] ?? 0, edge);
    without(this.outgoing, this.edges.source[edge] ?? 0, edge);
  }
}

function push(lists: (number[] | undefined)[], node: number, edge: number): void {
  const list = lists[node];
  if (list === undefined) lists[node] = [edge];
  else list.push(edge);
}

function without(lists: (number[] | undefined)[], node: number, edge: number): void {
  lists[node] = lists[node]?.filter((other) => other !== edge);
}

/** Heaviest first, then by the names of both ends (graph.EdgeMap.Sort). */
export function sortEdges(
  edges: EdgeTable,
  list: readonly number[],
  infoOf: (node: number) => NodeInfo,
): number[] {
  const weight = (edge: number) => Math.abs(edges.weight[edge] ?? 0);
  const source = (edge: number) => printableName(infoOf(edges.source[edge] ?? 0));
  const target = (edge: number) => printableName(infoOf(edges.target[edge] ?? 0));
  return [...list].sort(
    (a, b) =>
      weight(b) - weight(a) ||
      compareStrings(source(a), source(b)) ||
      compareStrings(target(a), target(b)),
  );
}
