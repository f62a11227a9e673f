/**
 * Draws a heat map on a canvas: time across, values up (logarithmic), how often by depth of colour.
 *
 * Colour follows the logarithm of observations a second, so that one long wait beside a million short
 * ones is seen; unknown columns are hatched. Cost: O(columns × bands).
 */
import type { HeatMap } from '../../metrics/heatmap.ts';
import { type TimeScale, timeToX } from '../service/axis/scale.ts';
import { type Bands, bandsOf, shareOf } from './heatscale.ts';

export interface HeatColors {
  /** From rare to frequent. */
  readonly ramp: readonly string[];
  readonly grid: string;
  readonly line: string;
  readonly hatch: string;
}

/** Where the rates of a map differ by less than this factor, they have the deeper shades alone. */
const LEAST_SPAN = 16;

/** Sizes the canvas to its box; `percentile` is drawn as a line when it is given. */
export function paintHeat(
  canvas: HTMLCanvasElement,
  map: HeatMap,
  scale: TimeScale,
  colors: HeatColors,
  percentile?: Float64Array,
): void {
  const height = canvas.clientHeight;
  const context = sizedContext(canvas, scale.width, height);
  if (context === undefined) return;
  context.fillStyle = colors.grid;
  context.fillRect(0, height - 1, scale.width, 1);
  const room = height - 2;
  const bands = bandsOf(map, room);
  for (let column = 0; column < map.from.length; column++) {
    const x = timeToX(scale, map.from[column] ?? 0);
    const end = timeToX(scale, map.to[column] ?? 0);
    if (end <= 0 || x >= scale.width) continue;
    paintColumn(context, bands, column, { x, width: Math.max(end - x, 1), room }, colors);
  }
  if (percentile !== undefined)
    paintPercentile(context, map, bands, scale, percentile, colors.line, room);
}

/** Pixels of the screen, coordinates of the page. */
export function sizedContext(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | undefined {
  const density = devicePixelRatio || 1;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  const context = canvas.getContext('2d') ?? undefined;
  context?.scale(density, density);
  return context;
}

interface Place {
  readonly x: number;
  readonly width: number;
  readonly room: number;
}

function paintColumn(
  context: CanvasRenderingContext2D,
  bands: Bands,
  column: number,
  { x, width, room }: Place,
  colors: HeatColors,
): void {
  const { count, rate } = bands;
  for (let band = 0; band < count; band++) {
    const value = rate[column * count + band] ?? 0;
    if (Number.isNaN(value)) {
      hatch(context, x, 0, width, room, colors.hatch);
      return;
    }
    if (value === 0) continue;
    context.fillStyle = colors.ramp[shadeOf(value, bands, colors.ramp.length)] ?? colors.line;
    const top = Math.round(room - ((band + 1) * room) / count);
    const bottom = Math.round(room - (band * room) / count);
    // Columns meet without a seam.
    context.fillRect(Math.floor(x), top, Math.ceil(x + width) - Math.floor(x), bottom - top);
  }
}

function shadeOf(rate: number, { least, most }: Bands, shades: number): number {
  const depth = 1 - Math.log(most / rate) / Math.log(Math.max(LEAST_SPAN, most / least));
  return Math.min(shades - 1, Math.max(0, Math.floor(depth * shades)));
}

function paintPercentile(
  context: CanvasRenderingContext2D,
  map: HeatMap,
  bands: Bands,
  scale: TimeScale,
  percentile: Float64Array,
  color: string,
  room: number,
): void {
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.beginPath();
  let drawing = false;
  percentile.forEach((value, column) => {
    if (Number.isNaN(value)) {
      drawing = false;
      return;
    }
    const y = room - shareOf(bands, value) * room;
    const x = timeToX(scale, map.from[column] ?? 0);
    if (drawing) context.lineTo(x, y);
    else context.moveTo(x, y);
    context.lineTo(timeToX(scale, map.to[column] ?? 0), y);
    drawing = true;
  });
  context.stroke();
}

/** Diagonal lines: nothing is known here. */
export function hatch(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  color: string,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.beginPath();
  // On a common grid, so that neighbouring regions look like one.
  for (let at = Math.floor((x - height) / 6) * 6; at < x + width; at += 6) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.stroke();
  context.restore();
}
