/**
 * What happened between two snapshots of a cumulative profile (heap, allocs, block, mutex).
 *
 * Counters since process start are subtracted sample by sample, matched as in a merge (merge.ts);
 * instants such as inuse_space stay as they are now. A counter that fell means that the process
 * was started anew: then the current snapshot is itself the growth since that start.
 */
import { checkCompatible, SampleJoiner } from './merge.ts';
import type { Profile, ValueColumn } from './profile.ts';

/** Sample types of Go's runtime that count since process start. */
const CUMULATIVE = new Set(['alloc_objects', 'alloc_space', 'contentions', 'delay']);

/** Whether Go's runtime counts this sample type since process start. */
export function isCumulativeType(type: string): boolean {
  return CUMULATIVE.has(type);
}

export interface DeltaOptions {
  /** Which sample types are counters; those of Go's runtime unless given. */
  readonly isCumulative?: (type: string) => boolean;
}

export interface DeltaResult {
  readonly profile: Profile;
  /** True when a counter fell: the profile is then the current one, unchanged. */
  readonly reset: boolean;
}

/**
 * Subtracts `previous` from `current`. The result begins at the earlier time and lasts until the
 * later. Throws `UserError` when the sample types differ.
 */
export function deltaProfile(
  current: Profile,
  previous: Profile,
  options: DeltaOptions = {},
): DeltaResult {
  checkCompatible(current, previous);
  const isCumulative = options.isCumulative ?? isCumulativeType;
  const joiner = new SampleJoiner();
  const rowsNow = joiner.add(current);
  const rowsBefore = joiner.add(previous);
  const values: ValueColumn[] = [];
  for (const [type, { type: name }] of current.sampleTypes.entries()) {
    const now = spread(current.samples.values[type], rowsNow, joiner.length);
    if (isCumulative(name)) {
      const before = spread(previous.samples.values[type], rowsBefore, joiner.length);
      if (!subtract(now, before)) return { profile: current, reset: true };
    }
    values.push(now);
  }
  const { timeNanos } = previous;
  const known = timeNanos !== 0n && current.timeNanos > timeNanos;
  const header = known
    ? { ...current, timeNanos, durationNanos: current.timeNanos - timeNanos }
    : current;
  return { profile: joiner.finish(header, values), reset: false };
}

/** A column by joined row. Duplicate samples add up. */
function spread(column: ValueColumn | undefined, rows: Int32Array, length: number): ValueColumn {
  if (column instanceof BigInt64Array) {
    const out = new BigInt64Array(length);
    for (let i = 0; i < column.length; i++) {
      const row = rows[i] ?? -1;
      if (row >= 0) out[row] = (out[row] ?? 0n) + (column[i] ?? 0n);
    }
    return out;
  }
  const out = new Float64Array(length);
  for (let i = 0; i < (column?.length ?? 0); i++) {
    const row = rows[i] ?? -1;
    if (row >= 0) out[row] = (out[row] ?? 0) + (column?.[i] ?? 0);
  }
  return out;
}

/** Subtracts in place; false when a value would become negative. */
function subtract(now: ValueColumn, before: ValueColumn): boolean {
  for (let row = 0; row < now.length; row++) {
    if (now instanceof BigInt64Array) {
      const left = (now[row] ?? 0n) - BigInt(before[row] ?? 0);
      if (left < 0n) return false;
      now[row] = left;
    } else {
      const left = (now[row] ?? 0) - Number(before[row] ?? 0);
      if (left < 0) return false;
      now[row] = left;
    }
  }
  return true;
}
