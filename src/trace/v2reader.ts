/**
 * Reads a v2 trace (Go 1.22 on) generation by generation: reader.go of Go 1.26's internal/trace.
 *
 * Strict, it stops at what Go's reader refuses, with a TraceRefusal. Lenient, it keeps what is whole:
 * a generation with damage gives its events up to the first that cannot be put in order, the next
 * one starts from a blank state (each generation reports all states anew), and notes say what is
 * missing. Cost: 40 to 100 ns of one core per event; memory: one generation's bytes.
 */
import { BatchClass } from './batches.ts';
import type { TraceBuilder } from './builder.ts';
import { type Ending, endingOf } from './ending.ts';
import { EventLoop, type LoopHooks, stuckReason } from './eventloop.ts';
import { EVENT_SYNC } from './eventtype.ts';
import { Framing, type RawGeneration } from './framing.ts';
import { GenerationDecoder, type GenerationTables, sortSamples } from './generation.ts';
import { Ordering } from './ordering.ts';
import { takeSnapshot } from './snapshot.ts';
import type { TraceSource } from './source.ts';
import type { TraceNote } from './trace.ts';
import { nanoseconds } from './wire.ts';

/** Generations that begin further back are not the first of a file. */
const MAX_HEADER = 64;
const CHECKPOINT_EVENTS = 100_000;
/** Notes of one kind in one generation before they are only counted. */
const NOTES_PER_KIND = 8;

/** Why Go's reader would not go on. */
export class TraceRefusal extends Error {
  readonly offset: number;
  readonly generation: number;
  readonly reason: string;

  constructor(offset: number, generation: number, reason: string) {
    super(reason);
    this.name = 'TraceRefusal';
    this.offset = offset;
    this.generation = generation;
    this.reason = reason;
  }
}

export interface V2Options {
  readonly isStrict: boolean;
  readonly version: number;
  /** Where the first generation begins: behind the header, or where a part of the trace begins. */
  readonly start: number;
  /** A part of a trace: generations that begin before `end`; `origin` is time 0 of the whole. */
  readonly part?: { readonly end: number; readonly origin: number };
}

export class V2Reader {
  private readonly source: TraceSource;
  private readonly builder: TraceBuilder;
  private readonly options: V2Options;
  private readonly decoder: GenerationDecoder;
  private ordering: Ordering | undefined;
  private frequency = 0;
  private originNumber = 0;
  private syncs = 0;
  /** Some generation could not be put in order to its end. */
  hasGap = false;
  /** Events of this generation that name what its tables lack; the first of them. */
  private missing: { offset: number; reason: string; events: number } | undefined;
  private readonly noteCounts = new Map<string, number>();

  constructor(source: TraceSource, builder: TraceBuilder, options: V2Options) {
    this.source = source;
    this.builder = builder;
    this.options = options;
    this.decoder = new GenerationDecoder(builder);
  }

  /** What time 0 is; known after the first generation. */
  get origin(): bigint {
    return BigInt(this.originNumber);
  }

  /** Time of the last event. */
  get duration(): number {
    return Math.max(this.ordering?.lastTime ?? 0, 0);
  }

  read(): void {
    const { version, start, isStrict } = this.options;
    const framing = new Framing(this.source, version, start, isStrict);
    const end = this.options.part?.end ?? Number.POSITIVE_INFINITY;
    let last = 0;
    for (let raw = framing.next(); raw !== undefined; raw = framing.next()) {
      for (const note of raw.notes) this.note(note);
      if (isStrict && raw.failure?.when === 'before') throw refusal(raw, raw.failure);
      this.readGeneration(raw);
      if (isStrict && raw.failure !== undefined) throw refusal(raw, raw.failure);
      last = raw.number;
      if (raw.end >= end) break;
    }
    this.countNotes(last);
  }

  /** Go's reader ends with a Sync event. */
  finishEvents(): void {
    this.ordering?.deliver(EVENT_SYNC, Number.NEGATIVE_INFINITY, -1, -1, -1, 0, ++this.syncs, -1);
  }

  /** The scheduler's state after the last event; undefined when there was none. */
  get ending(): Ending | undefined {
    return this.ordering === undefined ? undefined : endingOf(this.ordering);
  }

  private readGeneration(raw: RawGeneration): void {
    const { builder, options } = this;
    const bytes = this.source.read(raw.offset, raw.end - raw.offset);
    const tables = this.decoder.decode(raw, bytes, options.version, (offset, reason) => {
      if (options.isStrict) throw new TraceRefusal(offset, raw.number, reason);
      this.note(this.noteAt(raw, offset, 'damaged', reason, 0));
    });
    if (tables.frequency !== 0) this.frequency = tables.frequency;
    if (this.frequency === 0) return;
    if (builder.generations.length === 0) {
      this.originNumber = options.part?.origin ?? nanoseconds(raw.minTicks, this.frequency);
      if (raw.number > 1 && raw.offset < MAX_HEADER)
        this.note(this.noteAt(raw, raw.offset, 'starts-late', lateReason(raw), 0));
    }
    const clock = { frequency: this.frequency, origin: this.originNumber };
    const ordering = this.startOrdering(raw);
    const { frontier } = ordering;
    frontier.open(bytes, raw.offset, raw.batches, clock);
    ordering.startGeneration(tables.local);
    if (!frontier.start(builder.threadIds, !options.isStrict)) {
      const { failure } = frontier;
      throw new TraceRefusal(failure?.offset ?? 0, raw.number, failure?.reason ?? '');
    }
    ordering.reserve();
    this.orderGeneration(raw, tables, ordering);
  }

  private orderGeneration(raw: RawGeneration, tables: GenerationTables, ordering: Ordering): void {
    const { builder } = this;
    const firstEvent = builder.eventCount;
    const index = builder.generations.length;
    const samples = sortSamples(tables.samples, this.frequency, this.originNumber);
    const syncTime = nanoseconds(raw.minTicks, this.frequency) - this.originNumber;
    const start = ordering.deliver(EVENT_SYNC, syncTime, -1, -1, -1, 0, ++this.syncs, index);
    const hasEvents = ordering.frontier.size > 0;
    const hooks = this.hooks(raw, ordering, index);
    const loop = new EventLoop(ordering, samples, hooks, { sample: 0, until: builder.eventCount });
    const isOrdered = loop.run() && raw.notes.length === 0;
    const isComplete = this.missing === undefined;
    this.noteMissing(raw);
    builder.generations.push({
      number: raw.number,
      offset: raw.offset,
      end: raw.end,
      firstEvent,
      eventCount: builder.eventCount - firstEvent,
      start,
      clock: this.clockOf(tables),
      isWhole: isOrdered && isComplete && tables.isWhole,
    });
    builder.generationKeys.push({ ...tables.local, frequency: this.frequency });
    countExperiments(raw, builder);
    if (!isOrdered) {
      this.hasGap = true;
      ordering.forget(ordering.lastTime);
    } else if (hasEvents) ordering.isInitial = false;
  }

  private startOrdering(raw: RawGeneration): Ordering {
    if (this.ordering === undefined) {
      this.ordering = new Ordering(this.builder, this.options.isStrict ? 'strict' : 'lenient');
      // Go's reader begins with time 0 on the clock.
      this.ordering.lastTime = -this.originNumber;
    }
    const { ordering } = this;
    ordering.onOddity = (reason, stack) => {
      const offset = ordering.frontier.offset(ordering.current);
      const note = this.noteAt(raw, offset, 'annotation', reason, 0);
      this.note({ ...note, time: Math.max(ordering.delivered ?? ordering.lastTime, 0), stack });
    };
    return ordering;
  }

  private noteMissing(raw: RawGeneration): void {
    if (this.missing === undefined) return;
    const { offset, reason, events } = this.missing;
    const words = `${events} events lack a string or a stack: ${reason}`;
    this.note(this.noteAt(raw, offset, 'damaged', words, 0));
    this.missing = undefined;
  }

  private hooks(raw: RawGeneration, ordering: Ordering, generation: number): LoopHooks {
    const { frontier } = ordering;
    const report = (kind: TraceNote['kind'], offset: number, reason: string, lostBytes: number) => {
      if (this.options.isStrict) throw new TraceRefusal(offset, raw.number, reason);
      this.note(this.noteAt(raw, offset, kind, reason, lostBytes));
    };
    return {
      pause: (samples) => this.checkpoint(ordering, samples, generation),
      stop: (isStuck) => {
        const offset = frontier.offset(isStuck ? frontier.heap[0] : ordering.current);
        const reason = isStuck ? stuckReason(ordering) : ordering.reason;
        report('out-of-order', offset, reason, frontier.remaining());
      },
      damaged: () => {
        const { failure, lostBytes } = frontier;
        report('damaged', failure?.offset ?? 0, failure?.reason ?? '', lostBytes);
      },
      missing: () => {
        const offset = frontier.offset(ordering.current);
        if (this.options.isStrict) throw new TraceRefusal(offset, raw.number, ordering.missing);
        this.missing ??= { offset, reason: ordering.missing, events: 0 };
        this.missing.events++;
        ordering.missingCount = 0;
      },
    };
  }

  /** Gives the event count at which the next one is due. */
  private checkpoint(ordering: Ordering, samples: number, generation: number): number {
    const { builder } = this;
    if (this.options.isStrict) return Number.POSITIVE_INFINITY;
    const state = takeSnapshot(ordering, samples);
    const { lastTime } = ordering;
    builder.checkpoints.push({ event: builder.eventCount, lastTime, generation, state });
    // Many goroutines make snapshots large; then they are rarer, so that they cost 2 bytes an event.
    return builder.eventCount + Math.max(CHECKPOINT_EVENTS, 8 * state.goroutine.length);
  }

  private clockOf(tables: GenerationTables) {
    const { clock } = tables;
    if (clock === undefined) return undefined;
    const time = nanoseconds(clock.ticks, this.frequency) - this.originNumber;
    return { time, mono: clock.mono, wall: clock.wall };
  }

  private noteAt(
    raw: RawGeneration,
    offset: number,
    kind: TraceNote['kind'],
    reason: string,
    lostBytes: number,
  ): TraceNote {
    return { kind, generation: raw.number, offset, reason, lostBytes, time: Number.NaN, stack: 0 };
  }

  private note(note: TraceNote): void {
    const key = `${note.generation} ${note.kind}`;
    const count = (this.noteCounts.get(key) ?? 0) + 1;
    this.noteCounts.set(key, count);
    if (count <= NOTES_PER_KIND) this.builder.notes.push(note);
  }

  /** One note for all that were too many. */
  private countNotes(generation: number): void {
    let more = 0;
    for (const count of this.noteCounts.values()) more += Math.max(count - NOTES_PER_KIND, 0);
    if (more === 0) return;
    this.builder.notes.push({
      kind: 'damaged',
      generation,
      offset: this.source.size,
      reason: `${more} more of the kinds above`,
      lostBytes: 0,
      time: Number.NaN,
      stack: 0,
    });
  }
}

function lateReason(raw: RawGeneration): string {
  return `the recording begins with generation ${raw.number}: a flight recorder's snapshot`;
}

function refusal(raw: RawGeneration, failure: { offset: number; reason: string }): TraceRefusal {
  return new TraceRefusal(failure.offset, raw.number, failure.reason);
}

const EXPERIMENTS = ['None', 'AllocFree'];

function countExperiments(raw: RawGeneration, builder: TraceBuilder): void {
  const { batches } = raw;
  const events = builder.experimentalEvents;
  builder.experimentalEvents = 0;
  if (events > 0) builder.addExperiment('AllocFree', events, 0, 0);
  for (let i = 0; i < batches.length; i++) {
    if (batches.class[i] !== BatchClass.experimental) continue;
    const number = batches.experiment[i];
    const name = EXPERIMENTS[number] ?? `experiment ${number}`;
    builder.addExperiment(name, 0, 1, batches.size[i]);
  }
}
