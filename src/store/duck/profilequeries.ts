/**
 * What there is: services and lists of profiles. The catalog answers, samples are read only for
 * matchers on their labels.
 */
import type { ProfileInfo, ProfileQuery, ServiceInfo, TypeInfo } from '../store.ts';
import { among, type Session } from './database.ts';
import type { Engine } from './engine.ts';
import { matches } from './samplequeries.ts';
import { profilesWhere } from './selection.ts';
import { parseSeries } from './series.ts';
import { sumsByLabels } from './timeline.ts';

export async function listServices(engine: Engine, session: Session): Promise<ServiceInfo[]> {
  const services = new Map<string, ServiceBuilder>();
  const serviceOf = (series: number) => {
    const key = parseSeries(engine.dictionary.text('series', series));
    const known = services.get(key.service);
    const builder = known ?? new ServiceBuilder(key.service);
    services.set(key.service, builder);
    for (const [name, value] of Object.entries(key.labels)) builder.addLabel(name, value);
    return builder;
  };
  const profiles = await session.run(
    `SELECT series, header, count(*), min(start), max(start) FROM catalog.profiles
     GROUP BY ALL ORDER BY ALL`,
  );
  const [series, header, count] = [profiles.numbers(0), profiles.numbers(1), profiles.numbers(2)];
  const [first, last] = [profiles.bigints(3), profiles.bigints(4)];
  for (let i = 0; i < profiles.length; i++) {
    const builder = serviceOf(series[i] ?? 0);
    const { type, sampleTypes } = engine.headers.get(header[i] ?? 0);
    builder.addType({ type, sampleTypes, profiles: count[i] ?? 0 });
    builder.addTimes(first[i] ?? 0n, last[i] ?? 0n);
  }
  await addMetrics(engine, session, serviceOf);
  return [...services.values()]
    .map((builder) => builder.finish())
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

async function addMetrics(
  engine: Engine,
  session: Session,
  serviceOf: (series: number) => ServiceBuilder,
): Promise<void> {
  const snapshots = await session.run(
    'SELECT series, min(time), max(time) FROM catalog.snapshots GROUP BY ALL ORDER BY ALL',
  );
  const [first, last] = [snapshots.bigints(1), snapshots.bigints(2)];
  snapshots.numbers(0).forEach((series, i) => {
    const builder = serviceOf(series);
    builder.addTimes(first[i] ?? 0n, last[i] ?? 0n);
    for (const name of engine.metricNames.of(series)) builder.addMetric(name);
  });
}

class ServiceBuilder {
  readonly #service: string;
  #first: bigint | undefined;
  #last = 0n;
  readonly #types = new Map<string, TypeInfo>();
  readonly #labels = new Map<string, Set<string>>();
  readonly #metrics = new Set<string>();

  constructor(service: string) {
    this.#service = service;
  }

  addTimes(first: bigint, last: bigint): void {
    if (this.#first === undefined || first < this.#first) this.#first = first;
    if (last > this.#last) this.#last = last;
  }

  addType(info: TypeInfo): void {
    const known = this.#types.get(info.type);
    if (known === undefined) {
      this.#types.set(info.type, info);
      return;
    }
    const fresh = info.sampleTypes.filter(
      ({ type, unit }) => !known.sampleTypes.some((t) => t.type === type && t.unit === unit),
    );
    this.#types.set(info.type, {
      type: info.type,
      sampleTypes: [...known.sampleTypes, ...fresh],
      profiles: known.profiles + info.profiles,
    });
  }

  addLabel(name: string, value: string): void {
    const values = this.#labels.get(name);
    if (values === undefined) this.#labels.set(name, new Set([value]));
    else values.add(value);
  }

  addMetric(name: string): void {
    this.#metrics.add(name);
  }

  finish(): ServiceInfo {
    const labels = [...this.#labels].map(([name, values]) => [name, [...values].sort()]);
    return {
      service: this.#service,
      firstNanos: this.#first ?? 0n,
      lastNanos: this.#last,
      types: [...this.#types.values()].sort((a, b) => (a.type < b.type ? -1 : 1)),
      targetLabels: Object.fromEntries(labels),
      metrics: [...this.#metrics].sort(),
    };
  }
}

/** With sample labels in the query: the profiles that hold such samples. */
export async function listProfileInfos(
  engine: Engine,
  session: Session,
  query: ProfileQuery,
  limit: number | undefined,
): Promise<ProfileInfo[]> {
  const conditions = [profilesWhere(engine, query)];
  if (query.labels !== undefined && Object.keys(query.labels).length > 0) {
    conditions.push(`id ${among(await profilesWithLabels(engine, session, query))}`);
  }
  const rows = await session.run(
    `SELECT id, series, header, start, duration, samples, pack_bytes FROM catalog.profiles
     WHERE ${conditions.join(' AND ')} ORDER BY start, id
     ${limit === undefined ? '' : `LIMIT ${Math.max(0, Math.trunc(limit))}`}`,
  );
  const [id, series, header] = [rows.numbers(0), rows.numbers(1), rows.numbers(2)];
  const [start, duration] = [rows.bigints(3), rows.bigints(4)];
  const [samples, packBytes] = [rows.numbers(5), rows.numbers(6)];
  return Array.from(id, (profile, i) => ({
    id: String(profile),
    key: parseSeries(engine.dictionary.text('series', series[i] ?? 0)),
    type: engine.headers.get(header[i] ?? 0).type,
    startNanos: start[i] ?? 0n,
    durationNanos: duration[i] ?? 0n,
    samples: samples[i] ?? 0,
    originalBytes: packBytes[i] ?? 0,
  }));
}

async function profilesWithLabels(
  engine: Engine,
  session: Session,
  query: ProfileQuery,
): Promise<number[]> {
  const { labels: _, ...rest } = query;
  const sums = await sumsByLabels(engine, session, { ...rest, sampleType: '' }, (labels) =>
    matches(labels, query.labels) ? [''] : [],
  );
  return sums.map(({ profile }) => profile);
}
