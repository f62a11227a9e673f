/**
 * The life of every goroutine over many polls: from when to when it stood in which state at which
 * stack. What fgtrace records, from outside of the program.
 *
 * A span begins with the poll that saw it first and ends with the one that saw something else, or
 * nothing; what happened between two polls is not known. Only debug=2 has the ids that this takes. Memory grows
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
  /** The poll that saw it last, from 0; -1 = none yet. */
  seen: number;
}

export class LifelineBuilder {
  readonly #goroutines = new Map<number, Growing>();
  readonly #states = new NameNumbers();
  readonly #stacks = new StackNumbers(visibleFrames);
  /** Of the polls, ascending. */
  readonly #times: number[] = [];

  get polls(): number {
    return this.#times.length;
  }

  /** Polls come in their order. */
  add(table: GoroutineTable, { from, to }: Rows, nanos: number): void {
    const poll = this.#times.push(nanos) - 1;
    const stateOf = table.headers.map(({ state }) => this.#states.numberOf(stateName(state)));
    const stackOf = this.#stacks.translation(table);
    for (let row = from; row < to; row++) {
      const id = table.ids[row];
      const stack = stackOf(table.stack[row]);
      if (id <= 0 || isPolling(this.#stacks.list[stack])) continue;
      const goroutine = this.#goroutines.get(id) ?? this.#newborn(table, row, id);
      const state = stateOf[table.header[row]];
      const last = goroutine.spans.at(-1);
      if (last !== undefined) last.to = this.#times[goroutine.seen + 1];
      const isSame = last?.to === nanos && last.state === state && last.stack === stack;
      if (!isSame) goroutine.spans.push({ from: nanos, to: nanos, state, stack });
      goroutine.seen = poll;
    }
  }

  /** `endNanos`: until when what the last poll saw is taken to have lasted. */
  finish(endNanos: number = this.#times.at(-1) ?? 0): Lifelines {
    const goroutines = [...this.#goroutines].map(([id, { createdBy, spans, seen }]) => {
      const last = spans.at(-1);
      if (last !== undefined) last.to = this.#times[seen + 1] ?? endNanos;
      return { id, createdBy, spans };
    });
    goroutines.sort((a, b) => a.id - b.id);
    const states = this.#states.list;
    return { goroutines, states, stacks: this.#stacks.list, polls: this.polls, endNanos };
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
