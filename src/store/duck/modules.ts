/**
 * Addresses that stay the same when a process starts again at another load address.
 *
 * An address inside a mapping is kept as an offset into the mapped file (module = file and build
 * id); the profile's own mappings bring the address back. Where that would not give exactly the same
 * mapping and address, the address is kept as it is.
 */
import type { Mapping, Profile } from '../../profile/profile.ts';
import type { Dictionary } from './dictionary.ts';
import { highHalf } from './symbols.ts';

const TWO_32 = 4294967296;
/** Halves of 64-bit integers lie in the platform's byte order. */
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
export const LOW = LITTLE_ENDIAN ? 0 : 1;
export const HIGH = 1 - LOW;

export type Module =
  /** Addresses are offsets into this file. */
  | { readonly kind: 'relative'; readonly file: string; readonly buildId: string }
  /** Addresses are as in the profile; `mapping` is an index into its mappings, -1 = none. */
  | {
      readonly kind: 'absolute';
      readonly mapping: number;
      readonly file: string;
      readonly buildId: string;
    };

/** Start, limit and offset of a mapping as numbers; undefined when an address in it may not be one. */
interface Span {
  readonly start: number;
  readonly limit: number;
  readonly offset: number;
}

function spanOf({ start, limit, offset }: Mapping): Span | undefined {
  const size = limit - start;
  const exact = BigInt(Number.MAX_SAFE_INTEGER);
  if (size <= 0n || limit > exact || offset > exact - size) return undefined;
  return { start: Number(start), limit: Number(limit), offset: Number(offset) };
}

function sameFile(a: { file: string; buildId: string }, b: { file: string; buildId: string }) {
  return a.file === b.file && a.buildId === b.buildId;
}

/** Gives every location of one profile its module and address. */
export class AddressWriter {
  readonly #profile: Profile;
  readonly #halves: Uint32Array;
  readonly #spans: (Span | undefined)[];
  readonly #relative: number[];
  readonly #absolute: number[];
  /** Results of the last `resolve`. */
  module = 0;
  low = 0;
  high = 0;

  constructor(profile: Profile, dictionary: Dictionary) {
    this.#profile = profile;
    const { address } = profile.locations;
    this.#halves = new Uint32Array(address.buffer, address.byteOffset, address.length * 2);
    const { mappings } = profile;
    const spans = mappings.map(spanOf);
    this.#spans = spans.map((span, index) =>
      unambiguous(mappings, spans, index) ? span : undefined,
    );
    const intern = (module: Module) => dictionary.intern('module', JSON.stringify(module));
    this.#relative = mappings.map(({ file, buildId }) =>
      intern({ kind: 'relative', file, buildId }),
    );
    this.#absolute = [{ file: '', buildId: '' }, ...mappings].map(({ file, buildId }, index) =>
      intern({ kind: 'absolute', mapping: index - 1, file, buildId }),
    );
  }

  resolve(location: number): void {
    const low = this.#halves[location * 2 + LOW] ?? 0;
    const high = this.#halves[location * 2 + HIGH] ?? 0;
    const mapping = this.#profile.locations.mapping[location] ?? -1;
    const address = high * TWO_32 + low;
    const span = this.#spans[mapping];
    if (span !== undefined && address >= span.start && address < span.limit) {
      const offset = address - span.start + span.offset;
      this.module = this.#relative[mapping] ?? 0;
      this.low = offset >>> 0;
      this.high = highHalf(offset);
      return;
    }
    this.module = this.#absolute[mapping + 1] ?? 0;
    this.low = low;
    this.high = high;
  }
}

/** No other mapping of the file holds any of the same offsets. */
function unambiguous(
  mappings: readonly Mapping[],
  spans: readonly (Span | undefined)[],
  index: number,
): boolean {
  const mapping = mappings[index];
  const span = spans[index];
  if (mapping === undefined || span === undefined) return false;
  return mappings.every((other, i) => {
    if (i === index || !sameFile(mapping, other)) return true;
    const otherSpan = spans[i];
    if (otherSpan === undefined) return false;
    const end = span.offset + span.limit - span.start;
    const otherEnd = otherSpan.offset + otherSpan.limit - otherSpan.start;
    return end <= otherSpan.offset || otherEnd <= span.offset;
  });
}

/** Where the offsets of a module lie in memory. */
interface Candidate {
  readonly mapping: number;
  readonly from: number;
  readonly to: number;
  /** Address minus offset. */
  readonly shift: number;
}

interface KnownModule {
  readonly module: Module;
  /** Of absolute addresses: the mapping. */
  readonly mapping: number;
  /** Of relative ones. */
  readonly candidates: readonly Candidate[];
}

/** Brings mappings and addresses back for the mappings of one profile, or of many together. */
export class AddressReader {
  readonly #mappings: readonly Mapping[];
  readonly #dictionary: Dictionary;
  readonly #modules: (KnownModule | undefined)[] = [];
  /** Results of the last `resolve`. `mapping` -1 = none. */
  mapping = -1;
  low = 0;
  high = 0;

  constructor(mappings: readonly Mapping[], dictionary: Dictionary) {
    this.#mappings = mappings;
    this.#dictionary = dictionary;
  }

  resolve(moduleId: number, low: number, high: number): void {
    const known = this.#modules[moduleId] ?? this.#read(moduleId);
    this.mapping = known.mapping;
    this.low = low;
    this.high = high;
    if (known.module.kind === 'absolute') return;
    const offset = high * TWO_32 + low;
    for (const { mapping, from, to, shift } of known.candidates) {
      if (offset < from || offset >= to) continue;
      this.mapping = mapping;
      this.low = (offset + shift) >>> 0;
      this.high = highHalf(offset + shift);
      return;
    }
  }

  #read(moduleId: number): KnownModule {
    const module: Module = JSON.parse(this.#dictionary.text('module', moduleId));
    const candidates = this.#mappings.flatMap((mapping, index) => {
      const span = sameFile(mapping, module) ? spanOf(mapping) : undefined;
      if (span === undefined) return [];
      const { start, limit, offset } = span;
      return [{ mapping: index, from: offset, to: offset + limit - start, shift: start - offset }];
    });
    const mapping = module.kind === 'absolute' ? this.#absoluteMapping(module) : -1;
    const known = { module, mapping, candidates };
    this.#modules[moduleId] = known;
    return known;
  }

  #absoluteMapping(module: Module & { readonly kind: 'absolute' }): number {
    if (module.mapping < 0) return -1;
    const same = this.#mappings[module.mapping];
    if (same !== undefined && sameFile(same, module)) return module.mapping;
    return this.#mappings.findIndex((mapping) => sameFile(mapping, module));
  }
}
