/**
 * The events that could come next: one cursor a thread, in a min-heap by time.
 *
 * This is batchcursor.go of Go's internal/trace over columns: same decoding, same times to the bit,
 * same heap moves (so that equal times leave in the same order). The kernel advances the cursor at
 * the head by itself; `next` here reads what it leaves: wide numbers, the ends of batches, damage.
 */
import { BatchClass, BatchList } from './batches.ts';
import { EVENT_SPECS } from './eventtype.ts';
import type { IdTable } from './idtable.ts';
import { FLOAT_SLOT, type Kernel, RECORD, SCRATCH, SLOT } from './kernel/kernel.ts';
import { nanoseconds, WireError, WireReader } from './wire.ts';

const INVALID = 255;
/** Numbers a cursor takes in a snapshot: batch, position, time before its event. */
const CURSOR_FIELDS = 3;

/** Arguments after the time step, by event type; INVALID = no timed event. */
const ARG_COUNT = Uint8Array.from({ length: 256 }, (_, type) => {
  const spec = EVENT_SPECS[type];
  return spec?.isTimed ? spec.args.length : INVALID;
});

/** Leaves all events to `next`. */
const NO_ARG_COUNTS = new Uint8Array(256).fill(INVALID);

export const CursorResult = { end: 0, ok: 1, damaged: 2 } as const;

export class Frontier {
  private readonly kernel: Kernel;
  /** The generation's bytes, where they start in the file, and its batches. */
  private bytes: Uint8Array = new Uint8Array(0);
  private base = 0;
  private batches = new BatchList();
  private frequency = 0;
  private origin = 0;
  /** The thread's next batch after each; -1 = none. */
  private nextBatch = new Int32Array(0);

  /** By cursor. */
  thread = new Int32Array(0);
  type = new Uint8Array(0);
  time = new Float64Array(0);
  /** Arguments, four a cursor, in halves. */
  lo = new Uint32Array(0);
  hi = new Uint32Array(0);
  /** 1 = a high half is not 0. */
  private isWide = new Uint8Array(0);
  /** Addresses in the kernel's memory: each cursor's batch is copied there. */
  private pos = new Int32Array(0);
  private end = new Int32Array(0);
  /** Time and position before the current event. */
  private timeBefore = new Float64Array(0);
  private posBefore = new Int32Array(0);
  private batch = new Int32Array(0);
  /** Where its batch is copied to. */
  private slot = new Int32Array(0);
  private slotBytes = 0;
  private freeSlot = 0;
  private cursors = 0;

  /** Cursors in heap order. */
  heap = new Int32Array(0);
  /** After `damaged`: why, and the bytes of the thread that give no events for it. */
  failure: WireError | undefined;
  lostBytes = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.allocateColumns(8);
  }

  /** How many threads have an event. */
  get size(): number {
    return this.kernel.words[SLOT.heapSize];
  }

  private set size(size: number) {
    this.kernel.words[SLOT.heapSize] = size;
  }

  /** Turns to another generation: no cursors yet. */
  open(
    bytes: Uint8Array,
    base: number,
    batches: BatchList,
    clock: { readonly frequency: number; readonly origin: number },
  ): void {
    this.bytes = bytes;
    this.base = base;
    this.batches = batches;
    this.frequency = clock.frequency;
    this.origin = clock.origin;
    this.nextBatch = new Int32Array(batches.length).fill(-1);
    this.cursors = 0;
    this.size = 0;
    this.failure = undefined;
    this.kernel.floats[FLOAT_SLOT.frequency] = clock.frequency;
    // A tick of half a minute and more is nonsense, whose products the kernel could not round as Go.
    const isSane = clock.frequency > 0 && clock.frequency < 2 ** 35;
    this.kernel.setArgCounts(isSane ? ARG_COUNT : NO_ARG_COUNTS);
  }

  /** Sets a cursor on the first event of each thread. False: an event could not be read. */
  start(threadIds: IdTable, keepDamaged: boolean): boolean {
    const firsts = this.linkBatches();
    this.allocate(firsts);
    for (const first of firsts) {
      const { threadLo, threadHi } = this.batches;
      const isNone = threadLo[first] === 0xffffffff && threadHi[first] === 0xffffffff;
      const thread = isNone ? -1 : threadIds.intern(threadLo[first], threadHi[first]);
      const cursor = this.addCursor(thread, first);
      this.openBatch(cursor, first);
      const result = this.next(cursor);
      if (result === CursorResult.ok) this.insert(cursor);
      else if (result === CursorResult.damaged && !keepDamaged) return false;
    }
    return true;
  }

  /** Reads the cursor's next event into its columns. */
  next(cursor: number): number {
    while (this.pos[cursor] === this.end[cursor]) {
      const following = this.nextBatch[this.batch[cursor]];
      if (following < 0) return CursorResult.end;
      this.openBatch(cursor, following);
    }
    const pos = this.pos[cursor];
    const time = this.time[cursor];
    this.timeBefore[cursor] = time;
    this.posBefore[cursor] = pos;
    if (this.isWide[cursor] === 1) this.hi.fill(0, 4 * cursor, 4 * cursor + 4);
    const reader = new WireReader(this.kernel.bytes, pos, this.end[cursor]);
    const type = reader.byte();
    const count = ARG_COUNT[type];
    let reason = count === INVALID ? invalidType(type) : 'found invalid uvarint for timestamp';
    try {
      if (count === INVALID) throw new WireError(pos, reason);
      const step = nanoseconds(reader.uvarint(), this.frequency);
      reason = 'found invalid uvarint';
      let isWide = 0;
      for (let i = 0; i < count; i++) {
        reader.uvarint();
        this.lo[4 * cursor + i] = reader.lo;
        this.hi[4 * cursor + i] = reader.hi;
        if (reader.hi !== 0) isWide = 1;
      }
      this.isWide[cursor] = isWide;
      this.type[cursor] = type;
      this.time[cursor] = time + step;
      this.pos[cursor] = reader.pos;
      return CursorResult.ok;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.failure = new WireError(this.offset(cursor), reason);
      this.lostBytes = this.remainingOf(cursor);
      return CursorResult.damaged;
    }
  }

  /** Sets a cursor, which it gives, on the record at `record` of the kernel's queue. */
  setOnRecord(words: Int32Array, record: number): number {
    const scratch = this.thread.length - 1;
    const cursor = words[record + RECORD.cursor];
    this.type[scratch] = words[record + RECORD.type];
    for (let i = 0; i < 4; i++) {
      this.lo[4 * scratch + i] = words[record + RECORD.lo + i];
      this.hi[4 * scratch + i] = words[record + RECORD.hi + i];
    }
    this.batch[scratch] = this.batch[cursor];
    this.slot[scratch] = this.slot[cursor];
    this.posBefore[scratch] = words[record + RECORD.position];
    return scratch;
  }

  /** Puts the cursor at position `i` of the heap where its new time belongs. */
  update(i: number): void {
    if (this.siftUp(i) === i) this.siftDown(i);
  }

  /** Takes the cursor at position `i` out of the heap. */
  remove(i: number): void {
    const { heap } = this;
    let at = i;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const cursor = heap[parent];
      heap[parent] = heap[at];
      heap[at] = cursor;
      at = parent;
    }
    this.size--;
    heap[0] = heap[this.size];
    this.siftDown(0);
  }

  /** Sorts the heap by time; a sorted heap is still one. */
  sort(): void {
    const sorted = Array.from(this.heap.subarray(0, this.size));
    this.heap.set(sorted.sort((x, y) => this.time[x] - this.time[y]));
  }

  /** Where in the file the cursor's event starts. */
  offset(cursor: number): number {
    const inBatch = this.posBefore[cursor] - this.slot[cursor];
    return this.batches.offset[this.batch[cursor]] + inBatch;
  }

  /** Bytes of events that have not been delivered. */
  remaining(): number {
    let bytes = 0;
    for (let i = 0; i < this.size; i++) bytes += this.remainingOf(this.heap[i]);
    return bytes;
  }

  private remainingOf(cursor: number): number {
    let bytes = this.end[cursor] - this.posBefore[cursor];
    let batch = this.nextBatch[this.batch[cursor]];
    for (; batch >= 0; batch = this.nextBatch[batch]) bytes += this.batches.size[batch];
    return bytes;
  }

  snapshot(): Float64Array {
    const state = new Float64Array(CURSOR_FIELDS * this.size);
    for (let i = 0; i < this.size; i++) {
      const cursor = this.heap[i];
      state[CURSOR_FIELDS * i] = this.batch[cursor];
      state[CURSOR_FIELDS * i + 1] = this.posBefore[cursor] - this.slot[cursor];
      state[CURSOR_FIELDS * i + 2] = this.timeBefore[cursor];
    }
    return state;
  }

  restore(state: Float64Array, threadIds: IdTable): void {
    this.linkBatches();
    const { batches } = this;
    this.allocate(Array.from({ length: state.length / CURSOR_FIELDS }, (_, i) => state[3 * i]));
    for (let i = 0; i < state.length; i += CURSOR_FIELDS) {
      const batch = state[i];
      const lo = batches.threadLo[batch];
      const hi = batches.threadHi[batch];
      const isNone = lo === 0xffffffff && hi === 0xffffffff;
      const cursor = this.addCursor(isNone ? -1 : threadIds.find(lo, hi), batch);
      this.openBatch(cursor, batch);
      this.pos[cursor] = this.slot[cursor] + state[i + 1];
      this.time[cursor] = state[i + 2];
      if (this.next(cursor) !== CursorResult.ok) throw new Error('checkpoint of another file');
      this.heap[this.size++] = cursor;
    }
  }

  private insert(cursor: number): void {
    this.heap[this.size] = cursor;
    this.siftUp(this.size++);
  }

  private siftUp(from: number): number {
    const { heap, time } = this;
    let i = from;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!(time[heap[parent]] > time[heap[i]])) break;
      const cursor = heap[parent];
      heap[parent] = heap[i];
      heap[i] = cursor;
      i = parent;
    }
    return i;
  }

  siftDown(from: number): void {
    const { heap, time, size } = this;
    let i = from;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= size) return;
      let least = i;
      let leastTime = time[heap[i]];
      if (time[heap[left]] < leastTime) {
        least = left;
        leastTime = time[heap[left]];
      }
      if (left + 1 < size && time[heap[left + 1]] < leastTime) least = left + 1;
      if (least === i) return;
      const cursor = heap[i];
      heap[i] = heap[least];
      heap[least] = cursor;
      i = least;
    }
  }

  private openBatch(cursor: number, batch: number): void {
    const { batches, kernel } = this;
    const start = batches.offset[batch] - this.base;
    const size = batches.size[batch];
    const slot = this.slot[cursor];
    kernel.bytes.set(this.bytes.subarray(start, start + size), slot);
    this.batch[cursor] = batch;
    this.pos[cursor] = slot;
    this.end[cursor] = slot + size;
    this.time[cursor] = nanoseconds(batches.ticks[batch], this.frequency) - this.origin;
  }

  /** Chains each thread's batches of events; gives the first of each, in order of appearance. */
  private linkBatches(): number[] {
    const { batches, nextBatch } = this;
    const lastOf = new Map<number, number>();
    const lastOfWide = new Map<bigint, number>();
    const firsts: number[] = [];
    for (let i = 0; i < batches.length; i++) {
      if (batches.class[i] !== BatchClass.events) continue;
      const lo = batches.threadLo[i];
      const hi = batches.threadHi[i];
      const wide = (BigInt(hi) << 32n) | BigInt(lo);
      const last = hi === 0 ? lastOf.get(lo) : lastOfWide.get(wide);
      if (last === undefined) firsts.push(i);
      else nextBatch[last] = i;
      if (hi === 0) lastOf.set(lo, i);
      else lastOfWide.set(wide, i);
    }
    return firsts;
  }

  /** `first`: the first of the batches that the cursor will go through. */
  private addCursor(thread: number, first: number): number {
    const cursor = this.cursors++;
    this.thread[cursor] = thread;
    this.slot[cursor] = this.freeSlot;
    this.freeSlot += this.largest(first);
    return cursor;
  }

  /** Room for cursors that start at these batches, and for the largest batch of each. */
  private allocate(firsts: readonly number[]): void {
    let size = 0;
    for (const first of firsts) size += this.largest(first);
    const { kernel } = this;
    if (size > this.slotBytes) {
      // Room to spare: the kernel's memory does not shrink.
      this.slotBytes = Math.max(size, 2 * this.slotBytes);
      kernel.columnBytes(SCRATCH.batches, this.slotBytes, () => {});
    }
    this.freeSlot = kernel.address(SCRATCH.batches);
    // One more cursor takes the records of the queue in turn.
    if (firsts.length >= this.thread.length) this.allocateColumns(2 * firsts.length + 1);
  }

  private largest(first: number): number {
    let size = 0;
    for (let batch = first; batch >= 0; batch = this.nextBatch[batch]) {
      size = Math.max(size, this.batches.size[batch]);
    }
    return size;
  }

  private allocateColumns(count: number): void {
    const { kernel } = this;
    kernel.columnInts(SLOT.cursorThread, count, (view) => {
      this.thread = view;
    });
    kernel.columnBytes(SLOT.cursorType, count, (view) => {
      this.type = view;
    });
    kernel.columnFloats(SLOT.cursorTime, count, (view) => {
      this.time = view;
    });
    kernel.columnWords(SLOT.cursorLo, 4 * count, (view) => {
      this.lo = view;
    });
    kernel.columnWords(SLOT.cursorHi, 4 * count, (view) => {
      this.hi = view;
    });
    kernel.columnBytes(SLOT.cursorIsWide, count, (view) => {
      this.isWide = view;
    });
    kernel.columnInts(SLOT.cursorPos, count, (view) => {
      this.pos = view;
    });
    kernel.columnInts(SLOT.cursorEnd, count, (view) => {
      this.end = view;
    });
    kernel.columnFloats(SLOT.cursorTimeBefore, count, (view) => {
      this.timeBefore = view;
    });
    kernel.columnInts(SLOT.cursorPosBefore, count, (view) => {
      this.posBefore = view;
    });
    kernel.columnInts(SLOT.heap, count, (view) => {
      this.heap = view;
    });
    kernel.columnInts(SCRATCH.cursorBatch, count, (view) => {
      this.batch = view;
    });
    kernel.columnInts(SCRATCH.cursorSlot, count, (view) => {
      this.slot = view;
    });
  }
}

/** Past the last type that Go has a specification of. */
const TYPE_LIMIT = 137;

function invalidType(type: number): string {
  return type < TYPE_LIMIT
    ? `found event without a timestamp: type=${type}`
    : `found invalid event type: ${type}`;
}
