/** A readers–writer lock for promises: queries share, what moves rows about is alone. */
export class Gate {
  #readers = 0;
  #alone = false;
  readonly #queue: { readonly alone: boolean; readonly enter: () => void }[] = [];

  async shared<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#alone || this.#queue.length > 0) await this.#wait(false);
    else this.#readers++;
    try {
      return await work();
    } finally {
      this.#readers--;
      this.#admit();
    }
  }

  async exclusive<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#alone || this.#readers > 0 || this.#queue.length > 0) await this.#wait(true);
    else this.#alone = true;
    try {
      return await work();
    } finally {
      this.#alone = false;
      this.#admit();
    }
  }

  #wait(alone: boolean): Promise<void> {
    return new Promise((enter) => {
      this.#queue.push({ alone, enter });
    });
  }

  /** In the order of arrival, so that neither side starves. */
  #admit(): void {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (this.#alone || (next.alone && this.#readers > 0)) return;
      this.#queue.shift();
      if (next.alone) this.#alone = true;
      else this.#readers++;
      next.enter();
    }
  }
}

/** Runs one piece of work after the other. */
export class Sequence {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
