/**
 * Mappings, functions, locations and strings of a pprof message: everything but samples.
 *
 * References are resolved and checked here, with the verdicts of Go's postDecode and CheckValid:
 * an unknown mapping id means "no mapping", an unknown function id is an error.
 */
import { decodeUtf8 } from '../../base/utf8.ts';
import type { FunctionTable, LocationTable, Mapping } from '../../profile/profile.ts';
import { BYTES, Cursor, pprofError } from './cursor.ts';
import { IdTable } from './idtable.ts';
import type { Spans } from './layout.ts';

/** Every string of the table. `strings[0]` is '' when there is any. */
export function decodeStrings(bytes: Uint8Array, spans: Spans): string[] {
  const strings = new Array<string>(spans.length);
  for (let i = 0; i < spans.length; i++) {
    strings[i] = decodeUtf8(bytes.subarray(spans.start[i], spans.end[i]));
  }
  return strings;
}

/** Throws unless `index` names a string. */
export function checkString(index: number, count: number, at: number): number {
  if (index >= 0 && index < count) return index;
  throw pprofError(at, `string index ${index} is outside the table of ${count}`);
}

/** Mappings, and the index of each id. */
export function decodeMappings(
  bytes: Uint8Array,
  spans: Spans,
  strings: readonly string[],
): { mappings: Mapping[]; ids: IdTable } {
  const mappings: Mapping[] = [];
  for (let i = 0; i < spans.length; i++) {
    mappings.push(decodeMapping(bytes, spans.start[i] ?? 0, spans.end[i] ?? 0, strings));
  }
  const ids = BigUint64Array.from(mappings, (mapping) => mapping.id);
  return { mappings, ids: new IdTable(ids, 'mapping', spans.start) };
}

function decodeMapping(
  bytes: Uint8Array,
  start: number,
  end: number,
  strings: readonly string[],
): Mapping {
  const cursor = new Cursor(bytes, start, end);
  const numbers = [0n, 0n, 0n, 0n, 0n];
  let file = 0;
  let buildId = 0;
  const flags = [false, false, false, false];
  while (cursor.next()) {
    const field = cursor.field;
    if (field >= 1 && field <= 4) numbers[field] = cursor.bigUint();
    else if (field === 5) file = cursor.int();
    else if (field === 6) buildId = cursor.int();
    else if (field >= 7 && field <= 10) flags[field - 7] = cursor.bool();
  }
  const text = (index: number) => strings[checkString(index, strings.length, start)] ?? '';
  return {
    id: numbers[1] ?? 0n,
    start: numbers[2] ?? 0n,
    limit: numbers[3] ?? 0n,
    offset: numbers[4] ?? 0n,
    file: text(file),
    buildId: text(buildId),
    hasFunctions: flags[0] ?? false,
    hasFilenames: flags[1] ?? false,
    hasLineNumbers: flags[2] ?? false,
    hasInlineFrames: flags[3] ?? false,
  };
}

/** Functions, and the index of each id. */
export function decodeFunctions(
  bytes: Uint8Array,
  spans: Spans,
  stringCount: number,
): { functions: FunctionTable; ids: IdTable } {
  const length = spans.length;
  const id = new BigUint64Array(length);
  const idHalves = new Uint32Array(id.buffer);
  const name = new Int32Array(length);
  const systemName = new Int32Array(length);
  const filename = new Int32Array(length);
  const startLine = new Float64Array(length);
  const cursor = new Cursor(bytes, 0, 0);
  for (let i = 0; i < length; i++) {
    const start = spans.start[i] ?? 0;
    cursor.open(start, spans.end[i] ?? 0);
    let nameAt = 0;
    let systemNameAt = 0;
    let filenameAt = 0;
    while (cursor.next()) {
      switch (cursor.field) {
        case 1:
          cursor.expect(0);
          idHalves[2 * i] = cursor.lo;
          idHalves[2 * i + 1] = cursor.hi;
          break;
        case 2:
          nameAt = cursor.int();
          break;
        case 3:
          systemNameAt = cursor.int();
          break;
        case 4:
          filenameAt = cursor.int();
          break;
        case 5:
          startLine[i] = cursor.int();
          break;
        default:
      }
    }
    name[i] = checkString(nameAt, stringCount, start);
    systemName[i] = checkString(systemNameAt, stringCount, start);
    filename[i] = checkString(filenameAt, stringCount, start);
  }
  const functions = { length, id, name, systemName, filename, startLine };
  return { functions, ids: new IdTable(id, 'function', spans.start) };
}

/** Columns of lines while their number is unknown. */
class LineColumns {
  length = 0;
  function = new Int32Array(256);
  number = new Float64Array(256);
  column = new Float64Array(256);

  push(fn: number, number: number, column: number): void {
    if (this.length === this.function.length) this.resize(this.length * 2);
    this.function[this.length] = fn;
    this.number[this.length] = number;
    this.column[this.length++] = column;
  }

  resize(length: number): void {
    const kept = Math.min(this.length, length);
    const fn = new Int32Array(length);
    const number = new Float64Array(length);
    const column = new Float64Array(length);
    fn.set(this.function.subarray(0, kept));
    number.set(this.number.subarray(0, kept));
    column.set(this.column.subarray(0, kept));
    this.function = fn;
    this.number = number;
    this.column = column;
  }
}

/** Locations with their lines, and the index of each id. */
export function decodeLocations(
  bytes: Uint8Array,
  spans: Spans,
  mappingIds: IdTable,
  functionIds: IdTable,
): { locations: LocationTable; ids: IdTable } {
  const length = spans.length;
  const id = new BigUint64Array(length);
  const idHalves = new Uint32Array(id.buffer);
  const mapping = new Int32Array(length).fill(-1);
  const address = new BigUint64Array(length);
  const addressHalves = new Uint32Array(address.buffer);
  const isFolded = new Uint8Array(length);
  const lineStart = new Uint32Array(length + 1);
  const lines = new LineColumns();
  const cursor = new Cursor(bytes, 0, 0);
  const lineCursor = new Cursor(bytes, 0, 0);
  for (let i = 0; i < length; i++) {
    cursor.open(spans.start[i] ?? 0, spans.end[i] ?? 0);
    while (cursor.next()) {
      switch (cursor.field) {
        case 1:
          cursor.expect(0);
          idHalves[2 * i] = cursor.lo;
          idHalves[2 * i + 1] = cursor.hi;
          break;
        case 2:
          cursor.expect(0);
          mapping[i] = mappingIds.indexOf(cursor.lo, cursor.hi);
          break;
        case 3:
          cursor.expect(0);
          addressHalves[2 * i] = cursor.lo;
          addressHalves[2 * i + 1] = cursor.hi;
          break;
        case 4:
          cursor.expect(BYTES);
          lineCursor.open(cursor.start, cursor.stop);
          decodeLine(lineCursor, functionIds, lines);
          break;
        case 5:
          isFolded[i] = cursor.bool() ? 1 : 0;
          break;
        default:
      }
    }
    lineStart[i + 1] = lines.length;
  }
  lines.resize(lines.length);
  const locations = {
    length,
    id,
    mapping,
    address,
    isFolded,
    lineStart,
    lineFunction: lines.function,
    lineNumber: lines.number,
    lineColumn: lines.column,
  };
  return { locations, ids: new IdTable(id, 'location', spans.start) };
}

function decodeLine(cursor: Cursor, functionIds: IdTable, lines: LineColumns): void {
  const at = cursor.pos;
  let fn = -1;
  let number = 0;
  let column = 0;
  while (cursor.next()) {
    if (cursor.field === 1) {
      cursor.expect(0);
      fn = functionIds.indexOf(cursor.lo, cursor.hi);
    } else if (cursor.field === 2) number = cursor.int();
    else if (cursor.field === 3) column = cursor.int();
  }
  if (fn < 0) throw pprofError(at, 'line refers to a function that is not in the profile');
  lines.push(fn, number, column);
}
