/**
 * Which profiles a query means, as SQL over the catalog, and where their samples are.
 */
import type { ValueType } from '../../profile/profile.ts';
import type { ProfileQuery } from '../store.ts';
import { among, literal, type Session } from './database.ts';
import type { Engine } from './engine.ts';
import { matchingSeries } from './series.ts';

/** A condition over catalog.profiles. */
export function profilesWhere(engine: Engine, query: ProfileQuery): string {
  const { fromNanos, toNanos } = query.range;
  const headers = engine.headers.ofType(query.type);
  const series = matchingSeries(engine.dictionary, query.service, query.target);
  const parts = [`start >= ${fromNanos} AND start < ${toNanos}`, `header ${among(headers)}`];
  if (series !== undefined) parts.push(`series ${among(series)}`);
  return parts.join(' AND ');
}

/** Profiles of one segment (0 = hot) with the same sample types. */
export interface Part {
  readonly segment: number;
  readonly headers: readonly number[];
  readonly sampleTypes: readonly ValueType[];
  readonly services: readonly number[];
}

export interface Selected {
  readonly where: string;
  readonly profiles: number;
  readonly durationNanos: bigint;
  readonly firstNanos: bigint;
  readonly lastNanos: bigint;
  readonly headers: readonly number[];
  readonly parts: readonly Part[];
}

export async function select(
  engine: Engine,
  session: Session,
  query: ProfileQuery,
): Promise<Selected> {
  const where = profilesWhere(engine, query);
  const rows = await session.run(
    `SELECT segment, header, service, count(*), sum(duration)::BIGINT, min(start), max(start)
     FROM catalog.profiles WHERE ${where} GROUP BY ALL ORDER BY ALL`,
  );
  const [segment, header, service] = [rows.numbers(0), rows.numbers(1), rows.numbers(2)];
  const [duration, first, last] = [rows.bigints(4), rows.bigints(5), rows.bigints(6)];
  const parts = new Map<string, Part & { headers: number[]; services: number[] }>();
  segment.forEach((id, i) => {
    const { sampleTypes } = engine.headers.get(header[i] ?? 0);
    const key = `${id} ${JSON.stringify(sampleTypes)}`;
    const part = parts.get(key) ?? { segment: id, headers: [], sampleTypes, services: [] };
    parts.set(key, part);
    addDistinct(part.headers, header[i] ?? 0);
    addDistinct(part.services, service[i] ?? 0);
  });
  return {
    where,
    profiles: rows.numbers(3).reduce((sum, count) => sum + count, 0),
    durationNanos: duration.reduce((sum, nanos) => sum + nanos, 0n),
    firstNanos: first.reduce((least, at) => (at < least ? at : least), first[0] ?? 0n),
    lastNanos: last.reduce((most, at) => (at > most ? at : most), 0n),
    headers: [...new Set(header)],
    parts: [...parts.values()],
  };
}

function addDistinct(list: number[], id: number): void {
  if (!list.includes(id)) list.push(id);
}

/** Parts whose rows have the same meaning can be read together. */
export function byShape(parts: readonly Part[]): (readonly Part[])[] {
  const groups = new Map<string, Part[]>();
  for (const part of parts) {
    const key = JSON.stringify(part.sampleTypes);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [part]);
    else group.push(part);
  }
  return [...groups.values()];
}

/**
 * The sample rows of parts of one shape as an SQL query with these columns: `profile`, `stack`,
 * `labels`, `v0`…; of `wide` rows also `label_set`. Undefined when there are none.
 */
export async function sampleRows(
  engine: Engine,
  session: Session,
  parts: readonly Part[],
  where: string,
  kind: 'samples' | 'wide' = 'samples',
): Promise<string | undefined> {
  const width = parts[0]?.sampleTypes.length ?? 0;
  const headers = parts.flatMap((part) => part.headers);
  const profiles = (segment: string) =>
    `profile IN (SELECT id FROM catalog.profiles
     WHERE ${where} AND header ${among(headers)} AND segment ${segment})`;
  const values = Array.from({ length: width }, (_, slot) => `v${slot}`);
  const columns = [
    'profile',
    'stack',
    'labels',
    ...(kind === 'wide' ? ['label_set'] : []),
    ...values,
  ];
  const list = columns.join(', ');
  const sources: string[] = [];
  const table = `${kind}_${width}`;
  if (parts.some(({ segment }) => segment === 0) && (await hotTableExists(session, table))) {
    sources.push(`SELECT ${list} FROM hot.${table} WHERE ${profiles('= 0')}`);
  }
  const closed = parts.filter(({ segment }) => segment !== 0);
  const files = await segmentFiles(
    engine,
    session,
    table,
    closed.map(({ segment }) => segment),
  );
  if (files.length > 0) {
    const services = [...new Set(closed.flatMap((part) => part.services))];
    sources.push(
      `SELECT ${list} FROM read_parquet([${files.map(literal).join(', ')}])
       WHERE service ${among(services)} AND ${profiles('<> 0')}`,
    );
  }
  return sources.length === 0 ? undefined : sources.join(' UNION ALL ');
}

async function hotTableExists(session: Session, name: string): Promise<boolean> {
  const rows = await session.run(
    `SELECT 1 FROM duckdb_tables() WHERE database_name = 'hot' AND table_name = ${literal(name)}`,
  );
  return rows.length > 0;
}

export async function segmentFiles(
  engine: Engine,
  session: Session,
  kind: string,
  ids: readonly number[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await session.run(
    `SELECT file FROM catalog.segments WHERE kind = ${literal(kind)} AND id ${among(ids)}`,
  );
  return rows.texts(0).map((file) => `${engine.database.folder}/${file}`);
}
