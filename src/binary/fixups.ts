/**
 * Chained fixups: how Apple's linker stores pointers since macOS 12, when it links a cgo program.
 *
 * Every pointer holds its target and the distance to the next pointer of its page. After Apple's
 * <mach-o/fixup-chains.h>; formats 2 (addresses) and 6 (offsets from the image's base), which are
 * those of x86-64 and arm64. Pointers to other images (binds) are passed over.
 */
import { fileOffset, type Region } from './executable.ts';
import type { BinaryReader } from './reader.ts';

const POINTER_64 = 2;
const POINTER_64_OFFSET = 6;
const NO_START = 0xffff;
const TARGET_MASK = (1n << 36n) - 1n;
const NEXT_MASK = 0xfffn;
const STRIDE = 4;

/** The address of every pointer of the image → the address that it holds. */
export function readChainedFixups(
  reader: BinaryReader,
  data: number,
  regions: readonly Region[],
): Map<number, number> {
  const pointers = new Map<number, number>();
  // The image begins with its own header, in the segment that the file begins with.
  const base = regions.find((region) => region.offset === 0 && region.fileSize > 0)?.address ?? 0;
  const image = data + reader.u32(data + 4);
  const count = reader.u32(image);
  reader.need(image + 4, count * 4);
  for (let i = 0; i < count; i++) {
    const offset = reader.u32(image + 4 + i * 4);
    if (offset !== 0) readSegment(reader, image + offset, base, regions, pointers);
  }
  return pointers;
}

function readSegment(
  reader: BinaryReader,
  at: number,
  base: number,
  regions: readonly Region[],
  pointers: Map<number, number>,
): void {
  const pageSize = reader.u16(at + 4);
  const format = reader.u16(at + 6);
  if (format !== POINTER_64 && format !== POINTER_64_OFFSET) return;
  const segment = base + reader.u64(at + 8);
  const pages = reader.u16(at + 20);
  for (let page = 0; page < pages; page++) {
    const start = reader.u16(at + 22 + page * 2);
    if (start === NO_START) continue;
    const end = segment + (page + 1) * pageSize;
    let address = segment + page * pageSize + start;
    while (address < end) {
      const found = fileOffset({ regions, reader }, address);
      if (found === undefined || found.available < 8) {
        reader.fail(at, `a pointer at address 0x${address.toString(16)} is not in the file`);
      }
      const bits = reader.bits64(found.offset);
      const isBind = bits >> 63n === 1n;
      const target = Number(bits & TARGET_MASK) + (format === POINTER_64_OFFSET ? base : 0);
      if (!isBind) pointers.set(address, target);
      const next = Number((bits >> 51n) & NEXT_MASK) * STRIDE;
      if (next === 0) break;
      address += next;
    }
  }
}
