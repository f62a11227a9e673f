/**
 * A dashboard from the wire → what is drawn and read: typed columns, stack totals, heat maps.
 *
 * No pixels and no colours. NaN = not measured. Cost: O(points), once an answer.
 */
import {
  heatOf,
  type WireDashboard,
  type WireHeatPanel,
  type WirePanel,
} from '../../api/dashboard.ts';
import { quantityText } from '../../api/metricstory.ts';
import type { HeatMap } from '../../metrics/heatmap.ts';
import type { Range } from '../app/url.ts';
import { indexAt } from '../service/axis/tracks.ts';

export interface DrawableLayer {
  readonly id: string;
  readonly title: string;
  readonly value: Float64Array;
  /** A line over a stack, not part of its sum. */
  readonly over: boolean;
}

export interface DrawablePanel extends Omit<WirePanel, 'layers'> {
  readonly form: 'panel';
  readonly layers: readonly DrawableLayer[];
  /** Of a stack, the sum of its layers; NaN where no layer is known. */
  readonly total: Float64Array;
  readonly peak: number;
}

export interface DrawableHeat extends Omit<WireHeatPanel, 'heat'> {
  readonly form: 'heat';
  readonly map: HeatMap | undefined;
  readonly p50: Float64Array;
  readonly p99: Float64Array;
}

export type Drawable = DrawablePanel | DrawableHeat;

export interface DrawableSection {
  readonly id: string;
  readonly title: string;
  readonly sentence: string;
  /** Heat maps first: they say most. */
  readonly charts: readonly Drawable[];
}

export interface DrawableDashboard {
  readonly time: Float64Array;
  /** Longer than this between two points is a gap. */
  readonly gapMs: number;
  readonly processes: number;
  readonly sections: readonly DrawableSection[];
  readonly lacking: readonly string[];
}

export function drawableOf(wire: WireDashboard): DrawableDashboard {
  const time = Float64Array.from(wire.time);
  const panels = wire.panels.map((panel) => panelOf(panel, time.length));
  const heats = wire.heats.map(heatPanelOf);
  return {
    time,
    gapMs: gapOf(time),
    processes: wire.processes,
    lacking: wire.lacking,
    sections: wire.sections.flatMap(({ id, title, sentence }) => {
      const charts = [...heats, ...panels].filter(({ section }) => section === id);
      return charts.length === 0 ? [] : [{ id, title, sentence, charts }];
    }),
  };
}

/** Three times the usual distance of points. */
function gapOf(time: Float64Array): number {
  const steps = Array.from(time.subarray(1), (at, i) => at - (time[i] ?? 0)).sort((a, b) => a - b);
  return 3 * (steps[steps.length >> 1] ?? 10_000);
}

function panelOf({ layers: wire, ...rest }: WirePanel, length: number): DrawablePanel {
  const layers = wire.map(({ value, ...layer }) => ({
    ...layer,
    value: Float64Array.from(value, (one) => one ?? Number.NaN),
  }));
  const total = new Float64Array(length).fill(Number.NaN);
  let peak = 0;
  for (const { value, over } of layers) {
    value.forEach((one, i) => {
      if (Number.isNaN(one)) return;
      if (one > peak) peak = one;
      if (over) return;
      const sum = total[i] ?? Number.NaN;
      total[i] = Number.isNaN(sum) ? one : sum + one;
    });
  }
  if (rest.kind === 'stack') for (const sum of total) if (sum > peak) peak = sum;
  return { ...rest, form: 'panel', layers, total, peak };
}

function heatPanelOf({ heat, ...rest }: WireHeatPanel): DrawableHeat {
  const column = (values: readonly (number | null)[]): Float64Array =>
    Float64Array.from(values, (one) => one ?? Number.NaN);
  return {
    ...rest,
    form: 'heat',
    map: heat === null ? undefined : heatOf(heat),
    p50: column(heat?.p50 ?? []),
    p99: column(heat?.p99 ?? []),
  };
}

export interface Reading {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

/** Where values are read: at a moment, over a range (means), or the newest. */
export type When = { readonly at: number } | { readonly range: Range } | 'newest';

/** Every value of a chart then, in the order of drawing from the top; '–' = not measured. */
export function readingsOf(
  board: DrawableDashboard,
  chart: Drawable,
  when: When,
): readonly Reading[] {
  if (chart.form === 'heat') return heatReadings(chart, when);
  const [from, to] = indicesOf(board, when);
  const text = (values: Float64Array): string => valueText(meanOf(values, from, to), chart.unit);
  const rows = chart.layers.map(({ id, title, value }) => ({ id, title, text: text(value) }));
  if (chart.kind === 'lines') return rows;
  const sum = { id: 'total', title: 'together', text: text(chart.total) };
  return [...(rows.length > 1 && chart.unit !== 'share' ? [sum] : []), ...rows.reverse()];
}

function valueText(value: number, unit: string): string {
  return Number.isNaN(value) ? '–' : quantityText(value, unit);
}

/** Half open; empty when nothing holds then. */
function indicesOf(board: DrawableDashboard, when: When): readonly [number, number] {
  const { time, gapMs } = board;
  if (when === 'newest') return [time.length - 1, time.length];
  if ('range' in when) {
    return [indexAt(time, when.range.from - 1) + 1, indexAt(time, when.range.to - 1) + 1];
  }
  // What was measured nearest: values of the moment and means of the time before alike.
  const before = indexAt(time, when.at);
  const after = before + 1;
  const nearer =
    (time[after] ?? Number.POSITIVE_INFINITY) - when.at <
    when.at - (time[before] ?? Number.NEGATIVE_INFINITY)
      ? after
      : before;
  const distance = Math.abs((time[nearer] ?? Number.POSITIVE_INFINITY) - when.at);
  return distance > gapMs ? [0, 0] : [nearer, nearer + 1];
}

function meanOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  let count = 0;
  for (let i = Math.max(0, from); i < to; i++) {
    const value = values[i] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return count === 0 ? Number.NaN : sum / count;
}

function heatReadings(chart: DrawableHeat, when: When): readonly Reading[] {
  const { map, p50, p99, unit } = chart;
  const [from, to] = map === undefined ? [0, 0] : columnsOf(map, when);
  const worst = p99
    .subarray(from, to)
    .reduce((a, b) => (b > a || Number.isNaN(a) ? b : a), Number.NaN);
  const perSecond = map === undefined ? Number.NaN : rateOf(map, from, to);
  return [
    { id: 'p99', title: to - from > 1 ? 'p99, worst' : 'p99', text: valueText(worst, unit) },
    { id: 'p50', title: 'p50', text: valueText(meanOf(p50, from, to), unit) },
    { id: 'rate', title: 'seen', text: valueText(perSecond, '1/s') },
  ];
}

function columnsOf(map: HeatMap, when: When): readonly [number, number] {
  if (when === 'newest') return [Math.max(0, map.to.length - 1), map.to.length];
  if ('range' in when) {
    return [indexAt(map.to, when.range.from) + 1, indexAt(map.from, when.range.to - 1) + 1];
  }
  const column = indexAt(map.from, when.at);
  return column >= 0 && when.at < (map.to[column] ?? 0) ? [column, column + 1] : [0, 0];
}

/** Observations a second over columns that are known. */
function rateOf(map: HeatMap, from: number, to: number): number {
  const rows = map.bounds.length - 1;
  let count = 0;
  let ms = 0;
  for (let column = from; column < to; column++) {
    const cells = map.counts.subarray(column * rows, (column + 1) * rows);
    if (Number.isNaN(cells[0] ?? Number.NaN)) continue;
    for (const cell of cells) count += cell;
    ms += (map.to[column] ?? 0) - (map.from[column] ?? 0);
  }
  return ms > 0 ? (count * 1000) / ms : Number.NaN;
}
