/**
 * The metrics dashboard of a service on the wire, and heat maps there and back.
 *
 * All panels share one column of times. null = not measured. A heat map travels as its cells that are
 * not 0, three numbers each: most buckets of most columns are empty.
 */
import { z } from 'zod';
import type { Dashboard, HeatPanel, Panel } from '../metrics/dashboard.ts';
import { columnPercentile, type HeatMap, isUnknown, rowsOf } from '../metrics/heatmap.ts';
import { wireBound } from './metricstory.ts';

const Bound = z.union([z.number(), z.enum(['+Inf', '-Inf'])]);

export const WireHeat = z.object({
  /** Unix milliseconds; column i is from[i] ≤ t < to[i]. */
  from: z.array(z.number()),
  to: z.array(z.number()),
  /** Ascending, one more than there are rows. */
  bounds: z.array(Bound),
  /** Column, row, count; once more for each cell that is not 0. */
  cells: z.array(z.number()),
  /** Columns of which nothing is known: a restart, or a count that is no number. */
  unknown: z.array(z.number()),
  /** Percentiles of each column; null = nothing was observed, or it is unknown. */
  p50: z.array(z.number().nullable()),
  p99: z.array(z.number().nullable()),
});
export type WireHeat = z.infer<typeof WireHeat>;

const Place = {
  id: z.string(),
  section: z.string(),
  title: z.string(),
  unit: z.string(),
  /** What it means, in one sentence. */
  about: z.string(),
  /** Why nothing can be drawn; '' = something can. */
  missing: z.string(),
};

const WirePanel = z.object({
  ...Place,
  /** Layers of a stack add up; lines share a scale. */
  kind: z.enum(['stack', 'lines']),
  /** Values are means of the time since the point before, not of the moment. */
  means: z.boolean(),
  layers: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      value: z.array(z.number().nullable()),
      /** Of a stack: a line over it that is not part of its sum. */
      over: z.boolean(),
    }),
  ),
  limits: z.array(z.object({ title: z.string(), value: z.number() })),
});
export type WirePanel = z.infer<typeof WirePanel>;

const WireHeatPanel = z.object({ ...Place, heat: WireHeat.nullable() });
export type WireHeatPanel = z.infer<typeof WireHeatPanel>;

export const WireDashboard = z.object({
  service: z.string(),
  from: z.number(),
  to: z.number(),
  /** How many processes are added up. */
  processes: z.number(),
  /** Unix milliseconds, ascending: the times of every layer. */
  time: z.array(z.number()),
  panels: z.array(WirePanel),
  heats: z.array(WireHeatPanel),
  /** The story of the range in the order of telling; without sentences for several processes. */
  sections: z.array(z.object({ id: z.string(), title: z.string(), sentence: z.string() })),
  /** What the source lacks, and what would tell it. */
  lacking: z.array(z.string()),
});
export type WireDashboard = z.infer<typeof WireDashboard>;

export function wireColumns(
  dashboard: Dashboard,
): Pick<WireDashboard, 'time' | 'panels' | 'heats'> {
  return {
    time: Array.from(dashboard.time, Math.round),
    panels: dashboard.panels.map(wirePanel),
    heats: dashboard.heats.map(wireHeatPanel),
  };
}

function wirePanel({ layers, limits, ...rest }: Panel): WirePanel {
  return {
    ...rest,
    layers: layers.map(({ value, over = false, ...layer }) => {
      return { ...layer, value: Array.from(value, short), over };
    }),
    limits: limits.map((limit) => ({ ...limit })),
  };
}

function wireHeatPanel({ heat, ...rest }: HeatPanel): WireHeatPanel {
  return { ...rest, heat: heat === undefined ? null : wireHeat(heat) };
}

/** Five digits are more than a chart can show. */
function short(value: number): number | null {
  if (!Number.isFinite(value)) return null;
  return Number.isInteger(value) ? value : Number(value.toPrecision(5));
}

export function wireHeat(map: HeatMap): WireHeat {
  const rows = rowsOf(map);
  const columns = Array.from(map.from.keys());
  const cells: number[] = [];
  map.counts.forEach((count, at) => {
    if (count > 0) cells.push(Math.floor(at / rows), at % rows, count);
  });
  const percentiles = (q: number) =>
    columns.map((column) => short(columnPercentile(map, column, q)));
  return {
    from: Array.from(map.from, Math.round),
    to: Array.from(map.to, Math.round),
    bounds: Array.from(map.bounds, wireBound),
    cells,
    unknown: columns.filter((column) => isUnknown(map, column)),
    p50: percentiles(0.5),
    p99: percentiles(0.99),
  };
}

/** The map again; `name` is not on the wire. */
export function heatOf(wire: WireHeat): HeatMap {
  const bounds = Float64Array.from(wire.bounds, boundOf);
  const rows = Math.max(0, bounds.length - 1);
  const counts = new Float64Array(wire.from.length * rows);
  for (const column of wire.unknown) counts.fill(NaN, column * rows, (column + 1) * rows);
  for (let i = 0; i + 2 < wire.cells.length; i += 3) {
    const [column = 0, row = 0, count = 0] = wire.cells.slice(i, i + 3);
    counts[column * rows + row] = count;
  }
  return {
    name: '',
    from: Float64Array.from(wire.from),
    to: Float64Array.from(wire.to),
    bounds,
    counts,
  };
}

function boundOf(bound: WireHeat['bounds'][number]): number {
  if (bound === '+Inf') return Infinity;
  return bound === '-Inf' ? -Infinity : bound;
}
