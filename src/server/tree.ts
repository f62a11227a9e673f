/**
 * A merged profile → the call tree on the wire, within its size limit.
 *
 * The tree is built once with a floor on a node's share; when it still has too many nodes for about
 * a megabyte of JSON, the floor is doubled until it fits. What was left out is counted
 * (`omittedNodes`) and its value stays in the parent's total.
 */
import type { WireDiff, WireTree } from '../api/wire.ts';
import { buildCallTree, type CallTree } from '../profile/calltree.ts';
import type { DiffTree } from '../profile/difftree.ts';
import { defaultSampleIndex, type Profile, sampleIndexOf } from '../profile/profile.ts';
import { UserError } from '../base/errors.ts';

/** Some 45 bytes of JSON a node, and the frame table beside it: stays below 1 MB. */
const MAX_NODES = 15_000;
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

/** `divideBy`: see instants.ts. `build` is called with a floor until its tree is small enough. */
export function withinLimit<T extends { readonly length: number }>(
  minShare: number | undefined,
  build: (minShare: number) => T,
): T {
  let floor = minShare ?? DEFAULT_MIN_SHARE;
  let tree = build(floor);
  while (tree.length > MAX_NODES && floor < 1) {
    floor = Math.max(floor * 2, 1 / 100_000);
    tree = build(floor);
  }
  return tree;
}

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
  const fileIndex = new Map<string, number>();
  const inlined: number[] = [];
  for (let node = 0; node < tree.length; node++) if (tree.inlined[node] === 1) inlined.push(node);
  const file = tree.frames.file.map((name) => {
    const known = fileIndex.get(name);
    if (known !== undefined) return known;
    fileIndex.set(name, fileIndex.size);
    return fileIndex.size - 1;
  });
  return {
    ...head,
    sampleType,
    unit: tree.unit,
    frames: { name: [...tree.frames.name], file, line: Array.from(tree.frames.line) },
    files: [...fileIndex.keys()],
    frame: Array.from(tree.frame),
    parent: Array.from(tree.parent),
    self: values(tree.self),
    total: values(tree.total),
    inlined,
    omittedNodes: tree.omittedNodes,
  };
}

export interface BaseHead {
  readonly baseFrom: number;
  readonly baseTo: number;
  readonly baseProfiles: number;
  readonly baseDurationMs: number;
}

export function wireDiff(
  tree: DiffTree,
  head: TreeHead & BaseHead,
  sampleType: string,
): WireDiff {
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
