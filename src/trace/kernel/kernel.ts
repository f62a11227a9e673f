/**
 * The event loop of the trace decoder as WebAssembly: the text is order.wat, its bytes are
 * kernel.wasm.ts.
 *
 * Why: a trace is tens of millions of events of some 90 ns each in Go's own reader; JavaScript pays a
 * bounds check for each of the fifty loads and stores that an event takes. Why not more: the kernel
 * takes only the eight kinds of events that make up nearly all of a trace, and only when they may
 * happen, so that every rule about odd, rare or damaged input stays in TypeScript, where it can be
 * read (ordering.ts and the files that it names). Those rules are complete: the kernel is a short cut.
 *
 * Its memory holds the columns that both sides work on. `column…` gives a view of one; a view is
 * valid until the memory grows, then `assign` gets the new one.
 */
import { ORDER_KERNEL } from './kernel.wasm.ts';

/** Why `run` returned. */
export const STOP = {
  /** No thread has an event left. */
  end: 0,
  /** A CPU sample comes before the next event. */
  sample: 1,
  rowsFull: 2,
  /** As many events as were asked for. */
  budget: 3,
  eventsFull: 4,
  /** The event at the head of the heap is not one for the kernel; nothing of it has happened. */
  other: 5,
  /** The head's event has happened, but its thread's next one needs care: Frontier.next. */
  next: 6,
  procRowsFull: 7,
  heapRowsFull: 8,
  queueFull: 9,
} as const;

/** Places of addresses and numbers at the begin of the memory, in words; floats in double words. */
export const SLOT = {
  goStatus: 0,
  goSeq: 1,
  syscallStack: 2,
  firstStack: 3,
  procStatus: 4,
  procSeq: 5,
  threadGo: 6,
  threadProc: 7,
  threadIsKnown: 8,
  goDirect: 9,
  goDirectLength: 10,
  goSlots: 11,
  goSlotMask: 12,
  stacks: 13,
  stacksLength: 14,
  strings: 15,
  stringsLength: 16,
  cursorThread: 17,
  cursorType: 18,
  cursorTime: 19,
  cursorLo: 20,
  cursorHi: 21,
  cursorPos: 22,
  cursorEnd: 23,
  cursorTimeBefore: 24,
  cursorPosBefore: 25,
  heap: 26,
  heapSize: 27,
  rows: 28,
  rowCount: 33,
  procRows: 34,
  procRowCount: 39,
  eventTime: 40,
  eventKind: 41,
  eventGoroutine: 42,
  eventProc: 43,
  eventThread: 44,
  eventStack: 45,
  eventA: 46,
  eventB: 47,
  eventRow: 48,
  keepEvents: 49,
  cursorIsWide: 63,
  budget: 60,
  heapRows: 61,
  heapRowCount: 62,
  queue: 128,
  queueCount: 129,
  endTime: 130,
} as const;

export const FLOAT_SLOT = {
  lastTime: 25,
  frequency: 26,
  rowBase: 27,
  procRowBase: 28,
  nextSample: 29,
} as const;

/** Columns that the kernel does not look for by itself: numbers past those of SLOT. */
export const SCRATCH = {
  batches: 1000,
  cursorBatch: 1001,
  cursorSlot: 1002,
  seen: 1003,
  sorted: 1004,
  counts: 1005,
  procCounts: 1006,
} as const;

const ARG_COUNTS_AT = 256;
const FIRST_FREE = 1024;

/** What a record of the queue of annotations is, in words. */
export const RECORD = {
  time: 0,
  type: 2,
  goroutine: 3,
  lo: 4,
  hi: 8,
  cursor: 12,
  position: 13,
  /** Words a record, and records in the queue. */
  size: 16,
  count: 1024,
} as const;
const PAGE = 65536;
/** Enough for a small trace. */
const FIRST_PAGES = 128;

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  readonly run: (isAhead: number) => number;
  readonly count: (rows: number, resources: number, counts: number, seen: number) => number;
  readonly scatter: (
    rows: number,
    resources: number,
    starts: number,
    states: number,
    as: number,
    bs: number,
    counts: number,
    out: number,
  ) => void;
}

interface Region {
  readonly address: number;
  readonly length: number;
  /** Makes a view of the region anew, and hands it to whoever uses it. */
  readonly rebind: () => void;
}

let module: WebAssembly.Module | undefined;

export class Kernel {
  readonly run: (isAhead: number) => number;
  /** The slots: addresses and counts, and floats. */
  words: Int32Array;
  floats: Float64Array;
  bytes: Uint8Array;
  private readonly exports: KernelExports;
  private readonly regions = new Map<number, Region>();
  private free = FIRST_FREE;

  constructor() {
    module ??= new WebAssembly.Module(ORDER_KERNEL);
    this.exports = exportsOf(new WebAssembly.Instance(module));
    this.run = this.exports.run;
    const { buffer } = this.exports.memory;
    this.words = new Int32Array(buffer, 0, FIRST_FREE / 4);
    this.floats = new Float64Array(buffer, 0, 32);
    this.bytes = new Uint8Array(buffer);
  }

  get buffer(): ArrayBuffer {
    return this.exports.memory.buffer;
  }

  columnBytes(slot: number, length: number, assign: (view: Uint8Array<ArrayBuffer>) => void): void {
    this.column(slot, length, 1, (address) => assign(new Uint8Array(this.buffer, address, length)));
  }

  columnInts(slot: number, length: number, assign: (view: Int32Array<ArrayBuffer>) => void): void {
    this.column(slot, length, 4, (address) => assign(new Int32Array(this.buffer, address, length)));
  }

  columnWords(
    slot: number,
    length: number,
    assign: (view: Uint32Array<ArrayBuffer>) => void,
  ): void {
    this.column(slot, length, 4, (at) => assign(new Uint32Array(this.buffer, at, length)));
  }

  columnFloats(
    slot: number,
    length: number,
    assign: (view: Float64Array<ArrayBuffer>) => void,
  ): void {
    this.column(slot, length, 8, (at) => assign(new Float64Array(this.buffer, at, length)));
  }

  address(slot: number): number {
    return this.regions.get(slot)?.address ?? 0;
  }

  /** How many arguments each type of event has; 255: the kernel leaves the type to the caller. */
  setArgCounts(counts: Uint8Array): void {
    this.bytes.set(counts, ARG_COUNTS_AT);
  }

  count(rows: number, slot: number, counts: number, seen: number): number {
    return this.exports.count(rows, this.address(slot), this.address(counts), this.address(seen));
  }

  scatter(rows: number, slot: number, counts: number, out: number): void {
    const [resources, starts, states, as, bs] = [0, 1, 2, 3, 4].map((i) => this.address(slot + i));
    const { scatter } = this.exports;
    scatter(rows, resources, starts, states, as, bs, this.address(counts), this.address(out));
  }

  /** Allocates a column, or a longer one in place of a slot's; what the old one held is kept. */
  private column(
    slot: number,
    length: number,
    size: number,
    bind: (address: number) => void,
  ): void {
    const old = this.regions.get(slot);
    const address = this.allocate(length * size);
    if (old !== undefined) {
      const kept = Math.min(old.length, length * size);
      this.bytes.copyWithin(address, old.address, old.address + kept);
    }
    const rebind = () => bind(address);
    this.regions.set(slot, { address, length: length * size, rebind });
    if (slot < FIRST_FREE / 4) this.words[slot] = address;
    rebind();
  }

  private allocate(size: number): number {
    const address = this.free;
    // Loads of four bytes may go past the last number of a column.
    this.free = (address + size + 31) & ~15;
    const { memory } = this.exports;
    if (this.free > memory.buffer.byteLength) {
      const pages = Math.ceil((this.free - memory.buffer.byteLength) / PAGE);
      // Pages that nobody touches cost nothing; every growth costs new views of all columns.
      memory.grow(Math.max(pages, memory.buffer.byteLength / PAGE, FIRST_PAGES));
      this.words = new Int32Array(memory.buffer, 0, FIRST_FREE / 4);
      this.floats = new Float64Array(memory.buffer, 0, 32);
      this.bytes = new Uint8Array(memory.buffer);
      for (const region of this.regions.values()) region.rebind();
    }
    return address;
  }
}

function exportsOf(instance: WebAssembly.Instance): KernelExports {
  const { memory, run, count, scatter } = instance.exports;
  if (
    memory instanceof WebAssembly.Memory &&
    typeof run === 'function' &&
    typeof count === 'function' &&
    typeof scatter === 'function'
  ) {
    return {
      memory,
      run: (isAhead) => run(isAhead),
      count: (rows, resources, counts, seen) => count(rows, resources, counts, seen),
      scatter: (...args) => scatter(...args),
    };
  }
  throw new Error('the kernel lacks an export');
}
