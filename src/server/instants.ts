/**
 * Which numbers add up over time, and which are readings of a moment.
 *
 * CPU time, allocations and waits add up. What is in use (`inuse_*`, goroutines, threads) does not:
 * ten captures of 84 goroutines are 84 goroutines, not 840. A merged range of such a type is shown as
 * the average over its captures, the targets' averages added up.
 */
import type { MergedProfile } from '../store/store.ts';

const INSTANT_TYPES = new Set(['goroutine', 'goroutineleak', 'threadcreate']);

export function isInstant(type: string, sampleType: string): boolean {
  return INSTANT_TYPES.has(type) || sampleType.startsWith('inuse_');
}

/**
 * By what a merged value is divided: 1 for what adds up, else the captures of each target.
 * A custom profile without durations is a reading of a moment too.
 */
export function divisorOf(
  type: string,
  sampleType: string,
  merged: MergedProfile,
  targets: number,
): number {
  const custom = type !== 'heap' && type !== 'allocs' && merged.durationNanos === 0n;
  if (!custom && !isInstant(type, sampleType)) return 1;
  return Math.max(1, merged.profiles / Math.max(1, targets));
}
