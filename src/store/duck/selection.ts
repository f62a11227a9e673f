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
  /** The longest of the profiles' periods, as pprof merges them. */
  readonly period: bigint;
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
    `SELECT segment, header, service, count(*), sum(duration)::BIGINT, min(start), max(start),
       max(period)
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
    period: rows.bigints(7).reduce((most, period) => (period > most ? period : most), 0n),
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
export function sampleRows(
  engine: Engine,
  parts: readonly Part[],
  where: string,
  kind: 'samples' | 'wide' = 'samples',
): string | undefined {
  const width = parts[0]?.sampleTypes.length ?? 0;
  const headers = parts.flatMap((part) => part.headers);
  const values = Array.from({ length: width }, (_, slot) => `v${slot}`);
  const keys = ['profile', 'stack', 'labels', ...(kind === 'wide' ? ['label_set'] : [])];
  const columns = [...keys, ...values].join(', ');
  // The service alone leaves out most rows, before the profiles are compared.
  const select = (from: string, of: readonly Part[], segment: string) =>
    `SELECT ${columns} FROM ${from}
     WHERE service ${among(new Set(of.flatMap(({ services }) => services)))}
     AND profile IN (SELECT id FROM catalog.profiles
       WHERE ${where} AND header ${among(headers)} AND segment ${segment})`;
  const table = `${kind}_${width}`;
  const hot = parts.filter(({ segment }) => segment === 0);
  const closed = parts.filter(({ segment }) => segment !== 0);
  const sources: string[] = [];
  if (hot.length > 0 && engine.files.hotTables.has(table)) {
    sources.push(select(`hot.${table}`, hot, '= 0'));
  }
  const files = segmentFiles(
    engine,
    table,
    closed.map(({ segment }) => segment),
  );
  if (files.length > 0) {
    sources.push(select(`read_parquet([${files.map(literal).join(', ')}])`, closed, '<> 0'));
  }
  return sources.length === 0 ? undefined : sources.join(' UNION ALL ');
}

/** Paths of the files that hold rows of a kind for these segments. */
export function segmentFiles(engine: Engine, kind: string, ids: readonly number[]): string[] {
  const { folder } = engine.database;
  return engine.files.paths(kind, new Set(ids)).map((file) => `${folder}/${file}`);
}
