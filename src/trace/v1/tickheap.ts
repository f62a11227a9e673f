/** Queues of events by the time of the event at their head, the earliest first: a binary heap. */

export class TickHeap {
  private readonly ticks: Float64Array;
  private readonly queues: number[] = [];
  private readonly rows: number[] = [];

  /** `ticks`: times of events by row. */
  constructor(ticks: Float64Array) {
    this.ticks = ticks;
  }

  get length(): number {
    return this.queues.length;
  }

  get firstRow(): number {
    return this.rows[0];
  }

  get firstTicks(): number {
    return this.ticks[this.rows[0]];
  }

  push(queue: number, row: number): void {
    const { ticks, queues, rows } = this;
    const time = ticks[row];
    let at = queues.length;
    queues.push(queue);
    rows.push(row);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!(time < ticks[rows[parent]])) break;
      queues[at] = queues[parent];
      rows[at] = rows[parent];
      at = parent;
    }
    queues[at] = queue;
    rows[at] = row;
  }

  /** Takes the queue with the earliest event; there must be one. */
  pop(): number {
    const { ticks, queues, rows } = this;
    const first = queues[0];
    const queue = queues.pop() ?? first;
    const row = rows.pop() ?? 0;
    const { length } = queues;
    if (length === 0) return first;
    const time = ticks[row];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && ticks[rows[child + 1]] < ticks[rows[child]]) child++;
      if (!(ticks[rows[child]] < time)) break;
      queues[at] = queues[child];
      rows[at] = rows[child];
      at = child;
    }
    queues[at] = queue;
    rows[at] = row;
    return first;
  }
}
