/**
 * Queries that the catalog alone answers: services, lists of profiles, timelines of totals.
 */
import type { Series } from '../../metrics/snapshot.ts';
import type { ProfileInfo, ProfileQuery, ServiceInfo, TimelineQuery, TypeInfo } from '../store.ts';
import { among, type Session } from './database.ts';
import type { Engine } from './engine.ts';
import { matches } from './samplequeries.ts';
import { byShape, profilesWhere, sampleRows, select } from './selection.ts';
import { parseSeries } from './series.ts';

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
  const points = await labelledPoints(engine, session, { ...rest, sampleType: '' }, (labels) =>
    matches(labels, query.labels) ? [''] : [],
  );
  return points.map(({ profile }) => profile);
}

interface Point {
  readonly profile: number;
  readonly group: string;
  readonly total: number;
}

interface Capture {
  readonly series: number;
  readonly startNanos: bigint;
  readonly instant: boolean;
}

/**
 * Totals over time. Only a group by, or a matcher on, a sample label reads samples. Without
 * `maxPoints` there is one point for each time at which something was captured; with it, time is cut
 * into that many steps, where what adds up (a duration) is added and what is an instant is averaged
 * for each target.
 */
export async function timelineSeries(
  engine: Engine,
  session: Session,
  query: TimelineQuery,
): Promise<Series[]> {
  const captures = await capturesOf(engine, session, query);
  const groupBy = query.groupBy ?? '';
  const ofTarget = (capture: Capture) =>
    parseSeries(engine.dictionary.text('series', capture.series)).labels[groupBy] ?? '';
  const bySample = groupBy !== '' && !isTargetLabel(engine, captures, groupBy);
  const byLabels = bySample || Object.keys(query.labels ?? {}).length > 0;
  const points = byLabels
    ? await labelledPoints(engine, session, query, (labels) => {
        if (!matches(labels, query.labels)) return [];
        if (!bySample) return [''];
        const own = labels.find((label) => label.length > 1 && label[0] === groupBy);
        return [own?.[1] ?? ''];
      })
    : await totalPoints(engine, session, query);
  const unit = unitOf(engine, query);
  const groups = new Map<string, { capture: Capture; total: number }[]>();
  for (const { profile, group, total } of points) {
    const capture = captures.get(profile);
    if (capture === undefined) continue;
    const name = bySample || groupBy === '' ? group : ofTarget(capture);
    const list = groups.get(name);
    if (list === undefined) groups.set(name, [{ capture, total }]);
    else list.push({ capture, total });
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, list]) => {
      const labels = groupBy === '' ? {} : { [groupBy]: group };
      return { name: query.sampleType, unit, labels, ...joinPoints(list, query) };
    });
}

function isTargetLabel(
  engine: Engine,
  captures: ReadonlyMap<number, Capture>,
  name: string,
): boolean {
  const series = new Set(Array.from(captures.values(), (capture) => capture.series));
  return [...series].some(
    (id) => parseSeries(engine.dictionary.text('series', id)).labels[name] !== undefined,
  );
}

async function capturesOf(
  engine: Engine,
  session: Session,
  query: ProfileQuery,
): Promise<Map<number, Capture>> {
  const rows = await session.run(
    `SELECT id, series, start, duration = 0 FROM catalog.profiles
     WHERE ${profilesWhere(engine, query)}`,
  );
  const series = rows.numbers(1);
  const start = rows.bigints(2);
  const instant = rows.numbers(3);
  return new Map(
    Array.from(rows.numbers(0), (id, i) => [
      id,
      { series: series[i] ?? 0, startNanos: start[i] ?? 0n, instant: instant[i] === 1 },
    ]),
  );
}

function unitOf(engine: Engine, query: TimelineQuery): string {
  for (const id of engine.headers.ofType(query.type)) {
    const found = engine.headers.get(id).sampleTypes.find(({ type }) => type === query.sampleType);
    if (found !== undefined) return found.unit;
  }
  return '';
}

async function totalPoints(
  engine: Engine,
  session: Session,
  query: TimelineQuery,
): Promise<Point[]> {
  const slots = new Map<number, number[]>();
  for (const id of engine.headers.ofType(query.type)) {
    const types = engine.headers.get(id).sampleTypes;
    const slot = types.findIndex(({ type }) => type === query.sampleType);
    if (slot >= 0) slots.set(slot, [...(slots.get(slot) ?? []), id]);
  }
  const points: Point[] = [];
  for (const [slot, headers] of slots) {
    const rows = await session.run(
      `SELECT profile, total FROM catalog.totals JOIN catalog.profiles ON id = profile
       WHERE slot = ${slot} AND header ${among(headers)} AND ${profilesWhere(engine, query)}`,
    );
    const total = rows.numbers(1);
    rows.numbers(0).forEach((profile, i) => {
      points.push({ profile, group: '', total: total[i] ?? 0 });
    });
  }
  return points;
}

/** Sums by profile and group of labels; `groupsOf` names the groups that a set belongs to. */
async function labelledPoints(
  engine: Engine,
  session: Session,
  query: TimelineQuery,
  groupsOf: (labels: readonly (readonly string[])[]) => readonly string[],
): Promise<Point[]> {
  const sums = new Map<string, Point>();
  const add = (profile: number, group: string, total: number) => {
    const key = `${profile} ${group}`;
    sums.set(key, { profile, group, total: (sums.get(key)?.total ?? 0) + total });
  };
  const selected = await select(engine, session, query);
  for (const parts of byShape(selected.parts)) {
    const types = parts[0]?.sampleTypes ?? [];
    const slot = types.findIndex(({ type }) => type === query.sampleType);
    if (slot < 0 && query.sampleType !== '') continue;
    const value = slot < 0 ? '0' : `sum(v${slot})::DOUBLE`;
    const plain = sampleRows(engine, parts, selected.where);
    if (plain === undefined) continue;
    const rows = await session.run(`SELECT profile, labels, ${value} FROM (${plain}) GROUP BY ALL`);
    const [set, total] = [rows.numbers(1), rows.numbers(2)];
    let partial = false;
    rows.numbers(0).forEach((profile, i) => {
      const id = set[i] ?? 0;
      if (id !== 0 && engine.labelSets.isPartial(id)) partial = true;
      else
        for (const group of groupsOf(engine.labelSets.get(id))) add(profile, group, total[i] ?? 0);
    });
    const wide = partial ? sampleRows(engine, parts, selected.where, 'wide') : undefined;
    if (wide === undefined) continue;
    const whole = await session.run(
      `SELECT profile, label_set, ${value} FROM (${wide}) GROUP BY ALL`,
    );
    const [texts, wholeTotal] = [whole.texts(1), whole.numbers(2)];
    whole.numbers(0).forEach((profile, i) => {
      const labels: readonly (readonly string[])[] = JSON.parse(texts[i] ?? '[]');
      for (const group of groupsOf(labels)) add(profile, group, wholeTotal[i] ?? 0);
    });
  }
  return [...sums.values()];
}

interface Columns {
  readonly time: Float64Array;
  readonly value: Float64Array;
}

function joinPoints(
  points: readonly { readonly capture: Capture; readonly total: number }[],
  { range, maxPoints }: TimelineQuery,
): Columns {
  const span = Number(range.toNanos - range.fromNanos);
  const times = new Set(points.map(({ capture }) => capture.startNanos));
  const exact = maxPoints === undefined || times.size <= maxPoints;
  const cells = new Map<number, Cell>();
  for (const { capture, total } of points) {
    const offset = Number(capture.startNanos - range.fromNanos);
    const step = exact ? offset : Math.floor((offset / span) * Math.max(1, maxPoints));
    const cell = cells.get(step) ?? new Cell();
    cells.set(step, cell);
    cell.add(capture, offset, total, exact);
  }
  const sorted = [...cells].sort(([a], [b]) => a - b).map(([, cell]) => cell);
  const base = Number(range.fromNanos / 1000n) / 1000;
  const rest = Number(range.fromNanos % 1000n);
  return {
    time: Float64Array.from(sorted, (cell) => base + (cell.offset + rest) / 1e6),
    value: Float64Array.from(sorted, (cell) => cell.value()),
  };
}

/** What was captured in one step of time. */
class Cell {
  /** Of the first capture, nanoseconds after the range's begin. */
  offset = Infinity;
  #added = 0;
  readonly #instants = new Map<number, { sum: number; count: number }>();

  add({ series, instant }: Capture, offset: number, total: number, exact: boolean): void {
    this.offset = Math.min(this.offset, offset);
    if (!instant || exact) {
      this.#added += total;
      return;
    }
    const known = this.#instants.get(series) ?? { sum: 0, count: 0 };
    known.sum += total;
    known.count++;
    this.#instants.set(series, known);
  }

  value(): number {
    let value = this.#added;
    for (const { sum, count } of this.#instants.values()) value += sum / count;
    return value;
  }
}
