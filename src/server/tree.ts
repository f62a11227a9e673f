/**
 * A merged profile → the call tree on the wire, within its size limit.
 *
 * Nodes below a share of the total are left out; when there are still too many for about a megabyte
 * of JSON, the smallest go. What was left out is counted (`omittedNodes`) and its value stays in the
 * parent's total.
 */
import type { WireDiff, WireTree } from '../api/wire.ts';
import { UserError } from '../base/errors.ts';
import { buildCallTree, type CallTree } from '../profile/calltree.ts';
import type { DiffTree } from '../profile/difftree.ts';
import { defaultSampleIndex, type Profile, sampleIndexOf } from '../profile/profile.ts';

/** Some 25 bytes of JSON a node, and the frame table beside it: stays below 1 MB. */
const MAX_NODES = 25_000;
const DEFAULT_MIN_SHARE = 1 / 2000;

export interface TreeShape {
  readonly granularity: 'functions' | 'lines';
  readonly inverted: boolean;
  readonly minShare: number | undefined;
}

export interface TreeHead {
  readonly service: string;
  readonly type: string;
  readonly from: number;
  readonly to: number;
  readonly profiles: number;
  readonly durationMs: number;
}

/** The sample type that a query names, else the profile's default; -1 for a profile without any. */
export function sampleIndexFor(profile: Profile, type: string, sample: string | undefined): number {
  if (sample === undefined || profile.sampleTypes.length === 0) return defaultSampleIndex(profile);
  const index = sampleIndexOf(profile, sample);
  if (index >= 0) return index;
  const known = profile.sampleTypes.map((t) => t.type).join(', ');
  throw new UserError(
    'unknown-sample-type',
    `Profiles of type “${type}” have no sample type “${sample}”`,
    `ask for one of ${known}`,
  );
}

/**
 * Builds a tree that fits: with the asked (or default) floor first, and when that has too many nodes,
 * once more with the floor that leaves about as many as are allowed.
 */
export function withinLimit<T extends WeighedTree>(
  minShare: number | undefined,
  build: (minShare: number) => T,
): T {
  const tree = build(minShare ?? DEFAULT_MIN_SHARE);
  if (tree.length <= MAX_NODES) return tree;
  const weight = weightOf(tree);
  const root = weight[0] ?? 0;
  const floor = weight.sort().at(-MAX_NODES) ?? 0;
  // Just above the floor, because equal values would come back together.
  return root > 0 ? build((floor / root) * (1 + 1e-9)) : tree;
}

/** A call tree, or a diff of two. */
interface WeighedTree {
  readonly length: number;
  readonly total: Float64Array;
  readonly baseTotal?: Float64Array;
}

/** A node counts as much as on the side on which it counts more. */
function weightOf({ total, baseTotal }: WeighedTree): Float64Array {
  return total.map((value, i) => Math.max(Math.abs(value), Math.abs(baseTotal?.[i] ?? 0)));
}

/** `divideBy`: see instants.ts. */
export function treeOf(
  profile: Profile,
  sampleIndex: number,
  divideBy: number,
  shape: TreeShape,
): CallTree {
  return withinLimit(shape.minShare, (minShare) =>
    buildCallTree(profile, {
      sampleIndex,
      granularity: shape.granularity,
      inverted: shape.inverted,
      divideBy,
      minShare,
    }),
  );
}

export function wireTree(tree: CallTree, head: TreeHead, sampleType: string): WireTree {
  const inlined: number[] = [];
  for (let node = 0; node < tree.length; node++) if (tree.inlined[node] === 1) inlined.push(node);
  const { frames, files, frame } = usedFrames(tree);
  return {
    ...head,
    sampleType,
    unit: tree.unit,
    frames,
    files,
    frame,
    parent: Array.from(tree.parent),
    self: values(tree.self),
    total: values(tree.total),
    inlined,
    omittedNodes: tree.omittedNodes,
  };
}

/** Names travel once, and only those of nodes that are there. */
function usedFrames(tree: CallTree): Pick<WireTree, 'frames' | 'files' | 'frame'> {
  const renumbered = new Map<number, number>();
  const fileIndex = new Map<string, number>();
  const frames: WireTree['frames'] = { name: [], file: [], line: [] };
  const frame = Array.from(tree.frame, (old) => {
    if (old < 0) return -1;
    const known = renumbered.get(old);
    if (known !== undefined) return known;
    const index = renumbered.size;
    renumbered.set(old, index);
    const file = tree.frames.file[old] ?? '';
    if (!fileIndex.has(file)) fileIndex.set(file, fileIndex.size);
    frames.name.push(tree.frames.name[old] ?? '');
    frames.file.push(fileIndex.get(file) ?? 0);
    frames.line.push(tree.frames.line[old] ?? 0);
    return index;
  });
  return { frames, files: [...fileIndex.keys()], frame };
}

export interface BaseHead {
  readonly baseFrom: number;
  readonly baseTo: number;
  readonly baseProfiles: number;
  readonly baseDurationMs: number;
}

export function wireDiff(tree: DiffTree, head: TreeHead & BaseHead, sampleType: string): WireDiff {
  return {
    ...wireTree(tree, head, sampleType),
    baseFrom: head.baseFrom,
    baseTo: head.baseTo,
    baseProfiles: head.baseProfiles,
    baseDurationMs: head.baseDurationMs,
    baseSelf: values(tree.baseSelf),
    baseTotal: values(tree.baseTotal),
  };
}

/** Averages have endless digits that nobody reads: four significant ones below 1,000, else whole. */
function values(column: Float64Array): number[] {
  return Array.from(column, (value) =>
    Number.isInteger(value)
      ? value
      : Math.abs(value) >= 1000
        ? Math.round(value)
        : Number(value.toPrecision(4)),
  );
}
