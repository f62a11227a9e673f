/**
 * Filters on labels (pprof calls them tags): expressions, ranges of numbers, exact values.
 *
 * Syntax and verdicts of pprof's tagfocus and tagignore (internal/driver/driver_focus.go of Go 1.26).
 * Every distinct label set is judged once; samples then look their set up.
 */
import { scale } from '../base/units.ts';
import type { FilterMatches, ProfileFilter } from './filter.ts';
import { type Label, LabelSetBuilder, labelsOf } from './labels.ts';
import type { Profile } from './profile.ts';
import { compileMatcher } from './regexp.ts';

type LabelTest = (labels: readonly Label[]) => boolean;

function judgeSets(profile: Profile, test: LabelTest): Uint8Array {
  const verdict = new Uint8Array(profile.labelSets.length);
  for (let set = 0; set < verdict.length; set++)
    verdict[set] = test(labelsOf(profile, set)) ? 1 : 0;
  return verdict;
}

/** 1 for every label set that a tagfocus or tagignore expression matches. */
export function tagFilter(profile: Profile, expression: string, option: string): Uint8Array {
  const equals = expression.indexOf('=');
  const key = equals < 0 ? undefined : expression.slice(0, equals);
  const value = equals < 0 ? expression : expression.slice(equals + 1);
  const inRange = parseRange(value);
  if (inRange !== undefined) {
    const units = numericLabelUnits(profile);
    return judgeSets(profile, (labels) =>
      labels.some(
        (label) =>
          'number' in label &&
          (key === undefined || label.key === key) &&
          inRange(Number(label.number), units.get(label.key) ?? ''),
      ),
    );
  }
  const matchers = value.split(',').map((part) => compileMatcher(part, option));
  const texts = (labels: readonly Label[]) => labels.filter((label) => 'text' in label);
  if (key === undefined) {
    return judgeSets(profile, (labels) =>
      matchers.every((matches) =>
        texts(labels).some((label) => matches(`${label.key}:${label.text}`)),
      ),
    );
  }
  return judgeSets(profile, (labels) =>
    texts(labels).some(
      (label) => label.key === key && matchers.some((matches) => matches(label.text)),
    ),
  );
}

/** 1 for every label set that has all of these labels. */
export function labelMatcher(
  profile: Profile,
  wanted: Readonly<Record<string, string>>,
): Uint8Array {
  const entries = Object.entries(wanted);
  return judgeSets(profile, (labels) =>
    entries.every(([key, value]) =>
      labels.some(
        (label) =>
          label.key === key &&
          ('text' in label ? label.text === value : String(label.number) === value),
      ),
    ),
  );
}

/** `32kb` (equal), `:64kb` (at most), `4mb:` (at least), `12kb:64mb` (both); undefined = no range. */
function parseRange(text: string): ((value: number, unit: string) => boolean) | undefined {
  const match = /^(:?)([+-]?[0-9]+)([A-Za-z]*)(:?)(?:([+-]?[0-9]+)([A-Za-z]*))?$/.exec(text);
  if (match === null) return undefined;
  const [, before, low = '', lowUnit = '', between, high, highUnit = ''] = match;
  const least = scale(Number(low), lowUnit, lowUnit);
  const compare =
    (test: (value: number) => boolean) =>
    (value: number, unit: string): boolean => {
      const scaled = scale(value, unit, least.unit);
      return scaled.unit === least.unit && test(scaled.value);
    };
  if (high !== undefined) {
    if (before !== '' || between === '') return undefined;
    const most = scale(Number(high), highUnit, least.unit);
    if (most.unit !== least.unit) return undefined;
    return compare((value) => value >= least.value && value <= most.value);
  }
  if (before !== '') return between === '' ? compare((value) => value <= least.value) : undefined;
  if (between !== '') return compare((value) => value >= least.value);
  return compare((value) => value === least.value);
}

/** The unit of every numeric label key: the first one given, else guessed from the key as in pprof. */
export function numericLabelUnits(profile: Profile): Map<string, string> {
  const units = new Map<string, string>();
  const seen = new Set<number>(profile.samples.labelSet);
  for (const set of [...seen].sort((a, b) => a - b)) {
    for (const label of labelsOf(profile, set)) {
      if (!('number' in label)) continue;
      if (!units.get(label.key)) units.set(label.key, label.unit);
    }
  }
  for (const [key, unit] of units) {
    if (unit === '') units.set(key, key === 'alignment' || key === 'request' ? 'bytes' : key);
  }
  return units;
}

/** Removes labels whose key is not shown, or is hidden. */
export function filterLabelKeys(
  profile: Profile,
  filter: ProfileFilter,
  matches: { -readonly [Key in keyof FilterMatches]: FilterMatches[Key] },
): Profile {
  const show = filter.tagShow ? compileMatcher(filter.tagShow, 'tagshow') : undefined;
  const hide = filter.tagHide ? compileMatcher(filter.tagHide, 'taghide') : undefined;
  if (show !== undefined) matches.tagShow = false;
  if (hide !== undefined) matches.tagHide = false;
  const strings = [...profile.strings];
  const index = new Map(strings.map((text, i) => [text, i]));
  const string = (text: string) => index.get(text) ?? 0;
  const builder = new LabelSetBuilder();
  const setOf = new Uint32Array(profile.labelSets.length);
  for (let set = 0; set < setOf.length; set++) {
    const kept = labelsOf(profile, set).filter(({ key }) => {
      const shown = show?.(key) ?? true;
      const hidden = hide?.(key) ?? false;
      if (show !== undefined && shown) matches.tagShow = true;
      if (hidden) matches.tagHide = true;
      return shown && !hidden;
    });
    setOf[set] = builder.intern(kept);
  }
  return {
    ...profile,
    labelSets: builder.finish(string),
    samples: {
      ...profile.samples,
      labelSet: profile.samples.labelSet.map((set) => setOf[set] ?? 0),
    },
  };
}
