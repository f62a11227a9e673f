/** Units of numeric labels (profile.NumLabelUnits of Go 1.26's pprof). */
import { labelsOf } from '../../profile/labels.ts';
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
  const seen = new Uint8Array(profile.labelSets.length);
  for (const set of profile.samples.labelSet) {
    if (seen[set] === 1) continue;
    seen[set] = 1;
    for (const label of labelsOf(profile, set)) {
      if (!('number' in label)) continue;
      keys.add(label.key);
      if (label.unit === '') continue;
      const used = units.get(label.key);
      if (used === undefined) units.set(label.key, label.unit);
      else if (used !== label.unit) {
        const others = ignored.get(label.key);
        if (others === undefined) ignored.set(label.key, new Set([label.unit]));
        else others.add(label.unit);
      }
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
