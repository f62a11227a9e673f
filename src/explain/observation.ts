/**
 * What the diagnoses read: everything that was captured of one process in one window of time.
 *
 * The same shape whether it comes from a live target, a recorded folder or the store. Captures are
 * as the process gave them: cumulative types (heap, allocs, block, mutex) are since process start
 * unless `delta` says that the difference was already taken.
 */
import type { Dump } from '../goroutines/dumps.ts';
import type { MetricSnapshot } from '../metrics/snapshot.ts';
import type { Profile } from '../profile/profile.ts';

export interface Capture {
  /** 'cpu', 'heap', 'allocs', 'block', 'mutex', 'goroutine', 'threadcreate', or a custom name. */
  readonly type: string;
  /** Unix nanoseconds at which the capture began. */
  readonly startNanos: bigint;
  /** Length of the capture; 0 = an instant. For a delta: the time between the two snapshots. */
  readonly durationNanos: bigint;
  readonly profile: Profile;
  /** True when the values are the growth over `durationNanos`, not since process start. */
  readonly delta: boolean;
  /** True when the capture itself forced a garbage collection (heap?gc=1). */
  readonly forcedGc: boolean;
}

/** All goroutines at one moment, with their ids and states: debug=2, a signal, a crash. */
export interface ObservedDump extends Dump {
  /** Unix nanoseconds at which it was taken, or its file was written; 0 = unknown. */
  readonly timeNanos: bigint;
  /** True when the runtime says with it that all goroutines are asleep. */
  readonly allAsleep: boolean;
}

export interface Observation {
  /** What the user named: a URL, a file, a folder, or a service. */
  readonly target: string;
  readonly fromNanos: bigint;
  readonly toNanos: bigint;
  /** Ascending by start. */
  readonly captures: readonly Capture[];
  /** Ascending by time. */
  readonly metrics: readonly MetricSnapshot[];
  /** Ascending by time, parsed with their arguments. Each is among the captures as a profile, too. */
  readonly dumps?: readonly ObservedDump[];
  /** The user's own module paths when known; frames of these come first in `where`. */
  readonly ownModules: readonly string[];
  /** What was asked for and could not be had: type and reason. */
  readonly missing: readonly { readonly type: string; readonly why: string }[];
}
