/**
 * Tags of nodes: how much of a node's value came with which labels. Only pictures show them.
 *
 * Meaning of Node.addSample (internal/graph/graph.go of Go 1.26), with the rule of report.newGraph that
 * of numbers only `bytes` counts. Sums are kept per node and label set; tags are made of them for the
 * nodes that are asked for.
 */
import { formatScaled } from '../../base/units.ts';
import { type Label, labelsOf } from '../../profile/labels.ts';
import type { Profile } from '../../profile/profile.ts';
import { compareStrings } from './gotext.ts';
import type { CallTreeNodes, GraphInput, NodeValues } from './graph.ts';
import { PairTable } from './pairs.ts';
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
}

/** Tags of all nodes that `kept` accepts, in the order in which samples first brought them. */
export function tagsOf(
  input: GraphInput,
  tree: CallTreeNodes | undefined,
  kept: (node: number) => boolean,
  source: TagSource,
): Map<number, NodeTags> {
  const { profile } = input;
  if (profile.labelSets.length <= 1) return new Map();
  const sets = Array.from({ length: profile.labelSets.length }, (_, set) => setTags(profile, set));
  if (sets.every(({ joined, bytes }) => joined === '' && bytes.length === 0)) return new Map();
  const result = new Map<number, NodeTags>();
  const { pairs, values } = nodeSetValues(input, tree, kept);
  for (let pair = 0; pair < pairs.length; pair++) {
    const node = pairs.first[pair] ?? 0;
    const set = sets[pairs.second[pair] ?? 0];
    if (set === undefined) continue;
    let tags = result.get(node);
    if (tags === undefined) {
      tags = { labels: new Map(), numbers: new Map() };
      result.set(node, tags);
    }
    addTags(tags, set, values, pair, source);
  }
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

/** Values per pair of node and label set. */
function nodeSetValues(
  input: GraphInput,
  tree: CallTreeNodes | undefined,
  kept: (node: number) => boolean,
): { pairs: PairTable; values: NodeValues } {
  const pairs = new PairTable();
  const rows: Pick<NodeValuesLists, 'flat' | 'flatDiv' | 'cum' | 'cumDiv'> = {
    flat: [],
    flatDiv: [],
    cum: [],
    cumDiv: [],
  };
  const add = (node: number, row: number, weight: number, divisor: number, flat: boolean) => {
    if (!kept(node)) return;
    const pair = pairs.intern(node, input.profile.samples.labelSet[row] ?? 0);
    for (const column of [rows.flat, rows.flatDiv, rows.cum, rows.cumDiv]) column[pair] ??= 0;
    const sum = flat ? rows.flat : rows.cum;
    const div = flat ? rows.flatDiv : rows.cumDiv;
    sum[pair] = (sum[pair] ?? 0) + weight;
    div[pair] = (div[pair] ?? 0) + divisor;
  };
  visitNodes(input, tree, add);
  return {
    pairs,
    values: {
      flat: Float64Array.from(rows.flat),
      flatDiv: Float64Array.from(rows.flatDiv),
      cum: Float64Array.from(rows.cum),
      cumDiv: Float64Array.from(rows.cumDiv),
    },
  };
}

interface NodeValuesLists {
  readonly flat: number[];
  readonly flatDiv: number[];
  readonly cum: number[];
  readonly cumDiv: number[];
}

/** Calls back for every node of every sample once, then for its leaf. */
function visitNodes(
  input: GraphInput,
  tree: CallTreeNodes | undefined,
  add: (node: number, row: number, weight: number, divisor: number, flat: boolean) => void,
): void {
  const { profile, table } = input;
  const { samples, stacks } = profile;
  const paths = tree === undefined ? undefined : pathsOf(tree);
  const seen = new Int32Array(table.infos.length).fill(-1);
  for (let row = 0; row < samples.length; row++) {
    const weight = Number(input.weights[row] ?? 0);
    const divisor = Number(input.divisors?.[row] ?? 0);
    if (weight === 0 && divisor === 0) continue;
    const stack = samples.stack[row] ?? 0;
    let node = -1;
    for (let i = (stacks.start[stack + 1] ?? 0) - 1; i >= (stacks.start[stack] ?? 0); i--) {
      const location = stacks.locations[i] ?? 0;
      const from = table.start[location] ?? 0;
      for (let at = (table.start[location + 1] ?? 0) - 1; at >= from; at--) {
        const info = table.of[at] ?? 0;
        node = paths === undefined ? info : paths.intern(node, info);
        if (paths === undefined) {
          if (seen[info] === row) continue;
          seen[info] = row;
        }
        add(node, row, weight, divisor, false);
      }
    }
    if (node >= 0) add(node, row, weight, divisor, true);
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
export function trimTags(tags: Map<number, NodeTags>, limit: number): void {
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
