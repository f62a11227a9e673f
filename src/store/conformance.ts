/**
 * What every store must do, whatever engine is behind it: called by each engine's own tests.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Finding } from '../explain/finding.ts';
import { decodePprof, encodePprof } from '../formats/pprof.ts';
import type { Metric, MetricSnapshot } from '../metrics/snapshot.ts';
import { profileFromText, textFromProfile } from '../profile/fromtext.ts';
import { labelsOf } from '../profile/labels.ts';
import { mergeProfiles } from '../profile/merge.ts';
import type { Profile } from '../profile/profile.ts';
import type { FindingRecord, ProfileRecord, SeriesKey, Store } from './store.ts';

export interface StoreFactory {
  readonly name: string;
  open(folder: string): Promise<Store>;
}

const SECOND = 1_000_000_000n;
const HOUR = 3600n * SECOND;
/** A whole hour, so that offsets below stay in it. */
export const T0 = 1_764_000_000n * SECOND - ((1_764_000_000n * SECOND) % HOUR);
export const ALL = { fromNanos: 0n, toNanos: 2n ** 62n };

const CPU = [
  { type: 'samples', unit: 'count' },
  { type: 'cpu', unit: 'nanoseconds' },
];

export function cpuProfile(text: string): Profile {
  return profileFromText(text, {
    sampleTypes: CPU,
    periodType: { type: 'cpu', unit: 'nanoseconds' },
    period: 10_000_000n,
  });
}

export function record(
  at: bigint,
  profile: Profile,
  rest: Partial<ProfileRecord> & { readonly service?: string } = {},
): ProfileRecord {
  const key = { service: rest.service ?? 'shop', labels: { instance: 'a:6060' } };
  return { key, type: 'cpu', startNanos: T0 + at, durationNanos: 10n * SECOND, profile, ...rest };
}

const fixtures = join(import.meta.dirname, '../../test/fixtures/profiles');

export function readFixture(name: string): {
  readonly bytes: Uint8Array;
  readonly profile: Profile;
} {
  const bytes = readFileSync(join(fixtures, name));
  return { bytes, profile: decodePprof(gunzipSync(bytes)) };
}

/** Everything that a profile means, in an order of its own: ids and row orders mean nothing. */
export function meaningOf(profile: Profile): unknown {
  const { mappings, samples, stacks, locations, functions, strings } = profile;
  const mapping = (index: number) => {
    const found = mappings[index];
    return found === undefined ? 'none' : JSON.stringify({ ...found, id: 0 }, bigintsAsText);
  };
  const fn = (index: number) =>
    index < 0
      ? 'unknown'
      : [
          strings[functions.name[index] ?? 0],
          strings[functions.systemName[index] ?? 0],
          strings[functions.filename[index] ?? 0],
          functions.startLine[index],
        ].join('|');
  const location = (index: number) => {
    const lines: string[] = [];
    const to = locations.lineStart[index + 1] ?? 0;
    for (let line = locations.lineStart[index] ?? 0; line < to; line++) {
      const place = `${locations.lineNumber[line]}:${locations.lineColumn[line]}`;
      lines.push(`${fn(locations.lineFunction[line] ?? -1)} ${place}`);
    }
    const where = mapping(locations.mapping[index] ?? -1);
    return `${where} ${locations.address[index]} ${locations.isFolded[index]} ${lines.join(' < ')}`;
  };
  // Whole texts read better in a failed test, and take a gigabyte for a large profile.
  const shorten = samples.length > 1000 ? digest : (text: string) => text;
  const texts = Array.from({ length: locations.length }, (_, index) => shorten(location(index)));
  const rows = Array.from({ length: samples.length }, (_, row) => {
    const stack = samples.stack[row] ?? 0;
    const run = stacks.locations.subarray(stacks.start[stack], stacks.start[stack + 1]);
    const labels = labelsOf(profile, samples.labelSet[row] ?? 0);
    return JSON.stringify(
      [
        Array.from(run, (index) => texts[index]),
        labels,
        samples.values.map((column) => String(column[row])),
      ],
      bigintsAsText,
    );
  });
  const { sampleTypes, defaultSampleType, periodType, period, timeNanos, durationNanos } = profile;
  const { comments, dropFrames, keepFrames, docUrl } = profile;
  return {
    ...{ sampleTypes, defaultSampleType, periodType, period, timeNanos, durationNanos },
    ...{ comments, dropFrames, keepFrames, docUrl },
    mappings: mappings.map((_, index) => mapping(index)),
    samples: rows.sort(),
  };
}

function digest(text: string): string {
  return createHash('sha1').update(text).digest('base64').slice(0, 12);
}

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

function sortedText(profile: Profile): string[] {
  return textFromProfile(profile).split('\n').sort();
}

/** Describes a store that every engine must be. */
export function describeStore(factory: StoreFactory): void {
  describe(factory.name, () => {
    let folder = '';
    let store: Store;
    const reopen = async () => {
      await store.close();
      store = await factory.open(folder);
    };
    const fixture: Fixture = {
      get store() {
        return store;
      },
      reopen,
    };

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'whygo-store-'));
      store = await factory.open(folder);
    });
    afterEach(async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    });

    describe('one profile', () => describeOneProfile(fixture));
    describe('merging', () => describeMerging(fixture));
    describe('sample labels', () => describeSampleLabels(fixture));
    describe('timelines and lists', () => describeTimelines(fixture));
    describe('metrics', () => describeMetrics(fixture));
    describe('findings', () => describeFindings(fixture));
    describe('segments and retention', () => describeRetention(fixture));
  });
}

interface Fixture {
  readonly store: Store;
  readonly reopen: () => Promise<void>;
}

/** What must hold in the hot tables, after the hour was closed, and after opening again. */
async function inEveryState(fixture: Fixture, check: () => Promise<void>): Promise<void> {
  await check();
  await fixture.reopen();
  await check();
  await fixture.store.compact({ all: true });
  await check();
  await fixture.reopen();
  await check();
}

async function onlyId(store: Store, type = 'cpu'): Promise<string> {
  const [info] = await store.listProfiles({ range: ALL, type });
  return info?.id ?? '';
}

function describeOneProfile(fixture: Fixture): void {
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

function describeMerging(fixture: Fixture): void {
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

function describeSampleLabels(fixture: Fixture): void {
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

function describeTimelines(fixture: Fixture): void {
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

const GOROUTINES: Metric = { name: '/sched/goroutines:goroutines', cumulative: false, value: 12 };
const PAUSES: Metric = {
  name: '/sched/pauses/total/gc:seconds',
  cumulative: true,
  value: {
    counts: Float64Array.of(0, 3, 0, 0, 2 ** 40),
    bounds: Float64Array.of(-Infinity, 0, 1e-7, 0.1, 1 / 3, Infinity),
  },
};

function snapshot(at: bigint, metrics: readonly Metric[]): MetricSnapshot {
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

function describeMetrics(fixture: Fixture): void {
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

function pausesPlus(count: number): Metric {
  if (typeof PAUSES.value === 'number') return PAUSES;
  const counts = PAUSES.value.counts.slice();
  counts[1] = (counts[1] ?? 0) + count;
  return { ...PAUSES, value: { counts, bounds: PAUSES.value.bounds } };
}

function withSortedMetrics(one: MetricSnapshot): unknown {
  return { ...one, metrics: [...one.metrics].sort(([a], [b]) => (a < b ? -1 : 1)) };
}

function describeFindings(fixture: Fixture): void {
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

function describeRetention(fixture: Fixture): void {
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
