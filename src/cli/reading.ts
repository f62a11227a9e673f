/**
 * What must be known to read the profiles that were explained: the cautions among the reading rules,
 * once for each profile type. `whygo pprof -http` and dropped files show all of them.
 */
import type { Observation } from '../explain/observation.ts';
import { defaultSampleIndex } from '../profile/profile.ts';
import type { Note } from '../report/reading/note.ts';
import { readProfile } from '../report/reading/read.ts';
import { type Output, wrap } from './terminal.ts';

export interface TypedNote extends Note {
  /** 'cpu', 'heap', …. */
  readonly type: string;
}

/** Each rule once for each type, as the last capture that it holds for tells it. */
export function cautionsOf({ captures }: Observation): readonly TypedNote[] {
  const byRule = new Map<string, TypedNote>();
  for (const { type, profile } of captures) {
    if (profile.sampleTypes.length === 0) continue;
    for (const note of readProfile(profile, type, defaultSampleIndex(profile))) {
      if (note.level === 'caution') byRule.set(`${type}/${note.id}`, { ...note, type });
    }
  }
  return [...byRule.values()];
}

export function printCautions(output: Output, notes: readonly TypedNote[]): void {
  if (notes.length === 0) return;
  const width = Math.min(output.columns, 110) - 4;
  output.line(output.style('bold', 'Read with care'));
  for (const { type, text, evidence } of notes) {
    output.line(`  ${wrap(`${type}: ${plain(text)}`, width, '    ')}`);
    const [first] = evidence;
    if (first !== undefined) output.line(output.style('dim', `    ${plain(first)}`));
  }
}

/** Lines are broken at spaces; those of the page do not break. */
function plain(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}
