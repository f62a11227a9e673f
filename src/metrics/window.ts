/**
 * The readings of one process over a while, and what can be asked of them: the last value of a gauge,
 * the growth, the rate, and the distribution that was added to a histogram.
 *
 * Values that were not measured (missing, NaN) are undefined, never 0. One reading alone stands for
 * all the time since the process began, because counters begin at 0 with it: a rate is then the mean
 * of its whole life, where its start is known. Not a series. Cost: O(readings) a question.
 */
import { increaseOf, restartTimes } from './series.ts';
import type { Histogram, Metric, MetricSnapshot } from './snapshot.ts';

/** What a gauge did in the window. */
export interface Gauge {
  readonly first: number;
  readonly last: number;
  readonly mean: number;
  readonly most: number;
}

export interface Growth {
  readonly value: number;
  /** Length of the time that it grew in; NaN = unknown. */
  readonly seconds: number;
}

export interface Observations {
  readonly histogram: Histogram;
  /** NaN = unknown. */
  readonly seconds: number;
}

export class Window {
  /** Ascending by time; at least one. */
  readonly snapshots: readonly MetricSnapshot[];
  /** The newest reading. */
  readonly newest: MetricSnapshot;
  /** True when it stands for the whole life of the process (there is one reading alone). */
  readonly sinceStart: boolean;
  /** Its length; NaN = unknown. */
  readonly seconds: number;
  readonly restarts: number;
  readonly #measured: readonly MetricSnapshot[];

  /** Throws RangeError when there is no reading. */
  constructor(snapshots: readonly MetricSnapshot[]) {
    const newest = snapshots.at(-1);
    const oldest = snapshots[0];
    if (newest === undefined || oldest === undefined) throw new RangeError('there is no reading');
    this.snapshots = snapshots;
    this.newest = newest;
    this.sinceStart = snapshots.length === 1;
    this.#measured = this.sinceStart ? [beginningOf(newest), newest] : snapshots;
    const start = this.sinceStart ? newest.processStartNanos : oldest.timeNanos;
    this.seconds = start === 0n ? NaN : Number(newest.timeNanos - start) / 1e9;
    this.restarts = this.sinceStart ? 0 : restartTimes(snapshots).length;
  }

  has(name: string): boolean {
    return this.snapshots.some(({ metrics }) => metrics.has(name));
  }

  /** The newest finite value. */
  last(name: string): number | undefined {
    return this.gauge(name)?.last;
  }

  gauge(name: string): Gauge | undefined {
    let count = 0;
    let [first, last, sum, most] = [0, 0, 0, -Infinity];
    for (const { metrics } of this.snapshots) {
      const value = metrics.get(name)?.value;
      if (typeof value !== 'number' || !Number.isFinite(value)) continue;
      if (count === 0) first = value;
      last = value;
      sum += value;
      most = Math.max(most, value);
      count++;
    }
    return count === 0 ? undefined : { first, last, mean: sum / count, most };
  }

  /** How much a counter grew; undefined when it was not measured twice. */
  growth(name: string): Growth | undefined {
    const increase = increaseOf(this.#measured, name);
    if (increase === undefined || typeof increase.value !== 'number') return undefined;
    return { value: increase.value, seconds: this.#lengthOf(increase.seconds) };
  }

  /** Growth a second; undefined also when the length of the window is unknown. */
  rate(name: string): number | undefined {
    const growth = this.growth(name);
    return growth !== undefined && growth.seconds > 0 ? growth.value / growth.seconds : undefined;
  }

  /** What was added to the first of these histograms that was measured. */
  observations(names: readonly string[]): (Observations & { readonly name: string }) | undefined {
    for (const name of names) {
      const increase = increaseOf(this.#measured, name);
      if (increase === undefined || typeof increase.value === 'number') continue;
      const seconds = this.#lengthOf(increase.seconds);
      return { name, histogram: increase.value, seconds };
    }
    return undefined;
  }

  /** The readings that growth is taken over; with one reading alone, a zero before it. */
  get counted(): readonly MetricSnapshot[] {
    return this.#measured;
  }

  #lengthOf(seconds: number): number {
    return this.sinceStart ? this.seconds : seconds;
  }
}

/** Every counter at 0, when the process began. */
function beginningOf(snapshot: MetricSnapshot): MetricSnapshot {
  const metrics = new Map<string, Metric>();
  for (const metric of snapshot.metrics.values()) {
    if (!metric.cumulative) continue;
    const { value } = metric;
    const zero =
      typeof value === 'number'
        ? 0
        : { counts: new Float64Array(value.counts.length), bounds: value.bounds };
    metrics.set(metric.name, { ...metric, value: zero });
  }
  return { ...snapshot, timeNanos: snapshot.processStartNanos, metrics };
}
