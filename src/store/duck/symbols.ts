/**
 * Functions, lines, frames, locations and stacks of every profile in the store, interned.
 *
 * All in memory with dense ids, and mirrored row by row in the catalog: `take` gives the rows that
 * are new since the last call. A location keeps its address relative to the module (build id and
 * file), so that a restarted process with another load address gives the same ids; a frame keeps
 * functions, files, lines and inlining. Costs 8 to 32 bytes an entry beside the strings; about 3
 * nodes are new for each new stack.
 */
import type { Batch } from './tables.ts';
import { FRAMES, FUNCTIONS, LINES, LOCATIONS, NODES } from './tables.ts';
import { TupleTable } from './tuples.ts';

const TWO_32 = 4294967296;

/** How far each table was handed out by `take`. */
export interface SymbolMark {
  readonly functions: number;
  readonly lines: number;
  readonly frames: number;
  readonly locations: number;
  readonly nodes: number;
}

export class Symbols {
  readonly strings: string[] = [''];
  readonly #stringIds = new Map<string, number>([['', 0]]);
  /** name, system name, file, start line (low, high). */
  readonly functions = new TupleTable(5);
  /** function, line (low, high), column (low, high). */
  readonly lines = new TupleTable(5);
  /** innermost line, frame it was inlined into. */
  readonly frames = new TupleTable(2);
  /** module, address (low, high), frame, folded. */
  readonly locations = new TupleTable(5);
  /** parent, location. Node 0 is the empty stack. */
  readonly nodes = new TupleTable(2);
  #mark: SymbolMark = { functions: 0, lines: 0, frames: 0, locations: 0, nodes: 0 };

  string(text: string): number {
    const known = this.#stringIds.get(text);
    if (known !== undefined) return known;
    const id = this.strings.length;
    this.strings.push(text);
    this.#stringIds.set(text, id);
    return id;
  }

  get mark(): SymbolMark {
    return this.#mark;
  }

  /** Everything after `mark` is new again: its rows did not reach the disk. */
  rewind(mark: SymbolMark): void {
    const now = this.#mark;
    // Of several writes that failed, the first one's mark counts.
    this.#mark = {
      functions: Math.min(now.functions, mark.functions),
      lines: Math.min(now.lines, mark.lines),
      frames: Math.min(now.frames, mark.frames),
      locations: Math.min(now.locations, mark.locations),
      nodes: Math.min(now.nodes, mark.nodes),
    };
  }

  /** Rows are handed out from here on: the catalog has everything that was restored. */
  markRestored(): void {
    this.#mark = this.#end();
  }

  /** The rows that are new since the last call. */
  take(): Batch[] {
    const from = this.#mark;
    const to = this.#end();
    this.#mark = to;
    const batches = [
      this.#functionRows(from.functions + 1, to.functions + 1),
      this.#lineRows(from.lines + 1, to.lines + 1),
      this.#frameRows(from.frames + 1, to.frames + 1),
      this.#locationRows(from.locations + 1, to.locations + 1),
      this.#nodeRows(from.nodes + 1, to.nodes + 1),
    ];
    return batches.filter((batch) => batch.length > 0);
  }

  #end(): SymbolMark {
    return {
      functions: this.functions.length,
      lines: this.lines.length,
      frames: this.frames.length,
      locations: this.locations.length,
      nodes: this.nodes.length,
    };
  }

  #functionRows(from: number, to: number): Batch {
    const { functions, strings } = this;
    const texts = (position: number) =>
      Array.from({ length: to - from }, (_, i) => strings[functions.at(from + i, position)] ?? '');
    return {
      table: FUNCTIONS,
      length: to - from,
      columns: [
        idsBetween(from, to),
        texts(0),
        texts(1),
        texts(2),
        wideColumn(functions, 3, from, to),
      ],
    };
  }

  #lineRows(from: number, to: number): Batch {
    const { lines } = this;
    return {
      table: LINES,
      length: to - from,
      columns: [
        idsBetween(from, to),
        column(lines, 0, from, to),
        wideColumn(lines, 1, from, to),
        wideColumn(lines, 3, from, to),
      ],
    };
  }

  #frameRows(from: number, to: number): Batch {
    const columns = [0, 1].map((position) => column(this.frames, position, from, to));
    return { table: FRAMES, length: to - from, columns: [idsBetween(from, to), ...columns] };
  }

  #locationRows(from: number, to: number): Batch {
    const { locations } = this;
    return {
      table: LOCATIONS,
      length: to - from,
      columns: [
        idsBetween(from, to),
        column(locations, 0, from, to),
        wideColumn(locations, 1, from, to),
        column(locations, 3, from, to),
        column(locations, 4, from, to),
      ],
    };
  }

  #nodeRows(from: number, to: number): Batch {
    const columns = [0, 1].map((position) => column(this.nodes, position, from, to));
    return { table: NODES, length: to - from, columns: [idsBetween(from, to), ...columns] };
  }
}

/** The number whose halves are at `position` (low) and `position + 1` (high). */
export function wideNumber(table: TupleTable, id: number, position: number): number {
  return (table.at(id, position + 1) | 0) * TWO_32 + table.at(id, position);
}

/** The upper half of a whole number below 2^53. */
export function highHalf(value: number): number {
  return Math.floor(value / TWO_32) >>> 0;
}

function idsBetween(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}

function column(table: TupleTable, position: number, from: number, to: number): Uint32Array {
  const values = new Uint32Array(to - from);
  for (let i = 0; i < values.length; i++) values[i] = table.at(from + i, position);
  return values;
}

/** Two halves as one 64-bit column. Both halves are written in the platform's own order. */
function wideColumn(table: TupleTable, position: number, from: number, to: number): BigInt64Array {
  const values = new BigInt64Array(to - from);
  for (let i = 0; i < values.length; i++) {
    const high = BigInt(table.at(from + i, position + 1));
    values[i] = BigInt.asIntN(64, (high << 32n) | BigInt(table.at(from + i, position)));
  }
  return values;
}
