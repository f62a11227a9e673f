/**
 * Minutes of metrics: what a closed hour keeps beside its readings, so that a day is read at once.
 *
 * For each metric and minute the last reading that has it and, of a number, the mean of the finite
 * ones with their count. A sixtieth of the rows of a series at 1 Hz; nothing is rounded, because
 * steps of time are whole minutes where these are read.
 */
import { HISTOGRAMS, SCALARS } from './tables.ts';

export const MINUTE_NANOS = 60_000_000_000n;

/** The kind of a segment's file that has the minutes of a hot table. */
export function minutesOf(table: string): string {
  return `${table}_minutes`;
}

/** What closing an hour writes: `where` selects its snapshots in the catalog. */
export function minuteSources(
  where: string,
): readonly { readonly kind: string; readonly table: string; readonly sql: string }[] {
  const from = (table: string): string =>
    `FROM hot.${table} JOIN catalog.snapshots ON id = snapshot WHERE ${where}`;
  const group = `name, series, time // ${MINUTE_NANOS}`;
  return [
    {
      kind: minutesOf(SCALARS.name),
      table: SCALARS.name,
      sql: `SELECT name, series, max_by(snapshot, time) AS snapshot, max_by(value, time) AS value,
          coalesce(avg(value) FILTER (isfinite(value)), 'nan') AS mean,
          count(*) FILTER (isfinite(value)) AS measured
        ${from(SCALARS.name)} GROUP BY ${group} ORDER BY name, series, snapshot`,
    },
    {
      kind: minutesOf(HISTOGRAMS.name),
      table: HISTOGRAMS.name,
      sql: `SELECT name, series, snapshot, bounds, counts ${from(HISTOGRAMS.name)}
        QUALIFY row_number() OVER (PARTITION BY ${group} ORDER BY time DESC) = 1
        ORDER BY name, series, snapshot`,
    },
  ];
}
