/**
 * Reads a v2 trace (Go 1.22 on) generation by generation: reader.go of Go 1.26's internal/trace.
 *
 * Strict, it stops at what Go's reader refuses, with a TraceRefusal. Lenient, it keeps what is whole:
 * a generation with damage gives its events up to the first that cannot be put in order, the next
 * one starts from a blank state (each generation reports all states anew), and notes say what is
 * missing. Cost: about 110 ns of one core per event; memory: one generation's bytes.
 */
import { BatchClass } from './batches.ts';
import type { TraceBuilder } from './builder.ts';
import { EVENT_SPECS, EVENT_SYNC, EventType } from './eventtype.ts';
import { Framing, type RawGeneration } from './framing.ts';
import { CursorResult, type Frontier } from './frontier.ts';
import {
  GenerationDecoder,
  type GenerationSamples,
  type GenerationTables,
  sortSamples,
} from './generation.ts';
import { FLOAT_SLOT, SLOT, STOP } from './kernel/kernel.ts';
import { Ordering } from './ordering.ts';
import { Advance } from './orderstatus.ts';
import { takeSnapshot } from './snapshot.ts';
import type { TraceSource } from './source.ts';
import type { TraceNote } from './trace.ts';
import { nanoseconds } from './wire.ts';

const CHECKPOINT_EVENTS = 100_000;
/** Events that the kernel delivers at most before it comes back. */
const KERNEL_BUDGET = 1 << 30;
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
  /** Bytes of the header, and the version in it. */
  readonly start: number;
  readonly version: number;
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
  private nextCheckpoint = 0;
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
    let last = 0;
    for (let raw = framing.next(); raw !== undefined; raw = framing.next()) {
      for (const note of raw.notes) this.note(note);
      if (isStrict && raw.failure?.when === 'before') throw refusal(raw, raw.failure);
      this.readGeneration(raw);
      if (isStrict && raw.failure !== undefined) throw refusal(raw, raw.failure);
      last = raw.number;
    }
    this.ordering?.deliver(EVENT_SYNC, Number.NEGATIVE_INFINITY, -1, -1, -1, 0, ++this.syncs, -1);
    this.countNotes(last);
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
      this.originNumber = nanoseconds(raw.minTicks, this.frequency);
      if (raw.number > 1)
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
    this.nextCheckpoint = builder.eventCount;
    const isWhole = this.order(raw, ordering, samples, index) && raw.notes.length === 0;
    builder.generations.push({
      number: raw.number,
      offset: raw.offset,
      end: raw.end,
      firstEvent,
      eventCount: builder.eventCount - firstEvent,
      start,
      clock: this.clockOf(tables),
      isWhole,
    });
    builder.localTables.push(tables.local);
    countExperiments(raw, builder);
    if (!isWhole) ordering.forget(ordering.lastTime);
    else if (hasEvents) ordering.isInitial = false;
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
      this.note({ ...note, time: Math.max(ordering.lastTime, 0), stack });
    };
    return ordering;
  }

  /** Delivers all events of a generation. False: some were left out (strict: it throws). */
  private order(
    raw: RawGeneration,
    ordering: Ordering,
    samples: GenerationSamples,
    index: number,
  ): boolean {
    const { builder } = this;
    const { frontier } = ordering;
    let next = 0;
    let isAhead = false;
    let isWhole = frontier.failure === undefined || this.noteDamage(raw, frontier);
    for (;;) {
      const sampleTime = next < samples.length ? samples.time[next] : Number.POSITIVE_INFINITY;
      const stop = this.runKernel(sampleTime, isAhead);
      isAhead = false;
      switch (stop) {
        case STOP.end:
          if (next === samples.length) return isWhole;
          this.deliverSample(ordering, samples, next++);
          break;
        case STOP.sample:
          this.deliverSample(ordering, samples, next++);
          break;
        case STOP.budget:
          if (builder.eventCount >= this.nextCheckpoint) this.checkpoint(ordering, next, index);
          break;
        case STOP.next:
          isWhole = this.follow(raw, ordering, 0) && isWhole;
          break;
        case STOP.other: {
          const at = this.advance(raw, ordering);
          if (at < 0) return false;
          if (at === 0) isAhead = true;
          else isWhole = this.follow(raw, ordering, at) && isWhole;
          if (ordering.missingCount > 0) this.noteMissing(raw, ordering);
          break;
        }
      }
    }
  }

  /** Lets the kernel deliver what it can; makes room where it lacks any. Says why it stopped. */
  private runKernel(sampleTime: number, isAhead: boolean): number {
    const { builder } = this;
    const { kernel } = builder;
    let ahead = isAhead ? 1 : 0;
    for (;;) {
      const budget = Math.min(this.nextCheckpoint - builder.eventCount, KERNEL_BUDGET);
      kernel.words[SLOT.budget] = Math.max(budget, 0);
      kernel.floats[FLOAT_SLOT.nextSample] = sampleTime;
      const stop = kernel.run(ahead);
      ahead = 0;
      builder.eventCount += Math.max(budget, 0) - kernel.words[SLOT.budget];
      if (stop === STOP.rowsFull) builder.goroutineStates.flush();
      else if (stop === STOP.procRowsFull) builder.procStates.flush();
      else if (stop === STOP.eventsFull) builder.events?.flush();
      else if (stop === STOP.heapRowsFull) builder.heapAlloc.drain();
      else return stop;
    }
  }

  /** Advances one event by the rules in TypeScript. Its position in the heap; -1 = none can. */
  private advance(raw: RawGeneration, ordering: Ordering): number {
    const result = ordering.advance(ordering.frontier.heap[0]);
    if (result === Advance.yes) return 0;
    const at = result === Advance.no ? retry(ordering) : 0;
    if (at > 0) return at;
    this.stop(raw, ordering, at < 0);
    return -1;
  }

  /** Reads the next event of the thread at a position of the heap. False: it is damaged. */
  private follow(raw: RawGeneration, ordering: Ordering, at: number): boolean {
    const { frontier } = ordering;
    const following = frontier.next(frontier.heap[at]);
    if (following === CursorResult.ok) frontier.update(at);
    else frontier.remove(at);
    return following !== CursorResult.damaged || this.noteDamage(raw, frontier);
  }

  /** The generation cannot go on: its next event is impossible, or all threads wait. */
  private stop(raw: RawGeneration, ordering: Ordering, isStuck: boolean): void {
    const { frontier } = ordering;
    const offset = frontier.offset(isStuck ? frontier.heap[0] : ordering.current);
    const reason = isStuck ? stuckReason(ordering) : ordering.reason;
    if (this.options.isStrict) throw new TraceRefusal(offset, raw.number, reason);
    this.note(this.noteAt(raw, offset, 'out-of-order', reason, frontier.remaining()));
  }

  /** The last event named a string or stack that the generation's tables lack. */
  private noteMissing(raw: RawGeneration, ordering: Ordering): void {
    const offset = ordering.frontier.offset(ordering.current);
    const reason = ordering.missing;
    if (this.options.isStrict) throw new TraceRefusal(offset, raw.number, reason);
    this.note(this.noteAt(raw, offset, 'damaged', reason, 0));
    ordering.missingCount = 0;
  }

  private noteDamage(raw: RawGeneration, frontier: Frontier): boolean {
    const { failure } = frontier;
    const offset = failure?.offset ?? 0;
    const reason = failure?.reason ?? '';
    if (this.options.isStrict) throw new TraceRefusal(offset, raw.number, reason);
    this.note(this.noteAt(raw, offset, 'damaged', reason, 0));
    return false;
  }

  private deliverSample(ordering: Ordering, samples: GenerationSamples, i: number): void {
    const goroutine = samples.goroutine[i];
    const proc = samples.proc[i];
    const thread = samples.thread[i];
    const stack = samples.stack[i];
    const kind = EventType.CPUSample;
    const time = ordering.deliver(kind, samples.time[i], thread, proc, goroutine, stack, 0, 0);
    this.builder.samples.push(time, thread, proc, goroutine, stack);
  }

  private checkpoint(ordering: Ordering, samples: number, generation: number): void {
    const { builder } = this;
    if (this.options.isStrict) {
      this.nextCheckpoint = Number.POSITIVE_INFINITY;
      return;
    }
    const state = takeSnapshot(ordering, samples);
    const { lastTime } = ordering;
    builder.checkpoints.push({ event: builder.eventCount, lastTime, generation, state });
    // Many goroutines make snapshots large; then they are rarer, so that they cost 3 bytes an event.
    const interval = Math.max(CHECKPOINT_EVENTS, 8 * state.goroutine.length);
    this.nextCheckpoint = builder.eventCount + interval;
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

/** Tries the other threads in the order of time; the heap's position that could advance, -1 = none. */
function retry(ordering: Ordering): number {
  const { frontier } = ordering;
  frontier.sort();
  for (let i = 1; i < frontier.size; i++) {
    const result = ordering.advance(frontier.heap[i]);
    if (result === Advance.yes) return i;
    // The caller takes 0 for broken: position 0 is what did not advance.
    if (result === Advance.broken) return 0;
  }
  return -1;
}

function stuckReason(ordering: Ordering): string {
  const { frontier } = ordering;
  const waiting: string[] = [];
  for (let i = 0; i < Math.min(frontier.size, 4); i++) {
    const cursor = frontier.heap[i];
    const spec = EVENT_SPECS[frontier.type[cursor]];
    const args = spec?.args.map((name, k) => `${name}=${ordering.number(cursor, k)}`) ?? [];
    waiting.push([spec?.name, ...args].join(' '));
  }
  const more = frontier.size > waiting.length ? `, and ${frontier.size - waiting.length} more` : '';
  return `broken trace: failed to advance: frontier: ${waiting.join('; ')}${more}`;
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
