/**
 * Machine code of one function with the source line of every instruction.
 *
 * Not a disassembler: one is passed in, for the binary's architecture (a WebAssembly library in the
 * page, or `go tool objdump` read by objdump.ts where Go's own syntax is wanted). Bounds come from
 * the symbol table, as pprof takes them, or from the line table when the file is stripped, where
 * Go's own tools give up. Cost: linear in the function's size.
 */
import { bytesAt } from './executable.ts';
import type { GoBinary } from './gobinary.ts';
import type { FileLine } from './pclntab.ts';
import { valueInRuns } from './pcvalue.ts';
import { type CodeSymbol, type SymbolLookup, symbolLookup, textSymbols } from './symbols.ts';

export interface Instruction {
  readonly address: number;
  /** In bytes; at least 1. */
  readonly size: number;
  /** Mnemonic and operands; '?' = not decodable. */
  readonly text: string;
}

/** Decodes machine code of one architecture. */
export interface Disassembler {
  /** Instructions by rising address, from the first byte of `code`, which is loaded at `address`. */
  decode(code: Uint8Array, address: number, lookup: SymbolLookup): readonly Instruction[];
}

export interface SourceInstruction extends Instruction, FileLine {
  readonly bytes: Uint8Array;
}

/** All named pieces of code, by rising address: the symbol table's, or the line table's functions. */
export function codeSymbols(binary: GoBinary): CodeSymbol[] {
  const symbols = textSymbols(binary.file);
  const table = binary.tables?.table;
  if (symbols.length > 0 || table === undefined) return symbols;
  return Array.from({ length: table.functionCount }, (_, index) => ({
    name: table.name(index),
    start: table.entry(index),
    end: table.end(index),
  }));
}

/** The machine code of a symbol; undefined when the file does not hold it. */
export function codeOf(binary: GoBinary, symbol: CodeSymbol): Uint8Array | undefined {
  return bytesAt(binary.file, symbol.start, symbol.end - symbol.start);
}

/**
 * The instructions of a symbol with their source lines. Bytes that the disassembler leaves out are
 * missing from the result too. Throws DecodeError when the line table is broken there.
 */
export function disassemble(
  binary: GoBinary,
  symbol: CodeSymbol,
  disassembler: Disassembler,
  lookup: SymbolLookup = symbolLookup(codeSymbols(binary)),
): SourceInstruction[] {
  const code = codeOf(binary, symbol);
  if (code === undefined) return [];
  const lineOf = linesIn(binary, symbol);
  return disassembler.decode(code, symbol.start, lookup).map((instruction) => {
    const from = instruction.address - symbol.start;
    return {
      ...instruction,
      ...lineOf(instruction.address),
      bytes: code.subarray(from, from + instruction.size),
    };
  });
}

/** File and line of every instruction within a symbol, decoded once. */
function linesIn(binary: GoBinary, symbol: CodeSymbol): (address: number) => FileLine {
  const table = binary.tables?.table;
  const index = table?.find(symbol.start) ?? -1;
  if (table === undefined || index < 0) {
    return (address) => binary.lineAt(address) ?? { file: '', line: 0 };
  }
  const [entry, end] = [table.entry(index), table.end(index)];
  const [files, lines] = [table.fileRuns(index), table.lineRuns(index)];
  return (address) => {
    // A symbol of C code may go on where the line table knows nothing.
    if (address >= end) return binary.lineAt(address) ?? { file: '', line: 0 };
    const file = valueInRuns(files, address - entry);
    const line = valueInRuns(lines, address - entry);
    if (file < 0 || line < 0) return { file: '', line: 0 };
    return { file: table.fileName(index, file), line };
  };
}

/** Bytes as `go tool objdump` prints them: words of 32 bits where instructions are such words. */
export function formatBytes(bytes: Uint8Array, goarch: string): string {
  const text = (from: number, to: number, step: number) => {
    let hex = '';
    for (let i = from; i !== to; i += step) hex += (bytes[i] ?? 0).toString(16).padStart(2, '0');
    return hex;
  };
  if (bytes.length % 4 !== 0 || goarch === '386' || goarch === 'amd64') {
    return text(0, bytes.length, 1);
  }
  const isBig = goarch === 'ppc64' || goarch === 's390x';
  const words: string[] = [];
  for (let i = 0; i < bytes.length; i += 4) {
    words.push(isBig ? text(i, i + 4, 1) : text(i + 3, i - 1, -1));
  }
  return words.join(' ');
}
