/**
 * 64-bit ids ⇄ dense indices, for goroutines, procs, threads, tasks and program counters.
 *
 * Ids below a million, which most are, go through a direct table, the others through open
 * addressing. No BigInt and no allocation per look-up. The goroutines' table lies where the kernel
 * sees it (kernel/order.wat, $find), hence the layout of the slots.
 */
import { resized } from '../base/columns.ts';
import { type Kernel, SLOT } from './kernel/kernel.ts';

const DIRECT_LIMIT = 1 << 20;
/** A slot is low half, high half, index + 1 (0 = free), 0. */
const SLOT_WORDS = 4;

export class IdTable {
  length = 0;
  /** Low and high halves, by index. */
  lo = new Uint32Array(64);
  hi = new Uint32Array(64);
  /** Index + 1 by id, for small ids; 0 = absent. */
  private direct = new Int32Array(0);
  private slots = new Int32Array(0);
  private mask = 0;
  private slotsUsed = 0;
  private readonly kernel: Kernel | undefined;

  /** `kernel`: to share the table with. */
  constructor(kernel?: Kernel) {
    this.kernel = kernel;
    this.setDirect(256);
    this.setSlots(64);
  }

  /** The index of an id, -1 when it has none. */
  find(lo: number, hi: number): number {
    if (hi === 0 && lo < this.direct.length) return this.direct[lo] - 1;
    if (hi === 0 && lo < DIRECT_LIMIT) return -1;
    return this.slots[this.slot(lo, hi) + 2] - 1;
  }

  /** The index of an id, which it gets now if it has none. */
  intern(lo: number, hi: number): number {
    if (hi === 0 && lo < DIRECT_LIMIT) {
      if (lo >= this.direct.length) this.growDirect(lo);
      if (this.direct[lo] === 0) this.direct[lo] = this.append(lo, hi) + 1;
      return this.direct[lo] - 1;
    }
    const slot = this.slot(lo, hi);
    if (this.slots[slot + 2] !== 0) return this.slots[slot + 2] - 1;
    const index = this.append(lo, hi);
    this.fill(slot, index);
    this.slotsUsed++;
    if (this.slotsUsed * 2 > this.mask) this.rehash();
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

  /** Where in `slots` the id is, or would be. */
  private slot(lo: number, hi: number): number {
    const { mask, slots } = this;
    let hash = Math.imul(lo, 0x9e3779b1) ^ Math.imul(hi, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (;;) {
      const at = (hash & mask) * SLOT_WORDS;
      if (slots[at + 2] === 0) return at;
      if (slots[at] === (lo | 0) && slots[at + 1] === (hi | 0)) return at;
      hash++;
    }
  }

  private fill(slot: number, index: number): void {
    this.slots[slot] = this.lo[index];
    this.slots[slot + 1] = this.hi[index];
    this.slots[slot + 2] = index + 1;
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
    this.setDirect(size);
  }

  private rehash(): void {
    this.setSlots(2 * (this.mask + 1));
    for (let i = 0; i < this.length; i++) {
      if (this.hi[i] !== 0 || this.lo[i] >= DIRECT_LIMIT) {
        this.fill(this.slot(this.lo[i], this.hi[i]), i);
      }
    }
  }

  private setDirect(size: number): void {
    if (this.kernel === undefined) {
      this.direct = resized(this.direct, size, (n) => new Int32Array(n));
      return;
    }
    this.kernel.columnInts(SLOT.goDirect, size, (view) => {
      this.direct = view;
    });
    this.kernel.words[SLOT.goDirectLength] = size;
  }

  /** Empty slots. */
  private setSlots(count: number): void {
    this.mask = count - 1;
    if (this.kernel === undefined) {
      this.slots = new Int32Array(SLOT_WORDS * count);
      return;
    }
    this.kernel.columnInts(SLOT.goSlots, SLOT_WORDS * count, (view) => {
      this.slots = view;
    });
    this.slots.fill(0);
    this.kernel.words[SLOT.goSlotMask] = this.mask;
  }
}
