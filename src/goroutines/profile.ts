/**
 * A goroutine dump as a profile: goroutines and the time that they have waited, by stack.
 *
 * The runtime's own goroutine profile has stacks and labels; a dump knows states and waits too. They
 * become labels (`state`, `leaked`, `locked`, `created by`) beside the goroutines' own. Ids, arguments and
 * ancestors are not in a profile, which counts equal goroutines. Waits are whole minutes, as printed.
 */
import { DecodeError } from '../base/errors.ts';
import { ProfileBuilder } from '../profile/builder.ts';
import type { Label } from '../profile/labels.ts';
import type { Profile } from '../profile/profile.ts';
import type { GoroutineHeader } from './header.ts';
import { allRows, framesOf, type GoroutineTable, goroutineCount, type Rows } from './table.ts';

const MINUTE = 60_000_000_000n;

export interface GoroutineProfile {
  readonly profile: Profile;
  /** What of the dump is not in the profile, a sentence each. */
  readonly notes: readonly string[];
}

/** Of all rows unless some are given. Throws `DecodeError` when the table holds no dump. */
export function goroutineProfile(
  table: GoroutineTable,
  rows: Rows = allRows(table),
): GoroutineProfile {
  if (!table.isDump) {
    const [first] = table.notUnderstood;
    throw new DecodeError('goroutine dump', first?.offset ?? 0, 'no goroutine of it is readable');
  }
  const withWaits = table.form === 'goroutines';
  const count = { type: 'goroutine', unit: 'count' };
  const builder = new ProfileBuilder(
    withWaits ? [{ type: 'wait', unit: 'nanoseconds' }, count] : [count],
  );
  const stacks = new Map<number, readonly number[]>();
  for (const { row, goroutines, minutes } of groupsOf(table, rows)) {
    const stack = table.stack[row] ?? -1;
    let locations = stacks.get(stack);
    if (locations === undefined) {
      locations = stack < 0 ? [] : locationsOf(table, stack, builder);
      stacks.set(stack, locations);
    }
    const values = withWaits ? [minutes * MINUTE, goroutines] : [goroutines];
    builder.add(locations, values, labelsOf(table, row));
  }
  const notes = notesOf(table);
  const comments = ['Read from goroutine dump', ...notes];
  const profile = builder.finish({
    defaultSampleType: 'goroutine',
    periodType: count,
    period: 1n,
    comments,
  });
  return { profile, notes };
}

interface Group {
  /** One of its rows. */
  readonly row: number;
  goroutines: bigint;
  /** All goroutines' waits together. */
  minutes: bigint;
}

/** Rows of one stack, creator and header but for the wait. */
function groupsOf(table: GoroutineTable, rows: Rows): Iterable<Group> {
  const groups = new Map<string, Group>();
  const headerKeys = table.headers.map((header) => JSON.stringify({ ...header, waitMinutes: 0 }));
  for (let row = rows.from; row < rows.to; row++) {
    const header = table.header[row] ?? 0;
    const key = `${table.stack[row]} ${table.createdBy[row]} ${headerKeys[header]}`;
    const goroutines = exact(table.counts[row] ?? 0);
    const minutes = exact(table.headers[header]?.waitMinutes ?? 0) * goroutines;
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { row, goroutines, minutes });
    } else {
      group.goroutines += goroutines;
      group.minutes += minutes;
    }
  }
  return groups.values();
}

/** Digits without end are damage, and no number. */
function exact(value: number): bigint {
  if (Number.isSafeInteger(value) && value <= 1e9) return BigInt(value);
  throw new DecodeError('goroutine dump', 0, `it counts ${value} goroutines or minutes`);
}

function locationsOf(table: GoroutineTable, stack: number, builder: ProfileBuilder): number[] {
  const { symbols } = builder;
  return framesOf(table, stack).map(({ function: name, file, line }) => {
    const fn = symbols.function({ name, systemName: name, filename: file, startLine: 0 });
    const lines = [{ function: fn, line, column: 0 }];
    return symbols.location({ mapping: -1, address: 0n, isFolded: false, lines });
  });
}

function labelsOf(table: GoroutineTable, row: number): Label[] {
  const header: GoroutineHeader | undefined = table.headers[table.header[row] ?? 0];
  const creator = table.functions[table.createdBy[row] ?? -1] ?? '';
  const labels: Label[] = [];
  const add = (key: string, text: string) => {
    if (text !== '') labels.push({ key, text });
  };
  add('state', header?.state ?? '');
  if (header?.leaked === true) add('leaked', 'true');
  if (header?.lockedToThread === true) add('locked', 'to thread');
  if ((header?.bubble ?? 0) > 0) add('synctest bubble', String(header?.bubble));
  add('created by', creator);
  for (const [key, text] of header?.labels ?? []) labels.push({ key, text });
  return labels;
}

function notesOf(table: GoroutineTable): string[] {
  const notes: string[] = [];
  const total = goroutineCount(table);
  if (table.form === 'goroutines') notes.push(`left out: ids and arguments of ${total} goroutines`);
  if (table.ancestors.size > 0)
    notes.push(`left out: ancestors of ${table.ancestors.size} goroutines`);
  if (table.otherLines > 0) notes.push(`left out: ${table.otherLines} lines outside of goroutines`);
  const [first] = table.notUnderstood;
  if (first !== undefined) {
    const count = table.notUnderstoodCount;
    notes.push(`not understood: ${count} lines (first at byte ${first.offset}: ${first.reason})`);
  }
  return notes;
}
