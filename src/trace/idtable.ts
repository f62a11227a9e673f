/**
 * 64-bit ids ⇄ dense indices, for goroutines, procs, threads, tasks and program counters.
 *
 * Open addressing over two 32-bit columns; ids below a million, which most are, go through a direct
 * table. No BigInt and no allocation per look-up.
 */
import { resized } from '../base/columns.ts';

const DIRECT_LIMIT = 1 << 20;

export class IdTable {
  length = 0;
  /** Low and high halves, by index. */
  lo = new Uint32Array(64);
  hi = new Uint32Array(64);
  /** Index + 1 by id, for small ids; 0 = absent. */
  private direct = new Int32Array(256);
  /** Index + 1 by hash, for the others. */
  private slots = new Int32Array(64);
  private slotsUsed = 0;

  /** The index of an id, -1 when it has none. */
  find(lo: number, hi: number): number {
    if (hi === 0 && lo < this.direct.length) return this.direct[lo] - 1;
    if (hi === 0 && lo < DIRECT_LIMIT) return -1;
    return this.slots[this.slot(lo, hi)] - 1;
  }

  /** The index of an id, which it gets now if it has none. */
  intern(lo: number, hi: number): number {
    if (hi === 0 && lo < DIRECT_LIMIT) {
      if (lo >= this.direct.length) this.growDirect(lo);
      if (this.direct[lo] === 0) this.direct[lo] = this.append(lo, hi) + 1;
      return this.direct[lo] - 1;
    }
    const slot = this.slot(lo, hi);
    if (this.slots[slot] !== 0) return this.slots[slot] - 1;
    const index = this.append(lo, hi);
    this.slots[slot] = index + 1;
    this.slotsUsed++;
    if (this.slotsUsed * 2 > this.slots.length) this.rehash();
    return index;
  }

  internBig(id: bigint): number {
    return this.intern(Number(id & 0xffffffffn), Number((id >> 32n) & 0xffffffffn));
  }

  /** All ids by index. */
  ids(): BigUint64Array {
    const words = new Uint32Array(2 * this.length);
    for (let i = 0; i < this.length; i++) {
      words[2 * i] = this.lo[i];
      words[2 * i + 1] = this.hi[i];
    }
    return new BigUint64Array(words.buffer);
  }

  private slot(lo: number, hi: number): number {
    const mask = this.slots.length - 1;
    let slot = (Math.imul(lo, 0x9e3779b1) ^ Math.imul(hi, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & mask;
    for (;;) {
      const index = this.slots[slot] - 1;
      if (index < 0 || (this.lo[index] === lo && this.hi[index] === hi)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private append(lo: number, hi: number): number {
    const index = this.length++;
    if (index === this.lo.length) {
      this.lo = resized(this.lo, 2 * index, (n) => new Uint32Array(n));
      this.hi = resized(this.hi, 2 * index, (n) => new Uint32Array(n));
    }
    this.lo[index] = lo;
    this.hi[index] = hi;
    return index;
  }

  private growDirect(lo: number): void {
    let size = this.direct.length;
    while (size <= lo) size *= 2;
    this.direct = resized(this.direct, size, (n) => new Int32Array(n));
  }

  private rehash(): void {
    this.slots = new Int32Array(2 * this.slots.length);
    for (let i = 0; i < this.length; i++) {
      if (this.hi[i] !== 0 || this.lo[i] >= DIRECT_LIMIT) {
        this.slots[this.slot(this.lo[i], this.hi[i])] = i + 1;
      }
    }
  }
}
