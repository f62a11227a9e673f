/**
 * How often the goroutine endpoint may be polled, and at which level, so that the target pays no
 * more than a share of one core for it.
 *
 * The cost of a poll is learned from each one: the CPU time of the target's threads during it, less
 * what the program used in the same time between polls, where that can be read; else the time until
 * the answer, which is more than its CPU time, as the median of the last polls, because a busy machine
 * lets one wait now and then. debug=2 is not asked for at 1,000 goroutines and more, where it would
 * stop the world for tens of milliseconds. Not a clock: time comes in as arguments.
 */
import type { PollLevel } from './wall.ts';

/** From here on, debug=2 is never polled: it stops the world for about 25 µs a goroutine. */
export const MANY_GOROUTINES = 1000;

export interface PollCost {
  /** From the request to the last byte. */
  readonly latencyNanos: number;
  /** CPU time of the target in it, less its usual; undefined = not known. */
  readonly cpuNanos: number | undefined;
}

export interface BudgetOptions {
  /** Share of one core: 0.01 is 1 %. */
  readonly budget: number;
  /** Polls a second, at most. */
  readonly hz: number;
  /** Levels that may be polled. */
  readonly levels: readonly PollLevel[];
}

/** How much of what was learned a new poll replaces. */
const LEARNING = 0.15;
/** The first polls of a level count alike. */
const FIRST_POLLS = 5;
/** CPU time below this share of the shortest latency is more likely noise of a busy program. */
const LEAST_SHARE = 0.1;
/** Latencies that are kept of each level. */
const LATENCIES = 9;
/** Levels whose costs differ by less are taken to cost the same. */
const SAME_COST = 1.25;
const LEAST_NANOS = 20_000;

interface Learned {
  polls: number;
  /** Of the last polls. */
  readonly latencies: number[];
  cpu: number | undefined;
}

export class PollBudget {
  readonly #options: BudgetOptions;
  readonly #learned = new Map<PollLevel, Learned>();
  #spent = 0;

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  learn(level: PollLevel, { latencyNanos, cpuNanos }: PollCost): void {
    const known = this.#learned.get(level) ?? { polls: 0, latencies: [], cpu: undefined };
    known.polls++;
    const part = Math.max(LEARNING, known.polls <= FIRST_POLLS ? 1 / known.polls : 0);
    known.latencies.push(latencyNanos);
    if (known.latencies.length > LATENCIES) known.latencies.shift();
    if (cpuNanos !== undefined) known.cpu = blend(known.cpu, cpuNanos, part);
    this.#learned.set(level, known);
    this.#spent += this.costOf(level) ?? 0;
  }

  /** Nanoseconds of one core for a poll; undefined = none was made yet. */
  costOf(level: PollLevel): number | undefined {
    const known = this.#learned.get(level);
    if (known === undefined) return undefined;
    const ascending = known.latencies.toSorted((a, b) => a - b);
    const median = ascending[(ascending.length - 1) >> 1];
    const { cpu = median } = known;
    return Math.max(LEAST_NANOS, ascending[0] * LEAST_SHARE, Math.min(median, cpu));
  }

  /** Of all polls, nanoseconds of one core. */
  get spentNanos(): number {
    return this.#spent;
  }

  /**
   * The level to poll next: the one that tells most among those whose cost allows the wished rate;
   * else of the cheapest. Levels that were not tried yet come first.
   */
  choose(goroutines: number): PollLevel {
    const { levels, budget, hz } = this.#options;
    const allowed = levels.filter((level) => level !== 2 || goroutines < MANY_GOROUTINES);
    const untried = allowed.find((level) => (this.#learned.get(level)?.polls ?? 0) < 2);
    if (untried !== undefined) return untried;
    const affordable = (budget * 1e9) / hz;
    const cost = (level: PollLevel) => this.costOf(level) ?? Number.POSITIVE_INFINITY;
    const telling = ([2, 1, 0] as const).filter((level) => allowed.includes(level));
    const cheapest = Math.min(...allowed.map(cost)) * SAME_COST;
    return telling.find((level) => cost(level) <= Math.max(affordable, cheapest)) ?? 1;
  }

  /** Nanoseconds from the start of a poll of that level to the start of the next. */
  intervalOf(level: PollLevel): number {
    const { budget, hz } = this.#options;
    return Math.max(1e9 / hz, (this.costOf(level) ?? 0) / budget);
  }
}

function blend(before: number | undefined, value: number, part: number): number {
  return before === undefined ? value : before + (value - before) * part;
}
