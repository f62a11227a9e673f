/**
 * Delivers the events and CPU samples of a generation in order: the loop of ReadEvent in Go's
 * reader.go, most of it in the kernel.
 */
import { advanceAnnotation } from './annotations.ts';
import type { TraceBuilder } from './builder.ts';
import { EVENT_SPECS, EventType } from './eventtype.ts';
import { CursorResult } from './frontier.ts';
import type { GenerationSamples } from './generation.ts';
import { FLOAT_SLOT, RECORD, SLOT, STOP } from './kernel/kernel.ts';
import type { Ordering } from './ordering.ts';
import { Advance } from './orderstatus.ts';

/** Events that the kernel delivers at most before it comes back. */
const KERNEL_BUDGET = 1 << 30;

export interface LoopHooks {
  /** So many events have been delivered as were asked for. Gives the next such count; 0 = stop. */
  pause(samplesDelivered: number): number;
  /** The generation cannot go on: all threads wait, or (not `isStuck`) its event is impossible. */
  stop(isStuck: boolean): void;
  /** A thread's events cannot be read further: `frontier.failure`. */
  damaged(): void;
  /** The last event named a string or stack that the generation's tables lack. */
  missing(): void;
}

export class EventLoop {
  private readonly ordering: Ordering;
  private readonly builder: TraceBuilder;
  private readonly samples: GenerationSamples;
  private readonly hooks: LoopHooks;
  private nextSample: number;
  /** How many events may have been delivered before `pause`. */
  private until: number;

  constructor(
    ordering: Ordering,
    samples: GenerationSamples,
    hooks: LoopHooks,
    start: { readonly sample: number; readonly until: number },
  ) {
    this.ordering = ordering;
    this.builder = ordering.builder;
    this.samples = samples;
    this.hooks = hooks;
    this.nextSample = start.sample;
    this.until = start.until;
  }

  /** False: not all events could be delivered. */
  run(): boolean {
    const { builder, samples, hooks } = this;
    let isAhead = false;
    let isWhole = true;
    if (this.ordering.frontier.failure !== undefined) {
      hooks.damaged();
      isWhole = false;
    }
    for (;;) {
      const stop = this.runKernel(isAhead);
      isAhead = false;
      if (!this.drainQueue()) return false;
      switch (stop) {
        case STOP.queueFull:
          break;
        case STOP.end:
          if (this.nextSample === samples.length) return isWhole;
          this.deliverSample();
          break;
        case STOP.sample:
          this.deliverSample();
          break;
        case STOP.budget:
          if (builder.eventCount < this.until) break;
          this.until = hooks.pause(this.nextSample);
          if (this.until === 0) return isWhole;
          break;
        case STOP.next:
          isWhole = this.follow(0) && isWhole;
          break;
        case STOP.other: {
          const at = this.advance();
          if (at < 0) return false;
          if (at === 0) isAhead = true;
          else isWhole = this.follow(at) && isWhole;
          if (this.ordering.missingCount > 0) hooks.missing();
          break;
        }
      }
    }
  }

  /** Lets the kernel deliver what it can; makes room where it lacks any. Says why it stopped. */
  private runKernel(isAhead: boolean): number {
    const { builder, samples, nextSample } = this;
    const { kernel } = builder;
    const sampleTime =
      nextSample < samples.length ? samples.time[nextSample] : Number.POSITIVE_INFINITY;
    let ahead = isAhead ? 1 : 0;
    for (;;) {
      const budget = Math.max(Math.min(this.until - builder.eventCount, KERNEL_BUDGET), 0);
      kernel.words[SLOT.budget] = budget;
      kernel.floats[FLOAT_SLOT.nextSample] = sampleTime;
      const stop = kernel.run(ahead);
      ahead = 0;
      builder.eventCount += budget - kernel.words[SLOT.budget];
      if (stop === STOP.rowsFull) builder.goroutineStates.flush();
      else if (stop === STOP.procRowsFull) builder.procStates.flush();
      else if (stop === STOP.eventsFull) builder.events?.flush();
      else if (stop === STOP.heapRowsFull) builder.heapAlloc.drain();
      else return stop;
    }
  }

  /** Takes note of the annotations that the kernel has delivered. False: one is impossible. */
  private drainQueue(): boolean {
    const { ordering } = this;
    const { queue, queueTimes } = ordering;
    const { words } = this.builder.kernel;
    const end = words[SLOT.queueCount] * RECORD.size;
    words[SLOT.queueCount] = 0;
    for (let record = 0; record < end; record += RECORD.size) {
      const cursor = ordering.frontier.setOnRecord(queue, record);
      ordering.current = cursor;
      ordering.delivered = queueTimes[(record + RECORD.time) >> 1];
      const result = advanceAnnotation(ordering, cursor, 0, 0, queue[record + RECORD.goroutine]);
      ordering.delivered = undefined;
      if (result !== Advance.yes) {
        this.hooks.stop(false);
        return false;
      }
      if (ordering.missingCount > 0) this.hooks.missing();
    }
    return true;
  }

  /** Advances one event by the rules in TypeScript. Its position in the heap; -1 = none can. */
  private advance(): number {
    const { ordering } = this;
    const result = ordering.advance(ordering.frontier.heap[0]);
    if (result === Advance.yes) return 0;
    const at = result === Advance.no ? retry(ordering) : 0;
    if (at > 0) return at;
    this.hooks.stop(at < 0);
    return -1;
  }

  /** Reads the next event of the thread at a position of the heap. False: it is damaged. */
  private follow(at: number): boolean {
    const { frontier } = this.ordering;
    const following = frontier.next(frontier.heap[at]);
    if (following === CursorResult.ok) frontier.update(at);
    else frontier.remove(at);
    if (following !== CursorResult.damaged) return true;
    this.hooks.damaged();
    return false;
  }

  private deliverSample(): void {
    const { samples, ordering } = this;
    const i = this.nextSample++;
    const goroutine = samples.goroutine[i];
    const proc = samples.proc[i];
    const thread = samples.thread[i];
    const stack = samples.stack[i];
    const kind = EventType.CPUSample;
    const time = ordering.deliver(kind, samples.time[i], thread, proc, goroutine, stack, 0, 0);
    this.builder.samples.push(time, thread, proc, goroutine, stack);
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

/** In Go's words, on one line. */
export function stuckReason(ordering: Ordering): string {
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
