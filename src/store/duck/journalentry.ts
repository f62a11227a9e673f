/**
 * Journal entries as bytes: batches of rows, columns as they lie in memory.
 *
 * Payload: f64 sequence number, u32 number of batches; a batch is its table's name, u32 rows, and the
 * columns: raw little-endian arrays, texts and blobs as u32 lengths followed by their bytes. The
 * reader trusts the bytes: their checksum was compared before.
 */
import type { Batch, ColumnData, ColumnType } from './tables.ts';
import { tableNamed } from './tables.ts';

export interface Entry {
  /** Ascending, never reused. */
  readonly sequence: number;
  readonly batches: readonly Batch[];
}

export function encodeEntry(entry: Entry): Buffer {
  const parts: Uint8Array[] = [];
  const head = Buffer.alloc(12);
  head.writeDoubleLE(entry.sequence, 0);
  head.writeUInt32LE(entry.batches.length, 8);
  parts.push(head);
  for (const batch of entry.batches) {
    const name = Buffer.from(batch.table.name);
    parts.push(Uint8Array.of(name.length), name, uint32(batch.length));
    for (const column of batch.columns) pushColumn(parts, column);
  }
  return Buffer.concat(parts);
}

function pushColumn(parts: Uint8Array[], column: ColumnData): void {
  if (ArrayBuffer.isView(column)) {
    parts.push(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    return;
  }
  for (const value of column) {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    parts.push(uint32(bytes.length), bytes);
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function decodeEntry(payload: Buffer): Entry {
  const reader = new Reader(payload);
  const sequence = reader.double();
  const count = reader.uint32();
  const batches: Batch[] = [];
  for (let i = 0; i < count; i++) batches.push(decodeBatch(reader));
  return { sequence, batches };
}

function decodeBatch(reader: Reader): Batch {
  const name = reader.bytes(reader.byte()).toString();
  const table = tableNamed(name);
  if (table === undefined) throw new Error(`The journal names an unknown table: ${name}`);
  const length = reader.uint32();
  const columns = table.columns.map(({ type }) => decodeColumn(reader, type, length));
  return { table, length, columns };
}

function decodeColumn(reader: Reader, type: ColumnType, length: number): ColumnData {
  switch (type) {
    case 'u32':
      return new Uint32Array(reader.buffer(length * 4));
    case 'i64':
      return new BigInt64Array(reader.buffer(length * 8));
    case 'f64':
      return new Float64Array(reader.buffer(length * 8));
    case 'text':
      return Array.from({ length }, () => reader.bytes(reader.uint32()).toString());
    case 'blob':
      return Array.from({ length }, () => Uint8Array.from(reader.bytes(reader.uint32())));
  }
}

class Reader {
  readonly #payload: Buffer;
  #at = 0;

  constructor(payload: Buffer) {
    this.#payload = payload;
  }

  byte(): number {
    return this.#payload.readUInt8(this.#advance(1));
  }

  uint32(): number {
    return this.#payload.readUInt32LE(this.#advance(4));
  }

  double(): number {
    return this.#payload.readDoubleLE(this.#advance(8));
  }

  bytes(length: number): Buffer {
    const at = this.#advance(length);
    return this.#payload.subarray(at, at + length);
  }

  /** A copy, because typed arrays must begin at a multiple of their element's size. */
  buffer(length: number): ArrayBuffer {
    const copy = new ArrayBuffer(length);
    new Uint8Array(copy).set(this.bytes(length));
    return copy;
  }

  #advance(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }
}
