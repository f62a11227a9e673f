/**
 * The flame graph of a report: all its stacks folded once, then as many trees as are asked for.
 *
 * Folding is the expensive half (one pass over the samples); a tree of what can be seen is a layout
 * of the nodes above a floor, so that a zoom into a large profile costs milliseconds. Values of a
 * base (-base, -diff_base) are kept apart from the others, for a differential flame graph of both.
 * Not a layout on a screen.
 */
import { resized } from '../../base/columns.ts';
import { type CallTree, foldFromLeaf, foldFromRoot } from '../../profile/calltree.ts';
import {
  FrameInterner,
  frameRanks,
  type LocationFrames,
  locationFrames,
} from '../../profile/frames.ts';
import type { Profile } from '../../profile/profile.ts';
import { withLines } from '../../profile/rewrite.ts';
import { accumulate, FrameTrie, layoutTrie, takeRows, treeColumns } from '../../profile/trie.ts';
import { createNodes, printableName } from './nodeinfo.ts';
import type { Detail } from './options.ts';
import { diffBaseSets, type Report, weightsOf } from './report.ts';

/** Every stack of a report in one trie, with the values that end at each node. */
export interface FoldedFlame {
  readonly frames: LocationFrames['frames'];
  readonly trie: FrameTrie;
  readonly self: Float64Array;
  /** The base's values, as they were before they were subtracted; undefined = no comparison. */
  readonly baseSelf: Float64Array | undefined;
  readonly sampleType: string;
  readonly unit: string;
}

/** A tree of a part of it, and the base's values for the same nodes. */
export interface FlameTree {
  readonly tree: CallTree;
  readonly base: { readonly self: Float64Array; readonly total: Float64Array } | undefined;
}

export interface FlameLimits {
  /** Nodes below this share of the whole are left out … */
  readonly minShare: number;
  /** … and the smallest of the others when there are more than this. */
  readonly maxNodes: number;
  /** Frame names from the root: below them shares are those of the node there. */
  readonly zoom: readonly string[];
}

/** Folds the stacks of a report. In an inverted tree a node's children are its callers. */
export function foldFlame(report: Report, inverted: boolean): FoldedFlame {
  const { options } = report;
  const profile = options.detail.inlines ? report.profile : withoutInlines(report.profile);
  const resolved = framesAt(profile, options.detail);
  const values = weightsOf(profile, options);
  const isBase = diffBaseSets(profile);
  const { start, locations } = profile.stacks;
  const { stack, labelSet } = profile.samples;
  const fold = inverted ? foldFromLeaf : foldFromRoot;
  const trie = new FrameTrie();
  const self = new Growing();
  const baseSelf = isBase === undefined ? undefined : new Growing();
  for (let sample = 0; sample < stack.length; sample++) {
    const value = Number(values[sample] ?? 0);
    if (value === 0) continue;
    const row = stack[sample] ?? 0;
    const node = fold(trie, resolved, locations, start[row] ?? 0, start[row + 1] ?? 0);
    if (baseSelf !== undefined && isBase?.[labelSet[sample] ?? 0] === 1) baseSelf.add(node, -value);
    else self.add(node, value);
  }
  return {
    frames: resolved.frames,
    trie,
    self: self.finish(trie.length, options.ratio),
    baseSelf: baseSelf?.finish(trie.length, options.ratio),
    sampleType: options.sampleType,
    unit: options.sampleUnit,
  };
}

/** A column that grows as nodes are added. */
class Growing {
  private values = new Float64Array(1024);

  add(index: number, value: number): void {
    if (index >= this.values.length) {
      const length = Math.max(index + 1, this.values.length * 2);
      this.values = resized(this.values, length, (n) => new Float64Array(n));
    }
    this.values[index] = (this.values[index] ?? 0) + value;
  }

  finish(length: number, ratio: number): Float64Array {
    const values = resized(this.values, length, (n) => new Float64Array(n));
    return ratio === 1 ? values : values.map((value) => value * ratio);
  }
}

/** What can be seen of the folded stacks at a zoom. */
export function flameTree(folded: FoldedFlame, limits: FlameLimits): FlameTree {
  const { trie, frames, self, baseSelf } = folded;
  const total = accumulate(trie, self.slice());
  const baseTotal = baseSelf && accumulate(trie, baseSelf.slice());
  const size = sizes(folded, total, baseTotal);
  const shown = size.slice();
  boost(folded, shown, limits.zoom);
  const layout = layoutTrie(trie, {
    sortKey: baseTotal === undefined ? total : size,
    frameRank: frameRanks(frames),
    weight: shown,
    minWeight: floorOf(shown, limits),
  });
  const tree: CallTree = {
    frames,
    ...treeColumns(trie, layout),
    self: takeRows(layout, self),
    total: takeRows(layout, total),
    unit: folded.unit,
    omittedNodes: layout.omittedNodes,
  };
  const base = baseSelf &&
    baseTotal && { self: takeRows(layout, baseSelf), total: takeRows(layout, baseTotal) };
  return { tree, base };
}

/** How much a node counts: on the side on which it counts more, and without signs. */
function sizes(
  { trie, self }: FoldedFlame,
  total: Float64Array,
  baseTotal: Float64Array | undefined,
): Float64Array {
  if (baseTotal !== undefined) {
    return total.map((value, node) => Math.max(Math.abs(value), Math.abs(baseTotal[node] ?? 0)));
  }
  // Where growth and shrinkage cancel out, the sum of both still tells that something is there.
  return self.some((value) => value < 0) ? accumulate(trie, self.map(Math.abs)) : total;
}

/** Scales the weights below a node up to the whole, so that its small parts count as large ones. */
function boost(folded: FoldedFlame, weight: Float64Array, zoom: readonly string[]): void {
  const { trie } = folded;
  const path = pathTo(folded, weight, zoom);
  const node = path.at(-1);
  if (node === undefined) return;
  const whole = weight[0] ?? 0;
  const factor = whole / (weight[node] || whole);
  const inside = new Uint8Array(trie.length);
  inside[node] = 1;
  for (let child = node + 1; child < trie.length; child++) {
    if (inside[trie.parent[child] ?? 0] === 0) continue;
    inside[child] = 1;
    weight[child] = (weight[child] ?? 0) * factor;
  }
  // The way down must stay, however little comes by it.
  for (const above of path) weight[above] = whole;
}

/** The nodes on the way that the names give, as far as there is one. */
function pathTo(
  { trie, frames }: FoldedFlame,
  weight: Float64Array,
  zoom: readonly string[],
): readonly number[] {
  const path: number[] = [];
  let at = 0;
  for (const name of zoom) {
    let best = 0;
    for (let child = trie.firstChild[at] ?? 0; child !== 0; child = trie.nextSibling[child] ?? 0) {
      const named = frames.name[trie.frame[child] ?? 0] === name;
      if (named && (best === 0 || (weight[child] ?? 0) > (weight[best] ?? 0))) best = child;
    }
    if (best === 0) break;
    path.push(best);
    at = best;
  }
  return path;
}

/** The weight that a node needs to be shown. */
function floorOf(weight: Float64Array, { minShare, maxNodes }: FlameLimits): number {
  const floor = minShare * (weight[0] ?? 0);
  const kept = weight.filter((value) => value >= floor);
  if (kept.length <= maxNodes) return floor;
  // Just above the limit, because equal values would come back together.
  return (kept.sort().at(-maxNodes) ?? floor) * (1 + 1e-9);
}

/** Frames at a report's granularity. */
function framesAt(profile: Profile, detail: Detail): LocationFrames {
  if (detail.functions && !detail.addresses) {
    return locationFrames(profile, detail.lines ? 'lines' : 'functions');
  }
  // Files and addresses are told apart as pprof's graphs do it.
  const table = createNodes(profile, { detail, objectNames: false });
  const interner = new FrameInterner();
  const frameOf = table.infos.map((info) => {
    const { address, name, file, line } = info;
    const shown = address === 0n && name !== '' ? name : printableName(info);
    return interner.line(shown, file, line);
  });
  const inlined = new Uint8Array(table.of.length).fill(1);
  for (let location = 1; location < table.start.length; location++) {
    inlined[(table.start[location] ?? 0) - 1] = 0;
  }
  return {
    frames: interner.finish(),
    start: table.start,
    frame: table.of.map((node) => frameOf[node] ?? 0),
    inlined,
  };
}

/** Only the outermost line of every location. */
function withoutInlines(profile: Profile): Profile {
  const { locations } = profile;
  const outermost = Array.from({ length: locations.length }, (_, location) => {
    const end = locations.lineStart[location + 1] ?? 0;
    return end > (locations.lineStart[location] ?? 0) ? [end - 1] : undefined;
  });
  return { ...profile, locations: withLines(locations, outermost) };
}
