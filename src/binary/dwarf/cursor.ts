/** Reads DWARF's own integers one after the other, every one bounds-checked by the reader. */
import type { BinaryReader } from '../reader.ts';

export class Cursor {
  readonly reader: BinaryReader;
  position: number;

  constructor(reader: BinaryReader, position: number) {
    this.reader = reader;
    this.position = position;
  }

  u8(): number {
    return this.reader.u8(this.advance(1));
  }

  u16(): number {
    return this.reader.u16(this.advance(2));
  }

  u32(): number {
    return this.reader.u32(this.advance(4));
  }

  /** 64 bits, rounded beyond 2^53: nothing that is used for an address or offset is so large. */
  u64(): number {
    return Number(this.reader.bits64(this.advance(8)));
  }

  /** An unsigned integer of 1, 2, 3, 4 or 8 bytes. */
  unsigned(size: number): number {
    switch (size) {
      case 1:
        return this.u8();
      case 2:
        return this.u16();
      case 3: {
        const bytes = [this.u8(), this.u8(), this.u8()];
        const [a = 0, b = 0, c = 0] = this.reader.littleEndian ? bytes : bytes.reverse();
        return a + b * 0x100 + c * 0x10000;
      }
      case 4:
        return this.u32();
      case 8:
        return this.u64();
      default:
        return this.reader.fail(this.position, `an integer of ${size} bytes`);
    }
  }

  uleb(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 70; factor *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return this.reader.fail(this.position, 'a LEB128 number has no end');
  }

  sleb(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 70; factor *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return (byte & 0x40) !== 0 ? value - factor * 128 : value;
    }
    return this.reader.fail(this.position, 'a LEB128 number has no end');
  }

  cstring(): string {
    const text = this.reader.cstring(this.position);
    const end = this.reader.bytes.indexOf(0, this.position);
    this.position = end + 1;
    return text;
  }

  skip(size: number): void {
    this.advance(size);
    this.reader.need(this.position, 0);
  }

  /** unit_length: 32 bits, or 64 behind an escape. */
  unitLength(): { length: number; offsetSize: 4 | 8 } {
    const length = this.u32();
    return length === 0xffffffff
      ? { length: this.u64(), offsetSize: 8 }
      : { length, offsetSize: 4 };
  }

  private advance(size: number): number {
    const at = this.position;
    this.position += size;
    return at;
  }
}
