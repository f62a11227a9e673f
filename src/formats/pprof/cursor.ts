/**
 * A cursor over the fields of one protobuf message: enough of the wire format for profile.proto.
 *
 * Used for everything but samples (samples.ts), which have their own loops. 64-bit integers are
 * kept as two 32-bit halves so that nothing is allocated per field. Accepts exactly what Go's
 * profile package accepts (profile/proto.go): varints of at most 10 bytes whose bits past the 64th
 * are dropped; groups and unknown wire types are errors; unknown fields are skipped unread.
 */
import { DecodeError } from '../../base/errors.ts';

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

const TWO_32 = 4294967296;

/** The error of every malformed pprof message. */
export function pprofError(offset: number, reason: string): DecodeError {
  return new DecodeError('pprof', offset, reason);
}

export class Cursor {
  readonly bytes: Uint8Array;
  pos: number;
  end: number;
  /** Where the current field's tag begins, for error messages. */
  fieldAt = 0;
  /** Field number; exact below 2^53, and only compared with small ones. */
  field = 0;
  wire = 0;
  /** The last varint (or fixed value) as unsigned halves. */
  lo = 0;
  hi = 0;
  /** The payload of the current field when `wire` is BYTES. */
  start = 0;
  stop = 0;

  constructor(bytes: Uint8Array, pos = 0, end = bytes.length) {
    this.bytes = bytes;
    this.pos = pos;
    this.end = end;
  }

  /** Points the cursor at another message. */
  open(pos: number, end: number): void {
    this.pos = pos;
    this.end = end;
  }

  /** Steps to the next field and reads its payload; false at the end of the message. */
  next(): boolean {
    if (this.pos >= this.end) return false;
    this.fieldAt = this.pos;
    const tag = this.bytes[this.pos] ?? 0;
    if (tag < 0x80) {
      this.pos++;
      this.wire = tag & 7;
      this.field = tag >> 3;
    } else {
      this.varint();
      this.wire = this.lo & 7;
      this.field = this.hi * 536870912 + (this.lo >>> 3);
    }
    switch (this.wire) {
      case VARINT:
        this.varint();
        return true;
      case BYTES: {
        this.varint();
        const length = this.hi * TWO_32 + this.lo;
        if (length > this.end - this.pos) {
          throw pprofError(this.fieldAt, `field of ${length} bytes runs past the end`);
        }
        this.start = this.pos;
        this.stop = this.pos + length;
        this.pos = this.stop;
        return true;
      }
      case FIXED64:
        this.skip(8);
        return true;
      case FIXED32:
        this.skip(4);
        return true;
      default:
        throw pprofError(this.fieldAt, `unknown wire type ${this.wire}`);
    }
  }

  /** Throws unless the current field has this wire type. */
  expect(wire: number): void {
    if (this.wire !== wire) {
      throw pprofError(this.fieldAt, `field ${this.field} has wire type ${this.wire}, not ${wire}`);
    }
  }

  /** The current varint as a signed number; rounded to the nearest double beyond 2^53. */
  int(): number {
    this.expect(VARINT);
    return (this.hi | 0) * TWO_32 + this.lo;
  }

  /** The current varint as an exact signed 64-bit integer. */
  bigInt(): bigint {
    this.expect(VARINT);
    return (BigInt(this.hi | 0) << 32n) | BigInt(this.lo);
  }

  /** The current varint as an exact unsigned 64-bit integer. */
  bigUint(): bigint {
    this.expect(VARINT);
    return (BigInt(this.hi) << 32n) | BigInt(this.lo);
  }

  /** The current varint as a truth value. */
  bool(): boolean {
    this.expect(VARINT);
    return this.lo !== 0 || this.hi !== 0;
  }

  private skip(length: number): void {
    if (length > this.end - this.pos) throw pprofError(this.fieldAt, 'fixed-size field is cut off');
    this.pos += length;
  }

  /** Reads a varint at `pos` into `lo` and `hi`. */
  varint(): void {
    const { bytes, pos, end } = this;
    // One byte, as most are: few steps, since a small profile is read before it is compiled.
    const byte = bytes[pos] ?? 0;
    if (byte < 0x80 && pos < end) {
      this.pos = pos + 1;
      this.lo = byte;
      this.hi = 0;
      return;
    }
    this.longVarint();
  }

  private longVarint(): void {
    const bytes = this.bytes;
    const from = this.pos;
    const end = this.end;
    let pos = from;
    let lo = 0;
    let hi = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (pos >= end) throw pprofError(from, 'varint is cut off');
      const byte = bytes[pos++] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 28) lo |= bits << shift;
      else if (shift === 28) {
        lo |= bits << 28;
        hi = bits >>> 4;
      } else hi |= bits << (shift - 32);
      if (byte < 0x80) {
        this.pos = pos;
        this.lo = lo >>> 0;
        this.hi = hi >>> 0;
        return;
      }
    }
    throw pprofError(from, 'varint is longer than 10 bytes');
  }
}
