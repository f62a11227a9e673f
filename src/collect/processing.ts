/**
 * From fetched bytes to records: decode, take deltas, bound labels. One a target.
 *
 * Decoding is the only work that targets share: it goes through one lock, with a breath for the
 * event loop in front of each profile, so that a huge profile delays timers but never piles up.
 */
import type { Decompressors } from '../formats/compression.ts';
import { decodeProfile } from '../formats/compression.ts';
import type { Profile } from '../profile/profile.ts';
import type { Clock } from './clock.ts';
import { LabelLimiter } from './label-limit.ts';
import type { Lock } from './lock.ts';
import { type Interval, Snapshots } from './snapshots.ts';

export interface ProcessingOptions {
  readonly decompressors: Decompressors;
  readonly clock: Clock;
  /** Shared by all targets. */
  readonly lock: Lock;
  /** 0 = no limit. */
  readonly labelValueLimit: number;
}

/** A profile as it was fetched or recorded. */
export interface Capture {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** Its values are since process start. */
  readonly cumulative: boolean;
  /** When it began and how long it lasted (0 = an instant), given what the profile itself says. */
  readonly times: (profile: Profile) => {
    readonly startNanos: bigint;
    readonly durationNanos: bigint;
  };
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
  async profile(capture: Capture): Promise<Processed> {
    const { decompressors, clock, lock } = this.#options;
    const { type, bytes, cumulative, times } = capture;
    return lock.run(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      const profile = decodeProfile(bytes, decompressors);
      const raw = { type, ...times(profile), profile, cumulative, original: bytes };
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
