/**
 * Time inside a profile: samples that carry the moment they were taken at, as a numeric label.
 *
 * profile.proto has no field for it, and Go's own profiles do not tell; profilers that know put it
 * into a label: `end_timestamp_ns` (Datadog's), `timestamp`, `time` and the like, as was agreed in
 * google/pprof#457. The heat map is that of FlameScope (Spier, Gregg 2018): a column is a second, a
 * row an offset within it, so that what recurs each second lies on a line.
 *
 * Cost: one pass over the label sets and one over the samples.
 */

import type { Profile } from '../../profile/profile.ts';
import { keepSamples } from '../../profile/rewrite.ts';

const KEYS = /^((end|start|sample)_?)?(time(_?stamp)?|ts)(_?(ns|us|ms|nanos|micros|millis))?$/i;
const UNITS: Readonly<Record<string, number>> = {
  nanoseconds: 1,
  nanosecond: 1,
  ns: 1,
  nanos: 1,
  microseconds: 1e3,
  us: 1e3,
  micros: 1e3,
  milliseconds: 1e6,
  ms: 1e6,
  millis: 1e6,
  seconds: 1e9,
  s: 1e9,
};

/** Part of a recording: nanoseconds since its first sample, half open. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

export interface Moments {
  /** The label's key. */
  readonly key: string;
  /** Unix nanoseconds of the first sample; smaller than 10^15 when the clock is another one. */
  readonly start: bigint;
  /** Nanoseconds since `start` by label set; NaN = it has no such label. */
  readonly bySet: Float64Array;
  /** Nanoseconds from the first to the last sample. */
  readonly length: number;
}

/** True for the key of a label that tells when a sample was taken. */
export function isTimeKey(key: string): boolean {
  return KEYS.test(key);
}

/** Nanoseconds in one step of a label: by its unit, else its name, else its size as a unix time. */
function stepOf(key: string, unit: string, example: bigint): number {
  const named = UNITS[unit.toLowerCase()] ?? UNITS[KEYS.exec(key)?.[6]?.toLowerCase() ?? ''];
  if (named !== undefined) return named;
  if (example > 10n ** 17n) return 1;
  if (example > 10n ** 14n) return 1e3;
  return example > 10n ** 11n ? 1e6 : 1;
}

/** The samples' moments; undefined when fewer than half of them have one, or all the same. */
export function momentsOf(profile: Profile): Moments | undefined {
  const { labelSets, strings, samples } = profile;
  const times = new BigInt64Array(labelSets.length);
  const known = new Uint8Array(labelSets.length);
  let key = '';
  for (let set = 0; set < labelSets.length; set++) {
    for (let at = labelSets.start[set] ?? 0; at < (labelSets.start[set + 1] ?? 0); at++) {
      const name = strings[labelSets.key[at] ?? 0] ?? '';
      if ((labelSets.str[at] ?? 0) >= 0 || (key !== '' ? name !== key : !isTimeKey(name))) continue;
      key = name;
      const number = BigInt(labelSets.num[at] ?? 0);
      const step = stepOf(name, strings[labelSets.numUnit[at] ?? 0] ?? '', number);
      times[set] = number * BigInt(step);
      known[set] = 1;
    }
  }
  if (key === '') return undefined;
  let covered = 0;
  for (let row = 0; row < samples.length; row++) {
    covered += known[samples.labelSet[row] ?? 0] ?? 0;
  }
  const present = times.filter((_, set) => known[set] === 1).sort();
  const [start = 0n, end = 0n] = [present[0], present.at(-1)];
  if (covered * 2 < samples.length || end <= start) return undefined;
  const bySet = Float64Array.from(times, (time, set) =>
    known[set] === 1 ? Number(time - start) : Number.NaN,
  );
  return { key, start, bySet, length: Number(end - start) };
}

export interface HeatMap {
  readonly key: string;
  /** Unix milliseconds of the first sample; undefined = the clock is another one. */
  readonly startMs: number | undefined;
  /** Nanoseconds of a column; a row is `column / rows` of it. */
  readonly column: number;
  readonly columns: number;
  readonly rows: number;
  /** Value by `column · rows + row`, row 0 at the column's beginning. */
  readonly cells: Float64Array;
  readonly unit: string;
  /** Nanoseconds from the first to the last sample. */
  readonly length: number;
}

export const HEAT_ROWS = 50;
const COLUMNS = [1e8, 1e9, 1e10, 6e10, 6e11, 3.6e12] as const;
const MOST_COLUMNS = 600;

/** The second, unless the recording is much shorter or longer. */
function columnFor(length: number): number {
  if (length < 3e9) return COLUMNS[0];
  return COLUMNS.slice(1).find((size) => length / size <= MOST_COLUMNS) ?? 3.6e12;
}

/** undefined when the samples do not tell their time. */
export function heatMap(profile: Profile, sampleIndex: number): HeatMap | undefined {
  const moments = momentsOf(profile);
  const values = profile.samples.values[sampleIndex];
  if (moments === undefined || values === undefined) return undefined;
  const { bySet, length, start, key } = moments;
  const column = columnFor(length);
  const columns = Math.floor(length / column) + 1;
  const cells = new Float64Array(columns * HEAT_ROWS);
  const { labelSet } = profile.samples;
  for (let row = 0; row < labelSet.length; row++) {
    const time = bySet[labelSet[row] ?? 0] ?? Number.NaN;
    if (Number.isNaN(time)) continue;
    const cell = Math.floor((time / column) * HEAT_ROWS);
    cells[cell] = (cells[cell] ?? 0) + Number(values[row] ?? 0);
  }
  return {
    key,
    startMs: start > 10n ** 15n ? Number(start / 1_000_000n) : undefined,
    column,
    columns,
    rows: HEAT_ROWS,
    cells,
    unit: profile.sampleTypes[sampleIndex]?.unit ?? '',
    length,
  };
}

/** Only the samples that were taken in the span; all when the samples do not tell their time. */
export function withinSpan(profile: Profile, span: TimeSpan): Profile {
  const moments = momentsOf(profile);
  if (moments === undefined) return profile;
  const { bySet } = moments;
  return keepSamples(profile, (row) => {
    const time = bySet[profile.samples.labelSet[row] ?? 0] ?? Number.NaN;
    return time >= span.from && time < span.to;
  });
}
