/** Protobuf messages by hand: [field number, value] pairs, for profiles that no encoder writes. */

/** A field of a message: its number and a varint, a submessage, text, or raw payload bytes. */
export type Field = readonly [number, bigint | number | string | readonly Field[] | Uint8Array];

/** Bytes of a varint; negative numbers take ten. */
export function varint(value: bigint | number): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

/** Bytes of a message. */
export function message(fields: readonly Field[]): Uint8Array {
  const bytes = fields.flatMap(([number, value]) => {
    if (typeof value === 'bigint' || typeof value === 'number') {
      return [...varint(number * 8), ...varint(value)];
    }
    const payload =
      typeof value === 'string'
        ? new TextEncoder().encode(value)
        : value instanceof Uint8Array
          ? value
          : message(value);
    return [...varint(number * 8 + 2), ...varint(payload.length), ...payload];
  });
  return Uint8Array.from(bytes);
}

/** The payload of packed integers. */
export const packed = (...values: (bigint | number)[]) => Uint8Array.from(values.flatMap(varint));
/** A string table: the empty string, then these. */
export const strings = (...texts: string[]): Field[] => ['', ...texts].map((text) => [6, text]);

/** One sample type, and functions and locations 1 and 2, named a and b. */
export const base: readonly Field[] = [
  [
    1,
    [
      [1, 1],
      [2, 2],
    ],
  ],
  ...strings('samples', 'count', 'a', 'b'),
  [
    5,
    [
      [1, 1],
      [2, 3],
    ],
  ],
  [
    5,
    [
      [1, 2],
      [2, 4],
    ],
  ],
  [
    4,
    [
      [1, 1],
      [4, [[1, 1]]],
    ],
  ],
  [
    4,
    [
      [1, 2],
      [4, [[1, 2]]],
    ],
  ],
];
