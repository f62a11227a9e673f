/**
 * A heat map's picture and arithmetic: cells ↔ places ↔ spans of time. Pure but for `paint`.
 *
 * Columns run in time, rows are offsets within a column from the top down, as in FlameScope. A
 * selection runs from one cell to another in reading order of time: down the first column, all of
 * those between, and down to the cell in the last.
 */
import type { HeatMap } from '../../report/reading/moments.ts';

/** Steps of colour: tokens --heat-0 … --heat-4. */
export const HEAT_STEPS = 5;

/** The cell at a place of the canvas, as an index into `cells`; clamped into the map. */
export function cellAt(map: HeatMap, x: number, y: number): number {
  const column = Math.min(map.columns - 1, Math.max(0, Math.floor(x * map.columns)));
  const row = Math.min(map.rows - 1, Math.max(0, Math.floor(y * map.rows)));
  return column * map.rows + row;
}

/** Seconds from the beginning of one cell to the end of the other, whichever comes first. */
export function secondsOf(map: HeatMap, one: number, other: number): readonly [number, number] {
  const cell = map.column / map.rows / 1e9;
  const round = (value: number) => Number(value.toFixed(6));
  return [round(Math.min(one, other) * cell), round((Math.max(one, other) + 1) * cell)];
}

/** The first and the last cell of a span in seconds. */
export function cellsOf(map: HeatMap, [from, to]: readonly [number, number]): [number, number] {
  const cell = map.column / map.rows / 1e9;
  const last = map.cells.length - 1;
  const first = Math.min(last, Math.max(0, Math.round(from / cell)));
  return [first, Math.min(last, Math.max(first, Math.round(to / cell) - 1))];
}

/** 0 for nothing, else 1 … HEAT_STEPS - 1 by the square root of the share of the largest cell. */
export function heatOf(value: number, most: number): number {
  if (value <= 0 || most <= 0) return 0;
  return Math.min(HEAT_STEPS - 1, 1 + Math.floor(Math.sqrt(value / most) * (HEAT_STEPS - 1)));
}

/** Value of the cells from one to another, both included. */
export function valueBetween(map: HeatMap, first: number, last: number): number {
  let sum = 0;
  for (let cell = first; cell <= last; cell++) sum += map.cells[cell] ?? 0;
  return sum;
}

export interface HeatColours {
  readonly steps: readonly string[];
  readonly line: string;
  readonly selected: string;
  readonly shade: string;
}

export interface HeatPicture {
  readonly map: HeatMap;
  /** First and last cell; undefined = nothing is selected. */
  readonly selection: readonly [number, number] | undefined;
  /** The cell under the pointer or the keyboard; -1 = none. */
  readonly cursor: number;
}

/** Paints on a canvas of so many device pixels. O(cells). */
export function paint(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  { map, selection, cursor }: HeatPicture,
  colours: HeatColours,
): void {
  context.clearRect(0, 0, width, height);
  let most = 0;
  for (const value of map.cells) most = Math.max(most, value);
  const left = (column: number) => Math.round((column / map.columns) * width);
  const top = (row: number) => Math.round((row / map.rows) * height);
  // A hair of background between columns, while they are wide enough.
  const gap = width / map.columns > 6 ? 1 : 0;
  const fill = (cell: number, style: string) => {
    const column = Math.floor(cell / map.rows);
    const row = cell % map.rows;
    context.fillStyle = style;
    context.fillRect(
      left(column),
      top(row),
      Math.max(1, left(column + 1) - left(column) - gap),
      Math.max(1, top(row + 1) - top(row)),
    );
  };
  for (let cell = 0; cell < map.cells.length; cell++) {
    fill(cell, colours.steps[heatOf(map.cells[cell] ?? 0, most)] ?? '');
    const outside = selection !== undefined && (cell < selection[0] || cell > selection[1]);
    if (outside) fill(cell, colours.shade);
  }
  if (selection !== undefined) {
    outline(context, left, top, map, selection, colours.selected);
  }
  if (cursor >= 0) {
    const column = Math.floor(cursor / map.rows);
    context.strokeStyle = colours.selected;
    context.lineWidth = 1;
    context.strokeRect(
      left(column) + 0.5,
      top(cursor % map.rows) + 0.5,
      Math.max(2, left(column + 1) - left(column) - 1),
      Math.max(2, top((cursor % map.rows) + 1) - top(cursor % map.rows) - 1),
    );
  }
}

/** The line around a selection that begins and ends within columns. */
function outline(
  context: CanvasRenderingContext2D,
  left: (column: number) => number,
  top: (row: number) => number,
  map: HeatMap,
  [first, last]: readonly [number, number],
  style: string,
): void {
  const from = Math.floor(first / map.rows);
  const to = Math.floor(last / map.rows);
  context.strokeStyle = style;
  context.lineWidth = 2;
  for (let column = from; column <= to; column++) {
    const begin = column === from ? first % map.rows : 0;
    const end = column === to ? (last % map.rows) + 1 : map.rows;
    context.beginPath();
    if (column === from || column - 1 === from) {
      const until = column === from ? end : Math.min(end, first % map.rows);
      context.moveTo(left(column), top(begin));
      context.lineTo(left(column), top(until));
    }
    if (column === to || column + 1 === to) {
      const since = column === to ? begin : Math.max(begin, (last % map.rows) + 1);
      context.moveTo(left(column + 1), top(since));
      context.lineTo(left(column + 1), top(end));
    }
    for (const edge of [begin, end]) {
      context.moveTo(left(column), top(edge));
      context.lineTo(left(column + 1), top(edge));
    }
    context.stroke();
  }
}
