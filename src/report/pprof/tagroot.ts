/**
 * Labels as frames: pseudo frames `value` at the root or the leaf of every stack.
 *
 * addLabelNodes of Go 1.26's pprof (internal/driver/tagroot.go). The file of such a frame is the
 * label's key, so that filters find it.
 */
import { resized } from '../../base/columns.ts';
import { formatScaled } from '../../base/units.ts';
import { labelsOf } from '../../profile/labels.ts';
import { PairTable } from '../../profile/pairs.ts';
import type { Profile } from '../../profile/profile.ts';

export interface TagFrames {
  readonly profile: Profile;
  /** Whether any sample has one of the labels. */
  readonly rootMatched: boolean;
  readonly leafMatched: boolean;
}

/** Locations to add to the stacks of one label set. */
interface SetFrames {
  readonly leaf: readonly number[];
  readonly root: readonly number[];
}

export function addTagFrames(
  profile: Profile,
  rootKeys: readonly string[],
  leafKeys: readonly string[],
  outputUnit: string,
): TagFrames {
  if (rootKeys.length + leafKeys.length === 0) {
    return { profile, rootMatched: false, leafMatched: false };
  }
  const frames = new FrameTable(profile);
  const matched = { root: false, leaf: false };
  const bySet = new Map<number, SetFrames>();
  const { samples } = profile;
  for (const set of samples.labelSet) {
    if (bySet.has(set)) continue;
    // The first key comes closest to the root, the last closest to the leaf.
    const add = (keys: readonly string[], side: 'root' | 'leaf') =>
      keys.toReversed().map((key) => {
        const values = labelValues(profile, set, key, outputUnit);
        if (values.length > 0) matched[side] = true;
        return frames.location(values.join(','), key);
      });
    const root = add(rootKeys, 'root');
    bySet.set(set, { root, leaf: add(leafKeys, 'leaf') });
  }
  return {
    profile: frames.finish(bySet),
    rootMatched: matched.root,
    leafMatched: matched.leaf,
  };
}

/** Values of a label, numbers in the output unit. */
function labelValues(profile: Profile, set: number, key: string, outputUnit: string): string[] {
  const labels = labelsOf(profile, set).filter((label) => label.key === key);
  const texts = labels.flatMap((label) => ('text' in label ? [label.text] : []));
  const numbers = labels.flatMap((label) => ('number' in label ? [label] : []));
  const withUnits = numbers.some((label) => label.unit !== '');
  return [
    ...texts,
    ...numbers.map(({ number, unit }) =>
      withUnits
        ? formatScaled(Number(number), unit, outputUnit)
        : formatScaled(Number(number), '', ''),
    ),
  ];
}

/** The pseudo functions and locations, appended to those of the profile. */
class FrameTable {
  private readonly profile: Profile;
  private readonly strings: string[];
  private readonly names: number[] = [];
  private readonly files: number[] = [];
  private readonly known = new Map<string, number>();

  constructor(profile: Profile) {
    this.profile = profile;
    this.strings = [...profile.strings];
  }

  location(name: string, file: string): number {
    const key = JSON.stringify([name, file]);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const location = this.profile.locations.length + this.names.length;
    this.names.push(this.strings.push(name) - 1);
    this.files.push(this.strings.push(file) - 1);
    this.known.set(key, location);
    return location;
  }

  finish(bySet: ReadonlyMap<number, SetFrames>): Profile {
    const { stacks, samples } = this.profile;
    const pairs = new PairTable();
    const start: number[] = [0];
    let locations = new Uint32Array(Math.max(1024, stacks.locations.length));
    let length = 0;
    const stack = new Uint32Array(samples.length);
    for (let row = 0; row < samples.length; row++) {
      const set = samples.labelSet[row] ?? 0;
      const known = pairs.length;
      const pair = pairs.intern(samples.stack[row] ?? 0, set);
      stack[row] = pair;
      if (pair < known) continue;
      const { leaf, root } = bySet.get(set) ?? { leaf: [], root: [] };
      const from = stacks.start[samples.stack[row] ?? 0] ?? 0;
      const to = stacks.start[(samples.stack[row] ?? 0) + 1] ?? 0;
      const needed = length + leaf.length + root.length + to - from;
      if (needed > locations.length) {
        locations = resized(locations, needed * 2, (n) => new Uint32Array(n));
      }
      locations.set(leaf, length);
      locations.set(stacks.locations.subarray(from, to), length + leaf.length);
      locations.set(root, length + leaf.length + to - from);
      length = needed;
      start.push(length);
    }
    return {
      ...this.profile,
      ...this.tables(),
      stacks: {
        length: pairs.length,
        start: Uint32Array.from(start),
        locations: locations.slice(0, length),
      },
      samples: { ...samples, stack },
    };
  }

  private tables(): Pick<Profile, 'strings' | 'functions' | 'locations'> {
    const { functions, locations } = this.profile;
    const count = this.names.length;
    const zeros = new Array<number>(count).fill(0);
    const lines = locations.lineFunction.length;
    const nextIds = (ids: BigUint64Array) => {
      let max = 0n;
      for (const id of ids) if (id > max) max = id;
      return BigUint64Array.from([...ids, ...zeros.map((_, i) => max + BigInt(i + 1))]);
    };
    return {
      strings: this.strings,
      functions: {
        length: functions.length + count,
        id: nextIds(functions.id),
        name: Int32Array.from([...functions.name, ...this.names]),
        systemName: Int32Array.from([...functions.systemName, ...zeros]),
        filename: Int32Array.from([...functions.filename, ...this.files]),
        startLine: Float64Array.from([...functions.startLine, ...zeros]),
      },
      locations: {
        length: locations.length + count,
        id: nextIds(locations.id),
        mapping: Int32Array.from([...locations.mapping, ...zeros.map(() => -1)]),
        address: BigUint64Array.from([...locations.address, ...zeros.map(() => 0n)]),
        isFolded: Uint8Array.from([...locations.isFolded, ...zeros]),
        lineStart: Uint32Array.from([
          ...locations.lineStart,
          ...zeros.map((_, i) => lines + i + 1),
        ]),
        lineFunction: Int32Array.from([
          ...locations.lineFunction,
          ...zeros.map((_, i) => functions.length + i),
        ]),
        lineNumber: Float64Array.from([...locations.lineNumber, ...zeros]),
        lineColumn: Float64Array.from([...locations.lineColumn, ...zeros]),
      },
    };
  }
}
