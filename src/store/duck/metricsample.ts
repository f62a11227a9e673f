/**
 * Many metric snapshots → few, inside the database: what a dashboard of a day is drawn from.
 *
 * Time is cut into steps. Of each step stays one snapshot, its last, with the counters and histograms
 * as they were then, so that the growth between two of them is that of all the time between; and of
 * each gauge the mean over the step, what is not finite left out. Cost: a scan of those names' rows, or
 * of their minutes where a step is some; one row a step leaves the database.
 */
import type { Metric, MetricSnapshot } from '../../metrics/snapshot.ts';
import type { TimeRange } from '../store.ts';
import { among, literal, type Session } from './database.ts';
import type { Engine } from './engine.ts';
import { decodeCounts, parseBounds } from './histograms.ts';
import { MINUTE_NANOS, minutesOf } from './metricminutes.ts';
import { parseSource, readSnapshots } from './metrics.ts';
import { segmentFiles } from './selection.ts';

export interface SampleOptions {
  readonly series: number;
  readonly range: TimeRange;
  /** Ids of metrics. */
  readonly names: readonly number[];
  /** At most this many snapshots. */
  readonly maxPoints: number;
}

/** Ascending by time; every snapshot as it is when there are no more than `maxPoints`. */
export async function sampleSnapshots(
  engine: Engine,
  session: Session,
  options: SampleOptions,
): Promise<MetricSnapshot[]> {
  const { series, range, names, maxPoints } = options;
  const where = `series = ${series} AND time >= ${range.fromNanos} AND time < ${range.toNanos}`;
  const counted = await session.run(`SELECT count(*) FROM catalog.snapshots WHERE ${where}`);
  if (counted.scalar() <= maxPoints) return readSnapshots(engine, session, series, range, names);
  const { base, length } = stepsOf(range, maxPoints);
  // The steps are the same for every series of a range, so that their points fall together.
  const step = `(time - ${base}) // ${length}`;
  await session.run(
    `CREATE OR REPLACE TEMP TABLE steps AS SELECT id, segment, ${step} AS step,
       time = max(time) OVER (PARTITION BY ${step}) AS last
     FROM catalog.snapshots WHERE ${where}`,
  );
  try {
    return await new Sampler(engine, session, series, names, length % MINUTE_NANOS === 0n).read();
  } finally {
    await session.run('DROP TABLE temp.steps');
  }
}

/** Long steps are whole minutes of the clock: those are kept ready. */
function stepsOf(range: TimeRange, maxPoints: number): { base: bigint; length: bigint } {
  const span = range.toNanos - range.fromNanos;
  const most = BigInt(Math.max(2, Math.trunc(maxPoints)));
  const exact = (span + most - 1n) / most;
  if (exact < MINUTE_NANOS) return { base: range.fromNanos, length: exact > 0n ? exact : 1n };
  // One step less, because the range may begin within a minute.
  const minutes = (span / (most - 1n) + MINUTE_NANOS - 1n) / MINUTE_NANOS;
  return { base: 0n, length: minutes * MINUTE_NANOS };
}

class Sampler {
  readonly #engine: Engine;
  readonly #session: Session;
  readonly #series: number;
  readonly #names: readonly number[];
  /** Minutes do where they were kept. */
  readonly #byMinutes: boolean;
  readonly #byStep = new Map<number, Map<string, Metric>>();
  #segments: readonly number[] = [];

  constructor(
    engine: Engine,
    session: Session,
    series: number,
    names: readonly number[],
    byMinutes: boolean,
  ) {
    this.#engine = engine;
    this.#session = session;
    this.#series = series;
    this.#names = names;
    this.#byMinutes = byMinutes;
  }

  async read(): Promise<MetricSnapshot[]> {
    const segments = await this.#session.run('SELECT DISTINCT segment FROM temp.steps');
    this.#segments = [...segments.numbers(0)];
    const snapshots = await this.#snapshots();
    await this.#scalars();
    await this.#histograms();
    return snapshots;
  }

  async #snapshots(): Promise<MetricSnapshot[]> {
    const { dictionary } = this.#engine;
    const rows = await this.#session.run(
      `SELECT step, time, source, go_version, process_start, gomaxprocs
       FROM catalog.snapshots JOIN temp.steps USING (id) WHERE last ORDER BY time, id`,
    );
    const [time, start] = [rows.bigints(1), rows.bigints(4)];
    const [source, version, procs] = [rows.numbers(2), rows.numbers(3), rows.numbers(5)];
    return Array.from(rows.numbers(0), (step, i): MetricSnapshot => {
      const metrics = this.#byStep.get(step) ?? new Map<string, Metric>();
      this.#byStep.set(step, metrics);
      return {
        timeNanos: time[i] ?? 0n,
        source: parseSource(dictionary.text('word', source[i] ?? 0)),
        goVersion: dictionary.text('word', version[i] ?? 0),
        processStartNanos: start[i] ?? 0n,
        gomaxprocs: procs[i] ?? 0,
        metrics,
      };
    });
  }

  /** One scan for both: opening the files of a day costs more than their rows. */
  async #scalars(): Promise<void> {
    const { metricNames } = this.#engine;
    const cumulative = this.#names.filter((id) => metricNames.get(id).cumulative);
    const readings = 'value, value AS mean, isfinite(value)::INTEGER AS measured';
    const columns = [readings, 'value, mean, measured'] as const;
    const rows = await this.#rows('scalars', columns, (from) => {
      const counter = `name ${among(cumulative)}`;
      return `SELECT name, step, CASE WHEN any_value(${counter}) THEN any_value(value) FILTER (last)
          ELSE sum(mean * measured) FILTER (measured > 0) / sum(measured) END AS number
        FROM (${from}) WHERE last OR NOT (${counter}) GROUP BY name, step
        HAVING number IS NOT NULL`;
    });
    if (rows === undefined) return;
    const [step, values] = [rows.numbers(1), rows.numbers(2)];
    rows.numbers(0).forEach((id, i) => {
      const metric = metricNames.get(id);
      this.#byStep.get(step[i] ?? 0)?.set(metric.name, { ...metric, value: values[i] ?? 0 });
    });
  }

  async #histograms(): Promise<void> {
    const { dictionary, metricNames } = this.#engine;
    const columns = ['bounds, counts', 'bounds, counts'] as const;
    const rows = await this.#rows('histograms', columns, (from) => {
      return `SELECT name, step, bounds, counts FROM (${from}) WHERE last`;
    });
    if (rows === undefined) return;
    const parsed = new Map<number, Float64Array>();
    const [step, boundsId, counts] = [rows.numbers(1), rows.numbers(2), rows.blobs(3)];
    rows.numbers(0).forEach((id, i) => {
      const metric = metricNames.get(id);
      const key = boundsId[i] ?? 0;
      const bounds = parsed.get(key) ?? parseBounds(dictionary.text('bounds', key));
      parsed.set(key, bounds);
      const value = { counts: decodeCounts(counts[i] ?? new Uint8Array(0)), bounds };
      this.#byStep.get(step[i] ?? 0)?.set(metric.name, { ...metric, value });
    });
  }

  /**
   * Runs a query over the rows of these names, each with its step and whether it ends that. `columns`
   * are those of readings, and of minutes.
   */
  async #rows(
    kind: 'scalars' | 'histograms',
    columns: readonly [readings: string, minutes: string],
    query: (from: string) => string,
  ) {
    if (this.#names.length === 0) return undefined;
    const select = (from: string, values: string, more: string): string =>
      `SELECT name, step, last, ${values} FROM ${from} JOIN temp.steps ON id = snapshot
       WHERE name ${among(this.#names)}${more}`;
    const parts = this.#segments.includes(0) ? [select(`hot.${kind}`, columns[0], '')] : [];
    const { readings, minutes } = this.#files(kind);
    const closed = [
      [readings, columns[0]],
      [minutes, columns[1]],
    ] as const;
    for (const [files, values] of closed) {
      if (files.length === 0) continue;
      const from = `read_parquet([${files.map(literal).join(', ')}])`;
      parts.push(select(from, values, ` AND series = ${this.#series}`));
    }
    return parts.length === 0 ? undefined : this.#session.run(query(parts.join(' UNION ALL ')));
  }

  /** Segments that were closed before there were minutes have readings alone. */
  #files(kind: 'scalars' | 'histograms'): { readings: string[]; minutes: string[] } {
    const readings: string[] = [];
    const minutes: string[] = [];
    for (const segment of this.#segments) {
      const kept = this.#byMinutes ? segmentFiles(this.#engine, minutesOf(kind), [segment]) : [];
      if (kept.length > 0) minutes.push(...kept);
      else readings.push(...segmentFiles(this.#engine, kind, [segment]));
    }
    return { readings, minutes };
  }
}
