/**
 * Goroutine dumps among the dropped files: each dump of a file is a capture of its own, and all of
 * them together are one process over time.
 */
import { DecodeError } from '../../base/errors.ts';
import { saysAllAsleep } from '../../explain/from-dump.ts';
import type { ObservedDump } from '../../explain/observation.ts';
import { type Dump, dumpsOf } from '../../goroutines/dumps.ts';
import { goroutineTableOf, isGoroutineProfile } from '../../goroutines/from-profile.ts';
import { parseGoroutineDump } from '../../goroutines/parse.ts';
import { goroutineProfile } from '../../goroutines/profile.ts';
import type { GoroutineTable } from '../../goroutines/table.ts';
import { withStates } from '../../goroutines/wallstate.ts';
import type { Profile } from '../../profile/profile.ts';

export interface DumpEntry {
  readonly profile: Profile;
  readonly dump: Dump;
  /** Unix milliseconds: what the dump says, else the file's, in the order of its dumps. */
  readonly start: number;
  /** For the diagnoses; undefined = it has neither ids nor states. */
  readonly observed: ObservedDump | undefined;
}

/** Of a text; race reports are no dump of a program and are one entry together, without a dump. */
export function entriesOfDump(plain: Uint8Array, modified: number): readonly DumpEntry[] {
  const table = parseGoroutineDump(plain, { arguments: true });
  const dumps = dumpsOf([table]);
  if (dumps.length === 0) return [{ ...raceEntry(table), start: modified }];
  const asleep = saysAllAsleep(plain);
  return dumps.map((dump, i) => {
    const start = Number.isNaN(dump.timeMillis) ? modified + i : dump.timeMillis;
    const timeNanos = BigInt(Math.round(start * 1e6));
    const allAsleep = asleep && i === dumps.length - 1;
    const observed = table.form === 'goroutines' ? { ...dump, timeNanos, allAsleep } : undefined;
    return { profile: goroutineProfile(table, dump.rows).profile, dump, start, observed };
  });
}

function raceEntry(table: GoroutineTable): Omit<DumpEntry, 'start'> {
  const { profile } = goroutineProfile(table);
  const rows = { from: 0, to: table.length };
  const dump = { table, rows, timeMillis: Number.NaN, goroutines: table.length };
  return { profile, dump, observed: undefined };
}

/** Of a profile of goroutines; undefined for all others, and for those that have none. */
export function dumpOfProfile(profile: Profile): Dump | undefined {
  if (!isGoroutineProfile(profile)) return undefined;
  try {
    return dumpsOf([withStates(goroutineTableOf(profile))])[0];
  } catch (error) {
    // Damaged counts: it can still be shown as a profile.
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
