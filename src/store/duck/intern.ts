/**
 * A profile → rows: its stacks and labels interned, its samples as columns.
 *
 * Only what samples refer to is kept. Cost: one table lookup a frame of each distinct stack, and
 * no allocation a sample.
 */
import { UserError } from '../../base/errors.ts';
import type { Profile, ValueColumn } from '../../profile/profile.ts';
import type { Dictionary } from './dictionary.ts';
import type { InternedLabels, LabelSets } from './labelsets.ts';
import { AddressWriter, HIGH, LOW } from './modules.ts';
import type { StackCache } from './stackcache.ts';
import { highHalf, type Symbols } from './symbols.ts';
import type { Batch } from './tables.ts';
import { samplesTable, TOTALS, wideTable } from './tables.ts';

const TWO_32 = 4294967296;
const UNSEEN = 0xffffffff;

/** What is known already. */
export interface Interned {
  readonly symbols: Symbols;
  readonly stacks: StackCache;
  readonly dictionary: Dictionary;
  readonly labelSets: LabelSets;
}

/** Samples and totals of the profile under its new id. */
export function internSamples(
  profile: Profile,
  id: number,
  service: number,
  interned: Interned,
): Batch[] {
  const { samples } = profile;
  const values = samples.values.map(exactValues);
  const stack = stacksOfSamples(profile, interned);
  const { labelSets } = interned;
  const sets = Array.from(
    { length: profile.labelSets.length },
    (_, set): InternedLabels | undefined => (set === 0 ? { id: 0, whole: undefined } : undefined),
  );
  const labels = new Uint32Array(samples.length);
  let wide = false;
  for (let i = 0; i < samples.length; i++) {
    const set = samples.labelSet[i] ?? 0;
    let known = sets[set];
    if (known === undefined) {
      known = labelSets.intern(profile, set);
      sets[set] = known;
    }
    labels[i] = known.id;
    if (known.whole !== undefined) wide = true;
  }
  const totals: Batch = {
    table: TOTALS,
    length: values.length,
    columns: [
      new Uint32Array(values.length).fill(id),
      Uint32Array.from(values.keys()),
      Float64Array.from(samples.values, total),
    ],
  };
  const rows = { id, service, stack, labels, values };
  if (!wide) return [plainSamples(rows), totals];
  const whole = Array.from(samples.labelSet, (set) => sets[set]?.whole);
  return [...wideSamples(rows, whole), totals];
}

interface SampleRows {
  readonly id: number;
  readonly service: number;
  readonly stack: Uint32Array;
  readonly labels: Uint32Array;
  readonly values: readonly BigInt64Array[];
}

function plainSamples({ id, service, stack, labels, values }: SampleRows): Batch {
  const of = (value: number) => new Uint32Array(stack.length).fill(value);
  const columns = [of(service), of(id), stack, labels, ...values];
  return { table: samplesTable(values.length), length: stack.length, columns };
}

/** Samples without bound on their labels: whole in one table, summed up without them in the other. */
function wideSamples(rows: SampleRows, whole: readonly (string | undefined)[]): Batch[] {
  const { id, service, values } = rows;
  const isWide = (_: unknown, i: number) => whole[i] !== undefined;
  const wide = selectRows(rows, isWide);
  const plain = selectRows(rows, (_, i) => whole[i] === undefined);
  const texts = whole.filter((text) => text !== undefined);
  const of = (value: number) => new Uint32Array(texts.length).fill(value);
  const columns = [of(service), of(id), wide.stack, wide.labels, texts, ...wide.values];
  return [
    plainSamples(plain),
    plainSamples(sumByStackAndLabels(wide)),
    { table: wideTable(values.length), length: texts.length, columns },
  ];
}

function selectRows(
  { id, service, stack, labels, values }: SampleRows,
  keep: (_: unknown, index: number) => boolean,
): SampleRows {
  return {
    id,
    service,
    stack: stack.filter(keep),
    labels: labels.filter(keep),
    values: values.map((column) => column.filter(keep)),
  };
}

function sumByStackAndLabels({ id, service, stack, labels, values }: SampleRows): SampleRows {
  const rowOf = new Map<string, number>();
  const first: number[] = [];
  const row = Array.from(stack, (node, i) => {
    const key = `${node} ${labels[i]}`;
    let at = rowOf.get(key);
    if (at === undefined) {
      at = first.length;
      rowOf.set(key, at);
      first.push(i);
    }
    return at;
  });
  const sums = values.map((column) => {
    const sum = new BigInt64Array(first.length);
    column.forEach((value, i) => {
      const at = row[i] ?? 0;
      sum[at] = (sum[at] ?? 0n) + value;
    });
    return sum;
  });
  const at = (column: Uint32Array) => Uint32Array.from(first, (i) => column[i] ?? 0);
  return { id, service, stack: at(stack), labels: at(labels), values: sums };
}

/** The stored node of every sample's stack. */
function stacksOfSamples(profile: Profile, { symbols, dictionary, stacks }: Interned): Uint32Array {
  const { samples, stacks: table } = profile;
  const location = new LocationInterner(profile, symbols, dictionary);
  const nodeOf = new Uint32Array(table.length).fill(UNSEEN);
  const result = new Uint32Array(samples.length);
  let run = new Uint32Array(128);
  for (let i = 0; i < samples.length; i++) {
    const stack = samples.stack[i] ?? 0;
    let node = nodeOf[stack] ?? 0;
    if (node === UNSEEN) {
      const from = table.start[stack] ?? 0;
      const length = (table.start[stack + 1] ?? 0) - from;
      if (length > run.length) run = new Uint32Array(length * 2);
      for (let at = 0; at < length; at++) {
        run[at] = location.id(table.locations[from + at] ?? 0);
      }
      node = stacks.node(run, length);
      nodeOf[stack] = node;
    }
    result[i] = node;
  }
  return result;
}

/** Stored ids of a profile's locations and functions, found once each. */
class LocationInterner {
  readonly #profile: Profile;
  readonly #symbols: Symbols;
  readonly #addresses: AddressWriter;
  readonly #locations: Uint32Array;
  readonly #functions: Uint32Array;
  /** Stored string + 1 by string of the profile; names and system names are mostly the same. */
  readonly #strings: Uint32Array;

  constructor(profile: Profile, symbols: Symbols, dictionary: Dictionary) {
    this.#profile = profile;
    this.#symbols = symbols;
    this.#addresses = new AddressWriter(profile, dictionary);
    this.#locations = new Uint32Array(profile.locations.length);
    this.#functions = new Uint32Array(profile.functions.length);
    this.#strings = new Uint32Array(profile.strings.length);
  }

  id(location: number): number {
    const known = this.#locations[location] ?? 0;
    if (known !== 0) return known;
    const addresses = this.#addresses;
    addresses.resolve(location);
    const folded = this.#profile.locations.isFolded[location] ?? 0;
    const frame = this.#frame(location);
    const { module, low, high } = addresses;
    const id = this.#symbols.locations.intern(module, low, high, frame, folded);
    this.#locations[location] = id;
    return id;
  }

  /** Outermost line first, because a frame names the one it was inlined into. */
  #frame(location: number): number {
    const { lineStart, lineFunction, lineNumber, lineColumn } = this.#profile.locations;
    const from = lineStart[location] ?? 0;
    let frame = 0;
    for (let line = (lineStart[location + 1] ?? 0) - 1; line >= from; line--) {
      const number = lineNumber[line] ?? 0;
      const column = lineColumn[line] ?? 0;
      const id = this.#symbols.lines.intern(
        this.#function(lineFunction[line] ?? -1),
        number >>> 0,
        highHalf(number),
        column >>> 0,
        highHalf(column),
      );
      frame = this.#symbols.frames.intern(id, frame);
    }
    return frame;
  }

  #function(index: number): number {
    if (index < 0) return 0;
    const known = this.#functions[index] ?? 0;
    if (known !== 0) return known;
    const { functions } = this.#profile;
    const line = functions.startLine[index] ?? 0;
    const id = this.#symbols.functions.intern(
      this.#string(functions.name[index] ?? 0),
      this.#string(functions.systemName[index] ?? 0),
      this.#string(functions.filename[index] ?? 0),
      line >>> 0,
      highHalf(line),
    );
    this.#functions[index] = id;
    return id;
  }

  #string(index: number): number {
    const known = this.#strings[index] ?? 0;
    if (known !== 0) return known - 1;
    const id = this.#symbols.string(this.#profile.strings[index] ?? '');
    this.#strings[index] = id + 1;
    return id;
  }
}

/** The values as 64-bit integers, two halves at a time: a bigint for each would cost ten times more. */
function exactValues(values: ValueColumn): BigInt64Array {
  if (values instanceof BigInt64Array) return values;
  const result = new BigInt64Array(values.length);
  const halves = new Uint32Array(result.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const low = value >>> 0;
    const high = (value - low) / TWO_32;
    if (!Number.isInteger(high)) throw notWhole(value);
    halves[i * 2 + LOW] = low;
    halves[i * 2 + HIGH] = high;
  }
  return result;
}

function notWhole(value: number): UserError {
  return new UserError(
    'store.fraction',
    `Cannot store the value ${value}: the values of a profile must be whole numbers`,
    'use a smaller unit, for example nanoseconds for seconds',
  );
}

function total(values: ValueColumn): number {
  if (values instanceof BigInt64Array) {
    let sum = 0n;
    for (const value of values) sum += value;
    return Number(sum);
  }
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
