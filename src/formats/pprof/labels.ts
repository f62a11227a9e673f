/**
 * Label sets of a pprof message, interned by their bytes.
 *
 * Labels repeat (a heap profile has a few hundred distinct `bytes` labels on a million samples), so a
 * set is found by hashing its encoded bytes and parsed only the first time. Nothing is allocated for
 * a set that was seen before.
 */
import { narrowestColumn, resized } from '../../base/columns.ts';
import type { LabelSetTable } from '../../profile/profile.ts';
import { Cursor } from './cursor.ts';
import { checkString } from './tables.ts';

export class LabelInterner {
  private readonly bytes: Uint8Array;
  private readonly stringCount: number;
  private readonly cursor: Cursor;
  private setCount = 1;
  /** Open addressing over the distinct byte strings: entry + 1, 0 = free. */
  private slots = new Uint32Array(64);
  private entryCount = 0;
  private entryHash = new Int32Array(32);
  private entryStart = new Float64Array(32);
  private entryEnd = new Float64Array(32);
  private entrySet = new Uint32Array(32);
  private setStart = new Uint32Array(32);
  private labelCount = 0;
  private key = new Int32Array(32);
  private str = new Int32Array(32);
  private unit = new Int32Array(32);
  private num = new BigInt64Array(32);
  private numHalves = new Uint32Array(this.num.buffer);

  constructor(bytes: Uint8Array, stringCount: number) {
    this.bytes = bytes;
    this.stringCount = stringCount;
    this.cursor = new Cursor(bytes, 0, 0);
  }

  /** Index of the set whose label fields (headers included) are bytes `start` to `end`. */
  intern(start: number, end: number): number {
    const bytes = this.bytes;
    let hash = 0x811c9dc5 | 0;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
    return this.internHashed(start, end, hash);
  }

  /** The same with the FNV-1a hash of these bytes, as a signed integer. */
  internHashed(start: number, end: number, fnv: number): number {
    const hash = fnv ^ (fnv >>> 15);
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const entry = (this.slots[slot] ?? 0) - 1;
      if (entry < 0) break;
      if (this.entryHash[entry] === hash && this.sameBytes(entry, start, end)) {
        return this.entrySet[entry] ?? 0;
      }
      slot = (slot + 1) & mask;
    }
    this.beginSet();
    this.cursor.open(start, end);
    while (this.cursor.next()) this.addLabel(this.cursor.start, this.cursor.stop);
    const set = this.endSet();
    this.addEntry(slot, hash, start, end, set);
    return set;
  }

  /** Starts a set that is not interned (labels scattered over a sample). */
  beginSet(): void {
    this.setStart[this.setCount] = this.labelCount;
  }

  /** Adds one Label message to the set. Go drops labels that have neither text nor number. */
  addLabel(start: number, end: number): void {
    const label = new Cursor(this.bytes, start, end);
    let key = 0;
    let str = 0;
    let lo = 0;
    let hi = 0;
    let unit = 0;
    while (label.next()) {
      switch (label.field) {
        case 1:
          key = label.int();
          break;
        case 2:
          str = label.int();
          break;
        case 3:
          label.expect(0);
          lo = label.lo;
          hi = label.hi;
          break;
        case 4:
          unit = label.int();
          break;
        default:
      }
    }
    checkString(key, this.stringCount, start);
    if (str !== 0) {
      this.push(key, checkString(str, this.stringCount, start), 0, 0, 0);
    } else if (lo !== 0 || hi !== 0 || unit !== 0) {
      this.push(key, -1, lo, hi, checkString(unit, this.stringCount, start));
    }
  }

  /** Ends the set and gives its index: 0 when nothing is in it. */
  endSet(): number {
    if (this.setStart[this.setCount] === this.labelCount) return 0;
    const set = this.setCount++;
    if (this.setCount + 1 >= this.setStart.length)
      this.setStart = resized(this.setStart, this.setStart.length * 2, uint32s);
    this.setStart[this.setCount] = this.labelCount;
    return set;
  }

  /** The finished table; `num` is a float column when every number is exact in one. */
  finish(): LabelSetTable {
    const count = this.labelCount;
    this.setStart[this.setCount] = count;
    return {
      length: this.setCount,
      start: this.setStart.slice(0, this.setCount + 1),
      key: this.key.slice(0, count),
      str: this.str.slice(0, count),
      num: narrowestColumn(this.num.slice(0, count)),
      numUnit: this.unit.slice(0, count),
    };
  }

  private sameBytes(entry: number, start: number, end: number): boolean {
    const other = this.entryStart[entry] ?? 0;
    if ((this.entryEnd[entry] ?? 0) - other !== end - start) return false;
    const bytes = this.bytes;
    for (let i = 0; i < end - start; i++) {
      if (bytes[start + i] !== bytes[other + i]) return false;
    }
    return true;
  }

  private addEntry(slot: number, hash: number, start: number, end: number, set: number): void {
    const entry = this.entryCount++;
    if (entry === this.entryHash.length) {
      this.entryHash = resized(this.entryHash, this.entryHash.length * 2, int32s);
      this.entryStart = resized(this.entryStart, this.entryStart.length * 2, float64s);
      this.entryEnd = resized(this.entryEnd, this.entryEnd.length * 2, float64s);
      this.entrySet = resized(this.entrySet, this.entrySet.length * 2, uint32s);
    }
    this.entryHash[entry] = hash;
    this.entryStart[entry] = start;
    this.entryEnd[entry] = end;
    this.entrySet[entry] = set;
    this.slots[slot] = entry + 1;
    if (this.entryCount * 2 > this.slots.length) this.rehash();
  }

  private rehash(): void {
    this.slots = new Uint32Array(this.slots.length * 2);
    const mask = this.slots.length - 1;
    for (let entry = 0; entry < this.entryCount; entry++) {
      let slot = (this.entryHash[entry] ?? 0) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = entry + 1;
    }
  }

  private push(key: number, str: number, lo: number, hi: number, unit: number): void {
    const at = this.labelCount++;
    if (at === this.key.length) {
      this.key = resized(this.key, this.key.length * 2, int32s);
      this.str = resized(this.str, this.str.length * 2, int32s);
      this.unit = resized(this.unit, this.unit.length * 2, int32s);
      this.num = resized(this.num, this.num.length * 2, bigInt64s);
      this.numHalves = new Uint32Array(this.num.buffer);
    }
    this.key[at] = key;
    this.str[at] = str;
    this.numHalves[2 * at] = lo;
    this.numHalves[2 * at + 1] = hi;
    this.unit[at] = unit;
  }
}

const uint32s = (length: number) => new Uint32Array(length);
const int32s = (length: number) => new Int32Array(length);
const float64s = (length: number) => new Float64Array(length);
const bigInt64s = (length: number) => new BigInt64Array(length);
