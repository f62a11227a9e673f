/** One at a time: callers of `run` follow each other in the order in which they came. */
export class Lock {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T> | T): Promise<T> {
    const result = this.#last.then(work);
    // The next one waits for the end, whatever it was; the error belongs to the caller of this one.
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
