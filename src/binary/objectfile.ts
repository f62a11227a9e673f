/**
 * A binary at the place where a mapping of a profile loaded it: symbols, lines and instructions by
 * the profile's own addresses.
 *
 * The contract by which reports ask for machine code, and how it is met. By default it answers what
 * Go's pprof gets from a binary (cmd/pprof/pprof.go and cmd/internal/objfile of Go 1.26): one frame
 * for each address, the physical function with the line of the innermost call. With `inlined` it
 * gives all frames. What those give up on, stripped files, is answered from the line table.
 * Not a reader of files: who opens one passes its bytes on.
 */
import { DecodeError } from '../base/errors.ts';
import type { Mapping } from '../profile/profile.ts';
import { codeSymbols, type Disassembler } from './disassembly.ts';
import { bytesAt, type Executable, lazily, sectionNamed } from './executable.ts';
import type { GoBinary } from './gobinary.ts';
import type { Frame } from './inlining.ts';
import { type PcRuns, valueInRuns } from './pcvalue.ts';
import type { CodeSymbol, SymbolLookup } from './symbols.ts';

/** An instruction with the line of the innermost call. */
export interface ObjectInstruction {
  /** In the file. */
  readonly address: number;
  /** '?' = not decodable. */
  readonly text: string;
  readonly file: string;
  /** 0 = not Go code; -1 = Go code without a line (padding). */
  readonly line: number;
}

/** What reports ask of a binary. */
export interface ObjectCode {
  /** Path that it was opened by. */
  readonly name: string;
  /** GOARCH; '' = one that Go does not know. */
  readonly architecture: string;
  /** From an address of the profile to one in the file; 64 bits that wrap, as in Go. */
  addressInFile(address: bigint): bigint;
  /** Frames at an address of the profile, innermost first; empty where nothing is known. */
  framesAt(address: bigint): readonly Frame[];
  /** Symbols whose name matches (and, with an address other than 0, that hold it), by address. */
  symbols(matches: (name: string) => boolean, address: bigint): readonly CodeSymbol[];
  /** Instructions in [start, end) of the file; undefined when they cannot be had. */
  instructions(start: bigint, end: bigint): readonly ObjectInstruction[] | undefined;
}

export interface ObjectFile extends ObjectCode {
  readonly binary: GoBinary;
}

/** Opens the file of a mapping; or says in one line why that cannot be done. */
export type OpenObject = (mapping: Mapping) => ObjectCode | { readonly error: string };

export interface ObjectOptions {
  /** For the binary's architecture; without it there are no instructions. */
  readonly disassembler?: Disassembler | undefined;
  /** All frames of inlined calls, and names of symbols without lines. */
  readonly inlined?: boolean;
}

/** Symbols that mark places rather than name code (cmd/internal/disasm). */
const MARKS: ReadonlySet<string> = new Set([
  'runtime.text',
  'text',
  '_text',
  'runtime.etext',
  'etext',
  '_etext',
]);

/** A binary as it was loaded where `start` says; 0 = where the linker put it. */
export function objectFile(
  name: string,
  binary: GoBinary,
  start: bigint,
  options: ObjectOptions = {},
): ObjectFile {
  const { loadAddress } = binary.file;
  const isMoved = start !== 0n && loadAddress !== undefined;
  const offset = isMoved ? start - BigInt(loadAddress) : 0n;
  const inFile = (address: bigint) => BigInt.asUintN(64, address - offset);
  const lines = new GoLines(binary);
  const code = lazily(() => textSection(binary.file));
  return {
    name,
    architecture: binary.file.goarch,
    binary,
    addressInFile: inFile,
    framesAt(address) {
      const at = exact(inFile(address));
      if (at === undefined) return [];
      return tolerant(() => (options.inlined === true ? binary.framesAt(at) : lines.frames(at)));
    },
    symbols(matches, address) {
      const at = Number(address);
      return codeSymbols(binary).filter(
        ({ name: symbol, start: from, end }) =>
          matches(symbol) && (address === 0n || (from <= at && at < end)),
      );
    },
    instructions(from, to) {
      const { disassembler } = options;
      const text = code();
      if (disassembler === undefined || text === undefined) return undefined;
      const begin = Math.max(Number(from), text.start);
      const end = Math.min(Number(to), text.start + text.bytes.length);
      if (end <= begin) return [];
      const piece = text.bytes.subarray(begin - text.start, end - text.start);
      return disassembler
        .decode(piece, begin, symbolBefore(binary))
        .map(({ address, text: shown }) => ({ address, text: shown, ...lines.lineAt(address) }));
    },
  };
}

/** Go's tools show no lines where the tables are damaged. */
function tolerant(frames: () => readonly Frame[]): readonly Frame[] {
  try {
    return frames();
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

function exact(address: bigint): number | undefined {
  return address <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(address) : undefined;
}

function textSection(file: Executable): { start: number; bytes: Uint8Array } | undefined {
  const section = sectionNamed(file, '.text', '__text');
  if (section === undefined) return undefined;
  const bytes = bytesAt(file, section.address, section.fileSize);
  return bytes === undefined ? undefined : { start: section.address, bytes };
}

const lookups = new WeakMap<GoBinary, SymbolLookup>();

/** The symbol at an address as cmd/internal/disasm finds it: the last one that begins before it. */
function symbolBefore(binary: GoBinary): SymbolLookup {
  let lookup = lookups.get(binary);
  if (lookup === undefined) {
    const all = binary.file.symbols();
    const symbols: CodeSymbol[] =
      all.length === 0
        ? codeSymbols(binary)
        : all
            .filter((symbol) => !MARKS.has(symbol.name))
            .map(({ name, address, size }) => ({ name, start: address, end: address + size }));
    lookup = (address) => {
      const symbol = symbols[upperBound(symbols, address) - 1];
      return symbol !== undefined && symbol.start !== 0 && address < symbol.end
        ? symbol
        : undefined;
    };
    lookups.set(binary, lookup);
  }
  return lookup;
}

function upperBound(symbols: readonly CodeSymbol[], address: number): number {
  let [low, high] = [0, symbols.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((symbols[middle]?.start ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Lines as debug/gosym gives them; the tables of the function that was asked for last are kept. */
class GoLines {
  private readonly binary: GoBinary;
  private index = -1;
  private entry = 0;
  private end = 0;
  private files: PcRuns = { ends: [], values: [] };
  private lines: PcRuns = { ends: [], values: [] };

  constructor(binary: GoBinary) {
    this.binary = binary;
  }

  lineAt(address: number): { file: string; line: number } {
    const table = this.binary.tables?.table;
    if (table === undefined || !this.find(address)) return { file: '', line: 0 };
    const distance = address - this.entry;
    const file = table.fileName(this.index, valueInRuns(this.files, distance));
    return { file, line: valueInRuns(this.lines, distance) };
  }

  /** One frame; code that is not Go has one where DWARF knows its line. */
  frames(address: number): readonly Frame[] {
    const table = this.binary.tables?.table;
    if (table !== undefined && this.find(address)) {
      return [{ address, name: table.name(this.index), startLine: 0, ...this.lineAt(address) }];
    }
    const frame = this.binary.lineAt(address);
    const isKnown = frame !== undefined && (frame.file !== '' || frame.line !== 0);
    return isKnown ? [{ ...frame, startLine: 0 }] : [];
  }

  private find(address: number): boolean {
    if (this.index >= 0 && address >= this.entry && address < this.end) return true;
    const table = this.binary.tables?.table;
    this.index = table?.find(address) ?? -1;
    if (table === undefined || this.index < 0) return false;
    this.entry = table.entry(this.index);
    this.end = table.end(this.index);
    this.files = table.fileRuns(this.index);
    this.lines = table.lineRuns(this.index);
    return true;
  }
}
