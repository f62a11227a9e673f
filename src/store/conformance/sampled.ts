/** What every store must do to make few snapshots of many. */
import { expect, test } from 'vitest';
import type { MetricSnapshot } from '../../metrics/snapshot.ts';
import type { SeriesKey } from '../store.ts';
import { ALL, type Fixture, HOUR, inEveryState, SECOND, T0 } from './fixture.ts';
import { GOROUTINES, PAUSES, pausesPlus, snapshot } from './series.ts';

export function describeSampledMetrics(fixture: Fixture): void {
  const key: SeriesKey = { service: 'shop', labels: { instance: 'a:6060' } };
  const names = ['/gc/heap/allocs:bytes', GOROUTINES.name, PAUSES.name];
  const at = (second: number, goroutines: number): MetricSnapshot =>
    snapshot(BigInt(second) * SECOND, [
      { name: '/gc/heap/allocs:bytes', cumulative: true, value: second * 10 },
      { ...GOROUTINES, value: goroutines },
      pausesPlus(second),
      { name: 'not asked for', cumulative: false, value: 1 },
    ]);
  const scalars = ({ metrics }: MetricSnapshot) =>
    names.slice(0, 2).map((name) => metrics.get(name)?.value);

  test('few snapshots come back as they are, with the asked metrics alone', async () => {
    await fixture.store.ingestMetrics(key, [at(0, 12), at(1, 14)]);
    await inEveryState(fixture, async () => {
      const query = { range: ALL, service: 'shop', names, maxPoints: 10 };
      const [series] = await fixture.store.sampledMetrics(query);
      expect(series?.key).toEqual(key);
      expect(series?.snapshots.map(scalars)).toEqual([
        [0, 12],
        [10, 14],
      ]);
      expect(series?.snapshots[1]?.metrics.has('not asked for')).toBe(false);
    });
  });

  test.each([
    ['seconds', 10n * SECOND, 60],
    ['minutes', 300n * SECOND, 13],
  ])('steps of %s: counters and histograms as they end, gauges as their mean', async (...row) => {
    const [, step, maxPoints] = row;
    const length = Number(step / SECOND);
    // Every second reading of the gauge is not a number, which is no measurement.
    const values = Array.from({ length: 600 }, (_, i) => at(i, i % 2 === 0 ? 10 + i : NaN));
    await fixture.store.ingestMetrics(key, values);
    const range = { fromNanos: T0, toNanos: T0 + (row[0] === 'minutes' ? HOUR : 600n * SECOND) };
    await inEveryState(fixture, async () => {
      const query = { range, service: 'shop', names, maxPoints };
      const [series] = await fixture.store.sampledMetrics(query);
      expect(series?.snapshots).toHaveLength(600 / length);
      const [first] = series?.snapshots ?? [];
      expect(first?.timeNanos).toBe(T0 + BigInt(length - 1) * SECOND);
      if (first === undefined) return;
      expect(scalars(first)).toEqual([(length - 1) * 10, 10 + (length - 2) / 2]);
      const pauses = first.metrics.get(PAUSES.name)?.value;
      expect(typeof pauses === 'object' && pauses.counts[1]).toBe(3 + length - 1);
    });
  });
}
