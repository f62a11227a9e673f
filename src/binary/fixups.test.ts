import { describe, expect, test } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import { readChainedFixups } from './fixups.ts';
import { BinaryReader } from './reader.ts';

const BASE = 0x100000000;
const DATA = 0x200;

/** A pointer as it lies in the file: target, distance to the next in steps of 4 bytes, bind. */
function chained(target: number, next: number, bind = 0): bigint {
  return BigInt(target) | (BigInt(next) << 51n) | (BigInt(bind) << 63n);
}

/** An image of two segments: the header's, and one of 0x40 bytes of data at base + 0x4000. */
function image(format: number, pointers: readonly bigint[], start = 0) {
  const bytes = new Uint8Array(0x240);
  const view = new DataView(bytes.buffer);
  const fixups = 0x100;
  view.setUint32(fixups + 4, 0x20, true);
  view.setUint32(fixups + 0x20, 2, true);
  view.setUint32(fixups + 0x28, 0x10, true);
  const segment = fixups + 0x30;
  view.setUint16(segment + 4, 0x4000, true);
  view.setUint16(segment + 6, format, true);
  view.setBigUint64(segment + 8, 0x4000n, true);
  view.setUint16(segment + 20, 1, true);
  view.setUint16(segment + 22, start, true);
  pointers.forEach((bits, i) => {
    view.setBigUint64(DATA + i * 8, bits, true);
  });
  const reader = new BinaryReader(bytes, 'Mach-O', { littleEndian: true, pointerSize: 8 });
  const flags = { executable: false, writable: true };
  const regions = [
    { address: BASE, size: DATA, offset: 0, fileSize: DATA, ...flags },
    { address: BASE + 0x4000, size: 0x40, offset: DATA, fileSize: 0x40, ...flags },
  ];
  return readChainedFixups(reader, fixups, regions);
}

describe('chained fixups', () => {
  test('follow a chain of addresses and pass over pointers to other images', () => {
    const pointers = [chained(0x1234, 4), 7n, chained(1, 2, 1), chained(0x5678, 0)];
    expect([...image(2, pointers)]).toEqual([
      [BASE + 0x4000, 0x1234],
      [BASE + 0x4018, 0x5678],
    ]);
  });

  test('count offsets from the base of the image', () => {
    expect([...image(6, [chained(0x10, 0)])]).toEqual([[BASE + 0x4000, BASE + 0x10]]);
  });

  test('are none on a page without pointers, or in a format of other machines', () => {
    expect(image(2, [chained(1, 0)], 0xffff).size).toBe(0);
    expect(image(1, [chained(1, 0)]).size).toBe(0);
  });

  test('are refused when the chain leaves the file', () => {
    expect(() => image(2, [chained(1, 0x100)])).toThrow(DecodeError);
  });
});
