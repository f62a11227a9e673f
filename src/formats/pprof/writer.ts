/**
 * Writes protobuf fields into one growing buffer.
 *
 * 64-bit integers come as bigint or as exact numbers; negative ones take ten bytes, as in Go.
 */
import { resized } from '../../base/columns.ts';
import { BYTES, VARINT } from './cursor.ts';

export class Writer {
  private buffer: Uint8Array<ArrayBuffer> = new Uint8Array(4096);
  length = 0;

  finish(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.length);
  }

  /** Makes room for `more` bytes. */
  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const length = Math.max(this.length + more, this.buffer.length * 2);
    this.buffer = resized(this.buffer, length, (n) => new Uint8Array(n));
  }

  /** A non-negative integer below 2^53. */
  varint(value: number): void {
    this.reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.length++] = rest;
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

  bytes(field: number, bytes: Uint8Array): void {
    this.varint(field * 8 + BYTES);
    this.varint(bytes.length);
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

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}
