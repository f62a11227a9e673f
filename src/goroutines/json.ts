/** What `whygo goroutines --json` prints: the contract `whygo.goroutines/1`, which only grows. */
import { clusterGoroutines, type GroupBy } from './cluster.ts';
import { compareDumps } from './compare.ts';
import type { LocalVariable } from './delve.ts';
import type { Dump } from './dumps.ts';
import { type GoroutineGroup, groupGoroutines } from './group.ts';
import { growthOf } from './growth.ts';
import { type Evidence, type Holder, waitGraphOf } from './holders.ts';
import {
  type Frame,
  framesOf,
  type GoroutineTable,
  goroutineCount,
  latestDump,
  type NotUnderstood,
} from './table.ts';

interface GroupJson {
  readonly count: number;
  readonly state: string;
  readonly leaked: boolean;
  readonly lockedToThread: boolean;
  readonly waitMinutes: { readonly min: number; readonly max: number };
  readonly labels: Readonly<Record<string, string>>;
  readonly stack: readonly Frame[];
  readonly createdBy: Frame | null;
  readonly ids: readonly number[];
}

interface HolderJson {
  readonly id: number;
  readonly state: string;
  /** `passed`: beyond a line that takes the lock; `reaches`: only has its address. */
  readonly evidence: Evidence;
  readonly at: Frame;
  readonly takenAt: Frame | null;
}

export interface GoroutinesJson {
  readonly schema: 'whygo.goroutines/1';
  /** Goroutines of the groups: of the last dump, when the input holds several. */
  readonly total: number;
  readonly groups: readonly GroupJson[];
  /** With --group-by: each with the indices of its groups. */
  readonly clusters?: readonly {
    readonly key: string;
    readonly count: number;
    readonly groups: readonly number[];
  }[];
  /** Every dump of the last input, in its order. */
  readonly dumps: readonly {
    readonly kind: string;
    readonly offset: number;
    readonly line: number;
    /** RFC 3339, of the log line that it begins with; null = there is none. */
    readonly time: string | null;
    readonly total: number;
  }[];
  /** With two dumps or more: every dump's total, and the groups that changed. */
  readonly growth?: {
    readonly totals: readonly number[];
    readonly groups: readonly (GroupJson & {
      readonly counts: readonly number[];
      readonly growth: number;
    })[];
  };
  /** With two dumps that have ids. */
  readonly comparison?: {
    readonly created: number;
    readonly gone: number;
    readonly stayed: number;
    readonly moved: number;
  };
  /** Locks, wait groups and channels that are waited for, where the dump has their addresses. */
  readonly waits: readonly {
    readonly kind: string;
    readonly address: string;
    readonly waiters: readonly {
      readonly id: number;
      readonly state: string;
      readonly at: Frame;
    }[];
    /** Inferred, never recorded. */
    readonly probableHolders: readonly HolderJson[];
  }[];
  readonly deadlocks: readonly {
    readonly likely: boolean;
    readonly orderInversion: boolean;
    readonly steps: readonly {
      readonly id: number;
      readonly at: Frame;
      readonly address: string;
      readonly holder: HolderJson;
    }[];
  }[];
  readonly races: readonly {
    readonly line: number;
    readonly accesses: readonly {
      readonly kind: string;
      readonly previous: boolean;
      readonly address: string;
      readonly goroutine: number;
      readonly stack: readonly Frame[];
    }[];
    readonly location: string;
  }[];
  /** From Delve: by goroutine. */
  readonly variables?: readonly {
    readonly goroutine: number;
    readonly variables: readonly LocalVariable[];
  }[];
  /** The first 100 of `notUnderstoodCount`. */
  readonly notUnderstood: readonly NotUnderstood[];
  readonly notUnderstoodCount: number;
}

export interface JsonOptions {
  readonly by?: GroupBy;
  /** Two or more to compare; `table` is the last one's. */
  readonly dumps?: readonly Dump[];
  /** By row. */
  readonly variables?: ReadonlyMap<number, readonly LocalVariable[]>;
}

export function goroutinesJson(
  table: GoroutineTable,
  { by = 'stack', dumps = [], variables }: JsonOptions = {},
): GoroutinesJson {
  const rows = latestDump(table);
  const { clusters, groups } = groupsJson(table, by);
  return {
    schema: 'whygo.goroutines/1',
    total: goroutineCount(table, rows),
    groups,
    ...(by !== 'stack' && { clusters }),
    dumps: table.snapshots.map((snapshot) => ({
      kind: snapshot.kind,
      offset: snapshot.offset,
      line: snapshot.line,
      time: Number.isNaN(snapshot.timeMillis) ? null : new Date(snapshot.timeMillis).toISOString(),
      total: goroutineCount(table, snapshot),
    })),
    ...changesJson(dumps),
    ...waitsJson(table),
    races: racesJson(table),
    ...(variables !== undefined && {
      variables: [...variables].map(([row, list]) => ({
        goroutine: table.ids[row],
        variables: list,
      })),
    }),
    notUnderstood: table.notUnderstood,
    notUnderstoodCount: table.notUnderstoodCount,
  };
}

function groupsJson(
  table: GoroutineTable,
  by: GroupBy,
): Pick<GoroutinesJson, 'clusters' | 'groups'> {
  const rows = latestDump(table);
  if (by === 'stack') return { groups: groupGoroutines(table, { rows }).map(groupJson) };
  const clusters = clusterGoroutines(table, by, { rows });
  let next = 0;
  return {
    groups: clusters.flatMap(({ groups }) => groups.map(groupJson)),
    clusters: clusters.map(({ key, count, groups }) => ({
      key,
      count,
      groups: groups.map(() => next++),
    })),
  };
}

function groupJson(group: GoroutineGroup): GroupJson {
  return {
    ...group,
    labels: Object.fromEntries(group.labels),
    createdBy: group.createdBy ?? null,
  };
}

function changesJson(dumps: readonly Dump[]): Pick<GoroutinesJson, 'growth' | 'comparison'> {
  if (dumps.length < 2) return {};
  const { totals, groups } = growthOf(dumps);
  const growth = {
    totals,
    groups: groups
      .filter(({ rises, falls }) => rises + falls > 0)
      .map(({ group, counts, growth: change }) => ({
        ...groupJson(group),
        counts,
        growth: change,
      })),
  };
  if (dumps.length > 2) return { growth };
  const found = compareDumps(dumps[0], dumps[1]);
  if (!found.hasIds) return { growth };
  const { created, gone, stayed, moved } = found;
  return { growth, comparison: { created, gone, stayed, moved } };
}

function waitsJson(table: GoroutineTable): Pick<GoroutinesJson, 'waits' | 'deadlocks'> {
  const { resources, cycles } = waitGraphOf(table, latestDump(table));
  return {
    waits: resources.map(({ kind, address, waiters, holders }) => ({
      kind,
      address: addressText(address),
      waiters: waiters.map(({ id, state, at }) => ({ id, state, at })),
      probableHolders: holders.map(holderJson),
    })),
    deadlocks: cycles.map(({ steps, isLikely, isOrderInversion }) => ({
      likely: isLikely,
      orderInversion: isOrderInversion,
      steps: steps.map(({ waiter, resource, holder }) => ({
        id: waiter.id,
        at: waiter.at,
        address: addressText(resource.address),
        holder: holderJson(holder),
      })),
    })),
  };
}

function holderJson({ id, state, evidence, at, takenAt }: Holder): HolderJson {
  return { id, state, evidence, at, takenAt: takenAt ?? null };
}

function addressText(address: number): string {
  return `0x${address.toString(16)}`;
}

function racesJson(table: GoroutineTable): GoroutinesJson['races'] {
  return table.races.map(({ line, accesses, location }) => ({
    line,
    accesses: accesses.map(({ kind, isPrevious, address, row }) => ({
      kind,
      previous: isPrevious,
      address,
      goroutine: table.ids[row],
      stack: framesOf(table, table.stack[row]),
    })),
    location,
  }));
}
