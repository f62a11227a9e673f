/**
 * Closed hours: hot rows become Parquet files, old files go.
 *
 * A file is written under a temporary name, synced and renamed; then one catalog transaction names it
 * and moves its profiles over; then the hot rows go. A crash between leaves a file that no row names
 * (removed on opening) or hot rows whose profile has a segment (likewise). Late data makes another
 * segment of its hour. Sorted by (service, stack, profile), because profiles of a service repeat its
 * stacks: columns shrink to runs, and a query of one service skips the others' row groups.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Retention } from '../store.ts';
import { among, createTable, literal, type Session } from './database.ts';
import type { Engine } from './engine.ts';
import { insertSegment, type SegmentFile } from './fileindex.ts';
import { publish, syncFolder } from './files.ts';
import { minuteSources } from './metricminutes.ts';
import type { Originals } from './originals.ts';
import { createProgress } from './progress.ts';
import { SymbolCollector } from './symbolgc.ts';
import { HISTOGRAMS, SCALARS } from './tables.ts';

const HOUR_NANOS = 3_600_000_000_000;
const FOLDER = 'segments';

interface Group {
  readonly hour: number;
  readonly headers: readonly number[];
  readonly type: string;
  readonly width: number;
}

/** A file to be written: where its rows come from and how they are sorted. */
interface Source {
  readonly kind: string;
  /** The hot table that must be there; named as the kind unless told. */
  readonly table?: string;
  readonly sql: string;
}

type WrittenFile = Pick<SegmentFile, 'kind' | 'file' | 'bytes' | 'rows'>;

export class Segments {
  readonly #engine: Engine;
  readonly #symbols: SymbolCollector;
  #nextId = 1;

  private constructor(engine: Engine) {
    this.#engine = engine;
    this.#symbols = new SymbolCollector(engine);
  }

  static async open(engine: Engine): Promise<Segments> {
    const segments = new Segments(engine);
    await mkdir(segments.#folder, { recursive: true });
    await segments.#recover();
    return segments;
  }

  get #folder(): string {
    return join(this.#engine.database.folder, FOLDER);
  }

  /** Clears what a crash may have left half-way. */
  async #recover(): Promise<void> {
    await this.#engine.database.session(async (session) => {
      const named = new Set((await session.run('SELECT file FROM catalog.segments')).texts(0));
      for (const name of await readdir(this.#folder)) {
        if (!named.has(`${FOLDER}/${name}`)) await rm(join(this.#folder, name));
      }
      const used = await session.run(
        `SELECT greatest((SELECT coalesce(max(id), 0) FROM catalog.segments),
           (SELECT coalesce(max(segment), 0) FROM catalog.profiles))`,
      );
      this.#nextId = used.scalar() + 1;
      await this.#deleteMoved(session);
    });
  }

  /** Hot rows that a segment has already. */
  async #deleteMoved(session: Session): Promise<void> {
    await session.transaction(async () => {
      for (const table of this.#engine.files.hotTables) {
        const [column, owner] = ownerOf(table);
        await session.run(
          `DELETE FROM hot.${table} WHERE ${column} NOT IN
           (SELECT id FROM catalog.${owner} WHERE segment = 0)`,
        );
      }
    });
  }

  /** Closes the hours before `hour`; one after the other, while queries and ingest go on. */
  async close(hour: number): Promise<void> {
    await this.#engine.flush();
    const groups = await this.#engine.database.session((session) => this.#groups(session, hour));
    for (const group of groups) await this.#closeProfiles(group);
    const hours = await this.#engine.database.run(
      `SELECT DISTINCT hour FROM catalog.snapshots WHERE segment = 0 AND hour < ${hour} ORDER BY hour`,
    );
    for (const metricHour of hours.numbers(0)) await this.#closeMetrics(metricHour);
    if (groups.length > 0 || hours.length > 0) await this.#shrinkHot();
  }

  async #groups(session: Session, before: number): Promise<Group[]> {
    const rows = await session.run(
      `SELECT DISTINCT hour, header, width FROM catalog.profiles
       WHERE segment = 0 AND hour < ${before} ORDER BY ALL`,
    );
    const [hour, header, width] = [rows.numbers(0), rows.numbers(1), rows.numbers(2)];
    const groups = new Map<string, Group & { headers: number[] }>();
    hour.forEach((at, i) => {
      const { type } = this.#engine.headers.get(header[i] ?? 0);
      const key = `${at} ${width[i]} ${type}`;
      const group = groups.get(key) ?? { hour: at, width: width[i] ?? 0, type, headers: [] };
      groups.set(key, group);
      group.headers.push(header[i] ?? 0);
    });
    return [...groups.values()];
  }

  async #closeProfiles({ hour, headers, type, width }: Group): Promise<void> {
    const values = Array.from({ length: width }, (_, slot) => `, v${slot}`).join('');
    const where = `segment = 0 AND hour = ${hour} AND header ${among(headers)}`;
    const source = (kind: string, columns: string): Source => ({
      kind,
      sql: `SELECT s.service, profile, stack, labels${columns}${values} FROM hot.${kind} s
        JOIN catalog.profiles ON id = profile WHERE ${where} AND id < :end
        ORDER BY s.service, stack, profile`,
    });
    await this.#move({
      owner: 'profiles',
      hour,
      type,
      where,
      sources: [source(`samples_${width}`, ''), source(`wide_${width}`, ', label_set')],
    });
  }

  async #closeMetrics(hour: number): Promise<void> {
    const where = `segment = 0 AND hour = ${hour}`;
    const source = (kind: string, columns: string): Source => ({
      kind,
      sql: `SELECT name, series, snapshot, ${columns} FROM hot.${kind}
        JOIN catalog.snapshots ON id = snapshot WHERE ${where} AND id < :end
        ORDER BY name, series, snapshot`,
    });
    await this.#move({
      owner: 'snapshots',
      hour,
      type: 'metrics',
      where,
      sources: [
        source(SCALARS.name, 'value'),
        source(HISTOGRAMS.name, 'bounds, counts'),
        ...minuteSources(`${where} AND id < :end`),
      ],
    });
  }

  async #move(move: {
    readonly owner: 'profiles' | 'snapshots';
    readonly hour: number;
    readonly type: string;
    readonly where: string;
    readonly sources: readonly Source[];
  }): Promise<void> {
    const { owner, hour, type, where, sources } = move;
    const id = this.#nextId++;
    const { database, gate, writes } = this.#engine;
    // What arrives from here on is left for another segment.
    const end = await database.run(`SELECT coalesce(max(id), 0) + 1 FROM catalog.${owner}`);
    const files = await database.session(async (session) => {
      const existing = this.#engine.files.hotTables;
      const written: WrittenFile[] = [];
      for (const source of sources) {
        if (!existing.has(source.table ?? source.kind)) continue;
        const sql = source.sql.replace(':end', String(end.scalar()));
        const file = await this.#writeFile(session, `${hour}-${id}-${source.kind}`, sql);
        if (file.rows > 0) written.push({ ...file, kind: source.kind });
        else await rm(join(database.folder, file.file));
      }
      return written;
    });
    await writes.run(() =>
      gate.exclusive(() =>
        database.session(async (session) => {
          await session.transaction(async () => {
            for (const file of files) await insertSegment(session, { ...file, id, type, hour });
            await session.run(
              `UPDATE catalog.${owner} SET segment = ${id} WHERE ${where} AND id < ${end.scalar()}`,
            );
          });
          await this.#deleteMoved(session);
          await this.#engine.files.load(database);
        }),
      ),
    );
  }

  async #writeFile(
    session: Session,
    name: string,
    sql: string,
  ): Promise<Omit<WrittenFile, 'kind'>> {
    const path = join(this.#folder, `${name}.parquet`);
    const temporary = `${path}.tmp`;
    const copied = await session.run(
      `COPY (${sql}) TO ${literal(temporary)}
       (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE 122880)`,
    );
    await publish(temporary, path);
    const { size } = await stat(path);
    return { file: `${FOLDER}/${name}.parquet`, bytes: size, rows: copied.scalar() };
  }

  /**
   * Deleted rows leave holes in the hot file. When it holds nothing any more it is begun anew, else
   * the holes are filled by the hour that runs.
   */
  async #shrinkHot(): Promise<void> {
    const { database, gate, writes } = this.#engine;
    await writes.run(() =>
      gate.exclusive(async () => {
        await database.run('CHECKPOINT catalog');
        if ((await this.#hotRows()) > 0) {
          await database.run('CHECKPOINT hot');
          return;
        }
        await database.run('DETACH hot');
        await rm(join(database.folder, 'hot.duckdb'));
        await rm(join(database.folder, 'hot.duckdb.wal'), { force: true });
        await database.attach('hot');
        await createProgress(database);
        for (const table of [SCALARS, HISTOGRAMS]) await database.run(createTable(table));
        await this.#engine.files.load(database);
      }),
    );
  }

  async #hotRows(): Promise<number> {
    return this.#engine.database.session(async (session) => {
      let rows = 0;
      for (const table of this.#engine.files.hotTables) {
        rows += (await session.run(`SELECT count(*) FROM hot.${table}`)).scalar();
      }
      return rows;
    });
  }

  /** Removes what is too old or too much, by whole segments, oldest first. */
  async retain(retention: Retention, nowNanos: bigint, originals: Originals): Promise<void> {
    await this.#engine.flush();
    const hourOf = (age: bigint) => Number((nowNanos - age) / BigInt(HOUR_NANOS));
    if (retention.originalsMaxAgeNanos !== undefined) {
      const before = hourOf(retention.originalsMaxAgeNanos);
      for (const hour of await originals.hours()) if (hour < before) await originals.remove(hour);
      await this.#forgetOriginals(before);
    }
    if (retention.maxAgeNanos !== undefined) {
      const before = hourOf(retention.maxAgeNanos);
      await this.close(before);
      await this.#remove(`hour < ${before}`);
      const cutoff = nowNanos - retention.maxAgeNanos;
      await this.#write((session) =>
        session.run(`DELETE FROM catalog.findings WHERE found_at < ${cutoff}`),
      );
    }
    if (retention.maxBytes !== undefined) await this.#removeBeyond(retention.maxBytes);
  }

  async #forgetOriginals(before: number): Promise<void> {
    await this.#write((session) =>
      session.run(
        `UPDATE catalog.profiles SET pack_bytes = 0 WHERE hour < ${before} AND pack_bytes > 0`,
      ),
    );
  }

  async #removeBeyond(maxBytes: bigint | number): Promise<void> {
    const rows = await this.#engine.database.run(
      'SELECT hour, sum(bytes)::BIGINT FROM catalog.segments GROUP BY hour ORDER BY hour DESC',
    );
    const [hour, bytes] = [rows.numbers(0), rows.numbers(1)];
    let kept = 0;
    for (let i = 0; i < rows.length; i++) {
      kept += bytes[i] ?? 0;
      if (kept <= Number(maxBytes)) continue;
      await this.#remove(`hour <= ${hour[i]}`);
      return;
    }
  }

  /** The rows go first: a crash before the files are gone leaves files that no row names. */
  async #remove(where: string): Promise<void> {
    const files = await this.#write(async (session) => {
      const rows = await session.run(`SELECT file FROM catalog.segments WHERE ${where}`);
      const closed = `SELECT id FROM catalog.profiles WHERE segment > 0 AND ${where}`;
      await session.transaction(async () => {
        await session.run(`DELETE FROM catalog.totals WHERE profile IN (${closed})`);
        await session.run(`DELETE FROM catalog.profiles WHERE segment > 0 AND ${where}`);
        await session.run(`DELETE FROM catalog.snapshots WHERE segment > 0 AND ${where}`);
        await session.run(`DELETE FROM catalog.segments WHERE ${where}`);
      });
      await this.#engine.files.load(this.#engine.database);
      return rows.texts(0);
    });
    if (files.length === 0) return;
    for (const file of files) await rm(join(this.#engine.database.folder, file), { force: true });
    await syncFolder(this.#folder);
    await this.#symbols.afterRemoval();
  }

  #write<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const { database, gate, writes } = this.#engine;
    return writes.run(() => gate.exclusive(() => database.session(work)));
  }
}

/** The column of a hot table that names the row it belongs to, and that row's table. */
function ownerOf(table: string): readonly [column: string, owner: string] {
  const ofMetrics = table === SCALARS.name || table === HISTOGRAMS.name;
  return ofMetrics ? ['snapshot', 'snapshots'] : ['profile', 'profiles'];
}
