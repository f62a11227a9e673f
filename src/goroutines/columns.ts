/** Columns that grow by doubling, and a set of ids: what a table is made of while a dump is read. */

export class Ints {
  values = new Int32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Int32Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  taken(): Int32Array {
    return this.values.slice(0, this.length);
  }
}

export class Doubles {
  values = new Float64Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Float64Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  taken(): Float64Array {
    return this.values.slice(0, this.length);
  }
}

/** Goroutine ids (positive integers below 2^53); open addressing, half empty at least. */
export class IdSet {
  #slots = new Float64Array(1024);
  #count = 0;

  /** False when it was there already. */
  add(id: number): boolean {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = slotOf(id, mask);
    while (slots[at] !== 0) {
      if (slots[at] === id) return false;
      at = (at + 1) & mask;
    }
    slots[at] = id;
    if (++this.#count * 2 > slots.length) this.#grow();
    return true;
  }

  #grow(): void {
    const old = this.#slots;
    const larger = new Float64Array(old.length * 2);
    const mask = larger.length - 1;
    for (const id of old) {
      if (id === 0) continue;
      let at = slotOf(id, mask);
      while (larger[at] !== 0) at = (at + 1) & mask;
      larger[at] = id;
    }
    this.#slots = larger;
  }
}

function slotOf(id: number, mask: number): number {
  const mixed = Math.imul(id | 0, 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) & mask;
}
