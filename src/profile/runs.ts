/**
 * Interns runs of integers (stacks, label sets, pairs): equal runs get the same index.
 *
 * Open addressing over one concatenated column; nothing is allocated per lookup. A run is written
 * behind the last one and stays there when it is new, so that nothing is copied twice. The columns are
 * the `start`/values shape of the Profile tables, so that they can be handed over as they are.
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

  /** Makes room for that many more runs and values; room that is not used costs no memory. */
  reserve(runs: number, values: number): void {
    const { length } = this;
    this.reserveValues((this.start[length] ?? 0) + values);
    this.reserveRuns(length + runs);
  }

  /** Index of the run `source[from..to)`. */
  intern(source: Uint32Array, from: number, to: number): number {
    const at = this.start[this.length] ?? 0;
    const end = at + to - from;
    this.reserveValues(end);
    const { values } = this;
    for (let i = from, out = at; i < to; i++) values[out++] = source[i] ?? 0;
    return this.internTail(end);
  }

  /** Index of the run whose values were written behind the last one, up to `end` in `values`. */
  internTail(end: number): number {
    const { values, length } = this;
    const at = this.start[length] ?? 0;
    const hash = hashOf(values, at, end);
    const { slots, hashes } = this;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const run = (slots[slot] ?? 0) - 1;
      if (run < 0) break;
      if (hashes[run] === hash && this.equals(run, at, end)) return run;
      slot = (slot + 1) & mask;
    }
    this.reserveRuns(length + 1);
    this.length = length + 1;
    this.start[length + 1] = end;
    this.hashes[length] = hash;
    if (this.slots === slots) slots[slot] = length + 1;
    else this.place(length);
    return length;
  }

  /** The two columns, cut to size. They share memory with the interner, which is of no more use. */
  finish(): { length: number; start: Uint32Array; values: Uint32Array } {
    const { length } = this;
    return {
      length,
      start: cut(this.start, length + 1),
      values: cut(this.values, this.start[length] ?? 0),
    };
  }

  private equals(run: number, at: number, end: number): boolean {
    const { values, start } = this;
    const own = start[run] ?? 0;
    if ((start[run + 1] ?? 0) - own !== end - at) return false;
    for (let i = at, other = own; i < end; i++) if (values[other++] !== values[i]) return false;
    return true;
  }

  private reserveValues(length: number): void {
    if (length <= this.values.length) return;
    this.values = resized(this.values, Math.max(length, this.values.length * 2), uint32s);
  }

  /** Keeps at least half of the slots free. */
  private reserveRuns(length: number): void {
    if (length >= this.start.length) {
      const room = Math.max(length + 1, this.start.length * 2);
      this.start = resized(this.start, room, uint32s);
      this.hashes = resized(this.hashes, room, (n) => new Int32Array(n));
    }
    if (length * 2 <= this.slots.length) return;
    let size = this.slots.length * 2;
    while (size < length * 2) size *= 2;
    this.slots = uint32s(size);
    for (let run = 0; run < this.length; run++) this.place(run);
  }

  private place(run: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let slot = (this.hashes[run] ?? 0) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = run + 1;
  }
}

function hashOf(values: Uint32Array, from: number, to: number): number {
  let hash = (to - from) | 0;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (values[i] ?? 0), 0x9e3779b1);
  return hash ^ (hash >>> 15);
}

/** A copy only where it frees more than it holds. */
function cut(column: Uint32Array, length: number): Uint32Array {
  return length * 2 < column.length ? column.slice(0, length) : column.subarray(0, length);
}
