/**
 * The one time scale that every track, mark and range of the axis shares, and its ticks.
 *
 * Unix milliseconds ⇄ pixels of the chart column. Pure; ticks fall on local wall-clock time because
 * that is what people compare with their logs.
 */
import { formatClock, formatDay } from '../figures.ts';

export interface TimeScale {
  readonly from: number;
  readonly to: number;
  /** Width of the chart column in CSS pixels. */
  readonly width: number;
}

export function timeToX(scale: TimeScale, time: number): number {
  return ((time - scale.from) / (scale.to - scale.from)) * scale.width;
}

export function xToTime(scale: TimeScale, x: number): number {
  return scale.from + (x / Math.max(1, scale.width)) * (scale.to - scale.from);
}

export interface Tick {
  readonly time: number;
  readonly text: string;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28].map((n) => n * DAY),
];
/** Room for `14:02:30` and some air. */
const TICK_PIXELS = 96;

/** Ticks no closer than a label needs; none for an empty scale. */
export function ticks(scale: TimeScale): readonly Tick[] {
  const span = scale.to - scale.from;
  if (span <= 0 || scale.width < TICK_PIXELS) return [];
  const least = (span * TICK_PIXELS) / scale.width;
  const step = STEPS.find((candidate) => candidate >= least) ?? Math.ceil(least / DAY) * DAY;
  // Steps up to a day start at local midnight, so that 6 h steps give 0, 6, 12 and 18 o'clock.
  const offset = new Date(scale.from).getTimezoneOffset() * MINUTE;
  const list: Tick[] = [];
  for (
    let at = Math.ceil((scale.from - offset) / step) * step + offset;
    at <= scale.to;
    at += step
  ) {
    list.push({ time: at, text: tickText(at, step) });
  }
  return list;
}

function tickText(time: number, step: number): string {
  const clock = formatClock(time);
  if (step >= DAY || clock === '00:00:00') return formatDay(time).slice(5);
  return step >= MINUTE ? clock.slice(0, 5) : clock;
}

/** The smallest of 1, 2, 2.5, 5 × 10ⁿ (1, 2, 4 … for bytes) that is not below the value. */
export function niceCeiling(value: number, unit: string): number {
  if (!(value > 0)) return 1;
  if (unit === 'bytes') {
    const power = 2 ** Math.floor(Math.log2(value));
    return [1, 1.25, 1.5, 1.75, 2].map((n) => n * power).find((n) => n >= value) ?? value;
  }
  const power = 10 ** Math.floor(Math.log10(value));
  const nice = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((n) => n * power);
  return nice.find((n) => n >= value * 0.9999) ?? value;
}
