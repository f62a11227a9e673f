/**
 * The ingest corpus: CPU profiles of many services, resampled from real ones.
 *
 * No stack is invented: each profile draws with replacement from the samples of recorded CPU
 * profiles, with weights of its service that drift over time, until it has as many samples as those
 * have. Each service is a program of its own: its mapping has its own file and build id, so that no
 * address is shared between services. The same seed gives the same corpus. Nothing is written.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { decodePprof, encodePprof } from '../src/formats/pprof.ts';
import { mergeProfiles } from '../src/profile/merge.ts';
import type { Profile } from '../src/profile/profile.ts';
import { keepSamples } from '../src/profile/rewrite.ts';

const SOURCES = ['cpu-compile-net-http.pb.gz', 'cpu-compile-go-types.pb.gz'];
const PERIOD_NANOS = 10_000_000;
/** Ten seconds between the profiles of a service. */
const STEP_NANOS = 10_000_000_000n;

export interface CorpusOptions {
  readonly profiles: number;
  readonly services: number;
  /** Unix nanoseconds of the first profile. */
  readonly fromNanos: bigint;
  /** Samples of each profile. */
  readonly samples?: number;
  readonly seed?: number;
}

export interface CorpusProfile {
  readonly service: string;
  readonly startNanos: bigint;
  readonly durationNanos: bigint;
  /** As Go serves it: gzip of profile.proto. */
  readonly bytes: Uint8Array;
}

/** Gives every service's first profile, then every one's second … */
export function* corpus(options: CorpusOptions): Generator<CorpusProfile> {
  const { profiles, services, fromNanos, samples = 413, seed = 1 } = options;
  const base = mergeProfiles(SOURCES.map(readProfile));
  const drawers = Array.from({ length: services }, (_, i) => new Service(base, i, seed));
  for (let i = 0; i < profiles; i++) {
    const service = drawers[i % services];
    if (service === undefined) return;
    const startNanos = fromNanos + BigInt(Math.floor(i / services)) * STEP_NANOS;
    const profile = service.draw(samples, startNanos);
    yield {
      service: service.name,
      startNanos,
      durationNanos: STEP_NANOS,
      // Go compresses with the fastest level.
      bytes: gzipSync(encodePprof(profile), { level: 1 }),
    };
  }
}

function readProfile(name: string): Profile {
  const path = join(import.meta.dirname, '../test/fixtures/profiles', name);
  return decodePprof(gunzipSync(readFileSync(path)));
}

class Service {
  readonly name: string;
  readonly #base: Profile;
  readonly #random: () => number;
  readonly #weights: Float64Array;

  constructor(base: Profile, index: number, seed: number) {
    this.name = `service-${String(index).padStart(2, '0')}`;
    this.#random = randomNumbers(seed * 1_000_003 + index);
    const buildId = `${this.name}-build`;
    const mappings = base.mappings.map((mapping) => ({
      ...mapping,
      file: `/srv/${this.name}`,
      buildId,
    }));
    this.#base = { ...base, mappings };
    const counts = Array.from(base.samples.values[0] ?? [], Number);
    // Some stacks are hot in one service and rare in the next.
    this.#weights = Float64Array.from(counts, (n) => n * -Math.log(this.#random()));
  }

  draw(rows: number, timeNanos: bigint): Profile {
    const counts = new Float64Array(this.#weights.length);
    const random = this.#random;
    for (let i = 0; i < this.#weights.length; i++) {
      const weight = this.#weights[i] ?? 0;
      this.#weights[i] = weight * (0.98 + 0.04 * random());
    }
    const ends = this.#weights.slice();
    for (let i = 1; i < ends.length; i++) ends[i] = (ends[i] ?? 0) + (ends[i - 1] ?? 0);
    const limit = Math.min(rows, counts.length);
    for (let distinct = 0; distinct < limit; ) {
      const row = firstAbove(ends, random() * (ends.at(-1) ?? 0));
      if (counts[row] === 0) distinct++;
      counts[row] = (counts[row] ?? 0) + 1;
    }
    const base = this.#base;
    const values = [counts, counts.map((count) => count * PERIOD_NANOS)];
    const drawn = { ...base, samples: { ...base.samples, values } };
    const kept = keepSamples(drawn, (row) => (counts[row] ?? 0) > 0);
    return { ...mergeProfiles([kept]), timeNanos, durationNanos: STEP_NANOS };
  }
}

/** The first entry that is larger. */
function firstAbove(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Uniform numbers in (0, 1), always the same for a seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
}
