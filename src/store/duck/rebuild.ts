/**
 * Rows → a profile: the stored stacks, frames and labels as tables of their own.
 *
 * Builds each table once with dense remapping columns, so the cost is one visit of every node on the
 * way to the root, and no allocation a sample.
 */
import { LabelSetBuilder } from '../../profile/labels.ts';
import type {
  FunctionTable,
  LocationTable,
  Mapping,
  Profile,
  StackTable,
  ValueColumn,
} from '../../profile/profile.ts';
import type { Dictionary } from './dictionary.ts';
import type { Header } from './header.ts';
import { labelOf, type StoredLabel } from './labelsets.ts';
import { AddressReader, HIGH, LOW } from './modules.ts';
import { type Symbols, wideNumber } from './symbols.ts';

export interface StoredSamples {
  /** Node of each sample's stack. */
  readonly stack: Uint32Array;
  /** Index into `labelSets`, one a sample; undefined = no sample has labels. */
  readonly labels?: Uint32Array;
  /** Set 0 is the empty one. */
  readonly labelSets: readonly (readonly StoredLabel[])[];
  readonly values: readonly ValueColumn[];
}

export interface ProfileTimes {
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
  readonly period: bigint;
}

export function rebuildProfile(
  samples: StoredSamples,
  header: Header,
  times: ProfileTimes,
  symbols: Symbols,
  dictionary: Dictionary,
): Profile {
  const builder = new TableBuilder(symbols);
  const { length } = samples.stack;
  const stacks = builder.stacks(samples.stack);
  const locations = builder.locations(header.mappings, dictionary);
  const functions = builder.functions();
  const labelSets = new LabelSetBuilder();
  const sets = samples.labelSets.map((labels) => labelSets.intern(labels.map(labelOf)));
  const labels = samples.labels ?? new Uint32Array(length);
  return {
    strings: builder.strings,
    sampleTypes: header.sampleTypes,
    defaultSampleType: header.defaultSampleType,
    mappings: header.mappings,
    functions,
    locations,
    stacks: stacks.table,
    labelSets: labelSets.finish((text) => builder.string(text)),
    samples: {
      length,
      stack: stacks.ofSample,
      labelSet: labels.map((set) => sets[set] ?? 0),
      values: samples.values,
    },
    periodType: header.periodType,
    ...times,
    comments: header.comments,
    dropFrames: header.dropFrames,
    keepFrames: header.keepFrames,
    docUrl: header.docUrl,
  };
}

/** The rule of the profile tables: floats while the sum of magnitudes stays below 2^53. */
export function exactColumn(values: BigInt64Array): ValueColumn {
  const floats = Float64Array.from(values, Number);
  let magnitude = 0;
  for (const value of floats) magnitude += Math.abs(value);
  return magnitude <= Number.MAX_SAFE_INTEGER ? floats : values;
}

class TableBuilder {
  readonly strings: string[] = [''];
  readonly #symbols: Symbols;
  readonly #stringIndex = new Map<string, number>([['', 0]]);
  /** Stored location → index + 1 in the profile, and back. */
  readonly #locationIndex: Uint32Array;
  readonly #locationIds: number[] = [];
  readonly #functionIndex: Uint32Array;
  readonly #functionIds: number[] = [];

  constructor(symbols: Symbols) {
    this.#symbols = symbols;
    this.#locationIndex = new Uint32Array(symbols.locations.length + 1);
    this.#functionIndex = new Uint32Array(symbols.functions.length + 1);
  }

  string(text: string): number {
    const known = this.#stringIndex.get(text);
    if (known !== undefined) return known;
    const index = this.strings.length;
    this.strings.push(text);
    this.#stringIndex.set(text, index);
    return index;
  }

  /** Distinct nodes become stacks, leaf first. */
  stacks(nodeOfSample: Uint32Array): { table: StackTable; ofSample: Uint32Array } {
    const { nodes } = this.#symbols;
    const stackOf = new Map<number, number>();
    const ofSample = new Uint32Array(nodeOfSample.length);
    const start = new Uint32Array(nodeOfSample.length + 1);
    let run = new Uint32Array(Math.max(64, nodeOfSample.length * 32));
    let size = 0;
    for (let i = 0; i < nodeOfSample.length; i++) {
      const leaf = nodeOfSample[i] ?? 0;
      let stack = stackOf.get(leaf);
      if (stack === undefined) {
        for (let node = leaf; node !== 0; node = nodes.at(node, 0)) {
          if (size === run.length) run = doubled(run);
          run[size++] = this.#location(nodes.at(node, 1));
        }
        stack = stackOf.size;
        stackOf.set(leaf, stack);
        start[stack + 1] = size;
      }
      ofSample[i] = stack;
    }
    const length = stackOf.size;
    const table = { length, start: start.slice(0, length + 1), locations: run.slice(0, size) };
    return { table, ofSample };
  }

  #location(id: number): number {
    const known = this.#locationIndex[id] ?? 0;
    if (known !== 0) return known - 1;
    this.#locationIds.push(id);
    this.#locationIndex[id] = this.#locationIds.length;
    return this.#locationIds.length - 1;
  }

  #function(id: number): number {
    if (id === 0) return -1;
    const known = this.#functionIndex[id] ?? 0;
    if (known !== 0) return known - 1;
    this.#functionIds.push(id);
    this.#functionIndex[id] = this.#functionIds.length;
    return this.#functionIds.length - 1;
  }

  locations(mappings: readonly Mapping[], dictionary: Dictionary): LocationTable {
    const stored = this.#symbols.locations;
    const { lines, frames } = this.#symbols;
    const ids = this.#locationIds;
    const { length } = ids;
    const addresses = new AddressReader(mappings, dictionary);
    const mapping = new Int32Array(length);
    const address = new BigUint64Array(length);
    const halves = new Uint32Array(address.buffer);
    const isFolded = new Uint8Array(length);
    const lineStart = new Uint32Array(length + 1);
    const lineFunction: number[] = [];
    const lineNumber: number[] = [];
    const lineColumn: number[] = [];
    for (let i = 0; i < length; i++) {
      const id = ids[i] ?? 0;
      addresses.resolve(stored.at(id, 0), stored.at(id, 1), stored.at(id, 2));
      mapping[i] = addresses.mapping;
      halves[i * 2 + LOW] = addresses.low;
      halves[i * 2 + HIGH] = addresses.high;
      isFolded[i] = stored.at(id, 4);
      for (let frame = stored.at(id, 3); frame !== 0; frame = frames.at(frame, 1)) {
        const line = frames.at(frame, 0);
        lineFunction.push(this.#function(lines.at(line, 0)));
        lineNumber.push(wideNumber(lines, line, 1));
        lineColumn.push(wideNumber(lines, line, 3));
      }
      lineStart[i + 1] = lineFunction.length;
    }
    return {
      length,
      id: countFromOne(length),
      mapping,
      address,
      isFolded,
      lineStart,
      lineFunction: Int32Array.from(lineFunction),
      lineNumber: Float64Array.from(lineNumber),
      lineColumn: Float64Array.from(lineColumn),
    };
  }

  functions(): FunctionTable {
    const stored = this.#symbols.functions;
    const { strings } = this.#symbols;
    const ids = this.#functionIds;
    const texts = (position: number) =>
      Int32Array.from(ids, (id) => this.string(strings[stored.at(id, position)] ?? ''));
    return {
      length: ids.length,
      id: countFromOne(ids.length),
      name: texts(0),
      systemName: texts(1),
      filename: texts(2),
      startLine: Float64Array.from(ids, (id) => wideNumber(stored, id, 3)),
    };
  }
}

function doubled(run: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(run.length * 2);
  larger.set(run);
  return larger;
}

function countFromOne(length: number): BigUint64Array {
  const ids = new BigUint64Array(length);
  const halves = new Uint32Array(ids.buffer);
  for (let i = 0; i < length; i++) halves[i * 2 + LOW] = i + 1;
  return ids;
}
