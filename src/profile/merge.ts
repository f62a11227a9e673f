/**
 * Merging profiles: samples of equal stack and labels are added up.
 *
 * Meaning of pprof's profile.Merge (Go 1.26, profile/merge.go): locations are equal by address
 * relative to their mapping and by their lines, functions by name, file and start line, mappings by
 * build and size; samples that are zero in every column vanish; unused rows are dropped. Cost: one
 * hash per sample over its stack, in columns.
 */
import { UserError } from '../base/errors.ts';
import { LabelJoiner } from './joinlabels.ts';
import { PairTable } from './pairs.ts';
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
  const floats = columns.filter((column) => column instanceof Float64Array);
  for (const column of floats) bound += absoluteSum(column);
  if (bound < EXACT && floats.length === columns.length) {
    const sums = new Float64Array(length);
    floats.forEach((column, source) => {
      addFloats(sums, column, rows[source] ?? new Int32Array(0));
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

function absoluteSum(column: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < column.length; i++) sum += Math.abs(column[i] ?? 0);
  return sum;
}

function addFloats(sums: Float64Array, column: Float64Array, rowOf: Int32Array): void {
  for (let i = 0; i < column.length; i++) {
    const row = rowOf[i] ?? -1;
    if (row >= 0) sums[row] = (sums[row] ?? 0) + (column[i] ?? 0);
  }
}

/** Joins the samples of several profiles into rows of equal stack and labels. */
export class SampleJoiner {
  private readonly symbols = new SymbolBuilder();
  private readonly labelSets = new LabelJoiner((text) => this.symbols.string(text));
  private readonly stacks = new RunInterner();
  /** Stack and label set of every row. */
  private readonly pairs = new PairTable();

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
    const { pairs } = this;
    this.stacks.reserve(stacks.length, stacks.locations.length);
    pairs.reserve(samples.length);
    const symbols = new JoinedSymbols(profile, this.symbols);
    const stackOf = new Int32Array(stacks.length).fill(-1);
    const labelSetOf = this.labelSets.of(profile);
    const rows = new Int32Array(samples.length).fill(-1);
    const isLive = liveRows(samples.values, samples.length);
    for (let i = 0; i < rows.length; i++) {
      if (isLive[i] === 0) continue;
      const stack = samples.stack[i] ?? 0;
      if (stackOf[stack] === -1) stackOf[stack] = this.joinStack(profile, stack, symbols);
      rows[i] = pairs.intern(stackOf[stack] ?? 0, labelSetOf(samples.labelSet[i] ?? 0));
    }
    return rows;
  }

  /** The joined profile; `values` has one entry per row and type. Rows of zeros are dropped. */
  finish(header: Profile, values: readonly ValueColumn[]): Profile {
    const { length } = this.pairs;
    const stacks = this.stacks.finish();
    const stack = Uint32Array.from(this.pairs.first.subarray(0, length));
    const labelSet = Uint32Array.from(this.pairs.second.subarray(0, length));
    const tables = this.symbols.finish();
    const labelSets = this.labelSets.finish();
    const profile: Profile = {
      ...header,
      ...tables,
      strings: this.symbols.strings,
      mappings: this.symbols.mappings,
      stacks: { length: stacks.length, start: stacks.start, locations: stacks.values },
      labelSets,
      samples: { length, stack, labelSet, values },
    };
    return liveRows(values, length).includes(0) ? mergeProfiles([profile]) : profile;
  }

  private joinStack(profile: Profile, stack: number, symbols: JoinedSymbols): number {
    const { start, locations } = profile.stacks;
    const to = start[stack + 1] ?? 0;
    const { stacks } = this;
    const { locationOf } = symbols;
    const { values } = stacks;
    let end = stacks.start[stacks.length] ?? 0;
    for (let i = start[stack] ?? 0; i < to; i++) {
      const location = locations[i] ?? 0;
      let joined = locationOf[location] ?? -1;
      if (joined < 0) joined = symbols.join(location);
      values[end++] = joined;
    }
    return stacks.internTail(end);
  }
}

/** 1 for every row with a value that is not zero. */
function liveRows(values: readonly ValueColumn[], length: number): Uint8Array {
  const live = new Uint8Array(length);
  for (const column of values) {
    if (column instanceof Float64Array) markNumbers(column, live);
    else
      column.forEach((value, row) => {
        if (value !== 0n) live[row] = 1;
      });
  }
  return live;
}

function markNumbers(column: Float64Array, live: Uint8Array): void {
  for (let row = 0; row < live.length; row++) if (column[row] !== 0) live[row] = 1;
}

/** The symbols of one profile as rows of the joined tables, joined when they are first needed. */
class JoinedSymbols {
  /** Joined row of every location; -1 = not yet. */
  readonly locationOf: Int32Array;
  private readonly profile: Profile;
  private readonly symbols: SymbolBuilder;
  private readonly functionOf: Int32Array;
  /** Addresses: low word at 2i, high word at 2i + 1 (little-endian). */
  private readonly addressHalves: Uint32Array;
  /** Joined mapping of every mapping, and how far addresses move with it. */
  private readonly mappingOf = new Map<number, { index: number; moved: bigint }>();

  constructor(profile: Profile, symbols: SymbolBuilder) {
    this.profile = profile;
    this.symbols = symbols;
    this.locationOf = new Int32Array(profile.locations.length).fill(-1);
    this.functionOf = new Int32Array(profile.functions.length).fill(-1);
    const { buffer, byteOffset, length } = profile.locations.address;
    this.addressHalves = new Uint32Array(buffer, byteOffset, length * 2);
  }

  join(location: number): number {
    const { locations } = this.profile;
    const { symbols, addressHalves } = this;
    const { index: mapping, moved } = this.mapping(locations.mapping[location] ?? -1);
    let low = addressHalves[2 * location] ?? 0;
    let high = addressHalves[2 * location + 1] ?? 0;
    if (moved !== 0n) {
      const address = BigInt.asUintN(64, (locations.address[location] ?? 0n) + moved);
      low = Number(address & 0xffffffffn);
      high = Number(address >> 32n);
    }
    symbols.beginLocation(mapping, low, high, locations.isFolded[location] === 1);
    const end = locations.lineStart[location + 1] ?? 0;
    for (let line = locations.lineStart[location] ?? 0; line < end; line++) {
      const fn = this.function(locations.lineFunction[line] ?? -1);
      symbols.addLine(fn, locations.lineNumber[line] ?? 0, locations.lineColumn[line] ?? 0);
    }
    const joined = symbols.endLocation();
    this.locationOf[location] = joined;
    return joined;
  }

  private mapping(source: number): { index: number; moved: bigint } {
    let joined = this.mappingOf.get(source);
    if (joined === undefined) {
      const row = this.profile.mappings[source];
      const index = row === undefined ? -1 : this.symbols.mapping(row);
      // Where another run was mapped elsewhere (address space randomization), addresses move with it.
      const moved = (this.symbols.mappings[index]?.start ?? 0n) - (row?.start ?? 0n);
      joined = { index, moved };
      this.mappingOf.set(source, joined);
    }
    return joined;
  }

  /** -1 = unknown. */
  private function(fn: number): number {
    let joined = this.functionOf[fn] ?? -1;
    if (fn >= 0 && joined < 0) {
      const { functions, strings } = this.profile;
      joined = this.symbols.function({
        name: strings[functions.name[fn] ?? 0] ?? '',
        systemName: strings[functions.systemName[fn] ?? 0] ?? '',
        filename: strings[functions.filename[fn] ?? 0] ?? '',
        startLine: functions.startLine[fn] ?? 0,
      });
      this.functionOf[fn] = joined;
    }
    return joined;
  }
}
