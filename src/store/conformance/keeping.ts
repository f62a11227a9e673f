/** What every store must do with findings, with what is old, and when all happens at once. */
import { expect, test } from 'vitest';
import type { Finding } from '../../explain/finding.ts';
import type { FindingRecord } from '../store.ts';
import {
  ALL,
  cpuProfile,
  type Fixture,
  HOUR,
  inEveryState,
  record,
  SECOND,
  T0,
} from './fixture.ts';

export function describeFindings(fixture: Fixture): void {
  test('come back by range and service', async () => {
    const finding: Finding = {
      kind: 'heap-leak',
      title: 'The heap “grows”',
      severity: 'high',
      confidence: 0.9,
      where: [{ function: 'main.grow', file: 'main.go', line: 3 }],
      evidence: [{ text: 'it grows', value: 1.5, unit: 'bytes' }],
      counterEvidence: [],
      impact: 'memory',
      next: 'wait',
      fix: 'stop',
    };
    const range = { fromNanos: T0, toNanos: T0 + SECOND };
    const key = { service: 'shop', labels: { instance: 'a' } };
    const found = (service: string, at: bigint): FindingRecord => ({
      key: { ...key, service },
      atNanos: T0 + at,
      range,
      finding,
    });
    await fixture.store.putFindings([found('shop', 5n), found('auth', 0n), found('shop', SECOND)]);
    await inEveryState(fixture, async () => {
      expect(await fixture.store.findings(range)).toEqual([found('auth', 0n), found('shop', 5n)]);
      expect(await fixture.store.findings(ALL, 'shop')).toHaveLength(2);
      expect(await fixture.store.findings(ALL, 'none')).toEqual([]);
    });
  });
}

export function describeRetention(fixture: Fixture): void {
  const hours = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      record(BigInt(i) * HOUR, cpuProfile('main.a 1 10'), { original: Uint8Array.of(i, 1, 2) }),
    );
  const query = { range: ALL, type: 'cpu' };

  test('removes what is older than allowed', async () => {
    const { store } = fixture;
    await store.ingest(hours(4));
    await store.compact({ nowNanos: T0 + 3n * HOUR });
    await store.retain({ maxAgeNanos: 2n * HOUR }, T0 + 4n * HOUR);
    const left = await store.listProfiles(query);
    expect(left.map(({ startNanos }) => startNanos)).toEqual([T0 + 2n * HOUR, T0 + 3n * HOUR]);
    expect((await store.merged(query)).profiles).toBe(2);
    expect(await store.stats()).toMatchObject({ profiles: 2, segments: 1 });
  });

  test('removes the oldest segments while there is too much', async () => {
    const { store } = fixture;
    await store.ingest(hours(3));
    await store.compact({ all: true });
    await store.retain({ maxBytes: 1 }, T0 + 4n * HOUR);
    expect(await store.listProfiles(query)).toEqual([]);
    expect((await store.services()).length).toBe(0);
  });

  test('original bytes go before the columns do', async () => {
    const { store } = fixture;
    await store.ingest(hours(2));
    await store.retain({ originalsMaxAgeNanos: HOUR }, T0 + 2n * HOUR);
    const infos = await store.listProfiles(query);
    expect(infos.map(({ originalBytes }) => originalBytes)).toEqual([0, 3]);
    const originals = await Promise.all(infos.map(({ id }) => store.original(id)));
    expect(originals).toEqual([undefined, Uint8Array.of(1, 1, 2)]);
    expect(await store.profile(infos[0]?.id ?? '')).toBeDefined();
    expect((await store.stats()).originalBytes).toBe(3);
  });

  test('queries, ingest and compaction may run at the same time', async () => {
    const one = cpuProfile('main.main;main.a 1 10');
    const work: Promise<unknown>[] = [];
    for (let i = 0; i < 40; i++) {
      work.push(fixture.store.ingest([record(BigInt(i) * 300n * SECOND, one)]));
      if (i % 10 === 5) work.push(fixture.store.compact({ all: true }));
      work.push(
        fixture.store.merged(query).then(({ profile, profiles }) => {
          expect(profile.samples.values[0]?.[0] ?? 0).toBe(profiles);
        }),
      );
    }
    await Promise.all(work);
    expect((await fixture.store.merged(query)).profiles).toBe(40);
  });
}
