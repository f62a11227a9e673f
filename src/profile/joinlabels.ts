/**
 * Label sets of several profiles as one table of distinct ones, without an object for any label: merged
 * profiles have them by the ten thousand (merge.ts). LabelSetBuilder (labels.ts) is the plain way.
 *
 * Sets are equal as in pprof: the same values in order for each key and kind, whatever the order between
 * keys. The order of the set that came first is kept.
 */
import { narrowestColumn, resized } from '../base/columns.ts';
import type { LabelSetTable, Profile } from './profile.ts';
import { RunInterner } from './runs.ts';

const TWO_32 = 4294967296;
/** Integers of a label in a run: key and kind, then the text, or both halves of the number and its unit. */
const LABEL_RUN = 4;

/** Gives texts their place in the joined table of strings. */
export type InternString = (text: string) => number;

export class LabelJoiner {
  private readonly string: InternString;
  /** Labels by key and kind; run `i` is set `i`. */
  private readonly sorted = new RunInterner();
  /** Labels of all sets as they came, LABEL_RUN integers each. */
  private labels = new Uint32Array(256);
  private labelCount = 0;
  private readonly start: number[] = [0];
  private run = new Uint32Array(64);

  constructor(string: InternString) {
    this.string = string;
    this.intern(0, 0);
  }

  /** The joined sets of a profile: called with a set of its own, gives the joined one. */
  of(profile: Profile): (set: number) => number {
    const { start, key, str, num, numUnit } = profile.labelSets;
    const known = new Int32Array(profile.labelSets.length).fill(-1);
    const strings = new Int32Array(profile.strings.length).fill(-1);
    const string = (index: number) => {
      let joined = strings[index] ?? -1;
      if (joined < 0) {
        joined = this.string(profile.strings[index] ?? '');
        strings[index] = joined;
      }
      return joined;
    };
    return (set) => {
      const joined = known[set] ?? 0;
      if (joined >= 0) return joined;
      const from = this.labelCount;
      for (let i = start[set] ?? 0; i < (start[set + 1] ?? 0); i++) {
        const text = str[i] ?? -1;
        const name = string(key[i] ?? 0) * 2;
        if (text >= 0) this.push(name, string(text), 0, 0);
        else this.pushNumber(name + 1, num[i] ?? 0, string(numUnit[i] ?? 0));
      }
      const index = this.intern(from, this.labelCount);
      known[set] = index;
      return index;
    };
  }

  finish(): LabelSetTable {
    const { labels, labelCount: count } = this;
    const key = new Int32Array(count);
    const str = new Int32Array(count).fill(-1);
    const num = new BigInt64Array(count);
    const halves = new Uint32Array(num.buffer);
    const numUnit = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const name = labels[LABEL_RUN * i] ?? 0;
      key[i] = name >>> 1;
      if ((name & 1) === 0) {
        str[i] = labels[LABEL_RUN * i + 1] ?? 0;
      } else {
        halves[2 * i] = labels[LABEL_RUN * i + 1] ?? 0;
        halves[2 * i + 1] = labels[LABEL_RUN * i + 2] ?? 0;
        numUnit[i] = labels[LABEL_RUN * i + 3] ?? 0;
      }
    }
    const start = Uint32Array.from(this.start);
    return { length: start.length - 1, start, key, str, num: narrowestColumn(num), numUnit };
  }

  private pushNumber(name: number, value: number | bigint, unit: number): void {
    if (typeof value === 'number') this.push(name, value >>> 0, Math.floor(value / TWO_32), unit);
    else this.push(name, Number(value & 0xffffffffn), Number(value >> 32n), unit);
  }

  private push(name: number, low: number, high: number, unit: number): void {
    const at = this.labelCount++ * LABEL_RUN;
    if (at === this.labels.length) {
      this.labels = resized(this.labels, at * 2, (n) => new Uint32Array(n));
    }
    this.labels[at] = name;
    this.labels[at + 1] = low;
    this.labels[at + 2] = high;
    this.labels[at + 3] = unit;
  }

  /** The set of labels `from` to `to`, the last ones; they are taken back when it is known. */
  private intern(from: number, to: number): number {
    const length = (to - from) * LABEL_RUN;
    if (length > this.run.length) this.run = new Uint32Array(length * 2);
    const { run, labels } = this;
    // By insertion, since sets are short, and equal keys keep their order.
    for (let label = from; label < to; label++) {
      const name = labels[LABEL_RUN * label] ?? 0;
      let at = (label - from) * LABEL_RUN;
      for (; at > 0 && (run[at - LABEL_RUN] ?? 0) > name; at -= LABEL_RUN) {
        run.copyWithin(at, at - LABEL_RUN, at);
      }
      for (let i = 0; i < LABEL_RUN; i++) run[at + i] = labels[LABEL_RUN * label + i] ?? 0;
    }
    const index = this.sorted.intern(run, 0, length);
    if (index + 1 < this.start.length) this.labelCount = from;
    else this.start.push(to);
    return index;
  }
}
