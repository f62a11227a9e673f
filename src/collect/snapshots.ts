/**
 * From what a process gives to what adds up: cumulative profiles → deltas, heap → heap and allocs.
 *
 * A heap profile carries four sample types; `inuse_*` are readings of a moment, `alloc_*` count
 * since process start. net/http/pprof's `allocs` is the same profile with another default type, so
 * it is not fetched: one heap fetch becomes a `heap` record with inuse_* and an `allocs` record with
 * the growth of alloc_* since the heap fetch before. Block and mutex become growth likewise. The
 * first capture of a process only sets the base: what happened before whygo came is not put into
 * an interval.
 */
import { deltaProfile, isCumulativeType } from '../profile/delta.ts';
import { selectSampleTypes } from '../profile/merge.ts';
import type { Profile } from '../profile/profile.ts';
import { keepSamples } from '../profile/rewrite.ts';

/** A capture as it was fetched and decoded. */
export interface RawProfile {
  readonly type: string;
  /** Unix nanoseconds at which it was taken, on the target's clock if the profile says so. */
  readonly startNanos: bigint;
  readonly durationNanos: bigint;
  readonly profile: Profile;
  /** Values are since process start. */
  readonly cumulative: boolean;
  readonly original?: Uint8Array | undefined;
}

/** A record without its owner. */
export interface Interval {
  readonly type: string;
  readonly startNanos: bigint;
  readonly durationNanos: bigint;
  readonly profile: Profile;
  readonly original?: Uint8Array;
}

export interface Intervals {
  readonly records: readonly Interval[];
  /** A counter fell: a new process, or new profile rates. This capture is the new base. */
  readonly reset: boolean;
}

export class Snapshots {
  readonly #previous = new Map<string, RawProfile>();

  /** Throws UserError when a type changed its sample types (the base is then replaced). */
  add(raw: RawProfile): Intervals {
    if (raw.type === 'heap') return this.#heap(raw);
    if (raw.cumulative) return this.#growth(raw, raw.type);
    const { type, startNanos, durationNanos, profile, original } = raw;
    const record = { type, startNanos, durationNanos, profile };
    return { records: [original === undefined ? record : { ...record, original }], reset: false };
  }

  /** Forgets the bases: the process is another one. */
  restart(): void {
    this.#previous.clear();
  }

  #heap(raw: RawProfile): Intervals {
    const names = raw.profile.sampleTypes.map(({ type }) => type);
    const instants = names.filter((name) => !isCumulativeType(name));
    const counters = names.filter((name) => isCumulativeType(name));
    const { startNanos, original } = raw;
    const heap = {
      type: 'heap',
      startNanos,
      durationNanos: 0n,
      profile: withoutZeros(selectSampleTypes(raw.profile, instants)),
    };
    const records: Interval[] = [original === undefined ? heap : { ...heap, original }];
    if (counters.length === 0) return { records, reset: false };
    const allocated = { ...raw, profile: selectSampleTypes(raw.profile, counters) };
    const growth = this.#growth(allocated, 'allocs');
    return { records: [...records, ...growth.records], reset: growth.reset };
  }

  #growth(raw: RawProfile, type: string): Intervals {
    const previous = this.#previous.get(type);
    this.#previous.set(type, raw);
    if (previous === undefined || raw.startNanos <= previous.startNanos) {
      return { records: [], reset: false };
    }
    const { profile, reset } = deltaProfile(raw.profile, previous.profile, {
      isCumulative: () => true,
    });
    // What fell is since another start, somewhere in the interval: it says nothing about it.
    if (reset) return { records: [], reset };
    const record = {
      type,
      startNanos: previous.startNanos,
      durationNanos: raw.startNanos - previous.startNanos,
      profile: withoutZeros(profile),
    };
    return { records: [record], reset: false };
  }
}

function withoutZeros(profile: Profile): Profile {
  const { values } = profile.samples;
  return keepSamples(profile, (row) => values.some((column) => Number(column[row] ?? 0) !== 0));
}
