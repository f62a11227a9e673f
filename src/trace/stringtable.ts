/**
 * Interned strings. They are kept and compared as bytes: the same few thousand names come again in
 * each generation. Text is made of them once, at the end, all in one go.
 */
import { resized } from '../base/columns.ts';
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';

const ascii = new TextDecoder();
/** Strings decoded together at most: a slice keeps the whole text in memory. */
const STRETCH = 4096;

export class StringTable {
  private count = 0;
  private pool = new Uint8Array(4096);
  private poolLength = 0;
  private start = new Uint32Array(256);
  private hashes = new Uint32Array(256);
  /** Index + 1 by hash. */
  private slots = new Int32Array(512);

  constructor() {
    this.internBytes(this.pool, 0, 0);
  }

  intern(text: string): number {
    const bytes = encodeUtf8(text);
    return this.internBytes(bytes, 0, bytes.length);
  }

  internBytes(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0x811c9dc5;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
    hash = (hash ^ (hash >>> 15)) >>> 0;
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (; this.slots[slot] !== 0; slot = (slot + 1) & mask) {
      const index = this.slots[slot] - 1;
      if (this.hashes[index] === hash && this.equals(index, bytes, from, to)) return index;
    }
    return this.append(bytes, from, to, hash, slot);
  }

  /** The bytes of all strings, one behind the other, and `count + 1` offsets. */
  bytes(): { pool: Uint8Array<ArrayBuffer>; start: Uint32Array<ArrayBuffer> } {
    return {
      pool: this.pool.slice(0, this.poolLength),
      start: this.start.slice(0, this.count + 1),
    };
  }

  /** The text of one. */
  text(index: number): string {
    return decodeUtf8(this.pool.subarray(this.start[index], this.start[index + 1]));
  }

  /** The texts of all. Stretches of ASCII, nearly all there is, are decoded together, then cut. */
  texts(): string[] {
    const { pool, start, count } = this;
    const all: string[] = new Array(count);
    for (let first = 0; first < count; ) {
      let end = first;
      let isAscii = true;
      for (; end < count && end < first + STRETCH; end++) {
        for (let i = start[end]; i < start[end + 1] && isAscii; i++) isAscii = pool[i] < 0x80;
        if (!isAscii) break;
      }
      const text = ascii.decode(pool.subarray(start[first], start[end]));
      for (let i = first; i < end; i++) {
        all[i] = text.slice(start[i] - start[first], start[i + 1] - start[first]);
      }
      if (!isAscii) all[end] = this.text(end++);
      first = end;
    }
    return all;
  }

  private equals(index: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.start[index];
    if (this.start[index + 1] - start !== to - from) return false;
    for (let i = from, at = start; i < to; i++, at++) {
      if (bytes[i] !== this.pool[at]) return false;
    }
    return true;
  }

  private append(bytes: Uint8Array, from: number, to: number, hash: number, slot: number): number {
    const index = this.count++;
    const end = this.poolLength + (to - from);
    if (end > this.pool.length) {
      this.pool = resized(this.pool, Math.max(end, 2 * this.pool.length), (n) => new Uint8Array(n));
    }
    if (index + 2 > this.start.length) {
      this.start = resized(this.start, 2 * this.start.length, (n) => new Uint32Array(n));
      this.hashes = resized(this.hashes, 2 * this.hashes.length, (n) => new Uint32Array(n));
    }
    this.pool.set(bytes.subarray(from, to), this.poolLength);
    this.poolLength = end;
    this.start[index + 1] = end;
    this.hashes[index] = hash;
    this.slots[slot] = index + 1;
    if (this.count * 2 > this.slots.length) this.rehash();
    return index;
  }

  private rehash(): void {
    this.slots = new Int32Array(2 * this.slots.length);
    const mask = this.slots.length - 1;
    for (let i = 0; i < this.count; i++) {
      let slot = this.hashes[i] & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = i + 1;
    }
  }
}
