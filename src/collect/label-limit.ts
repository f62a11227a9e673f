/**
 * Bounds the values of pprof labels, so that a label such as a request id cannot fill the store.
 *
 * Per target and key: the first `limit` distinct values of an hour are kept, later ones become the
 * value `other`, so that totals stay right and the cut is visible. Numeric labels are bounded
 * likewise and then dropped, except `bytes`, which the runtime itself sets on heap profiles.
 * Cost: nothing for profiles without labels; else one look at each label of each set.
 */
import { type Label, LabelSetBuilder, labelsOf } from '../profile/labels.ts';
import type { Profile } from '../profile/profile.ts';

const hourMillis = 3_600_000;
export const otherValue = 'other';

export class LabelLimiter {
  readonly #limit: number;
  readonly #values = new Map<string, Set<string>>();
  readonly #cut = new Set<string>();
  #hour = -1;

  /** `limit` 0 = no limit. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keys that were cut in the current hour. */
  get cut(): readonly string[] {
    return [...this.#cut];
  }

  /** The profile itself when nothing was cut. `nowMillis` decides when counting begins anew. */
  apply(profile: Profile, nowMillis: number): Profile {
    const hour = Math.floor(nowMillis / hourMillis);
    if (hour !== this.#hour) {
      this.#hour = hour;
      this.#values.clear();
      this.#cut.clear();
    }
    if (this.#limit === 0 || profile.labelSets.length <= 1) return profile;
    let changed = false;
    const sets: (readonly Label[])[] = [];
    for (let set = 0; set < profile.labelSets.length; set++) {
      const labels = labelsOf(profile, set);
      const kept = labels.flatMap((label) => this.#bounded(label) ?? []);
      changed ||= kept.length !== labels.length || kept.some((label, i) => label !== labels[i]);
      sets.push(kept);
    }
    return changed ? withLabelSets(profile, sets) : profile;
  }

  #bounded(label: Label): Label | undefined {
    if ('number' in label && label.key === 'bytes') return label;
    let values = this.#values.get(label.key);
    if (values === undefined) {
      values = new Set();
      this.#values.set(label.key, values);
    }
    const value = 'text' in label ? label.text : `${label.number}${label.unit}`;
    if (values.has(value)) return label;
    if (values.size < this.#limit) {
      values.add(value);
      return label;
    }
    this.#cut.add(label.key);
    return 'text' in label ? { key: label.key, text: otherValue } : undefined;
  }
}

function withLabelSets(profile: Profile, sets: readonly (readonly Label[])[]): Profile {
  const strings = [...profile.strings];
  const index = new Map(strings.map((text, i) => [text, i]));
  const intern = (text: string) => {
    const known = index.get(text);
    if (known !== undefined) return known;
    index.set(text, strings.length);
    return strings.push(text) - 1;
  };
  const builder = new LabelSetBuilder();
  const moved = Uint32Array.from(sets, (labels) => builder.intern(labels));
  const labelSets = builder.finish(intern);
  const labelSet = profile.samples.labelSet.map((set) => moved[set] ?? 0);
  return { ...profile, strings, labelSets, samples: { ...profile.samples, labelSet } };
}
