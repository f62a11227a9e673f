/**
 * Metric snapshots ⇄ rows: a row a snapshot, a row a scalar, and a row a histogram with its counts
 * as sparse bytes. Closed hours are Parquet files sorted by (name, series, snapshot).
 */
import { gaugeSeries, seriesOf } from '../../metrics/series.ts';
import type { Metric, MetricSnapshot, Series } from '../../metrics/snapshot.ts';
import type { MetricQuery, SeriesKey, TimeRange } from '../store.ts';
import { among, literal, type Session } from './database.ts';
import type { Engine } from './engine.ts';
import { boundsText, decodeCounts, encodeCounts, parseBounds } from './histograms.ts';
import { segmentFiles } from './selection.ts';
import { internSeries, matchingSeries, parseSeries, seriesText } from './series.ts';
import { type Batch, HISTOGRAMS, SCALARS, SNAPSHOTS } from './tables.ts';

export const HOUR_NANOS = 3_600_000_000_000n;

export function internSnapshots(
  engine: Engine,
  key: SeriesKey,
  snapshots: readonly MetricSnapshot[],
): Batch[] {
  const { dictionary } = engine;
  const { series } = internSeries(dictionary, key);
  return snapshots.flatMap((snapshot) => {
    const id = engine.nextSnapshot++;
    const row: Batch = {
      table: SNAPSHOTS,
      length: 1,
      columns: [
        Uint32Array.of(id),
        Uint32Array.of(series),
        BigInt64Array.of(snapshot.timeNanos),
        Uint32Array.of(dictionary.intern('word', snapshot.source)),
        Uint32Array.of(dictionary.intern('word', snapshot.goVersion)),
        BigInt64Array.of(snapshot.processStartNanos),
        Uint32Array.of(snapshot.gomaxprocs),
        Uint32Array.of(Number(snapshot.timeNanos / HOUR_NANOS)),
        Uint32Array.of(0),
      ],
    };
    return [row, ...valueRows(engine, id, series, snapshot)];
  });
}

function valueRows(engine: Engine, id: number, series: number, snapshot: MetricSnapshot): Batch[] {
  const scalars = { name: [] as number[], value: [] as number[] };
  const histograms = {
    name: [] as number[],
    bounds: [] as number[],
    counts: [] as Uint8Array[],
  };
  for (const metric of snapshot.metrics.values()) {
    const name = engine.metricNames.intern(series, metric);
    if (typeof metric.value === 'number') {
      scalars.name.push(name);
      scalars.value.push(metric.value);
    } else {
      histograms.name.push(name);
      const bounds = boundsText(metric.value.bounds);
      histograms.bounds.push(engine.dictionary.intern('bounds', bounds));
      histograms.counts.push(encodeCounts(metric.value.counts));
    }
  }
  const of = (length: number) => new Uint32Array(length).fill(id);
  const [numbers, buckets] = [scalars.name.length, histograms.name.length];
  return [
    {
      table: SCALARS,
      length: numbers,
      columns: [of(numbers), Uint32Array.from(scalars.name), Float64Array.from(scalars.value)],
    },
    {
      table: HISTOGRAMS,
      length: buckets,
      columns: [
        of(buckets),
        Uint32Array.from(histograms.name),
        Uint32Array.from(histograms.bounds),
        histograms.counts,
      ],
    },
  ];
}

/** The snapshots of a series, ascending by time; with `names`, only these metrics of each. */
export async function readSnapshots(
  engine: Engine,
  session: Session,
  series: number,
  range: TimeRange,
  names?: readonly number[],
): Promise<MetricSnapshot[]> {
  const where = `series = ${series} AND time >= ${range.fromNanos} AND time < ${range.toNanos}`;
  const rows = await session.run(
    `SELECT id, time, source, go_version, process_start, gomaxprocs, segment
     FROM catalog.snapshots WHERE ${where} ORDER BY time, id`,
  );
  const [time, start] = [rows.bigints(1), rows.bigints(4)];
  const [source, version, procs] = [rows.numbers(2), rows.numbers(3), rows.numbers(5)];
  const metrics = new Map<number, Map<string, Metric>>();
  const snapshots = Array.from(rows.numbers(0), (id, i): MetricSnapshot => {
    const values = new Map<string, Metric>();
    metrics.set(id, values);
    return {
      timeNanos: time[i] ?? 0n,
      source: parseSource(engine.dictionary.text('word', source[i] ?? 0)),
      goVersion: engine.dictionary.text('word', version[i] ?? 0),
      processStartNanos: start[i] ?? 0n,
      gomaxprocs: procs[i] ?? 0,
      metrics: values,
    };
  });
  const segments = [...new Set(rows.numbers(6))];
  const reader = new ValueReader(engine, session, segments, where, names);
  await reader.scalars(metrics);
  await reader.histograms(metrics);
  return snapshots;
}

class ValueReader {
  readonly #engine: Engine;
  readonly #session: Session;
  readonly #segments: readonly number[];
  readonly #condition: string;

  constructor(
    engine: Engine,
    session: Session,
    segments: readonly number[],
    where: string,
    names: readonly number[] | undefined,
  ) {
    this.#engine = engine;
    this.#session = session;
    this.#segments = segments;
    const ids = `snapshot IN (SELECT id FROM catalog.snapshots WHERE ${where})`;
    this.#condition = names === undefined ? ids : `name ${among(names)} AND ${ids}`;
  }

  async scalars(metrics: ReadonlyMap<number, Map<string, Metric>>): Promise<void> {
    const rows = await this.#read('scalars', 'snapshot, name, value');
    if (rows === undefined) return;
    const [name, value] = [rows.numbers(1), rows.numbers(2)];
    rows.numbers(0).forEach((snapshot, i) => {
      const metric = this.#engine.metricNames.get(name[i] ?? 0);
      metrics.get(snapshot)?.set(metric.name, { ...metric, value: value[i] ?? 0 });
    });
  }

  async histograms(metrics: ReadonlyMap<number, Map<string, Metric>>): Promise<void> {
    const rows = await this.#read('histograms', 'snapshot, name, bounds, counts');
    if (rows === undefined) return;
    const parsed = new Map<number, Float64Array>();
    const [name, boundsId, counts] = [rows.numbers(1), rows.numbers(2), rows.blobs(3)];
    rows.numbers(0).forEach((snapshot, i) => {
      const metric = this.#engine.metricNames.get(name[i] ?? 0);
      const id = boundsId[i] ?? 0;
      const bounds = parsed.get(id) ?? parseBounds(this.#engine.dictionary.text('bounds', id));
      parsed.set(id, bounds);
      const value = { counts: decodeCounts(counts[i] ?? new Uint8Array(0)), bounds };
      metrics.get(snapshot)?.set(metric.name, { ...metric, value });
    });
  }

  async #read(kind: 'scalars' | 'histograms', columns: string) {
    const files = segmentFiles(this.#engine, kind, this.#segments);
    const sources = this.#segments.includes(0) ? [`hot.${kind}`] : [];
    if (files.length > 0) sources.push(`read_parquet([${files.map(literal).join(', ')}])`);
    if (sources.length === 0) return undefined;
    const parts = sources.map((from) => `SELECT ${columns} FROM ${from} WHERE ${this.#condition}`);
    return this.#session.run(`${parts.join(' UNION ALL ')} ORDER BY snapshot, name`);
  }
}

function parseSource(text: string): MetricSnapshot['source'] {
  const sources = ['agent', 'memstats', 'prometheus', 'godebug'] as const;
  return sources.find((source) => source === text) ?? 'expvar';
}

export async function readSeries(
  engine: Engine,
  session: Session,
  query: MetricQuery,
): Promise<Series[]> {
  const { range, service, target, names, maxPoints, percentile } = query;
  const result: Series[] = [];
  for (const series of matchingSeries(engine.dictionary, service, target) ?? []) {
    const key = parseSeries(engine.dictionary.text('series', series));
    const labels = { service: key.service, ...key.labels };
    const ids = names.flatMap((name) => engine.metricNames.find(name));
    const snapshots = await readSnapshots(engine, session, series, range, ids);
    for (const name of names) {
      const measured = snapshots.filter(({ metrics }) => metrics.has(name));
      if (measured.length === 0) continue;
      const options = percentile === undefined ? { labels } : { labels, percentile };
      const joined = joinSnapshots(measured, name, range, maxPoints);
      result.push(
        joined === undefined
          ? averaged(gaugeSeries(measured, name, options), range, maxPoints ?? 0)
          : seriesOf(joined, name, options),
      );
    }
  }
  return result;
}

/**
 * At most `maxPoints` snapshots: of what only grows, the last of each step, so that a step's rate or
 * percentile is that of all its time. Undefined for a value of the moment: averages tell more.
 */
function joinSnapshots(
  snapshots: readonly MetricSnapshot[],
  name: string,
  range: TimeRange,
  maxPoints: number | undefined,
): readonly MetricSnapshot[] | undefined {
  if (maxPoints === undefined || snapshots.length <= maxPoints) return snapshots;
  const metric = snapshots[0]?.metrics.get(name);
  if (metric !== undefined && typeof metric.value === 'number' && !metric.cumulative) {
    return undefined;
  }
  const span = Number(range.toNanos - range.fromNanos);
  const last = new Map<number, MetricSnapshot>();
  for (const snapshot of snapshots) {
    const offset = Number(snapshot.timeNanos - range.fromNanos);
    last.set(Math.floor((offset / span) * Math.max(1, maxPoints)), snapshot);
  }
  return [...last.values()];
}

function averaged(series: Series, range: TimeRange, maxPoints: number): Series {
  const from = Number(range.fromNanos) / 1e6;
  const span = Number(range.toNanos - range.fromNanos) / 1e6;
  const steps = new Map<number, { time: number; sum: number; count: number }>();
  series.time.forEach((time, i) => {
    const step = Math.floor(((time - from) / span) * Math.max(1, maxPoints));
    const cell = steps.get(step) ?? { time, sum: 0, count: 0 };
    steps.set(step, cell);
    cell.sum += series.value[i] ?? Number.NaN;
    cell.count++;
  });
  const cells = [...steps.values()];
  return {
    ...series,
    time: Float64Array.from(cells, ({ time }) => time),
    value: Float64Array.from(cells, ({ sum, count }) => sum / count),
  };
}

export async function snapshotsOf(
  engine: Engine,
  session: Session,
  key: SeriesKey,
  range: TimeRange,
): Promise<MetricSnapshot[]> {
  const series = engine.dictionary.find('series', seriesText(key));
  return series === 0 ? [] : readSnapshots(engine, session, series, range);
}
