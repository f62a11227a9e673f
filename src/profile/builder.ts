/**
 * Builds a profile sample by sample, out of anything that is not a pprof file.
 *
 * Rows are interned (symbols.ts, labels.ts, runs.ts); equal samples are kept apart, as they came.
 * Values are exact 64-bit integers until the end, where columns become floats if they can.
 */
import { type Label, LabelSetBuilder } from './labels.ts';
import type { Profile, ValueColumn, ValueType } from './profile.ts';
import { RunInterner } from './runs.ts';
import { SymbolBuilder } from './symbols.ts';

/** Everything of a profile that is no table. */
export type ProfileHeader = Pick<
  Profile,
  | 'defaultSampleType'
  | 'periodType'
  | 'period'
  | 'timeNanos'
  | 'durationNanos'
  | 'comments'
  | 'dropFrames'
  | 'keepFrames'
  | 'docUrl'
>;

const EMPTY_HEADER: ProfileHeader = {
  defaultSampleType: '',
  periodType: undefined,
  period: 0n,
  timeNanos: 0n,
  durationNanos: 0n,
  comments: [],
  dropFrames: '',
  keepFrames: '',
  docUrl: '',
};

const EXACT = 9007199254740992n;

export class ProfileBuilder {
  readonly symbols = new SymbolBuilder();
  private readonly sampleTypes: readonly ValueType[];
  private readonly labelSets = new LabelSetBuilder();
  private readonly stacks = new RunInterner();
  private readonly stack: number[] = [];
  private readonly labelSet: number[] = [];
  private readonly values: bigint[][];

  constructor(sampleTypes: readonly ValueType[]) {
    this.sampleTypes = sampleTypes;
    this.values = sampleTypes.map(() => []);
  }

  /** Adds a sample: locations (of `symbols`) leaf first, one value for each sample type. */
  add(
    locations: readonly number[],
    values: readonly (number | bigint)[],
    labels: readonly Label[] = [],
  ): void {
    if (values.length !== this.sampleTypes.length) {
      throw new RangeError(`${values.length} values for ${this.sampleTypes.length} sample types`);
    }
    this.stack.push(this.stacks.intern(Uint32Array.from(locations), 0, locations.length));
    this.labelSet.push(this.labelSets.intern(labels));
    values.forEach((value, type) => {
      this.values[type]?.push(BigInt(value));
    });
  }

  finish(header: Partial<ProfileHeader> = {}): Profile {
    const { length, start, values: locations } = this.stacks.finish();
    const tables = this.symbols.finish();
    const labelSets = this.labelSets.finish((text) => this.symbols.string(text));
    return {
      ...EMPTY_HEADER,
      ...header,
      ...tables,
      sampleTypes: this.sampleTypes,
      strings: this.symbols.strings,
      mappings: this.symbols.mappings,
      stacks: { length, start, locations },
      labelSets,
      samples: {
        length: this.stack.length,
        stack: Uint32Array.from(this.stack),
        labelSet: Uint32Array.from(this.labelSet),
        values: this.values.map(valueColumn),
      },
    };
  }
}

function valueColumn(values: readonly bigint[]): ValueColumn {
  let sum = 0n;
  for (const value of values) sum += value < 0n ? -value : value;
  return sum < EXACT ? Float64Array.from(values, Number) : BigInt64Array.from(values);
}
