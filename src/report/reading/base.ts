/**
 * A comparison that pprof wrote as one profile, taken apart again.
 *
 * `pprof -diff_base -proto` keeps the base's samples with their values negated and the label
 * `pprof::base` (AddBase in internal/driver/fetch.go of Go 1.26): both sides are still there.
 */

import { filterProfile } from '../../profile/filter.ts';
import type { Profile } from '../../profile/profile.ts';
import { keepSamples } from '../../profile/rewrite.ts';
import { DIFF_BASE_LABEL } from '../pprof/report.ts';

export interface Sides {
  readonly own: Profile;
  /** Its values as they were; undefined = this is no comparison. */
  readonly base: Profile | undefined;
}

export function sidesOf(profile: Profile): Sides {
  const { labelSets, strings, samples } = profile;
  const isBase = new Uint8Array(labelSets.length);
  let any = false;
  for (let set = 0; set < labelSets.length; set++) {
    for (let at = labelSets.start[set] ?? 0; at < (labelSets.start[set + 1] ?? 0); at++) {
      if (strings[labelSets.key[at] ?? 0] !== DIFF_BASE_LABEL) continue;
      isBase[set] = 1;
      any = true;
    }
  }
  if (!any) return { own: profile, base: undefined };
  const side = (wanted: number) =>
    keepSamples(profile, (row) => isBase[samples.labelSet[row] ?? 0] === wanted);
  // Unmarked, it is a profile like any other.
  const base = filterProfile(side(1), { tagHide: `^${DIFF_BASE_LABEL}$` });
  const values = base.samples.values.map((column) =>
    column instanceof Float64Array ? column.map((value) => -value) : column.map((value) => -value),
  );
  // The durations of both were added up: how long each was recorded is lost.
  const times = { durationNanos: 0n };
  return {
    own: { ...side(0), ...times },
    base: { ...base, ...times, samples: { ...base.samples, values } },
  };
}
