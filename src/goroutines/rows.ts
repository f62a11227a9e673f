/** The columns of a goroutine table while a dump is read. Not a parser: it is told what was read. */
import { decodeUtf8 } from '../base/utf8.ts';
import { ArgumentColumns } from './arguments.ts';
import { Doubles, IdSet, Ints } from './columns.ts';
import { type GoroutineHeader, parseHeader, UNKNOWN_HEADER } from './header.ts';
import { ByteInterner, RunInterner } from './intern.ts';
import type {
  Ancestor,
  GoroutineTable,
  NotUnderstood,
  Place,
  RaceReport,
  Snapshot,
  SnapshotKind,
} from './table.ts';

const KEPT_COMPLAINTS = 100;
const EXCERPT = 120;

/** Where something begins in the input; `line` counts from 1. */
export interface Spot {
  readonly offset: number;
  readonly line: number;
  /** What stood before the line's own text: time stamps are read from it. */
  readonly prefix: Uint8Array | undefined;
}

export interface Row {
  readonly kind: SnapshotKind;
  readonly spot: Spot;
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
  readonly races: RaceReport[] = [];
  /** Only when they were asked for. */
  readonly arguments: ArgumentColumns | undefined;
  readonly #headerTexts = new ByteInterner();
  /** By header text; -1 = it is no header. */
  readonly #headerOfText: number[] = [];
  readonly #headers: GoroutineHeader[] = [UNKNOWN_HEADER];
  readonly #counts = new Doubles();
  readonly #ids = new Doubles();
  readonly #offsets = new Doubles();
  readonly #header = new Ints();
  readonly #stack = new Ints();
  readonly #createdBy = new Ints();
  readonly #createdAt = new Ints();
  readonly #creators = new Doubles();
  readonly #snapshot = new Ints();
  readonly #snapshots: Omit<Snapshot, 'to'>[] = [];
  #snapshotIds = new IdSet();
  #wantsSnapshot = false;
  #allowsRepeats = false;
  readonly #ancestors = new Map<number, readonly Ancestor[]>();
  readonly #notUnderstood: NotUnderstood[] = [];
  #notUnderstoodCount = 0;
  #stated = 0;
  #statedAt: Spot | undefined;
  otherLines = 0;
  /** Of the line that is being read; 1-based. */
  line = 0;

  constructor(withArguments: boolean) {
    this.arguments = withArguments ? new ArgumentColumns() : undefined;
  }

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

  /** Another dump begins: what comes next is no part of the last snapshot. */
  nextSnapshot(): void {
    this.#wantsSnapshot = true;
  }

  /** What comes next belongs to the last snapshot, even goroutines that it has already. */
  continueSnapshot(): void {
    this.#allowsRepeats = true;
  }

  addRow(row: Row): void {
    this.#inSnapshot(row);
    if (row.ancestors.length > 0) this.#ancestors.set(this.length, row.ancestors);
    this.#counts.push(row.count);
    this.#ids.push(row.id);
    this.#offsets.push(row.spot.offset);
    this.#header.push(row.header);
    this.#stack.push(row.stack);
    this.#createdBy.push(row.createdBy);
    this.#createdAt.push(row.createdAt);
    this.#creators.push(row.creator);
    this.arguments?.endRow();
  }

  /** The same id twice, or another kind of dump, is another dump. */
  #inSnapshot({ kind, spot, id }: Row): void {
    const last = this.#snapshots.at(-1);
    // Every thread's scheduler is goroutine 0.
    const isRepeated = id > 0 && !this.#snapshotIds.add(id) && !this.#allowsRepeats;
    if (last === undefined || this.#wantsSnapshot || isRepeated || last.kind !== kind) {
      const { offset, line, prefix } = spot;
      this.#snapshots.push({ kind, offset, line, timeMillis: timeOf(prefix), from: this.length });
      this.#allowsRepeats = false;
      if (last !== undefined) {
        this.#snapshotIds = new IdSet();
        if (id > 0) this.#snapshotIds.add(id);
      }
    }
    this.#wantsSnapshot = false;
    this.#snapshot.push(this.#snapshots.length - 1);
  }

  /** What a debug=1 dump says of itself; several dumps in one file add up. */
  statedTotal(total: number, spot: Spot): void {
    if (total < 0) return;
    this.#stated += total;
    this.#statedAt = spot;
    this.nextSnapshot();
  }

  /** A total that the records do not reach is a dump that was cut. */
  checkTotal(): void {
    if (this.#statedAt === undefined) return;
    let found = 0;
    for (let row = 0; row < this.length; row++) {
      if (this.#ids.values[row] < 0) found += this.#counts.values[row];
    }
    if (found === this.#stated) return;
    const reason = `the dump says ${this.#stated} goroutines and has ${found}`;
    this.complain(reason, this.#statedAt, new Uint8Array(0), 0, 0);
  }

  complain(reason: string, spot: Spot, bytes: Uint8Array, start: number, end: number): void {
    this.#notUnderstoodCount++;
    if (this.#notUnderstood.length >= KEPT_COMPLAINTS) return;
    const text = decodeUtf8(bytes.slice(start, Math.min(end, start + EXCERPT)));
    const { offset, line } = spot;
    this.#notUnderstood.push({ offset, line, reason, text: text.toWellFormed() });
  }

  table(bytes: number): GoroutineTable {
    const texts = (interner: ByteInterner) =>
      Array.from({ length: interner.count }, (_, i) => interner.text(i));
    const ids = this.#ids.taken();
    return {
      form: ids.length > 0 && ids.every((id) => id < 0) ? 'records' : 'goroutines',
      length: this.length,
      counts: this.#counts.taken(),
      ids,
      offsets: this.#offsets.taken(),
      header: this.#header.taken(),
      headers: this.#headers,
      stack: this.#stack.taken(),
      stacks: this.stacks,
      functions: texts(this.functions),
      places: texts(this.places).map(placeOf),
      createdBy: this.#createdBy.taken(),
      createdAt: this.#createdAt.taken(),
      creators: this.#creators.taken(),
      ancestors: this.#ancestors,
      arguments: this.arguments?.taken(),
      snapshot: this.#snapshot.taken(),
      snapshots: this.#snapshots.map((snapshot, i) => ({
        ...snapshot,
        to: this.#snapshots[i + 1]?.from ?? this.length,
      })),
      races: this.races,
      notUnderstood: this.#notUnderstood,
      notUnderstoodCount: this.#notUnderstoodCount,
      otherLines: this.otherLines,
      isDump: this.length > 0 || this.#statedAt !== undefined,
      bytes,
    };
  }
}

function placeOf(text: string): Place {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return { file: text, line: 0 };
  return { file: text.slice(0, colon), line: Number(text.slice(colon + 1)) };
}

const RFC3339 = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/;

/** Unix milliseconds of the time stamp in a line's prefix; NaN = there is none. */
function timeOf(prefix: Uint8Array | undefined): number {
  if (prefix === undefined) return Number.NaN;
  const stamp = RFC3339.exec(decodeUtf8(prefix))?.[0];
  return stamp === undefined ? Number.NaN : Date.parse(stamp.replace(' ', 'T'));
}
