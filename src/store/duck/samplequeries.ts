/**
 * Queries that read samples: merging by stack, one profile back, label keys and values.
 */
import type { Mapping, Profile, ValueColumn, ValueType } from '../../profile/profile.ts';
import type { LabelMatchers, MergedProfile, ProfileQuery, TimelineQuery } from '../store.ts';
import { among, literal, type Session } from './database.ts';
import type { Engine } from './engine.ts';
import type { Header } from './header.ts';
import { labelFragments, type StoredLabel } from './labelsets.ts';
import { exactColumn, rebuildProfile, type StoredSamples } from './rebuild.ts';
import { byShape, type Part, sampleRows, select } from './selection.ts';

export async function mergeProfiles(
  engine: Engine,
  session: Session,
  query: ProfileQuery,
): Promise<MergedProfile> {
  const selected = await select(engine, session, query);
  const header = mergedHeader(engine, query.type, selected.headers);
  const columns = new MergedColumns(header.sampleTypes);
  for (const parts of byShape(selected.parts)) {
    const rows = matchingRows(engine, parts, selected.where, query.labels);
    if (rows === undefined) continue;
    const types = parts[0]?.sampleTypes ?? [];
    columns.add(types, await sumsByStack(session, rows, types.length));
  }
  const { profiles, durationNanos, firstNanos, lastNanos, period } = selected;
  const { stack, values } = columns.finish();
  const times = { timeNanos: firstNanos, durationNanos, period };
  const samples = { stack, values, labelSets: [] };
  const profile = rebuildProfile(samples, header, times, engine.symbols, engine.dictionary);
  return { profile, profiles, durationNanos, firstNanos, lastNanos };
}

interface StackSums {
  readonly stack: Float64Array;
  readonly values: readonly ValueColumn[];
}

async function sumsByStack(session: Session, rows: string, width: number): Promise<StackSums> {
  const sums = (type: string) =>
    Array.from({ length: width }, (_, slot) => `, sum(v${slot})::${type}`).join('');
  // A double holds a sum below 2^53 exactly, and is read without a bigint for each.
  const result = await session.run(
    `SELECT stack${sums('DOUBLE')} FROM (${rows}) GROUP BY stack ORDER BY stack`,
  );
  const values = Array.from({ length: width }, (_, slot) => result.numbers(slot + 1));
  if (values.every(isExact)) return { stack: result.numbers(0), values };
  const exact = await session.run(
    `SELECT stack${sums('BIGINT')} FROM (${rows}) GROUP BY stack ORDER BY stack`,
  );
  return {
    stack: exact.numbers(0),
    values: Array.from({ length: width }, (_, slot) => exactColumn(exact.bigints(slot + 1))),
  };
}

function isExact(values: Float64Array): boolean {
  let magnitude = 0;
  for (const value of values) magnitude += Math.abs(value);
  return magnitude <= Number.MAX_SAFE_INTEGER;
}

/** Sums of parts that may have different sample types, brought under one list of types. */
class MergedColumns {
  readonly #types: readonly ValueType[];
  readonly #parts: { readonly types: readonly ValueType[]; readonly sums: StackSums }[] = [];

  constructor(types: readonly ValueType[]) {
    this.#types = types;
  }

  add(types: readonly ValueType[], sums: StackSums): void {
    this.#parts.push({ types, sums });
  }

  finish(): { stack: Uint32Array; values: ValueColumn[] } {
    const [only] = this.#parts;
    if (only !== undefined && this.#parts.length === 1 && sameTypes(only.types, this.#types)) {
      return { stack: Uint32Array.from(only.sums.stack), values: [...only.sums.values] };
    }
    const rowOf = new Map<number, number>();
    for (const { sums } of this.#parts) {
      for (const stack of sums.stack) if (!rowOf.has(stack)) rowOf.set(stack, rowOf.size);
    }
    const values = this.#types.map((type) => this.#column(type, rowOf));
    return { stack: Uint32Array.from(rowOf.keys()), values };
  }

  #column(type: ValueType, rowOf: ReadonlyMap<number, number>): ValueColumn {
    const total = new BigInt64Array(rowOf.size);
    for (const { types, sums } of this.#parts) {
      const slot = types.findIndex((t) => t.type === type.type && t.unit === type.unit);
      const column = sums.values[slot];
      if (column === undefined) continue;
      sums.stack.forEach((stack, i) => {
        const row = rowOf.get(stack) ?? 0;
        total[row] = (total[row] ?? 0n) + BigInt(column[i] ?? 0);
      });
    }
    return exactColumn(total);
  }
}

function sameTypes(a: readonly ValueType[], b: readonly ValueType[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What the profiles have in common, and all that only some of them have. */
function mergedHeader(engine: Engine, type: string, ids: readonly number[]): Header {
  const headers = ids.map((id) => engine.headers.get(id));
  const [first] = headers;
  const sampleTypes = distinct(headers.flatMap((header) => header.sampleTypes));
  const mappings = distinct(
    headers.flatMap((header) => header.mappings.map((mapping) => ({ ...mapping, id: 0n }))),
  );
  return {
    type,
    sampleTypes,
    defaultSampleType: first?.defaultSampleType ?? '',
    periodType: first?.periodType,
    mappings: mappings.map((mapping: Mapping, i) => ({ ...mapping, id: BigInt(i + 1) })),
    comments: distinct(headers.flatMap((header) => header.comments)),
    dropFrames: first?.dropFrames ?? '',
    keepFrames: first?.keepFrames ?? '',
    docUrl: first?.docUrl ?? '',
  };
}

function distinct<Item>(items: readonly Item[]): Item[] {
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);
  return [...new Map(items.map((item) => [JSON.stringify(item, plain), item])).values()];
}

/** Rows of samples whose labels match; each sample is in it once. */
function matchingRows(
  engine: Engine,
  parts: readonly Part[],
  where: string,
  labels: LabelMatchers = {},
): string | undefined {
  const rows = sampleRows(engine, parts, where);
  const wanted = Object.entries(labels);
  if (wanted.length === 0 || rows === undefined) return rows;
  const width = parts[0]?.sampleTypes.length ?? 0;
  const columns = ['stack', ...Array.from({ length: width }, (_, slot) => `v${slot}`)].join(', ');
  const ids = engine.labelSets.matching(labels);
  const plain = `SELECT ${columns} FROM (${rows}) WHERE labels ${among(ids)}`;
  if (!wanted.some(([key]) => engine.labelSets.isWide(key))) return plain;
  const wide = sampleRows(engine, parts, where, 'wide');
  if (wide === undefined) return plain;
  const conditions = wanted.map(([key, value]) => {
    const holds = labelFragments(key, value).map((part) => `contains(label_set, ${literal(part)})`);
    return `(${holds.join(' OR ')})`;
  });
  // Sets whose wanted labels are all in the dictionary were found by their id.
  const rest = `SELECT ${columns} FROM (${wide})
     WHERE ${conditions.join(' AND ')} AND NOT labels ${among(ids)}`;
  return `${plain} UNION ALL ${rest}`;
}

export async function oneProfile(
  engine: Engine,
  session: Session,
  id: number,
): Promise<Profile | undefined> {
  const rows = await session.run(
    `SELECT header, segment, service, captured, length, period FROM catalog.profiles
     WHERE id = ${id}`,
  );
  if (rows.length === 0) return undefined;
  const header = engine.headers.get(rows.numbers(0)[0] ?? 0);
  const part: Part = {
    segment: rows.numbers(1)[0] ?? 0,
    headers: [rows.numbers(0)[0] ?? 0],
    services: [rows.numbers(2)[0] ?? 0],
    sampleTypes: header.sampleTypes,
  };
  const times = {
    timeNanos: rows.bigints(3)[0] ?? 0n,
    durationNanos: rows.bigints(4)[0] ?? 0n,
    period: rows.bigints(5)[0] ?? 0n,
  };
  const samples = await storedSamples(engine, session, part, id);
  return rebuildProfile(samples, header, times, engine.symbols, engine.dictionary);
}

async function storedSamples(
  engine: Engine,
  session: Session,
  part: Part,
  id: number,
): Promise<StoredSamples> {
  const width = part.sampleTypes.length;
  const columns = ['stack', 'labels', ...Array.from({ length: width }, (_, slot) => `v${slot}`)];
  const read = async (kind: 'samples' | 'wide') => {
    const rows = sampleRows(engine, [part], `id = ${id}`, kind);
    if (rows === undefined) return undefined;
    const list = [...columns, ...(kind === 'wide' ? ['label_set'] : [])].join(', ');
    return session.run(`SELECT ${list} FROM (${rows}) WHERE profile = ${id}`);
  };
  const builder = new SampleCollector(engine, width);
  const plain = await read('samples');
  if (plain !== undefined) {
    const values = Array.from({ length: width }, (_, slot) => plain.bigints(slot + 2));
    builder.addPlain(plain.numbers(0), plain.numbers(1), values);
  }
  if (!builder.hasPartial) return builder.finish();
  const wide = await read('wide');
  if (wide !== undefined) {
    const values = Array.from({ length: width }, (_, slot) => wide.bigints(slot + 2));
    builder.addWhole(wide.numbers(0), wide.texts(width + 2), values);
  }
  return builder.finish();
}

class SampleCollector {
  /** Samples were left out because another table has them with all their labels. */
  hasPartial = false;
  readonly #engine: Engine;
  readonly #stack: number[] = [];
  readonly #labels: number[] = [];
  readonly #values: bigint[][];
  readonly #sets: (readonly StoredLabel[])[] = [[]];
  readonly #setIndex = new Map<string, number>();

  constructor(engine: Engine, width: number) {
    this.#engine = engine;
    this.#values = Array.from({ length: width }, () => []);
  }

  addPlain(stack: Float64Array, labels: Float64Array, values: readonly BigInt64Array[]): void {
    const { labelSets } = this.#engine;
    stack.forEach((node, i) => {
      const id = labels[i] ?? 0;
      if (id !== 0 && labelSets.isPartial(id)) {
        this.hasPartial = true;
        return;
      }
      const set = id === 0 ? 0 : this.#set(String(id), () => labelSets.get(id));
      this.#push(node, set, values, i);
    });
  }

  addWhole(stack: Float64Array, sets: readonly string[], values: readonly BigInt64Array[]): void {
    stack.forEach((node, i) => {
      const text = sets[i] ?? '[]';
      this.#push(
        node,
        this.#set(text, () => parseLabels(text)),
        values,
        i,
      );
    });
  }

  #push(node: number, set: number, values: readonly BigInt64Array[], row: number): void {
    this.#stack.push(node);
    this.#labels.push(set);
    for (const [slot, column] of values.entries()) this.#values[slot]?.push(column[row] ?? 0n);
  }

  #set(key: string, labels: () => readonly StoredLabel[]): number {
    const known = this.#setIndex.get(key);
    if (known !== undefined) return known;
    const index = this.#sets.length;
    this.#sets.push(labels());
    this.#setIndex.set(key, index);
    return index;
  }

  finish(): StoredSamples {
    return {
      stack: Uint32Array.from(this.#stack),
      labels: Uint32Array.from(this.#labels),
      labelSets: this.#sets,
      values: this.#values.map((column) => exactColumn(BigInt64Array.from(column))),
    };
  }
}

function parseLabels(text: string): readonly StoredLabel[] {
  const labels: StoredLabel[] = JSON.parse(text);
  return labels;
}

/** Every key of the sample labels, wide ones included. */
export async function sampleLabelKeys(
  engine: Engine,
  session: Session,
  query: ProfileQuery,
): Promise<string[]> {
  const keys = new Set<string>();
  const selected = await select(engine, session, query);
  for (const parts of byShape(selected.parts)) {
    const rows = sampleRows(engine, parts, selected.where);
    if (rows === undefined) continue;
    const sets = await session.run(`SELECT DISTINCT labels FROM (${rows}) WHERE labels <> 0`);
    for (const set of sets.numbers(0)) {
      for (const [key = ''] of engine.labelSets.get(set)) keys.add(key);
    }
  }
  return [...keys].sort();
}

export interface LabelTotal {
  readonly value: string;
  readonly total: number;
}

/** Sum of a sample type for each value of a sample label, largest first. */
export async function sampleLabelTotals(
  engine: Engine,
  session: Session,
  query: TimelineQuery,
  key: string,
  limit: number,
): Promise<LabelTotal[]> {
  const totals = new Map<string, number>();
  const add = (labels: readonly StoredLabel[], total: number) => {
    const values = labels.flatMap((l) => (l.length > 1 && l[0] === key ? (l[1] ?? '') : []));
    for (const value of new Set(values)) totals.set(value, (totals.get(value) ?? 0) + total);
  };
  const selected = await select(engine, session, query);
  for (const parts of byShape(selected.parts)) {
    const types = parts[0]?.sampleTypes ?? [];
    const slot = types.findIndex(({ type }) => type === query.sampleType);
    const rows = slot < 0 ? undefined : sampleRows(engine, parts, selected.where);
    if (rows === undefined) continue;
    const sets = await session.run(
      `SELECT labels, sum(v${slot})::DOUBLE FROM (${rows}) WHERE labels <> 0 GROUP BY labels`,
    );
    const sums = sets.numbers(1);
    sets.numbers(0).forEach((set, i) => {
      if (matches(engine.labelSets.get(set), query.labels)) {
        add(engine.labelSets.get(set), sums[i] ?? 0);
      }
    });
    const wide = engine.labelSets.isWide(key)
      ? sampleRows(engine, parts, selected.where, 'wide')
      : undefined;
    if (wide === undefined) continue;
    const whole = await session.run(
      `SELECT label_set, labels, sum(v${slot})::DOUBLE FROM (${wide}) GROUP BY ALL`,
    );
    const [set, wholeSums] = [whole.numbers(1), whole.numbers(2)];
    whole.texts(0).forEach((text, i) => {
      // Values from before the key turned out to be wide are in the dictionary, and were counted.
      const counted = engine.labelSets.get(set[i] ?? 0);
      if (counted.some((label) => label.length > 1 && label[0] === key)) return;
      const labels = parseLabels(text);
      if (matches(labels, query.labels)) add(labels, wholeSums[i] ?? 0);
    });
  }
  return [...totals]
    .map(([value, total]) => ({ value, total }))
    .sort((a, b) => b.total - a.total || (a.value < b.value ? -1 : 1))
    .slice(0, limit);
}

export function matches(labels: readonly StoredLabel[], matchers: LabelMatchers = {}): boolean {
  return Object.entries(matchers).every(([key, value]) =>
    labels.some((label) => label.length > 1 && label[0] === key && label[1] === value),
  );
}
