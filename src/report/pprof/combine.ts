/**
 * Several profiles as one: common sample types, common units, merged; a base subtracted.
 *
 * combineProfiles, ScaleProfiles, Normalize and Scale of Go 1.26's pprof (internal/driver/fetch.go,
 * internal/measurement, profile/merge.go). Merging itself is src/profile/merge.ts.
 */
import { UserError } from '../../base/errors.ts';
import { scale } from '../../base/units.ts';
import { LabelSetBuilder, labelsOf } from '../../profile/labels.ts';
import { checkCompatible, mergeProfiles, withCommonSampleTypes } from '../../profile/merge.ts';
import type { Profile, ValueColumn, ValueType } from '../../profile/profile.ts';
import { keepSamples } from '../../profile/rewrite.ts';
import { DIFF_BASE_LABEL } from './report.ts';

/** Which sample types a merged profile has: those that all sources have, or those of any. */
export type MergedTypes = 'common' | 'all';

/** One profile of all; a single one is kept as it is. Throws `UserError` when they do not fit. */
export function combineProfiles(given: readonly Profile[], types: MergedTypes = 'common'): Profile {
  const profiles = types === 'all' ? withAllSampleTypes(given) : given;
  const first = profiles[0];
  if (first !== undefined && first.sampleTypes.length === 0) {
    throw new UserError(
      'incompatible-profiles',
      'profiles have empty common sample type list',
      'Name a profile that has sample types',
    );
  }
  const common = scaleToCommonUnits(withCommonSampleTypes(profiles));
  const [only] = common;
  return only !== undefined && common.length === 1 ? only : mergeProfiles(common);
}

/** Brings all profiles to the finest unit of each sample type and of the period. */
function scaleToCommonUnits(profiles: readonly Profile[]): Profile[] {
  if (profiles.length <= 1) return [...profiles];
  const period = finest(
    profiles.flatMap((p) => (p.periodType === undefined ? [] : [p.periodType])),
  );
  const types = (profiles[0]?.sampleTypes ?? []).map((_, i) =>
    finest(profiles.flatMap((profile) => profile.sampleTypes[i] ?? [])),
  );
  return profiles.map((profile) => {
    const ratios = profile.sampleTypes.map(
      ({ unit }, i) => scale(1, unit, types[i]?.unit ?? '').value,
    );
    const scaled = scaleSamples(profile, ratios);
    const sampleTypes = profile.sampleTypes.map(({ type, unit }, i) => ({
      type,
      unit: types[i]?.unit ?? unit,
    }));
    const { periodType } = profile;
    if (periodType === undefined || period === undefined) return { ...scaled, sampleTypes };
    const length = scale(Number(profile.period), periodType.unit, period.unit).value;
    return {
      ...scaled,
      sampleTypes,
      period: BigInt(Math.trunc(length)),
      periodType: { ...periodType, unit: period.unit },
    };
  });
}

/** The type with the smallest unit; undefined when there is nothing to compare. */
function finest(types: readonly ValueType[]): ValueType | undefined {
  let best = types[0];
  if (best === undefined || types.length <= 1) return undefined;
  for (const type of types.slice(1)) {
    if (!compatible(best, type)) {
      throw new UserError(
        'incompatible-profiles',
        `incompatible types: {${best.type} ${best.unit}} {${type.type} ${type.unit}}`,
        'Compare profiles of one kind',
      );
    }
    if (scale(1, type.unit, best.unit).value < 1) best = type;
  }
  return best;
}

function compatible(a: ValueType, b: ValueType): boolean {
  if (a.type.replace(/s$/, '') !== b.type.replace(/s$/, '')) return false;
  if (a.unit === b.unit) return true;
  // Of one family when one converts to the other.
  return ['nanoseconds', 'bytes', 'GCU'].some(
    (base) => isOfFamily(a.unit, base) && isOfFamily(b.unit, base),
  );
}

function isOfFamily(unit: string, base: string): boolean {
  const canonical = scale(1, base, base).unit;
  return scale(1, unit, base).unit === canonical && scale(1, base, unit).unit !== '' && unit !== '';
}

/**
 * Multiplies each sample type by a ratio, rounding; samples that become zero in all types that changed
 * are dropped (profile.ScaleN).
 */
export function scaleSamples(profile: Profile, ratios: readonly number[]): Profile {
  if (ratios.every((ratio) => ratio === 1)) return profile;
  const values = profile.samples.values.map((column, i) => scaleColumn(column, ratios[i] ?? 1));
  const changed = values.filter((_, i) => ratios[i] !== 1);
  const scaled = { ...profile, samples: { ...profile.samples, values } };
  return keepSamples(scaled, (row) => changed.some((column) => Number(column[row] ?? 0) !== 0));
}

function scaleColumn(column: ValueColumn, ratio: number): ValueColumn {
  if (ratio === 1) return column;
  if (column instanceof Float64Array) return column.map((value) => roundAway(value * ratio));
  return column.map((value) => BigInt.asIntN(64, BigInt(roundAway(Number(value) * ratio))));
}

/** math.Round of Go: halves away from zero. */
function roundAway(value: number): number {
  return value < 0 ? -Math.round(-value) + 0 : Math.round(value) + 0;
}

/** Scales the profile so that every sample type sums to the base's (profile.Normalize). */
export function normalize(profile: Profile, base: Profile): Profile {
  checkCompatible(profile, base);
  const sum = (column: ValueColumn | undefined) => {
    let total = 0;
    for (const value of column ?? []) total += Number(value);
    return total;
  };
  const ratios = profile.samples.values.map((column, i) => {
    const own = sum(column);
    return own === 0 ? 0 : sum(base.samples.values[i]) / own;
  });
  return scaleSamples(profile, ratios);
}

/** The profile less the base; with `mark`, base samples keep apart by a label (diff_base). */
export function subtractBase(
  profile: Profile,
  base: Profile,
  mark: boolean,
  types: MergedTypes = 'common',
): Profile {
  const marked = mark ? withDiffBaseLabel(base) : base;
  const negative = scaleSamples(
    marked,
    base.sampleTypes.map(() => -1),
  );
  return combineProfiles([profile, negative], types);
}

/**
 * The profiles with the sample types that any of them has, in the order in which they appear; a sample
 * is zero in those that its profile does not have. What a period counts is kept if all agree.
 */
function withAllSampleTypes(profiles: readonly Profile[]): Profile[] {
  const types = new Map<string, ValueType>();
  for (const { sampleTypes } of profiles) {
    for (const type of sampleTypes) if (!types.has(type.type)) types.set(type.type, type);
  }
  const periods = profiles.map(({ periodType }) => `${periodType?.type}/${periodType?.unit}`);
  const samePeriod = new Set(periods).size <= 1;
  return profiles.map((profile) => {
    const column = (type: string) => profile.sampleTypes.findIndex((own) => own.type === type);
    const all = [...types.values()];
    return {
      ...profile,
      ...(samePeriod ? {} : { periodType: undefined, period: 0n }),
      sampleTypes: all.map((type) => profile.sampleTypes[column(type.type)] ?? type),
      samples: {
        ...profile.samples,
        values: all.map(
          ({ type }) =>
            profile.samples.values[column(type)] ?? new Float64Array(profile.samples.length),
        ),
      },
    };
  });
}

/** Sample types of the sources that the merged profile does not have. */
export function droppedTypes(profiles: readonly Profile[], merged: Profile): string[] {
  const all = profiles.flatMap(({ sampleTypes }) => sampleTypes.map(({ type }) => type));
  return [...new Set(all)].filter((name) => !merged.sampleTypes.some(({ type }) => type === name));
}

function withDiffBaseLabel(profile: Profile): Profile {
  const strings = [...profile.strings];
  const index = new Map<string, number>();
  strings.forEach((text, i) => {
    if (!index.has(text)) index.set(text, i);
  });
  const string = (text: string) => {
    const known = index.get(text);
    if (known !== undefined) return known;
    index.set(text, strings.length);
    return strings.push(text) - 1;
  };
  const builder = new LabelSetBuilder();
  const setOf = Uint32Array.from({ length: profile.labelSets.length }, (_, set) => {
    const others = labelsOf(profile, set).filter(
      (label) => label.key !== DIFF_BASE_LABEL || !('text' in label),
    );
    return builder.intern([...others, { key: DIFF_BASE_LABEL, text: 'true' }]);
  });
  const labelSet = profile.samples.labelSet.map((set) => setOf[set] ?? 0);
  const labelSets = builder.finish(string);
  return { ...profile, strings, labelSets, samples: { ...profile.samples, labelSet } };
}
