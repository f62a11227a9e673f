/**
 * The life of every goroutine over many polls: from when to when it stood in which state at which
 * stack. What fgtrace records, from outside of the program.
 *
 * A span begins with the poll that saw it first and ends with the one that saw something else; what
 * happened between two polls is not known. Only debug=2 has the ids that this takes. Memory grows
 * with changes, not with polls. Not a trace: timeline.ts has the matrix of a few dumps.
 */
import { type Frame, frameAt, type GoroutineTable, type Rows } from './table.ts';
import { NameNumbers, StackNumbers } from './timeline.ts';
import { isPolling, visibleFrames } from './wallstate.ts';

export interface LifelineSpan {
  /** Nanoseconds since the first poll. */
  readonly from: number;
  readonly to: number;
  /** Into `Lifelines.states`. */
  readonly state: number;
  /** Into `Lifelines.stacks`. */
  readonly stack: number;
}

export interface Lifeline {
  readonly id: number;
  /** The function of the go statement; '' = not said, as for the main goroutine. */
  readonly createdBy: string;
  /** Ascending; a gap where the goroutine was not there. */
  readonly spans: readonly LifelineSpan[];
}

export interface Lifelines {
  /** Ascending by id. */
  readonly goroutines: readonly Lifeline[];
  readonly states: readonly string[];
  /** Leaf first. */
  readonly stacks: readonly (readonly Frame[])[];
  readonly polls: number;
  readonly endNanos: number;
}

interface Growing {
  readonly createdBy: string;
  readonly spans: { from: number; to: number; state: number; stack: number }[];
  /** Number of the poll that saw it last. */
  seen: number;
}

export class LifelineBuilder {
  readonly #goroutines = new Map<number, Growing>();
  readonly #states = new NameNumbers();
  readonly #stacks = new StackNumbers(visibleFrames);
  #polls = 0;
  #end = 0;

  get polls(): number {
    return this.#polls;
  }

  /** Polls come in their order. */
  add(table: GoroutineTable, { from, to }: Rows, nanos: number): void {
    this.#polls++;
    this.#end = nanos;
    const stateOf = table.headers.map(({ state }) => this.#states.numberOf(stateName(state)));
    const stackOf = this.#stacks.translation(table);
    for (let row = from; row < to; row++) {
      const id = table.ids[row];
      const stack = stackOf(table.stack[row]);
      if (id <= 0 || isPolling(this.#stacks.list[stack])) continue;
      const goroutine = this.#goroutines.get(id) ?? this.#newborn(table, row, id);
      const state = stateOf[table.header[row]];
      const last = goroutine.spans.at(-1);
      // It was there all the time, as far as anyone knows.
      if (last !== undefined && goroutine.seen === this.#polls - 1) last.to = nanos;
      const isSame = last?.to === nanos && last.state === state && last.stack === stack;
      if (!isSame) goroutine.spans.push({ from: nanos, to: nanos, state, stack });
      goroutine.seen = this.#polls;
    }
  }

  /** `endNanos`: until when what the last poll saw is taken to have lasted. */
  finish(endNanos: number = this.#end): Lifelines {
    const goroutines = [...this.#goroutines].map(([id, { createdBy, spans, seen }]) => {
      const last = spans.at(-1);
      if (last !== undefined && seen === this.#polls) last.to = Math.max(last.to, endNanos);
      return { id, createdBy, spans };
    });
    goroutines.sort((a, b) => a.id - b.id);
    const states = this.#states.list;
    return { goroutines, states, stacks: this.#stacks.list, polls: this.#polls, endNanos };
  }

  #newborn(table: GoroutineTable, row: number, id: number): Growing {
    const creator = table.createdBy[row];
    const createdBy = creator < 0 ? '' : frameAt(table, creator, -1).function;
    const born = { createdBy, spans: [], seen: -1 };
    this.#goroutines.set(id, born);
    return born;
  }
}

/** Whoever was on a CPU is stopped to be looked at, and is called runnable then. */
function stateName(state: string): string {
  return state === 'running' || state === 'runnable' ? 'executing or runnable' : state;
}
