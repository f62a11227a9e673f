/** The columns of a goroutine table while a dump is read. Not a parser: it is told what was read. */
import { decodeUtf8 } from '../base/utf8.ts';
import { type GoroutineHeader, parseHeader, UNKNOWN_HEADER } from './header.ts';
import { ByteInterner, RunInterner } from './intern.ts';
import type { Ancestor, GoroutineTable, NotUnderstood, Place } from './table.ts';

const KEPT_COMPLAINTS = 100;
const EXCERPT = 120;

export interface Row {
  readonly count: number;
  readonly id: number;
  readonly header: number;
  readonly stack: number;
  readonly createdBy: number;
  readonly createdAt: number;
  readonly creator: number;
  readonly ancestors: readonly Ancestor[];
}

/** A list of frames that grows, as (function, place) pairs. */
export class FrameRun {
  pairs = new Int32Array(256);
  length = 0;

  add(functionIndex: number, place: number): void {
    if (this.length + 2 > this.pairs.length) {
      const larger = new Int32Array(this.pairs.length * 2);
      larger.set(this.pairs);
      this.pairs = larger;
    }
    this.pairs[this.length++] = functionIndex;
    this.pairs[this.length++] = place;
  }
}

export class TableRows {
  readonly functions = new ByteInterner();
  readonly places = new ByteInterner();
  readonly stacks = new RunInterner();
  readonly #headerTexts = new ByteInterner();
  /** By header text; -1 = it is no header. */
  readonly #headerOfText: number[] = [];
  readonly #headers: GoroutineHeader[] = [UNKNOWN_HEADER];
  readonly #counts: number[] = [];
  readonly #ids: number[] = [];
  readonly #header: number[] = [];
  readonly #stack: number[] = [];
  readonly #createdBy: number[] = [];
  readonly #createdAt: number[] = [];
  readonly #creators: number[] = [];
  readonly #ancestors = new Map<number, readonly Ancestor[]>();
  readonly #notUnderstood: NotUnderstood[] = [];
  #notUnderstoodCount = 0;
  #stated = 0;
  #statedAt = -1;
  otherLines = 0;

  get length(): number {
    return this.#ids.length;
  }

  /** Index of the header from its bracket on, or -1 when that is none. */
  headerOf(bytes: Uint8Array, start: number, end: number): number {
    const text = this.#headerTexts.intern(bytes, start, end);
    const known = this.#headerOfText[text];
    if (known !== undefined) return known;
    const header = parseHeader(this.#headerTexts.text(text));
    const index = header === undefined ? -1 : this.addHeader(header);
    this.#headerOfText[text] = index;
    return index;
  }

  addHeader(header: GoroutineHeader): number {
    return this.#headers.push(header) - 1;
  }

  addRow(row: Row): void {
    if (row.ancestors.length > 0) this.#ancestors.set(this.length, row.ancestors);
    this.#counts.push(row.count);
    this.#ids.push(row.id);
    this.#header.push(row.header);
    this.#stack.push(row.stack);
    this.#createdBy.push(row.createdBy);
    this.#createdAt.push(row.createdAt);
    this.#creators.push(row.creator);
  }

  /** What a debug=1 dump says of itself; several dumps in one file add up. */
  statedTotal(total: number, offset: number): void {
    if (total < 0) return;
    this.#stated += total;
    this.#statedAt = offset;
  }

  /** A total that the records do not reach is a dump that was cut. */
  checkTotal(): void {
    if (this.#statedAt < 0) return;
    let found = 0;
    for (let row = 0; row < this.length; row++) {
      if ((this.#ids[row] ?? 0) < 0) found += this.#counts[row] ?? 0;
    }
    if (found === this.#stated) return;
    const reason = `the dump says ${this.#stated} goroutines and has ${found}`;
    this.complain(reason, this.#statedAt, new Uint8Array(0), 0, 0);
  }

  complain(reason: string, offset: number, bytes: Uint8Array, start: number, end: number): void {
    this.#notUnderstoodCount++;
    if (this.#notUnderstood.length >= KEPT_COMPLAINTS) return;
    const text = decodeUtf8(bytes.slice(start, Math.min(end, start + EXCERPT)));
    this.#notUnderstood.push({ offset, reason, text: text.toWellFormed() });
  }

  table(bytes: number): GoroutineTable {
    const texts = (interner: ByteInterner) =>
      Array.from({ length: interner.count }, (_, i) => interner.text(i));
    return {
      form: this.#ids.length > 0 && this.#ids.every((id) => id < 0) ? 'records' : 'goroutines',
      length: this.length,
      counts: Float64Array.from(this.#counts),
      ids: Float64Array.from(this.#ids),
      header: Int32Array.from(this.#header),
      headers: this.#headers,
      stack: Int32Array.from(this.#stack),
      stacks: this.stacks,
      functions: texts(this.functions),
      places: texts(this.places).map(placeOf),
      createdBy: Int32Array.from(this.#createdBy),
      createdAt: Int32Array.from(this.#createdAt),
      creators: Float64Array.from(this.#creators),
      ancestors: this.#ancestors,
      notUnderstood: this.#notUnderstood,
      notUnderstoodCount: this.#notUnderstoodCount,
      otherLines: this.otherLines,
      isDump: this.length > 0 || this.#statedAt >= 0,
      bytes,
    };
  }
}

function placeOf(text: string): Place {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return { file: text, line: 0 };
  return { file: text.slice(0, colon), line: Number(text.slice(colon + 1)) };
}
