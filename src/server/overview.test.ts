import { describe, expect, test } from 'vitest';
import type { Series } from '../metrics/snapshot.ts';
import type { ProfileInfo } from '../store/store.ts';
import { cpuCores } from './overview.ts';

const SECOND = 1_000_000_000n;

/** Captures of 9 s, one every 10 s, with these CPU seconds. */
function store(cpuSeconds: readonly number[]) {
  const labels = { instance: 'a:1' };
  const list = cpuSeconds.map((_, i): ProfileInfo => {
    const startNanos = BigInt(i) * 10n * SECOND;
    const times = { startNanos, durationNanos: 9n * SECOND };
    return {
      id: String(i),
      key: { service: 's', labels },
      type: 'cpu',
      samples: 1,
      originalBytes: 1,
      ...times,
    };
  });
  const series: Series = {
    name: 'cpu',
    unit: 'nanoseconds',
    labels,
    time: Float64Array.from(list, (_, i) => i * 10_000),
    value: Float64Array.from(cpuSeconds, (seconds) => seconds * 1e9),
  };
  return { listProfiles: async () => list, timeline: async () => [series] };
}

const range = (captures: number) => ({ fromNanos: 0n, toNanos: BigInt(captures) * 10n * SECOND });

describe('busy cores', () => {
  test('are CPU time over the length of each capture', async () => {
    const [series] = await cpuCores(store([9, 4.5, 18]), 's', range(3));
    expect([...(series?.value ?? [])]).toEqual([1, 0.5, 2]);
    expect([...(series?.time ?? [])]).toEqual([0, 10_000, 20_000]);
    expect(series?.unit).toBe('cores');
  });

  test('of very many captures are averaged over steps', async () => {
    const cpu = Array.from({ length: 1200 }, (_, i) => (i % 2 === 0 ? 0 : 9));
    const [series] = await cpuCores(store(cpu), 's', range(1200));
    expect(series?.value).toHaveLength(600);
    expect([...(series?.value ?? [])].every((value) => value === 0.5)).toBe(true);
  });
});
