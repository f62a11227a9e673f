/**
 * Orders of nodes: by value, or by how much a node says in a picture of the graph (entropy).
 *
 * graph.Nodes.Sort (internal/graph/graph.go of Go 1.26). Where pprof leaves the order to its hash map,
 * ours is the order of first appearance in the profile; where to Go's sort, which is not stable, it is
 * the order of Go's sort.
 */
import { sortAsGo } from '../../binary/gosort.ts';
import type { Adjacency } from './adjacency.ts';
import type { NodeValues } from './graph.ts';
import { compareAllFields, compareNames, type NodeInfo } from './nodeinfo.ts';

export interface SortInput {
  readonly values: NodeValues;
  readonly infoOf: (node: number) => NodeInfo;
}

/** Largest flat value first. */
export function sortByFlat(nodes: readonly number[], input: SortInput): number[] {
  const { flat, cum } = input.values;
  return sorted(nodes, (a, b) => {
    const order = Math.abs(flat[b] ?? 0) - Math.abs(flat[a] ?? 0);
    if (order !== 0) return order;
    const left = input.infoOf(a);
    const right = input.infoOf(b);
    return (
      compareNames(left, right) ||
      Math.abs(cum[b] ?? 0) - Math.abs(cum[a] ?? 0) ||
      compareAllFields(left, right)
    );
  });
}

/** Highest score (a magnitude) first. */
export function sortByScore(
  nodes: readonly number[],
  input: SortInput,
  score: (node: number) => number,
): number[] {
  const scores = new Map(nodes.map((node) => [node, score(node)]));
  const { flat } = input.values;
  return sorted(nodes, (a, b) => {
    const order = (scores.get(b) ?? 0) - (scores.get(a) ?? 0);
    if (order !== 0) return order;
    const left = input.infoOf(a);
    const right = input.infoOf(b);
    return (
      compareNames(left, right) ||
      Math.abs(flat[b] ?? 0) - Math.abs(flat[a] ?? 0) ||
      compareAllFields(left, right)
    );
  });
}

/** Nodes of a tree can be equal in all that is compared: then, it matters how Go sorts. */
function sorted(nodes: readonly number[], compare: (a: number, b: number) => number): number[] {
  let hasTies = false;
  const result = [...nodes].sort((a, b) => {
    const order = compare(a, b);
    if (order === 0 && a !== b) hasTies = true;
    return order;
  });
  return hasTies ? sortAsGo([...nodes], (a, b) => compare(a, b) < 0) : result;
}

/** By function name, then all fields. */
export function compareByName(a: NodeInfo, b: NodeInfo): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return compareAllFields(a, b);
}

/** Nodes whose edges vary score high, those that merely pass on score low; as a magnitude. */
export function entropyScore(node: number, values: NodeValues, adjacency: Adjacency): number {
  const into = adjacency.into(node);
  const out = adjacency.outOf(node);
  const flat = values.flat[node] ?? 0;
  const score =
    (into.length === 0 ? 1 : edgeEntropy(adjacency, into, 0)) +
    (out.length === 0 ? 1 : edgeEntropy(adjacency, out, flat));
  return magnitude(score * (values.cum[node] ?? 0), flat);
}

/**
 * |int64(score) + flat| in Go's 64-bit arithmetic: edges of weight 0 make the entropy NaN, which
 * converts to the least integer, whose magnitude is itself.
 */
function magnitude(score: number, flat: number): number {
  if (Math.abs(score) < 2 ** 53) return Math.abs(Math.trunc(score) + flat);
  const whole = Math.abs(score) < 2 ** 63 ? BigInt(Math.trunc(score)) : -(1n << 63n);
  const sum = BigInt.asIntN(64, whole + BigInt(flat));
  return Number(sum < 0n ? BigInt.asIntN(64, -sum) : sum);
}

function edgeEntropy(adjacency: Adjacency, list: readonly number[], self: number): number {
  const { weight } = adjacency.edges;
  let total = self;
  for (const edge of list) if ((weight[edge] ?? 0) > 0) total += weight[edge] ?? 0;
  if (total === 0) return 0;
  let score = 0;
  for (const edge of list) {
    const fraction = Math.abs(weight[edge] ?? 0) / total;
    score += -fraction * log2(fraction);
  }
  if (self > 0) {
    const fraction = self / total;
    score += -fraction * log2(fraction);
  }
  return score;
}

/** math.Log2 of Go: exact for powers of two, natural logarithm of the fraction otherwise. */
function log2(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return Math.log2(value);
  let exponent = Math.floor(Math.log2(value)) + 1;
  let fraction = value / 2 ** exponent;
  while (fraction >= 1) {
    fraction /= 2;
    exponent++;
  }
  while (fraction < 0.5) {
    fraction *= 2;
    exponent--;
  }
  if (fraction === 0.5) return exponent - 1;
  return Math.log(fraction) * (1 / Math.LN2) + exponent;
}
