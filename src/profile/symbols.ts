/**
 * Builds the symbol tables of a profile row by row: strings, functions, mappings, locations.
 *
 * Equal rows are joined, by the keys of pprof's merge (profile/merge.go of Go 1.26). For whoever
 * makes profiles out of other things, and for merging; decoders of pprof itself fill columns directly.
 */
import type { FunctionTable, LocationTable, Mapping } from './profile.ts';
import { RunInterner } from './runs.ts';

/** Integers of a row as a key; numbers take two. */
const FUNCTION_KEY = 5;
const LOCATION_KEY = 4;
const LINE_KEY = 5;

export interface FunctionRow {
  readonly name: string;
  readonly systemName: string;
  readonly filename: string;
  readonly startLine: number;
}

export interface LineRow {
  /** Index of a function; -1 = unknown. */
  readonly function: number;
  readonly line: number;
  readonly column: number;
}

export interface LocationRow {
  /** Index of a mapping; -1 = none. */
  readonly mapping: number;
  readonly address: bigint;
  readonly isFolded: boolean;
  /** Innermost first. */
  readonly lines: readonly LineRow[];
}

export class SymbolBuilder {
  readonly strings: string[] = [''];
  readonly mappings: Mapping[] = [];
  private readonly stringIndex = new Map<string, number>([['', 0]]);
  private readonly mappingIndex = new Map<string, number>();
  /** Rows as keys: three strings and the start line. */
  private readonly functionKeys = new RunInterner();
  /** Rows as keys: mapping, address and folding, then function, line and column of every line. */
  private readonly locationKeys = new RunInterner();
  private readonly locationRows: LocationRow[] = [];
  private readonly startLines: number[] = [];
  private key = new Uint32Array(64);
  private readonly number = new Float64Array(1);
  private readonly numberBits = new Uint32Array(this.number.buffer);

  string(text: string): number {
    const known = this.stringIndex.get(text);
    if (known !== undefined) return known;
    const index = this.strings.length;
    this.strings.push(text);
    this.stringIndex.set(text, index);
    return index;
  }

  function(row: FunctionRow): number {
    const { key } = this;
    key[0] = this.string(row.name);
    key[1] = this.string(row.systemName);
    key[2] = this.string(row.filename);
    this.putNumber(3, row.startLine);
    const index = this.functionKeys.intern(key, 0, FUNCTION_KEY);
    if (index === this.startLines.length) this.startLines.push(row.startLine);
    return index;
  }

  /** Joins mappings of the same build (or file), offset, and size rounded up to 4 KiB. */
  mapping(row: Mapping): number {
    const size = (BigInt.asUintN(64, row.limit - row.start) + 0xfffn) & ~0xfffn;
    const key = `${size}\0${row.offset}\0${row.buildId || row.file}`;
    const known = this.mappingIndex.get(key);
    if (known !== undefined) return known;
    const index = this.mappings.length;
    this.mappings.push({ ...row, id: BigInt(index + 1) });
    this.mappingIndex.set(key, index);
    return index;
  }

  location(row: LocationRow): number {
    const length = LOCATION_KEY + LINE_KEY * row.lines.length;
    if (length > this.key.length) this.key = new Uint32Array(length * 2);
    const { key } = this;
    key[0] = row.mapping;
    key[1] = Number(row.address & 0xffffffffn);
    key[2] = Number(row.address >> 32n);
    key[3] = row.isFolded ? 1 : 0;
    let at = LOCATION_KEY;
    for (const line of row.lines) {
      key[at] = line.function;
      this.putNumber(at + 1, line.line);
      this.putNumber(at + 3, line.column);
      at += LINE_KEY;
    }
    const index = this.locationKeys.intern(key, 0, length);
    if (index === this.locationRows.length) this.locationRows.push(row);
    return index;
  }

  private putNumber(at: number, value: number): void {
    this.number[0] = value;
    this.key[at] = this.numberBits[0] ?? 0;
    this.key[at + 1] = this.numberBits[1] ?? 0;
  }

  /** The finished tables; ids are 1…n. */
  finish(): { functions: FunctionTable; locations: LocationTable } {
    return { functions: this.functionTable(), locations: this.locationTable() };
  }

  private functionTable(): FunctionTable {
    const { length, values } = this.functionKeys.finish();
    const id = idsOf(length);
    const name = new Int32Array(length);
    const systemName = new Int32Array(length);
    const filename = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      name[i] = values[FUNCTION_KEY * i] ?? 0;
      systemName[i] = values[FUNCTION_KEY * i + 1] ?? 0;
      filename[i] = values[FUNCTION_KEY * i + 2] ?? 0;
    }
    return {
      length,
      id,
      name,
      systemName,
      filename,
      startLine: Float64Array.from(this.startLines),
    };
  }

  private locationTable(): LocationTable {
    const rows = this.locationRows;
    const { length } = rows;
    const lineStart = new Uint32Array(length + 1);
    rows.forEach((row, i) => {
      lineStart[i + 1] = (lineStart[i] ?? 0) + row.lines.length;
    });
    const lineCount = lineStart[length] ?? 0;
    const table = {
      length,
      id: idsOf(length),
      mapping: new Int32Array(length),
      address: new BigUint64Array(length),
      isFolded: new Uint8Array(length),
      lineStart,
      lineFunction: new Int32Array(lineCount),
      lineNumber: new Float64Array(lineCount),
      lineColumn: new Float64Array(lineCount),
    };
    let line = 0;
    for (const [i, row] of rows.entries()) {
      table.mapping[i] = row.mapping;
      table.address[i] = row.address;
      table.isFolded[i] = row.isFolded ? 1 : 0;
      for (const entry of row.lines) {
        table.lineFunction[line] = entry.function;
        table.lineNumber[line] = entry.line;
        table.lineColumn[line++] = entry.column;
      }
    }
    return table;
  }
}

/** 1…n. */
function idsOf(length: number): BigUint64Array {
  const id = new BigUint64Array(length);
  const halves = new Uint32Array(id.buffer);
  for (let i = 0; i < length; i++) halves[2 * i] = i + 1;
  return id;
}
