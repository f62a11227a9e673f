/**
 * Reading the wire format's numbers: unsigned LEB128 of up to 64 bits, possibly padded, as Go's
 * encoding/binary (Uvarint) reads them. Values come as two 32-bit halves; nothing is allocated.
 */

/** A batch that should hold something else. Only set-up code throws it; loops return codes. */
export class WireError extends Error {
  readonly offset: number;
  readonly reason: string;

  /** `offset` within the bytes that were being read, or in the file, as the thrower says. */
  constructor(offset: number, reason: string) {
    super(reason);
    this.name = 'WireError';
    this.offset = offset;
    this.reason = reason;
  }
}

export class WireReader {
  readonly bytes: Uint8Array;
  pos: number;
  readonly end: number;
  /** Halves of the last number read. */
  lo = 0;
  hi = 0;

  constructor(bytes: Uint8Array, pos: number, end: number) {
    this.bytes = bytes;
    this.pos = pos;
    this.end = end;
  }

  byte(): number {
    if (this.pos >= this.end) throw new WireError(this.pos, 'EOF');
    return this.bytes[this.pos++];
  }

  /** Reads a number into `lo` and `hi`, and gives it as a float, rounded as Go rounds (to even). */
  uvarint(): number {
    const { bytes, end } = this;
    let pos = this.pos;
    if (pos < end && bytes[pos] < 0x80) {
      this.pos = pos + 1;
      this.hi = 0;
      this.lo = bytes[pos];
      return this.lo;
    }
    let lo = 0;
    let hi = 0;
    for (let shift = 0; ; shift += 7) {
      if (pos >= end) throw new WireError(pos, shift === 0 ? 'EOF' : 'unexpected EOF');
      const byte = bytes[pos++];
      if (shift === 63 && byte > 1) {
        throw new WireError(pos - 1, 'binary: varint overflows a 64-bit integer');
      }
      const bits = byte & 0x7f;
      if (shift < 28) lo |= bits << shift;
      else if (shift === 28) {
        lo |= bits << 28;
        hi = bits >>> 4;
      } else hi |= bits << (shift - 32);
      if (byte < 0x80) break;
    }
    this.pos = pos;
    this.lo = lo >>> 0;
    this.hi = hi >>> 0;
    return this.hi * 4294967296 + this.lo;
  }

  /** Reads a number as an exact integer. */
  biguint(): bigint {
    this.uvarint();
    return (BigInt(this.hi) << 32n) | BigInt(this.lo);
  }
}

/** The greatest time that Go's reader can tell, 2^63 - 1; beyond it, the conversion gives -2^63. */
const TIME_LIMIT = 2 ** 63;

/**
 * Ticks to nanoseconds as Go's frequency.mul does on amd64: the float product, truncated. An exact
 * integer, though not every integer above 2^53 can come out.
 */
export function nanoseconds(ticks: number, frequency: number): number {
  const product = ticks * frequency;
  return product < TIME_LIMIT ? Math.trunc(product) : -TIME_LIMIT;
}
