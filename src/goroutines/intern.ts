/**
 * Interning for dumps: the same bytes, or the same run of integers, get the same small number.
 *
 * A dump of 100,000 goroutines repeats a few hundred functions, lines and stacks; each is decoded to
 * a string once. Open addressing with linear probing; bytes are hashed and compared four at a time;
 * what is known already allocates nothing.
 */
import { decodeUtf8 } from '../base/utf8.ts';

const PRIME = 0x01000193;
const BASIS = 0x811c9dc5;

function doubled<Column extends Uint8Array | Int32Array>(column: Column, larger: Column): Column {
  larger.set(column);
  return larger;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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
      const entry = slots[at] - 1;
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
    for (let entry = 0; entry < this.count; entry++) this.#place(entry, this.#hashes[entry]);
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
  #arenaView = viewOf(this.#arena);
  #ends = new Int32Array(512);
  #bytes: Uint8Array = this.#arena;
  #view = this.#arenaView;
  #start = 0;
  #end = 0;
  readonly #same = (entry: number): boolean =>
    this.lengthOf(entry) === this.#end - this.#start && this.#equals(entry, this.#start);

  get count(): number {
    return this.#slots.count;
  }

  lengthOf(entry: number): number {
    return this.#ends[entry] - this.#startOf(entry);
  }

  intern(bytes: Uint8Array, start: number, end: number): number {
    this.#look(bytes);
    const view = this.#view;
    let hash = BASIS;
    let at = start;
    for (; at + 4 <= end; at += 4) {
      hash = Math.imul(hash ^ view.getInt32(at, true), PRIME);
      hash ^= hash >>> 15;
    }
    for (; at < end; at++) hash = Math.imul(hash ^ bytes[at], PRIME);
    hash |= 0;
    this.#start = start;
    this.#end = end;
    const known = this.#slots.find(hash, this.#same);
    return known >= 0 ? known : this.#add(hash);
  }

  /** True when the entry's bytes stand at `start`; there must be as many behind it. */
  standsAt(entry: number, bytes: Uint8Array, start: number): boolean {
    this.#look(bytes);
    return this.#equals(entry, start);
  }

  text(entry: number): string {
    return decodeUtf8(this.#arena.subarray(this.#startOf(entry), this.#ends[entry]));
  }

  #look(bytes: Uint8Array): void {
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }

  #startOf(entry: number): number {
    return entry === 0 ? 0 : this.#ends[entry - 1];
  }

  #equals(entry: number, start: number): boolean {
    const arena = this.#arenaView;
    const view = this.#view;
    let known = this.#startOf(entry);
    const end = this.#ends[entry];
    let at = start;
    for (; known + 4 <= end; known += 4, at += 4) {
      if (arena.getInt32(known, true) !== view.getInt32(at, true)) return false;
    }
    for (; known < end; known++, at++) {
      if (arena.getUint8(known) !== view.getUint8(at)) return false;
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
      this.#arenaView = viewOf(this.#arena);
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
      hash = Math.imul(hash ^ run[i], PRIME);
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
    return entry === 0 ? 0 : this.#ends[entry - 1];
  }

  #equals(entry: number): boolean {
    const from = this.#startOf(entry);
    if (this.#ends[entry] - from !== this.#length) return false;
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
