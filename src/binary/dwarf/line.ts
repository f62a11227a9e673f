/**
 * Line programs: machine code addresses → files and lines, versions 2 to 5.
 *
 * After DWARF 5, section 6.2 (and DWARF 4), as debug/dwarf/line.go of Go 1.26 reads it. Views,
 * columns, statement marks and discriminators are run over and dropped. Cost: a program is run once,
 * as a whole; a lookup is a binary search.
 */
import type { BinaryReader } from '../reader.ts';
import { Cursor } from './cursor.ts';

export interface LineStrings {
  readonly str: BinaryReader | undefined;
  readonly lineStr: BinaryReader | undefined;
}

interface Header {
  readonly version: number;
  readonly offsetSize: 4 | 8;
  readonly end: number;
  readonly program: number;
  readonly minimumLength: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operandCounts: readonly number[];
  readonly files: readonly string[];
}

/** Rows by rising address; a row holds until the next one. */
export interface LineTable {
  readonly address: Float64Array;
  readonly file: Int32Array;
  /** 0 in the row that ends a sequence: nothing is known from there on. */
  readonly line: Int32Array;
  readonly files: readonly string[];
}

interface Row {
  readonly address: number;
  readonly file: number;
  readonly line: number;
}

/** Runs the program at `offset`. `directory` is the unit's, which relative paths are joined to. */
export function readLineTable(
  section: BinaryReader,
  offset: number,
  addressSize: number,
  directory: string,
  strings: LineStrings,
): LineTable {
  const header = readHeader(new Cursor(section, offset), directory, strings);
  const rows: Row[] = [];
  runProgram(new Cursor(section, header.program), header, addressSize, rows);
  // Sequences may come in any order; within one, addresses only rise, and sorting is stable.
  rows.sort((a, b) => a.address - b.address || Number(a.line > 0) - Number(b.line > 0));
  return {
    address: Float64Array.from(rows, (row) => row.address),
    file: Int32Array.from(rows, (row) => row.file),
    line: Int32Array.from(rows, (row) => row.line),
    files: header.files,
  };
}

/** File and line at an address; undefined where the table says nothing. */
export function lineAt(
  table: LineTable,
  address: number,
): { file: string; line: number } | undefined {
  let [low, high] = [0, table.address.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((table.address[middle] ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  const line = table.line[low - 1] ?? 0;
  if (line === 0) return undefined;
  return { file: table.files[table.file[low - 1] ?? 0] ?? '', line };
}

function readHeader(cursor: Cursor, directory: string, strings: LineStrings): Header {
  const { reader } = cursor;
  const { length, offsetSize } = cursor.unitLength();
  const end = cursor.position + length;
  reader.need(cursor.position, length);
  const version = cursor.u16();
  if (version < 2 || version > 5) reader.fail(cursor.position, `line program version ${version}`);
  if (version === 5) cursor.skip(2);
  const headerLength = cursor.unsigned(offsetSize);
  const program = cursor.position + headerLength;
  if (program > end) reader.fail(cursor.position, 'the header of a line program is too long');
  const minimumLength = cursor.u8();
  if (version >= 4) cursor.skip(1);
  cursor.skip(1);
  const signed = cursor.u8();
  const lineRange = cursor.u8();
  if (lineRange === 0) reader.fail(cursor.position, 'a line program without a line range');
  const opcodeBase = cursor.u8();
  const operandCounts = Array.from({ length: Math.max(0, opcodeBase - 1) }, () => cursor.u8());
  const files =
    version === 5
      ? readFiles(cursor, offsetSize, directory, strings)
      : readOldFiles(cursor, directory);
  const lineBase = signed > 127 ? signed - 256 : signed;
  return {
    ...{ version, offsetSize, end, program, minimumLength },
    ...{ lineBase, lineRange, opcodeBase, operandCounts, files },
  };
}

/** Versions 2–4: file 1 is the first; directory 0 is that of the unit. */
function readOldFiles(cursor: Cursor, directory: string): string[] {
  const directories = [directory];
  for (let name = cursor.cstring(); name !== ''; name = cursor.cstring()) {
    directories.push(joined(directory, name));
  }
  const files = [''];
  for (let name = cursor.cstring(); name !== ''; name = cursor.cstring()) {
    files.push(joined(directories[cursor.uleb()] ?? '', name));
    cursor.uleb();
    cursor.uleb();
  }
  return files;
}

const LNCT_PATH = 1;
const LNCT_DIRECTORY_INDEX = 2;

/** Version 5: tables that describe their own columns; file 0 is the first. */
function readFiles(
  cursor: Cursor,
  offsetSize: number,
  directory: string,
  strings: LineStrings,
): string[] {
  const read = () => readEntries(cursor, offsetSize, strings);
  const directories = read().map((entry) => joined(directory, entry.path));
  return read().map((entry) => joined(directories[entry.directory] ?? '', entry.path));
}

function readEntries(
  cursor: Cursor,
  offsetSize: number,
  strings: LineStrings,
): { path: string; directory: number }[] {
  const format = Array.from({ length: cursor.u8() }, () => [cursor.uleb(), cursor.uleb()] as const);
  const count = cursor.uleb();
  // Every entry takes a byte at least.
  cursor.reader.need(cursor.position, format.length === 0 ? 0 : count);
  const entries: { path: string; directory: number }[] = [];
  for (let i = 0; i < count && format.length > 0; i++) {
    let [path, directory] = ['', 0];
    for (const [content, form] of format) {
      const value = readEntryForm(cursor, form, offsetSize, strings);
      if (content === LNCT_PATH && typeof value === 'string') path = value;
      if (content === LNCT_DIRECTORY_INDEX && typeof value === 'number') directory = value;
    }
    entries.push({ path, directory });
  }
  return entries;
}

function readEntryForm(
  cursor: Cursor,
  form: number,
  offsetSize: number,
  strings: LineStrings,
): string | number {
  switch (form) {
    case 0x08:
      return cursor.cstring();
    case 0x0e:
      return strings.str?.cstring(cursor.unsigned(offsetSize)) ?? '';
    case 0x1f:
      return strings.lineStr?.cstring(cursor.unsigned(offsetSize)) ?? '';
    case 0x0b:
      return cursor.u8();
    case 0x05:
      return cursor.u16();
    case 0x06:
      return cursor.u32();
    case 0x07:
      return cursor.u64();
    case 0x0f:
      return cursor.uleb();
    case 0x1e:
      cursor.skip(16);
      return 0;
    case 0x09:
      cursor.skip(cursor.uleb());
      return 0;
    default:
      return cursor.reader.fail(cursor.position, `form ${form} in a table of files`);
  }
}

function joined(directory: string, name: string): string {
  const isAbsolute = /^(?:[/\\]|[A-Za-z]:[/\\])/.test(name);
  return isAbsolute || directory === '' || name === '' ? name : `${directory}/${name}`;
}

/** The state machine of section 6.2.2. Appends a row whenever the program does. */
function runProgram(cursor: Cursor, header: Header, addressSize: number, rows: Row[]): void {
  const { minimumLength, lineBase, lineRange, opcodeBase } = header;
  let [address, file, line] = [0, 1, 1];
  const advance = (operations: number) => {
    address += operations * minimumLength;
  };
  while (cursor.position < header.end) {
    const opcode = cursor.u8();
    if (opcode >= opcodeBase) {
      advance(Math.floor((opcode - opcodeBase) / lineRange));
      line += lineBase + ((opcode - opcodeBase) % lineRange);
      rows.push({ address, file, line });
      continue;
    }
    switch (opcode) {
      case 0: {
        const length = cursor.uleb();
        const end = cursor.position + length;
        const extended = length > 0 ? cursor.u8() : -1;
        if (extended === 1) {
          rows.push({ address, file, line: 0 });
          [address, file, line] = [0, 1, 1];
        } else if (extended === 2) {
          address = cursor.unsigned(length - 1 === 4 ? 4 : addressSize);
        }
        cursor.position = end;
        break;
      }
      case 1:
        rows.push({ address, file, line });
        break;
      case 2:
        advance(cursor.uleb());
        break;
      case 3:
        line += cursor.sleb();
        break;
      case 4:
        file = cursor.uleb();
        break;
      case 8:
        advance(Math.floor((255 - opcodeBase) / lineRange));
        break;
      case 9:
        address += cursor.u16();
        break;
      default:
        // Columns, statement marks, and whatever a later version adds: only their length matters.
        for (let i = header.operandCounts[opcode - 1] ?? 0; i > 0; i--) cursor.uleb();
    }
  }
}
