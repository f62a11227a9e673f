/**
 * Tags of nodes: how much of a node's value came with which labels. Only pictures show them.
 *
 * Meaning of Node.addSample (internal/graph/graph.go of Go 1.26), with the rule of report.newGraph that
 * of numbers only `bytes` counts. Sums are kept per node and label set; tags are made of them for the
 * nodes that are asked for.
 */
import { formatScaled } from '../../base/units.ts';
import { type Label, labelsOf } from '../../profile/labels.ts';
import { PairTable } from '../../profile/pairs.ts';
import type { Profile } from '../../profile/profile.ts';
import { compareStrings } from './gotext.ts';
import {
  type CallTreeNodes,
  type GraphInput,
  isZero,
  type NodeValues,
  valuesOf,
  WeightedSums,
} from './graph.ts';
import { DIFF_BASE_LABEL } from './report.ts';

export interface Tag {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  flat: number;
  flatDiv: number;
  cum: number;
  cumDiv: number;
}

export interface NodeTags {
  /** By the joined labels. */
  readonly labels: Map<string, Tag>;
  /** By the joined labels ('' = none), then by printed value. */
  readonly numbers: Map<string, Map<string, Tag>>;
}

/** The text labels of a set as one line, and its `bytes`. */
interface SetTags {
  readonly joined: string;
  readonly bytes: readonly number[];
}

function setTags(profile: Profile, set: number): SetTags {
  const labels = labelsOf(profile, set);
  const texts = labels.flatMap((label: Label) =>
    'text' in label && label.key !== DIFF_BASE_LABEL ? [`${label.key}:${label.text}`] : [],
  );
  const bytes = labels.flatMap((label) =>
    'number' in label && label.key === 'bytes' ? [Number(label.number)] : [],
  );
  return { joined: texts.sort(compareStrings).join('\\n'), bytes };
}

export interface TagSource {
  /** Unit of the label `bytes`. */
  readonly bytesUnit: string;
  readonly outputUnit: string;
  /** Tags below it, flat and cumulative, are left out. */
  readonly limit: number;
}

/** Label sets that give the same tags, as one. */
interface TagGroups {
  readonly groups: readonly SetTags[];
  /** Group of every label set. */
  readonly groupOf: Int32Array;
}

function tagGroups(profile: Profile): TagGroups {
  const groups: SetTags[] = [];
  const byKey = new Map<string, number>();
  const groupOf = Int32Array.from({ length: profile.labelSets.length }, (_, set) => {
    const tags = setTags(profile, set);
    const key = `${tags.bytes.join()}\0${tags.joined}`;
    let group = byKey.get(key);
    if (group === undefined) {
      group = groups.push(tags) - 1;
      byKey.set(key, group);
    }
    return group;
  });
  return { groups, groupOf };
}

/** Tags of the nodes that are `kept`, in the order in which samples first brought them. */
export function tagsOf(
  input: GraphInput,
  tree: CallTreeNodes | undefined,
  kept: Uint8Array,
  source: TagSource,
): Map<number, NodeTags> {
  const result = new Map<number, NodeTags>();
  if (input.profile.labelSets.length <= 1) return result;
  const { groups, groupOf } = tagGroups(input.profile);
  const withBytes = groups.some(({ bytes }) => bytes.length > 0);
  if (!withBytes && groups.every(({ joined }) => joined === '')) return result;
  const { pairs, values } = nodeGroupValues(input, tree, kept, groupOf);
  const { limit } = source;
  for (let pair = 0; pair < pairs.length; pair++) {
    const group = groups[pairs.second[pair] ?? 0];
    if (group === undefined || (group.joined === '' && group.bytes.length === 0)) continue;
    // Without numbers, a group is one tag, and most are too light to be made.
    const light =
      Math.abs(values.flat[pair] ?? 0) < limit && Math.abs(values.cum[pair] ?? 0) < limit;
    if (light && !withBytes) continue;
    const node = pairs.first[pair] ?? 0;
    let tags = result.get(node);
    if (tags === undefined) {
      tags = { labels: new Map(), numbers: new Map() };
      result.set(node, tags);
    }
    addTags(tags, group, values, pair, source);
  }
  trimTags(result, limit);
  return result;
}

function addTags(
  tags: NodeTags,
  set: SetTags,
  values: NodeValues,
  pair: number,
  source: TagSource,
): void {
  if (set.joined !== '') addTo(tags.labels, set.joined, '', 0, values, pair);
  if (set.bytes.length === 0) return;
  let numbers = tags.numbers.get(set.joined);
  if (numbers === undefined) {
    numbers = new Map();
    tags.numbers.set(set.joined, numbers);
  }
  const { bytesUnit, outputUnit } = source;
  for (const value of set.bytes) {
    addTo(numbers, formatScaled(value, bytesUnit, outputUnit), bytesUnit, value, values, pair);
  }
}

function addTo(
  tags: Map<string, Tag>,
  name: string,
  unit: string,
  value: number,
  values: NodeValues,
  pair: number,
): void {
  let tag = tags.get(name);
  if (tag === undefined) {
    tag = { name, unit, value, flat: 0, flatDiv: 0, cum: 0, cumDiv: 0 };
    tags.set(name, tag);
  }
  tag.flat += values.flat[pair] ?? 0;
  tag.flatDiv += values.flatDiv[pair] ?? 0;
  tag.cum += values.cum[pair] ?? 0;
  tag.cumDiv += values.cumDiv[pair] ?? 0;
}

/** Values per pair of node and group of label sets. */
function nodeGroupValues(
  input: GraphInput,
  tree: CallTreeNodes | undefined,
  kept: Uint8Array,
  groupOf: Int32Array,
): { pairs: PairTable; values: NodeValues } {
  const { samples } = input.profile;
  const sums = new GroupSums(input, tree, kept);
  for (let row = 0; row < samples.length; row++) {
    if (isZero(input, row)) continue;
    sums.addStack(samples.stack[row] ?? 0, groupOf[samples.labelSet[row] ?? 0] ?? 0, row);
  }
  return sums.finish();
}

class GroupSums {
  private readonly input: GraphInput;
  private readonly kept: Uint8Array;
  /** Nodes of a tree by parent and place. */
  private readonly paths: PairTable | undefined;
  private readonly pairs = new PairTable();
  private readonly flat: WeightedSums;
  private readonly cum: WeightedSums;
  /** The last row that counted for a place. */
  private readonly seen: Int32Array;

  constructor(input: GraphInput, tree: CallTreeNodes | undefined, kept: Uint8Array) {
    this.input = input;
    this.kept = kept;
    this.paths = tree === undefined ? undefined : pathsOf(tree);
    this.flat = new WeightedSums(input, 1024);
    this.cum = new WeightedSums(input, 1024);
    this.seen = new Int32Array(input.table.infos.length).fill(-1);
  }

  /** Walks a stack from its root. */
  addStack(stack: number, group: number, row: number): void {
    const { kept, paths, seen } = this;
    const { stacks } = this.input.profile;
    const { start, of } = this.input.table;
    const begin = stacks.start[stack] ?? 0;
    let node = -1;
    for (let i = (stacks.start[stack + 1] ?? 0) - 1; i >= begin; i--) {
      const location = stacks.locations[i] ?? 0;
      const from = start[location] ?? 0;
      for (let at = (start[location + 1] ?? 0) - 1; at >= from; at--) {
        const info = of[at] ?? 0;
        node = paths === undefined ? info : paths.intern(node, info);
        if (paths === undefined) {
          if (seen[info] === row) continue;
          seen[info] = row;
        }
        if (kept[node] === 1) this.addCumulative(node, group, row);
      }
    }
    if (node < 0 || kept[node] === 0) return;
    const leaf = this.pairs.intern(node, group);
    this.flat.reserve(leaf + 1);
    this.flat.add(leaf, row);
  }

  private addCumulative(node: number, group: number, row: number): void {
    const pair = this.pairs.intern(node, group);
    this.cum.reserve(pair + 1);
    this.cum.add(pair, row);
  }

  finish(): { pairs: PairTable; values: NodeValues } {
    const { pairs, flat, cum } = this;
    flat.reserve(pairs.length);
    cum.reserve(pairs.length);
    return { pairs, values: valuesOf(flat, cum, pairs.length) };
  }
}

function pathsOf(tree: CallTreeNodes): PairTable {
  const paths = new PairTable();
  for (let node = 0; node < tree.length; node++) {
    paths.intern(tree.parent[node] ?? -1, tree.infoOf[node] ?? 0);
  }
  return paths;
}

/** Removes tags below a limit (graph.trimLowFreqTags). */
function trimTags(tags: Map<number, NodeTags>, limit: number): void {
  const low = (tag: Tag) => Math.abs(tag.flat) < limit && Math.abs(tag.cum) < limit;
  for (const { labels, numbers } of tags.values()) {
    for (const map of [labels, ...numbers.values()]) {
      for (const [name, tag] of map) if (low(tag)) map.delete(name);
    }
  }
}

/** Number of tags with a value of their own. */
export function countTags(tags: NodeTags | undefined): number {
  if (tags === undefined) return 0;
  let count = 0;
  for (const map of [tags.labels, ...tags.numbers.values()]) {
    for (const tag of map.values()) if (tag.flat !== 0) count++;
  }
  return count;
}

/** Heaviest first, then by name (graph.SortTags). */
export function sortTags<T extends { name: string; flat: number; cum: number }>(
  tags: Iterable<T>,
  flat: boolean,
): T[] {
  return [...tags].sort((a, b) => {
    const byCum = flat || a.cum === b.cum ? 0 : Math.abs(b.cum) - Math.abs(a.cum);
    if (byCum !== 0 || (!flat && a.cum !== b.cum)) return byCum;
    if (a.flat !== b.flat) return Math.abs(b.flat) - Math.abs(a.flat);
    return compareStrings(a.name, b.name);
  });
}
