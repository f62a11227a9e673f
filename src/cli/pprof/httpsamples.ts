/**
 * What only the samples of a profile tell, for the page: notes on how to read it, who did it, labels,
 * and when it was.
 */
import type { z } from 'zod';
import type { WireHeatMap } from '../../api/pprofpage.ts';
import type { Profile } from '../../profile/profile.ts';
import { labelTable } from '../../report/reading/labeltable.ts';
import { heatMap } from '../../report/reading/moments.ts';
import { readProfile } from '../../report/reading/read.ts';
import { whoTable } from '../../report/reading/who.ts';

export type SampleQuestion = 'notes' | 'who' | 'labeltable' | 'heatmap';

export interface SampleContext {
  /** See report/reading/kind.ts. */
  readonly kind: string;
  readonly sampleIndex: number;
  readonly durationMs: number;
  /** The user's module paths; [] = unknown. */
  readonly ownModules: readonly string[];
}

export function sampleAnswer(
  question: SampleQuestion,
  profile: Profile,
  { kind, sampleIndex, durationMs, ownModules }: SampleContext,
): unknown {
  switch (question) {
    case 'notes':
      return { notes: readProfile(profile, kind, sampleIndex, { profiles: 1, durationMs }) };
    case 'who':
      return whoTable(profile, { kind, sampleIndex, ownModules });
    case 'labeltable':
      return labelTable(profile, sampleIndex);
    case 'heatmap':
      return wireHeatMap(heatMap(profile, sampleIndex));
  }
}

function wireHeatMap(map: ReturnType<typeof heatMap>): z.infer<typeof WireHeatMap> {
  if (map === undefined) return {};
  const { startMs, cells, ...rest } = map;
  return {
    map: { ...rest, cells: Array.from(cells), ...(startMs === undefined ? {} : { startMs }) },
  };
}
