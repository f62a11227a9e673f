/** Growing columns of numbers, for rows that arrive one by one. */
import { resized } from '../base/columns.ts';

export class Ints {
  array = new Int32Array(16);
  length = 0;

  push(value: number): void {
    if (this.length === this.array.length) {
      this.array = resized(this.array, 2 * this.length, (n) => new Int32Array(n));
    }
    this.array[this.length++] = value;
  }

  freeze(): Int32Array {
    return this.array.slice(0, this.length);
  }
}

export class Floats {
  array = new Float64Array(16);
  length = 0;

  push(value: number): void {
    if (this.length === this.array.length) {
      this.array = resized(this.array, 2 * this.length, (n) => new Float64Array(n));
    }
    this.array[this.length++] = value;
  }

  freeze(): Float64Array {
    return this.array.slice(0, this.length);
  }
}

/** A column whose rows exist from the start and are set in any order; unset rows hold `fill`. */
export function grown(
  column: Int32Array<ArrayBuffer>,
  length: number,
  fill: number,
): Int32Array<ArrayBuffer> {
  const copy = resized(column, Math.max(length, 2 * column.length), (n) => new Int32Array(n));
  if (fill !== 0) copy.fill(fill, column.length);
  return copy;
}

export function grownFloats(
  column: Float64Array<ArrayBuffer>,
  length: number,
  fill: number,
): Float64Array<ArrayBuffer> {
  const copy = resized(column, Math.max(length, 2 * column.length), (n) => new Float64Array(n));
  if (fill !== 0) copy.fill(fill, column.length);
  return copy;
}

export function grownBytes(
  column: Uint8Array<ArrayBuffer>,
  length: number,
): Uint8Array<ArrayBuffer> {
  return resized(column, Math.max(length, 2 * column.length), (n) => new Uint8Array(n));
}
