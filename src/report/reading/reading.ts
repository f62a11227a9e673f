/**
 * What the rules read: one value column of a profile, summed up by stack once.
 *
 * Cost: one pass over samples and stacks when first asked; then a rule costs one pass over the
 * functions and one over the stacks.
 */
import { functionName } from '../../profile/frames.ts';
import type { Profile, ValueColumn } from '../../profile/profile.ts';
import { type GoVersion, goVersionOf, parseGoVersion } from './goversion.ts';
import type { Note, ReadingContext } from './note.ts';

/** A rule: a profile → what must be known about it, or nothing. */
export type Rule = (reading: Reading) => Note | undefined;

/** A test of function names, as pprof prints them. */
export type NameTest = (name: string) => boolean;

export class Reading {
  readonly profile: Profile;
  /** 'cpu', 'heap', 'allocs', 'block', 'mutex', 'goroutine', …; see kind.ts. */
  readonly kind: string;
  readonly sampleIndex: number;
  readonly sampleType: string;
  readonly unit: string;
  readonly context: ReadingContext;
  /** Sum of the magnitudes of all values. */
  readonly total: number;
  /** The same by stack. */
  readonly byStack: Float64Array;
  private version: { readonly found: GoVersion | undefined } | undefined;

  constructor(profile: Profile, kind: string, sampleIndex: number, context: ReadingContext) {
    const type = profile.sampleTypes[sampleIndex];
    if (type === undefined) throw new RangeError(`profile has no sample type ${sampleIndex}`);
    this.profile = profile;
    this.kind = kind;
    this.sampleIndex = sampleIndex;
    this.sampleType = type.type;
    this.unit = type.unit;
    this.context = context;
    this.byStack = sumsByStack(profile, this.values);
    this.total = this.byStack.reduce((sum, value) => sum + value, 0);
  }

  get values(): ValueColumn {
    return this.profile.samples.values[this.sampleIndex] ?? new Float64Array();
  }

  /** The values of another sample type; undefined when there is none of that name. */
  column(type: string): ValueColumn | undefined {
    return this.profile.samples.values[
      this.profile.sampleTypes.findIndex((candidate) => candidate.type === type)
    ];
  }

  /** Recorded seconds; 0 = unknown. */
  get seconds(): number {
    const { durationMs } = this.context;
    if (durationMs !== undefined && durationMs > 0) return durationMs / 1000;
    return Number(this.profile.durationNanos) / 1e9;
  }

  /** The Go that built the program; undefined = unknown. */
  get goVersion(): GoVersion | undefined {
    this.version ??= {
      found: parseGoVersion(this.context.goVersion ?? '') ?? goVersionOf(this.profile),
    };
    return this.version.found;
  }

  /** Frames of a stack, inlined ones included. */
  depthOf(stack: number): number {
    const { stacks, locations } = this.profile;
    let depth = 0;
    for (let at = stacks.start[stack] ?? 0; at < (stacks.start[stack + 1] ?? 0); at++) {
      const location = stacks.locations[at] ?? 0;
      const lines = (locations.lineStart[location + 1] ?? 0) - (locations.lineStart[location] ?? 0);
      depth += Math.max(1, lines);
    }
    return depth;
  }

  /** Function names of a stack from the leaf, inlined ones included; unknown ones are ''. */
  namesOf(stack: number): string[] {
    const { stacks, locations } = this.profile;
    const names: string[] = [];
    for (let at = stacks.start[stack] ?? 0; at < (stacks.start[stack + 1] ?? 0); at++) {
      const location = stacks.locations[at] ?? 0;
      const from = locations.lineStart[location] ?? 0;
      const to = locations.lineStart[location + 1] ?? 0;
      if (from === to) names.push('');
      for (let line = from; line < to; line++) {
        const fn = locations.lineFunction[line] ?? -1;
        names.push(fn < 0 ? '' : functionName(this.profile, fn));
      }
    }
    return names;
  }

  /** Value of the samples with a matching function anywhere on their stack. */
  valueThrough(test: NameTest): number {
    const matching = this.matchingLocations(test);
    // Most tests match nothing at all: the stacks need not be looked through.
    if (!matching.includes(1)) return 0;
    const { start, locations } = this.profile.stacks;
    return this.valueWhere((stack) => {
      for (let at = start[stack] ?? 0; at < (start[stack + 1] ?? 0); at++) {
        if (matching[locations[at] ?? 0] === 1) return true;
      }
      return false;
    });
  }

  /** Value of the samples whose leaf is in a matching function. */
  valueAtLeaf(test: NameTest): number {
    return this.valueWhere((stack) => test(this.leafOf(stack)));
  }

  /** Name of the leaf function; '' when the stack is empty or the leaf unknown. */
  leafOf(stack: number): string {
    const { stacks, locations } = this.profile;
    const first = stacks.start[stack] ?? 0;
    if (first >= (stacks.start[stack + 1] ?? 0)) return '';
    const line = locations.lineStart[stacks.locations[first] ?? 0] ?? 0;
    const end = locations.lineStart[(stacks.locations[first] ?? 0) + 1] ?? 0;
    const fn = line < end ? (locations.lineFunction[line] ?? -1) : -1;
    return fn < 0 ? '' : functionName(this.profile, fn);
  }

  /** Name of the root function; '' when the stack is empty or the root unknown. */
  rootOf(stack: number): string {
    const { stacks, locations } = this.profile;
    const last = (stacks.start[stack + 1] ?? 0) - 1;
    if (last < (stacks.start[stack] ?? 0)) return '';
    const location = stacks.locations[last] ?? 0;
    const end = locations.lineStart[location + 1] ?? 0;
    const fn = end > (locations.lineStart[location] ?? 0) ? locations.lineFunction[end - 1] : -1;
    return fn === undefined || fn < 0 ? '' : functionName(this.profile, fn);
  }

  /** Value of the stacks that the test accepts. */
  valueWhere(test: (stack: number) => boolean): number {
    let sum = 0;
    for (let stack = 0; stack < this.byStack.length; stack++) {
      const value = this.byStack[stack] ?? 0;
      if (value !== 0 && test(stack)) sum += value;
    }
    return sum;
  }

  /** As a share of the total; 0 when there is nothing. */
  share(value: number): number {
    return this.total > 0 ? value / this.total : 0;
  }

  private matchingLocations(test: NameTest): Uint8Array {
    const { functions, locations } = this.profile;
    const matches = new Uint8Array(functions.length);
    for (let fn = 0; fn < matches.length; fn++) {
      matches[fn] = test(functionName(this.profile, fn)) ? 1 : 0;
    }
    const matching = new Uint8Array(locations.length);
    for (let location = 0; location < matching.length; location++) {
      const to = locations.lineStart[location + 1] ?? 0;
      for (let line = locations.lineStart[location] ?? 0; line < to; line++) {
        if (matches[locations.lineFunction[line] ?? -1] === 1) matching[location] = 1;
      }
    }
    return matching;
  }
}

function sumsByStack(profile: Profile, values: ValueColumn): Float64Array {
  const { samples, stacks } = profile;
  const sums = new Float64Array(stacks.length);
  for (let row = 0; row < samples.length; row++) {
    const stack = samples.stack[row] ?? 0;
    sums[stack] = (sums[stack] ?? 0) + Math.abs(Number(values[row] ?? 0));
  }
  return sums;
}

/** The sum of a column. */
export function sumOf(column: ValueColumn): number {
  let sum = 0;
  for (let row = 0; row < column.length; row++) sum += Number(column[row] ?? 0);
  return sum;
}

/** The sum of a column's magnitudes. */
export function magnitudeOf(column: ValueColumn): number {
  let sum = 0;
  for (let row = 0; row < column.length; row++) sum += Math.abs(Number(column[row] ?? 0));
  return sum;
}
