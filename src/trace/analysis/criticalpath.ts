/**
 * The critical path to a moment: walked backwards, from a goroutine to the one that woke or created it.
 *
 * While a goroutine runs, is ready, or is in a syscall, the path is on it. Where it was woken by another,
 * its wait is that other's doing, and the path goes on there at that moment; where nobody in the trace
 * did (network, timers), the wait itself is on the path. Shortening anything else shortens nothing.
 * Source: the backward replay of Yang and Miller, "Critical path analysis for the execution of parallel
 * and distributed programs" (1988), on wake-up edges. Cost: a binary search for each step.
 */
import { type ResourceStates, statesOf } from '../states.ts';
import { GoCause, GoState, goCause, goState } from '../statetrack.ts';
import type { Trace } from '../trace.ts';

export interface PathStep {
  readonly goroutine: number;
  /** Nanoseconds since the trace's origin. Steps follow each other without gaps. */
  readonly start: number;
  readonly end: number;
  /** GoState. */
  readonly state: number;
  /** Of waits: string index; 0 otherwise. */
  readonly reason: number;
  /** Where it waits or entered the syscall; 0 = not known. */
  readonly stack: number;
  /** Stack with which this goroutine woke or created the next one on the path; 0 = it did not. */
  readonly handoff: number;
}

const MOST_STEPS = 100_000;

/** Steps in the order of time, from `from` (or when what led to it begins) to `to` on a goroutine. */
export function criticalPath(
  trace: Trace,
  goroutine: number,
  from: number,
  to: number,
): PathStep[] {
  const walker = new Walker(trace);
  const steps: PathStep[] = [];
  let go = goroutine;
  let time = to;
  let handoff = 0;
  while (time > from && steps.length < MOST_STEPS) {
    const states = walker.statesOf(go);
    const row = lastBefore(states, time);
    if (row < 0) break;
    const start = Math.max(states.start[row], from);
    const state = goState(states.state[row]);
    const cause = goCause(states.state[row]);
    const isWait = state === GoState.waiting && cause !== GoCause.created;
    const hasStack = isWait || state === GoState.syscall;
    steps.push({
      goroutine: go,
      start,
      end: time,
      state,
      reason: isWait ? states.a[row] : 0,
      stack: hasStack ? states.b[row] : 0,
      handoff,
    });
    handoff = 0;
    time = start;
    const isReadied = cause === GoCause.unblocked || cause === GoCause.created;
    if (isReadied && state === GoState.runnable && states.a[row] >= 0) {
      go = states.a[row];
      handoff = states.b[row];
    }
  }
  return steps.reverse();
}

/** The last row that begins before a time, -1 = none. */
function lastBefore({ start, length }: ResourceStates, time: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (start[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

class Walker {
  private readonly trace: Trace;
  private readonly known = new Map<number, ResourceStates>();

  constructor(trace: Trace) {
    this.trace = trace;
  }

  statesOf(goroutine: number): ResourceStates {
    let states = this.known.get(goroutine);
    if (states === undefined) {
      states = statesOf(this.trace.goroutineStates, goroutine);
      this.known.set(goroutine, states);
    }
    return states;
  }
}

/** The critical path of a task: to its end, on the goroutine that ended it. Empty when it is not whole. */
export function taskPath(trace: Trace, task: number): PathStep[] {
  const { start, end, endGoroutine } = trace.tasks;
  if (!(end[task] >= start[task]) || endGoroutine[task] < 0) return [];
  return criticalPath(trace, endGoroutine[task], start[task], end[task]);
}
