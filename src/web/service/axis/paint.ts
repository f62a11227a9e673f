/**
 * Draws one track on a canvas. Our own few lines instead of a chart library: all tracks share one
 * scale, two ranges, marks and a cursor that lie across them, which a library of separate charts
 * would make us fight for.
 *
 * Only the data is painted here; ranges, marks and the cursor are elements above the canvases, so
 * that a drag or a moving pointer never repaints data. Points that fall on the same pixel are joined
 * to their smallest and largest value, so a peak is never lost. Cost: O(points in the window).
 */
import type { HeatColors } from '../../metrics/paintheat.ts';
import { niceCeiling, type TimeScale, timeToX } from './scale.ts';
import { indexAt, type Track, type TrackSeries } from './tracks.ts';

export interface TrackColors {
  readonly line: string;
  readonly fill: string;
  readonly grid: string;
  readonly limit: string;
  readonly heat: HeatColors;
}

/** The value at the top of the track's box. */
export function topOf(track: Track): number {
  const { limit, peak } = track;
  // A limit is worth its room when the data comes near it; else it would flatten the data.
  const most = limit !== undefined && peak > limit * 0.3 ? Math.max(limit, peak) : peak;
  return most === limit ? most : niceCeiling(most, track.unit);
}

/** Sizes the canvas to its box and the screen's pixels, and paints. */
export function paintTrack(
  canvas: HTMLCanvasElement,
  track: Track,
  scale: TimeScale,
  colors: TrackColors,
): void {
  const height = canvas.clientHeight;
  const density = devicePixelRatio || 1;
  canvas.width = Math.round(scale.width * density);
  canvas.height = Math.round(height * density);
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(density, density);
  const top = topOf(track);
  const y = (value: number): number => height - 0.5 - (value / top) * (height - 4);
  context.fillStyle = colors.grid;
  context.fillRect(0, height - 1, scale.width, 1);
  if (track.limit !== undefined && track.limit <= top) {
    paintLimit(context, y(track.limit), scale.width, colors.limit);
  }
  context.strokeStyle = colors.line;
  context.fillStyle = colors.fill;
  context.lineWidth = 1.25;
  context.lineJoin = 'round';
  for (const series of track.series) {
    if (track.shape === 'bars') paintBars(context, series, scale, y, colors.line);
    else paintLine(context, series, scale, y, track.shape === 'steps', track.series.length === 1);
  }
}

function paintLimit(
  context: CanvasRenderingContext2D,
  y: number,
  width: number,
  color: string,
): void {
  context.save();
  context.strokeStyle = color;
  context.setLineDash([2, 4]);
  context.beginPath();
  context.moveTo(0, Math.max(0.5, Math.round(y) + 0.5));
  context.lineTo(width, Math.max(0.5, Math.round(y) + 0.5));
  context.stroke();
  context.restore();
}

type ToY = (value: number) => number;

/** Runs of points without a gap, each drawn as one path: `at` < `end`. */
function* runsOf(series: TrackSeries, scale: TimeScale): Generator<{ at: number; end: number }> {
  const { time, value, gapMs } = series;
  let at = Math.max(0, indexAt(time, scale.from));
  const stop = Math.min(time.length, indexAt(time, scale.to) + 2);
  while (at < stop) {
    while (at < stop && Number.isNaN(value[at] ?? Number.NaN)) at += 1;
    let end = at;
    while (end < stop && !Number.isNaN(value[end] ?? Number.NaN)) {
      end += 1;
      if ((time[end] ?? 0) - (time[end - 1] ?? 0) > gapMs) break;
    }
    if (end > at) yield { at, end };
    at = Math.max(end, at + 1);
  }
}

function paintLine(
  context: CanvasRenderingContext2D,
  series: TrackSeries,
  scale: TimeScale,
  y: ToY,
  steps: boolean,
  filled: boolean,
): void {
  for (const run of runsOf(series, scale)) {
    const path = pathOf(series, run, scale, y, steps);
    if (filled) {
      const area = new Path2D(path.line);
      area.lineTo(path.lastX, y(0));
      area.lineTo(path.firstX, y(0));
      context.fill(area);
    }
    context.stroke(path.line);
  }
}

function pathOf(
  { time, value, gapMs }: TrackSeries,
  run: { at: number; end: number },
  scale: TimeScale,
  y: ToY,
  steps: boolean,
): { line: Path2D; firstX: number; lastX: number } {
  const line = new Path2D();
  const firstX = timeToX(scale, time[run.at] ?? 0);
  let x = firstX;
  let lastY = y(value[run.at] ?? 0);
  line.moveTo(x, lastY);
  for (let i = run.at + 1; i < run.end; ) {
    const nextX = timeToX(scale, time[i] ?? 0);
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    let last = 0;
    // Everything within half a pixel becomes one vertical stroke from its least to its most.
    for (; i < run.end && timeToX(scale, time[i] ?? 0) - nextX < 0.5; i++) {
      last = value[i] ?? 0;
      low = Math.min(low, last);
      high = Math.max(high, last);
    }
    if (steps) line.lineTo(nextX, lastY);
    if (high > low) {
      line.lineTo(nextX, y(high));
      line.lineTo(nextX, y(low));
    }
    lastY = y(last);
    line.lineTo(nextX, lastY);
    x = nextX;
  }
  // The last step holds for as long as a step usually lasts.
  if (steps) {
    x = Math.max(x, timeToX(scale, Math.min((time[run.end - 1] ?? 0) + gapMs / 3, scale.to)));
    line.lineTo(x, lastY);
  }
  return { line, firstX, lastX: x };
}

function paintBars(
  context: CanvasRenderingContext2D,
  { time, value, gapMs }: TrackSeries,
  scale: TimeScale,
  y: ToY,
  color: string,
): void {
  context.save();
  context.fillStyle = color;
  const width = Math.min(2, Math.max(1, timeToX(scale, scale.from + gapMs / 3) * 0.5));
  const stop = Math.min(time.length, indexAt(time, scale.to) + 1);
  for (let i = Math.max(0, indexAt(time, scale.from)); i < stop; i++) {
    const v = value[i] ?? Number.NaN;
    if (Number.isNaN(v) || v === 0) continue;
    const top = y(v);
    context.fillRect(timeToX(scale, time[i] ?? 0) - width / 2, top, width, Math.max(1, y(0) - top));
  }
  context.restore();
}
