/**
 * How well the processors are used: the time that procs stand idle although goroutines are ready.
 *
 * One pass over the state rows in the order of time. A moment of it is the price of waking a thread;
 * much of it means work in pieces too small to hand out.
 */
import { forEachRow } from '../states.ts';
import { GoCause, GoState, goCause, goState } from '../statetrack.ts';
import type { Trace } from '../trace.ts';
import type { Span } from './selection.ts';

export interface Parallelism {
  /** Nanoseconds of procs: idle while a goroutine was ready that could have run on it. */
  readonly idleWhileReady: number;
  /** Most goroutines that were ready at once, and when first. */
  readonly mostReady: number;
  readonly mostReadyAt: number;
}

const OTHER = 0;
const READY = 1;
const ON_PROC = 2;

export function parallelismOf(trace: Trace, within: Span, procs: number): Parallelism {
  const kind = new Uint8Array(trace.goroutines.length);
  const counts = [trace.goroutines.length, 0, 0];
  let last = within.start;
  let idleWhileReady = 0;
  let mostReady = 0;
  let mostReadyAt = within.start;
  const advance = (to: number) => {
    const time = Math.min(to, within.end);
    if (time <= last) return;
    const idle = Math.max(0, procs - counts[ON_PROC]);
    idleWhileReady += (time - last) * Math.min(idle, counts[READY]);
    last = time;
  };
  forEachRow(trace.goroutineStates, (time, go, packed) => {
    advance(time);
    const now = kindOf(packed);
    counts[kind[go]]--;
    counts[now]++;
    kind[go] = now;
    if (counts[READY] > mostReady && time >= within.start && time < within.end) {
      mostReady = counts[READY];
      mostReadyAt = time;
    }
  });
  advance(within.end);
  return { idleWhileReady, mostReady, mostReadyAt };
}

function kindOf(packed: number): number {
  const state = goState(packed);
  if (state === GoState.runnable) return READY;
  const hasProc = state === GoState.syscall && goCause(packed) !== GoCause.procLost;
  return state === GoState.running || hasProc ? ON_PROC : OTHER;
}
