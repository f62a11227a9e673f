/** Writes events as columns whose length is known beforehand, or at least a bound of it. */
import type { EventColumns, IndexColumn } from '../eventcolumns.ts';

const NARROW_LIMIT = 0x7fff;

export class ColumnWriter {
  length = 0;
  private readonly time: Float64Array<ArrayBuffer>;
  private readonly kind: Uint8Array<ArrayBuffer>;
  private readonly goroutine: Int32Array<ArrayBuffer>;
  private proc: IndexColumn;
  private thread: IndexColumn;
  private readonly stack: Int32Array<ArrayBuffer>;
  private readonly a: Int32Array<ArrayBuffer>;
  private readonly b: Int32Array<ArrayBuffer>;
  private readonly wide: bigint[] = [];

  constructor(capacity: number) {
    this.time = new Float64Array(capacity);
    this.kind = new Uint8Array(capacity);
    this.goroutine = new Int32Array(capacity);
    this.proc = new Int16Array(capacity);
    this.thread = new Int16Array(capacity);
    this.stack = new Int32Array(capacity);
    this.a = new Int32Array(capacity);
    this.b = new Int32Array(capacity);
  }

  push(
    kind: number,
    time: number,
    goroutine: number,
    proc: number,
    thread: number,
    stack: number,
    a: number,
    b: number,
  ): void {
    const row = this.length++;
    if (proc > NARROW_LIMIT || thread > NARROW_LIMIT) this.widen();
    this.time[row] = time;
    this.kind[row] = kind;
    this.goroutine[row] = goroutine;
    this.proc[row] = proc;
    this.thread[row] = thread;
    this.stack[row] = stack;
    this.a[row] = a;
    this.b[row] = b;
  }

  /** Adds one wide argument; the position of the first goes into the event's column `a`. */
  pushWide(value: bigint): number {
    return this.wide.push(value) - 1;
  }

  finish(): EventColumns {
    const { length } = this;
    return {
      length,
      first: 0,
      time: this.time.subarray(0, length),
      kind: this.kind.subarray(0, length),
      goroutine: this.goroutine.subarray(0, length),
      proc: this.proc.subarray(0, length),
      thread: this.thread.subarray(0, length),
      stack: this.stack.subarray(0, length),
      a: this.a.subarray(0, length),
      b: this.b.subarray(0, length),
      wide: BigUint64Array.from(this.wide),
    };
  }

  private widen(): void {
    if (this.proc instanceof Int32Array) return;
    this.proc = new Int32Array(this.proc);
    this.thread = new Int32Array(this.thread);
  }
}
