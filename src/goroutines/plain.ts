/**
 * The fast way through a dump: lines as the runtime writes them, without prefixes, many at once.
 *
 * Most of a large dump is a few hundred stacks over and over. So the next frame is guessed: after
 * frame A came frame B the last time. If B's name stands there, then an opening parenthesis, and
 * after the arguments B's place, both lines are read without having been searched or hashed.
 * Otherwise they are read as they are, and remembered. Whatever is not plain (a log line, a cut, an
 * ancestor) is left where it stands, for the careful parser; this one never guesses its way past it.
 *
 * Cost: about 0.6 ns a byte, and nothing is allocated for what is known.
 */
import { endOfPlace, isBalanced, matches, numberAt } from './grammar.ts';
import { ByteInterner } from './intern.ts';
import type { OpenGoroutine } from './open.ts';
import type { TableRows } from './rows.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const OPEN = 0x28;
const CLOSE = 0x29;
const DOT = 0x2e;
const BRACKET = 0x5b;
const HEADER = 'goroutine ';
const CREATED = 'created by ';
const IN_GOROUTINE = ' in goroutine ';

/** Keys of (name, place line) pairs; there are never this many of one kind in a dump. */
const PAIRS = 2 ** 26;

export class PlainReader {
  readonly #rows: TableRows;
  readonly #goroutine: OpenGoroutine;
  /** Place lines from the tab to the end of `+0x1d`. */
  readonly #placeLines = new ByteInterner();
  /** By place line: into the table's places. */
  readonly #placeOf: number[] = [];
  readonly #frameOf = new Map<number, number>();
  /** By frame: name, place line, and the frame that followed it the last time (-1 = none did). */
  readonly #names: number[] = [];
  readonly #lines: number[] = [];
  readonly #next: number[] = [];
  /** By header: the leaf that followed it the last time. */
  readonly #leaf: number[] = [];
  /** The frame before; -2 - header behind a header; -1 = neither is known. */
  #last = -1;

  constructor(rows: TableRows, goroutine: OpenGoroutine) {
    this.#rows = rows;
    this.#goroutine = goroutine;
  }

  /**
   * Reads lines from `start` on, where one begins, and gives where the first line begins that it
   * leaves alone. `last` is the last line end of `bytes`, `base` what an offset in the whole input
   * is greater by.
   */
  read(bytes: Uint8Array, start: number, last: number, base: number): number {
    const goroutine = this.#goroutine;
    if (goroutine.isOpen && (goroutine.pending !== 'none' || goroutine.ancestor >= 0)) return start;
    // The careful parser may have read something in between.
    if (goroutine.isOpen) this.#last = -1;
    let at = start;
    while (at <= last) {
      const next = this.#lineAt(bytes, at, last, base);
      if (next < 0) return at;
      at = next;
    }
    return at;
  }

  #lineAt(bytes: Uint8Array, at: number, last: number, base: number): number {
    const goroutine = this.#goroutine;
    const first = bytes[at];
    if (!goroutine.isOpen) {
      return first === 0x67 ? this.#header(bytes, at, last, base) : -1;
    }
    if (first === NEWLINE) {
      goroutine.end();
      this.#rows.line++;
      return at + 1;
    }
    if (first === 0x63 && matches(bytes, at, last, CREATED)) return this.#created(bytes, at, last);
    if (goroutine.createdAt >= 0) return -1;
    const guess = this.#guess();
    const end = guess >= 0 ? this.#guessed(bytes, at, last, guess) : -1;
    return end >= 0 ? end : this.#frame(bytes, at, last);
  }

  #guess(): number {
    const before = this.#last;
    if (before >= 0) return this.#next[before];
    return before < -1 ? (this.#leaf[-2 - before] ?? -1) : -1;
  }

  /** `goroutine 7 [select]:` or `goroutine 7 gp=0x1 m=2 mp=0x3 [running]:`, or -1. */
  #header(bytes: Uint8Array, at: number, last: number, base: number): number {
    if (!matches(bytes, at, last, HEADER)) return -1;
    let bracket = at + HEADER.length;
    let id = 0;
    for (let byte = bytes[bracket]; byte >= 0x30 && byte <= 0x39; byte = bytes[++bracket]) {
      id = id * 10 + byte - 0x30;
    }
    if (bytes[bracket] !== SPACE || bracket === at + HEADER.length) return -1;
    while (bytes[bracket] !== BRACKET && bytes[bracket] !== NEWLINE) bracket++;
    if (bytes[bracket - 1] !== SPACE) return -1;
    let end = bracket;
    while (bytes[end] !== NEWLINE) end++;
    const header = this.#rows.headerOf(bytes, bracket, end);
    if (header < 0) return -1;
    this.#rows.line++;
    const spot = { offset: base + at, line: this.#rows.line, prefix: undefined };
    this.#goroutine.begin(id, header, spot);
    this.#last = -2 - header;
    return end + 1;
  }

  /** Both lines of the frame that is expected, or -1. */
  #guessed(bytes: Uint8Array, at: number, last: number, frame: number): number {
    const names = this.#rows.functions;
    const name = this.#names[frame];
    const open = at + names.lengthOf(name);
    if (open >= last || bytes[open] !== OPEN || !names.standsAt(name, bytes, at)) return -1;
    const close = this.#argumentsEnd(bytes, open + 1);
    const line = this.#lines[frame];
    const placeEnd = close + 2 + this.#placeLines.lengthOf(line);
    const isThere =
      bytes[close] === CLOSE &&
      bytes[close + 1] === NEWLINE &&
      placeEnd <= last &&
      this.#placeLines.standsAt(line, bytes, close + 2);
    const next = isThere ? this.#lineEnd(bytes, placeEnd) : -1;
    if (next >= 0) this.#add(frame);
    else this.#rows.arguments?.drop(this.#goroutine.depth);
    return next;
  }

  /** Where the parenthesis closes, or else the line ends; keeps what stands before it. */
  #argumentsEnd(bytes: Uint8Array, start: number): number {
    const columns = this.#rows.arguments;
    if (columns !== undefined) return columns.read(bytes, start, this.#goroutine.depth);
    let end = start;
    for (let byte = bytes[end]; byte !== CLOSE && byte !== NEWLINE; ) byte = bytes[++end];
    return end;
  }

  /** Where the next line begins, behind a place and perhaps `fp=… sp=… pc=…`; else -1. */
  #lineEnd(bytes: Uint8Array, at: number): number {
    if (bytes[at] === NEWLINE) return at + 1;
    if (!isFramePointer(bytes, at)) return -1;
    let end = at + 4;
    while (bytes[end] !== NEWLINE) end++;
    return end + 1;
  }

  #add(frame: number): void {
    const goroutine = this.#goroutine;
    goroutine.addFrame(this.#names[frame], this.#placeOf[this.#lines[frame]]);
    this.#rows.line += 2;
    if (this.#last >= 0) this.#next[this.#last] = frame;
    else if (this.#last < -1) this.#leaf[-2 - this.#last] = frame;
    this.#last = frame;
  }

  /** Both lines of any other frame, or -1. */
  #frame(bytes: Uint8Array, at: number, last: number): number {
    let open = -1;
    let end = at;
    for (let byte = bytes[end]; byte !== NEWLINE; byte = bytes[++end]) {
      if (byte === OPEN) open = end;
      else if (open < 0 && (byte === SPACE || byte === TAB)) return -1;
    }
    if (open <= at || end === last || bytes[end - 1] !== CLOSE || bytes[at] === DOT) return -1;
    for (let i = at; i < open; i++) if (bytes[i] === SPACE) return -1;
    if (!isBalanced(bytes, at, open)) return -1;
    const line = this.#placeLine(bytes, end + 1);
    if (line < 0) return -1;
    const name = this.#rows.functions.intern(bytes, at, open);
    const next = this.#lineEnd(bytes, end + 1 + this.#placeLines.lengthOf(line));
    if (next < 0) return -1;
    this.#argumentsEnd(bytes, open + 1);
    this.#add(this.#frameNumber(name, line));
    return next;
  }

  #frameNumber(name: number, line: number): number {
    const key = name * PAIRS + line;
    const known = this.#frameOf.get(key);
    if (known !== undefined) return known;
    const frame = this.#names.length;
    this.#names.push(name);
    this.#lines.push(line);
    this.#next.push(-1);
    this.#frameOf.set(key, frame);
    return frame;
  }

  /** Number of the place line at `at`, without line end and `fp=…`; -1 = it is none. */
  #placeLine(bytes: Uint8Array, at: number): number {
    if (bytes[at] !== TAB) return -1;
    let end = at + 1;
    let suffix = -1;
    for (let byte = bytes[end]; byte !== NEWLINE; byte = bytes[++end]) {
      if (byte === SPACE && suffix < 0 && isFramePointer(bytes, end)) suffix = end;
    }
    const lineEnd = suffix < 0 ? end : suffix;
    const count = this.#placeLines.count;
    const line = this.#placeLines.intern(bytes, at, lineEnd);
    if (line < count) return this.#placeOf[line] < 0 ? -1 : line;
    const placeEnd = endOfPlace(bytes, at + 1, lineEnd);
    const isPlace = placeEnd > at + 1;
    this.#placeOf.push(isPlace ? this.#rows.places.intern(bytes, at + 1, placeEnd) : -1);
    return isPlace ? line : -1;
  }

  /** `created by F in goroutine 1` and its place, or -1. */
  #created(bytes: Uint8Array, at: number, last: number): number {
    const start = at + CREATED.length;
    let nameEnd = start;
    while (bytes[nameEnd] !== SPACE && bytes[nameEnd] !== NEWLINE) nameEnd++;
    let end = nameEnd;
    let creator = -1;
    if (bytes[nameEnd] === SPACE) {
      if (!matches(bytes, nameEnd, last, IN_GOROUTINE)) return -1;
      const number = numberAt(bytes, nameEnd + IN_GOROUTINE.length, last);
      creator = number.value;
      end = number.end;
    }
    if (nameEnd === start || end >= last || bytes[end] !== NEWLINE) return -1;
    const line = this.#placeLine(bytes, end + 1);
    if (line < 0) return -1;
    const next = this.#lineEnd(bytes, end + 1 + this.#placeLines.lengthOf(line));
    if (next < 0) return -1;
    const name = this.#rows.functions.intern(bytes, start, nameEnd);
    this.#goroutine.setCreator(name, this.#placeOf[line], creator);
    this.#rows.line += 2;
    return next;
  }
}

/** ` fp=`, with which a dump of a signal or a fatal error goes on behind the place. */
function isFramePointer(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === SPACE &&
    bytes[at + 1] === 0x66 &&
    bytes[at + 2] === 0x70 &&
    bytes[at + 3] === 0x3d
  );
}
