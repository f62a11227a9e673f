/**
 * Where collected data goes: the store behind a server, or a test.
 *
 * The records are shaped as the store takes them (src/store/store.ts, ProfileRecord), but collecting
 * knows no store.
 */
import type { MetricSnapshot } from '../metrics/snapshot.ts';
import type { Profile } from '../profile/profile.ts';

/** Who the data belongs to. */
export interface TargetKey {
  readonly service: string;
  /** Target labels, `instance` among them. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface CollectedProfile {
  readonly key: TargetKey;
  /** 'cpu', 'heap', 'allocs', 'block', 'mutex', 'goroutine', 'threadcreate' or a custom name. */
  readonly type: string;
  readonly startNanos: bigint;
  /** 0 = an instant. */
  readonly durationNanos: bigint;
  /** Values that may be added up over time; what the process counts since its start is a delta. */
  readonly profile: Profile;
  /** As fetched; left out where `profile` is a difference or a part of it. */
  readonly original?: Uint8Array;
}

/** Something that happened to a target at one moment; `reset` = counters of one type fell. */
export interface Mark {
  readonly kind: 'restart' | 'reset' | 'down' | 'up' | 'labels-cut';
  readonly atNanos: bigint;
  readonly text: string;
}

/** A promise that a method returns is waited for, so that a slow sink slows its target down. */
export interface Sink {
  profile(record: CollectedProfile): Promise<void> | void;
  metrics(key: TargetKey, snapshot: MetricSnapshot): Promise<void> | void;
  mark(key: TargetKey, mark: Mark): Promise<void> | void;
}
