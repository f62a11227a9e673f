/**
 * Profiles that were put together: subtracted ones, several builds in one, types that only some had.
 */
import { formatShare, formatValue } from '../figures.ts';
import type { Note } from './note.ts';
import type { Reading } from './reading.ts';

export function negativeValues(reading: Reading): Note | undefined {
  let negative = 0;
  const { values } = reading;
  for (let row = 0; row < values.length; row++) {
    negative += Math.max(0, -Number(values[row] ?? 0));
  }
  if (negative === 0) return undefined;
  return {
    id: 'negative-values',
    level: 'caution',
    text: `This is a difference: ${formatShare(reading.share(negative))} of its magnitude is negative, what the base had more of. Sums over both signs hide changes; open both profiles and compare them to see each side.`,
    evidence: [
      `${formatValue(reading.total - negative, reading.unit)} more, ${formatValue(negative, reading.unit)} less`,
    ],
    source: 'pprof -diff_base and -base: values of the base are subtracted',
  };
}

export function severalBuilds(reading: Reading): Note | undefined {
  const { mappings } = reading.profile;
  const main = mappings[0]?.file ?? '';
  const builds = new Set(
    mappings.filter(({ file, buildId }) => file === main && buildId !== '').map((m) => m.buildId),
  );
  if (builds.size < 2) return undefined;
  return {
    id: 'several-builds',
    level: 'caution',
    text: `Profiles of ${builds.size} builds of the program are merged: a function’s lines may be those of another version of its source.`,
    evidence: [...builds].slice(0, 4).map((id) => `build ID ${id.slice(0, 24)}`),
    source: 'profile.proto, Mapping.build_id',
  };
}

export function leftOutTypes(reading: Reading): Note | undefined {
  const { leftOutTypes: types = [] } = reading.context;
  if (types.length === 0) return undefined;
  return {
    id: 'left-out-types',
    level: 'fact',
    text: `Only what all merged profiles measure is here; ${types.join(', ')} is in some of them alone. Open those files by themselves to see it.`,
    evidence: [`${reading.context.profiles ?? 0} profiles merged`],
    source: 'as pprof merges profiles: their common sample types',
  };
}
