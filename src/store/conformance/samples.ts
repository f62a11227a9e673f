/** What every store must do with samples: give them back, merge them, select them by labels. */
import { expect, test } from 'vitest';
import { decodePprof, encodePprof } from '../../formats/pprof.ts';
import { profileFromText, textFromProfile } from '../../profile/fromtext.ts';
import { mergeProfiles } from '../../profile/merge.ts';
import {
  ALL,
  CPU,
  cpuProfile,
  type Fixture,
  HOUR,
  inEveryState,
  meaningOf,
  onlyId,
  readFixture,
  record,
  SECOND,
  sortedText,
  T0,
} from './fixture.ts';

export function describeOneProfile(fixture: Fixture): void {
  const names = [
    'cpu-compile-net-http.pb.gz',
    'heap-compile-go-types.pb.gz',
    'goroutine-leak-go1.26.8.pb.gz',
    'wall-fgprof-v0.9.5.pb.gz',
  ];
  test.each(names)('%s comes back equal from its columns alone', async (name) => {
    const { bytes, profile } = readFixture(name);
    await fixture.store.ingest([record(0n, profile, { type: 'any', original: bytes })]);
    const [info] = await fixture.store.listProfiles({ range: ALL, type: 'any' });
    expect(info).toMatchObject({ samples: profile.samples.length, originalBytes: bytes.length });
    const expected = meaningOf(decodePprof(encodePprof(profile)));
    await inEveryState(fixture, async () => {
      const back = await fixture.store.profile(info?.id ?? '');
      expect(back && meaningOf(back)).toEqual(meaningOf(profile));
      expect(back && meaningOf(decodePprof(encodePprof(back)))).toEqual(expected);
      expect(await fixture.store.original(info?.id ?? '')).toEqual(new Uint8Array(bytes));
    });
  });

  test('every part of a profile comes back: labels, units, comments, filters, 64 bits', async () => {
    const plain = profileFromText(
      `main.main@main.go:1;main.outer@a.go:2;main.inner@b.go:3^ 9007199254740993 {k=v, k=w, bytes:12 b}
       - -5 {n:-9007199254740993}
       main.main@main.go:1 3`,
      {
        defaultSampleType: 'samples',
        period: 7n,
        periodType: { type: 'space', unit: 'bytes' },
        timeNanos: 1_764_000_000_123_456_789n,
        durationNanos: 5n,
        comments: ['built by hand', ''],
        dropFrames: 'runtime\\..*',
        keepFrames: 'runtime.main',
        docUrl: 'https://go.dev',
      },
    );
    await fixture.store.ingest([record(0n, plain)]);
    const id = await onlyId(fixture.store);
    await inEveryState(fixture, async () => {
      const back = await fixture.store.profile(id);
      expect(back && meaningOf(back)).toEqual(meaningOf(plain));
    });
  });

  test('addresses survive another load address, none, and one beyond every mapping', async () => {
    const { profile } = readFixture('cpu-compile-net-http.pb.gz');
    const shift = 0x7f00_0000_0000n;
    const address = profile.locations.address.map((a, i) =>
      i === 0 ? 0n : i === 1 ? 0xffff_ffff_ff60_0000n : a + shift,
    );
    const mappings = profile.mappings.map((mapping) => ({
      ...mapping,
      start: mapping.start + shift,
      limit: mapping.limit + shift,
    }));
    const moved = { ...profile, mappings, locations: { ...profile.locations, address } };
    await fixture.store.ingest([record(0n, profile), record(SECOND, moved)]);
    const infos = await fixture.store.listProfiles({ range: ALL, type: 'cpu' });
    await inEveryState(fixture, async () => {
      const [first, second] = await Promise.all(infos.map(({ id }) => fixture.store.profile(id)));
      expect(first && meaningOf(first)).toEqual(meaningOf(profile));
      expect(second && meaningOf(second)).toEqual(meaningOf(moved));
    });
  });

  test('an unknown id is undefined', async () => {
    expect(await fixture.store.profile('17')).toBeUndefined();
    expect(await fixture.store.profile('no id')).toBeUndefined();
    expect(await fixture.store.original('17')).toBeUndefined();
  });

  test('a fraction is refused with what to do', async () => {
    const profile = cpuProfile('main.main 1 10');
    const values = [Float64Array.of(0.5), Float64Array.of(1)];
    const broken = { ...profile, samples: { ...profile.samples, values } };
    await expect(fixture.store.ingest([record(0n, broken)])).rejects.toMatchObject({
      code: 'store.fraction',
    });
    await fixture.store.ingest([record(0n, profile)]);
    expect(await fixture.store.listProfiles({ range: ALL, type: 'cpu' })).toHaveLength(1);
  });
}

export function describeMerging(fixture: Fixture): void {
  test('adds up by stack, over instances and times, half open', async () => {
    const a = cpuProfile('main.main;main.a 1 10\nmain.main;main.b 2 20');
    const b = cpuProfile('main.main;main.a 4 40\nmain.main 1 10');
    const other = { service: 'shop', labels: { instance: 'b:6060' } };
    await fixture.store.ingest([
      record(0n, a),
      record(10n * SECOND, b, { key: other }),
      record(20n * SECOND, a),
      record(0n, a, { service: 'other' }),
    ]);
    const range = { fromNanos: T0, toNanos: T0 + 20n * SECOND };
    await inEveryState(fixture, async () => {
      const merged = await fixture.store.merged({ range, service: 'shop', type: 'cpu' });
      expect(sortedText(merged.profile)).toEqual([
        'main.main 1 10',
        'main.main;main.a 5 50',
        'main.main;main.b 2 20',
      ]);
      expect(merged).toMatchObject({
        profiles: 2,
        durationNanos: 20n * SECOND,
        firstNanos: T0,
        lastNanos: T0 + 10n * SECOND,
      });
      const target = { instance: 'b:6060' };
      const one = await fixture.store.merged({ range, service: 'shop', type: 'cpu', target });
      expect(sortedText(one.profile)).toEqual(['main.main 1 10', 'main.main;main.a 4 40']);
      const all = await fixture.store.merged({ range: ALL, type: 'cpu' });
      expect(all.profiles).toBe(4);
    });
  });

  test('means what merging the profiles themselves means', async () => {
    const profiles = ['cpu-compile-net-http.pb.gz', 'cpu-compile-go-types.pb.gz'].map(
      (name) => readFixture(name).profile,
    );
    await fixture.store.ingest(profiles.map((profile, i) => record(BigInt(i) * SECOND, profile)));
    const expected = mergeProfiles(profiles);
    await inEveryState(fixture, async () => {
      const { profile } = await fixture.store.merged({ range: ALL, type: 'cpu' });
      expect(sortedText(decodePprof(encodePprof(profile)))).toEqual(sortedText(expected));
    });
  });

  test('hot and closed hours are merged together, late data included', async () => {
    const one = cpuProfile('main.main 1 10');
    await fixture.store.ingest([record(0n, one), record(HOUR, one)]);
    await fixture.store.compact({ nowNanos: T0 + HOUR });
    expect(await fixture.store.stats()).toMatchObject({ hotProfiles: 1, segments: 1 });
    await fixture.store.ingest([record(60n * SECOND, one)]);
    await fixture.store.compact({ nowNanos: T0 + HOUR });
    expect(await fixture.store.stats()).toMatchObject({ hotProfiles: 1, segments: 2 });
    const { profile, profiles } = await fixture.store.merged({ range: ALL, type: 'cpu' });
    expect([profiles, textFromProfile(profile)]).toEqual([3, 'main.main 3 30']);
  });

  test('profiles with other sample types come under one list of types', async () => {
    const short = profileFromText('main.main 7', { sampleTypes: CPU.slice(1) });
    await fixture.store.ingest([
      record(0n, cpuProfile('main.main 1 10\nmain.b 1 10')),
      record(1n, short),
    ]);
    await inEveryState(fixture, async () => {
      const { profile } = await fixture.store.merged({ range: ALL, type: 'cpu' });
      expect(profile.sampleTypes).toEqual(CPU);
      expect(sortedText(profile)).toEqual(['main.b 1 10', 'main.main 1 17']);
    });
  });

  test('sums beyond 2^53 stay exact', async () => {
    const profile = profileFromText('main.main 9007199254740991');
    await fixture.store.ingest([record(0n, profile), record(1n, profile), record(2n, profile)]);
    const { profile: merged } = await fixture.store.merged({ range: ALL, type: 'cpu' });
    expect(textFromProfile(merged)).toBe('main.main 27021597764222973');
  });

  test('of nothing is an empty profile', async () => {
    const merged = await fixture.store.merged({ range: ALL, type: 'cpu' });
    expect(merged).toMatchObject({ profiles: 0, durationNanos: 0n });
    expect(merged.profile.samples.length).toBe(0);
  });
}

export function describeSampleLabels(fixture: Fixture): void {
  const query = { range: ALL, service: 'shop', type: 'cpu', sampleType: 'cpu' };

  test('select, list and group samples', async () => {
    await fixture.store.ingest([
      record(
        0n,
        cpuProfile(
          `main.main;main.cart 1 10 {endpoint=/cart, user:7 id}
           main.main;main.pay 3 30 {endpoint=/pay}
           main.main 1 10`,
        ),
      ),
      record(10n * SECOND, cpuProfile('main.main;main.cart 2 20 {endpoint=/cart}')),
    ]);
    await inEveryState(fixture, async () => {
      const { store } = fixture;
      expect(await store.labelKeys(query)).toEqual(['endpoint', 'user']);
      expect(await store.labelValues(query, 'endpoint', 10)).toEqual([
        { value: '/cart', total: 30 },
        { value: '/pay', total: 30 },
      ]);
      expect(await store.labelValues(query, 'user', 10)).toEqual([{ value: '7', total: 10 }]);
      const labels = { endpoint: '/cart' };
      const { profile } = await store.merged({ ...query, labels });
      expect(sortedText(profile)).toEqual(['main.main;main.cart 3 30']);
      const grouped = await store.timeline({ ...query, groupBy: 'endpoint' });
      expect(grouped.map(({ labels, value }) => [labels, [...value]])).toEqual([
        [{ endpoint: '' }, [10]],
        [{ endpoint: '/cart' }, [10, 20]],
        [{ endpoint: '/pay' }, [30]],
      ]);
      const pay = await store.listProfiles({ ...query, labels: { endpoint: '/pay' } });
      expect(pay.map(({ startNanos }) => startNanos)).toEqual([T0]);
    });
  });

  test('span ids are found again, and come back in their place', async () => {
    const spans = cpuProfile(
      `main.main;main.cart 1 10 {endpoint=/cart, span_id=00af, user=ann}
       main.main;main.cart 2 20 {endpoint=/cart, span_id=00b0, user=ann}
       main.main;main.cart 4 40 {endpoint=/cart, user=ann}`,
    );
    await fixture.store.ingest([record(0n, spans)]);
    const id = await onlyId(fixture.store);
    await inEveryState(fixture, async () => {
      const { store } = fixture;
      const back = await store.profile(id);
      expect(back && meaningOf(back)).toEqual(meaningOf(spans));
      const one = await store.merged({ ...query, labels: { span_id: '00b0', user: 'ann' } });
      expect(textFromProfile(one.profile)).toBe('main.main;main.cart 2 20');
      const all = await store.merged({ ...query, labels: { endpoint: '/cart' } });
      expect(textFromProfile(all.profile)).toBe('main.main;main.cart 7 70');
      expect(await store.labelKeys(query)).toEqual(['endpoint', 'span_id', 'user']);
      expect(await store.labelValues(query, 'span_id', 1)).toEqual([{ value: '00b0', total: 20 }]);
    });
  });

  test('a label that turns out to have no bound on its values stays exact', async () => {
    const text = (from: number) =>
      Array.from({ length: 700 }, (_, i) => `main.f 1 1 {user=u${from + i}}`).join('\n');
    await fixture.store.ingest([record(0n, cpuProfile(text(0)))]);
    const second = cpuProfile(text(500));
    await fixture.store.ingest([record(SECOND, second)]);
    const [, last] = await fixture.store.listProfiles(query);
    await inEveryState(fixture, async () => {
      const { store } = fixture;
      const both = await store.merged({ ...query, labels: { user: 'u600' } });
      expect(textFromProfile(both.profile)).toBe('main.f 2 2');
      const late = await store.merged({ ...query, labels: { user: 'u1100' } });
      expect(textFromProfile(late.profile)).toBe('main.f 1 1');
      const back = await store.profile(last?.id ?? '');
      expect(back && meaningOf(back)).toEqual(meaningOf(second));
      const values = await store.labelValues(query, 'user', 2000);
      expect([values.length, values[0]?.total]).toEqual([1200, 2]);
    });
  });
}
