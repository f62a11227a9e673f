/**
 * Builds the symbol tables of a profile row by row: strings, functions, mappings, locations.
 *
 * Equal rows are joined, by the keys of pprof's merge (profile/merge.go of Go 1.26). For whoever
 * makes profiles out of other things, and for merging; decoders of pprof itself fill columns directly.
 */
import { resized } from '../base/columns.ts';
import type { FunctionTable, LocationTable, Mapping } from './profile.ts';
import { RunInterner } from './runs.ts';

/** Integers of a row as a run; floats take two. */
const FUNCTION_RUN = 5;
const LOCATION_RUN = 4;
const LINE_RUN = 5;

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
  /** A run for every function: three strings and the start line. */
  private readonly functions = new RunInterner();
  /** A run for every location: mapping, address, folding, then function, line and column of every line. */
  private readonly locations = new RunInterner();
  private readonly functionRun = new Uint32Array(FUNCTION_RUN);
  /** The location that is being built. */
  private run = new Uint32Array(64);
  private runLength = 0;
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
    const run = this.functionRun;
    run[0] = this.string(row.name);
    run[1] = this.string(row.systemName);
    run[2] = this.string(row.filename);
    this.putNumber(run, 3, row.startLine);
    return this.functions.intern(run, 0, FUNCTION_RUN);
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
    const low = Number(row.address & 0xffffffffn);
    this.beginLocation(row.mapping, low, Number(row.address >> 32n), row.isFolded);
    for (const line of row.lines) this.addLine(line.function, line.line, line.column);
    return this.endLocation();
  }

  /** The same in steps, without an object for every row: the address comes as unsigned halves. */
  beginLocation(mapping: number, low: number, high: number, isFolded: boolean): void {
    const { run } = this;
    run[0] = mapping;
    run[1] = low;
    run[2] = high;
    run[3] = isFolded ? 1 : 0;
    this.runLength = LOCATION_RUN;
  }

  /** Innermost first. */
  addLine(fn: number, line: number, column: number): void {
    if (this.runLength + LINE_RUN > this.run.length) {
      this.run = resized(this.run, this.run.length * 2, (n) => new Uint32Array(n));
    }
    const { run, runLength } = this;
    run[runLength] = fn;
    this.putNumber(run, runLength + 1, line);
    this.putNumber(run, runLength + 3, column);
    this.runLength = runLength + LINE_RUN;
  }

  endLocation(): number {
    return this.locations.intern(this.run, 0, this.runLength);
  }

  private putNumber(run: Uint32Array, at: number, value: number): void {
    this.number[0] = value;
    run[at] = this.numberBits[0] ?? 0;
    run[at + 1] = this.numberBits[1] ?? 0;
  }

  private numberAt(values: Uint32Array, at: number): number {
    this.numberBits[0] = values[at] ?? 0;
    this.numberBits[1] = values[at + 1] ?? 0;
    return this.number[0] ?? 0;
  }

  /** The finished tables; ids are 1…n. */
  finish(): { functions: FunctionTable; locations: LocationTable } {
    return { functions: this.functionTable(), locations: this.locationTable() };
  }

  private functionTable(): FunctionTable {
    const { length, values } = this.functions.finish();
    const table = {
      length,
      id: idsOf(length),
      name: new Int32Array(length),
      systemName: new Int32Array(length),
      filename: new Int32Array(length),
      startLine: new Float64Array(length),
    };
    for (let i = 0; i < length; i++) {
      const at = i * FUNCTION_RUN;
      table.name[i] = values[at] ?? 0;
      table.systemName[i] = values[at + 1] ?? 0;
      table.filename[i] = values[at + 2] ?? 0;
      table.startLine[i] = this.numberAt(values, at + 3);
    }
    return table;
  }

  private locationTable(): LocationTable {
    const { length, start, values } = this.locations.finish();
    const lineCount = (values.length - length * LOCATION_RUN) / LINE_RUN;
    const address = new BigUint64Array(length);
    const addressHalves = new Uint32Array(address.buffer);
    const table = {
      length,
      id: idsOf(length),
      mapping: new Int32Array(length),
      address,
      isFolded: new Uint8Array(length),
      lineStart: new Uint32Array(length + 1),
      lineFunction: new Int32Array(lineCount),
      lineNumber: new Float64Array(lineCount),
      lineColumn: new Float64Array(lineCount),
    };
    let line = 0;
    for (let i = 0; i < length; i++) {
      const at = start[i] ?? 0;
      const end = start[i + 1] ?? 0;
      table.mapping[i] = values[at] ?? 0;
      addressHalves[2 * i] = values[at + 1] ?? 0;
      addressHalves[2 * i + 1] = values[at + 2] ?? 0;
      table.isFolded[i] = values[at + 3] ?? 0;
      for (let from = at + LOCATION_RUN; from < end; from += LINE_RUN) {
        table.lineFunction[line] = values[from] ?? 0;
        table.lineNumber[line] = this.numberAt(values, from + 1);
        table.lineColumn[line++] = this.numberAt(values, from + 3);
      }
      table.lineStart[i + 1] = line;
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
