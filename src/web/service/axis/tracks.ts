/**
 * The tracks as the axis draws and reads them: what the wire gives, plus how to read a value at a
 * moment or over a range and what to compare it with.
 *
 * Several series are several targets. Amounts (cores, bytes, goroutines) of targets add up; the 99th
 * percentiles do not, so there the worst one counts. A value is held until the next point unless
 * that one is missing (a gap); a gap is drawn as a gap and read as nothing, never as zero.
 * Cost: O(log points) a reading at a moment, O(points) over a range.
 */
import { heatOf } from '../../../api/dashboard.ts';
import type { Overview, WireSeries } from '../../../api/wire.ts';
import type { HeatMap } from '../../../metrics/heatmap.ts';
import type { Range } from '../../app/url.ts';
import { formatChange, formatShare, formatValue } from '../figures.ts';
import { rangeBefore } from './ranges.ts';

export type WireTrack = Overview['tracks'][number];
export type TrackId = WireTrack['id'];

/** How a track is drawn: means of intervals are steps, readings are lines, single events bars. */
export type TrackShape = 'steps' | 'line' | 'bars';

export interface TrackSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly time: Float64Array;
  /** NaN = not measured. */
  readonly value: Float64Array;
  /** Longer than this between two points is a gap. */
  readonly gapMs: number;
}

export interface Track {
  readonly id: TrackId;
  readonly title: string;
  readonly unit: string;
  readonly source: string;
  readonly missing: string | undefined;
  readonly shape: TrackShape;
  readonly combine: 'sum' | 'max';
  readonly series: readonly TrackSeries[];
  /** What is full: GOMAXPROCS for CPU, GOMEMLIMIT for the heap. undefined = none is known. */
  readonly limit: number | undefined;
  /** Largest value of any series. */
  readonly peak: number;
  /** Of a latency, how often it was how long; drawn instead of the percentile. */
  readonly heat: HeatMap | undefined;
}

/** Words that stand before a value of the track: the latencies are percentiles. */
const PREFIX: Partial<Record<TrackId, string>> = { 'gc-pause': 'p99', 'sched-latency': 'p99' };
const SHAPES: Readonly<Record<TrackId, TrackShape>> = {
  cpu: 'steps',
  heap: 'line',
  goroutines: 'line',
  'gc-pause': 'bars',
  'sched-latency': 'line',
};

function seriesOf(wire: WireSeries): TrackSeries {
  const time = Float64Array.from(wire.time);
  const value = Float64Array.from(wire.value, (v) => v ?? Number.NaN);
  return { labels: wire.labels, time, value, gapMs: gapOf(time) };
}

/** Three times the usual distance of points. */
function gapOf(time: Float64Array): number {
  const steps: number[] = [];
  for (let i = 1; i < time.length; i++) steps.push((time[i] ?? 0) - (time[i - 1] ?? 0));
  steps.sort((a, b) => a - b);
  const usual = steps[steps.length >> 1] ?? 10_000;
  return Math.max(3 * usual, 1_000);
}

export type Limits = Readonly<Partial<Record<TrackId, number>>>;

/** True when a series is of the chosen targets; labels that it does not carry do not decide. */
export function isOfTarget(
  labels: Readonly<Record<string, string>>,
  target: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(target).every(([key, value]) => (labels[key] ?? value) === value);
}

/** `target`: only the series of these target labels; {} = all. */
export function tracksOf(
  overview: Overview,
  limits: Limits,
  target: Readonly<Record<string, string>> = {},
): readonly Track[] {
  return overview.tracks.map((wire) => {
    const series = wire.series.filter(({ labels }) => isOfTarget(labels, target)).map(seriesOf);
    let peak = 0;
    for (const one of series) for (const value of one.value) if (value > peak) peak = value;
    return {
      id: wire.id,
      title: wire.title,
      unit: wire.unit,
      source: wire.source,
      missing: wire.missing,
      shape: SHAPES[wire.id],
      combine: PREFIX[wire.id] === undefined ? 'sum' : 'max',
      series,
      limit: limits[wire.id],
      peak,
      heat: wire.heat === undefined ? undefined : heatOf(wire.heat),
    };
  });
}

/** Index of the last point at or before a time; -1 = none. */
export function indexAt(time: Float64Array, at: number): number {
  let low = 0;
  let high = time.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((time[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function combined(track: Track, values: readonly number[]): number | undefined {
  const known = values.filter((value) => !Number.isNaN(value));
  if (known.length === 0) return undefined;
  return track.combine === 'sum' ? known.reduce((a, b) => a + b) : Math.max(...known);
}

/** The value that holds at a moment; undefined in a gap. */
export function valueAt(track: Track, at: number): number | undefined {
  const values = track.series.map(({ time, value, gapMs }) => {
    const i = indexAt(time, at);
    return i < 0 || at - (time[i] ?? 0) > gapMs ? Number.NaN : (value[i] ?? Number.NaN);
  });
  return combined(track, values);
}

/** The newest value of each series, combined; undefined when nothing was measured. */
export function latestValue(track: Track): number | undefined {
  return combined(
    track,
    track.series.map(({ value }) => value.findLast((v) => !Number.isNaN(v)) ?? Number.NaN),
  );
}

/** Mean over a range (of percentiles: the largest); undefined when no point lies in it. */
export function valueIn(track: Track, range: Range): number | undefined {
  const values = track.series.map(({ time, value }) => {
    let sum = 0;
    let count = 0;
    let most = Number.NaN;
    for (let i = indexAt(time, range.from - 1) + 1; i < time.length; i++) {
      if ((time[i] ?? 0) >= range.to) break;
      const v = value[i] ?? Number.NaN;
      if (Number.isNaN(v)) continue;
      sum += v;
      count += 1;
      if (!(v <= most)) most = v;
    }
    return track.combine === 'max' ? most : sum / count;
  });
  return combined(track, values);
}

export interface Readout {
  /** `p99 0.8 ms`, `1.4 cores`; '–' in a gap. */
  readonly text: string;
  /** What it is compared with: `70 % of 2`, `+34 % vs start`; '' when there is nothing. */
  readonly compared: string;
}

export function readoutOf(track: Track, value: number | undefined): string {
  if (value === undefined) return '–';
  const prefix = PREFIX[track.id];
  const text = formatValue(value, track.unit);
  return prefix === undefined ? text : `${prefix} ${text}`;
}

export interface ReadoutInput {
  /** Where the pointer or the keyboard cursor is. */
  readonly cursor: number | undefined;
  readonly selection: Range | undefined;
  readonly base: Range | undefined;
  readonly window: Range;
}

/** What stands at the right of a track: the cursor before the selection before the newest value. */
export function readout(track: Track, input: ReadoutInput): Readout {
  const { cursor, selection, base, window } = input;
  if (cursor === undefined && selection !== undefined) {
    const value = valueIn(track, selection);
    const before = valueIn(track, base ?? rangeBefore(selection));
    const than = base === undefined ? 'before' : 'A';
    const compared = change(value, before, than);
    return { text: readoutOf(track, value), compared: compared || ofLimit(track, value) };
  }
  const value = cursor === undefined ? latestValue(track) : valueAt(track, cursor);
  const compared = ofLimit(track, value);
  if (compared !== '') return { text: readoutOf(track, value), compared };
  const than = track.combine === 'max' ? 'worst' : 'mean';
  return {
    text: readoutOf(track, value),
    compared: change(value, valueIn(track, window), than),
  };
}

function change(value: number | undefined, other: number | undefined, than: string): string {
  if (value === undefined || other === undefined) return '';
  const text = formatChange(value, other);
  return text === 'unchanged' ? `= ${than}` : `${text} vs ${than}`;
}

function ofLimit(track: Track, value: number | undefined): string {
  if (value === undefined || track.limit === undefined || track.limit <= 0) return '';
  const limit = track.unit === 'cores' ? String(track.limit) : formatValue(track.limit, track.unit);
  return `${formatShare(value / track.limit)} of ${limit}`;
}

/** Times at which anything was measured, ascending: the stops of the keyboard cursor. */
export function stopsOf(tracks: readonly Track[], window: Range): readonly number[] {
  const times = new Set<number>();
  for (const track of tracks) {
    for (const { time } of track.series) {
      for (const at of time) if (at >= window.from && at <= window.to) times.add(at);
    }
  }
  return [...times].sort((a, b) => a - b);
}
