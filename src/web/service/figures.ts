/**
 * Times of day as people read them, beside the numbers of report/figures.ts.
 *
 * Not a parser, and not for machine output.
 */
import { formatDuration } from '../../report/figures.ts';

export {
  formatChange,
  formatCount,
  formatDuration,
  formatShare,
  formatValue,
  threeDigits,
} from '../../report/figures.ts';

const pad = (value: number): string => String(value).padStart(2, '0');

/** Local wall-clock time: `14:02:31`. */
export function formatClock(ms: number): string {
  const date = new Date(ms);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** Local date: `2026-03-09`. */
export function formatDay(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** A range: `14:02:31 – 14:05:00 (2 min)`, with the day where it is not today or changes. */
export function formatRange(range: { from: number; to: number }, now: number): string {
  const from = formatDay(range.from);
  const to = formatDay(range.to);
  const first = from === formatDay(now) && from === to ? '' : `${from} `;
  const second = from === to ? '' : `${to} `;
  const times = `${first}${formatClock(range.from)} – ${second}${formatClock(range.to)}`;
  return `${times} (${formatDuration(range.to - range.from)})`;
}
