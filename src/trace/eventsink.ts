/** Collects events as columns, in chunks so that growing never copies what is there. */
import type { EventColumns, IndexColumn } from './eventcolumns.ts';
import { type Kernel, SLOT } from './kernel/kernel.ts';

const CHUNK = 1 << 16;

interface Chunk {
  time: Float64Array;
  kind: Uint8Array;
  goroutine: Int32Array;
  proc: IndexColumn;
  thread: IndexColumn;
  stack: Int32Array;
  a: Int32Array;
  b: Int32Array;
}

const NO_INTS = new Int32Array(0);
const INT_COLUMNS = ['goroutine', 'proc', 'thread', 'stack', 'a', 'b'] as const;

export class EventSink {
  private readonly kernel: Kernel;
  private readonly chunks: Chunk[] = [];
  private chunkRows = 0;
  private readonly current = {
    time: new Float64Array(0),
    kind: new Uint8Array(0),
    goroutine: new Int32Array(0),
    proc: new Int32Array(0),
    thread: new Int32Array(0),
    stack: new Int32Array(0),
    a: new Int32Array(0),
    b: new Int32Array(0),
  };
  private readonly wide: bigint[] = [];

  private readonly isLead: boolean;
  private isClosed = false;

  /** `isLead`: keep the first 65,536 events only, for the sake of their times. */
  constructor(kernel: Kernel, isLead = false) {
    this.kernel = kernel;
    this.isLead = isLead;
    const { current } = this;
    kernel.columnFloats(SLOT.eventTime, CHUNK, (view) => {
      current.time = view;
    });
    kernel.columnBytes(SLOT.eventKind, CHUNK, (view) => {
      current.kind = view;
    });
    INT_COLUMNS.forEach((name, i) => {
      kernel.columnInts(SLOT.eventGoroutine + i, CHUNK, (view) => {
        current[name] = view;
      });
    });
    kernel.words[SLOT.keepEvents] = 1;
  }

  get length(): number {
    return this.chunkRows + this.kernel.words[SLOT.eventRow];
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
    const { current } = this;
    if (this.kernel.words[SLOT.eventRow] === CHUNK) this.flush();
    if (this.isClosed) return;
    const row = this.kernel.words[SLOT.eventRow]++;
    current.time[row] = time;
    current.kind[row] = kind;
    current.goroutine[row] = goroutine;
    current.proc[row] = proc;
    current.thread[row] = thread;
    current.stack[row] = stack;
    current.a[row] = a;
    current.b[row] = b;
  }

  /** Forgets all but the last `count` events, which are at most those of one ordering step. */
  keepLast(count: number): void {
    this.flush();
    const last = this.chunks.at(-1);
    this.chunks.length = 0;
    this.chunkRows = 0;
    if (last === undefined || count === 0) return;
    const from = Math.max(last.time.length - count, 0);
    this.chunkRows = last.time.length - from;
    this.chunks.push({
      time: last.time.slice(from),
      kind: last.kind.slice(from),
      goroutine: last.goroutine.slice(from),
      proc: last.proc.slice(from),
      thread: last.thread.slice(from),
      stack: last.stack.slice(from),
      a: last.a.slice(from),
      b: last.b.slice(from),
    });
  }

  /** Takes the events so far out of the kernel's memory. */
  flush(): void {
    const { current, kernel } = this;
    const rows = kernel.words[SLOT.eventRow];
    if (rows === 0) return;
    this.chunks.push({
      time: current.time.slice(0, rows),
      kind: current.kind.slice(0, rows),
      goroutine: current.goroutine.slice(0, rows),
      proc: narrow(current.proc.slice(0, rows)),
      thread: narrow(current.thread.slice(0, rows)),
      stack: current.stack.slice(0, rows),
      a: current.a.slice(0, rows),
      b: current.b.slice(0, rows),
    });
    this.chunkRows += rows;
    kernel.words[SLOT.eventRow] = 0;
    if (this.isLead) {
      this.isClosed = true;
      kernel.words[SLOT.keepEvents] = 0;
    }
  }

  /** The times of the first events. */
  lead(): Float64Array {
    this.flush();
    return this.chunks[0]?.time ?? new Float64Array(0);
  }

  /** Adds one wide argument; the position of the first goes into the event's column `a`. */
  pushWide(value: bigint): number {
    return this.isLead ? 0 : this.wide.push(value) - 1;
  }

  /** `first`: number of the first event. Each column of the chunks is given up once it is joined. */
  finish(first: number): EventColumns {
    this.flush();
    const { length } = this;
    const ints = (name: 'goroutine' | 'stack' | 'a' | 'b') =>
      this.join(new Int32Array(length), (chunk) => {
        const column = chunk[name];
        chunk[name] = NO_INTS;
        return column;
      });
    const time = this.join(new Float64Array(length), (chunk) => {
      const column = chunk.time;
      chunk.time = new Float64Array(0);
      return column;
    });
    const kind = this.join(new Uint8Array(length), (chunk) => chunk.kind);
    return {
      length,
      first,
      time,
      kind,
      goroutine: ints('goroutine'),
      proc: this.joinIndices('proc'),
      thread: this.joinIndices('thread'),
      stack: ints('stack'),
      a: ints('a'),
      b: ints('b'),
      wide: BigUint64Array.from(this.wide),
    };
  }

  /** 16 bits where that suffices for all chunks. */
  private joinIndices(name: 'proc' | 'thread'): IndexColumn {
    const isNarrow = this.chunks.every((chunk) => chunk[name] instanceof Int16Array);
    const all = isNarrow ? new Int16Array(this.length) : new Int32Array(this.length);
    return this.join(all, (chunk) => {
      const column = chunk[name];
      chunk[name] = NO_INTS;
      return column;
    });
  }

  private join<Column extends Float64Array | IndexColumn | Uint8Array>(
    all: Column,
    take: (chunk: Chunk) => ArrayLike<number>,
  ): Column {
    let at = 0;
    for (const chunk of this.chunks) {
      const column = take(chunk);
      all.set(column, at);
      at += column.length;
    }
    return all;
  }
}

function narrow(column: Int32Array): IndexColumn {
  for (const index of column) if (index > 0x7fff) return column;
  return Int16Array.from(column);
}
