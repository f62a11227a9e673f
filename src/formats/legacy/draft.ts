/**
 * A legacy profile while it is read: few samples, plain objects, addresses without symbols.
 *
 * What all legacy formats share: one location per address, memory maps at the end, mappings guessed
 * from addresses (profile/legacy_profile.go of Go 1.26's pprof), and the way to Profile tables.
 */
import { LabelSetBuilder } from '../../profile/labels.ts';
import type { Mapping, Profile, ValueColumn, ValueType } from '../../profile/profile.ts';
import { framesToDrop } from './dropframes.ts';

export interface DraftMapping {
  start: bigint;
  limit: bigint;
  offset: bigint;
  file: string;
  buildId: string;
}

export interface DraftFunction {
  readonly name: string;
  readonly file: string;
}

export interface DraftLocation {
  address: bigint;
  mapping: DraftMapping | undefined;
  line: { readonly fn: DraftFunction; readonly number: number } | undefined;
}

export interface DraftSample {
  locations: DraftLocation[];
  values: bigint[];
  /** Label `bytes`; undefined = none. */
  readonly blockSize: bigint | undefined;
}

export const UINT64_MAX = (1n << 64n) - 1n;

export class Draft {
  sampleTypes: ValueType[] = [];
  periodType: ValueType | undefined;
  period = 0n;
  durationNanos = 0n;
  samples: DraftSample[] = [];
  mappings: DraftMapping[] = [];
  locations: DraftLocation[] = [];
  readonly byAddress = new Map<bigint, DraftLocation>();

  /** The location of an address; wraps at 64 bits, since callers subtract. */
  location(address: bigint): DraftLocation {
    const wrapped = BigInt.asUintN(64, address);
    let location = this.byAddress.get(wrapped);
    if (location === undefined) {
      location = { address: wrapped, mapping: undefined, line: undefined };
      this.byAddress.set(wrapped, location);
    }
    return location;
  }

  addSample(locations: DraftLocation[], values: bigint[], blockSize?: bigint): void {
    this.samples.push({ locations, values, blockSize });
  }

  /** Takes the leaf's duplicate out: stack walks and signal contexts both report it. */
  dropDuplicateLeaves(): void {
    for (const sample of this.samples) {
      const [leaf, caller] = sample.locations;
      if (leaf !== undefined && caller !== undefined && leaf.address === caller.address + 1n) {
        sample.locations.splice(1, 1);
      }
    }
  }

  /** Numbers what samples use, and finds a mapping for every address. */
  settle(mappings: readonly DraftMapping[]): void {
    this.mappings = massaged([...this.mappings, ...mappings]);
    this.renumber();
  }

  /** The same without maps (Java). */
  renumber(): void {
    this.locations = [...new Set(this.samples.flatMap((sample) => sample.locations))];
    this.fixMainMapping();
    let fake: DraftMapping | undefined;
    for (const location of this.locations) {
      const { address } = location;
      if (location.mapping !== undefined || address === 0n) continue;
      location.mapping = this.mappingOf(address);
      if (location.mapping !== undefined) continue;
      // Go's own text profiles have no maps at all.
      if (fake === undefined) {
        fake = { start: 0n, limit: UINT64_MAX, offset: 0n, file: '', buildId: '' };
        this.mappings.push(fake);
      }
      location.mapping = fake;
    }
  }

  private fixMainMapping(): void {
    const [first, second] = this.mappings;
    if (
      first?.file.startsWith('/anon_hugepage') &&
      second !== undefined &&
      first.limit === second.start
    ) {
      this.mappings.shift();
    }
    const main = this.mappings[0];
    if (main !== undefined && BigInt.asUintN(64, main.start - main.offset) === 0x400000n) {
      main.start = 0x400000n;
      main.offset = 0n;
    }
  }

  private mappingOf(address: bigint): DraftMapping | undefined {
    for (const mapping of this.mappings) {
      if (mapping.start <= address && address < mapping.limit) return mapping;
    }
    // The first part of a split mapping may be missing.
    for (const mapping of this.mappings) {
      if (mapping.offset === 0n) continue;
      if (mapping.start - mapping.offset <= address && address < mapping.start) {
        mapping.start -= mapping.offset;
        mapping.offset = 0n;
        return mapping;
      }
    }
    return undefined;
  }

  finish(): Profile {
    return tablesOf(this);
  }
}

/** Joins adjacent maps of one file and puts the main binary first (profile.massageMappings). */
function massaged(maps: readonly DraftMapping[]): DraftMapping[] {
  const mappings: DraftMapping[] = [];
  for (const mapping of maps) {
    const last = mappings.at(-1);
    if (last !== undefined && adjacent(last, mapping)) {
      last.limit = mapping.limit;
      if (mapping.file !== '') last.file = mapping.file;
      if (mapping.buildId !== '') last.buildId = mapping.buildId;
    } else {
      mappings.push(mapping);
    }
  }
  const main = mappings.findIndex(({ file }) => {
    const name = file.replaceAll('(deleted)', '').trim();
    return name !== '' && !/[.]so$|[.]so[._][0-9]+/.test(name) && !name.startsWith('[');
  });
  const [first, chosen] = [mappings[0], mappings[main]];
  if (main > 0 && first !== undefined && chosen !== undefined) {
    mappings[0] = chosen;
    mappings[main] = first;
  }
  return mappings;
}

function adjacent(a: DraftMapping, b: DraftMapping): boolean {
  if (a.file !== '' && b.file !== '' && a.file !== b.file) return false;
  if (a.buildId !== '' && b.buildId !== '' && a.buildId !== b.buildId) return false;
  if (a.limit !== b.start) return false;
  return a.offset === 0n || b.offset === 0n || a.offset + (a.limit - a.start) === b.offset;
}

class Strings {
  readonly all: string[] = [''];
  private readonly byText = new Map<string, number>([['', 0]]);

  index(text: string): number {
    let index = this.byText.get(text);
    if (index === undefined) {
      index = this.all.push(text) - 1;
      this.byText.set(text, index);
    }
    return index;
  }
}

function tablesOf(draft: Draft): Profile {
  const strings = new Strings();
  const { samples, locations, mappings } = draft;
  const functions = [...new Set(locations.flatMap(({ line }) => (line ? [line.fn] : [])))];
  const lines = locations.flatMap(({ line }) => (line === undefined ? [] : [line]));
  const lineStart = new Uint32Array(locations.length + 1);
  locations.forEach(({ line }, i) => {
    lineStart[i + 1] = (lineStart[i] ?? 0) + (line === undefined ? 0 : 1);
  });
  const mappingIndex = new Map(mappings.map((mapping, i) => [mapping, i]));
  const locationIndex = new Map(locations.map((location, i) => [location, i]));
  const functionIndex = new Map(functions.map((fn, i) => [fn, i]));
  const ids = (count: number) => BigUint64Array.from({ length: count }, (_, i) => BigInt(i + 1));
  const labelSets = new LabelSetBuilder();
  const labelSet = Uint32Array.from(samples, ({ blockSize }) =>
    labelSets.intern(
      blockSize === undefined ? [] : [{ key: 'bytes', number: blockSize, unit: '' }],
    ),
  );
  const stacks = samples.map((sample) => sample.locations.map((l) => locationIndex.get(l) ?? 0));
  const stackStart = new Uint32Array(samples.length + 1);
  stacks.forEach((stack, i) => {
    stackStart[i + 1] = (stackStart[i] ?? 0) + stack.length;
  });
  const names = {
    name: Int32Array.from(functions, (fn) => strings.index(fn.name)),
    filename: Int32Array.from(functions, (fn) => strings.index(fn.file)),
  };
  return {
    sampleTypes: draft.sampleTypes,
    defaultSampleType: '',
    mappings: mappings.map(mappingRow),
    functions: {
      length: functions.length,
      id: ids(functions.length),
      ...names,
      systemName: names.name,
      startLine: new Float64Array(functions.length),
    },
    locations: {
      length: locations.length,
      id: ids(locations.length),
      mapping: Int32Array.from(locations, ({ mapping }) =>
        mapping === undefined ? -1 : (mappingIndex.get(mapping) ?? -1),
      ),
      address: BigUint64Array.from(locations, ({ address }) => address),
      isFolded: new Uint8Array(locations.length),
      lineStart,
      lineFunction: Int32Array.from(lines, ({ fn }) => functionIndex.get(fn) ?? -1),
      lineNumber: Float64Array.from(lines, ({ number }) => number),
      lineColumn: new Float64Array(lines.length),
    },
    stacks: {
      length: samples.length,
      start: stackStart,
      locations: Uint32Array.from(stacks.flat()),
    },
    samples: {
      length: samples.length,
      stack: Uint32Array.from(samples, (_, i) => i),
      labelSet,
      values: draft.sampleTypes.map((_, i) => columnOf(samples.map((s) => s.values[i] ?? 0n))),
    },
    labelSets: labelSets.finish((text) => strings.index(text)),
    strings: strings.all,
    periodType: draft.periodType,
    period: draft.period,
    timeNanos: 0n,
    durationNanos: draft.durationNanos,
    comments: [],
    ...framesToDrop(draft.sampleTypes),
    docUrl: '',
  };
}

function mappingRow(mapping: DraftMapping, index: number): Mapping {
  return {
    ...mapping,
    id: BigInt(index + 1),
    hasFunctions: false,
    hasFilenames: false,
    hasLineNumbers: false,
    hasInlineFrames: false,
  };
}

function columnOf(values: readonly bigint[]): ValueColumn {
  let sum = 0n;
  for (const value of values) sum += value < 0n ? -value : value;
  return sum < 9007199254740992n ? Float64Array.from(values, Number) : BigInt64Array.from(values);
}
