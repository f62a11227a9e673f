/**
 * A profile → everything that must be known to read it, cautions first.
 *
 * One rule, one function; docs/reading.md lists them in this order.
 */
import type { Profile } from '../../profile/profile.ts';
import { fewSamples } from './confidence.ts';
import { whatItCounts } from './counts.ts';
import { manyLabelValues } from './labels.ts';
import { foreignCode, lostSamples } from './lost.ts';
import { allocatedAgainstInUse, heapMoment } from './memory.ts';
import { leftOutTypes, negativeValues, severalBuilds } from './merged.ts';
import type { Note, ReadingContext } from './note.ts';
import { samplingRate } from './rates.ts';
import { Reading, type Rule } from './reading.ts';
import { unsymbolized } from './symbols.ts';
import { threadsWithoutStack } from './threads.ts';
import { truncatedStacks } from './truncated.ts';
import { utilisation } from './utilisation.ts';
import { versionCaveat } from './versions.ts';
import { idleWaits, moreThanTime, whichSide } from './waits.ts';

const RULES: readonly Rule[] = [
  negativeValues,
  utilisation,
  idleWaits,
  truncatedStacks,
  unsymbolized,
  lostSamples,
  fewSamples,
  versionCaveat,
  samplingRate,
  severalBuilds,
  threadsWithoutStack,
  whichSide,
  moreThanTime,
  heapMoment,
  allocatedAgainstInUse,
  foreignCode,
  manyLabelValues,
  leftOutTypes,
  whatItCounts,
];

/**
 * `kind` is the profile's type as kind.ts names it. Throws RangeError when there is no such sample
 * type. Cost: a few passes over functions and stacks.
 */
export function readProfile(
  profile: Profile,
  kind: string,
  sampleIndex: number,
  context: ReadingContext = {},
): readonly Note[] {
  const reading = new Reading(profile, kind, sampleIndex, context);
  const notes = RULES.map((rule) => rule(reading)).filter((note) => note !== undefined);
  const rank = (note: Note) => (note.level === 'caution' ? 0 : 1);
  return notes.sort((a, b) => rank(a) - rank(b));
}
