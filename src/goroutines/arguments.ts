/**
 * Addresses among the arguments that a traceback prints: `(0xc000012080, {0x7f?, ...}, _)`.
 *
 * They say which lock or channel a goroutine waits for, and who else has it at hand (waits.ts).
 * Only what can be an address is kept: values from 4096 to 2^47, as the smallest page is never
 * mapped. Meaning of the text: printArgs in Go's runtime/traceback.go; `?` marks a value that may
 * be stale (Go ≥ 1.18), which may belong to nobody any more.
 */
import { Doubles, Ints } from './columns.ts';

/** One entry an address; the entries of a row are a run, in the order of its frames. */
export interface FrameArguments {
  /** By row, and one more: where its entries begin. */
  readonly start: Int32Array;
  /** Index of the frame in the row's stack; the leaf is 0. */
  readonly frame: Int32Array;
  /** Place among the frame's words, those within braces counted one by one; 0 = the receiver. */
  readonly position: Int32Array;
  readonly address: Float64Array;
  /** 1 = printed with `?`. */
  readonly isStale: Uint8Array;
}

const LOWEST = 4096;
const HIGHEST = 2 ** 47;
const NEWLINE = 0x0a;
const CLOSE = 0x29;
const ZERO = 0x30;
const X = 0x78;
const QUESTION = 0x3f;
const COMMA = 0x2c;

/** By byte: the value of a hexadecimal digit, or -1. */
const DIGITS = Int8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= ZERO && byte <= 0x39) return byte - ZERO;
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
});

/** Digits that surely fit a small integer, which is faster than a double. */
const SMALL_DIGITS = 7;

export class ArgumentColumns {
  readonly #starts = new Ints();
  readonly #frames = new Ints();
  /** Twice the position, and 1 for stale. */
  readonly #words = new Ints();
  readonly #addresses = new Doubles();

  /** Takes the arguments from `start` on, and gives where they end: at `)`, or the line does. */
  read(bytes: Uint8Array, start: number, frame: number): number {
    let position = 0;
    let at = start;
    for (let byte = bytes[at]; byte !== CLOSE && byte !== NEWLINE; byte = bytes[++at]) {
      if (byte === COMMA) position++;
      if (byte !== X) continue;
      const small = at + SMALL_DIGITS;
      let head = 0;
      let digit = DIGITS[bytes[++at]];
      for (; digit >= 0 && at < small; digit = DIGITS[bytes[++at]]) head = (head << 4) | digit;
      if (digit >= 0 || head >= LOWEST) {
        let value = head;
        for (; digit >= 0; digit = DIGITS[bytes[++at]]) value = value * 16 + digit;
        this.add(frame, position, value, bytes[at] === QUESTION);
      }
      at--;
    }
    return at;
  }

  /** One word of a frame's arguments; kept when it can be an address. */
  add(frame: number, position: number, value: number, isStale: boolean): void {
    if (value < LOWEST || value >= HIGHEST) return;
    this.#frames.push(frame);
    this.#words.push(position * 2 + (isStale ? 1 : 0));
    this.#addresses.push(value);
  }

  /** Forgets what the last frame had: it turned out to be none. */
  drop(frame: number): void {
    const rowStart = this.#starts.length === 0 ? 0 : this.#starts.values[this.#starts.length - 1];
    let length = this.#frames.length;
    while (length > rowStart && this.#frames.values[length - 1] === frame) length--;
    for (const column of [this.#frames, this.#words, this.#addresses]) column.length = length;
  }

  endRow(): void {
    this.#starts.push(this.#frames.length);
  }

  taken(): FrameArguments {
    const start = new Int32Array(this.#starts.length + 1);
    start.set(this.#starts.taken(), 1);
    const { length, values } = this.#words;
    const position = new Int32Array(length);
    const isStale = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      position[i] = values[i] >> 1;
      isStale[i] = values[i] & 1;
    }
    const [frame, address] = [this.#frames.taken(), this.#addresses.taken()];
    return { start, frame, position, address, isStale };
  }
}
