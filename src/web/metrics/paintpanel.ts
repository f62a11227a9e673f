/**
 * Draws a panel on a canvas: lines that share a scale, or areas that add up, with limits as dashes.
 *
 * Values of the moment are joined by straight lines; means hold for the time since the point before.
 * What was not measured is a gap, hatched in stacks; it is never drawn as 0. Cost: O(points × layers).
 */
import { niceCeiling, type TimeScale, timeToX } from '../service/axis/scale.ts';
import type { DrawableDashboard, DrawablePanel } from './drawable.ts';
import { hatch, sizedContext } from './paintheat.ts';

export interface PanelColors {
  readonly grid: string;
  readonly limit: string;
  readonly hatch: string;
  readonly edge: string;
  readonly colorOf: (layer: string, index: number) => string;
}

/** The value at the top of the panel's box. */
export function topOfPanel({ peak, limits, unit }: DrawablePanel): number {
  if (unit === 'share') return 1;
  const near = limits.map(({ value }) => value).filter((value) => peak > value * 0.3);
  const most = Math.max(peak, ...near);
  if (most !== peak) return most;
  return niceCeiling(most, unit === 'bytes/s' ? 'bytes' : unit);
}

type ToY = (value: number) => number;

export function paintPanel(
  canvas: HTMLCanvasElement,
  board: DrawableDashboard,
  panel: DrawablePanel,
  scale: TimeScale,
  colors: PanelColors,
): void {
  const height = canvas.clientHeight;
  const context = sizedContext(canvas, scale.width, height);
  if (context === undefined) return;
  const top = topOfPanel(panel);
  const y: ToY = (value) => height - 0.5 - (value / top) * (height - 4);
  const xs = Float64Array.from(board.time, (time) => timeToX(scale, time));
  if (panel.kind === 'stack') paintStack(context, board, panel, xs, y, colors);
  paintLines(context, board, panel, xs, y, colors);
  context.fillStyle = colors.grid;
  context.fillRect(0, height - 1, scale.width, 1);
  for (const { value } of panel.limits) {
    if (value <= top) paintLimit(context, Math.round(y(value)) + 0.5, scale.width, colors.limit);
  }
}

/** Runs of points of which `known` is true and that no gap in time parts: from ≤ i < to. */
function* runsOf(
  { time, gapMs }: DrawableDashboard,
  known: (i: number) => boolean,
): Generator<readonly [number, number]> {
  for (let i = 0; i < time.length; ) {
    if (!known(i)) {
      i++;
      continue;
    }
    let end = i + 1;
    while (end < time.length && known(end) && (time[end] ?? 0) - (time[end - 1] ?? 0) <= gapMs)
      end++;
    yield [i, end];
    i = end;
  }
}

/** The outline of a run; means begin at the point before. */
function outline(
  path: Path2D,
  xs: Float64Array,
  [from, to]: readonly [number, number],
  means: boolean,
  at: (i: number) => number,
  backwards = false,
): void {
  const points: (readonly [number, number])[] = [];
  for (let i = from; i < to; i++) {
    if (means) points.push([xs[Math.max(0, i - 1)] ?? 0, at(i)]);
    points.push([xs[i] ?? 0, at(i)]);
  }
  for (const [x, y] of backwards ? points.reverse() : points) path.lineTo(x, y);
}

function paintLines(
  context: CanvasRenderingContext2D,
  board: DrawableDashboard,
  panel: DrawablePanel,
  xs: Float64Array,
  y: ToY,
  colors: PanelColors,
): void {
  context.lineWidth = 1.25;
  context.lineJoin = 'round';
  panel.layers.forEach(({ id, value, over }, index) => {
    if (panel.kind === 'stack' && !over) return;
    context.strokeStyle = colors.colorOf(id, index);
    for (const run of runsOf(board, (i) => !Number.isNaN(value[i] ?? Number.NaN))) {
      const path = new Path2D();
      outline(path, xs, run, panel.means, (i) => y(value[i] ?? 0));
      // A point alone is a dot, not nothing.
      if (run[1] - run[0] === 1 && !panel.means)
        path.lineTo((xs[run[0]] ?? 0) + 1, y(value[run[0]] ?? 0));
      context.stroke(path);
    }
  });
}

function paintStack(
  context: CanvasRenderingContext2D,
  board: DrawableDashboard,
  panel: DrawablePanel,
  xs: Float64Array,
  y: ToY,
  colors: PanelColors,
): void {
  const { layers, total, means } = panel;
  const known = (i: number): boolean => !Number.isNaN(total[i] ?? Number.NaN);
  paintUnknown(context, xs, known, y, colors.hatch);
  for (const run of runsOf(board, known)) {
    let below = new Float64Array(xs.length);
    layers.forEach(({ id, value, over }, index) => {
      if (over) return;
      const floor = below;
      const ceiling = floor.map((one, i) => one + (value[i] || 0));
      const area = new Path2D();
      outline(area, xs, run, means, (i) => y(ceiling[i] ?? 0));
      outline(area, xs, run, means, (i) => y(floor[i] ?? 0), true);
      area.closePath();
      context.fillStyle = colors.colorOf(id, index);
      context.fill(area);
      const edge = new Path2D();
      outline(edge, xs, run, means, (i) => y(ceiling[i] ?? 0));
      context.strokeStyle = colors.edge;
      context.lineWidth = 0.75;
      context.stroke(edge);
      below = ceiling;
    });
  }
}

/** From the last point that is known to the next: hatched over the whole height. */
function paintUnknown(
  context: CanvasRenderingContext2D,
  xs: Float64Array,
  known: (i: number) => boolean,
  y: ToY,
  color: string,
): void {
  for (let i = 0; i < xs.length; i++) {
    if (known(i)) continue;
    let end = i;
    while (end + 1 < xs.length && !known(end + 1)) end++;
    const from = xs[Math.max(0, i - 1)] ?? 0;
    const to = xs[end] ?? from;
    hatch(context, from, 3, to - from, y(0) - 3, color);
    i = end;
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
  context.lineWidth = 1;
  context.setLineDash([4, 3]);
  context.beginPath();
  context.moveTo(0, Math.max(0.5, y));
  context.lineTo(width, Math.max(0.5, y));
  context.stroke();
  context.restore();
}
