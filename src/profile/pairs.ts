/** Interns pairs of 32-bit indices in the order of their first use, without allocating per lookup. */
import { resized } from '../base/columns.ts';

const int32s = (length: number) => new Int32Array(length);

export class PairTable {
  length = 0;
  first: Int32Array = int32s(1024);
  second: Int32Array = int32s(1024);
  /** Pair + 1; 0 = free. */
  private slots = int32s(4096);

  /** Index of the pair; `length` grows when it is new. */
  intern(first: number, second: number): number {
    const mask = this.slots.length - 1;
    let slot = hashOf(first, second) & mask;
    for (;;) {
      const pair = (this.slots[slot] ?? 0) - 1;
      if (pair < 0) return this.append(slot, first, second);
      if (this.first[pair] === first && this.second[pair] === second) return pair;
      slot = (slot + 1) & mask;
    }
  }

  /** Makes room for that many more pairs; room that is not used costs no memory. */
  reserve(more: number): void {
    const length = this.length + more;
    if (length > this.first.length) {
      const room = Math.max(length, this.first.length * 2);
      this.first = resized(this.first, room, int32s);
      this.second = resized(this.second, room, int32s);
    }
    if (length * 2 <= this.slots.length) return;
    let size = this.slots.length * 2;
    while (size < length * 2) size *= 2;
    this.slots = int32s(size);
    for (let pair = 0; pair < this.length; pair++) this.place(pair);
  }

  private append(slot: number, first: number, second: number): number {
    const pair = this.length;
    const { slots } = this;
    if (pair === this.first.length || (pair + 1) * 2 > slots.length) this.reserve(1);
    this.first[pair] = first;
    this.second[pair] = second;
    this.length = pair + 1;
    if (this.slots === slots) slots[slot] = pair + 1;
    else this.place(pair);
    return pair;
  }

  private place(pair: number): void {
    const mask = this.slots.length - 1;
    let slot = hashOf(this.first[pair] ?? 0, this.second[pair] ?? 0) & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = pair + 1;
  }
}

function hashOf(first: number, second: number): number {
  const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
