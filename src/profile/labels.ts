/** Label sets as plain objects: reading one, and building a table of distinct ones. */
import { narrowestColumn } from '../base/columns.ts';
import type { LabelSetTable, Profile } from './profile.ts';

/** One label of a sample: text, or a number with a unit ('' = none given). */
export type Label =
  | { readonly key: string; readonly text: string }
  | { readonly key: string; readonly number: bigint; readonly unit: string };

/** The labels of one set, in order. */
export function labelsOf(profile: Profile, labelSet: number): Label[] {
  const { start, key, str, num, numUnit } = profile.labelSets;
  const { strings } = profile;
  const labels: Label[] = [];
  for (let i = start[labelSet] ?? 0; i < (start[labelSet + 1] ?? 0); i++) {
    const name = strings[key[i] ?? 0] ?? '';
    const text = str[i] ?? -1;
    labels.push(
      text >= 0
        ? { key: name, text: strings[text] ?? '' }
        : { key: name, number: BigInt(num[i] ?? 0), unit: strings[numUnit[i] ?? 0] ?? '' },
    );
  }
  return labels;
}

/** Distinct label sets; set 0 is empty. Strings are interned by the function that is passed in. */
export class LabelSetBuilder {
  private readonly index = new Map<string, number>([['', 0]]);
  private readonly sets: (readonly Label[])[] = [[]];

  /** Sets are equal when they hold the same labels; the order between keys does not matter. */
  intern(labels: readonly Label[]): number {
    const key = labels.length === 0 ? '' : labelSetKey(labels);
    const known = this.index.get(key);
    if (known !== undefined) return known;
    const set = this.sets.length;
    this.sets.push(labels);
    this.index.set(key, set);
    return set;
  }

  finish(string: (text: string) => number): LabelSetTable {
    const labels = this.sets.flat();
    const start = new Uint32Array(this.sets.length + 1);
    this.sets.forEach((set, i) => {
      start[i + 1] = (start[i] ?? 0) + set.length;
    });
    return {
      length: this.sets.length,
      start,
      key: Int32Array.from(labels, (label) => string(label.key)),
      str: Int32Array.from(labels, (label) => ('text' in label ? string(label.text) : -1)),
      num: narrowestColumn(
        BigInt64Array.from(labels, (label) => ('number' in label ? label.number : 0n)),
      ),
      numUnit: Int32Array.from(labels, (label) => ('number' in label ? string(label.unit) : 0)),
    };
  }
}

/**
 * A key under which sets are equal as in pprof: values in order for each key and kind, keys sorted.
 */
export function labelSetKey(labels: readonly Label[]): string {
  const groups = new Map<string, string[]>();
  for (const label of labels) {
    const group = JSON.stringify([label.key, 'text' in label]);
    const value = 'text' in label ? label.text : `${label.number} ${label.unit}`;
    const values = groups.get(group);
    if (values === undefined) groups.set(group, [value]);
    else values.push(value);
  }
  return JSON.stringify([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}
