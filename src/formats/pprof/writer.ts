/**
 * Writes protobuf fields: `put…` into a buffer that has room, `Writer` into a growing one.
 *
 * 64-bit integers come as bigint or as exact numbers; negative ones take ten bytes, as in Go. Every
 * `put…` writes from `at` on and gives the offset behind what it wrote.
 */
import { resized } from '../../base/columns.ts';
import { BYTES, VARINT } from './cursor.ts';

const TWO_31 = 2147483648;
/** Most bytes of a varint. */
export const VARINT_MOST = 10;

/** A non-negative integer below 2^53. */
export function putVarint(out: Uint8Array, at: number, value: number): number {
  let pos = at;
  let rest = value;
  while (rest >= TWO_31) {
    out[pos++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  let bits = rest | 0;
  while (bits >= 0x80) {
    out[pos++] = (bits & 0x7f) | 0x80;
    bits >>>= 7;
  }
  out[pos] = bits;
  return pos + 1;
}

/** Any 64-bit integer. */
export function putInt64(out: Uint8Array, at: number, value: number | bigint): number {
  if (typeof value === 'number' && value >= 0) return putVarint(out, at, value);
  return putLarge(out, at, BigInt.asUintN(64, BigInt(value)));
}

function putLarge(out: Uint8Array, at: number, bits: bigint): number {
  let pos = at;
  let lo = Number(bits & 0xffffffffn);
  let hi = Number(bits >> 32n);
  while (hi > 0 || lo >= 0x80) {
    out[pos++] = (lo & 0x7f) | 0x80;
    lo = (lo >>> 7) + (hi & 0x7f) * 0x2000000;
    hi = hi >>> 7;
  }
  out[pos] = lo;
  return pos + 1;
}

/** An integer field that is left out when it is 0. */
export function putOptional(
  out: Uint8Array,
  at: number,
  field: number,
  value: number | bigint,
): number {
  if (Number(value) === 0) return at;
  return putInt64(out, putVarint(out, at, field * 8 + VARINT), value);
}

/** The head of a length-delimited field, whose bytes follow. */
export function putHeader(out: Uint8Array, at: number, field: number, length: number): number {
  return putVarint(out, putVarint(out, at, field * 8 + BYTES), length);
}

/** Bytes as they are. Runs are short: a loop takes less than a call of `set`. */
export function putBytes(
  out: Uint8Array,
  at: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): number {
  let pos = at;
  for (let i = from; i < to; i++) out[pos++] = bytes[i] ?? 0;
  return pos;
}

/** Runs of bytes: run `i` is `bytes[start[i] .. start[i + 1])`. */
export interface PackedRuns {
  readonly bytes: Uint8Array;
  readonly start: Uint32Array;
}

/** The runs that `indices[from..to)` name. */
export function putRuns(
  out: Uint8Array,
  at: number,
  { bytes, start }: PackedRuns,
  indices: Uint32Array,
  from: number,
  to: number,
): number {
  let pos = at;
  for (let i = from; i < to; i++) {
    const run = indices[i] ?? 0;
    const end = start[run + 1] ?? 0;
    for (let byte = start[run] ?? 0; byte < end; byte++) out[pos++] = bytes[byte] ?? 0;
  }
  return pos;
}

/** Bytes of a varint. */
export function varintSize(value: number): number {
  let size = 1;
  for (let least = 0x80; value >= least; least *= 0x80) size++;
  return size;
}

export class Writer {
  private buffer: Uint8Array<ArrayBuffer> = new Uint8Array(4096);
  length = 0;

  /** What was written. A copy only where it frees more than it holds. */
  finish(): Uint8Array<ArrayBuffer> {
    const { buffer, length } = this;
    return length * 2 < buffer.length ? buffer.slice(0, length) : buffer.subarray(0, length);
  }

  /** The buffer, with room for `more` bytes behind `length`, which is for the caller to move. */
  reserve(more: number): Uint8Array {
    if (this.length + more > this.buffer.length) {
      const length = Math.max(this.length + more, this.buffer.length * 2);
      this.buffer = resized(this.buffer, length, (n) => new Uint8Array(n));
    }
    return this.buffer;
  }

  varint(value: number): void {
    this.length = putVarint(this.reserve(VARINT_MOST), this.length, value);
  }

  int64(value: number | bigint): void {
    this.length = putInt64(this.reserve(VARINT_MOST), this.length, value);
  }

  /** An integer field that is left out when it is 0. */
  optional(field: number, value: number | bigint): void {
    this.length = putOptional(this.reserve(2 * VARINT_MOST), this.length, field, value);
  }

  integer(field: number, value: number | bigint): void {
    this.varint(field * 8 + VARINT);
    this.int64(value);
  }

  flag(field: number, value: boolean): void {
    if (value) this.integer(field, 1);
  }

  bytes(field: number, bytes: Uint8Array): void {
    const out = this.reserve(bytes.length + 2 * VARINT_MOST);
    const at = putHeader(out, this.length, field, bytes.length);
    out.set(bytes, at);
    this.length = at + bytes.length;
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
    const out = this.reserve(prefix);
    // Nearly all messages are shorter than 128 bytes: one byte of length, already there.
    if (prefix > 1) out.copyWithin(at + prefix, at + 1, this.length);
    this.length = putVarint(out, at, size) + size;
  }
}
