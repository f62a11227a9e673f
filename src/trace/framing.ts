/**
 * Cuts a v2 trace into generations and these into batches, without looking into the batches.
 *
 * Strict: the conditions of readGeneration and readGenerationWithSpill in Go's generation.go.
 * Lenient: bytes that are no batch are left out up to the next place that reads like one, and what
 * they were is noted. Cost: a header per batch of up to 64 KiB, so nothing beside decoding.
 */
import {
  BatchClass,
  BatchHeader,
  BatchList,
  classOf,
  MAX_BATCH_SIZE,
  readBatchHeader,
} from './batches.ts';
import { EVENT_SPECS, EventType } from './eventtype.ts';
import type { TraceSource } from './source.ts';
import type { TraceNote } from './trace.ts';
import { WireError, WireReader } from './wire.ts';

/** A batch header is at most 42 bytes; its first data byte tells what it holds. */
const WINDOW = 48;

export interface RawGeneration {
  readonly number: number;
  /** In the file: [offset, end). */
  readonly offset: number;
  readonly end: number;
  readonly batches: BatchList;
  /** Earliest base time of a batch, in ticks. */
  readonly minTicks: number;
  /** Why Go's reader refuses this generation, or (`after`) what follows it. Undefined: it does not. */
  readonly failure: Failure | undefined;
  /** Lenient only: what was left out. */
  readonly notes: readonly TraceNote[];
}

export interface Failure {
  readonly when: 'before' | 'after';
  readonly offset: number;
  readonly reason: string;
}

export class Framing {
  private readonly source: TraceSource;
  private readonly version: number;
  private readonly isStrict: boolean;
  private pos: number;
  private readonly header = new BatchHeader();
  private isOver = false;

  constructor(source: TraceSource, version: number, start: number, isStrict: boolean) {
    this.source = source;
    this.version = version;
    this.pos = start;
    this.isStrict = isStrict;
  }

  /** The next generation; undefined at the end of the file, and after a failure. */
  next(): RawGeneration | undefined {
    if (this.isOver) return undefined;
    const draft = new Draft(this.pos);
    for (;;) {
      const start = this.pos;
      try {
        if (!this.readBatch(draft)) return this.finishAtEnd(draft);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        if (this.isStrict) return this.fail(draft, error);
        this.skipDamage(draft, start, error);
        continue;
      }
      if (draft.isComplete) return draft.finish(this.pos, undefined);
    }
  }

  /** Takes one batch into the draft; false at the end of the file. */
  private readBatch(draft: Draft): boolean {
    const { header, source } = this;
    const start = this.pos;
    const window = source.read(start, WINDOW);
    const reader = new WireReader(window, 0, window.length);
    try {
      if (!readBatchHeader(reader, header)) return false;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      throw new WireError(start + error.offset, error.reason);
    }
    const data = start + reader.pos;
    if (data + header.size > source.size) {
      const reason = `failed to read full batch: read ${source.size - data} but wanted ${header.size}`;
      throw new WireError(data, reason);
    }
    if (this.endsGeneration(draft, start)) {
      draft.isComplete = true;
      if (header.isEndOfGeneration) this.pos = data;
      return true;
    }
    const first = header.size > 0 ? source.read(data, 1)[0] : -1;
    const kind = classOf(header, first, this.version);
    if (kind === BatchClass.endOfGeneration && this.isStrict) {
      const reason = 'internal error: unexpectedly processing EndOfGeneration; broken trace?';
      throw new WireError(data, reason);
    }
    draft.add(header, data, kind);
    this.pos = data + header.size;
    return true;
  }

  /** Whether the batch in `header` is the end of the draft, or of the next generation. */
  private endsGeneration(draft: Draft, start: number): boolean {
    const { header } = this;
    const { generation } = header;
    if (header.isEndOfGeneration && this.version >= 26) {
      if (draft.number !== 0 || this.isStrict) return true;
      throw new WireError(start, 'end of a generation that has no batches');
    }
    if (generation === 0) throw new WireError(start, 'invalid generation number 0');
    if (draft.number === 0) draft.number = generation;
    if (generation === draft.number) return false;
    if (this.version < 26) {
      if (generation === draft.number + 1) return true;
      if (!this.isStrict && generation > draft.number) return true;
      draft.isRefused = true;
      throw new WireError(start, 'generations out of order');
    }
    const reason = 'broken trace: missing end-of-generation event, or generations are interleaved';
    if (this.isStrict || generation < draft.number) throw new WireError(start, reason);
    draft.note('damaged', start, reason, 0);
    return true;
  }

  private finishAtEnd(draft: Draft): RawGeneration | undefined {
    this.isOver = true;
    const { version, isStrict } = this;
    const isEmpty = draft.batches.length === 0;
    if (version >= 26) {
      if (isStrict ? !draft.hasEvents : isEmpty) return undefined;
      const reason = 'incomplete generation found; trace likely truncated';
      if (!isStrict) draft.note('truncated', this.pos, reason, 0);
      return draft.finish(this.pos, { when: 'before', offset: this.pos, reason });
    }
    if (isEmpty && !isStrict) return undefined;
    return draft.finish(this.pos, undefined);
  }

  private fail(draft: Draft, error: WireError): RawGeneration {
    this.isOver = true;
    const isSpill = this.version < 26 && draft.number !== 0 && !draft.isRefused;
    const isOfNext = isSpill && this.header.generation !== 0;
    const when = isOfNext ? 'after' : 'before';
    return draft.finish(this.pos, { when, offset: error.offset, reason: error.reason });
  }

  /** Lenient: leaves out what cannot be read, up to the next place that reads like batches. */
  private skipDamage(draft: Draft, start: number, error: WireError): void {
    this.pos = this.findBatch(start + 1, draft.number);
    const isAtEnd = this.pos >= this.source.size;
    if (!isAtEnd || !this.takeCutBatch(draft, start)) {
      const kind = isAtEnd ? 'truncated' : 'damaged';
      draft.note(kind, start, error.reason, this.pos - start);
    }
  }

  /** The file ends within a batch: what there is of it counts. */
  private takeCutBatch(draft: Draft, start: number): boolean {
    const { header, source } = this;
    const window = source.read(start, WINDOW);
    const reader = new WireReader(window, 0, window.length);
    try {
      if (!readBatchHeader(reader, header)) return false;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return false;
    }
    const first = window[reader.pos];
    if (first === undefined || !isSensible(header, first, draft.number)) return false;
    if (draft.number !== 0 && header.generation !== draft.number) return false;
    if (draft.number === 0) draft.number = header.generation;
    const data = start + reader.pos;
    const missing = data + header.size - source.size;
    const reason = `failed to read full batch: read ${header.size - missing} but wanted ${header.size}`;
    header.size -= missing;
    draft.add(header, data, classOf(header, first, this.version));
    draft.note('truncated', start, reason, 0);
    return true;
  }

  private findBatch(from: number, generation: number): number {
    const { size } = this.source;
    const step = 1 << 16;
    for (let base = from; base < size; base += step) {
      const bytes = this.source.read(base, step);
      for (let i = 0; i < bytes.length; i++) {
        const byte = bytes[i];
        const mayBe =
          byte === EventType.EventBatch ||
          byte === EventType.ExperimentalBatch ||
          (byte === EventType.EndOfGeneration && this.version >= 26);
        if (mayBe && this.readsLikeBatches(base + i, generation)) return base + i;
      }
    }
    return size;
  }

  /** Three batches in a row, or up to the end of the file, with sensible headers. */
  private readsLikeBatches(start: number, generation: number): boolean {
    const header = new BatchHeader();
    let pos = start;
    let expected = generation;
    for (let count = 0; count < 3 && pos < this.source.size; count++) {
      const window = this.source.read(pos, WINDOW);
      const reader = new WireReader(window, 0, window.length);
      try {
        if (!readBatchHeader(reader, header)) return false;
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        return false;
      }
      pos += reader.pos + header.size;
      if (pos > this.source.size) return false;
      if (header.isEndOfGeneration) {
        if (this.version < 26) return false;
        continue;
      }
      if (!isSensible(header, window[reader.pos], expected)) return false;
      expected = header.generation;
    }
    return true;
  }
}

function isSensible(header: BatchHeader, first: number, expected: number): boolean {
  const { generation, size } = header;
  const isNear =
    expected === 0 ? generation > 0 : generation >= expected && generation <= expected + 2;
  const hasThread =
    (header.threadHi === 0 && header.threadLo < 1 << 24) ||
    (header.threadHi === 0xffffffff && header.threadLo === 0xffffffff);
  if (!isNear || !hasThread || size === 0 || size > MAX_BATCH_SIZE) return false;
  return header.experiment !== 0 || EVENT_SPECS[first] !== undefined;
}

/** A generation while its batches are being read. */
class Draft {
  number = 0;
  isComplete = false;
  /** Go gives the generation up at this error, rather than deliver it first. */
  isRefused = false;
  hasEvents = false;
  readonly batches = new BatchList();
  private readonly offset: number;
  private minTicks = 0;
  private readonly notes: TraceNote[] = [];

  constructor(offset: number) {
    this.offset = offset;
  }

  add(header: BatchHeader, data: number, kind: BatchClass): void {
    if (this.minTicks === 0 || header.ticks < this.minTicks) this.minTicks = header.ticks;
    if (kind === BatchClass.events) this.hasEvents = true;
    this.batches.add(header, data, kind);
  }

  note(kind: TraceNote['kind'], offset: number, reason: string, lostBytes: number): void {
    const { number: generation } = this;
    this.notes.push({ kind, generation, offset, reason, lostBytes, time: Number.NaN, stack: 0 });
  }

  finish(end: number, failure: Failure | undefined): RawGeneration {
    const { number, offset, batches, minTicks, notes } = this;
    return { number, offset, end, batches, minTicks, failure, notes };
  }
}
