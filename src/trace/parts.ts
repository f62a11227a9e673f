/**
 * A trace decoded in parts, by several workers at a time: generations order correctly from a blank
 * state, so that each part needs only its own bytes.
 *
 * `splitTrace` cuts the file at generations; each worker runs `decodePart` on a piece and hands the
 * part over (`buffersOf` lists what can be transferred); `joinParts`, run by the worker of the first
 * piece while it still has its tables at hand, appends the others. The result is equal to that of
 * decodeTrace, but for where segments of states end and for odd annotations across the cuts, which
 * are not noted.
 */
import { absorb } from './absorb.ts';
import { TraceBuilder } from './builder.ts';
import { decodeTrace, readHeader, V2_VERSIONS } from './decode.ts';
import type { Ending } from './ending.ts';
import { Framing } from './framing.ts';
import { readFrequency } from './generation.ts';
import type { TraceSource } from './source.ts';
import type { Trace } from './trace.ts';
import { V2Reader } from './v2reader.ts';
import { nanoseconds } from './wire.ts';

/** A piece of a trace's file: whole generations. */
export interface TracePiece {
  readonly version: number;
  /** In the file: [start, end). */
  readonly start: number;
  readonly end: number;
  /** Time 0 of the whole trace on its clock. */
  readonly origin: number;
}

/** A decoded piece: a trace's tables with strings as bytes, and what it needs to be joined. */
export interface TracePart {
  readonly trace: Omit<Trace, 'strings'>;
  readonly stringPool: Uint8Array;
  readonly stringStart: Uint32Array;
  /** Times of the first events, which may have to move if the part before ends later. */
  readonly lead: Float64Array;
  /** After a gap nothing is known, of earlier parts either: such parts are not joined. */
  readonly hasGap: boolean;
  /** Undefined: the piece had no events. */
  readonly ending: Ending | undefined;
}

/**
 * At most `count` pieces, so cut that they are decoded and joined soonest; none when the file has no
 * generation, or is of a format without any (v1): decodeTrace tells. Cost: reading the headers of
 * all batches.
 */
export function splitTrace(source: TraceSource, count: number): TracePiece[] {
  const header = readHeader(source);
  if (header === undefined || !V2_VERSIONS.includes(header.version)) return [];
  const { version, length } = header;
  const framing = new Framing(source, version, length, false);
  const ends: number[] = [];
  let origin: number | undefined;
  for (let raw = framing.next(); raw !== undefined; raw = framing.next()) {
    if (origin === undefined) {
      const frequency = readFrequency(source, raw, version);
      if (frequency > 0) origin = nanoseconds(raw.minTicks, frequency);
    }
    ends.push(raw.end);
  }
  if (origin === undefined) return [];
  const pieces: TracePiece[] = [];
  let start = length;
  for (let piece = 1; piece <= count && start < source.size; piece++) {
    const rest = source.size - start;
    const end = piece === count ? source.size : cut(ends, start, rest, count - piece + 1);
    if (end <= start) continue;
    pieces.push({ version, start, end, origin });
    start = end;
  }
  return pieces;
}

/** A part costs about half as much to append as to decode, and the first need not be appended. */
const APPEND_COST = 0.5;

/** Where the first of `count` pieces ends so that all of them are done soonest. */
function cut(ends: readonly number[], start: number, size: number, count: number): number {
  const cost = (end: number) => {
    const rest = size - (end - start);
    return Math.max(end - start, rest / (count - 1)) + APPEND_COST * rest;
  };
  let best = start + size;
  for (const end of ends) if (end > start && cost(end) < cost(best)) best = end;
  return best;
}

/** Decodes a piece, leniently. */
export function decodePart(source: TraceSource, piece: TracePiece): TracePart {
  return new PartDecoder(source, piece).finish();
}

/**
 * Decodes the first piece, then appends the others' parts as `rest` gives them, in order. Where
 * damage has left a gap in one of these, the trace is decoded anew in one piece.
 */
export async function joinParts(
  source: TraceSource,
  first: TracePiece,
  rest: readonly PromiseLike<TracePart>[],
): Promise<Trace> {
  const decoder = new PartDecoder(source, first);
  for (const coming of rest) {
    const part = await coming;
    if (part.hasGap) return decodeTrace(source);
    decoder.append(part);
  }
  return decoder.join();
}

/** The buffers of a part, to be transferred instead of copied. */
export function buffersOf(part: TracePart): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const visit = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) {
      if (value.buffer instanceof ArrayBuffer) buffers.add(value.buffer);
    } else if (Array.isArray(value)) {
      if (typeof value[0] === 'object') for (const item of value) visit(item);
    } else if (typeof value === 'object' && value !== null && !(value instanceof Map)) {
      for (const item of Object.values(value)) visit(item);
    }
  };
  visit(part);
  return [...buffers];
}

class PartDecoder {
  private readonly builder: TraceBuilder;
  private readonly piece: TracePiece;
  private readonly reader: V2Reader;
  private ending: Ending | undefined;

  constructor(source: TraceSource, piece: TracePiece) {
    const { version, start, end, origin } = piece;
    this.piece = piece;
    this.builder = new TraceBuilder({ keepEvents: false, keepLead: true });
    this.reader = new V2Reader(source, this.builder, {
      isStrict: false,
      version,
      start,
      part: { end, origin },
    });
    this.reader.read();
    this.ending = this.reader.ending;
  }

  append(part: TracePart): void {
    this.ending = absorb(this.builder, this.ending, part);
  }

  finish(): TracePart {
    const { pool, start } = this.builder.strings.bytes();
    const trace = this.builder.tables(this.header(0));
    return {
      trace,
      stringPool: pool,
      stringStart: start,
      lead: this.builder.lead(),
      hasGap: this.reader.hasGap,
      ending: this.ending,
    };
  }

  join(): Trace {
    // The Sync event with which Go's reader ends.
    this.builder.eventCount++;
    return this.builder.finish(this.header(1));
  }

  private header(ahead: number) {
    const { version, origin } = this.piece;
    const duration = Math.max((this.ending?.lastTime ?? 0) + ahead, 0);
    return { version, origin: BigInt(origin), duration };
  }
}
