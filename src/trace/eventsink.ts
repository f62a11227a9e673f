/** Collects events as columns, in chunks so that growing never copies what is there. */
import type { EventColumns, IndexColumn } from './eventcolumns.ts';

const CHUNK = 1 << 16;

interface Chunk {
  readonly time: Float64Array;
  readonly kind: Uint8Array;
  readonly goroutine: Int32Array;
  readonly proc: Int32Array;
  readonly thread: Int32Array;
  readonly stack: Int32Array;
  readonly a: Int32Array;
  readonly b: Int32Array;
}

function newChunk(): Chunk {
  const ints = () => new Int32Array(CHUNK);
  return {
    time: new Float64Array(CHUNK),
    kind: new Uint8Array(CHUNK),
    goroutine: ints(),
    proc: ints(),
    thread: ints(),
    stack: ints(),
    a: ints(),
    b: ints(),
  };
}

export class EventSink {
  length = 0;
  private readonly chunks: Chunk[] = [];
  private current = newChunk();
  private row = CHUNK;
  private readonly wide: bigint[] = [];

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
    if (this.row === CHUNK) {
      this.current = newChunk();
      this.chunks.push(this.current);
      this.row = 0;
    }
    const row = this.row++;
    const chunk = this.current;
    chunk.time[row] = time;
    chunk.kind[row] = kind;
    chunk.goroutine[row] = goroutine;
    chunk.proc[row] = proc;
    chunk.thread[row] = thread;
    chunk.stack[row] = stack;
    chunk.a[row] = a;
    chunk.b[row] = b;
    this.length++;
  }

  /** Adds one wide argument; the position of the first goes into the event's column `a`. */
  pushWide(value: bigint): number {
    return this.wide.push(value) - 1;
  }

  /** The columns; the chunks are given up one column at a time. `first`: number of the first event. */
  finish(first: number): EventColumns {
    const { length } = this;
    return {
      length,
      first,
      time: this.join(new Float64Array(length), (chunk) => chunk.time),
      kind: this.join(new Uint8Array(length), (chunk) => chunk.kind),
      goroutine: this.join(new Int32Array(length), (chunk) => chunk.goroutine),
      proc: narrow(this.join(new Int32Array(length), (chunk) => chunk.proc)),
      thread: narrow(this.join(new Int32Array(length), (chunk) => chunk.thread)),
      stack: this.join(new Int32Array(length), (chunk) => chunk.stack),
      a: this.join(new Int32Array(length), (chunk) => chunk.a),
      b: this.join(new Int32Array(length), (chunk) => chunk.b),
      wide: BigUint64Array.from(this.wide),
    };
  }

  private join<Column extends Float64Array | Int32Array | Uint8Array>(
    all: Column,
    columnOf: (chunk: Chunk) => Column,
  ): Column {
    let at = 0;
    for (const chunk of this.chunks) {
      const rows = Math.min(CHUNK, this.length - at);
      all.set(columnOf(chunk).subarray(0, rows), at);
      at += rows;
    }
    return all;
  }
}

function narrow(column: Int32Array): IndexColumn {
  for (const index of column) if (index > 0x7fff) return column;
  return Int16Array.from(column);
}
