/**
 * Sums of sample values by index: floats where the column is exact in them, else 64-bit integers that
 * wrap as Go's do. Readers get floats; by then only their printed form matters.
 */
import { resized } from '../../base/columns.ts';
import type { ValueColumn } from '../../profile/profile.ts';

export interface Sums {
  /** Adds the value of a sample. The index is below the reserved length. */
  add(index: number, row: number): void;
  reserve(length: number): void;
  finish(length: number): Float64Array;
}

export function sumsOf(column: ValueColumn, length: number): Sums {
  return column instanceof Float64Array
    ? new FloatSums(column, length)
    : new IntegerSums(column, length);
}

class FloatSums implements Sums {
  private readonly column: Float64Array;
  private sums: Float64Array;

  constructor(column: Float64Array, length: number) {
    this.column = column;
    this.sums = new Float64Array(length);
  }

  add(index: number, row: number): void {
    this.sums[index] = (this.sums[index] ?? 0) + (this.column[row] ?? 0);
  }

  reserve(length: number): void {
    if (length > this.sums.length) {
      this.sums = resized(this.sums, length * 2, (n) => new Float64Array(n));
    }
  }

  finish(length: number): Float64Array {
    return this.sums.subarray(0, length);
  }
}

class IntegerSums implements Sums {
  private readonly column: BigInt64Array;
  private sums: BigInt64Array;

  constructor(column: BigInt64Array, length: number) {
    this.column = column;
    this.sums = new BigInt64Array(length);
  }

  add(index: number, row: number): void {
    this.sums[index] = (this.sums[index] ?? 0n) + (this.column[row] ?? 0n);
  }

  reserve(length: number): void {
    if (length > this.sums.length) {
      this.sums = resized(this.sums, length * 2, (n) => new BigInt64Array(n));
    }
  }

  finish(length: number): Float64Array {
    return Float64Array.from(this.sums.subarray(0, length), Number);
  }
}
