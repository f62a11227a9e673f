/**
 * Reads what `go tool objdump BINARY` prints: Go's own assembler syntax, from Go's own tool.
 *
 * The layout is that of cmd/internal/disasm.Print of Go 1.26, without -S and -gnu. Running the tool
 * is someone else's job. Lines that do not fit the layout are counted, not guessed at.
 */
import type { Disassembler, Instruction } from './disassembly.ts';
import type { CodeSymbol } from './symbols.ts';

export interface ObjdumpFunction {
  readonly name: string;
  /** File of the first instruction. */
  readonly file: string;
  readonly instructions: readonly ObjdumpInstruction[];
}

export interface ObjdumpInstruction extends Instruction {
  /** Last element of the file's path, and the line, as printed. */
  readonly file: string;
  readonly line: number;
  /** The bytes as printed, in hexadecimal. */
  readonly bytes: string;
}

export interface Objdump {
  readonly functions: readonly ObjdumpFunction[];
  /** Lines that were not understood. */
  readonly skipped: number;
}

const HEADER = /^TEXT (.*)\(SB\) ?(.*)$/;
const INSTRUCTION = /^ {2}(.*):(-?\d+)\t+0x([0-9a-f]+)\t+([0-9a-f]+(?: [0-9a-f]+)*)\t+(.*?)\t*$/;

export function parseObjdump(text: string): Objdump {
  const functions: { name: string; file: string; instructions: ObjdumpInstruction[] }[] = [];
  let skipped = 0;
  for (const line of text.split('\n')) {
    const header = HEADER.exec(line);
    const instruction = header === null ? INSTRUCTION.exec(line) : null;
    const current = functions.at(-1);
    if (header !== null) {
      functions.push({ name: header[1] ?? '', file: header[2] ?? '', instructions: [] });
    } else if (instruction !== null && current !== undefined) {
      const [, file = '', number = '', address = '', bytes = '', decoded = ''] = instruction;
      current.instructions.push({
        address: Number.parseInt(address, 16),
        size: bytes.replaceAll(' ', '').length / 2,
        text: decoded,
        file,
        line: Number(number),
        bytes,
      });
    } else if (line !== '') {
      skipped++;
    }
  }
  return { functions, skipped };
}

/** The output of the tool as a disassembler of the functions that it printed. */
export function objdumpDisassembler(objdump: Objdump): Disassembler {
  const starts = new Map<number, ObjdumpFunction>();
  for (const printed of objdump.functions) {
    const [first] = printed.instructions;
    if (first !== undefined) starts.set(first.address, printed);
  }
  return {
    decode(code, address) {
      const end = address + code.length;
      const printed = starts.get(address)?.instructions ?? [];
      return printed
        .filter((instruction) => instruction.address < end)
        .map(({ address: at, size, text }) => ({ address: at, size, text }));
    },
  };
}

/** The expression for `go tool objdump -s` that selects exactly this symbol. */
export function objdumpPattern(symbol: Pick<CodeSymbol, 'name'>): string {
  return `^${symbol.name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
}
