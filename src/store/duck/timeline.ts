/**
 * Totals over time.
 *
 * Every profile's totals were added up when it came in, so that samples are read only to group by, or
 * to match, their labels. Many captures are joined inside the engine: what comes out is as long as
 * what is drawn.
 */
import type { Series } from '../../metrics/snapshot.ts';
import type { TimelineQuery } from '../store.ts';
import { among, type Session } from './database.ts';
import type { Engine } from './engine.ts';
import { matches } from './samplequeries.ts';
import { byShape, profilesWhere, sampleRows, select } from './selection.ts';
import { matchingSeries, parseSeries } from './series.ts';

/** More captures than this are joined in steps by the engine. */
const MAX_ROWS = 20_000;

/** A total of one capture, or of all captures of a series in one step of time. */
interface Point {
  readonly series: number;
  /** Of the first capture. */
  readonly startNanos: bigint;
  /** True for values of the moment, which are averaged; what took a while is added up. */
  readonly instant: boolean;
  /** Value of the sample label that is grouped by. */
  readonly group: string;
  readonly total: number;
}

/**
 * Without `maxPoints` there is one point for each time at which something was captured; with it, time
 * is cut into that many steps, where what adds up (a duration) is added and what is an instant is
 * averaged for each target.
 */
export async function timelineSeries(
  engine: Engine,
  session: Session,
  query: TimelineQuery,
): Promise<Series[]> {
  const groupBy = query.groupBy ?? '';
  const ofTarget = targetLabel(engine, query, groupBy);
  const byLabels = ofTarget === undefined || Object.keys(query.labels ?? {}).length > 0;
  const points = byLabels
    ? await labelledPoints(engine, session, query, ofTarget === undefined ? groupBy : '')
    : await totalPoints(engine, session, query);
  const groups = new Map<string, Point[]>();
  for (const point of points) {
    const name = ofTarget === undefined ? point.group : ofTarget(point.series);
    const list = groups.get(name);
    if (list === undefined) groups.set(name, [point]);
    else list.push(point);
  }
  const unit = unitOf(engine, query);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, list]) => {
      const labels = groupBy === '' ? {} : { [groupBy]: group };
      return { name: query.sampleType, unit, labels, ...joinPoints(list, query) };
    });
}

/** The label's value by series; undefined when no series has it, so that it is one of samples. */
function targetLabel(
  engine: Engine,
  { service, target }: TimelineQuery,
  name: string,
): ((series: number) => string) | undefined {
  if (name === '') return () => '';
  const { dictionary } = engine;
  const ids = matchingSeries(dictionary, service, target) ?? dictionary.texts('series').keys();
  const values = new Map<number, string>();
  for (const id of ids) {
    const value = id === 0 ? undefined : parseSeries(dictionary.text('series', id)).labels[name];
    if (value !== undefined) values.set(id, value);
  }
  return values.size === 0 ? undefined : (series) => values.get(series) ?? '';
}

function unitOf(engine: Engine, query: TimelineQuery): string {
  for (const id of engine.headers.ofType(query.type)) {
    const found = engine.headers.get(id).sampleTypes.find(({ type }) => type === query.sampleType);
    if (found !== undefined) return found.unit;
  }
  return '';
}

/** The totals of a sample type, joined in steps when there are very many. */
async function totalPoints(
  engine: Engine,
  session: Session,
  query: TimelineQuery,
): Promise<Point[]> {
  const where = profilesWhere(engine, query);
  const { range, maxPoints } = query;
  const joined = maxPoints !== undefined && (await countProfiles(session, where)) > MAX_ROWS;
  const step = joined ? `(start - ${range.fromNanos}) // ${stepNanos(query, maxPoints)}` : 'start';
  const instantTotal = joined ? 'avg(total)' : 'sum(total)';
  const points: Point[] = [];
  for (const [slot, headers] of slotsOf(engine, query)) {
    const rows = await session.run(
      `SELECT series, min(start), duration = 0 AS instant,
         CASE WHEN instant THEN ${instantTotal} ELSE sum(total) END
       FROM catalog.totals JOIN catalog.profiles ON id = profile
       WHERE slot = ${slot} AND header ${among(headers)} AND ${where}
       GROUP BY series, ${step}, instant ORDER BY ALL`,
    );
    const [start, instant, total] = [rows.bigints(1), rows.numbers(2), rows.numbers(3)];
    rows.numbers(0).forEach((series, i) => {
      points.push({
        series,
        startNanos: start[i] ?? 0n,
        instant: instant[i] === 1,
        group: '',
        total: total[i] ?? 0,
      });
    });
  }
  return points;
}

function stepNanos({ range }: TimelineQuery, maxPoints: number): bigint {
  const step = (range.toNanos - range.fromNanos) / BigInt(Math.max(1, Math.trunc(maxPoints)));
  return step > 0n ? step : 1n;
}

async function countProfiles(session: Session, where: string): Promise<number> {
  return (await session.run(`SELECT count(*) FROM catalog.profiles WHERE ${where}`)).scalar();
}

/** Where the sample type is in each header that has it: headers by slot. */
function slotsOf(engine: Engine, { type, sampleType }: TimelineQuery): Map<number, number[]> {
  const slots = new Map<number, number[]>();
  for (const id of engine.headers.ofType(type)) {
    const types = engine.headers.get(id).sampleTypes;
    const slot = types.findIndex((one) => one.type === sampleType);
    if (slot >= 0) slots.set(slot, [...(slots.get(slot) ?? []), id]);
  }
  return slots;
}

/** The sums of matching samples; grouped by a sample label unless `groupBy` is empty. */
async function labelledPoints(
  engine: Engine,
  session: Session,
  query: TimelineQuery,
  groupBy: string,
): Promise<Point[]> {
  const sums = await sumsByLabels(engine, session, query, (labels) => {
    if (!matches(labels, query.labels)) return [];
    if (groupBy === '') return [''];
    const own = labels.find((label) => label.length > 1 && label[0] === groupBy);
    return [own?.[1] ?? ''];
  });
  const rows = await session.run(
    `SELECT id, series, start, duration = 0 FROM catalog.profiles
     WHERE ${profilesWhere(engine, query)}`,
  );
  const [series, start, instant] = [rows.numbers(1), rows.bigints(2), rows.numbers(3)];
  const rowOf = new Map(Array.from(rows.numbers(0), (id, i) => [id, i]));
  return sums.flatMap(({ profile, group, total }) => {
    const i = rowOf.get(profile);
    if (i === undefined) return [];
    const point = { series: series[i] ?? 0, startNanos: start[i] ?? 0n, instant: instant[i] === 1 };
    return [{ ...point, group, total }];
  });
}

interface LabelSum {
  readonly profile: number;
  readonly group: string;
  readonly total: number;
}

/** Sums by profile and group of labels; `groupsOf` names the groups that a set belongs to. */
export async function sumsByLabels(
  engine: Engine,
  session: Session,
  query: TimelineQuery,
  groupsOf: (labels: readonly (readonly string[])[]) => readonly string[],
): Promise<LabelSum[]> {
  const sums = new Map<string, LabelSum>();
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

function joinPoints(points: readonly Point[], { range, maxPoints }: TimelineQuery): Columns {
  const span = Number(range.toNanos - range.fromNanos);
  const times = new Set(points.map(({ startNanos }) => startNanos));
  const exact = maxPoints === undefined || times.size <= maxPoints;
  const cells = new Map<number, Cell>();
  for (const point of points) {
    const offset = Number(point.startNanos - range.fromNanos);
    const step = exact ? offset : Math.floor((offset / span) * Math.max(1, maxPoints));
    const cell = cells.get(step) ?? new Cell();
    cells.set(step, cell);
    cell.add(point, offset, exact);
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

  add({ series, instant, total }: Point, offset: number, exact: boolean): void {
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
