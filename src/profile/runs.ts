/**
 * Interns runs of integers (stacks, label sets, pairs): equal runs get the same index.
 *
 * Open addressing over one concatenated column; nothing is allocated per lookup. The columns are the
 * `start`/values shape of the Profile tables, so that they can be handed over as they are.
 */
import { resized } from '../base/columns.ts';

const uint32s = (length: number) => new Uint32Array(length);

export class RunInterner {
  /** Distinct runs so far. */
  length = 0;
  /** Offsets into `values`; `length + 1` of them are set. */
  start = uint32s(64);
  values: Uint32Array = uint32s(256);
  private hashes = new Int32Array(64);
  /** Run + 1, 0 = free. */
  private slots = uint32s(128);

  /** Index of the run `source[from..to)`. */
  intern(source: Uint32Array, from: number, to: number): number {
    let hash = (to - from) | 0;
    for (let i = from; i < to; i++) {
      hash = Math.imul(hash ^ (source[i] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const run = (this.slots[slot] ?? 0) - 1;
      if (run < 0) return this.append(slot, hash, source, from, to);
      if (this.hashes[run] === hash && this.equals(run, source, from, to)) return run;
      slot = (slot + 1) & mask;
    }
  }

  /** The two columns, cut to size. */
  finish(): { length: number; start: Uint32Array; values: Uint32Array } {
    const { length } = this;
    return {
      length,
      start: this.start.slice(0, length + 1),
      values: this.values.slice(0, this.start[length] ?? 0),
    };
  }

  private equals(run: number, source: Uint32Array, from: number, to: number): boolean {
    const own = this.start[run] ?? 0;
    if ((this.start[run + 1] ?? 0) - own !== to - from) return false;
    const { values } = this;
    for (let i = from; i < to; i++) if (values[own + i - from] !== source[i]) return false;
    return true;
  }

  private append(
    slot: number,
    hash: number,
    source: Uint32Array,
    from: number,
    to: number,
  ): number {
    const run = this.length++;
    const at = this.start[run] ?? 0;
    const end = at + to - from;
    if (end > this.values.length) {
      this.values = resized(this.values, Math.max(end, this.values.length * 2), uint32s);
    }
    for (let i = from; i < to; i++) this.values[at + i - from] = source[i] ?? 0;
    if (run + 2 > this.start.length) {
      this.start = resized(this.start, this.start.length * 2, uint32s);
      this.hashes = resized(this.hashes, this.start.length, (n) => new Int32Array(n));
    }
    this.start[run + 1] = end;
    this.hashes[run] = hash;
    this.slots[slot] = run + 1;
    if (this.length * 2 > this.slots.length) this.rehash();
    return run;
  }

  private rehash(): void {
    this.slots = uint32s(this.slots.length * 2);
    const mask = this.slots.length - 1;
    for (let run = 0; run < this.length; run++) {
      let slot = (this.hashes[run] ?? 0) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = run + 1;
    }
  }
}
