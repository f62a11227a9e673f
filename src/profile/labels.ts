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
    return labelSetTable(this.sets, string);
  }
}

/** Sets as a table, in their order. Strings are interned by the function that is passed in. */
export function labelSetTable(
  sets: readonly (readonly Label[])[],
  string: (text: string) => number,
): LabelSetTable {
  let count = 0;
  for (const set of sets) count += set.length;
  const start = new Uint32Array(sets.length + 1);
  const key = new Int32Array(count);
  const str = new Int32Array(count).fill(-1);
  const num = new BigInt64Array(count);
  const numUnit = new Int32Array(count);
  let at = 0;
  for (const [i, set] of sets.entries()) {
    for (const label of set) {
      key[at] = string(label.key);
      if ('text' in label) str[at] = string(label.text);
      else {
        num[at] = label.number;
        numUnit[at] = string(label.unit);
      }
      at++;
    }
    start[i + 1] = at;
  }
  return { length: sets.length, start, key, str, num: narrowestColumn(num), numUnit };
}

/**
 * A key under which sets are equal as in pprof: values in order for each key and kind, keys sorted. Every
 * part has its length in front, so that no text can pass for another.
 */
export function labelSetKey(labels: readonly Label[]): string {
  const ordered = labels.length < 2 ? labels : [...labels].sort(byKeyAndKind);
  let key = '';
  for (const label of ordered) {
    key += `${label.key.length}:${label.key}`;
    if ('text' in label) key += `=${label.text.length}:${label.text}`;
    else key += `#${label.number} ${label.unit.length}:${label.unit}`;
  }
  return key;
}

function byKeyAndKind(a: Label, b: Label): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return Number('number' in a) - Number('number' in b);
}
