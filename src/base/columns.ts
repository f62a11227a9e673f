/** Typed arrays as growing columns: copies of another length, and the narrowest exact number type. */

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
  for (const value of values) {
    if (BigInt.asIntN(54, value) !== value) return values;
  }
  return Float64Array.from(values, Number);
}
