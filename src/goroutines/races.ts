/**
 * Reports of the race detector: `WARNING: DATA RACE`, two accesses with their stacks, where their
 * goroutines were created, and what the address is. Each access becomes a row, each report a
 * snapshot of its own.
 *
 * Source of the grammar: tsan_report.cpp of LLVM's compiler-rt (the part for Go), whose text is in
 * GOROOT/src/runtime/race/internal; runtime/race/output_test.go has examples. Reports are short, so
 * lines are read as strings.
 */
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts';
import { UNKNOWN_HEADER } from './header.ts';
import { FrameRun, type Spot, type TableRows } from './rows.ts';

const WARNING = 'WARNING: DATA RACE';
const RULE = '==================';
const ACCESS =
  /^(Previous )?(?:atomic )?(read|write) at (0x[0-9a-f]+) by (?:goroutine (\d+)|main goroutine):$/i;
const CREATED = /^Goroutine (\d+) \((\w+)\) created at:$/;
const LOCATION = /^(?:Heap block of size|Global var|Location is) .*$/;
const FUNCTION = /^ {2}(\S.*?)\(\)$/;
const PLACE = /^ {6}(.*:\d+)(?: \+0x[0-9a-f]+)?$/;
const NO_STACK = '  [failed to restore the stack]';

interface Access {
  readonly kind: 'read' | 'write';
  readonly isPrevious: boolean;
  readonly address: string;
  readonly id: number;
  readonly spot: Spot;
  stack: number;
}

interface Created {
  readonly id: number;
  readonly state: string;
  stack: number;
}

interface Report {
  readonly spot: Spot;
  readonly accesses: Access[];
  readonly goroutines: Created[];
  readonly location: { text: string; stack: number };
}

export class RaceReader {
  readonly #rows: TableRows;
  readonly #frames = new FrameRun();
  readonly #headers = new Map<string, number>();
  #report: Report | undefined;
  /** What the frames that come next are of. */
  #owner: { stack: number } | undefined;
  #pending: { name: string; spot: Spot } | undefined;

  constructor(rows: TableRows) {
    this.#rows = rows;
  }

  get isOpen(): boolean {
    return this.#report !== undefined;
  }

  /** True when the line begins a report. */
  starts(bytes: Uint8Array, start: number, end: number, spot: Spot): boolean {
    if (bytes[start] !== 0x57 || end - start !== WARNING.length) return false;
    if (decodeUtf8(bytes.subarray(start, end)) !== WARNING) return false;
    this.end();
    this.#report = { spot, accesses: [], goroutines: [], location: { text: '', stack: -1 } };
    return true;
  }

  /** A line of the report that is open. */
  take(bytes: Uint8Array, start: number, end: number, spot: Spot): void {
    const report = this.#report;
    if (report === undefined) return;
    const line = decodeUtf8(bytes.subarray(start, end));
    if (line === '') this.#endStack();
    else if (line === RULE) this.end();
    else if (line.startsWith(' ')) this.#frame(line, spot);
    else if (!this.#section(report, line, spot)) this.#complain(line, spot);
  }

  end(): void {
    const report = this.#report;
    if (report === undefined) return;
    this.#endStack();
    this.#report = undefined;
    if (report.accesses.length === 0) {
      this.#rows.complain(
        'a race report without accesses',
        report.spot,
        encodeUtf8(WARNING),
        0,
        18,
      );
      return;
    }
    this.#rows.nextSnapshot();
    const from = this.#rows.length;
    for (const access of report.accesses) this.#addRow(access, report);
    this.#rows.races.push({
      offset: report.spot.offset,
      line: report.spot.line,
      accesses: report.accesses.map(({ kind, isPrevious, address }, i) => ({
        kind,
        isPrevious,
        address,
        row: from + i,
      })),
      location: report.location.text,
      locationStack: report.location.stack,
      goroutines: report.goroutines,
    });
    this.#rows.nextSnapshot();
  }

  #addRow(access: Access, report: Report): void {
    const created = report.goroutines.find(({ id }) => id === access.id)?.stack ?? -1;
    const [createdBy = -1, createdAt = -1] = created < 0 ? [] : this.#rows.stacks.run(created);
    this.#rows.addRow({
      kind: 'race',
      spot: access.spot,
      count: 1,
      id: access.id,
      header: this.#headerOf(access),
      stack: access.stack < 0 ? this.#rows.stacks.intern(this.#frames.pairs, 0) : access.stack,
      createdBy,
      createdAt,
      creator: -1,
      ancestors: [],
    });
  }

  #headerOf({ kind, isPrevious }: Access): number {
    const state = `data race: ${isPrevious ? 'previous ' : ''}${kind}`;
    let header = this.#headers.get(state);
    if (header === undefined) {
      header = this.#rows.addHeader({ ...UNKNOWN_HEADER, state });
      this.#headers.set(state, header);
    }
    return header;
  }

  /** A line that says what the stack below it is. */
  #section(report: Report, line: string, spot: Spot): boolean {
    const access = ACCESS.exec(line);
    const created = CREATED.exec(line);
    this.#endStack();
    if (access !== null) {
      const [, previous, kind = '', address = '', id] = access;
      const isWrite = kind.toLowerCase() === 'write';
      const owner: Access = {
        kind: isWrite ? 'write' : 'read',
        isPrevious: previous !== undefined,
        address,
        id: Number(id ?? 0),
        spot,
        stack: -1,
      };
      report.accesses.push(owner);
      this.#owner = owner;
    } else if (created !== null) {
      const owner: Created = { id: Number(created[1]), state: created[2], stack: -1 };
      report.goroutines.push(owner);
      this.#owner = owner;
    } else if (LOCATION.test(line)) {
      report.location.text = line.replace(/:$/, '');
      this.#owner = report.location;
    } else {
      return false;
    }
    return true;
  }

  #frame(line: string, spot: Spot): void {
    if (line === NO_STACK) return;
    const place = PLACE.exec(line)?.[1];
    if (place !== undefined && this.#pending !== undefined) {
      this.#frames.add(
        this.#number('functions', this.#pending.name),
        this.#number('places', place),
      );
      this.#pending = undefined;
      return;
    }
    const name = FUNCTION.exec(line)?.[1];
    if (name === undefined || this.#owner === undefined) {
      this.#complain(line, spot);
      return;
    }
    this.#dropPending();
    this.#pending = { name, spot };
  }

  #number(of: 'functions' | 'places', text: string): number {
    const bytes = encodeUtf8(text);
    return this.#rows[of].intern(bytes, 0, bytes.length);
  }

  #dropPending(): void {
    if (this.#pending === undefined) return;
    const text = encodeUtf8(this.#pending.name);
    const reason = 'a function without file and line';
    this.#rows.complain(reason, this.#pending.spot, text, 0, text.length);
    this.#pending = undefined;
  }

  #endStack(): void {
    this.#dropPending();
    if (this.#owner !== undefined && this.#frames.length > 0) {
      this.#owner.stack = this.#rows.stacks.intern(this.#frames.pairs, this.#frames.length);
    }
    this.#frames.length = 0;
    this.#owner = undefined;
  }

  #complain(line: string, spot: Spot): void {
    const text = encodeUtf8(line);
    this.#rows.complain('no part of a race report', spot, text, 0, text.length);
  }
}
