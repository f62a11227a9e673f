/**
 * Every goroutine over successive dumps: the matrix goroutine × dump, with its state and stack in
 * each. A view model: columns to draw lanes from, without a name made per cell.
 */
import type { Dump } from './dumps.ts';
import { RunInterner } from './intern.ts';
import { type Frame, framesOf, type GoroutineTable } from './table.ts';

export interface GoroutineTimeline {
  /** Unix milliseconds by dump; NaN = not known. */
  readonly times: readonly number[];
  /** Ascending; one lane each. Goroutines without an id have none. */
  readonly ids: Float64Array;
  /** State names; index 0 is '', for goroutines that are not there. */
  readonly states: readonly string[];
  /** `ids.length × times.length`, a lane after the other: into `states`. */
  readonly state: Uint16Array;
  /** The same shape: into `stacks`; -1 = not there. */
  readonly stack: Int32Array;
  readonly stacks: readonly (readonly Frame[])[];
  /** By dump, then by state: how many goroutines, also those without an id. */
  readonly counts: readonly Float64Array[];
}

export function timelineOf(dumps: readonly Dump[]): GoroutineTimeline {
  const ids = idsOf(dumps);
  const lane = new Map(Array.from(ids, (id, i) => [id, i]));
  const states = new NameNumbers();
  const stacks = new StackNumbers();
  const state = new Uint16Array(ids.length * dumps.length);
  const stack = new Int32Array(ids.length * dumps.length).fill(-1);
  const tallies = dumps.map(({ table, rows }, dump) => {
    const stateOf = table.headers.map((header) => states.numberOf(header.state));
    const stackOf = stacks.translation(table);
    const tally: number[] = [];
    for (let row = rows.from; row < rows.to; row++) {
      const number = stateOf[table.header[row]];
      tally[number] = (tally[number] ?? 0) + table.counts[row];
      const at = lane.get(table.ids[row]);
      if (at === undefined) continue;
      state[at * dumps.length + dump] = number;
      stack[at * dumps.length + dump] = stackOf(table.stack[row]);
    }
    return tally;
  });
  return {
    times: dumps.map(({ timeMillis }) => timeMillis),
    ids,
    states: states.list,
    state,
    stack,
    stacks: stacks.list,
    counts: tallies.map((tally) => Float64Array.from(states.list, (_, i) => tally[i] ?? 0)),
  };
}

function idsOf(dumps: readonly Dump[]): Float64Array {
  const found = new Set<number>();
  for (const { table, rows } of dumps) {
    for (let row = rows.from; row < rows.to; row++)
      if (table.ids[row] > 0) found.add(table.ids[row]);
  }
  return Float64Array.from(found).sort();
}

/** State names under small numbers; 0 is ''. */
export class NameNumbers {
  readonly list: string[] = [''];
  readonly #numbers = new Map<string, number>();

  numberOf(name: string): number {
    // '' is a state of its own where the source does not say: it is there.
    const key = name === '' ? 'unknown' : name;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.list.push(key) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

/** Stacks of several tables under common numbers. */
export class StackNumbers {
  readonly list: (readonly Frame[])[] = [];
  readonly #framesOf: (table: GoroutineTable, stack: number) => readonly Frame[];
  readonly #runs = new RunInterner();
  readonly #frames = new Map<string, number>();

  /** What of a stack tells it from others; all of its frames unless given. */
  constructor(frames: (table: GoroutineTable, stack: number) => readonly Frame[] = framesOf) {
    this.#framesOf = frames;
  }

  translation(table: GoroutineTable): (stack: number) => number {
    const known: number[] = [];
    return (stack) => {
      known[stack] ??= this.#add(this.#framesOf(table, stack));
      return known[stack];
    };
  }

  #add(frames: readonly Frame[]): number {
    const run = Int32Array.from(frames, ({ function: name, file, line }) => {
      const key = `${name}\n${file}:${line}`;
      const number = this.#frames.get(key) ?? this.#frames.size;
      this.#frames.set(key, number);
      return number;
    });
    const number = this.#runs.intern(run, run.length);
    if (number === this.list.length) this.list.push(frames);
    return number;
  }
}
