/**
 * The labels of a profile as a table: every key, its values with total and samples, and for numeric
 * labels how their values are distributed.
 *
 * Cost: one pass over the samples, then one over the distinct label sets.
 */
import { labelsOf } from '../../profile/labels.ts';
import type { Profile } from '../../profile/profile.ts';
import { numericLabelUnits } from '../../profile/tagfilter.ts';

export interface LabelValue {
  /** As a filter on labels takes it; undefined = the samples without this label. */
  readonly value: string | undefined;
  /** Of the chosen sample type. */
  readonly total: number;
  /** Samples with it, that is rows of the profile; 0 = not known. */
  readonly samples: number;
}

/** One bar of a distribution: numbers in from … to, `to` exclusive. */
export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly total: number;
  readonly samples: number;
}

export interface LabelKey {
  readonly key: string;
  readonly kind: 'text' | 'number';
  /** Unit of a numeric label, '' = none. */
  readonly unit: string;
  /** Distinct values. */
  readonly distinct: number;
  /** Most first; the samples without the label among them. At most MOST_VALUES. */
  readonly values: readonly LabelValue[];
  /** By powers of two; [] for text. */
  readonly distribution: readonly Bucket[];
}

export interface LabelTable {
  /** Sum of all samples, with or without labels. */
  readonly total: number;
  readonly unit: string;
  /** The key that covers most of the value first. */
  readonly keys: readonly LabelKey[];
}

export const MOST_VALUES = 1_000;

interface Sums {
  total: number;
  samples: number;
}

class KeySums {
  numeric = true;
  readonly covered: Sums = { total: 0, samples: 0 };
  readonly values = new Map<string, Sums>();

  add(value: string, sums: Sums): void {
    const known = this.values.get(value);
    if (known === undefined) this.values.set(value, { ...sums });
    else {
      known.total += sums.total;
      known.samples += sums.samples;
    }
  }
}

/** Total and rows of each label set. */
function sumsBySet(profile: Profile, sampleIndex: number): Sums[] {
  const values = profile.samples.values[sampleIndex] ?? new Float64Array();
  const sums = Array.from({ length: profile.labelSets.length }, () => ({ total: 0, samples: 0 }));
  for (let row = 0; row < profile.samples.length; row++) {
    const value = Number(values[row] ?? 0);
    const set = sums[profile.samples.labelSet[row] ?? 0];
    if (value === 0 || set === undefined) continue;
    set.total += value;
    set.samples += 1;
  }
  return sums;
}

/** Throws RangeError when there is no such sample type. */
export function labelTable(profile: Profile, sampleIndex: number, divideBy = 1): LabelTable {
  const type = profile.sampleTypes[sampleIndex];
  if (type === undefined) throw new RangeError(`profile has no sample type ${sampleIndex}`);
  const bySet = sumsBySet(profile, sampleIndex);
  const keys = new Map<string, KeySums>();
  const all: Sums = { total: 0, samples: 0 };
  bySet.forEach(({ total, samples }, set) => {
    if (samples === 0) return;
    const sums = { total: total / divideBy, samples };
    all.total += sums.total;
    all.samples += samples;
    const seen = new Set<string>();
    for (const label of labelsOf(profile, set)) {
      let key = keys.get(label.key);
      if (key === undefined) {
        key = new KeySums();
        keys.set(label.key, key);
      }
      key.numeric &&= 'number' in label;
      key.add('text' in label ? label.text : String(label.number), sums);
      // A key that stands twice in a set covers the samples once.
      if (seen.has(label.key)) continue;
      seen.add(label.key);
      key.covered.total += sums.total;
      key.covered.samples += samples;
    }
  });
  const units = numericLabelUnits(profile);
  const rows = [...keys].map(([key, sums]) => keyOf(key, sums, all, units.get(key) ?? ''));
  const covered = ({ key }: LabelKey) => Math.abs(keys.get(key)?.covered.total ?? 0);
  rows.sort((a, b) => covered(b) - covered(a) || (a.key < b.key ? -1 : 1));
  return { total: all.total, unit: type.unit, keys: rows };
}

function keyOf(key: string, sums: KeySums, all: Sums, unit: string): LabelKey {
  const values: LabelValue[] = [...sums.values].map(([value, of]) => ({ value, ...of }));
  const distinct = values.length;
  const distribution = sums.numeric ? distributionOf(sums.values) : [];
  const without = {
    value: undefined,
    total: all.total - sums.covered.total,
    samples: all.samples - sums.covered.samples,
  };
  if (without.samples > 0) values.push(without);
  values.sort(
    (a, b) => Math.abs(b.total) - Math.abs(a.total) || ((a.value ?? '') < (b.value ?? '') ? -1 : 1),
  );
  return {
    key,
    kind: sums.numeric ? 'number' : 'text',
    unit,
    distinct,
    values: values.slice(0, MOST_VALUES),
    distribution,
  };
}

/** Powers of two from the smallest to the largest, empty ones between them kept. */
function distributionOf(values: ReadonlyMap<string, Sums>): Bucket[] {
  const buckets = new Map<number, Sums>();
  for (const [text, { total, samples }] of values) {
    const number = Number(text);
    const step = number < 1 ? -1 : Math.floor(Math.log2(number));
    const bucket = buckets.get(step) ?? { total: 0, samples: 0 };
    buckets.set(step, { total: bucket.total + total, samples: bucket.samples + samples });
  }
  const steps = [...buckets.keys()].sort((a, b) => a - b);
  const [first = 0, last = -1] = [steps[0], steps.at(-1)];
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const step = first + index;
    const sums = buckets.get(step) ?? { total: 0, samples: 0 };
    return { from: step < 0 ? 0 : 2 ** step, to: 2 ** (step + 1), ...sums };
  });
}
