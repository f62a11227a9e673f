/**
 * Merging profiles: samples of equal stack and labels are added up.
 *
 * Meaning of pprof's profile.Merge (Go 1.26, profile/merge.go): locations are equal by address
 * relative to their mapping and by their lines, functions by name, file and start line, mappings by
 * build and size; samples that are zero in every column vanish; unused rows are dropped. Cost: one
 * hash per sample over its stack, in columns.
 */
import { resized } from '../base/columns.ts';
import { UserError } from '../base/errors.ts';
import { LabelSetBuilder, labelsOf } from './labels.ts';
import type { Profile, ValueColumn, ValueType } from './profile.ts';
import { RunInterner } from './runs.ts';
import { SymbolBuilder } from './symbols.ts';

/** Sums below this are exact in a float64. */
const EXACT = 2 ** 53;

export interface MergeOptions {
  /** Keep only the sample types that all profiles have, instead of refusing different ones. */
  readonly commonSampleTypes?: boolean;
}

/**
 * Merges one or more profiles into a new one. Throws `UserError` when there is none, or when sample
 * types or period types differ. Durations add up, the earliest time and the longest period win.
 */
export function mergeProfiles(profiles: readonly Profile[], options: MergeOptions = {}): Profile {
  const sources = options.commonSampleTypes ? withCommonSampleTypes(profiles) : profiles;
  const first = sources[0];
  if (first === undefined) {
    throw new UserError('no-profiles', 'There is no profile to merge', 'Name at least one');
  }
  for (const other of sources) checkCompatible(first, other);
  const joiner = new SampleJoiner();
  const rows = sources.map((profile) => joiner.add(profile));
  const values = first.sampleTypes.map((_, type) => {
    const columns = sources.map((profile) => profile.samples.values[type] ?? new Float64Array(0));
    return addColumns(columns, rows, joiner.length);
  });
  return joiner.finish({ ...first, ...mergedHeader(sources) }, values);
}

/** Headers of the merged profile, as profile.Merge combines them. */
function mergedHeader(
  profiles: readonly Profile[],
): Pick<
  Profile,
  'timeNanos' | 'durationNanos' | 'period' | 'comments' | 'defaultSampleType' | 'docUrl'
> {
  let timeNanos = 0n;
  let durationNanos = 0n;
  let period = 0n;
  for (const profile of profiles) {
    // A profile without a time resets it; that is what pprof does.
    if (timeNanos === 0n || profile.timeNanos < timeNanos) timeNanos = profile.timeNanos;
    durationNanos += profile.durationNanos;
    if (period === 0n || period < profile.period) period = profile.period;
  }
  return {
    timeNanos,
    durationNanos,
    period,
    comments: [...new Set(profiles.flatMap((profile) => profile.comments))],
    defaultSampleType: profiles.find((p) => p.defaultSampleType !== '')?.defaultSampleType ?? '',
    docUrl: profiles.find((p) => p.docUrl !== '')?.docUrl ?? '',
  };
}

function describe(types: readonly (ValueType | undefined)[]): string {
  return types.map((t) => (t === undefined ? 'none' : `${t.type}/${t.unit}`)).join(', ');
}

/** Throws `UserError` unless sample types and period types are the same. */
export function checkCompatible(first: Profile, other: Profile): void {
  const next = 'Merge profiles of one kind, or keep only the sample types that they share';
  for (const [what, a, b] of [
    ['period types', [first.periodType], [other.periodType]],
    ['sample types', first.sampleTypes, other.sampleTypes],
  ] as const) {
    if (describe(a) === describe(b)) continue;
    throw new UserError(
      'incompatible-profiles',
      `Cannot merge profiles of different ${what}: ${describe(a)} and ${describe(b)}`,
      next,
    );
  }
}

/** The profiles with only the sample types that all of them have, in the first one's order. */
export function withCommonSampleTypes(profiles: readonly Profile[]): Profile[] {
  const names = (profiles[0]?.sampleTypes ?? [])
    .map((type) => type.type)
    .filter((name) => profiles.every((p) => p.sampleTypes.some((type) => type.type === name)));
  if (profiles.length > 0 && names.length === 0) {
    throw new UserError(
      'incompatible-profiles',
      'Cannot merge profiles that have no sample type in common',
      'Merge profiles of one kind',
    );
  }
  return profiles.map((profile) => selectSampleTypes(profile, names));
}

/** The profile with these sample types only, in this order. Shares all other tables. */
export function selectSampleTypes(profile: Profile, names: readonly string[]): Profile {
  const columns = names.map((name) => profile.sampleTypes.findIndex((type) => type.type === name));
  const unchanged =
    columns.length === profile.sampleTypes.length && columns.every((column, i) => column === i);
  if (unchanged) return profile;
  return {
    ...profile,
    sampleTypes: columns.flatMap((column) => profile.sampleTypes[column] ?? []),
    defaultSampleType: names.includes(profile.defaultSampleType)
      ? profile.defaultSampleType
      : (names[0] ?? ''),
    samples: {
      ...profile.samples,
      values: columns.flatMap((column) => {
        const values = profile.samples.values[column];
        return values === undefined ? [] : [values];
      }),
    },
  };
}

/** Adds one column of every source into rows; 64-bit integers when floats are not exact. */
function addColumns(
  columns: readonly ValueColumn[],
  rows: readonly Int32Array[],
  length: number,
): ValueColumn {
  let bound = 0;
  for (const column of columns) for (const value of column) bound += Math.abs(Number(value));
  const floats = columns.filter((column) => column instanceof Float64Array);
  if (bound < EXACT && floats.length === columns.length) {
    const sums = new Float64Array(length);
    floats.forEach((column, source) => {
      const rowOf = rows[source] ?? new Int32Array(0);
      for (let i = 0; i < column.length; i++) {
        const row = rowOf[i] ?? -1;
        if (row >= 0) sums[row] = (sums[row] ?? 0) + (column[i] ?? 0);
      }
    });
    return sums;
  }
  const sums = new BigInt64Array(length);
  columns.forEach((column, source) => {
    const rowOf = rows[source] ?? new Int32Array(0);
    for (let i = 0; i < column.length; i++) {
      const row = rowOf[i] ?? -1;
      // The column wraps at 64 bits, as Go's addition does.
      if (row >= 0) sums[row] = (sums[row] ?? 0n) + BigInt(column[i] ?? 0);
    }
  });
  return sums;
}

/** Joins the samples of several profiles into rows of equal stack and labels. */
export class SampleJoiner {
  private readonly symbols = new SymbolBuilder();
  private readonly labelSets = new LabelSetBuilder();
  private readonly stacks = new RunInterner();
  /** Pairs of stack and label set. */
  private readonly pairs = new RunInterner();
  private readonly pair = new Uint32Array(2);
  private buffer = new Uint32Array(256);

  /** Rows so far. */
  get length(): number {
    return this.pairs.length;
  }

  /** The row of every sample of the profile; -1 for samples that are zero in every column. */
  add(profile: Profile): Int32Array {
    // pprof's convention: the first mapping is the main binary, used or not.
    const main = profile.mappings[0];
    if (this.symbols.mappings.length === 0 && main !== undefined) this.symbols.mapping(main);
    const { samples, stacks } = profile;
    const locationOf = new Int32Array(profile.locations.length).fill(-1);
    const stackOf = new Int32Array(stacks.length).fill(-1);
    const labelSetOf = new Int32Array(profile.labelSets.length).fill(-1);
    const rows = new Int32Array(samples.length).fill(-1);
    for (let i = 0; i < samples.length; i++) {
      if (isZero(samples.values, i)) continue;
      const stack = samples.stack[i] ?? 0;
      const labelSet = samples.labelSet[i] ?? 0;
      if (stackOf[stack] === -1) stackOf[stack] = this.joinStack(profile, stack, locationOf);
      if (labelSetOf[labelSet] === -1) {
        labelSetOf[labelSet] = this.labelSets.intern(labelsOf(profile, labelSet));
      }
      this.pair[0] = stackOf[stack] ?? 0;
      this.pair[1] = labelSetOf[labelSet] ?? 0;
      rows[i] = this.pairs.intern(this.pair, 0, 2);
    }
    return rows;
  }

  /** The joined profile; `values` has one entry per row and type. Rows of zeros are dropped. */
  finish(header: Profile, values: readonly ValueColumn[]): Profile {
    const pairs = this.pairs.finish();
    const stacks = this.stacks.finish();
    const stack = new Uint32Array(pairs.length);
    const labelSet = new Uint32Array(pairs.length);
    for (let row = 0; row < pairs.length; row++) {
      stack[row] = pairs.values[2 * row] ?? 0;
      labelSet[row] = pairs.values[2 * row + 1] ?? 0;
    }
    const tables = this.symbols.finish();
    const labelSets = this.labelSets.finish((text) => this.symbols.string(text));
    const profile: Profile = {
      ...header,
      ...tables,
      strings: this.symbols.strings,
      mappings: this.symbols.mappings,
      stacks: { length: stacks.length, start: stacks.start, locations: stacks.values },
      labelSets,
      samples: { length: pairs.length, stack, labelSet, values },
    };
    for (let row = 0; row < pairs.length; row++) {
      if (isZero(values, row)) return mergeProfiles([profile]);
    }
    return profile;
  }

  private joinStack(profile: Profile, stack: number, locationOf: Int32Array): number {
    const { start, locations } = profile.stacks;
    const from = start[stack] ?? 0;
    const depth = (start[stack + 1] ?? 0) - from;
    if (depth > this.buffer.length) {
      this.buffer = resized(this.buffer, depth * 2, (n) => new Uint32Array(n));
    }
    for (let i = 0; i < depth; i++) {
      const location = locations[from + i] ?? 0;
      let joined = locationOf[location] ?? -1;
      if (joined < 0) {
        joined = this.joinLocation(profile, location);
        locationOf[location] = joined;
      }
      this.buffer[i] = joined;
    }
    return this.stacks.intern(this.buffer, 0, depth);
  }

  private joinLocation(profile: Profile, location: number): number {
    const { locations, functions, strings } = profile;
    const source = profile.mappings[locations.mapping[location] ?? -1];
    const mapping = source === undefined ? -1 : this.symbols.mapping(source);
    // Where another run was mapped elsewhere (address space randomization), addresses move with it.
    const moved = (this.symbols.mappings[mapping]?.start ?? 0n) - (source?.start ?? 0n);
    const lines = [];
    const end = locations.lineStart[location + 1] ?? 0;
    for (let line = locations.lineStart[location] ?? 0; line < end; line++) {
      const fn = locations.lineFunction[line] ?? -1;
      const joined =
        fn < 0
          ? -1
          : this.symbols.function({
              name: strings[functions.name[fn] ?? 0] ?? '',
              systemName: strings[functions.systemName[fn] ?? 0] ?? '',
              filename: strings[functions.filename[fn] ?? 0] ?? '',
              startLine: functions.startLine[fn] ?? 0,
            });
      lines.push({
        function: joined,
        line: locations.lineNumber[line] ?? 0,
        column: locations.lineColumn[line] ?? 0,
      });
    }
    return this.symbols.location({
      mapping,
      address: BigInt.asUintN(64, (locations.address[location] ?? 0n) + moved),
      isFolded: locations.isFolded[location] === 1,
      lines,
    });
  }
}

function isZero(values: readonly ValueColumn[], row: number): boolean {
  for (const column of values) if (Number(column[row] ?? 0) !== 0) return false;
  return true;
}
