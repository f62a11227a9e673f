/**
 * Chunks of bytes → lines, and the prefixes that container runtimes and loggers put before them.
 *
 * A line is a range of the chunk that it stands in; only one that spans chunks is copied. Known
 * prefixes: RFC 3339 time stamps with or without the CRI's stream and tag (`… stderr F `), and any
 * other one of constant shape, once a goroutine's header was seen behind it (`web-1  | `, syslog).
 * Lines that are JSON objects are the concern of json-lines.ts.
 */

/** A line without its end; `offset` is where it begins in the whole input. */
export type TakeLine = (
  bytes: Uint8Array,
  start: number,
  end: number,
  offset: number,
  whole: boolean,
) => void;

/**
 * Takes as many whole lines as it likes, from `start` on, and gives where the first line begins
 * that it leaves; `last` is the last line end, `base + i` the offset of `bytes[i]` in the input.
 */
export type TakeLines = (bytes: Uint8Array, start: number, last: number, base: number) => number;

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;

export class LineSplitter {
  readonly #take: TakeLine;
  readonly #takeMany: TakeLines;
  #carried: Uint8Array[] = [];
  #carriedBytes = 0;
  /** Of the first byte that is in no line yet, in the whole input. */
  #offset = 0;

  constructor(take: TakeLine, takeMany: TakeLines) {
    this.#take = take;
    this.#takeMany = takeMany;
  }

  get bytes(): number {
    return this.#offset + this.#carriedBytes;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    if (this.#carriedBytes > 0) {
      const end = chunk.indexOf(NEWLINE);
      if (end < 0) {
        this.#carry(chunk);
        return;
      }
      this.#carry(chunk.subarray(0, end));
      this.#emitCarried(true);
      start = end + 1;
    }
    const base = this.#offset - start;
    const last = chunk.lastIndexOf(NEWLINE);
    while (start <= last) {
      const next = this.#takeMany(chunk, start, last, base);
      if (next > start) {
        start = next;
        continue;
      }
      const end = chunk.indexOf(NEWLINE, start);
      this.#emit(chunk, start, end, base + start, true);
      start = end + 1;
    }
    this.#offset = base + start;
    if (start < chunk.length) this.#carry(chunk.subarray(start));
  }

  /** The last line, when the input does not end with a line end. */
  finish(): void {
    if (this.#carriedBytes > 0) this.#emitCarried(false);
  }

  /** Copied, as the owner of a chunk may use it again. */
  #carry(bytes: Uint8Array): void {
    this.#carried.push(bytes.slice());
    this.#carriedBytes += bytes.length;
  }

  #emitCarried(whole: boolean): void {
    const line = new Uint8Array(this.#carriedBytes);
    let length = 0;
    for (const part of this.#carried) {
      line.set(part, length);
      length += part.length;
    }
    this.#carried = [];
    this.#carriedBytes = 0;
    this.#emit(line, 0, length, this.#offset, whole);
    this.#offset += length + (whole ? 1 : 0);
  }

  #emit(bytes: Uint8Array, start: number, end: number, offset: number, whole: boolean): void {
    const last = end > start && bytes[end - 1] === RETURN ? end - 1 : end;
    this.#take(bytes, start, last, offset, whole);
  }
}

export class LinePrefix {
  #learned: Uint8Array | undefined;

  /** Where the line's own text begins. */
  skip(bytes: Uint8Array, start: number, end: number): number {
    const at = skipTimestamp(bytes, start, end);
    const learned = this.#learned;
    if (learned === undefined) return at;
    // Editors and log stores cut trailing blanks, which leaves less of an empty line's prefix.
    const length = Math.min(learned.length, end - at);
    for (let i = 0; i < length; i++) {
      if (!sameShape(learned[i], bytes[at + i])) return at;
    }
    for (let i = length; i < learned.length; i++) if (learned[i] !== SPACE) return at;
    return at + length;
  }

  /** Remembers what stands before a header, behind the time stamp if there is one. */
  learn(bytes: Uint8Array, start: number, end: number): void {
    this.#learned = bytes.slice(skipTimestamp(bytes, start, end), end);
  }
}

/** The CRI's tag of a line that goes on in the next one: `… stderr P ` before its text. */
export function isPartial(bytes: Uint8Array, start: number, text: number): boolean {
  return (
    text - start > 20 &&
    bytes[text - 1] === SPACE &&
    bytes[text - 2] === 0x50 &&
    bytes[text - 3] === SPACE &&
    isStream(bytes, text - 9)
  );
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Digits pass for one another, and for the blank before a day of one digit. */
function sameShape(a: number, b: number): boolean {
  return a === b || ((isDigit(a) || a === SPACE) && (isDigit(b) || (b === SPACE && isDigit(a))));
}

const DASH = 0x2d;
const STREAM = [0x73, 0x74, 0x64];

/** `stdout` or `stderr`, by its first three letters. */
function isStream(bytes: Uint8Array, at: number): boolean {
  return STREAM.every((letter, i) => bytes[at + i] === letter);
}

/** `2026-11-20T18:38:00.123456789Z ` and the CRI's `stdout F ` or `stderr P ` behind it. */
function skipTimestamp(bytes: Uint8Array, start: number, end: number): number {
  if (!isDigit(bytes[start]) || bytes[start + 4] !== DASH || bytes[start + 7] !== DASH) {
    return start;
  }
  if (bytes[start + 10] !== 0x54 || end - start < 20) return start;
  let at = start + 11;
  const limit = Math.min(end, start + 36);
  while (at < limit && bytes[at] !== SPACE) at++;
  if (at === end) return end;
  if (bytes[at] !== SPACE) return start;
  at++;
  // The stream, and a tag of one letter.
  const hasTag = bytes[at + 6] === SPACE && (at + 8 >= end || bytes[at + 8] === SPACE);
  return hasTag && isStream(bytes, at) ? Math.min(at + 9, end) : at;
}
