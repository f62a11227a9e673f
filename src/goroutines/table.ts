/**
 * Goroutine dumps as columns: one row a goroutine (or, from debug=1, one row a record with its
 * count; of a race report, one row an access); headers, functions, places and stacks interned.
 *
 * What identifies a stack is its functions and lines; addresses among the arguments are kept apart,
 * and only when they are asked for. Rows are in the order of the input, so that each of the
 * snapshots (one dump of possibly several) is a run of them.
 */
import type { FrameArguments } from './arguments.ts';
import type { GoroutineHeader } from './header.ts';
import type { RunInterner } from './intern.ts';

export interface Place {
  /** '' = not said. */
  readonly file: string;
  /** 0 = not said. */
  readonly line: number;
}

export interface Frame extends Place {
  /** Without arguments; `...22 frames elided...` stands for frames that the runtime left out. */
  readonly function: string;
}

/** What created a goroutine's creator, from GODEBUG=tracebackancestors. */
export interface Ancestor {
  readonly id: number;
  readonly stack: number;
}

export type DumpForm = 'goroutines' | 'records';

/** `race`: the two accesses of a race report, which is no dump of the whole program. */
export type SnapshotKind = DumpForm | 'race';

/** One dump of those in the input. */
export interface Snapshot {
  readonly kind: SnapshotKind;
  /** Where its first goroutine begins: bytes from the start of the input, and the 1-based line. */
  readonly offset: number;
  readonly line: number;
  /** Unix milliseconds of the time stamp before that line; NaN = there is none. */
  readonly timeMillis: number;
  /** Its rows, `[from, to)`. */
  readonly from: number;
  readonly to: number;
}

/** One of the two sides of a data race. */
export interface RaceAccess {
  readonly kind: 'read' | 'write';
  /** The earlier one of the two. */
  readonly isPrevious: boolean;
  /** As printed: `0x00c000094038`. */
  readonly address: string;
  /** Row of the table, whose stack and creator are the goroutine's. Its id is the detector's own. */
  readonly row: number;
}

/** A report of the race detector, whose goroutine ids are its own; the main goroutine is 0. */
export interface RaceReport {
  readonly offset: number;
  readonly line: number;
  readonly accesses: readonly RaceAccess[];
  /** What the address is, as printed: `Heap block of size 8 at 0xc0… allocated by goroutine 7`. */
  readonly location: string;
  /** Into `stacks`: where that was allocated; -1 = not said. */
  readonly locationStack: number;
  /** Goroutines that took part and where they were created; state is `running` or `finished`. */
  readonly goroutines: readonly {
    readonly id: number;
    readonly state: string;
    /** Into `stacks`; the leaf is the go statement. */
    readonly stack: number;
  }[];
}

/** A line within the dump that is none of its grammar, or a part that was cut off. */
export interface NotUnderstood {
  /** Bytes from the start of the input. */
  readonly offset: number;
  /** 1-based. */
  readonly line: number;
  readonly reason: string;
  /** The line's beginning, at most 120 bytes. */
  readonly text: string;
}

export interface GoroutineTable {
  /** `goroutines`: debug=2, SIGQUIT, panics; `records`: debug=1, which has no ids and no states. */
  readonly form: DumpForm;
  readonly length: number;
  /** Goroutines of the row; 1 but for records. */
  readonly counts: Float64Array;
  /** Goroutine id; -1 = not said. */
  readonly ids: Float64Array;
  /** Bytes from the start of the input to the line that it begins with. */
  readonly offsets: Float64Array;
  /** Into `headers`. */
  readonly header: Int32Array;
  readonly headers: readonly GoroutineHeader[];
  /** Into `stacks`. */
  readonly stack: Int32Array;
  /** Runs of (function, place) pairs, leaf first. */
  readonly stacks: RunInterner;
  readonly functions: readonly string[];
  readonly places: readonly Place[];
  /** Into `functions` and `places`; -1 = not said (the main goroutine has no creator). */
  readonly createdBy: Int32Array;
  readonly createdAt: Int32Array;
  /** Id of the goroutine that ran the go statement (Go ≥ 1.21); -1 = not said. */
  readonly creators: Float64Array;
  /** By row, nearest first; only rows that have some. */
  readonly ancestors: ReadonlyMap<number, readonly Ancestor[]>;
  /** Addresses among the arguments; undefined when they were not asked for. */
  readonly arguments: FrameArguments | undefined;
  /** Into `snapshots`; never decreases. */
  readonly snapshot: Int32Array;
  readonly snapshots: readonly Snapshot[];
  readonly races: readonly RaceReport[];
  /** At most the first 100; `notUnderstoodCount` has all. */
  readonly notUnderstood: readonly NotUnderstood[];
  readonly notUnderstoodCount: number;
  /** Lines outside of goroutines: messages, registers, log lines. */
  readonly otherLines: number;
  /** False when nothing of a dump was there; a debug=1 dump of no goroutines is one. */
  readonly isDump: boolean;
  readonly bytes: number;
}

/** Frames of a stack, leaf first. */
export function framesOf(table: GoroutineTable, stack: number): Frame[] {
  const run = table.stacks.run(stack);
  const frames: Frame[] = [];
  for (let i = 0; i + 1 < run.length; i += 2) {
    frames.push(frameAt(table, run[i] ?? -1, run[i + 1] ?? -1));
  }
  return frames;
}

/** A function and a place as one frame. */
export function frameAt(table: GoroutineTable, functionIndex: number, place: number): Frame {
  const { file, line } = table.places[place] ?? { file: '', line: 0 };
  return { function: table.functions[functionIndex] ?? '', file, line };
}

/** A run of a table's rows, `[from, to)`. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

export function allRows(table: GoroutineTable): Rows {
  return { from: 0, to: table.length };
}

/** The last dump of the whole program; all rows where there is none, as in a log of races. */
export function latestDump(table: GoroutineTable): Rows {
  return table.snapshots.findLast(({ kind }) => kind !== 'race') ?? allRows(table);
}

/** Goroutines in those rows; in all dumps of the input when they are not given. */
export function goroutineCount(table: GoroutineTable, rows: Rows = allRows(table)): number {
  let sum = 0;
  for (let row = rows.from; row < rows.to; row++) sum += table.counts[row];
  return sum;
}
