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
import { nextBatch } from './resync.ts';

const MAX_STRING = 1_000_000;
const MAX_ARGUMENT_BYTES = 2048;
const MAX_FRAMES = 1000;
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

  private readonly reader: WireReader;
  private readonly version: number;
  private readonly layout: V1Layout;
  private readonly builder: TraceBuilder;
  private readonly problems: Problems;
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
    const { reader, version, layout } = this;
    const start = reader.pos;
    this.recordStart = start;
    const byte = reader.bytes[reader.pos++];
    const type = byte & 0x3f;
    const inline = byte >> 6;
    const want = layout.argCount[type];
    if (want === 0) throw new WireError(start, `unknown event type ${type}${this.at(start)}`);
    if (type === V1.String) {
      this.string(start);
      return;
    }
    if (version >= 11) this.checkPlace(start, type, inline);
    let end = reader.end;
    if (inline === 3) {
      end = this.prefix(start, type);
      if (type === V1.UserLog) end = this.endOfText(start, end);
    } else if (inline + layout.steps !== want || type === V1.Stack) {
      this.wrongCount(start, type, inline + layout.steps);
    }
    switch (type) {
      case V1.Batch:
        this.batch();
        break;
      case V1.Stack:
        this.stack(start, end);
        break;
      case V1.Frequency:
        this.setFrequency(start);
        break;
      case V1.TimerGoroutine:
        this.timerGoroutines.add(this.goroutineArgument());
        if (version < 7) this.next();
        break;
      case V1.CPUSample:
        this.sample();
        break;
      default:
        this.event(type);
    }
    if (inline === 3) reader.pos = end;
  }

  /** What Go 1.26's reader asks of the first byte. */
  private checkPlace(start: number, type: number, inline: number): void {
    if (type === V1.Batch) {
      if (inline === 1) return;
      const reason = `EvBatch has wrong number of arguments: got ${inline + 1}, want 2`;
      throw new WireError(start, reason);
    }
    if (this.proc >= 0) return;
    const reason = `read event ${type} with current P of 0, but P has no batches yet`;
    throw new WireError(start, reason);
  }

  private at(offset: number): string {
    return this.version >= 11 ? '' : ` at offset 0x${offset.toString(16)}`;
  }

  private wrongCount(start: number, type: number, got: number): never {
    const name = type === V1.Stack ? 'EvStack' : v1Name(type, this.version);
    const where = this.at(start);
    const want = type === V1.Stack ? 'at least 2' : this.layout.argCount[type];
    const reason = `${name} has wrong number of arguments${where}: want ${want}, got ${got}`;
    throw new WireError(start, reason);
  }

  /** The length before a record's arguments, and whether they are as many; gives their end. */
  private prefix(start: number, type: number): number {
    const { reader, version } = this;
    const length = reader.uvarint();
    if (version >= 11 && length > MAX_ARGUMENT_BYTES) {
      const limit = `${length} bytes, limit is ${MAX_ARGUMENT_BYTES}`;
      const what = `failed to read event ${type} argument`;
      throw new WireError(start, `${what}: length-prefixed argument too big: ${limit}`);
    }
    const { bytes, pos } = reader;
    const end = pos + length;
    if (end > reader.end || pos >= reader.end) {
      throw new WireError(start, 'failed to read trace: unexpected EOF');
    }
    if (type === V1.Stack) return end;
    let count = 0;
    for (let at = pos; at < end; at++) if (bytes[at] < 0x80) count++;
    if (length > 0 && bytes[end - 1] >= 0x80) {
      const reason = `event has wrong length${this.at(start)}: want ${length}`;
      throw new WireError(start, version >= 11 ? MALFORMED : reason);
    }
    if (count !== this.layout.argCount[type]) this.wrongCount(start, type, count);
    return end;
  }

  /** The next argument, which leaves its halves in the reader. */
  private next(): number {
    const { reader } = this;
    const { bytes, pos } = reader;
    // Nearly all arguments have one or two bytes; past the end, neither comparison holds.
    const first = bytes[pos];
    const second = bytes[pos + 1];
    if (first < 0x80) {
      reader.pos = pos + 1;
      reader.lo = first;
    } else if (second < 0x80) {
      reader.pos = pos + 2;
      reader.lo = (first & 0x7f) | (second << 7);
    } else return reader.uvarint();
    reader.hi = 0;
    return reader.lo;
  }

  /** The next argument as Go's int64. */
  private signed(): number {
    const value = this.next();
    return this.reader.hi >= 0x80000000 ? value - 2 ** 64 : value;
  }

  /** The goroutine that the next argument names; -1 = 0, none. */
  private goroutineArgument(): number {
    this.next();
    const { lo, hi } = this.reader;
    return lo === 0 && hi === 0 ? -1 : this.builder.goroutineIds.intern(lo, hi);
  }

  /** Past the message of a log, which stands after the record; annotations.ts reads it. */
  private endOfText(start: number, from: number): number {
    const { reader } = this;
    const { pos } = reader;
    reader.pos = from;
    const length = reader.uvarint();
    if (length > MAX_STRING) throw new WireError(start, `string is too large (len=${length})`);
    const end = reader.pos + length;
    if (length > 0 && end > reader.end) {
      throw new WireError(start, 'failed to read trace: unexpected EOF');
    }
    reader.pos = pos;
    return end;
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
    this.next();
    const { lo, hi } = this.reader;
    const isNone = lo === 0xffffffff && hi === 0xffffffff;
    if (this.version >= 11 && !isNone && (hi !== 0 || lo > 0x7fffffff)) {
      const words = `processor ID ${hi * 2 ** 32 + lo} is larger than maximum of 2147483647`;
      throw new WireError(this.reader.pos, words);
    }
    if (this.version < 7) this.seq = this.signed();
    this.startBatch(lo, hi, this.signed());
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
    this.frequency = this.signed();
    if (this.version < 7) this.next();
    if (this.frequency > 0) return;
    this.frequency = 0;
    throw new WireError(start, TIME_ORDER);
  }

  /** Reads an event's arguments to their end, and only then keeps it. */
  private event(type: number): void {
    const { events, layout, reader } = this;
    // Only Go 1.21's reader takes events before the first batch: they are proc 0's.
    if (this.proc < 0) this.startBatch(0, 0, 0);
    const isOldest = layout.steps === 2;
    const seqStep = isOldest ? this.signed() : 0;
    const step = this.signed();
    const args = reader.pos;
    let { goroutine } = this;
    let running = goroutine;
    let target = -1;
    let seq = 0;
    let realTicks = 0;
    let left = layout.argCount[type] - layout.steps;
    switch (type) {
      case V1.GoStart:
      case V1.GoStartLocal:
      case V1.GoStartLabel:
        goroutine = this.goroutineArgument();
        running = goroutine;
        target = goroutine;
        left--;
        if (type === V1.GoStartLabel) this.doubles++;
        break;
      case V1.GoCreate:
      case V1.GoUnblock:
      case V1.GoUnblockLocal:
      // Of the next one, the goroutine stays that of the proc in Go's reader.
      case V1.GoSysExitLocal:
        target = this.goroutineArgument();
        left--;
        if (type === V1.GoCreate) this.doubles++;
        break;
      case V1.GoSysExit:
      case V1.GoWaiting:
      case V1.GoInSyscall:
        goroutine = this.goroutineArgument();
        target = goroutine;
        left--;
        break;
      case V1.FutileWakeup:
        this.hasFutile = true;
        break;
      default:
        if (STOPS[type] === 1) running = -1;
        else if (type === V1.GoSysCall) this.doubles++;
    }
    if (left > 0 && HAS_SEQ[type] === 1 && (!isOldest || type === V1.GoSysExit)) {
      seq = this.next();
      left--;
    }
    if (isOldest && type === V1.GoSysExit) realTicks = this.signed();
    else for (; left > 0; left--) this.next();
    this.ticks += step;
    this.seq += seqStep;
    this.goroutine = running;
    const row = events.append();
    events.type[row] = type;
    events.ticks[row] = realTicks === 0 ? this.ticks : realTicks;
    events.proc[row] = this.proc;
    events.args[row] = args;
    events.goroutine[row] = goroutine;
    events.target[row] = target;
    // Go 1.5 numbers all events; a syscall's end is numbered when it happened, not when written.
    events.seq[row] = isOldest && type !== V1.GoSysExit ? this.seq : seq;
    events.stack[row] = layout.hasStack[type] === 1 ? reader.lo : 0;
  }

  private sample(): void {
    const { samples, reader } = this;
    this.next();
    const ticks = this.signed();
    this.next();
    // Go takes 32 bits of it as a signed number.
    const proc = this.procs.intern(reader.lo, reader.lo >= 0x80000000 ? 0xffffffff : 0);
    if (this.procs.length > this.lastGoroutine.length) this.lastGoroutine.push(-1);
    const goroutine = this.goroutineArgument();
    this.next();
    const row = samples.append();
    samples.type[row] = V1.CPUSample;
    samples.ticks[row] = ticks;
    samples.proc[row] = proc;
    samples.goroutine[row] = goroutine;
    samples.target[row] = -1;
    samples.stack[row] = reader.lo;
  }

  /** Notes what cannot be read, and goes on at the next batch, if there is one. */
  private recover(error: WireError): void {
    const { reader, recordStart: start } = this;
    const { end } = reader;
    const isNumber = /^(unexpected )?EOF$|^binary/.test(error.reason);
    const type = reader.bytes[start] & 0x3f;
    const reason = isNumber ? `failed to read event ${type} argument: ${MALFORMED}` : error.reason;
    this.problems.refuse(error.offset, reason);
    const ticks = this.proc < 0 ? undefined : this.ticks;
    const next = nextBatch(reader.bytes, start, this.layout, this.procs, ticks);
    const isCut = next === end && (isNumber || /EOF|varint/.test(reason));
    this.problems.note(isCut ? 'truncated' : 'damaged', start, reason, next - start);
    reader.pos = next;
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

/** Types with a sequence number, their first argument that is no goroutine. */
const HAS_SEQ = Uint8Array.from({ length: 64 }, (_, type) => {
  const isStart = type === V1.GoStart || type === V1.GoStartLabel;
  const isWake = type === V1.GoUnblock || type === V1.GoSysExit;
  return isStart || isWake || type === V1.GCStart ? 1 : 0;
});
