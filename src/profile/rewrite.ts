/**
 * Rewriting parts of a profile while sharing the rest: fewer samples, shorter stacks, fewer lines.
 *
 * What filters are made of. Tables keep their indices; rows that nothing refers to any more stay
 * (merging drops them).
 */
import { resized } from '../base/columns.ts';
import type { LocationTable, Profile } from './profile.ts';

/** Keeps the samples that the test accepts. Shares all other tables. */
export function keepSamples(profile: Profile, keep: (row: number) => boolean): Profile {
  const { samples } = profile;
  const rows = new Uint32Array(samples.length);
  let length = 0;
  for (let row = 0; row < samples.length; row++) if (keep(row)) rows[length++] = row;
  if (length === samples.length) return profile;
  const kept = rows.subarray(0, length);
  return {
    ...profile,
    samples: {
      length,
      stack: Uint32Array.from(kept, (row) => samples.stack[row] ?? 0),
      labelSet: Uint32Array.from(kept, (row) => samples.labelSet[row] ?? 0),
      values: samples.values.map((column) =>
        column instanceof Float64Array
          ? Float64Array.from(kept, (row) => column[row] ?? 0)
          : BigInt64Array.from(kept, (row) => column[row] ?? 0n),
      ),
    },
  };
}

/** Replaces the lines of some locations. */
export function withLines(
  table: LocationTable,
  lines: readonly (readonly number[] | undefined)[],
): LocationTable {
  if (lines.every((kept) => kept === undefined)) return table;
  const lineStart = new Uint32Array(table.length + 1);
  const kept = new Uint32Array(table.lineFunction.length);
  let length = 0;
  for (let location = 0; location < table.length; location++) {
    const chosen = lines[location];
    if (chosen === undefined) {
      const to = table.lineStart[location + 1] ?? 0;
      for (let line = table.lineStart[location] ?? 0; line < to; line++) kept[length++] = line;
    } else {
      for (const line of chosen) kept[length++] = line;
    }
    lineStart[location + 1] = length;
  }
  const rows = kept.subarray(0, length);
  return {
    ...table,
    lineStart,
    lineFunction: Int32Array.from(rows, (row) => table.lineFunction[row] ?? -1),
    lineNumber: Float64Array.from(rows, (row) => table.lineNumber[row] ?? 0),
    lineColumn: Float64Array.from(rows, (row) => table.lineColumn[row] ?? 0),
  };
}

/** Rewrites every stack: `rewrite` emits the locations that stay, leaf first. */
export function rewriteStacks(
  profile: Profile,
  rewrite: (from: number, to: number, emit: (location: number) => void) => void,
): Profile {
  const { stacks } = profile;
  const start = new Uint32Array(stacks.length + 1);
  let locations = new Uint32Array(stacks.locations.length);
  let length = 0;
  const emit = (location: number) => {
    locations[length++] = location;
  };
  for (let stack = 0; stack < stacks.length; stack++) {
    rewrite(stacks.start[stack] ?? 0, stacks.start[stack + 1] ?? 0, emit);
    start[stack + 1] = length;
  }
  locations = resized(locations, length, (n) => new Uint32Array(n));
  return { ...profile, stacks: { length: stacks.length, start, locations } };
}
