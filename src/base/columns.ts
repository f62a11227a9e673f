/** Typed arrays as growing columns: copies of another length, and the narrowest exact number type. */

const TWO_32 = 4294967296;
/** High halves of values below 2^53 are below this. */
const HIGH_EXACT = 0x200000;

interface TypedColumn<Self> {
  readonly length: number;
  set(from: Self): void;
  subarray(begin: number, end: number): Self;
}

/** A copy of `length` entries, cut or padded with zeros. `make` gives a fresh zeroed column. */
export function resized<Column extends TypedColumn<Column>>(
  column: Column,
  length: number,
  make: (length: number) => Column,
): Column {
  const copy = make(length);
  copy.set(length < column.length ? column.subarray(0, length) : column);
  return copy;
}

/** A float column when every value is exact in one (|value| ≤ 2^53), else the integers themselves. */
export function narrowestColumn(values: BigInt64Array): Float64Array | BigInt64Array {
  // By halves: a bigint for every value would take longer than everything else.
  const halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const numbers = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const high = (halves[2 * i + 1] ?? 0) | 0;
    if (high < -HIGH_EXACT || high >= HIGH_EXACT) return values;
    numbers[i] = high * TWO_32 + (halves[2 * i] ?? 0);
  }
  return numbers;
}
