/**
 * From the 64-bit ids that a file uses to row indices, without allocating per lookup.
 *
 * Nearly every producer numbers its rows 1…n in order, so that the index is id - 1 and no table is
 * needed (`dense`). Anything else (addresses or hashes as ids) goes through one open-addressing
 * table over the id column.
 */
import { pprofError } from './cursor.ts';

export class IdTable {
  /** True when row i has id i + 1. */
  readonly dense: boolean;
  readonly length: number;
  /** The id column as halves: low word at 2i, high word at 2i + 1 (little-endian). */
  private readonly halves: Uint32Array;
  /** Open addressing: row + 1, 0 = free. Empty when dense. */
  private readonly slots: Uint32Array;
  private readonly mask: number;

  /** Indexes an id column. Throws when an id is 0 or comes twice, as Go's CheckValid does. */
  constructor(ids: BigUint64Array, what: string, positions: Float64Array) {
    this.length = ids.length;
    this.halves = new Uint32Array(ids.buffer, ids.byteOffset, ids.length * 2);
    this.dense = isDense(this.halves);
    const capacity = this.dense ? 0 : tableSize(ids.length);
    this.slots = new Uint32Array(capacity);
    this.mask = capacity - 1;
    if (this.dense) return;
    for (let row = 0; row < ids.length; row++) {
      const lo = this.halves[2 * row] ?? 0;
      const hi = this.halves[2 * row + 1] ?? 0;
      const at = positions[row] ?? 0;
      if (lo === 0 && hi === 0) throw pprofError(at, `${what} has the reserved id 0`);
      const slot = this.slotOf(lo, hi);
      if (this.slots[slot] !== 0) throw pprofError(at, `two ${what}s have the id ${ids[row]}`);
      this.slots[slot] = row + 1;
    }
  }

  /** Row of an id given as halves; -1 when there is none. */
  indexOf(lo: number, hi: number): number {
    if (this.dense) return hi === 0 && lo >= 1 && lo <= this.length ? lo - 1 : -1;
    return (this.slots[this.slotOf(lo, hi)] ?? 0) - 1;
  }

  /** The slot that holds this id, or the free slot where it would go. */
  private slotOf(lo: number, hi: number): number {
    let slot = (Math.imul(lo, 0x9e3779b1) ^ Math.imul(hi, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & this.mask;
    for (;;) {
      const row = (this.slots[slot] ?? 0) - 1;
      if (row < 0 || (this.halves[2 * row] === lo && this.halves[2 * row + 1] === hi)) return slot;
      slot = (slot + 1) & this.mask;
    }
  }
}

/** A power of two that leaves at least half of the slots free. */
function tableSize(length: number): number {
  let size = 16;
  while (size < length * 2) size *= 2;
  return size;
}

function isDense(halves: Uint32Array): boolean {
  for (let row = 0; row * 2 < halves.length; row++) {
    if (halves[2 * row] !== row + 1 || halves[2 * row + 1] !== 0) return false;
  }
  return true;
}
