/**
 * Goroutines that are ready to run: how many there are, how long they wait, and whose they are.
 *
 * The count comes from `/sched/goroutines/runnable` (Go 1.26) or from goroutine snapshots: one that
 * nothing parks runs or is ready to. Waiting times are the growth of `/sched/latencies`.
 */

import { histogramCount, increaseOf, percentile } from '../metrics/series.ts';
import type { Histogram } from '../metrics/snapshot.ts';
import { gomaxprocsOf } from './cpu-supply.ts';
import { type GoroutineGroup, readGroups } from './goroutine-groups.ts';
import { capturesOf, type ObservedWindow } from './window.ts';

export interface RunQueue {
  readonly gomaxprocs: number;
  /** Mean number of goroutines that are ready and do not run; undefined = not known. */
  readonly runnable: number | undefined;
  /** Where `runnable` is from. */
  readonly source: 'metrics' | 'snapshots';
  readonly latency: SchedulerLatency | undefined;
  /** Goroutines that run or are ready, by their line; the most first. */
  readonly groups: readonly ReadyGroup[];
}

export interface SchedulerLatency {
  /** Seconds. */
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
}

export interface ReadyGroup {
  readonly group: GoroutineGroup;
  /** Mean over the snapshots. */
  readonly mean: number;
}

const RUNNABLE = '/sched/goroutines/runnable:goroutines';

export function readRunQueue(window: ObservedWindow): RunQueue {
  const captures = capturesOf(window, 'goroutine');
  const groups = readGroups(window, captures)
    .filter(({ wait }) => wait === 'running')
    .map((group) => ({ group, mean: meanOf(group.counts) }))
    .sort((a, b) => b.mean - a.mean);
  const gomaxprocs = gomaxprocsOf(window);
  const readings = window.observation.metrics.flatMap(({ metrics }) => {
    const value = metrics.get(RUNNABLE)?.value;
    return typeof value === 'number' ? [value] : [];
  });
  const latency = latencyOf(window);
  const ready = groups.reduce((sum, { mean }) => sum + mean, 0);
  const known = captures.length >= 3 && gomaxprocs > 0;
  const seen = known ? Math.max(0, ready - gomaxprocs) : undefined;
  const counted = readings.length > 0 ? meanOf(readings) : undefined;
  // Whoever answers with the count has queued itself, and finds less: the larger one is nearer.
  if (counted !== undefined && counted >= (seen ?? 0)) {
    return { gomaxprocs, runnable: counted, source: 'metrics', latency, groups };
  }
  return { gomaxprocs, runnable: seen, source: 'snapshots', latency, groups };
}

function latencyOf(window: ObservedWindow): SchedulerLatency | undefined {
  const increase = increaseOf(window.observation.metrics, '/sched/latencies:seconds');
  if (increase === undefined || typeof increase.value === 'number') return undefined;
  const histogram: Histogram = increase.value;
  const count = histogramCount(histogram);
  if (count === 0) return undefined;
  return { p50: percentile(histogram, 0.5), p99: percentile(histogram, 0.99), count };
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return values.length === 0 ? 0 : sum / values.length;
}
