/**
 * Goroutine dumps as text → a table: debug=2, SIGQUIT, panics, fatal errors, debug=1 and race
 * reports, of Go 1.5 to 1.27, whole or cut, alone or among log lines, one dump or several.
 *
 * One pass over the bytes; a string is made once for each distinct function, place and header, and
 * for none of the lines. Plain lines are read in bulk (plain.ts), all others here, one by one. What
 * does not fit the grammar is counted with its offset and line, and the rest is read on. It never
 * throws on input. Source of the grammar: Go's runtime/traceback.go, runtime/panic.go and
 * runtime/pprof/pprof.go.
 */
import { encodeUtf8 } from '../base/utf8.ts';
import {
  elidedFrames,
  endOfPlace,
  isBalanced,
  isRegister,
  matches,
  numberAt,
  parenOf,
} from './grammar.ts';
import { JsonLines, type UnwrappedText } from './json-lines.ts';
import { isPartial, LinePrefix, LineSplitter } from './lines.ts';
import { OpenGoroutine, type Pending } from './open.ts';
import { PlainReader } from './plain.ts';
import { RaceReader } from './races.ts';
import { RecordReader } from './records.ts';
import { type Spot, TableRows } from './rows.ts';
import type { GoroutineTable } from './table.ts';

export interface ParseOptions {
  /** Keep the addresses among the arguments, which the wait graph needs; half as slow again. */
  readonly arguments?: boolean;
}

/** Reads a whole input. */
export function parseGoroutineDump(bytes: Uint8Array, options?: ParseOptions): GoroutineTable {
  const parser = new GoroutineDumpParser(options);
  parser.push(bytes);
  return parser.finish();
}

const GOROUTINE = 'goroutine ';
const CREATED = 'created by ';
const IN_GOROUTINE = ' in goroutine ';
const ORIGIN = '[originating from goroutine ';
/** What a program prints before its goroutines, so that another dump begins. */
const OPENINGS = ['SIGQUIT: quit', 'SIGABRT: abort', 'panic: ', 'fatal error: '];
/** Between the threads of one dump (GOTRACEBACK=crash). */
const THREADS = '-----';
const EXCERPT = 120;
const NEWLINE = 0x0a;

/** Reads dumps in chunks of any size; a chunk may be used again after `push`. */
export class GoroutineDumpParser {
  readonly #rows: TableRows;
  readonly #records: RecordReader;
  readonly #races: RaceReader;
  readonly #goroutine: OpenGoroutine;
  readonly #plain: PlainReader;
  readonly #prefix = new LinePrefix();
  readonly #json = new JsonLines();
  readonly #lines: LineSplitter;
  /** The beginning of a line that its container runtime cut in pieces. */
  #held: Uint8Array | undefined;
  /** Frames that belong to the scheduler's stack, in `runtime stack:`. */
  #inRuntimeStack = false;
  #strayFunction = false;
  #betweenThreads = false;
  #isPlain = true;

  constructor(options: ParseOptions = {}) {
    this.#rows = new TableRows(options.arguments === true);
    this.#records = new RecordReader(this.#rows);
    this.#races = new RaceReader(this.#rows);
    this.#goroutine = new OpenGoroutine(this.#rows);
    this.#plain = new PlainReader(this.#rows, this.#goroutine);
    this.#lines = new LineSplitter(
      (bytes, start, end, offset, whole) => this.#rawLine(bytes, start, end, offset, whole),
      (bytes, start, last, base) => this.#plainLines(bytes, start, last, base),
    );
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  finish(): GoroutineTable {
    this.#lines.finish();
    if (this.#held !== undefined) this.#heldLine(this.#held, this.#lines.bytes);
    this.#goroutine.end();
    this.#records.end();
    this.#races.end();
    this.#rows.checkTotal();
    return this.#rows.table(this.#lines.bytes);
  }

  #plainLines(bytes: Uint8Array, start: number, last: number, base: number): number {
    if (!this.#isPlain || this.#records.isOpen || this.#races.isOpen) return start;
    const next = this.#plain.read(bytes, start, last, base);
    if (next > start) {
      this.#inRuntimeStack = false;
      this.#strayFunction = false;
    }
    return next;
  }

  /** A line as it stands in the input, with all its wrappings. */
  #rawLine(bytes: Uint8Array, start: number, end: number, offset: number, whole: boolean): void {
    this.#rows.line++;
    const unwrapped = this.#json.unwrap(bytes, start, end);
    if (unwrapped !== undefined) {
      this.#isPlain = false;
      this.#text(unwrapped, offset);
      return;
    }
    const from = this.#prefix.skip(bytes, start, end);
    const { line } = this.#rows;
    const prefix = from > start ? bytes.slice(start, from) : undefined;
    if (prefix !== undefined) this.#isPlain = false;
    const spot = { offset, line, prefix };
    if (prefix !== undefined && isPartial(bytes, start, from)) {
      this.#hold(bytes.subarray(from, end));
    } else if (this.#held !== undefined) {
      this.#hold(bytes.subarray(from, end));
      const joined = this.#held;
      this.#held = undefined;
      this.#line(joined, 0, joined.length, spot, whole);
    } else {
      this.#line(bytes, from, end, spot, whole);
    }
  }

  /** The lines of a JSON object's text; the last one may go on in the next object. */
  #text({ text, time }: UnwrappedText, offset: number): void {
    const spot = { offset, line: this.#rows.line, prefix: encodeUtf8(time) };
    let bytes = encodeUtf8(text);
    if (this.#held !== undefined) {
      this.#hold(bytes);
      bytes = this.#held;
      this.#held = undefined;
    }
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const last = end > start && bytes[end - 1] === 0x0d ? end - 1 : end;
      this.#line(bytes, start, last, spot, true);
      start = end + 1;
    }
    if (start < bytes.length) this.#held = bytes.slice(start);
  }

  #hold(bytes: Uint8Array): void {
    const before = this.#held ?? new Uint8Array(0);
    const joined = new Uint8Array(before.length + bytes.length);
    joined.set(before);
    joined.set(bytes, before.length);
    this.#held = joined;
  }

  /** A line whose other pieces never came. */
  #heldLine(bytes: Uint8Array, offset: number): void {
    this.#held = undefined;
    const spot = { offset, line: this.#rows.line, prefix: undefined };
    this.#line(bytes, 0, bytes.length, spot, false);
  }

  #line(bytes: Uint8Array, start: number, end: number, spot: Spot, whole: boolean): void {
    if (this.#races.starts(bytes, start, end, spot)) {
      this.#goroutine.end();
      this.#records.end();
      return;
    }
    if (this.#races.isOpen && !matches(bytes, start, end, GOROUTINE)) {
      this.#races.take(bytes, start, end, spot);
      return;
    }
    if (start === end) {
      this.#goroutine.end();
      this.#records.end();
      this.#inRuntimeStack = false;
      this.#strayFunction = false;
      return;
    }
    if (this.#records.take(bytes, start, end, spot, whole)) {
      this.#goroutine.end();
      return;
    }
    if (this.#startsGoroutine(bytes, start, end, spot)) return;
    if (!this.#goroutine.isOpen) this.#outside(bytes, start, end, spot);
    else if (isBlank(bytes[start])) this.#place(bytes, start, end, spot, whole);
    else this.#inside(bytes, start, end, spot);
  }

  /** A header at the line's start. Broken ones are counted, and end what came before. */
  #startsGoroutine(bytes: Uint8Array, start: number, end: number, spot: Spot): boolean {
    if (!matches(bytes, start, end, GOROUTINE)) return false;
    const number = numberAt(bytes, start + GOROUTINE.length, end);
    if (number.value < 0) return false;
    const header = this.#headerAt(bytes, number.end, end);
    if (header >= 0) {
      this.#begin(number.value, header, spot);
    } else {
      this.#goroutine.end();
      this.#races.end();
      this.#rows.complain('a header that is cut or unknown', spot, bytes, start, end);
    }
    return true;
  }

  /** The header whose bracket follows the goroutine's id, or -1. */
  #headerAt(bytes: Uint8Array, at: number, end: number): number {
    const bracket = bytes.indexOf(0x5b, at);
    if (bracket < 0 || bracket >= end || !isBlank(bytes[bracket - 1])) return -1;
    return this.#rows.headerOf(bytes, bracket, end);
  }

  #begin(id: number, header: number, spot: Spot): void {
    this.#records.end();
    this.#races.end();
    this.#inRuntimeStack = false;
    this.#strayFunction = false;
    this.#goroutine.begin(id, header, spot);
  }

  #outside(bytes: Uint8Array, start: number, end: number, spot: Spot): void {
    if (matches(bytes, start, end, 'runtime stack:')) this.#inRuntimeStack = true;
    if (this.#behindPrefix(bytes, start, end, spot)) return;
    if (OPENINGS.some((text) => matches(bytes, start, end, text))) {
      if (!this.#betweenThreads) this.#rows.nextSnapshot();
    }
    this.#betweenThreads = end - start === THREADS.length && matches(bytes, start, end, THREADS);
    if (this.#betweenThreads) this.#rows.continueSnapshot();
    const isPlace = isBlank(bytes[start]) && endOfPlace(bytes, start + 1, end) >= 0;
    if (isPlace && this.#strayFunction && !this.#inRuntimeStack) {
      this.#rows.complain('a frame of no goroutine', spot, bytes, start, end);
    } else {
      this.#rows.otherLines++;
    }
    this.#strayFunction = !isBlank(bytes[start]) && parenOf(bytes, start, end) > start;
  }

  /** A header behind something that is no known prefix: from now on it is one. */
  #behindPrefix(bytes: Uint8Array, start: number, end: number, spot: Spot): boolean {
    if (bytes[end - 1] !== 0x3a) return false;
    for (let at = start + 1; ; at++) {
      at = bytes.indexOf(0x67, at);
      if (at < 0 || at >= end) return false;
      if (!matches(bytes, at, end, GOROUTINE) || !endsPrefix(bytes[at - 1])) continue;
      const number = numberAt(bytes, at + GOROUTINE.length, end);
      const header = number.value < 0 ? -1 : this.#headerAt(bytes, number.end, end);
      if (header < 0) continue;
      const prefix = bytes.slice(start, at);
      this.#begin(number.value, header, { ...spot, prefix: spot.prefix ?? prefix });
      this.#prefix.learn(bytes, start, at);
      this.#isPlain = false;
      return true;
    }
  }

  #inside(bytes: Uint8Array, start: number, end: number, spot: Spot): void {
    const goroutine = this.#goroutine;
    if (matches(bytes, start, end, CREATED)) {
      this.#created(bytes, start, end, spot);
      return;
    }
    if (matches(bytes, start, end, ORIGIN)) {
      this.#origin(bytes, start, end, spot);
      return;
    }
    if (elidedFrames(bytes, start, end)) {
      goroutine.addFrame(this.#rows.functions.intern(bytes, start, end), -1);
      return;
    }
    const paren = parenOf(bytes, start, end);
    if (paren > start) {
      this.#expect('frame', bytes, start, paren, spot);
      if (goroutine.keepsArguments) {
        this.#rows.arguments?.read(bytes, paren + 1, goroutine.depth);
      }
      return;
    }
    const isStack = matches(bytes, start, end, 'runtime stack:');
    if (isStack || (goroutine.pending === 'none' && isRegister(bytes, start, end))) {
      goroutine.end();
      this.#inRuntimeStack = isStack;
      this.#rows.otherLines++;
      return;
    }
    // After "created by" and its place, nothing but ancestors belongs to a goroutine.
    if (goroutine.createdAt >= 0 && goroutine.ancestor < 0 && goroutine.pending === 'none') {
      goroutine.end();
      this.#outside(bytes, start, end, spot);
      return;
    }
    if (this.#behindPrefix(bytes, start, end, spot)) return;
    const isWord = !hasSpace(bytes, start, end) && isBalanced(bytes, start, end);
    const isBare = isWord || matches(bytes, start, end, 'non-Go function');
    if (isBare && goroutine.pending === 'none') {
      this.#expect('bare', bytes, start, end, spot);
      return;
    }
    this.#rows.complain('no part of a goroutine', spot, bytes, start, end);
  }

  #expect(
    kind: Pending,
    bytes: Uint8Array,
    start: number,
    end: number,
    spot: Spot,
    creator = -1,
  ): void {
    const name = this.#rows.functions.intern(bytes, start, end);
    const text = bytes.slice(start, Math.min(end, start + EXCERPT));
    this.#goroutine.expect(kind, name, spot, text, creator);
  }

  #created(bytes: Uint8Array, start: number, end: number, spot: Spot): void {
    const from = start + CREATED.length;
    for (let at = from; at < end; at++) {
      if (bytes[at] !== 0x20 || !matches(bytes, at, end, IN_GOROUTINE)) continue;
      const creator = numberAt(bytes, at + IN_GOROUTINE.length, end).value;
      this.#expect('created', bytes, from, at, spot, creator);
      return;
    }
    this.#expect('created', bytes, from, end, spot);
  }

  #origin(bytes: Uint8Array, start: number, end: number, spot: Spot): void {
    const number = numberAt(bytes, start + ORIGIN.length, end);
    if (number.value < 0 || !matches(bytes, number.end, end, ']:')) {
      this.#rows.complain('an ancestor that is cut', spot, bytes, start, end);
      return;
    }
    this.#goroutine.startAncestor(number.value);
  }

  /** `\tfile.go:12 +0x1f fp=… sp=… pc=…` below a function. */
  #place(bytes: Uint8Array, start: number, end: number, spot: Spot, whole: boolean): void {
    let from = start;
    while (from < end && isBlank(bytes[from])) from++;
    if (matches(bytes, from, end, 'goroutine running on other thread')) return;
    const placeEnd = endOfPlace(bytes, from, end);
    // Without its line end, the digits may be cut.
    const isCut = placeEnd < 0 || (placeEnd === end && !whole);
    if (isCut || this.#goroutine.pending === 'none') {
      this.#rows.complain('no place of a function', spot, bytes, start, end);
      return;
    }
    this.#goroutine.place(this.#rows.places.intern(bytes, from, placeEnd));
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x09 || byte === 0x20;
}

/** Blank, `|`, `:`, `]` or `>`: what stands between a logger's prefix and the message. */
function endsPrefix(byte: number | undefined): boolean {
  return isBlank(byte) || byte === 0x7c || byte === 0x3a || byte === 0x5d || byte === 0x3e;
}

function hasSpace(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (isBlank(bytes[at])) return true;
  return false;
}
