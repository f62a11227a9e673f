/**
 * The first pass over a v1 trace: bytes → events in the order of the file, strings, stacks.
 *
 * A record is a byte, type | count << 6, and its arguments; where the count is 3 they are preceded
 * by their length. Batches belong to procs; strings, stacks and the frequency may stand anywhere, so
 * that nothing can be said before the end of the file. Which goroutine an event is on follows from
 * the starts and stops before it on the same proc.
 *
 * Conditions and words are those of tracev1/parser.go (Go 1.26); of Go 1.21's parser.go for versions
 * before 1.11. Where a record cannot be read, a lenient scan goes on at the next batch.
 */
import type { TraceBuilder } from '../builder.ts';
import { Floats, Ints } from '../growing.ts';
import { IdTable } from '../idtable.ts';
import { LocalIdsBuilder } from '../localtables.ts';
import { WireError, WireReader } from '../wire.ts';
import { layoutOf, V1, type V1Layout, v1Name } from './eventtype.ts';
import type { Problems } from './problems.ts';
import { RawEvents } from './rawevents.ts';

const MAX_STRING = 1_000_000;
const MAX_ARGUMENT_BYTES = 2048;
const MAX_FRAMES = 1000;
/** Records that must be readable after bytes that look like the start of a batch. */
const RECORDS_TO_TRUST = 8;
/** Ticks that a batch may be away from the batches before, to be trusted: some 40 hours. */
const TICKS_TO_TRUST = 2 ** 42;
const TIME_ORDER = 'time stamps out of order';
/** A number that is cut or too large, in Go's words. */
const MALFORMED = 'malformatted base-128 varint';

export class Scan {
  readonly events: RawEvents;
  readonly samples = new RawEvents(64);
  readonly strings = new LocalIdsBuilder();
  /** Where the stacks are: id, position of the first frame, number of frames. */
  readonly stackLo = new Ints();
  readonly stackHi = new Ints();
  readonly stackAt = new Ints();
  readonly stackSize = new Ints();
  /** Batches: proc and first event; a batch ends where the next one begins. */
  readonly batchProc = new Ints();
  readonly batchFirst = new Ints();
  /** What the time steps of a batch begin with. */
  readonly batchTicks = new Floats();
  /** Rows of procs by their number; 2^64 - 1 stands for "none". */
  readonly procs = new IdTable();
  readonly timerGoroutines = new Set<number>();
  /** Ticks a second; 0 = the file does not say. */
  frequency = 0;
  /** Events that may become two. */
  doubles = 0;
  /** There are futile wake-ups. */
  hasFutile = false;
  /** Nothing was left out. */
  isWhole = true;

  private readonly reader: WireReader;
  private readonly version: number;
  private readonly layout: V1Layout;
  private readonly builder: TraceBuilder;
  private readonly problems: Problems;
  /** Arguments of the record being read, and where they begin. */
  private readonly lo = new Uint32Array(8);
  private readonly hi = new Uint32Array(8);
  private readonly value = new Float64Array(8);
  private ownArgs = 0;
  private recordStart = 0;
  /** The goroutine that last ran on each proc. */
  private readonly lastGoroutine = new Ints();
  private proc = -1;
  private goroutine = -1;
  private ticks = 0;
  private seq = 0;

  /** `bytes`: the whole file; `version`: of its header, which is 16 bytes long. */
  constructor(bytes: Uint8Array, version: number, builder: TraceBuilder, problems: Problems) {
    this.reader = new WireReader(bytes, 16, bytes.length);
    this.version = version;
    this.layout = layoutOf(version);
    this.builder = builder;
    this.problems = problems;
    this.events = new RawEvents(Math.ceil(bytes.length / 4) + 16);
  }

  run(): void {
    const { reader } = this;
    while (reader.pos < reader.end) {
      try {
        while (reader.pos < reader.end) this.record();
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        this.recover(error);
      }
    }
    if (this.proc >= 0) this.lastGoroutine.array[this.proc] = this.goroutine;
    this.batchFirst.push(this.events.length);
  }

  private record(): void {
    const { reader, version } = this;
    const start = reader.pos;
    this.recordStart = start;
    const byte = reader.bytes[reader.pos++];
    const type = byte & 0x3f;
    const inline = byte >> 6;
    if (this.layout.argCount[type] === 0) {
      throw new WireError(start, `unknown event type ${type}${this.at(start)}`);
    }
    if (type === V1.String) {
      this.string(start);
      return;
    }
    if (type === V1.Batch && version >= 11 && inline !== 1) {
      const reason = `EvBatch has wrong number of arguments: got ${inline + 1}, want 2`;
      throw new WireError(start, reason);
    }
    if (version >= 11 && this.proc < 0 && type !== V1.Batch) {
      throw new WireError(
        start,
        `read event ${type} with current P of 0, but P has no batches yet`,
      );
    }
    if (inline < 3) this.inlineArgs(start, type, inline + this.layout.steps);
    else this.prefixedArgs(start, type);
    if (type === V1.Batch) this.batch();
    else if (type === V1.Frequency) this.setFrequency(start);
    else if (type === V1.TimerGoroutine) {
      this.timerGoroutines.add(this.goroutineOf(0));
    } else if (type === V1.CPUSample) this.sample();
    else if (type !== V1.Stack) this.event(type);
  }

  private at(offset: number): string {
    return this.version >= 11 ? '' : ` at offset 0x${offset.toString(16)}`;
  }

  private inlineArgs(start: number, type: number, count: number): void {
    for (let i = 0; i < count; i++) this.argument(i);
    if (count !== this.layout.argCount[type] || type === V1.Stack) {
      this.wrongCount(start, type, count);
    }
  }

  private wrongCount(start: number, type: number, got: number): never {
    const name = type === V1.Stack ? 'EvStack' : v1Name(type, this.version);
    const where = this.at(start);
    const want = type === V1.Stack ? 'at least 2' : this.layout.argCount[type];
    const reason = `${name} has wrong number of arguments${where}: want ${want}, got ${got}`;
    throw new WireError(start, reason);
  }

  private argument(i: number): void {
    const { reader } = this;
    const { bytes, pos } = reader;
    if (i === this.layout.steps) this.ownArgs = pos;
    // Nearly all arguments have one or two bytes; past the end, neither comparison holds.
    const first = bytes[pos];
    const second = bytes[pos + 1];
    if (first < 0x80) {
      reader.pos = pos + 1;
      this.set(i, first, 0, first);
    } else if (second < 0x80) {
      const value = (first & 0x7f) | (second << 7);
      reader.pos = pos + 2;
      this.set(i, value, 0, value);
    } else {
      const value = reader.uvarint();
      this.set(i, reader.lo, reader.hi, value);
    }
  }

  private set(i: number, lo: number, hi: number, value: number): void {
    this.lo[i] = lo;
    this.hi[i] = hi;
    this.value[i] = value;
  }

  private prefixedArgs(start: number, type: number): void {
    const { reader, version } = this;
    const length = reader.uvarint();
    if (version >= 11 && length > MAX_ARGUMENT_BYTES) {
      const limit = `${length} bytes, limit is ${MAX_ARGUMENT_BYTES}`;
      const reason = `failed to read event ${type} argument: length-prefixed argument too big: ${limit}`;
      throw new WireError(start, reason);
    }
    const end = reader.pos + length;
    if (end > reader.end || reader.pos >= reader.end) {
      throw new WireError(start, 'failed to read trace: unexpected EOF');
    }
    if (type === V1.Stack) {
      this.stack(start, end);
      return;
    }
    const want = this.layout.argCount[type];
    let count = 0;
    while (reader.pos < end) {
      if (count >= 8) this.wrongCount(start, type, count);
      this.argument(count++);
    }
    if (reader.pos !== end) {
      const got = reader.pos - end + length;
      const reason = `event has wrong length${this.at(start)}: want ${length}, got ${got}`;
      throw new WireError(start, version >= 11 ? MALFORMED : reason);
    }
    if (type === V1.UserLog) this.skipText(start);
    if (count !== want) this.wrongCount(start, type, count);
  }

  /** The message of a log, which stands after the record; convert.ts reads it. */
  private skipText(start: number): void {
    const { reader } = this;
    const length = reader.uvarint();
    if (length > MAX_STRING) throw new WireError(start, `string is too large (len=${length})`);
    if (length > 0 && reader.pos + length > reader.end) {
      throw new WireError(start, 'failed to read trace: unexpected EOF');
    }
    reader.pos += length;
  }

  private stack(start: number, end: number): void {
    const { reader, version } = this;
    if (reader.pos >= end) this.wrongCount(start, V1.Stack, 0);
    reader.uvarint();
    const { lo, hi } = reader;
    if (reader.pos >= end) this.wrongCount(start, V1.Stack, 1);
    const size = reader.uvarint();
    if (size > MAX_FRAMES) {
      throw new WireError(start, `EvStack has bad number of frames${this.at(start)}: ${size}`);
    }
    let count = 0;
    for (let pos = reader.pos; pos < end; pos++) if (reader.bytes[pos] < 0x80) count++;
    const want = version < 7 ? size : 4 * size;
    if (count !== want || reader.bytes[end - 1] >= 0x80) {
      const reason = `EvStack has wrong number of arguments${this.at(start)}`;
      throw new WireError(start, `${reason}: want ${2 + want}, got ${2 + count}`);
    }
    if (lo !== 0 || (hi !== 0 && version < 11)) {
      this.stackLo.push(lo);
      this.stackHi.push(version >= 11 ? 0 : hi);
      this.stackAt.push(reader.pos);
      this.stackSize.push(size);
    }
    reader.pos = end;
  }

  private string(start: number): void {
    const { reader } = this;
    const id = reader.uvarint();
    const { lo, hi } = reader;
    const where = this.version >= 11 ? '' : ` at offset ${reader.pos}`;
    if (id === 0) throw new WireError(start, `string${where} has invalid id 0`);
    const length = reader.uvarint();
    if (length === 0) throw new WireError(start, `string${where} has invalid length 0`);
    if (length > MAX_STRING) {
      throw new WireError(start, `string${where} has too large length ${length}`);
    }
    const from = reader.pos;
    if (from + length > reader.end) {
      throw new WireError(start, 'failed to read trace: unexpected EOF');
    }
    this.strings.add(
      lo,
      hi,
      this.builder.strings.internBytes(reader.bytes, from, from + length),
      start,
    );
    reader.pos = from + length;
  }

  private batch(): void {
    const [lo, hi] = [this.lo[0], this.hi[0]];
    const isNone = lo === 0xffffffff && hi === 0xffffffff;
    if (this.version >= 11 && !isNone && (hi !== 0 || lo > 0x7fffffff)) {
      const words = `processor ID ${hi * 2 ** 32 + lo} is larger than maximum of 2147483647`;
      throw new WireError(this.reader.pos, words);
    }
    const isOldest = this.version < 7;
    this.startBatch(lo, hi, this.signed(isOldest ? 2 : 1));
    if (isOldest) this.seq = this.signed(1);
  }

  private startBatch(lo: number, hi: number, ticks: number): void {
    if (this.proc >= 0) this.lastGoroutine.array[this.proc] = this.goroutine;
    this.proc = this.procs.intern(lo, hi);
    if (this.proc === this.lastGoroutine.length) this.lastGoroutine.push(-1);
    this.goroutine = this.lastGoroutine.array[this.proc];
    this.ticks = ticks;
    this.batchProc.push(this.proc);
    this.batchFirst.push(this.events.length);
    this.batchTicks.push(ticks);
  }

  private setFrequency(start: number): void {
    this.frequency = this.signed(0);
    if (this.frequency > 0) return;
    this.frequency = 0;
    throw new WireError(start, TIME_ORDER);
  }

  /** An argument as Go's int64. */
  private signed(i: number): number {
    return this.hi[i] >= 0x80000000 ? this.value[i] - 2 ** 64 : this.value[i];
  }

  /** The goroutine that an argument names; -1 = 0, none. */
  private goroutineOf(i: number): number {
    if (this.lo[i] === 0 && this.hi[i] === 0) return -1;
    return this.builder.goroutineIds.intern(this.lo[i], this.hi[i]);
  }

  private event(type: number): void {
    const { events, layout } = this;
    // Only Go 1.21's reader takes events before the first batch: they are proc 0's.
    if (this.proc < 0) this.startBatch(0, 0, 0);
    const { steps } = layout;
    this.ticks += this.signed(steps - 1);
    const row = events.append();
    events.type[row] = type;
    events.ticks[row] = this.ticks;
    events.proc[row] = this.proc;
    events.args[row] = this.ownArgs;
    events.seq[row] = 0;
    const last = layout.argCount[type] - 1;
    events.stack[row] = layout.hasStack[type] === 1 ? this.lo[last] : 0;
    events.target[row] = -1;
    let goroutine = this.goroutine;
    switch (type) {
      case V1.GoStart:
      case V1.GoStartLocal:
      case V1.GoStartLabel:
        goroutine = this.goroutineOf(steps);
        if (type === V1.GoStartLabel) this.doubles++;
        this.goroutine = goroutine;
        events.target[row] = goroutine;
        events.seq[row] = this.value[steps + 1];
        break;
      case V1.GoCreate:
      case V1.GoUnblock:
      case V1.GoUnblockLocal:
        events.target[row] = this.goroutineOf(steps);
        events.seq[row] = this.value[steps + 1];
        if (type === V1.GoCreate) this.doubles++;
        break;
      case V1.GoSysExit:
        goroutine = this.goroutineOf(steps);
        events.target[row] = goroutine;
        events.seq[row] = this.value[steps + 1];
        break;
      case V1.GoWaiting:
      case V1.GoInSyscall:
        goroutine = this.goroutineOf(steps);
        events.target[row] = goroutine;
        break;
      case V1.GoSysExitLocal:
        // Its goroutine stays that of the proc in Go's reader.
        events.target[row] = this.goroutineOf(steps);
        break;
      case V1.GCStart:
        events.seq[row] = this.value[steps];
        break;
      default:
        if (STOPS[type] === 1) this.goroutine = -1;
        else if (type === V1.GoSysCall) this.doubles++;
        else if (type === V1.FutileWakeup) this.hasFutile = true;
    }
    events.goroutine[row] = goroutine;
    if (steps === 2) this.oldestSeq(row, type);
  }

  /** Go 1.5 numbers all events; a syscall's end is numbered when it happened, not when written. */
  private oldestSeq(row: number, type: number): void {
    const { events } = this;
    this.seq += this.signed(0);
    if (type !== V1.GoSysExit) events.seq[row] = this.seq;
    else if (this.value[4] !== 0) events.ticks[row] = this.signed(4);
  }

  private sample(): void {
    const { samples, lo } = this;
    const row = samples.append();
    samples.type[row] = V1.CPUSample;
    samples.ticks[row] = this.signed(1);
    // Go takes 32 bits of it as a signed number.
    samples.proc[row] = this.procs.intern(lo[2], lo[2] >= 0x80000000 ? 0xffffffff : 0);
    if (this.procs.length > this.lastGoroutine.length) this.lastGoroutine.push(-1);
    samples.goroutine[row] = this.goroutineOf(3);
    samples.target[row] = -1;
    samples.stack[row] = lo[4];
  }

  /** Notes what cannot be read, and goes on at the next batch, if there is one. */
  private recover(error: WireError): void {
    const { reader, recordStart: start } = this;
    const { end } = reader;
    this.isWhole = false;
    const isNumber = /^(unexpected )?EOF$|^binary/.test(error.reason);
    const type = reader.bytes[start] & 0x3f;
    const reason = isNumber ? `failed to read event ${type} argument: ${MALFORMED}` : error.reason;
    this.problems.refuse(error.offset, reason);
    const next = this.nextBatch(start);
    const isCut = next === end && (isNumber || /EOF|varint/.test(reason));
    this.problems.note(isCut ? 'truncated' : 'damaged', start, reason, next - start);
    reader.pos = next;
  }

  /** Where, from an offset on, something stands that looks like a batch and the events in it. */
  private nextBatch(from: number): number {
    const { bytes, end } = this.reader;
    for (let pos = from + 1; pos < end; pos++) {
      if (bytes[pos] === (V1.Batch | (1 << 6)) && this.isBatch(pos)) return pos;
    }
    return end;
  }

  private isBatch(pos: number): boolean {
    const { bytes, end } = this.reader;
    const { argCount, steps } = this.layout;
    const probe = new WireReader(bytes, pos + 1, end);
    try {
      probe.uvarint();
      const isKnown = this.procs.find(probe.lo, probe.hi) >= 0;
      if (steps === 2) probe.uvarint();
      const isNear = Math.abs(probe.uvarint() - this.ticks) < TICKS_TO_TRUST || this.proc < 0;
      if (!isNear || !(isKnown || bytes[pos + 1] < 0x80)) return false;
      for (let i = 0; i < RECORDS_TO_TRUST && probe.pos < end; i++) {
        const byte = probe.byte();
        const type = byte & 0x3f;
        if (argCount[type] === 0) return false;
        if (type === V1.Batch || type === V1.String) return true;
        let count = (byte >> 6) + steps;
        if (byte >> 6 < 3 && count !== argCount[type]) return false;
        if (byte >> 6 < 3) while (count-- > 0) probe.uvarint();
        else probe.pos = probe.uvarint() + probe.pos;
        if (type === V1.UserLog) probe.pos = probe.uvarint() + probe.pos;
      }
      return true;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      // The batch is the last one, and cut.
      return probe.pos >= end;
    }
  }
}

/** Types after which a proc runs no goroutine. */
const STOPS = Uint8Array.from({ length: 64 }, (_, type) => {
  const isStop =
    (type >= V1.GoEnd && type <= V1.GoBlock) ||
    (type >= V1.GoBlockSend && type <= V1.GoBlockNet) ||
    type === V1.GoSysBlock ||
    type === V1.GoBlockGC;
  return isStop ? 1 : 0;
});
