/**
 * A cumulative histogram of durations that are told one by one: GC pauses of sources that have no
 * histogram of their own. From 1 µs to 67 s in steps of a quarter of a power of two (19 % wide).
 */
import type { Histogram } from './snapshot.ts';

const BOUNDS = Float64Array.from({ length: 106 }, (_, i) =>
  i === 0 ? 0 : i === 105 ? Infinity : 1e-6 * 2 ** ((i - 1) / 4),
);

export class TimeHistogram {
  readonly #counts = new Float64Array(BOUNDS.length - 1);

  add(seconds: number): void {
    let low = 0;
    let high = this.#counts.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (seconds < (BOUNDS[middle + 1] ?? Infinity)) high = middle;
      else low = middle + 1;
    }
    this.#counts[low] = (this.#counts[low] ?? 0) + 1;
  }

  reset(): void {
    this.#counts.fill(0);
  }

  /** As it is now; later additions do not change it. */
  get value(): Histogram {
    return { counts: this.#counts.slice(), bounds: BOUNDS };
  }
}
