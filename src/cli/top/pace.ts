/**
 * How often something may be asked so that it stays within its share of a budget. Pure.
 *
 * A request costs its usual time (the median of the last nine, so that one slow answer changes
 * nothing) beyond the quickest answer of all, which is the way there and back.
 */

const KEPT = 9;

/** The quickest answer to anything, in milliseconds. */
export class Baseline {
  millis = Infinity;

  seen(millis: number): void {
    this.millis = Math.min(this.millis, millis);
  }
}

export class Pace {
  readonly #baseline: Baseline;
  readonly #budget: number;
  readonly #took: number[] = [];
  /** How often it is wanted. */
  baseMillis: number;

  /** `budget` is in cores. */
  constructor(baseMillis: number, budget: number, baseline: Baseline) {
    this.baseMillis = baseMillis;
    this.#budget = budget;
    this.#baseline = baseline;
  }

  answered(millis: number): void {
    this.#baseline.seen(millis);
    this.#took.push(millis);
    if (this.#took.length > KEPT) this.#took.shift();
  }

  /** From the start of one request to that of the next. */
  get intervalMillis(): number {
    return Math.max(this.baseMillis, this.#cost / this.#budget);
  }

  /** In cores. */
  get load(): number {
    return this.#cost / this.intervalMillis;
  }

  get #cost(): number {
    const sorted = this.#took.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    return Math.max(0, median - Math.min(this.#baseline.millis, median));
  }
}
