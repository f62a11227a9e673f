/**
 * The Profile tables: what every profile format decodes to and everything after works on.
 *
 * Struct of arrays; nothing here allocates per sample. A stack is a run of location indices, leaf
 * first. Symbolizing replaces lines, never stacks. Meaning follows pprof's profile.proto
 * (github.com/google/pprof/proto/profile.proto); this is not a tree and holds no totals: trees are
 * built where they are needed (calltree.ts).
 *
 * Invariants (checked once, at the decoder's boundary; everything after may assume them):
 * every index is in range, `start` columns are non-decreasing with `length + 1` entries,
 * `strings[0]` is the empty string, label set 0 is the empty set.
 */

/** A column of sample values: floats while exact, 64-bit integers once |sum| passes 2^53. */
export type ValueColumn = Float64Array | BigInt64Array;

/** What one column of values counts, e.g. `{type: 'cpu', unit: 'nanoseconds'}`. */
export interface ValueType {
  readonly type: string;
  readonly unit: string;
}

/** A memory-mapped object. Few of them, so plain objects. */
export interface Mapping {
  /** Identity in the file it came from; 1-based, unique. */
  readonly id: bigint;
  /** First address (inclusive), last address (exclusive), and offset in the file. */
  readonly start: bigint;
  readonly limit: bigint;
  readonly offset: bigint;
  readonly file: string;
  readonly buildId: string;
  readonly hasFunctions: boolean;
  readonly hasFilenames: boolean;
  readonly hasLineNumbers: boolean;
  readonly hasInlineFrames: boolean;
}

/** Functions, one row each. All columns have `length` entries. */
export interface FunctionTable {
  readonly length: number;
  /** Identity in the file; unique, non-zero. */
  readonly id: BigUint64Array;
  /** Indices into `strings`. */
  readonly name: Int32Array;
  readonly systemName: Int32Array;
  readonly filename: Int32Array;
  /** Line of the `func` keyword; 0 = unknown. Exact below 2^53. */
  readonly startLine: Float64Array;
}

/** Locations (program counters), one row each; lines are runs in the three `line…` columns. */
export interface LocationTable {
  readonly length: number;
  /** Identity in the file; unique, non-zero. */
  readonly id: BigUint64Array;
  /** Index into `mappings`; -1 = none. */
  readonly mapping: Int32Array;
  /** Instruction address, 0 = unknown. */
  readonly address: BigUint64Array;
  /** 1 = identical-code-folded: the line is one of several candidates. */
  readonly isFolded: Uint8Array;
  /** `length + 1` offsets into the line columns. Innermost (inlined) line first. May be empty runs. */
  readonly lineStart: Uint32Array;
  /** Index into `functions`; -1 = unknown. */
  readonly lineFunction: Int32Array;
  /** Source line and column; 0 = unknown. */
  readonly lineNumber: Float64Array;
  readonly lineColumn: Float64Array;
}

/** Stacks: runs of location indices, leaf first. Not necessarily distinct. */
export interface StackTable {
  readonly length: number;
  /** `length + 1` offsets into `locations`. */
  readonly start: Uint32Array;
  readonly locations: Uint32Array;
}

/** Label sets: ordered runs of (key, string or number, unit), repeats kept. Set 0 is empty. */
export interface LabelSetTable {
  readonly length: number;
  /** `length + 1` offsets into the four columns below. */
  readonly start: Uint32Array;
  /** Index into `strings`. */
  readonly key: Int32Array;
  /** Index into `strings` of a string label's value; -1 = this is a numeric label. */
  readonly str: Int32Array;
  /** A numeric label's value; 0 for string labels. */
  readonly num: ValueColumn;
  /** Index into `strings` of a numeric label's unit; 0 = none. */
  readonly numUnit: Int32Array;
}

/** Samples, one row each, in file order. */
export interface SampleTable {
  readonly length: number;
  /** Index into `stacks`. */
  readonly stack: Uint32Array;
  /** Index into `labelSets`. */
  readonly labelSet: Uint32Array;
  /** One column for each sample type, in the order of `sampleTypes`. */
  readonly values: readonly ValueColumn[];
}

export interface Profile {
  /** Interned strings; `strings[0] === ''`. */
  readonly strings: readonly string[];
  readonly sampleTypes: readonly ValueType[];
  /** Name of the default sample type as the file gives it; '' = the last one (pprof's rule). */
  readonly defaultSampleType: string;
  readonly mappings: readonly Mapping[];
  readonly functions: FunctionTable;
  readonly locations: LocationTable;
  readonly stacks: StackTable;
  readonly labelSets: LabelSetTable;
  readonly samples: SampleTable;
  /** What `period` is measured in; undefined when the file has none. */
  readonly periodType: ValueType | undefined;
  /** Events between two samples, e.g. 10,000,000 ns at 100 Hz; 0 = unknown. */
  readonly period: bigint;
  /** Unix time of the capture in nanoseconds; 0 = unknown. */
  readonly timeNanos: bigint;
  /** Length of the capture in nanoseconds; 0 = unknown or an instant. */
  readonly durationNanos: bigint;
  readonly comments: readonly string[];
  /** Regular expressions of frames to drop from, and to keep despite that; '' = none. */
  readonly dropFrames: string;
  readonly keepFrames: string;
  readonly docUrl: string;
}

/** The index of the sample type that pprof shows unless told otherwise (the last when unnamed). */
export function defaultSampleIndex(profile: Profile): number {
  const named = profile.sampleTypes.findIndex((t) => t.type === profile.defaultSampleType);
  return profile.defaultSampleType !== '' && named >= 0 ? named : profile.sampleTypes.length - 1;
}

/** The index of the sample type of that name, or -1. */
export function sampleIndexOf(profile: Profile, type: string): number {
  return profile.sampleTypes.findIndex((t) => t.type === type);
}
