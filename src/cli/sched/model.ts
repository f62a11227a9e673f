/**
 * What is known of a program while its GODEBUG lines come in: the last sample, a short history of
 * each number, the last collections, and the sums of the whole run. Pure; memory is bounded.
 */
import type { GcEvent, GodebugEvent, ScavEvent, SchedEvent } from '../../metrics/godebug/events.ts';
import { GodebugState } from '../../metrics/godebug/state.ts';
import { GodebugSummarizer, type GodebugSummary } from '../../metrics/godebug/summary.ts';

/** Samples kept: more than any terminal is wide. */
const HISTORY = 512;
const MOST_LINES = 10_000;

export interface ProcView {
  readonly id: number;
  readonly queue: number;
  readonly max: number;
  /** Goroutines scheduled per second since the sample before; NaN = not told. */
  readonly scheduled: number;
  readonly history: readonly number[];
}

export class SchedModel {
  readonly state = new GodebugState();
  readonly #summarizer = new GodebugSummarizer();
  readonly #procs: { max: number; scheduled: number; history: number[] }[] = [];
  /** Runnable goroutines without a P, per sample. */
  readonly waiting: number[] = [];
  readonly idleProcs: number[] = [];
  readonly threads: number[] = [];
  /** Milliseconds that each collection stopped the world. */
  readonly pauses: number[] = [];
  readonly live: number[] = [];
  readonly collections: GcEvent[] = [];
  /** The program's own lines. */
  readonly lines: { readonly text: string; readonly from: 'stdout' | 'stderr' }[] = [];
  omittedLines = 0;
  sched: SchedEvent | undefined;
  scav: ScavEvent | undefined;
  /** Runtime events so far. */
  events = 0;

  add(event: GodebugEvent): void {
    this.events++;
    this.state.apply(event);
    this.#summarizer.add(event);
    if (event.kind === 'sched') this.#sched(event);
    else if (event.kind === 'gc') this.#gc(event);
    else if (event.kind === 'scav') this.scav = event;
  }

  line(text: string, from: 'stdout' | 'stderr'): void {
    this.lines.push({ text, from });
    if (this.lines.length > MOST_LINES) {
      this.lines.shift();
      this.omittedLines++;
    }
  }

  get summary(): GodebugSummary {
    return this.#summarizer.summary();
  }

  get procs(): readonly ProcView[] {
    return (this.sched?.localRunQueues ?? []).map((queue, id) => {
      const { max = 0, scheduled = Number.NaN, history = [] } = this.#procs[id] ?? {};
      return { id, queue, max, scheduled, history };
    });
  }

  #sched(event: SchedEvent): void {
    const before = this.sched;
    const seconds = (event.atMillis - (before?.atMillis ?? event.atMillis)) / 1000;
    event.localRunQueues.forEach((queue, id) => {
      const proc = this.#procs[id] ?? { max: 0, scheduled: Number.NaN, history: [] };
      this.#procs[id] = proc;
      proc.max = Math.max(proc.max, queue);
      push(proc.history, queue);
      const ticks = (event.schedTicks?.[id] ?? Number.NaN) - (before?.schedTicks?.[id] ?? 0);
      proc.scheduled =
        before !== undefined && seconds > 0 && ticks >= 0 ? ticks / seconds : Number.NaN;
    });
    push(this.waiting, event.runQueue + event.localRunQueues.reduce((a, b) => a + b, 0));
    push(this.idleProcs, event.idleProcs);
    push(this.threads, event.threads);
    this.sched = event;
  }

  #gc(event: GcEvent): void {
    push(this.pauses, event.clock.sweepTerm + event.clock.markTerm);
    push(this.live, event.heapLiveMB);
    this.collections.push(event);
    if (this.collections.length > HISTORY) this.collections.shift();
  }
}

function push(values: number[], value: number): void {
  values.push(value);
  if (values.length > HISTORY) values.shift();
}
