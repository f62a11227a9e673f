/**
 * Goroutine dumps as text → a table: debug=2, SIGQUIT, panics, fatal errors and debug=1, of Go 1.5
 * to 1.27, whole or cut, alone or among log lines.
 *
 * One pass over the bytes; a string is made once for each distinct function, place and header, and
 * for none of the lines. What does not fit the grammar is counted with its offset, and the rest is
 * read on. It never throws on input. Source of the grammar: Go's runtime/traceback.go,
 * runtime/panic.go and runtime/pprof/pprof.go.
 */
import { elidedFrames, endOfPlace, matches, numberAt, parenOf } from './grammar.ts';
import { LinePrefix, LineSplitter } from './lines.ts';
import { RecordReader } from './records.ts';
import { FrameRun, TableRows } from './rows.ts';
import type { Ancestor, GoroutineTable } from './table.ts';

/** Reads a whole dump. */
export function parseGoroutineDump(bytes: Uint8Array): GoroutineTable {
  const parser = new GoroutineDumpParser();
  parser.push(bytes);
  return parser.finish();
}

/** What a function's name waits for: the line below it, with file and line number. */
type Pending = 'none' | 'frame' | 'bare' | 'created';

const GOROUTINE = 'goroutine ';
const CREATED = 'created by ';
const IN_GOROUTINE = ' in goroutine ';
const ORIGIN = '[originating from goroutine ';

/** Reads a dump in chunks of any size; a chunk may be used again after `push`. */
export class GoroutineDumpParser {
  readonly #rows = new TableRows();
  readonly #records = new RecordReader(this.#rows);
  readonly #prefix = new LinePrefix();
  readonly #lines = new LineSplitter((bytes, start, end, offset, whole) =>
    this.#line(bytes, this.#prefix.skip(bytes, start, end), end, offset, whole),
  );
  #frames = new FrameRun();
  #open = false;
  #id = -1;
  #header = 0;
  #createdBy = -1;
  #createdAt = -1;
  #creator = -1;
  #ownStack = -1;
  #ancestors: Ancestor[] = [];
  #ancestor = -1;
  /** Frames that belong to the scheduler's stack, in `runtime stack:`. */
  #inRuntimeStack = false;
  #pending: Pending = 'none';
  #pendingFunction = -1;
  #pendingCreator = -1;
  #pendingOffset = 0;
  #pendingText: Uint8Array = new Uint8Array(0);
  #strayFunction = false;

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  finish(): GoroutineTable {
    this.#lines.finish();
    this.#endGoroutine();
    this.#records.end();
    this.#rows.checkTotal();
    return this.#rows.table(this.#lines.bytes);
  }

  #line(bytes: Uint8Array, start: number, end: number, offset: number, whole: boolean): void {
    if (start === end) {
      this.#endGoroutine();
      this.#records.end();
      this.#inRuntimeStack = false;
      return;
    }
    if (this.#records.take(bytes, start, end, offset, whole)) {
      this.#endGoroutine();
      return;
    }
    if (this.#startsGoroutine(bytes, start, end, offset)) return;
    if (!this.#open) {
      this.#outside(bytes, start, end, offset);
      return;
    }
    if (isBlank(bytes[start])) {
      this.#place(bytes, start, end, offset, whole);
      return;
    }
    this.#inside(bytes, start, end, offset);
  }

  /** A header at the line's start. Broken ones are counted, and end what came before. */
  #startsGoroutine(bytes: Uint8Array, start: number, end: number, offset: number): boolean {
    if (!matches(bytes, start, end, GOROUTINE)) return false;
    const number = numberAt(bytes, start + GOROUTINE.length, end);
    if (number.value < 0) return false;
    const header = this.#headerAt(bytes, number.end, end);
    if (header >= 0) {
      this.#begin(number.value, header);
    } else {
      this.#endGoroutine();
      this.#rows.complain('a header that is cut or unknown', offset, bytes, start, end);
    }
    return true;
  }

  /** The header whose bracket follows the goroutine's id, or -1. */
  #headerAt(bytes: Uint8Array, at: number, end: number): number {
    const bracket = bytes.indexOf(0x5b, at);
    if (bracket < 0 || bracket >= end || !isBlank(bytes[bracket - 1])) return -1;
    return this.#rows.headerOf(bytes, bracket, end);
  }

  #begin(id: number, header: number): void {
    this.#endGoroutine();
    this.#records.end();
    this.#inRuntimeStack = false;
    this.#open = true;
    this.#id = id;
    this.#header = header;
  }

  #outside(bytes: Uint8Array, start: number, end: number, offset: number): void {
    if (matches(bytes, start, end, 'runtime stack:')) this.#inRuntimeStack = true;
    if (this.#behindPrefix(bytes, start, end)) return;
    const isPlace = isBlank(bytes[start]) && endOfPlace(bytes, start + 1, end) >= 0;
    if (isPlace && this.#strayFunction && !this.#inRuntimeStack) {
      this.#rows.complain('a frame of no goroutine', offset, bytes, start, end);
    } else {
      this.#rows.otherLines++;
    }
    this.#strayFunction = !isBlank(bytes[start]) && parenOf(bytes, start, end) > start;
  }

  /** A header behind something that is no known prefix: from now on it is one. */
  #behindPrefix(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes[end - 1] !== 0x3a) return false;
    for (let at = start + 1; ; at++) {
      at = bytes.indexOf(0x67, at);
      if (at < 0 || at >= end) return false;
      if (!matches(bytes, at, end, GOROUTINE) || !endsPrefix(bytes[at - 1])) continue;
      const number = numberAt(bytes, at + GOROUTINE.length, end);
      const header = number.value < 0 ? -1 : this.#headerAt(bytes, number.end, end);
      if (header < 0) continue;
      this.#begin(number.value, header);
      this.#prefix.learn(bytes, start, at);
      return true;
    }
  }

  #inside(bytes: Uint8Array, start: number, end: number, offset: number): void {
    if (matches(bytes, start, end, CREATED)) {
      this.#created(bytes, start, end, offset);
      return;
    }
    if (matches(bytes, start, end, ORIGIN)) {
      this.#origin(bytes, start, end, offset);
      return;
    }
    if (elidedFrames(bytes, start, end)) {
      this.#frames.add(this.#rows.functions.intern(bytes, start, end), -1);
      return;
    }
    const paren = parenOf(bytes, start, end);
    if (paren > start) {
      this.#expect('frame', bytes, start, paren, offset);
      return;
    }
    if (matches(bytes, start, end, 'runtime stack:')) {
      this.#endGoroutine();
      this.#inRuntimeStack = true;
      this.#rows.otherLines++;
      return;
    }
    // After "created by" and its place, nothing but ancestors belongs to a goroutine.
    if (this.#createdAt >= 0 && this.#ancestor < 0 && this.#pending === 'none') {
      this.#endGoroutine();
      this.#outside(bytes, start, end, offset);
      return;
    }
    if (this.#behindPrefix(bytes, start, end)) return;
    const isBare = !hasSpace(bytes, start, end) || matches(bytes, start, end, 'non-Go function');
    if (isBare && this.#pending === 'none') {
      this.#expect('bare', bytes, start, end, offset);
      return;
    }
    this.#rows.complain('no part of a goroutine', offset, bytes, start, end);
  }

  #expect(kind: Pending, bytes: Uint8Array, start: number, end: number, offset: number): void {
    this.#dropPending();
    this.#pending = kind;
    this.#pendingFunction = this.#rows.functions.intern(bytes, start, end);
    this.#pendingOffset = offset;
    if (kind !== 'frame') this.#pendingText = bytes.slice(start, Math.min(end, start + 120));
  }

  #created(bytes: Uint8Array, start: number, end: number, offset: number): void {
    const from = start + CREATED.length;
    let nameEnd = end;
    let creator = -1;
    for (let at = from; at < end; at++) {
      if (bytes[at] !== 0x20 || !matches(bytes, at, end, IN_GOROUTINE)) continue;
      creator = numberAt(bytes, at + IN_GOROUTINE.length, end).value;
      nameEnd = at;
      break;
    }
    this.#expect('created', bytes, from, nameEnd, offset);
    this.#pendingCreator = creator;
  }

  #origin(bytes: Uint8Array, start: number, end: number, offset: number): void {
    const number = numberAt(bytes, start + ORIGIN.length, end);
    if (number.value < 0 || !matches(bytes, number.end, end, ']:')) {
      this.#rows.complain('an ancestor that is cut', offset, bytes, start, end);
      return;
    }
    this.#dropPending();
    this.#endStack();
    this.#ancestor = number.value;
  }

  /** `\tfile.go:12 +0x1f fp=… sp=… pc=…` below a function. */
  #place(bytes: Uint8Array, start: number, end: number, offset: number, whole: boolean): void {
    let from = start;
    while (from < end && isBlank(bytes[from])) from++;
    if (matches(bytes, from, end, 'goroutine running on other thread')) return;
    const placeEnd = endOfPlace(bytes, from, end);
    // Without its line end, the digits may be cut.
    if (placeEnd < 0 || (placeEnd === end && !whole) || this.#pending === 'none') {
      this.#rows.complain('no place of a function', offset, bytes, start, end);
      return;
    }
    const place = this.#rows.places.intern(bytes, from, placeEnd);
    const kind = this.#pending;
    this.#pending = 'none';
    if (kind !== 'created') {
      this.#frames.add(this.#pendingFunction, place);
    } else if (this.#ancestor < 0) {
      this.#createdBy = this.#pendingFunction;
      this.#createdAt = place;
      this.#creator = this.#pendingCreator;
    }
  }

  #dropPending(): void {
    if (this.#pending === 'none') return;
    const isFrame = this.#pending === 'frame';
    const text = isFrame ? this.#functionBytes() : this.#pendingText;
    const reason =
      this.#pending === 'bare' ? 'no part of a goroutine' : 'a function without file and line';
    this.#pending = 'none';
    this.#rows.complain(reason, this.#pendingOffset, text, 0, text.length);
  }

  #functionBytes(): Uint8Array {
    return new TextEncoder().encode(this.#rows.functions.text(this.#pendingFunction));
  }

  #endStack(): void {
    const stack = this.#rows.stacks.intern(this.#frames.pairs, this.#frames.length);
    this.#frames.length = 0;
    if (this.#ancestor < 0) this.#ownStack = stack;
    else this.#ancestors.push({ id: this.#ancestor, stack });
  }

  #endGoroutine(): void {
    this.#strayFunction = false;
    if (!this.#open) return;
    this.#dropPending();
    this.#endStack();
    this.#rows.addRow({
      count: 1,
      id: this.#id,
      header: this.#header,
      stack: this.#ownStack,
      createdBy: this.#createdBy,
      createdAt: this.#createdAt,
      creator: this.#creator,
      ancestors: this.#ancestors,
    });
    this.#open = false;
    this.#createdBy = -1;
    this.#createdAt = -1;
    this.#creator = -1;
    if (this.#ancestors.length > 0) this.#ancestors = [];
    this.#ancestor = -1;
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
