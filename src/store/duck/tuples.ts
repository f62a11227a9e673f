/**
 * Interning of short runs of 32-bit numbers: each distinct tuple gets the next dense id.
 *
 * Open addressing over flat columns; nothing is allocated per tuple. Ids begin at 1, so that 0 can
 * mean “none”. Cost: 4·(width + 1.5…3) bytes a tuple, one cache miss a lookup.
 */
import { resized } from '../../base/columns.ts';

const uint32s = (length: number) => new Uint32Array(length);

function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** Tuples of a fixed width of at most five. */
export class TupleTable {
  /** Highest id given out. */
  length = 0;
  readonly width: number;
  #items: Uint32Array;
  #slots: Uint32Array;

  constructor(width: number, capacity = 1024) {
    this.width = width;
    this.#items = uint32s(width * capacity);
    this.#slots = uint32s(capacity * 2);
  }

  /** Column `position` of tuple `id`. */
  at(id: number, position: number): number {
    return this.#items[(id - 1) * this.width + position] ?? 0;
  }

  /** The id of the tuple, a new one when it was not seen before. */
  intern(a: number, b = 0, c = 0, d = 0, e = 0): number {
    if (this.length * 2 >= this.#slots.length) this.#grow();
    const { width } = this;
    const items = this.#items;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashOf(a, b, c, d, e) & mask;
    for (;;) {
      const id = slots[slot] ?? 0;
      if (id === 0) break;
      const at = (id - 1) * width;
      if (
        items[at] === a &&
        (width < 2 || items[at + 1] === b) &&
        (width < 3 || items[at + 2] === c) &&
        (width < 4 || items[at + 3] === d) &&
        (width < 5 || items[at + 4] === e)
      ) {
        return id;
      }
      slot = (slot + 1) & mask;
    }
    const id = ++this.length;
    this.#put(id, a, b, c, d, e);
    slots[slot] = id;
    return id;
  }

  /** Restores a tuple under the id it was given before. Ids between may stay empty for ever. */
  restore(id: number, a: number, b = 0, c = 0, d = 0, e = 0): void {
    while (id * 2 >= this.#slots.length) this.#grow();
    this.#put(id, a, b, c, d, e);
    const mask = this.#slots.length - 1;
    let slot = hashOf(a, b, c, d, e) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = id;
    this.length = Math.max(this.length, id);
  }

  #put(id: number, a: number, b: number, c: number, d: number, e: number): void {
    const at = (id - 1) * this.width;
    this.#items[at] = a;
    if (this.width > 1) this.#items[at + 1] = b;
    if (this.width > 2) this.#items[at + 2] = c;
    if (this.width > 3) this.#items[at + 3] = d;
    if (this.width > 4) this.#items[at + 4] = e;
  }

  #grow(): void {
    const old = this.#slots;
    this.#items = resized(this.#items, this.#items.length * 2, uint32s);
    const slots = uint32s(old.length * 2);
    const mask = slots.length - 1;
    for (const id of old) {
      if (id === 0) continue;
      let slot = this.#hashAt(id) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.#slots = slots;
  }

  #hashAt(id: number): number {
    const { width } = this;
    const part = (position: number) => (position < width ? this.at(id, position) : 0);
    return hashOf(part(0), part(1), part(2), part(3), part(4));
  }
}

function hashOf(a: number, b: number, c: number, d: number, e: number): number {
  const hash = mix(mix(mix(0x2545f491, a), b), c);
  if ((d | e) === 0) return (hash ^ (hash >>> 13)) >>> 0;
  const longer = mix(mix(hash, d), e);
  return (longer ^ (longer >>> 13)) >>> 0;
}
