/**
 * Answers that need not be computed again: kept by their URL until data arrives in their range.
 *
 * A range that lies in the past keeps its answer for minutes, one that ends now loses it with the
 * next capture. Equal questions that are asked at once are answered once. What retention deletes may
 * stay visible for as long as an answer lives. Failures are not kept.
 */

interface Entry<Answer> {
  /** End of the range in unix nanoseconds: older data cannot change the answer. */
  readonly toNanos: bigint;
  readonly expires: number;
  readonly answer: Promise<Answer>;
}

const MOST_ENTRIES = 32;
const LIFE_MS = 120_000;

export class AnswerCache<Answer> {
  readonly #entries = new Map<string, Entry<Answer>>();
  readonly #now: () => number;

  constructor(now: () => number = performance.now.bind(performance)) {
    this.#now = now;
  }

  async answer(
    key: string,
    toNanos: bigint,
    compute: () => Promise<Answer>,
    lifeMs = LIFE_MS,
  ): Promise<Answer> {
    const known = this.#entries.get(key);
    if (known !== undefined && known.expires > this.#now()) {
      // Deleted and set again: the order of a Map is that of use.
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.answer;
    }
    const answer = compute();
    const entry = { toNanos, expires: this.#now() + lifeMs, answer };
    this.#entries.set(key, entry);
    this.#evict();
    answer.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return answer;
  }

  /** Data that begins at this time has arrived. */
  arrived(startNanos: bigint): void {
    for (const [key, entry] of this.#entries) {
      if (entry.toNanos > startNanos) this.#entries.delete(key);
    }
  }

  #evict(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= MOST_ENTRIES) return;
      this.#entries.delete(key);
    }
  }
}
