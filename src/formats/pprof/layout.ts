/**
 * The first pass over a pprof message: where every part lies, and the few scalar fields.
 *
 * Only the top level is walked (one hop per field), so that the tables can be allocated at their
 * exact size and samples can be decoded straight to table indices, whatever the order of the parts
 * (Go's runtime writes locations between samples, the pprof library after them).
 */
import { BYTES, Cursor, pprofError, VARINT } from './cursor.ts';

/** Tag of a sample as the single byte that every encoder writes. */
const SAMPLE_TAG = (2 << 3) | BYTES;

/** Ranges of bytes, one per submessage, in file order. */
export class Spans {
  length = 0;
  /** Byte offsets; float64 because a file may pass 4 GiB. */
  start = new Float64Array(64);
  end = new Float64Array(64);

  push(start: number, end: number): void {
    if (this.length === this.start.length) {
      this.start = grown(this.start);
      this.end = grown(this.end);
    }
    this.start[this.length] = start;
    this.end[this.length++] = end;
  }
}

function grown(column: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2);
  larger.set(column);
  return larger;
}

/** What the top level of a profile says. String fields are still indices, unchecked. */
export interface Layout {
  readonly sampleTypes: Spans;
  readonly mappings: Spans;
  readonly locations: Spans;
  readonly functions: Spans;
  readonly strings: Spans;
  readonly sampleCount: number;
  /** From the tag of the first sample to the end of the last; other parts may lie between. */
  readonly samplesFrom: number;
  readonly samplesTo: number;
  readonly periodType: { readonly start: number; readonly end: number } | undefined;
  readonly comments: readonly number[];
  readonly dropFrames: number;
  readonly keepFrames: number;
  readonly defaultSampleType: number;
  readonly docUrl: number;
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
  readonly period: bigint;
}

/** Walks the top level. Throws `DecodeError` where Go's decoder refuses the wire format. */
export function scanLayout(bytes: Uint8Array): Layout {
  const sampleTypes = new Spans();
  const mappings = new Spans();
  const locations = new Spans();
  const functions = new Spans();
  const strings = new Spans();
  let sampleCount = 0;
  let samplesFrom = 0;
  let samplesTo = 0;
  let periodType: Layout['periodType'];
  const comments: number[] = [];
  let dropFrames = 0;
  let keepFrames = 0;
  let defaultSampleType = 0;
  let docUrl = 0;
  let timeNanos = 0n;
  let durationNanos = 0n;
  let period = 0n;

  const cursor = new Cursor(bytes);
  while (cursor.next()) {
    const field = cursor.field;
    if (field >= 1 && field <= 6) cursor.expect(BYTES);
    switch (field) {
      case 1:
        sampleTypes.push(cursor.start, cursor.stop);
        break;
      case 2:
        if (sampleCount === 0) samplesFrom = cursor.fieldAt;
        sampleCount += 1 + hopSamples(cursor);
        samplesTo = cursor.pos;
        break;
      case 3:
        mappings.push(cursor.start, cursor.stop);
        break;
      case 4:
        locations.push(cursor.start, cursor.stop);
        break;
      case 5:
        functions.push(cursor.start, cursor.stop);
        break;
      case 6:
        if (strings.length === 0 && cursor.start !== cursor.stop) {
          throw pprofError(cursor.fieldAt, 'string_table[0] is not empty');
        }
        strings.push(cursor.start, cursor.stop);
        break;
      case 7:
        dropFrames = cursor.int();
        break;
      case 8:
        keepFrames = cursor.int();
        break;
      case 9:
        // Go's sign of two profiles written one after the other.
        if (timeNanos !== 0n) throw pprofError(cursor.fieldAt, 'concatenated profiles');
        timeNanos = cursor.bigInt();
        break;
      case 10:
        durationNanos = cursor.bigInt();
        break;
      case 11:
        cursor.expect(BYTES);
        periodType = { start: cursor.start, end: cursor.stop };
        // An earlier one that is overridden must still be well-formed.
        checkValueType(bytes, cursor.start, cursor.stop);
        break;
      case 12:
        period = cursor.bigInt();
        break;
      case 13:
        readInts(cursor, comments);
        break;
      case 14:
        defaultSampleType = cursor.int();
        break;
      case 15:
        docUrl = cursor.int();
        break;
      default:
    }
  }
  return {
    sampleTypes,
    mappings,
    locations,
    functions,
    strings,
    sampleCount,
    samplesFrom,
    samplesTo,
    periodType,
    comments,
    dropFrames,
    keepFrames,
    defaultSampleType,
    docUrl,
    timeNanos,
    durationNanos,
    period,
  };
}

/**
 * Moves the cursor over the samples that follow and gives their number: they stand in a row by the
 * hundred thousand. Stops at anything that is not a sample of less than 16 KiB.
 */
function hopSamples(cursor: Cursor): number {
  const { bytes, end } = cursor;
  let pos = cursor.pos;
  let count = 0;
  while (pos + 2 < end && bytes[pos] === SAMPLE_TAG) {
    let length = bytes[pos + 1] ?? 0;
    let start = pos + 2;
    if (length >= 0x80) {
      const high = bytes[start++] ?? 0;
      if (high >= 0x80) break;
      length = (length & 0x7f) | (high << 7);
    }
    if (length > end - start) break;
    pos = start + length;
    count++;
  }
  cursor.pos = pos;
  return count;
}

/** Type and unit (string indices) of a ValueType message. */
export function readValueType(
  bytes: Uint8Array,
  start: number,
  end: number,
): { type: number; unit: number; at: number } {
  const cursor = new Cursor(bytes, start, end);
  let type = 0;
  let unit = 0;
  while (cursor.next()) {
    if (cursor.field === 1) type = cursor.int();
    else if (cursor.field === 2) unit = cursor.int();
  }
  return { type, unit, at: start };
}

function checkValueType(bytes: Uint8Array, start: number, end: number): void {
  readValueType(bytes, start, end);
}

/** Appends a repeated integer field, packed or not. */
function readInts(cursor: Cursor, out: number[]): void {
  if (cursor.wire !== BYTES) {
    cursor.expect(VARINT);
    out.push(cursor.int());
    return;
  }
  const packed = new Cursor(cursor.bytes, cursor.start, cursor.stop);
  while (packed.pos < packed.end) {
    packed.varint();
    packed.wire = VARINT;
    out.push(packed.int());
  }
}
