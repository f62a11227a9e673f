/** The tree answers: merged range, two ranges as a diff, single captures side by side. */

import type { TreeQuery } from '../api/query.ts';
import type { WireDiff, WireTree } from '../api/wire.ts';
import { buildCallTree, type CallTree } from '../profile/calltree.ts';
import { diffCallTrees } from '../profile/difftree.ts';
import type { MergedProfile, ProfileInfo, ProfileQuery, Store } from '../store/store.ts';
import { divisorOf } from './instants.ts';
import { sampleTypeOf } from './sampletype.ts';
import {
  sampleIndexFor,
  type TreeHead,
  type TreeShape,
  treeOf,
  wireDiff,
  wireTree,
  withinLimit,
} from './tree.ts';

type Shape = Pick<TreeQuery, 'sample' | 'inverted' | 'granularity' | 'minShare'>;

/** Everything a tree is built from: the merged profile, its column, and what to divide it by. */
interface Loaded {
  readonly query: ProfileQuery;
  readonly merged: MergedProfile;
  readonly sampleIndex: number;
  readonly sampleType: string;
  readonly divideBy: number;
}

export async function treeAnswer(
  store: Store,
  query: ProfileQuery,
  shape: Shape,
): Promise<WireTree> {
  const loaded = await load(store, query, shape.sample);
  if (loaded.sampleIndex < 0) return emptyTree(loaded, shape.sample ?? '');
  const { merged, sampleIndex, divideBy, sampleType } = loaded;
  const tree = treeOf(merged.profile, sampleIndex, divideBy, shapeOf(shape));
  return wireTree(tree, headOf(loaded), sampleType);
}

export async function diffAnswer(
  store: Store,
  baseQuery: ProfileQuery,
  query: ProfileQuery,
  shape: Shape,
): Promise<WireDiff> {
  const [base, current] = await Promise.all([
    load(store, baseQuery, shape.sample),
    load(store, query, shape.sample),
  ]);
  const heads = { ...headOf(current), ...baseHeadOf(base) };
  const known = current.sampleIndex >= 0 ? current : base;
  if (known.sampleIndex < 0) {
    const empty = emptyTree(current, shape.sample ?? '');
    return { ...empty, ...heads, baseSelf: [0], baseTotal: [0] };
  }
  const { inverted, granularity, minShare } = shapeOf(shape);
  const side = (one: Loaded): CallTree => {
    const profile = one.sampleIndex >= 0 ? one.merged.profile : withoutSamples(known);
    const { sampleIndex, divideBy } = one.sampleIndex >= 0 ? one : known;
    return buildCallTree(profile, { inverted, granularity, minShare: 0, sampleIndex, divideBy });
  };
  const before = side(base);
  const after = side(current);
  // Truncated after they were laid over each other: no node may look new because it was cut before.
  const tree = withinLimit(minShare, (floor) => diffCallTrees(before, after, { minShare: floor }));
  return wireDiff(tree, heads, known.sampleType);
}

/** The capture nearest to each moment. Several targets' captures at a moment are merged. */
export async function snapshotsAnswer(
  store: Store,
  query: ProfileQuery,
  at: readonly number[],
  shape: Shape,
): Promise<readonly WireTree[]> {
  const slack = 15n * 60_000_000_000n;
  const fromNanos = query.range.fromNanos > slack ? query.range.fromNanos - slack : 0n;
  const range = { fromNanos, toNanos: query.range.toNanos + slack };
  const captures = await store.listProfiles({ ...query, range });
  const trees: WireTree[] = [];
  for (const moment of at) {
    const nearest = nearestOf(captures, BigInt(moment) * 1_000_000n);
    const from = nearest ?? BigInt(moment) * 1_000_000n;
    // Targets are scraped a little apart; one second keeps those of one round together.
    const around = { fromNanos: from, toNanos: from + 1_000_000_000n };
    trees.push(await treeAnswer(store, { ...query, range: around }, shape));
  }
  return trees;
}

function nearestOf(captures: readonly ProfileInfo[], moment: bigint): bigint | undefined {
  let best: bigint | undefined;
  const distance = (at: bigint): bigint => (at > moment ? at - moment : moment - at);
  for (const { startNanos } of captures) {
    if (best === undefined || distance(startNanos) < distance(best)) best = startNanos;
  }
  return best;
}

async function load(
  store: Store,
  query: ProfileQuery,
  sample: string | undefined,
): Promise<Loaded> {
  const merged = await store.merged(query);
  if (merged.profiles === 0) {
    return { query, merged, sampleIndex: -1, sampleType: sample ?? '', divideBy: 1 };
  }
  const sampleType = await sampleTypeOf(store, query, sample);
  const sampleIndex = sampleIndexFor(merged.profile, query.type, sampleType);
  const needsTargets = divisorOf(query.type, sampleType, merged, 1) !== 1;
  const targets = needsTargets ? await countTargets(store, query) : 1;
  const divideBy = divisorOf(query.type, sampleType, merged, targets);
  return { query, merged, sampleIndex, sampleType, divideBy };
}

async function countTargets(store: Store, query: ProfileQuery): Promise<number> {
  const profiles = await store.listProfiles(query);
  return new Set(profiles.map(({ key }) => JSON.stringify([key.service, key.labels]))).size;
}

function headOf({ query, merged }: Loaded): TreeHead {
  return {
    service: query.service ?? '',
    type: query.type,
    from: Number(query.range.fromNanos / 1_000_000n),
    to: Number(query.range.toNanos / 1_000_000n),
    profiles: merged.profiles,
    durationMs: Number(merged.durationNanos) / 1e6,
  };
}

function baseHeadOf(loaded: Loaded): {
  readonly baseFrom: number;
  readonly baseTo: number;
  readonly baseProfiles: number;
  readonly baseDurationMs: number;
} {
  const { from, to, profiles, durationMs } = headOf(loaded);
  return { baseFrom: from, baseTo: to, baseProfiles: profiles, baseDurationMs: durationMs };
}

function shapeOf(shape: Shape): TreeShape {
  return {
    granularity: shape.granularity ?? 'functions',
    inverted: shape.inverted ?? false,
    minShare: shape.minShare,
  };
}

/** A side of a diff in which nothing was captured: the other side's tables without samples. */
function withoutSamples({ merged }: Loaded): MergedProfile['profile'] {
  const { profile } = merged;
  const values = profile.sampleTypes.map(() => new Float64Array(0));
  const samples = { length: 0, stack: new Uint32Array(0), labelSet: new Uint32Array(0), values };
  return { ...profile, samples };
}

/** The answer for a range without profiles: a root that holds nothing. */
function emptyTree(loaded: Loaded, sampleType: string): WireTree {
  return {
    ...headOf(loaded),
    sampleType,
    unit: '',
    frames: { name: [], file: [], line: [] },
    files: [],
    frame: [-1],
    parent: [-1],
    self: [0],
    total: [0],
    inlined: [],
    omittedNodes: 0,
  };
}
