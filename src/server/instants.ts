/**
 * A merged range of a reading of a moment (profile/instant.ts) is shown as the average over its
 * captures, the targets' averages added up.
 */
import { isInstant } from '../profile/instant.ts';
import type { MergedProfile } from '../store/store.ts';

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
