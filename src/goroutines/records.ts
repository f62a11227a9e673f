/**
 * debug=1 text: `20 @ 0x48a00e 0x4195bc`, then its labels and one line a frame. Without ids, states
 * and creators; the count is the record's. Source: printCountProfile and printStackRecord in Go's
 * runtime/pprof/pprof.go. Lines are few (one record a distinct stack), so they are read as strings.
 */
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import { matches, numberAt } from './grammar.ts';
import { parseLabels, UNKNOWN_HEADER } from './header.ts';
import { FrameRun, type Spot, type TableRows } from './rows.ts';

const TITLES = ['goroutine profile: total ', 'goroutineleak profile: total '];

export class RecordReader {
  readonly #rows: TableRows;
  readonly #frames = new FrameRun();
  #count = -1;
  #header = 0;
  #addresses: string[] = [];
  #spot: Spot = { offset: 0, line: 0, prefix: undefined };

  constructor(rows: TableRows) {
    this.#rows = rows;
  }

  get isOpen(): boolean {
    return this.#count >= 0;
  }

  /** False when the line is none of a record. */
  take(bytes: Uint8Array, start: number, end: number, spot: Spot, whole: boolean): boolean {
    const first = bytes[start];
    if (first === 0x67) return this.#total(bytes, start, end, spot);
    if (first === 0x23 && this.#count >= 0) {
      if (!whole || !this.#detail(decodeUtf8(bytes.subarray(start, end)))) {
        this.#rows.complain('no frame of a record', spot, bytes, start, end);
      }
      return true;
    }
    if (first < 0x30 || first > 0x39) return false;
    const number = numberAt(bytes, start, end);
    if (!matches(bytes, number.end, end, ' @')) return false;
    this.end();
    if (!whole) {
      this.#rows.complain('a record that is cut', spot, bytes, start, end);
      return true;
    }
    this.#count = number.value;
    this.#spot = spot;
    this.#addresses = decodeUtf8(bytes.subarray(number.end + 2, end))
      .split(' ')
      .filter(Boolean);
    return true;
  }

  /** Ends the record that is open, if one is. */
  end(): void {
    if (this.#count < 0) return;
    if (this.#frames.length === 0) {
      // Runtime frames alone are printed without names.
      for (const address of this.#addresses) this.#frames.add(this.#function(address), -1);
    }
    this.#rows.addRow({
      kind: 'records',
      spot: this.#spot,
      count: this.#count,
      id: -1,
      header: this.#header,
      stack: this.#rows.stacks.intern(this.#frames.pairs, this.#frames.length),
      createdBy: -1,
      createdAt: -1,
      creator: -1,
      ancestors: [],
    });
    this.#count = -1;
    this.#header = 0;
    this.#frames.length = 0;
  }

  /** `goroutine profile: total 42`, also goroutineleak's. */
  #total(bytes: Uint8Array, start: number, end: number, spot: Spot): boolean {
    const title = TITLES.find((text) => matches(bytes, start, end, text));
    if (title === undefined) return false;
    this.end();
    this.#rows.statedTotal(numberAt(bytes, start + title.length, end).value, spot);
    return true;
  }

  #detail(line: string): boolean {
    const labels = /^# labels: (\{.*\})$/.exec(line)?.[1];
    if (labels !== undefined) return this.#label(labels);
    const frame = /^#\t(0x[0-9a-f]+)(?:\t+([^\t]+?)(?:\+0x[0-9a-f]+)?\t+([^\t]+:\d+))?$/.exec(line);
    if (frame === null) return false;
    const [, address = '', name, place] = frame;
    if (name === undefined || place === undefined) {
      this.#frames.add(this.#function(address), -1);
      return true;
    }
    const bytes = encodeUtf8(place);
    this.#frames.add(this.#function(name), this.#rows.places.intern(bytes, 0, bytes.length));
    return true;
  }

  #label(text: string): boolean {
    const labels = parseLabels(text);
    if (labels === undefined) return false;
    this.#header = this.#rows.addHeader({ ...UNKNOWN_HEADER, labels });
    return true;
  }

  #function(name: string): number {
    const bytes = encodeUtf8(name);
    return this.#rows.functions.intern(bytes, 0, bytes.length);
  }
}
