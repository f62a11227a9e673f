/**
 * A pc-value table: how the Go linker maps the instructions of one function to integers (a line, a
 * file, an index into the inline tree), as pairs of variable-length deltas.
 *
 * After runtime/symtab.go (step, pcvalue) of Go 1.26 and "Go 1.2 Runtime Symbol Information"
 * (golang.org/s/go12symtab). Distances are in bytes from the function's entry. A lookup walks the
 * table from its start, so it costs what the function is long; whoever wants all values takes runs.
 */
import type { BinaryReader } from './reader.ts';

/** What every table holds before its first pair, and what "no value" is. */
export const NO_VALUE = -1;

/** Cursor state of one walk; fields are updated in place so that a lookup allocates nothing more. */
class Walk {
  private readonly table: BinaryReader;
  private readonly quantum: number;
  private position: number;
  value = NO_VALUE;
  /** End (exclusive) of the instructions that have `value`. */
  end = 0;

  constructor(table: BinaryReader, offset: number, quantum: number) {
    this.table = table;
    this.position = offset;
    this.quantum = quantum;
  }

  /** Advances to the next value; false at the end of the table. */
  next(): boolean {
    const start = this.position;
    const encoded = this.varint();
    if (encoded === 0 && this.end !== 0) return false;
    const delta = (encoded & 1) !== 0 ? ~(encoded >>> 1) : encoded >>> 1;
    this.value = (this.value + delta) | 0;
    const advance = this.varint() * this.quantum;
    // The linker never emits such a pair, and a table full of them would cost the whole file.
    if (advance === 0) this.table.fail(start, 'a pc-value table does not advance');
    this.end += advance;
    return true;
  }

  private varint(): number {
    const { bytes } = this.table;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[this.position++];
      if (byte === undefined) this.table.fail(bytes.length, 'a pc-value table has no end');
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    return this.table.fail(this.position, 'a number in a pc-value table has no end');
  }
}

/** The value at `distance` bytes behind the entry; NO_VALUE when the table ends before it. */
export function pcValue(
  table: BinaryReader,
  offset: number,
  quantum: number,
  distance: number,
): number {
  const walk = new Walk(table, offset, quantum);
  while (walk.next()) if (distance < walk.end) return walk.value;
  return NO_VALUE;
}

/** Consecutive runs of instructions with the same value, from the function's entry on. */
export interface PcRuns {
  /** End of each run (exclusive), rising. */
  readonly ends: readonly number[];
  readonly values: readonly number[];
}

/** The whole table of a function of `size` bytes. */
export function pcRuns(table: BinaryReader, offset: number, quantum: number, size: number): PcRuns {
  const ends: number[] = [];
  const values: number[] = [];
  const walk = new Walk(table, offset, quantum);
  while (walk.end < size && walk.next()) {
    ends.push(walk.end);
    values.push(walk.value);
  }
  return { ends, values };
}

/** The value at a distance, out of runs; NO_VALUE beyond the last. Cost: a binary search. */
export function valueInRuns(runs: PcRuns, distance: number): number {
  let [low, high] = [0, runs.ends.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (distance < (runs.ends[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return runs.values[low] ?? NO_VALUE;
}
