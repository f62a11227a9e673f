/**
 * Goroutine dumps as text → what the diagnoses read: the dumps themselves, with ids and states, and
 * each as a goroutine profile, so that rules about counts see them like any other snapshot.
 *
 * What the runtime marked as leaked becomes a `goroutineleak` capture. Cost: parsing once, and one
 * pass over the goroutines of each dump.
 */
import { DecodeError } from '../base/errors.ts';
import { dumpsOf } from '../goroutines/dumps.ts';
import { parseGoroutineDump } from '../goroutines/parse.ts';
import { goroutineProfile } from '../goroutines/profile.ts';
import type { GoroutineTable, Rows } from '../goroutines/table.ts';
import { selectSampleTypes } from '../profile/merge.ts';
import type { Profile } from '../profile/profile.ts';
import { keepSamples } from '../profile/rewrite.ts';
import type { Capture, ObservedDump } from './observation.ts';

export interface FromDump {
  readonly captures: readonly Capture[];
  /** Without those of debug=1, which have neither ids nor states. */
  readonly dumps: readonly ObservedDump[];
}

/** What the runtime says before the dump that it crashes with (runtime/proc.go, checkdead). */
const ALL_ASLEEP = /^fatal error: all goroutines are asleep - deadlock!/m;
/** The leak profile with debug=1. */
const LEAK_RECORDS = /^goroutineleak profile: total /m;

/**
 * All dumps of a text, in its order. `timeNanos` is when it was taken or written; 0 = unknown. Throws
 * `DecodeError` when no dump of it is readable.
 */
export function fromDump(text: Uint8Array, timeNanos: bigint): FromDump {
  const table = parseGoroutineDump(text, { arguments: true });
  const allAsleep = saysAllAsleep(text);
  const isLeaks = LEAK_RECORDS.test(beginningOf(text));
  const captures: Capture[] = [];
  const dumps: ObservedDump[] = [];
  const found = dumpsOf([table]);
  found.forEach((dump, index) => {
    const { timeMillis, rows } = dump;
    const time = Number.isNaN(timeMillis) ? timeNanos : BigInt(Math.round(timeMillis * 1e6));
    captures.push(...capturesOf(table, rows, time, isLeaks));
    if (table.form !== 'goroutines') return;
    const last = index === found.length - 1;
    dumps.push({ ...dump, timeNanos: time, allAsleep: allAsleep && last });
  });
  if (captures.length === 0) {
    throw new DecodeError('goroutine dump', 0, 'there is no dump of a whole program in it');
  }
  return { captures, dumps };
}

/** Whether the runtime says that it ends because all goroutines are asleep; then the last dump shows it. */
export function saysAllAsleep(text: Uint8Array): boolean {
  return ALL_ASLEEP.test(beginningOf(text));
}

function beginningOf(text: Uint8Array): string {
  return new TextDecoder().decode(text.subarray(0, 1 << 20));
}

function capturesOf(
  table: GoroutineTable,
  rows: Rows,
  startNanos: bigint,
  isLeaks: boolean,
): Capture[] {
  const { profile } = goroutineProfile(table, rows);
  const counted = selectSampleTypes(profile, ['goroutine']);
  const capture = (type: string, of: Profile): Capture => ({
    type,
    startNanos,
    durationNanos: 0n,
    profile: of,
    delta: false,
    forcedGc: false,
  });
  if (isLeaks) return [capture('goroutineleak', counted)];
  const leaked = keepSamples(counted, leakedSamples(counted));
  const leaks = leaked.samples.length === 0 ? [] : [capture('goroutineleak', leaked)];
  return [capture('goroutine', counted), ...leaks];
}

/** The samples that goroutineProfile() labels as leaked. */
function leakedSamples({ labelSets, samples, strings }: Profile): (sample: number) => boolean {
  return (sample) => {
    const set = samples.labelSet[sample] ?? 0;
    const end = labelSets.start[set + 1] ?? 0;
    for (let i = labelSets.start[set] ?? 0; i < end; i++) {
      if (strings[labelSets.key[i] ?? 0] === 'leaked') return true;
    }
    return false;
  };
}
