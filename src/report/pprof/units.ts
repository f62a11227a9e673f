/** Units of numeric labels (profile.NumLabelUnits of Go 1.26's pprof). */

import { PairTable } from '../../profile/pairs.ts';
import type { Profile } from '../../profile/profile.ts';
import { compareStrings } from './gotext.ts';

/** The first unit of every key in the order of samples, else a guess; others are reported. */
export function labelUnits(
  profile: Profile,
  report: (message: string) => void,
): Map<string, string> {
  const units = new Map<string, string>();
  const ignored = new Map<string, Set<string>>();
  const keys = new Set<string>();
  for (const [key, unit] of distinctUnits(profile)) {
    keys.add(key);
    if (unit === '') continue;
    const used = units.get(key);
    if (used === undefined) units.set(key, unit);
    else if (used !== unit) {
      const others = ignored.get(key);
      if (others === undefined) ignored.set(key, new Set([unit]));
      else others.add(unit);
    }
  }
  for (const [key, others] of ignored) {
    const list = [...others].sort(compareStrings).join(', ');
    report(`For tag ${key} used unit ${units.get(key)}, also encountered unit(s) ${list}`);
  }
  for (const key of keys) {
    if (!units.has(key)) units.set(key, key === 'alignment' || key === 'request' ? 'bytes' : key);
  }
  return units;
}

/** Keys and units of numeric labels, each pair once, in the order of samples. */
function distinctUnits(profile: Profile): [string, string][] {
  const { labelSets, samples, strings } = profile;
  const seen = new Uint8Array(labelSets.length);
  const pairs = new PairTable();
  for (const set of samples.labelSet) {
    if (seen[set] === 1) continue;
    seen[set] = 1;
    for (let i = labelSets.start[set] ?? 0; i < (labelSets.start[set + 1] ?? 0); i++) {
      if ((labelSets.str[i] ?? -1) < 0)
        pairs.intern(labelSets.key[i] ?? 0, labelSets.numUnit[i] ?? 0);
    }
  }
  return Array.from({ length: pairs.length }, (_, pair) => [
    strings[pairs.first[pair] ?? 0] ?? '',
    strings[pairs.second[pair] ?? 0] ?? '',
  ]);
}
