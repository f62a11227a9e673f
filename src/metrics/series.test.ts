import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeAgentMetrics } from './agent.ts';
import {
  deltaHistogram,
  gaugeSeries,
  histogramSum,
  increaseOf,
  percentile,
  percentileSeries,
  rateSeries,
  restartTimes,
  seriesOf,
} from './series.ts';
import type { Histogram, Metric, MetricSnapshot } from './snapshot.ts';

interface Row {
  readonly second: number;
  readonly start?: bigint;
  readonly [name: string]: number | bigint | Histogram | undefined;
}

/** Snapshots as a table; counters are the names that end in `_total` or hold histograms. */
function snapshots(...rows: Row[]): MetricSnapshot[] {
  return rows.map(({ second, start, ...values }) => {
    const metrics = new Map<string, Metric>();
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined || typeof value === 'bigint') continue;
      const cumulative = typeof value !== 'number' || /total|cpu-seconds|allocs/.test(name);
      metrics.set(name, { name, cumulative, value });
    }
    return {
      timeNanos: BigInt(second * 1e9),
      source: 'agent',
      goVersion: '',
      processStartNanos: start ?? 0n,
      gomaxprocs: 0,
      metrics,
    };
  });
}

const histogram = (bounds: number[], counts: number[]): Histogram => ({
  bounds: Float64Array.from(bounds),
  counts: Float64Array.from(counts),
});

describe('gauges', () => {
  test('stay as they are, with a gap where there is none', () => {
    const series = gaugeSeries(
      snapshots({ second: 1, g: 5 }, { second: 2 }, { second: 3, g: 0 }),
      'g',
    );
    expect([...series.time]).toEqual([1000, 2000, 3000]);
    expect([...series.value]).toEqual([5, NaN, 0]);
  });
});

describe('counters', () => {
  test('become rates per second, measured over the gap when one is missing', () => {
    const series = rateSeries(
      snapshots(
        { second: 0, c_total: 10 },
        { second: 2, c_total: 14 },
        { second: 3 },
        { second: 6, c_total: 22 },
      ),
      'c_total',
    );
    expect([...series.value]).toEqual([NaN, 2, NaN, 2]);
  });

  test('break where they fall', () => {
    const series = rateSeries(
      snapshots({ second: 0, c_total: 10 }, { second: 1, c_total: 3 }, { second: 2, c_total: 5 }),
      'c_total',
    );
    expect([...series.value]).toEqual([NaN, NaN, 2]);
  });

  test('break where another process began, even when they did not fall', () => {
    const rows = snapshots(
      { second: 0, start: 1n, c_total: 10 },
      { second: 10, start: 8_000_000_000n, c_total: 12 },
      { second: 11, start: 8_000_000_000n, c_total: 13 },
    );
    expect([...rateSeries(rows, 'c_total').value]).toEqual([NaN, NaN, 1]);
    expect(restartTimes(rows)).toEqual([10_000_000_000n]);
  });

  test('that a GC refreshes have no value while there was none', () => {
    const name = '/cpu/classes/user:cpu-seconds';
    const series = rateSeries(
      snapshots(
        { second: 0, [name]: 1 },
        { second: 1, [name]: 1 },
        { second: 2, [name]: 1 },
        { second: 4, [name]: 5 },
        { second: 5, [name]: 5 },
      ),
      name,
    );
    expect([...series.value]).toEqual([NaN, NaN, NaN, 1, NaN]);
  });
});

describe('totals over a window', () => {
  test('leave restarts out', () => {
    const rows = snapshots(
      { second: 0, c_total: 10 },
      { second: 1, c_total: 15 },
      { second: 2, c_total: 1 },
      { second: 4, c_total: 4 },
    );
    expect(increaseOf(rows, 'c_total')).toEqual({ value: 8, seconds: 3, restarts: 1 });
  });

  test('are undefined, not 0, when they were not measured', () => {
    expect(increaseOf(snapshots({ second: 0, c_total: 10 }), 'c_total')).toBeUndefined();
    const cpu = '/cpu/classes/gc/total:cpu-seconds';
    const idle = snapshots({ second: 0, [cpu]: 2 }, { second: 9, [cpu]: 2 });
    expect(increaseOf(idle, cpu)).toBeUndefined();
  });

  test('add histograms up', () => {
    const at = (...counts: number[]) => histogram([0, 1, 2], counts);
    const rows = snapshots(
      { second: 0, h: at(1, 1) },
      { second: 1, h: at(2, 1) },
      { second: 2, h: at(2, 5) },
    );
    expect(increaseOf(rows, 'h')?.value).toEqual(at(1, 4));
  });
});

describe('percentiles', () => {
  const h = histogram([-Infinity, 0, 1, 2, Infinity], [0, 10, 10, 0]);

  test('interpolate within the bucket', () => {
    expect(percentile(h, 0.25)).toBe(0.5);
    expect(percentile(h, 0.5)).toBe(1);
    expect(percentile(h, 1)).toBe(2);
    expect(percentile(h, 0)).toBe(0);
  });

  test('answer with the least it can be beyond the last bound', () => {
    expect(percentile(histogram([0, 1, Infinity], [0, 3]), 0.99)).toBe(1);
  });

  test('do not exist without observations', () => {
    expect(percentile(histogram([0, 1], [0]), 0.5)).toBeNaN();
  });

  test('of an interval are those of its delta', () => {
    const before = histogram([0, 1, 2], [100, 0]);
    const after = histogram([0, 1, 2], [100, 4]);
    const rows = snapshots(
      { second: 0, h: before },
      { second: 1, h: after },
      { second: 2, h: after },
    );
    expect([...percentileSeries(rows, 'h', { percentile: 0.5 }).value]).toEqual([NaN, 1.5, NaN]);
  });

  test('are not made of a histogram that fell or changed its bounds', () => {
    expect(deltaHistogram(histogram([0, 1], [1]), histogram([0, 1], [2]))).toBeUndefined();
    expect(deltaHistogram(histogram([0, 1], [1]), histogram([0, 2], [1]))).toBeUndefined();
  });

  test('have a sum that counts the middle of each bucket', () => {
    expect(histogramSum(h)).toBe(10 * 0.5 + 10 * 1.5);
  });
});

test('two readings of a live process give rates, percentiles and gauges by kind', () => {
  const rows = ['agent-1.json', 'agent-2.json'].map(
    (name) =>
      decodeAgentMetrics(
        readFileSync(new URL(`../../test/fixtures/metrics/${name}`, import.meta.url), 'utf8'),
      ).snapshot,
  );
  const last = (name: string) => seriesOf(rows, name).value[1] ?? NaN;
  expect(last('process_cpu_seconds_total')).toBeGreaterThan(0.01);
  expect(last('process_cpu_seconds_total')).toBeLessThan(2);
  expect(last('/sched/latencies:seconds')).toBeGreaterThan(0);
  expect(last('/sched/latencies:seconds')).toBeLessThan(1);
  expect(last('/sched/goroutines:goroutines')).toBeGreaterThan(10);
  expect(restartTimes(rows)).toEqual([]);
});
