/**
 * From fetched bytes to records: decode, take deltas, bound labels. One a target.
 *
 * Decoding is the only work that targets share: it goes through one lock, with a breath for the
 * event loop in front of each profile, so that a huge profile delays timers but never piles up.
 */
import type { Decompressors } from '../formats/compression.ts';
import { decodeProfile } from '../formats/compression.ts';
import type { Clock } from './clock.ts';
import { LabelLimiter } from './label-limit.ts';
import type { Lock } from './lock.ts';
import { type Interval, Snapshots } from './snapshots.ts';
import { captureTimes, type FetchedProfile } from './target.ts';

export interface ProcessingOptions {
  readonly decompressors: Decompressors;
  readonly clock: Clock;
  /** Shared by all targets. */
  readonly lock: Lock;
  /** 0 = no limit. */
  readonly labelValueLimit: number;
}

export interface Processed {
  readonly records: readonly Interval[];
  /** Counters of this type fell: the records begin anew. */
  readonly reset: boolean;
  /** Label keys that were cut in this hour. */
  readonly labelsCut: readonly string[];
}

export class Processing {
  readonly #options: ProcessingOptions;
  readonly #snapshots = new Snapshots();
  readonly #labels: LabelLimiter;

  constructor(options: ProcessingOptions) {
    this.#options = options;
    this.#labels = new LabelLimiter(options.labelValueLimit);
  }

  /** Throws DecodeError or UserError; the profile is then lost and nothing else. */
  async profile(
    fetched: FetchedProfile,
    kind: { readonly cumulative: boolean; readonly timed: boolean },
  ): Promise<Processed> {
    const { decompressors, clock, lock } = this.#options;
    return lock.run(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      const profile = decodeProfile(fetched.bytes, decompressors);
      const raw = {
        type: fetched.type,
        ...captureTimes(fetched, profile, kind.timed),
        profile,
        cumulative: kind.cumulative,
        original: fetched.bytes,
      };
      const { records, reset } = this.#snapshots.add(raw);
      const now = clock.now();
      const bounded = records.map((record) => ({
        ...record,
        profile: this.#labels.apply(record.profile, now),
      }));
      return { records: bounded, reset, labelsCut: this.#labels.cut };
    });
  }

  /** The process is another one: cumulative profiles begin anew. */
  restart(): void {
    this.#snapshots.restart();
  }
}
