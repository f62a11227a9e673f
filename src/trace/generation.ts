/**
 * Decodes the structural batches of a generation: strings, stacks, CPU samples, clocks.
 * Conditions and words are those of Go's generation.go.
 */
import { BatchClass, type BatchList } from './batches.ts';
import type { TraceBuilder } from './builder.ts';
import { EventType } from './eventtype.ts';
import type { RawGeneration } from './framing.ts';
import { globalIndex, type LocalIds, LocalIdsBuilder, type LocalTables } from './localtables.ts';
import type { TraceSource } from './source.ts';
import { nanoseconds, WireError, WireReader } from './wire.ts';

const MAX_STRING = 1 << 10;
const MAX_FRAMES = 128;

/** CPU samples of a generation, sorted by time. Stacks are the trace's own. */
export interface GenerationSamples {
  readonly length: number;
  /** Nanoseconds on the trace clock, less the trace's origin once that is known. */
  readonly time: Float64Array;
  readonly thread: Int32Array;
  readonly proc: Int32Array;
  readonly goroutine: Int32Array;
  readonly stack: Int32Array;
}

export interface RawClock {
  readonly ticks: number;
  readonly mono: bigint;
  readonly wall: bigint;
}

export interface GenerationTables {
  readonly local: LocalTables;
  /** Nanoseconds a tick; 0 = the generation does not say. */
  readonly frequency: number;
  readonly clock: RawClock | undefined;
  /** Times in ticks, not sorted. */
  readonly samples: readonly RawSample[];
  /** Nothing was reported. */
  readonly isWhole: boolean;
}

export interface RawSample {
  readonly ticks: number;
  readonly thread: number;
  readonly proc: number;
  readonly goroutine: number;
  readonly stack: number;
}

/** What is wrong with a batch: thrown when strict, noted when lenient. Offset in the file. */
export type Report = (offset: number, reason: string) => void;

export class GenerationDecoder {
  private readonly builder: TraceBuilder;
  /** The generation's frame of a pc, by pc index, valid where `frameStamp` is the current one. */
  private frameOfPc = new Int32Array(0);
  private frameStamp = new Int32Array(0);
  private stamp = 0;
  /** The first frame that names a string that is not there: Go reports it last. */
  private frameProblem: { readonly offset: number; readonly reason: string } | undefined;

  constructor(builder: TraceBuilder) {
    this.builder = builder;
  }

  /** `bytes` are the file's [raw.offset, raw.end). Strings and stacks are interned for good. */
  decode(
    raw: RawGeneration,
    bytes: Uint8Array,
    version: number,
    complain: Report,
  ): GenerationTables {
    const { batches } = raw;
    let isWhole = true;
    const report: Report = (offset, reason) => {
      isWhole = false;
      complain(offset, reason);
    };
    const each = (kind: BatchClass, read: (reader: WireReader, batch: number) => void) =>
      eachBatch(raw, bytes, kind, read, report);
    const sync = new SyncState();
    const strings = new LocalIdsBuilder();
    each(BatchClass.sync, (reader, batch) => sync.read(reader, batches, batch, version));
    each(BatchClass.strings, (reader) => this.readStrings(reader, strings));
    const localStrings = strings.build((offset) => {
      report(raw.offset + offset, 'multiple strings with the same ID');
    });
    const stacks = new LocalIdsBuilder();
    this.stamp++;
    this.frameProblem = undefined;
    each(BatchClass.stacks, (reader) => this.readStacks(reader, localStrings, stacks));
    const localStacks = stacks.build((offset) => {
      report(raw.offset + offset, 'multiple stacks with the same ID');
    });
    const samples: RawSample[] = [];
    each(BatchClass.samples, (reader) => readSamples(reader, this.builder, localStacks, samples));
    this.checkSync(sync, raw, version, report);
    this.reportFrames(raw, report);
    return {
      local: { strings: localStrings, stacks: localStacks },
      frequency: sync.frequency,
      clock: sync.clock,
      samples,
      isWhole,
    };
  }

  private reportFrames(raw: RawGeneration, report: Report): void {
    const { frameProblem } = this;
    if (frameProblem !== undefined) report(raw.offset + frameProblem.offset, frameProblem.reason);
  }

  private checkSync(sync: SyncState, raw: RawGeneration, version: number, report: Report): void {
    if (sync.frequency === 0) report(raw.end, 'no frequency event found');
    else if (version >= 25 && sync.clock === undefined) {
      report(raw.end, 'no clock snapshot event found');
    }
  }

  private readStrings(reader: WireReader, ids: LocalIdsBuilder): void {
    while (reader.pos < reader.end) {
      const start = reader.pos;
      expectEvent(reader, EventType.String, 'string event');
      reader.uvarint();
      const { lo, hi } = reader;
      const length = reader.uvarint();
      if (length > MAX_STRING) {
        throw new WireError(start, `invalid string size ${length}, maximum is ${MAX_STRING}`);
      }
      const left = reader.end - reader.pos;
      if (left < length) {
        throw new WireError(start, `failed to read full string: read ${left} but wanted ${length}`);
      }
      const { bytes, pos } = reader;
      ids.add(lo, hi, this.builder.strings.internBytes(bytes, pos, pos + length), start);
      reader.pos += length;
    }
  }

  private readStacks(reader: WireReader, strings: LocalIds, ids: LocalIdsBuilder): void {
    const frames = new Uint32Array(MAX_FRAMES);
    while (reader.pos < reader.end) {
      const start = reader.pos;
      expectEvent(reader, EventType.Stack, 'stack event');
      reader.uvarint();
      const { lo, hi } = reader;
      const count = reader.uvarint();
      if (count > MAX_FRAMES) {
        throw new WireError(start, `invalid stack size ${count}, maximum is ${MAX_FRAMES}`);
      }
      const stack = hi * 2 ** 32 + lo;
      for (let i = 0; i < count; i++) frames[i] = this.readFrame(reader, strings, stack);
      ids.add(lo, hi, this.builder.stacks.intern(frames, count), start);
    }
  }

  private readFrame(reader: WireReader, strings: LocalIds, stack: number): number {
    const start = reader.pos;
    reader.uvarint();
    const pc = this.builder.stacks.pcs.intern(reader.lo, reader.hi);
    reader.uvarint();
    const { lo: funcLo, hi: funcHi } = reader;
    reader.uvarint();
    const { lo: fileLo, hi: fileHi } = reader;
    const line = reader.uvarint();
    if (pc >= this.frameOfPc.length) this.growFrames(pc + 1);
    if (this.frameStamp[pc] === this.stamp) return this.frameOfPc[pc];
    const func = globalIndex(strings, funcLo, funcHi);
    const file = globalIndex(strings, fileLo, fileHi);
    if (func < 0 || file < 0) {
      const what = func < 0 ? 'func' : 'file';
      const id = func < 0 ? funcHi * 2 ** 32 + funcLo : fileHi * 2 ** 32 + fileLo;
      const reason = `found invalid ${what} string ID ${id} for stack ${stack}`;
      this.frameProblem ??= { offset: start, reason };
    }
    const frame = this.builder.stacks.internFrame(pc, Math.max(func, 0), Math.max(file, 0), line);
    this.frameOfPc[pc] = frame;
    this.frameStamp[pc] = this.stamp;
    return frame;
  }

  private growFrames(length: number): void {
    const size = Math.max(length, 2 * this.frameOfPc.length, 256);
    const frames = new Int32Array(size);
    const stamps = new Int32Array(size);
    frames.set(this.frameOfPc);
    stamps.set(this.frameStamp);
    this.frameOfPc = frames;
    this.frameStamp = stamps;
  }
}

/** The frequency alone, in nanoseconds a tick; 0 = the generation does not say. */
export function readFrequency(source: TraceSource, raw: RawGeneration, version: number): number {
  const { batches } = raw;
  const sync = new SyncState();
  for (let i = 0; i < batches.length; i++) {
    if (batches.class[i] !== BatchClass.sync) continue;
    const bytes = source.read(batches.offset[i], batches.size[i]);
    try {
      sync.read(new WireReader(bytes, 1, bytes.length), batches, i, version);
    } catch (error) {
      // What is damaged is reported when the generation is decoded.
      if (!(error instanceof WireError)) throw error;
    }
  }
  return sync.frequency;
}

/** The CPU samples alone, of a generation that has been decoded before. */
export function decodeSamples(
  raw: RawGeneration,
  bytes: Uint8Array,
  builder: TraceBuilder,
  stacks: LocalIds,
): RawSample[] {
  const samples: RawSample[] = [];
  const read = (reader: WireReader) => readSamples(reader, builder, stacks, samples);
  // What is damaged was reported the first time.
  eachBatch(raw, bytes, BatchClass.samples, read, () => {});
  return samples;
}

function readSamples(
  reader: WireReader,
  builder: TraceBuilder,
  stacks: LocalIds,
  samples: RawSample[],
): void {
  const { threadIds, procIds, goroutineIds } = builder;
  const none = (isNone: boolean, index: () => number) => (isNone ? -1 : index());
  const isMinusOne = () => reader.lo === 0xffffffff && reader.hi === 0xffffffff;
  while (reader.pos < reader.end) {
    expectEvent(reader, EventType.CPUSample, 'CPU sample event');
    const ticks = reader.uvarint();
    reader.uvarint();
    const thread = none(isMinusOne(), () => threadIds.intern(reader.lo, reader.hi));
    reader.uvarint();
    const proc = none(isMinusOne(), () => procIds.intern(reader.lo, reader.hi));
    const id = reader.uvarint();
    const isNone = id === 0 || isMinusOne();
    const goroutine = none(isNone, () => goroutineIds.intern(reader.lo, reader.hi));
    reader.uvarint();
    const stack = Math.max(globalIndex(stacks, reader.lo, reader.hi), 0);
    samples.push({ ticks, thread, proc, goroutine, stack });
  }
}

/** The samples of a generation in the order in which they are delivered. */
export function sortSamples(
  samples: readonly RawSample[],
  frequency: number,
  origin: number,
): GenerationSamples {
  const times = Float64Array.from(samples, (raw) => nanoseconds(raw.ticks, frequency) - origin);
  const order = Uint32Array.from(samples, (_, i) => i).sort((x, y) => times[x] - times[y] || x - y);
  const column = (pick: (sample: RawSample) => number) =>
    Int32Array.from(order, (i) => pick(samples[i]));
  return {
    length: samples.length,
    time: Float64Array.from(order, (i) => times[i]),
    thread: column((sample) => sample.thread),
    proc: column((sample) => sample.proc),
    goroutine: column((sample) => sample.goroutine),
    stack: column((sample) => sample.stack),
  };
}

function expectEvent(reader: WireReader, type: number, what: string): void {
  const got = reader.byte();
  if (got !== type) throw new WireError(reader.pos - 1, `expected ${what}, got ${got}`);
}

/** Calls `read` at the data of every batch of a class, past the first byte, which names the class. */
function eachBatch(
  raw: RawGeneration,
  bytes: Uint8Array,
  kind: BatchClass,
  read: (reader: WireReader, batch: number) => void,
  report: Report,
): void {
  const { batches } = raw;
  for (let i = 0; i < batches.length; i++) {
    if (batches.class[i] !== kind) continue;
    const start = batches.offset[i] - raw.offset;
    try {
      read(new WireReader(bytes, start + 1, start + batches.size[i]), i);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      report(raw.offset + error.offset, error.reason);
    }
  }
}

class SyncState {
  frequency = 0;
  clock: RawClock | undefined;

  read(reader: WireReader, batches: BatchList, batch: number, version: number): void {
    // Before Go 1.25 the lone frequency event's type is what names the batch.
    if (version < 25) reader.pos--;
    let ticks = (BigInt(batches.ticksHi[batch]) << 32n) | BigInt(batches.ticksLo[batch]);
    while (reader.pos < reader.end) {
      const start = reader.pos;
      const type = reader.byte();
      if (type === EventType.Frequency) {
        if (this.frequency !== 0) throw new WireError(start, 'found multiple frequency events');
        this.frequency = 1 / (reader.uvarint() / 1e9);
      } else if (type === EventType.ClockSnapshot && version >= 25) {
        if (this.clock !== undefined) {
          throw new WireError(start, 'found multiple clock snapshot events');
        }
        ticks = BigInt.asUintN(64, ticks + reader.biguint());
        const mono = reader.biguint();
        const seconds = BigInt.asIntN(64, reader.biguint());
        const wall = seconds * 1_000_000_000n + BigInt.asIntN(64, reader.biguint());
        this.clock = { ticks: Number(ticks), mono, wall };
      } else {
        throw new WireError(start, `expected frequency or clock snapshot event, got ${type}`);
      }
    }
  }
}
