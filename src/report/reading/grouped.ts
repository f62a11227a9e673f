/**
 * A profile under the values of one label: they become the outermost frames, as with -tagroot.
 *
 * Such a frame's file is the label's key, as in pprof, so that whoever draws can tell it from code.
 */
import type { Profile } from '../../profile/profile.ts';
import { numericLabelUnits } from '../../profile/tagfilter.ts';
import { formatValue } from '../figures.ts';
import { addTagFrames } from '../pprof/tagroot.ts';

/** What samples without the label stand under. */
export const WITHOUT = '(without)';

/** The frame's name of a label value; numbers with their unit. */
export function labelFrameName(
  value: string | undefined,
  kind: 'text' | 'number',
  unit: string,
): string {
  if (value === undefined || value === '') return WITHOUT;
  return kind === 'number' && unit !== '' ? formatValue(Number(value), unit) : value;
}

/** The numbers of one key as text with their unit, so that they can be names. */
function withNumbersAsText(profile: Profile, key: string): Profile {
  const { labelSets } = profile;
  const unit = numericLabelUnits(profile).get(key) ?? '';
  const strings = [...profile.strings];
  const index = new Map<string, number>();
  const str = labelSets.str.slice();
  for (let at = 0; at < str.length; at++) {
    if ((str[at] ?? 0) >= 0 || profile.strings[labelSets.key[at] ?? 0] !== key) continue;
    const name = labelFrameName(String(labelSets.num[at] ?? 0), 'number', unit);
    const known = index.get(name) ?? strings.push(name) - 1;
    index.set(name, known);
    str[at] = known;
  }
  return { ...profile, strings, labelSets: { ...labelSets, str } };
}

/** Every stack begins at the value of the label. */
export function groupedByLabel(profile: Profile, key: string): Profile {
  const { profile: grouped } = addTagFrames(withNumbersAsText(profile, key), [key], [], '');
  const { strings, functions } = grouped;
  const named = [...strings];
  // pprof leaves a missing value empty; a frame without a name cannot be read or chosen.
  for (let fn = profile.functions.length; fn < functions.length; fn++) {
    const name = functions.name[fn] ?? 0;
    if (named[name] === '') named[name] = WITHOUT;
  }
  return { ...grouped, strings: named };
}

/** True for a frame that groupedByLabel added. */
export function isLabelFrame(file: string, key: string): boolean {
  return key !== '' && file === key;
}
