/**
 * Writes protobuf fields into one growing buffer.
 *
 * 64-bit integers come as bigint or as exact numbers; negative ones take ten bytes, as in Go.
 */
import { resized } from '../../base/columns.ts';
import { BYTES, VARINT } from './cursor.ts';

const TWO_31 = 2147483648;

/** Pieces of messages: piece `i` is `bytes[start[i] .. start[i + 1])`. */
export interface Pieces {
  readonly bytes: Uint8Array;
  readonly start: Uint32Array;
}

export class Writer {
  private buffer: Uint8Array<ArrayBuffer> = new Uint8Array(4096);
  /** Bytes written; setting it to less takes the last ones back. */
  length = 0;

  /** The buffer, of which `length` bytes are written; valid until the next write. */
  get written(): Uint8Array {
    return this.buffer;
  }

  /** What was written. A copy only where it frees more than it holds. */
  finish(): Uint8Array<ArrayBuffer> {
    const { buffer, length } = this;
    return length * 2 < buffer.length ? buffer.slice(0, length) : buffer.subarray(0, length);
  }

  /** Makes room for `more` bytes. */
  reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const length = Math.max(this.length + more, this.buffer.length * 2);
    this.buffer = resized(this.buffer, length, (n) => new Uint8Array(n));
  }

  /** A non-negative integer below 2^53. */
  varint(value: number): void {
    this.reserve(10);
    let rest = value;
    while (rest >= TWO_31) {
      this.buffer[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    let bits = rest | 0;
    while (bits >= 0x80) {
      this.buffer[this.length++] = (bits & 0x7f) | 0x80;
      bits >>>= 7;
    }
    this.buffer[this.length++] = bits;
  }

  /** Any 64-bit integer. */
  int64(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0) {
      this.varint(value);
      return;
    }
    const bits = BigInt.asUintN(64, BigInt(value));
    let lo = Number(bits & 0xffffffffn);
    let hi = Number(bits >> 32n);
    this.reserve(10);
    while (hi > 0 || lo >= 0x80) {
      this.buffer[this.length++] = (lo & 0x7f) | 0x80;
      lo = (lo >>> 7) + (hi & 0x7f) * 0x2000000;
      hi = hi >>> 7;
    }
    this.buffer[this.length++] = lo;
  }

  /** An integer field that is left out when it is 0. */
  optional(field: number, value: number | bigint): void {
    if (Number(value) !== 0) this.integer(field, value);
  }

  integer(field: number, value: number | bigint): void {
    this.varint(field * 8 + VARINT);
    this.int64(value);
  }

  flag(field: number, value: boolean): void {
    if (value) this.integer(field, 1);
  }

  /** The head of a length-delimited field, whose bytes follow. */
  header(field: number, length: number): void {
    this.varint(field * 8 + BYTES);
    this.varint(length);
  }

  /** Bytes as they are. */
  append(bytes: Uint8Array, from: number, to: number): void {
    this.reserve(to - from);
    const { buffer } = this;
    let at = this.length;
    // Runs are short: a loop takes less than a call.
    for (let i = from; i < to; i++) buffer[at++] = bytes[i] ?? 0;
    this.length = at;
  }

  /** The pieces that `indices[from..to)` name, at most `size` bytes together. */
  pieces(pieces: Pieces, indices: Uint32Array, from: number, to: number, size: number): void {
    this.reserve(size);
    const { buffer } = this;
    const { bytes, start } = pieces;
    let at = this.length;
    for (let i = from; i < to; i++) {
      const piece = indices[i] ?? 0;
      const end = start[piece + 1] ?? 0;
      for (let byte = start[piece] ?? 0; byte < end; byte++) buffer[at++] = bytes[byte] ?? 0;
    }
    this.length = at;
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.header(field, bytes.length);
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** A submessage (or packed run) whose content `write` writes; its length is put in front. */
  message(field: number, write: () => void): void {
    this.varint(field * 8 + BYTES);
    const at = this.length;
    this.reserve(1);
    this.length++;
    write();
    const size = this.length - at - 1;
    const prefix = varintSize(size);
    this.reserve(prefix);
    // Nearly all messages are shorter than 128 bytes: one byte of length, already there.
    if (prefix > 1) this.buffer.copyWithin(at + prefix, at + 1, this.length);
    const end = at + prefix + size;
    this.length = at;
    this.varint(size);
    this.length = end;
  }
}

/** Bytes of a varint. */
export function varintSize(value: number): number {
  let size = 1;
  for (let least = 0x80; value >= least; least *= 0x80) size++;
  return size;
}
