/**
 * The embedded store: DuckDB tables for the hours that run, Parquet segments for those that are
 * over, pack files for original bytes. See docs/architecture.md for how they play together.
 */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Finding } from '../../explain/finding.ts';
import type { MetricSnapshot, Series } from '../../metrics/snapshot.ts';
import type { Profile } from '../../profile/profile.ts';
import type {
  FindingRecord,
  MergedProfile,
  MetricQuery,
  ProfileInfo,
  ProfileQuery,
  ProfileRecord,
  Retention,
  SampledQuery,
  SampledSeries,
  SeriesKey,
  ServiceInfo,
  Store,
  StoreStats,
  TimelineQuery,
  TimeRange,
} from '../store.ts';
import { among, type DatabaseLimits, lockedError } from './database.ts';
import { Engine } from './engine.ts';
import { headerText } from './header.ts';
import { internSamples } from './intern.ts';
import { HOUR_NANOS, internSnapshots, readSampled, readSeries, snapshotsOf } from './metrics.ts';
import { Originals, type PackedOriginal } from './originals.ts';
import { listProfileInfos, listServices } from './profilequeries.ts';
import {
  type LabelTotal,
  mergeProfiles,
  oneProfile,
  sampleLabelKeys,
  sampleLabelTotals,
} from './samplequeries.ts';
import { Segments } from './segments.ts';
import { internSeries, matchingSeries, parseSeries } from './series.ts';
import { type Batch, FINDINGS, PROFILES } from './tables.ts';
import { timelineSeries } from './timeline.ts';

/** The lock of a database file does not hold against its own process. */
const openFolders = new Set<string>();

export class DuckStore implements Store {
  readonly #folder: string;
  readonly #engine: Engine;
  readonly #segments: Segments;
  readonly #originals: Originals;
  #closed = false;

  private constructor(folder: string, engine: Engine, segments: Segments, originals: Originals) {
    this.#folder = folder;
    this.#engine = engine;
    this.#segments = segments;
    this.#originals = originals;
  }

  static async open(path: string, limits: DatabaseLimits): Promise<DuckStore> {
    const folder = resolve(path);
    if (openFolders.has(folder)) throw lockedError(folder);
    openFolders.add(folder);
    try {
      const engine = await Engine.open(folder, limits);
      const segments = await Segments.open(engine);
      return new DuckStore(folder, engine, segments, await Originals.open(folder));
    } catch (error) {
      openFolders.delete(folder);
      throw error;
    }
  }

  async ingest(records: readonly ProfileRecord[]): Promise<void> {
    if (records.length === 0) return;
    const places = await this.#keepOriginals(records);
    await this.#engine.write(() =>
      records.flatMap((record, i) => profileRows(this.#engine, record, places[i])),
    );
  }

  async #keepOriginals(
    records: readonly ProfileRecord[],
  ): Promise<readonly (PackedOriginal | undefined)[]> {
    const places: (PackedOriginal | undefined)[] = records.map(() => undefined);
    const byHour = Map.groupBy(records.keys(), (i) => hourOf(records[i]?.startNanos ?? 0n));
    for (const [hour, indices] of byHour) {
      const kept = indices.flatMap((i) => {
        const original = records[i]?.original;
        return original === undefined || original.length === 0 ? [] : [{ i, original }];
      });
      if (kept.length === 0) continue;
      const packed = await this.#originals.append(
        hour,
        kept.map(({ original }) => original),
      );
      kept.forEach(({ i }, at) => {
        places[i] = packed[at];
      });
    }
    return places;
  }

  ingestMetrics(key: SeriesKey, snapshots: readonly MetricSnapshot[]): Promise<void> {
    if (snapshots.length === 0) return Promise.resolve();
    return this.#engine.write(() => internSnapshots(this.#engine, key, snapshots));
  }

  putFindings(records: readonly FindingRecord[]): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    return this.#engine.write(() => [
      {
        table: FINDINGS,
        length: records.length,
        columns: [
          Uint32Array.from(records, ({ key }) => internSeries(this.#engine.dictionary, key).series),
          BigInt64Array.from(records, ({ atNanos }) => atNanos),
          BigInt64Array.from(records, ({ range }) => range.fromNanos),
          BigInt64Array.from(records, ({ range }) => range.toNanos),
          records.map(({ finding }) => JSON.stringify(finding)),
        ],
      },
    ]);
  }

  services(): Promise<readonly ServiceInfo[]> {
    return this.#engine.query((session) => listServices(this.#engine, session));
  }

  listProfiles(query: ProfileQuery, limit?: number): Promise<readonly ProfileInfo[]> {
    return this.#engine.query((session) => listProfileInfos(this.#engine, session, query, limit));
  }

  merged(query: ProfileQuery): Promise<MergedProfile> {
    return this.#engine.query((session) => mergeProfiles(this.#engine, session, query));
  }

  profile(id: string): Promise<Profile | undefined> {
    const number = parseId(id);
    if (number === undefined) return Promise.resolve(undefined);
    return this.#engine.query((session) => oneProfile(this.#engine, session, number));
  }

  async original(id: string): Promise<Uint8Array | undefined> {
    const number = parseId(id);
    if (number === undefined) return undefined;
    const place = await this.#engine.query(async (session) => {
      const rows = await session.run(
        `SELECT hour, pack_offset, pack_bytes FROM catalog.profiles
         WHERE id = ${number} AND pack_bytes > 0`,
      );
      const [hour, offset, bytes] = [rows.numbers(0)[0], rows.numbers(1)[0], rows.numbers(2)[0]];
      if (hour === undefined || offset === undefined || bytes === undefined) return undefined;
      return { hour, offset, bytes };
    });
    return place === undefined ? undefined : this.#originals.read(place.hour, place);
  }

  timeline(query: TimelineQuery): Promise<readonly Series[]> {
    return this.#engine.query((session) => timelineSeries(this.#engine, session, query));
  }

  metrics(query: MetricQuery): Promise<readonly Series[]> {
    return this.#engine.query((session) => readSeries(this.#engine, session, query));
  }

  sampledMetrics(query: SampledQuery): Promise<readonly SampledSeries[]> {
    return this.#engine.query((session) => readSampled(this.#engine, session, query));
  }

  metricSnapshots(key: SeriesKey, range: TimeRange): Promise<readonly MetricSnapshot[]> {
    return this.#engine.query((session) => snapshotsOf(this.#engine, session, key, range));
  }

  findings(range: TimeRange, service?: string): Promise<readonly FindingRecord[]> {
    return this.#engine.query(async (session) => {
      const series = matchingSeries(this.#engine.dictionary, service);
      const rows = await session.run(
        `SELECT series, found_at, range_from, range_to, finding FROM catalog.findings
         WHERE found_at >= ${range.fromNanos} AND found_at < ${range.toNanos}
         ${series === undefined ? '' : `AND series ${among(series)}`} ORDER BY found_at, rowid`,
      );
      const [at, from, to] = [rows.bigints(1), rows.bigints(2), rows.bigints(3)];
      const findings = rows.texts(4);
      return Array.from(rows.numbers(0), (id, i) => {
        const finding: Finding = JSON.parse(findings[i] ?? '');
        return {
          key: parseSeries(this.#engine.dictionary.text('series', id)),
          atNanos: at[i] ?? 0n,
          range: { fromNanos: from[i] ?? 0n, toNanos: to[i] ?? 0n },
          finding,
        };
      });
    });
  }

  labelValues(query: TimelineQuery, key: string, limit: number): Promise<readonly LabelTotal[]> {
    return this.#engine.query((session) =>
      sampleLabelTotals(this.#engine, session, query, key, limit),
    );
  }

  labelKeys(query: ProfileQuery): Promise<readonly string[]> {
    return this.#engine.query((session) => sampleLabelKeys(this.#engine, session, query));
  }

  async compact(options: { all?: boolean; nowNanos?: bigint } = {}): Promise<void> {
    const now = options.nowNanos ?? BigInt(Date.now()) * 1_000_000n;
    await this.#segments.close(options.all === true ? 0xffffffff : hourOf(now));
  }

  retain(retention: Retention, nowNanos: bigint): Promise<void> {
    return this.#segments.retain(retention, nowNanos, this.#originals);
  }

  async stats(): Promise<StoreStats> {
    const counts = await this.#engine.query((session) =>
      session.run(
        `SELECT count(*), count(*) FILTER (segment = 0),
           (SELECT count(*) FROM catalog.segments),
           (SELECT coalesce(sum(bytes), 0)::BIGINT FROM catalog.segments)
         FROM catalog.profiles`,
      ),
    );
    const [profiles, hotProfiles, segments, segmentBytes] = [0, 1, 2, 3].map(
      (column) => counts.numbers(column)[0] ?? 0,
    );
    const sizes = ['catalog.duckdb', 'catalog.duckdb.wal'].map((name) => this.#fileBytes(name));
    const hot = ['hot.duckdb', 'hot.duckdb.wal'].map((name) => this.#fileBytes(name));
    const sum = async (bytes: Promise<number>[]) =>
      (await Promise.all(bytes)).reduce((a, b) => a + b, 0);
    return {
      profiles: profiles ?? 0,
      hotProfiles: hotProfiles ?? 0,
      segments: segments ?? 0,
      columnBytes: (segmentBytes ?? 0) + (await sum(sizes)),
      originalBytes: await this.#originals.bytes(),
      hotBytes: await sum(hot),
    };
  }

  async #fileBytes(name: string): Promise<number> {
    const info = await stat(join(this.#folder, name)).catch(() => undefined);
    return info?.size ?? 0;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#engine.close();
      await this.#originals.close();
    } finally {
      openFolders.delete(this.#folder);
    }
  }
}

function profileRows(
  engine: Engine,
  record: ProfileRecord,
  original: PackedOriginal | undefined,
): Batch[] {
  const { dictionary } = engine;
  const { key, type, startNanos, durationNanos, profile } = record;
  const id = engine.nextProfile++;
  const { series, service } = internSeries(dictionary, key);
  const samples = internSamples(profile, id, service, engine);
  const row: Batch = {
    table: PROFILES,
    length: 1,
    columns: [
      Uint32Array.of(id),
      Uint32Array.of(series),
      Uint32Array.of(service),
      Uint32Array.of(dictionary.intern('header', headerText(type, profile))),
      BigInt64Array.of(startNanos),
      BigInt64Array.of(durationNanos),
      BigInt64Array.of(profile.timeNanos),
      BigInt64Array.of(profile.durationNanos),
      BigInt64Array.of(profile.period),
      Uint32Array.of(profile.samples.length),
      Uint32Array.of(profile.sampleTypes.length),
      Uint32Array.of(hourOf(startNanos)),
      Uint32Array.of(0),
      BigInt64Array.of(BigInt(original?.offset ?? 0)),
      Uint32Array.of(original?.bytes ?? 0),
    ],
  };
  return [row, ...samples];
}

function hourOf(nanos: bigint): number {
  return Number(nanos / HOUR_NANOS);
}

function parseId(id: string): number | undefined {
  return /^\d{1,10}$/.test(id) ? Number(id) : undefined;
}
