/**
 * The invariants of the Profile tables (profile.ts), as a check.
 *
 * Decoders establish them and everything after relies on them; this is for tests, fuzzing, and for
 * profiles that come from outside as tables. Cost: one pass over every column.
 */
import type { Profile } from './profile.ts';

/** The first invariant that does not hold, in words; undefined when all do. */
export function brokenInvariant(profile: Profile): string | undefined {
  return (
    brokenStrings(profile) ??
    brokenSymbols(profile) ??
    brokenLocations(profile) ??
    brokenStacks(profile) ??
    brokenLabelSets(profile) ??
    brokenSamples(profile)
  );
}

type Column = ArrayLike<number> | ArrayLike<bigint>;

function lengthOf(what: string, column: Column, length: number): string | undefined {
  return column.length === length ? undefined : `${what} has ${column.length} rows, not ${length}`;
}

function range(
  what: string,
  column: ArrayLike<number>,
  least: number,
  end: number,
): string | undefined {
  for (let i = 0; i < column.length; i++) {
    const index = column[i] ?? Number.NaN;
    if (!(index >= least && index < end)) return `${what}[${i}] is ${index}, outside ${end}`;
  }
  return undefined;
}

function offsets(
  what: string,
  start: ArrayLike<number>,
  length: number,
  end: number,
): string | undefined {
  if (start.length !== length + 1) return `${what} has ${start.length} entries, not ${length + 1}`;
  if (start[0] !== 0 || start[length] !== end) return `${what} does not span 0 to ${end}`;
  for (let i = 0; i < length; i++) {
    if ((start[i + 1] ?? 0) < (start[i] ?? 0)) return `${what} decreases at ${i}`;
  }
  return undefined;
}

function brokenStrings(profile: Profile): string | undefined {
  if (profile.strings[0] !== '') return 'strings[0] is not empty';
  const ids = new Set(profile.mappings.map((mapping) => mapping.id));
  if (ids.has(0n)) return 'a mapping has id 0';
  return ids.size === profile.mappings.length ? undefined : 'mapping ids repeat';
}

function uniqueIds(what: string, ids: BigUint64Array): string | undefined {
  const distinct = new Set(ids);
  if (distinct.has(0n)) return `a ${what} has id 0`;
  return distinct.size === ids.length ? undefined : `${what} ids repeat`;
}

function brokenSymbols(profile: Profile): string | undefined {
  const { functions, strings } = profile;
  const { length } = functions;
  const end = strings.length;
  return (
    lengthOf('functions.id', functions.id, length) ??
    lengthOf('functions.name', functions.name, length) ??
    lengthOf('functions.systemName', functions.systemName, length) ??
    lengthOf('functions.filename', functions.filename, length) ??
    lengthOf('functions.startLine', functions.startLine, length) ??
    uniqueIds('function', functions.id) ??
    range('functions.name', functions.name, 0, end) ??
    range('functions.systemName', functions.systemName, 0, end) ??
    range('functions.filename', functions.filename, 0, end)
  );
}

function brokenLocations(profile: Profile): string | undefined {
  const { locations } = profile;
  const { length } = locations;
  const lines = locations.lineFunction.length;
  return (
    lengthOf('locations.id', locations.id, length) ??
    lengthOf('locations.mapping', locations.mapping, length) ??
    lengthOf('locations.address', locations.address, length) ??
    lengthOf('locations.isFolded', locations.isFolded, length) ??
    lengthOf('locations.lineNumber', locations.lineNumber, lines) ??
    lengthOf('locations.lineColumn', locations.lineColumn, lines) ??
    uniqueIds('location', locations.id) ??
    range('locations.mapping', locations.mapping, -1, profile.mappings.length) ??
    range('locations.lineFunction', locations.lineFunction, -1, profile.functions.length) ??
    offsets('locations.lineStart', locations.lineStart, length, lines)
  );
}

function brokenStacks(profile: Profile): string | undefined {
  const { start, locations, length } = profile.stacks;
  return (
    offsets('stacks.start', start, length, locations.length) ??
    range('stacks.locations', locations, 0, profile.locations.length)
  );
}

function brokenLabelSets(profile: Profile): string | undefined {
  const { labelSets } = profile;
  const labels = labelSets.key.length;
  const end = profile.strings.length;
  if (labelSets.length === 0 || labelSets.start[1] !== 0) return 'label set 0 is not empty';
  return (
    offsets('labelSets.start', labelSets.start, labelSets.length, labels) ??
    lengthOf('labelSets.str', labelSets.str, labels) ??
    lengthOf('labelSets.num', labelSets.num, labels) ??
    lengthOf('labelSets.numUnit', labelSets.numUnit, labels) ??
    range('labelSets.key', labelSets.key, 0, end) ??
    range('labelSets.str', labelSets.str, -1, end) ??
    range('labelSets.numUnit', labelSets.numUnit, 0, end)
  );
}

function brokenSamples(profile: Profile): string | undefined {
  const { samples } = profile;
  const { length } = samples;
  if (samples.values.length !== profile.sampleTypes.length) return 'a sample type has no column';
  for (const [type, column] of samples.values.entries()) {
    const wrong = lengthOf(`samples.values[${type}]`, column, length);
    if (wrong !== undefined) return wrong;
    if (!(column instanceof Float64Array)) continue;
    let sum = 0;
    for (const value of column) sum += Math.abs(value);
    if (!(sum < 2 ** 53)) return `samples.values[${type}] is not exact in floats`;
  }
  return (
    lengthOf('samples.stack', samples.stack, length) ??
    lengthOf('samples.labelSet', samples.labelSet, length) ??
    range('samples.stack', samples.stack, 0, profile.stacks.length) ??
    range('samples.labelSet', samples.labelSet, 0, profile.labelSets.length)
  );
}
