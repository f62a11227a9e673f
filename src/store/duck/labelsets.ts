/**
 * Sample label sets as dictionary texts, and the labels that must not go there.
 *
 * A set is a JSON list of labels in their order: `["key","value"]`, or `["key","12","unit"]` for a
 * number. Labels whose values have no bound (span ids, or whatever turns out to have too many
 * values) would fill the dictionary: in it they are left as `["key"]`, and samples that carry them
 * are kept once more with their whole set in a table of their own.
 */
import { type Label, labelsOf } from '../../profile/labels.ts';
import type { Profile } from '../../profile/profile.ts';
import type { LabelMatchers } from '../store.ts';
import type { Dictionary } from './dictionary.ts';

/** Names that OpenTelemetry, Pyroscope and Datadog give to ids of spans and traces. */
const ID_NAMES = /^((local[ _]root[ _])?span|trace|profile|request)[ _.-]?id$/i;
/** A string label with more values is one without bound; a number may have more (sizes of objects). */
const MAX_TEXTS = 1000;
const MAX_NUMBERS = 20_000;

/** `["key"]`, `["key", "value"]` or `["key", "number", "unit"]`. */
export type StoredLabel = readonly string[];

export interface InternedLabels {
  /** Id in the dictionary; 0 = no labels. */
  readonly id: number;
  /** The whole set when some of it is not in the dictionary. */
  readonly whole: string | undefined;
}

export class LabelSets {
  readonly #dictionary: Dictionary;
  readonly #values = new Map<string, Set<string>>();
  /** Parsed sets by id. */
  readonly #parsed: StoredLabel[][] = [[]];

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /** Counts the values that the dictionary holds already. */
  restore(): void {
    const { length } = this.#dictionary.texts('labels');
    for (let id = 1; id < length; id++) {
      for (const label of this.get(id)) this.#countValue(label);
    }
  }

  isWide(key: string): boolean {
    return this.#dictionary.find('wide', key) !== 0;
  }

  /** The labels of a set, with those that are kept elsewhere as their bare key. */
  get(id: number): readonly StoredLabel[] {
    let labels = this.#parsed[id];
    if (labels === undefined) {
      labels = JSON.parse(this.#dictionary.text('labels', id));
      this.#parsed[id] = labels ?? [];
    }
    return labels ?? [];
  }

  /** True when samples with this set are kept in the wide table too. */
  isPartial(id: number): boolean {
    return this.get(id).some((label) => label.length === 1);
  }

  intern(profile: Profile, set: number): InternedLabels {
    const labels = labelsOf(profile, set).map(storedLabel);
    if (labels.length === 0) return { id: 0, whole: undefined };
    const text = JSON.stringify(labels);
    const known = this.#dictionary.find('labels', text);
    if (known !== 0) return { id: known, whole: undefined };
    const wide = new Set(labels.flatMap((label) => (this.#becomesWide(label) ? label[0] : [])));
    if (wide.size === 0) {
      for (const label of labels) this.#countValue(label);
      return { id: this.#dictionary.intern('labels', text), whole: undefined };
    }
    const rest = labels.map((label) => (wide.has(label[0]) ? label.slice(0, 1) : label));
    return { id: this.#dictionary.intern('labels', JSON.stringify(rest)), whole: text };
  }

  /** Ids of the sets that match all of these; sets whose value is kept elsewhere do not. */
  matching(matchers: LabelMatchers): number[] {
    const wanted = Object.entries(matchers);
    const ids: number[] = [];
    const { length } = this.#dictionary.texts('labels');
    for (let id = 1; id < length; id++) {
      const labels = this.get(id);
      const holds = wanted.every(([key, value]) =>
        labels.some((label) => label.length > 1 && label[0] === key && label[1] === value),
      );
      if (holds) ids.push(id);
    }
    return ids;
  }

  #becomesWide(label: StoredLabel): boolean {
    const [key = '', value = '', unit] = label;
    if (this.isWide(key)) return true;
    const values = this.#values.get(key);
    const limit = unit === undefined ? MAX_TEXTS : MAX_NUMBERS;
    const full = values !== undefined && values.size >= limit && !values.has(value);
    if (!full && !(unit === undefined && ID_NAMES.test(key))) return false;
    this.#dictionary.intern('wide', key);
    return true;
  }

  #countValue(label: StoredLabel): void {
    const [key = '', value] = label;
    if (value === undefined) return;
    const values = this.#values.get(key);
    if (values === undefined) this.#values.set(key, new Set([value]));
    else values.add(value);
  }
}

/** A label as it is stored, and back. */
function storedLabel(label: Label): StoredLabel {
  return 'text' in label ? [label.key, label.text] : [label.key, String(label.number), label.unit];
}

export function labelOf([key = '', value = '', unit]: StoredLabel): Label {
  return unit === undefined ? { key, text: value } : { key, number: BigInt(value), unit };
}

/** How a label reads inside the text of a whole set; quotes in values are escaped, so it is exact. */
export function labelFragments(key: string, value: string): readonly string[] {
  const pair = JSON.stringify([key, value]);
  // A number goes on with its unit.
  return [pair, `${pair.slice(0, -1)},`];
}
