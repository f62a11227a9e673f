/**
 * Waiting, seen from the outside: how long goroutines are ready before they run, how long they run at a
 * stretch, and at which places they wait for what, woken by whom. One pass over the state rows.
 */
import { Floats } from '../growing.ts';
import { forEachState } from '../states.ts';
import { GoCause, GoState, goCause, goState } from '../statetrack.ts';
import type { Trace } from '../trace.ts';
import { type Distribution, distributionOf } from './distribution.ts';
import type { Span } from './selection.ts';

/** A goroutine that was ready and did not run. */
export interface Latency {
  readonly goroutine: number;
  readonly start: number;
  /** Nanoseconds. */
  readonly time: number;
  /** Who made it ready (-1: nobody in particular), and the stack of that; its own where it yielded. */
  readonly waker: number;
  readonly stack: number;
}

/** All waits with one reason and one stack. */
export interface WaitPlace {
  /** String index. */
  readonly reason: number;
  readonly stack: number;
  count: number;
  total: number;
  longest: number;
  /** Of the longest: who waited, when, who ended it, and with which stack (0 = none). */
  goroutine: number;
  start: number;
  waker: number;
  wakerStack: number;
}

export interface Waits {
  readonly latency: Distribution;
  /** The longest latencies, longest first. */
  readonly worst: readonly Latency[];
  /** How long goroutines run at a stretch; short syscalls do not end one. */
  readonly slices: Distribution;
  /** By falling total. */
  readonly places: readonly WaitPlace[];
}

const WORST = 10;

export function waitsOf(trace: Trace, within?: Span): Waits {
  const collector = new Collector(trace, within);
  forEachState(trace.goroutineStates, trace.duration, collector.visit);
  return collector.finish();
}

class Collector {
  private readonly within: Span;
  private readonly reasons: number;
  private readonly latencies = new Floats();
  private readonly sliceTimes = new Floats();
  private readonly onProcSince: Float64Array;
  /** Key of the place where each goroutine waits or last waited, -1 = none, and that wait. */
  private readonly place: Float64Array;
  private readonly waitStart: Float64Array;
  private readonly places = new Map<number, WaitPlace>();
  private worst: Latency[] = [];

  constructor(trace: Trace, within: Span | undefined) {
    const { length } = trace.goroutines;
    this.within = within ?? { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };
    this.reasons = trace.strings.length;
    this.onProcSince = new Float64Array(length).fill(Number.NaN);
    this.place = new Float64Array(length).fill(-1);
    this.waitStart = new Float64Array(length);
  }

  readonly visit = (
    go: number,
    start: number,
    end: number,
    packed: number,
    a: number,
    b: number,
  ): void => {
    const state = goState(packed);
    const cause = goCause(packed);
    this.slice(go, start, state, cause);
    const isWithin = start >= this.within.start && start < this.within.end;
    if (state === GoState.runnable) {
      if (isWithin) this.ready(go, start, end, cause, a, b);
      this.woken(go, cause === GoCause.unblocked ? a : -1, b);
    } else if (state === GoState.waiting && isWithin && cause === GoCause.blocked) {
      this.waits(go, start, end, a, b);
    }
  };

  private slice(go: number, start: number, state: number, cause: number): void {
    const isOn = state === GoState.running || state === GoState.syscall;
    if (isOn && cause !== GoCause.procLost) {
      if (state === GoState.running && Number.isNaN(this.onProcSince[go])) {
        this.onProcSince[go] = start;
      }
      return;
    }
    const since = this.onProcSince[go];
    if (since >= this.within.start && since < this.within.end) this.sliceTimes.push(start - since);
    this.onProcSince[go] = Number.NaN;
  }

  private ready(
    goroutine: number,
    start: number,
    end: number,
    cause: number,
    a: number,
    stack: number,
  ): void {
    const time = end - start;
    this.latencies.push(time);
    const least = this.worst.length < WORST ? 0 : this.worst[WORST - 1].time;
    if (time <= least) return;
    const isWoken = cause === GoCause.unblocked || cause === GoCause.created;
    this.worst.push({ goroutine, start, time, waker: isWoken ? a : -1, stack });
    this.worst.sort((x, y) => y.time - x.time);
    this.worst = this.worst.slice(0, WORST);
  }

  private waits(
    goroutine: number,
    start: number,
    end: number,
    reason: number,
    stack: number,
  ): void {
    const key = stack * this.reasons + reason;
    const time = end - start;
    const known = this.places.get(key);
    this.place[goroutine] = key;
    this.waitStart[goroutine] = start;
    if (known === undefined) {
      const first = { count: 1, total: time, longest: time, goroutine, start };
      this.places.set(key, { reason, stack, ...first, waker: -1, wakerStack: 0 });
      return;
    }
    known.count++;
    known.total += time;
    if (time <= known.longest) return;
    known.longest = time;
    known.goroutine = goroutine;
    known.start = start;
    known.waker = -1;
    known.wakerStack = 0;
  }

  private woken(go: number, waker: number, stack: number): void {
    const place = this.place[go] < 0 ? undefined : this.places.get(this.place[go]);
    this.place[go] = -1;
    if (place === undefined || waker < 0) return;
    if (place.goroutine !== go || place.start !== this.waitStart[go]) return;
    place.waker = waker;
    place.wakerStack = stack;
  }

  finish(): Waits {
    return {
      latency: distributionOf(this.latencies.freeze()),
      worst: this.worst,
      slices: distributionOf(this.sliceTimes.freeze()),
      places: [...this.places.values()].sort((a, b) => b.total - a.total),
    };
  }
}
