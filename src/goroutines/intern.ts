/**
 * Interning for dumps: the same bytes, or the same run of integers, get the same small number.
 *
 * A dump of 100,000 goroutines repeats a few hundred functions, lines and stacks; each is decoded to
 * a string once. Open addressing with linear probing; one hash over the bytes per look-up, and no
 * allocation for what is known already.
 */
import { decodeUtf8 } from '../base/utf8.ts';

const PRIME = 0x01000193;
const BASIS = 0x811c9dc5;

function doubled<Column extends Uint8Array | Int32Array>(column: Column, larger: Column): Column {
  larger.set(column);
  return larger;
}

/** Slots of entry + 1, 0 = free; `hashes` has one hash for each entry. */
class Slots {
  #slots = new Int32Array(1024);
  #hashes = new Int32Array(512);
  count = 0;

  /** The entry with this hash for which `same` holds, or -1. */
  find(hash: number, same: (entry: number) => boolean): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let at = (hash ^ (hash >>> 15)) & mask; ; at = (at + 1) & mask) {
      const entry = (slots[at] ?? 0) - 1;
      if (entry < 0) return -1;
      if (this.#hashes[entry] === hash && same(entry)) return entry;
    }
  }

  /** A new entry; it must not be there yet. */
  add(hash: number): number {
    const entry = this.count++;
    if (entry >= this.#hashes.length) {
      this.#hashes = doubled(this.#hashes, new Int32Array(this.#hashes.length * 2));
    }
    this.#hashes[entry] = hash;
    if (this.count * 2 > this.#slots.length) this.#rehash();
    else this.#place(entry, hash);
    return entry;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let entry = 0; entry < this.count; entry++) this.#place(entry, this.#hashes[entry] ?? 0);
  }

  #place(entry: number, hash: number): void {
    const mask = this.#slots.length - 1;
    let at = (hash ^ (hash >>> 15)) & mask;
    while (this.#slots[at] !== 0) at = (at + 1) & mask;
    this.#slots[at] = entry + 1;
  }
}

/** Byte strings → 0, 1, 2 … in the order of their first appearance. */
export class ByteInterner {
  #slots = new Slots();
  #arena = new Uint8Array(16 * 1024);
  #ends = new Int32Array(512);
  #bytes: Uint8Array = this.#arena;
  #start = 0;
  #end = 0;
  readonly #same = (entry: number): boolean => this.#equals(entry);

  get count(): number {
    return this.#slots.count;
  }

  intern(bytes: Uint8Array, start: number, end: number): number {
    let hash = BASIS;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), PRIME);
    hash |= 0;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    const known = this.#slots.find(hash, this.#same);
    return known >= 0 ? known : this.#add(hash);
  }

  text(entry: number): string {
    return decodeUtf8(this.#arena.subarray(this.#startOf(entry), this.#ends[entry]));
  }

  #startOf(entry: number): number {
    return entry === 0 ? 0 : (this.#ends[entry - 1] ?? 0);
  }

  #equals(entry: number): boolean {
    const from = this.#startOf(entry);
    const length = this.#end - this.#start;
    if ((this.#ends[entry] ?? 0) - from !== length) return false;
    for (let i = 0; i < length; i++) {
      if (this.#arena[from + i] !== this.#bytes[this.#start + i]) return false;
    }
    return true;
  }

  #add(hash: number): number {
    const entry = this.#slots.add(hash);
    const from = this.#startOf(entry);
    const end = from + this.#end - this.#start;
    if (end > this.#arena.length) {
      const length = Math.max(this.#arena.length * 2, end);
      this.#arena = doubled(this.#arena, new Uint8Array(length));
    }
    if (entry >= this.#ends.length) {
      this.#ends = doubled(this.#ends, new Int32Array(this.#ends.length * 2));
    }
    this.#arena.set(this.#bytes.subarray(this.#start, this.#end), from);
    this.#ends[entry] = end;
    return entry;
  }
}

/** Runs of integers → 0, 1, 2 … in the order of their first appearance. */
export class RunInterner {
  #slots = new Slots();
  #values = new Int32Array(4096);
  #ends = new Int32Array(512);
  #run = new Int32Array(0);
  #length = 0;
  readonly #same = (entry: number): boolean => this.#equals(entry);

  get count(): number {
    return this.#slots.count;
  }

  /** The first `length` integers of `run`. */
  intern(run: Int32Array<ArrayBuffer>, length: number): number {
    let hash = BASIS;
    for (let i = 0; i < length; i++) {
      hash = Math.imul(hash ^ (run[i] ?? 0), PRIME);
      hash ^= hash >>> 13;
    }
    hash |= 0;
    this.#run = run;
    this.#length = length;
    const known = this.#slots.find(hash, this.#same);
    return known >= 0 ? known : this.#add(hash);
  }

  run(entry: number): Int32Array {
    return this.#values.subarray(this.#startOf(entry), this.#ends[entry]);
  }

  #startOf(entry: number): number {
    return entry === 0 ? 0 : (this.#ends[entry - 1] ?? 0);
  }

  #equals(entry: number): boolean {
    const from = this.#startOf(entry);
    if ((this.#ends[entry] ?? 0) - from !== this.#length) return false;
    for (let i = 0; i < this.#length; i++) {
      if (this.#values[from + i] !== this.#run[i]) return false;
    }
    return true;
  }

  #add(hash: number): number {
    const entry = this.#slots.add(hash);
    const from = this.#startOf(entry);
    const end = from + this.#length;
    if (end > this.#values.length) {
      const length = Math.max(this.#values.length * 2, end);
      this.#values = doubled(this.#values, new Int32Array(length));
    }
    if (entry >= this.#ends.length) {
      this.#ends = doubled(this.#ends, new Int32Array(this.#ends.length * 2));
    }
    this.#values.set(this.#run.subarray(0, this.#length), from);
    this.#ends[entry] = end;
    return entry;
  }
}
