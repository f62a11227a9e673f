/** What the values of a label add up to, in one value column of a profile. One pass over the samples. */
import { labelsOf } from './labels.ts';
import type { Profile } from './profile.ts';

export interface LabelTotals {
  /** Every label key, sorted. */
  readonly keys: string[];
  /** By descending total; samples without the label count as ''. */
  readonly values: { readonly value: string; readonly total: number }[];
}

/** `key` '' = only the keys. */
export function labelTotals(profile: Profile, sampleIndex: number, key: string): LabelTotals {
  const values = profile.samples.values[sampleIndex];
  const perSet = new Float64Array(profile.labelSets.length);
  for (let sample = 0; sample < profile.samples.length; sample++) {
    const set = profile.samples.labelSet[sample] ?? 0;
    perSet[set] = (perSet[set] ?? 0) + Number(values?.[sample] ?? 0);
  }
  const keys = new Set<string>();
  const totals = new Map<string, number>();
  for (let set = 0; set < perSet.length; set++) {
    const labels = labelsOf(profile, set);
    for (const label of labels) keys.add(label.key);
    const label = labels.find((candidate) => candidate.key === key);
    const value = label === undefined ? '' : 'text' in label ? label.text : `${label.number}`;
    totals.set(value, (totals.get(value) ?? 0) + (perSet[set] ?? 0));
  }
  const shown = key === '' ? [] : [...totals].map(([value, total]) => ({ value, total }));
  return {
    keys: [...keys].sort(),
    values: shown.filter(({ total }) => total !== 0).sort((a, b) => b.total - a.total),
  };
}
