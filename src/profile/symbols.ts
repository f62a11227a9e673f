/**
 * Builds the symbol tables of a profile row by row: strings, functions, mappings, locations.
 *
 * Equal rows are joined, by the keys of pprof's merge (profile/merge.go of Go 1.26). For whoever
 * makes profiles out of other things, and for merging; decoders of pprof itself fill columns directly.
 */
import type { FunctionTable, LocationTable, Mapping } from './profile.ts';

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
  private readonly functionIndex = new Map<string, number>();
  private readonly functionRows: FunctionRow[] = [];
  private readonly locationIndex = new Map<string, number>();
  private readonly locationRows: LocationRow[] = [];

  string(text: string): number {
    const known = this.stringIndex.get(text);
    if (known !== undefined) return known;
    const index = this.strings.length;
    this.strings.push(text);
    this.stringIndex.set(text, index);
    return index;
  }

  function(row: FunctionRow): number {
    const key = `${row.startLine}\0${row.name}\0${row.systemName}\0${row.filename}`;
    const known = this.functionIndex.get(key);
    if (known !== undefined) return known;
    const index = this.functionRows.length;
    this.functionRows.push(row);
    this.functionIndex.set(key, index);
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
    let key = `${row.mapping}\0${row.address}\0${row.isFolded}`;
    for (const line of row.lines) key += `\0${line.function}:${line.line}:${line.column}`;
    const known = this.locationIndex.get(key);
    if (known !== undefined) return known;
    const index = this.locationRows.length;
    this.locationRows.push(row);
    this.locationIndex.set(key, index);
    return index;
  }

  /** The finished tables; ids are 1…n. Interns the last strings, so read `strings` after it. */
  finish(): { functions: FunctionTable; locations: LocationTable } {
    return { functions: this.functionTable(), locations: this.locationTable() };
  }

  private functionTable(): FunctionTable {
    const rows = this.functionRows;
    return {
      length: rows.length,
      id: BigUint64Array.from(rows, (_, i) => BigInt(i + 1)),
      name: Int32Array.from(rows, (row) => this.string(row.name)),
      systemName: Int32Array.from(rows, (row) => this.string(row.systemName)),
      filename: Int32Array.from(rows, (row) => this.string(row.filename)),
      startLine: Float64Array.from(rows, (row) => row.startLine),
    };
  }

  private locationTable(): LocationTable {
    const rows = this.locationRows;
    const lines = rows.flatMap((row) => row.lines);
    const lineStart = new Uint32Array(rows.length + 1);
    rows.forEach((row, i) => {
      lineStart[i + 1] = (lineStart[i] ?? 0) + row.lines.length;
    });
    return {
      length: rows.length,
      id: BigUint64Array.from(rows, (_, i) => BigInt(i + 1)),
      mapping: Int32Array.from(rows, (row) => row.mapping),
      address: BigUint64Array.from(rows, (row) => row.address),
      isFolded: Uint8Array.from(rows, (row) => (row.isFolded ? 1 : 0)),
      lineStart,
      lineFunction: Int32Array.from(lines, (line) => line.function),
      lineNumber: Float64Array.from(lines, (line) => line.line),
      lineColumn: Float64Array.from(lines, (line) => line.column),
    };
  }
}
