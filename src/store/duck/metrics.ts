/**
 * Metric snapshots ⇄ rows: a row a snapshot, a row a scalar, and a row a histogram with its counts
 * as sparse bytes. Closed hours are Parquet files sorted by (name, series, snapshot).
 */
import { seriesOf } from '../../metrics/series.ts';
import type { Metric, MetricSnapshot, Series } from '../../metrics/snapshot.ts';
import type { MetricQuery, SampledQuery, SampledSeries, SeriesKey, TimeRange } from '../store.ts';
import { among, literal, type Session } from './database.ts';
import type { Engine } from './engine.ts';
import { decodeCounts, encodeCounts, parseBounds } from './histograms.ts';
import { sampleSnapshots } from './metricsample.ts';
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
      histograms.bounds.push(engine.metricNames.internBounds(name, metric.value.bounds));
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

export function parseSource(text: string): MetricSnapshot['source'] {
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
    const snapshots = await sampleSnapshots(engine, session, {
      series,
      range,
      names: ids,
      maxPoints: maxPoints ?? Number.MAX_SAFE_INTEGER,
    });
    for (const name of names) {
      const measured = snapshots.filter(({ metrics }) => metrics.has(name));
      if (measured.length === 0) continue;
      const options = percentile === undefined ? { labels } : { labels, percentile };
      result.push(seriesOf(measured, name, options));
    }
  }
  return result;
}

/** The snapshots of every series of a service with these metrics alone, few enough to be drawn. */
export async function readSampled(
  engine: Engine,
  session: Session,
  query: SampledQuery,
): Promise<SampledSeries[]> {
  const { service, target, range, maxPoints } = query;
  const names = query.names.flatMap((name) => engine.metricNames.find(name));
  const result: SampledSeries[] = [];
  for (const series of matchingSeries(engine.dictionary, service, target) ?? []) {
    const options = { series, range, names, maxPoints };
    const snapshots = await sampleSnapshots(engine, session, options);
    const key = parseSeries(engine.dictionary.text('series', series));
    if (snapshots.length > 0) result.push({ key, snapshots });
  }
  return result;
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
