/**
 * The events that could come next: one cursor a thread, in a min-heap by time.
 *
 * This is batchcursor.go of Go's internal/trace over columns: same decoding, same times to the bit,
 * same heap moves (so that equal times leave in the same order). Decoding an event allocates
 * nothing and costs some 15 ns; numbers below 2^28, nearly all, never leave 32-bit arithmetic.
 */
import { resized } from '../base/columns.ts';
import { BatchClass, type BatchList } from './batches.ts';
import { EVENT_SPECS } from './eventtype.ts';
import type { IdTable } from './idtable.ts';
import { nanoseconds, WireError, WireReader } from './wire.ts';

const INVALID = 255;
/** A type byte and five numbers of at most ten bytes. */
const MAX_EVENT_SIZE = 51;
/** Numbers a cursor takes in a snapshot: batch, position, time before its event. */
const CURSOR_FIELDS = 3;

/** Arguments after the time step, by event type; INVALID = no timed event. */
const ARG_COUNT = Uint8Array.from({ length: 256 }, (_, type) => {
  const spec = EVENT_SPECS[type];
  return spec?.isTimed ? spec.args.length : INVALID;
});

export const CursorResult = { end: 0, ok: 1, damaged: 2 } as const;

export class Frontier {
  private readonly bytes: Uint8Array;
  /** Where `bytes` starts in the file. */
  private readonly base: number;
  private readonly batches: BatchList;
  private readonly frequency: number;
  private readonly origin: number;
  /** The thread's next batch after each; -1 = none. */
  private readonly nextBatch: Int32Array;

  /** By cursor. */
  thread = new Int32Array(8);
  type = new Uint8Array(8);
  time = new Float64Array(8);
  /** Arguments, four a cursor, in halves. */
  lo = new Uint32Array(32);
  hi = new Uint32Array(32);
  private batch = new Int32Array(8);
  private pos = new Float64Array(8);
  private end = new Float64Array(8);
  /** Time and position before the current event. */
  private timeBefore = new Float64Array(8);
  private posBefore = new Float64Array(8);

  private cursors = 0;

  /** Cursors in heap order. */
  heap = new Int32Array(8);
  size = 0;
  /** After `damaged`. */
  failure: WireError | undefined;

  constructor(
    bytes: Uint8Array,
    base: number,
    batches: BatchList,
    clock: { readonly frequency: number; readonly origin: number },
  ) {
    this.bytes = bytes;
    this.base = base;
    this.batches = batches;
    this.frequency = clock.frequency;
    this.origin = clock.origin;
    this.nextBatch = new Int32Array(batches.length).fill(-1);
  }

  /** Sets a cursor on the first event of each thread. False: an event could not be read. */
  start(threadIds: IdTable, keepDamaged: boolean): boolean {
    const firsts = this.linkBatches();
    for (const first of firsts) {
      const { threadLo, threadHi } = this.batches;
      const isNone = threadLo[first] === 0xffffffff && threadHi[first] === 0xffffffff;
      const thread = isNone ? -1 : threadIds.intern(threadLo[first], threadHi[first]);
      const cursor = this.addCursor(thread);
      this.openBatch(cursor, first);
      const result = this.next(cursor);
      if (result === CursorResult.ok) this.insert(cursor);
      else if (result === CursorResult.damaged && !keepDamaged) return false;
    }
    return true;
  }

  /** Reads the cursor's next event into its columns. */
  next(cursor: number): number {
    let pos = this.pos[cursor];
    let end = this.end[cursor];
    while (pos === end) {
      const following = this.nextBatch[this.batch[cursor]];
      if (following < 0) return CursorResult.end;
      this.openBatch(cursor, following);
      pos = this.pos[cursor];
      end = this.end[cursor];
    }
    this.timeBefore[cursor] = this.time[cursor];
    this.posBefore[cursor] = pos;
    if (end - pos < MAX_EVENT_SIZE) return this.nextCarefully(cursor, pos, end);
    const { bytes } = this;
    const type = bytes[pos];
    const count = ARG_COUNT[type];
    if (count === INVALID) return this.nextCarefully(cursor, pos, end);
    let at = pos + 1;
    let dt = bytes[at++];
    if (dt > 0x7f) {
      dt += (bytes[at++] << 7) - 0x80;
      if (dt > 0x3fff) {
        dt += (bytes[at++] << 14) - 0x4000;
        if (dt > 0x1fffff) {
          dt += (bytes[at++] << 21) - 0x200000;
          if (dt > 0xfffffff) return this.nextCarefully(cursor, pos, end);
        }
      }
    }
    const args = cursor << 2;
    for (let i = args; i < args + count; i++) {
      let value = bytes[at++];
      if (value > 0x7f) {
        value += (bytes[at++] << 7) - 0x80;
        if (value > 0x3fff) {
          value += (bytes[at++] << 14) - 0x4000;
          if (value > 0x1fffff) {
            value += (bytes[at++] << 21) - 0x200000;
            if (value > 0xfffffff) return this.nextCarefully(cursor, pos, end);
          }
        }
      }
      this.lo[i] = value;
      this.hi[i] = 0;
    }
    this.type[cursor] = type;
    this.time[cursor] += Math.trunc(dt * this.frequency);
    this.pos[cursor] = at;
    return CursorResult.ok;
  }

  /** The same near a batch's end, for wide numbers, and for what cannot be read. */
  private nextCarefully(cursor: number, pos: number, end: number): number {
    const reader = new WireReader(this.bytes, pos, end);
    const type = reader.byte();
    const count = ARG_COUNT[type];
    let what = 'timestamp';
    try {
      if (count === INVALID) throw new WireError(pos, invalidType(type));
      const step = nanoseconds(reader.uvarint(), this.frequency);
      what = '';
      for (let i = 0; i < count; i++) {
        reader.uvarint();
        this.lo[4 * cursor + i] = reader.lo;
        this.hi[4 * cursor + i] = reader.hi;
      }
      this.type[cursor] = type;
      this.time[cursor] += step;
      this.pos[cursor] = reader.pos;
      return CursorResult.ok;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const suffix = what === '' ? '' : ` for ${what}`;
      const reason = count === INVALID ? error.reason : `found invalid uvarint${suffix}`;
      this.failure = new WireError(this.base + pos, reason);
      return CursorResult.damaged;
    }
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
    return this.base + this.posBefore[cursor];
  }

  /** Bytes of events that have not been delivered. */
  remaining(): number {
    let bytes = 0;
    for (let i = 0; i < this.size; i++) {
      const cursor = this.heap[i];
      bytes += this.end[cursor] - this.posBefore[cursor];
      let batch = this.nextBatch[this.batch[cursor]];
      for (; batch >= 0; batch = this.nextBatch[batch]) bytes += this.batches.size[batch];
    }
    return bytes;
  }

  snapshot(): Float64Array {
    const state = new Float64Array(CURSOR_FIELDS * this.size);
    for (let i = 0; i < this.size; i++) {
      const cursor = this.heap[i];
      state[CURSOR_FIELDS * i] = this.batch[cursor];
      state[CURSOR_FIELDS * i + 1] = this.posBefore[cursor];
      state[CURSOR_FIELDS * i + 2] = this.timeBefore[cursor];
    }
    return state;
  }

  restore(state: Float64Array, threadIds: IdTable): void {
    this.linkBatches();
    const { batches } = this;
    for (let i = 0; i < state.length; i += CURSOR_FIELDS) {
      const batch = state[i];
      const lo = batches.threadLo[batch];
      const hi = batches.threadHi[batch];
      const isNone = lo === 0xffffffff && hi === 0xffffffff;
      const cursor = this.addCursor(isNone ? -1 : threadIds.find(lo, hi));
      this.openBatch(cursor, batch);
      this.pos[cursor] = state[i + 1];
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
    const start = this.batches.offset[batch] - this.base;
    this.batch[cursor] = batch;
    this.pos[cursor] = start;
    this.end[cursor] = start + this.batches.size[batch];
    this.time[cursor] = nanoseconds(this.batches.ticks[batch], this.frequency) - this.origin;
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

  private addCursor(thread: number): number {
    const cursor = this.cursors++;
    if (cursor === this.thread.length) this.grow();
    this.thread[cursor] = thread;
    return cursor;
  }

  private grow(): void {
    const ints = (column: Int32Array<ArrayBuffer>) =>
      resized(column, 2 * column.length, (n) => new Int32Array(n));
    const floats = (column: Float64Array<ArrayBuffer>) =>
      resized(column, 2 * column.length, (n) => new Float64Array(n));
    const words = (column: Uint32Array<ArrayBuffer>) =>
      resized(column, 2 * column.length, (n) => new Uint32Array(n));
    this.thread = ints(this.thread);
    this.batch = ints(this.batch);
    this.heap = ints(this.heap);
    this.type = resized(this.type, 2 * this.type.length, (n) => new Uint8Array(n));
    this.time = floats(this.time);
    this.pos = floats(this.pos);
    this.end = floats(this.end);
    this.timeBefore = floats(this.timeBefore);
    this.posBefore = floats(this.posBefore);
    this.lo = words(this.lo);
    this.hi = words(this.hi);
  }
}

/** Past the last type that Go has a specification of. */
const TYPE_LIMIT = 137;

function invalidType(type: number): string {
  return type < TYPE_LIMIT
    ? `found event without a timestamp: type=${type}`
    : `found invalid event type: ${type}`;
}
