/** Damaged profiles, made the same way every time. */

/** mulberry32: a small seeded generator; gives integers below `bound`. */
export function seeded(seed: number): (bound: number) => number {
  let state = seed | 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** Every prefix, the empty one included. */
export function truncations(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length));
}

/** Bytes that mean something to a protobuf decoder: tags, terminators, continuations. */
const TELLING = [0x00, 0x01, 0x02, 0x08, 0x0a, 0x10, 0x12, 0x1a, 0x22, 0x7f, 0x80, 0xff];

/** One to three small edits: bits, bytes, cuts, insertions, repeats. */
export function mutate(bytes: Uint8Array, random: (bound: number) => number): Uint8Array {
  let edited: number[] = [...bytes];
  for (let edits = 1 + random(3); edits > 0; edits--) {
    const at = random(Math.max(1, edited.length));
    const length = 1 + random(8);
    switch (random(7)) {
      case 0:
        edited[at] = (edited[at] ?? 0) ^ (1 << random(8));
        break;
      case 1:
        edited[at] = random(256);
        break;
      case 2:
        edited[at] = TELLING[random(TELLING.length)] ?? 0;
        break;
      case 3:
        edited.splice(at, length);
        break;
      case 4:
        edited.splice(at, 0, ...Array.from({ length }, () => random(256)));
        break;
      case 5:
        edited.splice(at, 0, ...edited.slice(at, at + length * 4));
        break;
      default:
        // A varint of ten bytes: negative, or with bits past the 64th.
        edited.splice(at, 1, ...Array.from({ length: 9 }, () => 0x80 | random(128)), random(4));
    }
    edited = edited.map((byte) => byte & 0xff);
  }
  return Uint8Array.from(edited);
}
