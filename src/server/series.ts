/** Series on the wire: NaN becomes null (JSON has no NaN), times become whole milliseconds. */
import type { WireSeries } from '../api/wire.ts';
import type { Series } from '../metrics/snapshot.ts';

export function wireSeries(series: Series): WireSeries {
  return {
    name: series.name,
    unit: series.unit,
    labels: { ...series.labels },
    time: Array.from(series.time, Math.round),
    value: Array.from(series.value, (value) => (Number.isFinite(value) ? value : null)),
  };
}

/** The last value that was measured, added up over the series; null when there is none. */
export function latestSum(series: readonly Series[]): number | null {
  return latest(series).reduce<number | null>((sum, value) => (sum ?? 0) + value, null);
}

/** The largest of the series' last measured values; null when there is none. */
export function latestMax(series: readonly Series[]): number | null {
  return latest(series).reduce<number | null>((max, v) => Math.max(max ?? v, v), null);
}

function latest(series: readonly Series[]): readonly number[] {
  return series.flatMap(({ value }) => value.findLast((v) => Number.isFinite(v)) ?? []);
}

/** Target labels that tell series apart on a track. */
export function instanceLabels(labels: Series['labels']): Record<string, string> {
  const { service: _, ...rest } = labels;
  return rest;
}
