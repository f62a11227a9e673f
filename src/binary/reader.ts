/**
 * Reads integers and strings out of a binary file, of either byte order, with every offset checked.
 *
 * Not a cursor: callers say where they read, because executables are full of offsets. Addresses and
 * sizes are plain numbers, exact below 2^53; user space ends far below that on every system that Go
 * runs on, so a larger one is damage. Cost: nothing is copied.
 */
import { DecodeError } from '../base/errors.ts';
import { decodeUtf8 } from '../base/utf8.ts';

/** What a file says about its integers. */
export interface Encoding {
  readonly littleEndian: boolean;
  readonly pointerSize: 4 | 8;
}

/** No name in an executable is nearly as long; damaged offsets may point into anything. */
const LONGEST_STRING = 2 ** 20;

export class BinaryReader implements Encoding {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly pointerSize: 4 | 8;
  /** Name of the format, for errors. */
  readonly format: string;
  /** Where `bytes` begins in the file, for errors. */
  readonly base: number;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, format: string, encoding: Encoding, base = 0) {
    this.bytes = bytes;
    this.format = format;
    this.littleEndian = encoding.littleEndian;
    this.pointerSize = encoding.pointerSize;
    this.base = base;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  fail(offset: number, reason: string): never {
    throw new DecodeError(this.format, this.base + offset, reason);
  }

  /** Throws unless `size` bytes at `offset` exist. */
  need(offset: number, size: number): void {
    if (!(offset >= 0 && size >= 0 && offset + size <= this.bytes.length)) {
      this.fail(Math.min(Math.max(offset, 0), this.length), `${size} bytes are beyond the end`);
    }
  }

  u8(offset: number): number {
    this.need(offset, 1);
    return this.view.getUint8(offset);
  }

  u16(offset: number): number {
    this.need(offset, 2);
    return this.view.getUint16(offset, this.littleEndian);
  }

  u32(offset: number): number {
    this.need(offset, 4);
    return this.view.getUint32(offset, this.littleEndian);
  }

  i32(offset: number): number {
    this.need(offset, 4);
    return this.view.getInt32(offset, this.littleEndian);
  }

  /** 64 unsigned bits that must be an exact number. */
  u64(offset: number): number {
    this.need(offset, 8);
    const low = this.view.getUint32(this.littleEndian ? offset : offset + 4, this.littleEndian);
    const high = this.view.getUint32(this.littleEndian ? offset + 4 : offset, this.littleEndian);
    if (high >= 0x200000) this.fail(offset, 'a 64-bit number is larger than any address or size');
    return high * 0x100000000 + low;
  }

  /** 64 bits as they are. */
  bits64(offset: number): bigint {
    this.need(offset, 8);
    return this.view.getBigUint64(offset, this.littleEndian);
  }

  /** An unsigned integer of the file's pointer size. */
  pointer(offset: number): number {
    return this.pointerSize === 8 ? this.u64(offset) : this.u32(offset);
  }

  slice(offset: number, size: number): Uint8Array {
    this.need(offset, size);
    return this.bytes.subarray(offset, offset + size);
  }

  /** Text up to the next NUL, which must exist. */
  cstring(offset: number): string {
    this.need(offset, 1);
    const end = this.bytes.indexOf(0, offset);
    if (end < 0 || end - offset > LONGEST_STRING) this.fail(offset, 'a string has no end');
    return decodeUtf8(this.bytes.subarray(offset, end));
  }

  /** Text in a field of fixed width, padded with NULs. */
  fixedString(offset: number, width: number): string {
    const field = this.slice(offset, width);
    const end = field.indexOf(0);
    return decodeUtf8(end < 0 ? field : field.subarray(0, end));
  }
}

/** Index of the first occurrence of `pattern` in `bytes` from `from` on, or -1. */
export function indexOfBytes(bytes: Uint8Array, pattern: Uint8Array, from = 0): number {
  const first = pattern[0] ?? 0;
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (at + pattern.length > bytes.length) return -1;
    let i = 1;
    while (i < pattern.length && bytes[at + i] === pattern[i]) i++;
    if (i === pattern.length) return at;
  }
  return -1;
}
