/** The batches of a generation, as columns: where they are, of which thread, from when on. */
import { resized } from '../base/columns.ts';
import { EventType } from './eventtype.ts';
import { WireError, type WireReader } from './wire.ts';

export const MAX_BATCH_SIZE = 64 << 10;

export const BatchClass = {
  events: 0,
  strings: 1,
  stacks: 2,
  samples: 3,
  sync: 4,
  experimental: 5,
  endOfGeneration: 6,
} as const;
export type BatchClass = (typeof BatchClass)[keyof typeof BatchClass];

export class BatchHeader {
  generation = 0;
  threadLo = 0;
  threadHi = 0;
  ticks = 0;
  /** The same, exact. */
  ticksLo = 0;
  ticksHi = 0;
  size = 0;
  /** Experiment number; 0 = none. */
  experiment = 0;
  isEndOfGeneration = false;
}

const FIELDS = ['gen', 'M ID', 'timestamp', 'size'] as const;

/**
 * Reads a batch's header into `header`; the reader then stands at its data. False at the end of the
 * input. Conditions and words are those of readBatch in Go's batch.go.
 */
export function readBatchHeader(reader: WireReader, header: BatchHeader): boolean {
  if (reader.pos >= reader.end) return false;
  const type = reader.byte();
  header.experiment = 0;
  header.isEndOfGeneration = type === EventType.EndOfGeneration;
  if (header.isEndOfGeneration) {
    header.generation = 0;
    header.size = 0;
    return true;
  }
  if (type !== EventType.EventBatch && type !== EventType.ExperimentalBatch) {
    throw new WireError(reader.pos - 1, `expected batch event, got event ${type}`);
  }
  if (type === EventType.ExperimentalBatch) {
    // Go takes a file that ends right here for one that ends before.
    if (reader.pos >= reader.end) return false;
    header.experiment = reader.byte();
  }
  header.generation = field(reader, 0);
  field(reader, 1);
  header.threadLo = reader.lo;
  header.threadHi = reader.hi;
  header.ticks = field(reader, 2);
  header.ticksLo = reader.lo;
  header.ticksHi = reader.hi;
  header.size = field(reader, 3);
  if (header.size > MAX_BATCH_SIZE) {
    const reason = `invalid batch size ${header.size}, maximum is ${MAX_BATCH_SIZE}`;
    throw new WireError(reader.pos, reason);
  }
  return true;
}

function field(reader: WireReader, index: number): number {
  try {
    return reader.uvarint();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new WireError(error.offset, `error reading batch ${FIELDS[index]}: ${error.reason}`);
  }
}

/** What a batch holds, from its first byte (-1 = empty). */
export function classOf(header: BatchHeader, firstByte: number, version: number): BatchClass {
  if (header.experiment !== 0) return BatchClass.experimental;
  if (firstByte === EventType.Strings) return BatchClass.strings;
  if (firstByte === EventType.Stacks) return BatchClass.stacks;
  if (firstByte === EventType.CPUSamples) return BatchClass.samples;
  if (firstByte === (version < 25 ? EventType.Frequency : EventType.Sync)) return BatchClass.sync;
  if (firstByte === EventType.EndOfGeneration) return BatchClass.endOfGeneration;
  return BatchClass.events;
}

export class BatchList {
  length = 0;
  /** Where the data starts in the file, and its length. */
  offset = new Float64Array(16);
  size = new Uint32Array(16);
  threadLo = new Uint32Array(16);
  threadHi = new Uint32Array(16);
  /** Base time, rounded to a float as Go does before it multiplies. */
  ticks = new Float64Array(16);
  ticksLo = new Uint32Array(16);
  ticksHi = new Uint32Array(16);
  class = new Uint8Array(16);
  experiment = new Uint8Array(16);

  add(header: BatchHeader, offset: number, kind: BatchClass): void {
    if (this.length === this.offset.length) this.grow();
    const i = this.length++;
    this.offset[i] = offset;
    this.size[i] = header.size;
    this.threadLo[i] = header.threadLo;
    this.threadHi[i] = header.threadHi;
    this.ticks[i] = header.ticks;
    this.ticksLo[i] = header.ticksLo;
    this.ticksHi[i] = header.ticksHi;
    this.class[i] = kind;
    this.experiment[i] = header.experiment;
  }

  private grow(): void {
    const size = 2 * this.length;
    this.offset = resized(this.offset, size, (n) => new Float64Array(n));
    this.size = resized(this.size, size, (n) => new Uint32Array(n));
    this.threadLo = resized(this.threadLo, size, (n) => new Uint32Array(n));
    this.threadHi = resized(this.threadHi, size, (n) => new Uint32Array(n));
    this.ticks = resized(this.ticks, size, (n) => new Float64Array(n));
    this.ticksLo = resized(this.ticksLo, size, (n) => new Uint32Array(n));
    this.ticksHi = resized(this.ticksHi, size, (n) => new Uint32Array(n));
    this.class = resized(this.class, size, (n) => new Uint8Array(n));
    this.experiment = resized(this.experiment, size, (n) => new Uint8Array(n));
  }
}
