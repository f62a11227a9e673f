/**
 * Little's law: the mean number in a state = how many enter it a second × how long each stays.
 *
 * It holds for any stable system whatever the distributions (J. D. C. Little, 1961); over a window it
 * is exact but for those in the state at its edges. Here it answers how many goroutines wait, where
 * the runtime tells only how long; and how long one lives, where it tells how many there are.
 */
import { histogramCount, histogramSum } from './series.ts';
import type { Window } from './window.ts';

/**
 * The runtime looks at one in eight times that a goroutine stops running (runtime2.go,
 * gTrackingPeriod, Go 1.17 to 1.27); the histogram has those alone.
 */
const TRACKED = 8;

export const LATENCIES = '/sched/latencies:seconds';
export const MUTEX_WAIT = '/sync/mutex/wait/total:seconds';
const GOROUTINES = '/sched/goroutines:goroutines';
const CREATED = '/sched/goroutines-created:goroutines';
const RUNNABLE = '/sched/goroutines/runnable:goroutines';

export interface Littles {
  /** Mean number of goroutines in the state. */
  readonly number: number;
  /** How many enter it a second. */
  readonly rate: number;
  /** Seconds that each stays. */
  readonly wait: number;
}

/** Goroutines that are ready and wait for a processor; from scheduling latencies. */
export function runnableGoroutines(
  window: Window,
): (Littles & { readonly counted: number }) | undefined {
  const seen = window.observations([LATENCIES]);
  if (seen === undefined || !(seen.seconds > 0)) return undefined;
  const count = histogramCount(seen.histogram);
  if (count === 0) return undefined;
  const rate = (count * TRACKED) / seen.seconds;
  const wait = histogramSum(seen.histogram) / count;
  // What the runtime counted itself (Go 1.26), to hold against it.
  const counted = window.gauge(RUNNABLE)?.mean ?? NaN;
  return { number: rate * wait, rate, wait, counted };
}

/**
 * Goroutines that wait for a sync.Mutex or sync.RWMutex: waiting time a second is their mean number.
 * The runtime has scaled its sample up already.
 */
export function mutexWaiters(window: Window): number | undefined {
  return window.rate(MUTEX_WAIT);
}

/** How long a goroutine lives on average: their number over those that are made a second. */
export function goroutineLifetime(window: Window): Littles | undefined {
  const number = window.gauge(GOROUTINES)?.mean;
  const rate = window.rate(CREATED);
  if (number === undefined || rate === undefined || rate === 0) return undefined;
  return { number, rate, wait: number / rate };
}
