/** Series keys as dictionary texts: a service and its target labels in the order of their names. */
import type { LabelMatchers, SeriesKey } from '../store.ts';
import type { Dictionary } from './dictionary.ts';

export interface SeriesIds {
  readonly series: number;
  readonly service: number;
}

export function internSeries(dictionary: Dictionary, key: SeriesKey): SeriesIds {
  return {
    series: dictionary.intern('series', seriesText(key)),
    service: dictionary.intern('service', key.service),
  };
}

export function seriesText({ service, labels }: SeriesKey): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return JSON.stringify([service, sorted]);
}

export function parseSeries(text: string): SeriesKey {
  const [service, labels]: [string, [string, string][]] = JSON.parse(text);
  return { service, labels: Object.fromEntries(labels) };
}

/** The ids of the series that match; undefined when nothing restricts them. */
export function matchingSeries(
  dictionary: Dictionary,
  service: string | undefined,
  target: LabelMatchers = {},
): number[] | undefined {
  const wanted = Object.entries(target);
  if (service === undefined && wanted.length === 0) return undefined;
  const ids: number[] = [];
  dictionary.texts('series').forEach((text, id) => {
    if (id === 0) return;
    const key = parseSeries(text);
    if (service !== undefined && key.service !== service) return;
    if (wanted.every(([name, value]) => key.labels[name] === value)) ids.push(id);
  });
  return ids;
}
