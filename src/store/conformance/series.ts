/** What every store must do over time: timelines, lists, services, metrics. */
import { expect, test } from 'vitest';
import type { Metric, MetricSnapshot } from '../../metrics/snapshot.ts';
import { profileFromText } from '../../profile/fromtext.ts';
import type { SeriesKey } from '../store.ts';
import {
  ALL,
  CPU,
  cpuProfile,
  type Fixture,
  HOUR,
  inEveryState,
  record,
  SECOND,
  T0,
} from './fixture.ts';

export function describeTimelines(fixture: Fixture): void {
  const query = { range: { fromNanos: T0, toNanos: T0 + HOUR }, service: 'shop', type: 'cpu' };

  test('one point for each capture, its time in milliseconds', async () => {
    await fixture.store.ingest([
      record(10n * SECOND + 500_000n, cpuProfile('main.b 2 25')),
      record(0n, cpuProfile('main.a 1 10')),
    ]);
    await inEveryState(fixture, async () => {
      const [series] = await fixture.store.timeline({ ...query, sampleType: 'cpu' });
      expect(series).toMatchObject({ name: 'cpu', unit: 'nanoseconds', labels: {} });
      expect([...(series?.value ?? [])]).toEqual([10, 25]);
      expect([...(series?.time ?? [])]).toEqual([Number(T0) / 1e6, Number(T0) / 1e6 + 10_000.5]);
      const infos = await fixture.store.listProfiles(query);
      expect(infos.map(({ startNanos }) => startNanos - T0)).toEqual([0n, 10_000_500_000n]);
      expect(await fixture.store.listProfiles(query, 1)).toHaveLength(1);
    });
  });

  test('a series for each value of a target label', async () => {
    const b = { service: 'shop', labels: { instance: 'b:6060' } };
    await fixture.store.ingest([
      record(0n, cpuProfile('main.a 1 10')),
      record(1n, cpuProfile('main.a 1 30'), { key: b }),
    ]);
    const series = await fixture.store.timeline({
      ...query,
      sampleType: 'cpu',
      groupBy: 'instance',
    });
    expect(series.map(({ labels, value }) => [labels.instance, [...value]])).toEqual([
      ['a:6060', [10]],
      ['b:6060', [30]],
    ]);
  });

  test('beyond maxPoints, durations are added and instants averaged', async () => {
    const points = Array.from({ length: 120 }, (_, i) => BigInt(i) * 30n * SECOND);
    await fixture.store.ingest(points.map((at) => record(at, cpuProfile('main.a 1 10'))));
    const heap = profileFromText('main.a 100');
    await fixture.store.ingest(
      points.map((at) => record(at, heap, { type: 'heap', durationNanos: 0n })),
    );
    const maxPoints = 60;
    const [cpu] = await fixture.store.timeline({ ...query, sampleType: 'cpu', maxPoints });
    expect([cpu?.value.length, new Set(cpu?.value)]).toEqual([60, new Set([20])]);
    const [live] = await fixture.store.timeline({
      ...query,
      type: 'heap',
      sampleType: 'samples',
      maxPoints,
    });
    expect([live?.value.length, new Set(live?.value)]).toEqual([60, new Set([100])]);
  });

  test('very many captures make no more points than asked for', async () => {
    const count = 21_600;
    const busy = cpuProfile('main.a 1 10');
    const live = profileFromText('main.a 100');
    const at = (i: number) => (BigInt(i) * HOUR) / BigInt(count);
    await fixture.store.ingest(
      Array.from({ length: count }, (_, i) =>
        i % 2 === 0
          ? record(at(i), busy)
          : record(at(i), live, { durationNanos: 0n, key: { service: 'live', labels: {} } }),
      ),
    );
    const maxPoints = 30;
    const { service: _, ...all } = { ...query, maxPoints };
    const [cpu] = await fixture.store.timeline({ ...all, sampleType: 'cpu' });
    expect([cpu?.value.length, new Set(cpu?.value)]).toEqual([30, new Set([3600])]);
    const [both] = await fixture.store.timeline({ ...all, sampleType: 'samples' });
    expect([both?.value.length, new Set(both?.value)]).toEqual([30, new Set([360 + 100])]);
  });

  test('services tell their types, labels, times and metrics', async () => {
    await fixture.store.ingest([
      record(0n, cpuProfile('main.a 1 10')),
      record(5n * SECOND, profileFromText('main.a 1'), { type: 'heap' }),
      record(0n, cpuProfile('main.a 1 10'), { service: 'auth' }),
    ]);
    const key = { service: 'shop', labels: { instance: 'b:6060' } };
    await fixture.store.ingestMetrics(key, [snapshot(9n * SECOND, [])]);
    await inEveryState(fixture, async () => {
      const [auth, shop] = await fixture.store.services();
      expect(auth?.service).toBe('auth');
      expect(shop).toEqual({
        service: 'shop',
        firstNanos: T0,
        lastNanos: T0 + 9n * SECOND,
        types: [
          { type: 'cpu', sampleTypes: CPU, profiles: 1 },
          { type: 'heap', sampleTypes: [{ type: 'samples', unit: 'count' }], profiles: 1 },
        ],
        targetLabels: { instance: ['a:6060', 'b:6060'] },
        metrics: [GOROUTINES.name, PAUSES.name],
      });
    });
  });
}

export const GOROUTINES: Metric = {
  name: '/sched/goroutines:goroutines',
  cumulative: false,
  value: 12,
};
export const PAUSES: Metric = {
  name: '/sched/pauses/total/gc:seconds',
  cumulative: true,
  value: {
    counts: Float64Array.of(0, 3, 0, 0, 2 ** 40),
    bounds: Float64Array.of(-Infinity, 0, 1e-7, 0.1, 1 / 3, Infinity),
  },
};

export function snapshot(at: bigint, metrics: readonly Metric[]): MetricSnapshot {
  const all = [GOROUTINES, PAUSES, ...metrics];
  return {
    timeNanos: T0 + at,
    source: 'agent',
    goVersion: 'go1.26.8',
    processStartNanos: T0 - SECOND,
    gomaxprocs: 8,
    metrics: new Map(all.map((metric) => [metric.name, metric])),
  };
}

export function describeMetrics(fixture: Fixture): void {
  const key: SeriesKey = { service: 'shop', labels: { instance: 'a:6060', env: 'test' } };
  const counter = (value: number): Metric => ({
    name: '/gc/heap/allocs:bytes',
    cumulative: true,
    value,
  });

  test('snapshots come back as they were', async () => {
    const odd: Metric = {
      name: 'odd',
      cumulative: false,
      value: { counts: Float64Array.of(0.5, 1e300), bounds: Float64Array.of(0, 1, 2) },
    };
    const negative: Metric = { name: 'negative', cumulative: false, value: -0.25 };
    const snapshots = [snapshot(0n, [odd, negative]), snapshot(SECOND, [])];
    await fixture.store.ingestMetrics(key, snapshots);
    await fixture.store.ingestMetrics({ service: 'shop', labels: {} }, [snapshot(0n, [])]);
    await inEveryState(fixture, async () => {
      const back = await fixture.store.metricSnapshots(key, ALL);
      expect(back.map(withSortedMetrics)).toEqual(snapshots.map(withSortedMetrics));
    });
  });

  test('values of the moment, rates and percentiles as series', async () => {
    await fixture.store.ingestMetrics(key, [
      snapshot(0n, [counter(0)]),
      snapshot(SECOND, [counter(500), { ...GOROUTINES, value: 20 }, pausesPlus(100)]),
      snapshot(3n * SECOND, [counter(700)]),
    ]);
    const query = { range: ALL, service: 'shop' };
    await inEveryState(fixture, async () => {
      const names = [GOROUTINES.name, '/gc/heap/allocs:bytes'];
      const [goroutines, rate] = await fixture.store.metrics({ ...query, names });
      expect([...(goroutines?.value ?? [])]).toEqual([12, 20, 12]);
      expect(goroutines?.labels).toEqual({ service: 'shop', ...key.labels });
      expect([...(rate?.value ?? [])]).toEqual([Number.NaN, 500, 100]);
      const percentile = { ...query, names: [PAUSES.name], percentile: 0.5 };
      const [pauses] = await fixture.store.metrics(percentile);
      expect(pauses?.value[1]).toBeCloseTo(5e-8);
      expect(await fixture.store.metrics({ ...query, names: ['no such'] })).toEqual([]);
    });
  });

  test('beyond maxPoints, a step has the rate of all its time', async () => {
    const values = Array.from({ length: 100 }, (_, i) =>
      snapshot(BigInt(i) * SECOND, [counter(i * 10)]),
    );
    await fixture.store.ingestMetrics(key, values);
    const range = { fromNanos: T0, toNanos: T0 + 100n * SECOND };
    const names = ['/gc/heap/allocs:bytes', GOROUTINES.name];
    const series = await fixture.store.metrics({ range, service: 'shop', names, maxPoints: 10 });
    expect(series.map(({ value }) => [value.length, value[5]])).toEqual([
      [10, 10],
      [10, 12],
    ]);
  });
}

export function pausesPlus(count: number): Metric {
  if (typeof PAUSES.value === 'number') return PAUSES;
  const counts = PAUSES.value.counts.slice();
  counts[1] = (counts[1] ?? 0) + count;
  return { ...PAUSES, value: { counts, bounds: PAUSES.value.bounds } };
}

function withSortedMetrics(one: MetricSnapshot): unknown {
  return { ...one, metrics: [...one.metrics].sort(([a], [b]) => (a < b ? -1 : 1)) };
}
