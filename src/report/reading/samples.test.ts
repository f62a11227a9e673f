/** Who, labels, moments, and both sides of a comparison: what is read off single samples. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodePprof } from '../../formats/pprof.ts';
import { buildCallTree } from '../../profile/calltree.ts';
import { profileFromText, type TextProfileOptions } from '../../profile/fromtext.ts';
import type { Profile } from '../../profile/profile.ts';
import { subtractBase } from '../pprof/combine.ts';
import { sidesOf } from './base.ts';
import { compactProfile } from './compact.ts';
import { groupedByLabel, isLabelFrame } from './grouped.ts';
import { labelTable } from './labeltable.ts';
import { HEAT_ROWS, heatMap, isTimeKey, momentsOf, withinSpan } from './moments.ts';
import { whoTable } from './who.ts';

const folder = new URL('../../../test/fixtures/', import.meta.url);
const recorded = (path: string): Profile =>
  decodePprof(gunzipSync(readFileSync(new URL(path, folder))));
const NANOS: TextProfileOptions = { sampleTypes: [{ type: 'cpu', unit: 'nanoseconds' }] };
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');
const totalOf = (profile: Profile): number =>
  buildCallTree(profile, { sampleIndex: 0 }).total[0] ?? 0;

describe('who', () => {
  const who = (text: string, kind = 'cpu') =>
    whoTable(profileFromText(text, NANOS), { kind, sampleIndex: 0, ownModules: [] });

  test('charges a sample to the innermost own function, with its line and what it called', () => {
    const table = who(
      'main.main@/src/app/main.go:3;main.list@/src/app/list.go:7;encoding/json.Marshal;runtime.mallocgc 5\n' +
        'main.main@/src/app/main.go:3;main.list@/src/app/list.go:9 1\n' +
        'runtime.gcBgMarkWorker;runtime.scanobject 4',
    );
    expect(table.rows.map(({ name, value }) => [name, value])).toEqual([['main.list', 6]]);
    expect(table.rows[0]?.lines.map(({ line, value }) => [line, value])).toEqual([
      [7, 5],
      [9, 1],
    ]);
    expect(table.rows[0]?.via).toEqual([
      { name: 'encoding/json.Marshal', value: 5 },
      { name: '', value: 1 },
    ]);
    expect(table.rest).toEqual([{ title: 'garbage collector', value: 4 }]);
    expect(plain(table.sentence)).toBe(
      'main.list uses 60 % of 10 ns, most of it at list.go:7 by way of json.Marshal.',
    );
  });

  test('rows and rest add up to the total', () => {
    const table = whoTable(recorded('profiles/cpu-compile-net-http.pb.gz'), {
      kind: 'cpu',
      sampleIndex: 1,
      ownModules: [],
    });
    const sum = [...table.rows, ...table.rest].reduce((total, { value }) => total + value, 0);
    expect(sum).toBe(table.total);
  });

  test.each([
    ['reading/mutex-waits-go1.26.8.pb.gz', 'mutex', 1, 'Who makes others wait?', /counter\)\.add/],
    ['reading/block-waits-go1.26.8.pb.gz', 'block', 1, 'Who is blocked?', /main\.worker/],
    ['reading/heap-shop-go1.26.8.pb.gz', 'heap', 1, 'Who allocates?', /main\./],
    ['reading/heap-shop-go1.26.8.pb.gz', 'heap', 3, /still in use/, /main\.listOrders/],
  ])('%s, type %s: sample type %i', (path, kind, sampleIndex, question, sentence) => {
    const table = whoTable(recorded(path), { kind, sampleIndex, ownModules: [] });
    expect(table.question).toMatch(question);
    expect(table.sentence).toMatch(sentence);
  });

  test('a stack of libraries alone is nobody’s', () => {
    expect(who('runtime.mcall;runtime.schedule 3').sentence).toMatch(
      /No code of the program’s own/,
    );
  });
});

describe('labels', () => {
  test('values have their total and samples, and what has none is there', () => {
    const [endpoint] = labelTable(recorded('reading/cpu-shop-go1.26.8.pb.gz'), 1).keys;
    expect(endpoint?.key).toBe('endpoint');
    expect(endpoint?.values.map(({ value }) => value)).toContain(undefined);
    const total = endpoint?.values.reduce((sum, value) => sum + value.total, 0);
    expect(total).toBe(1_050_000_000);
  });

  test('sizes of allocations are a distribution by powers of two', () => {
    const [bytes] = labelTable(recorded('profiles/allocs-escape-go1.26.8.pb.gz'), 1).keys;
    expect(bytes).toMatchObject({ key: 'bytes', kind: 'number', unit: 'bytes', distinct: 15 });
    const { distribution = [] } = bytes ?? {};
    expect(distribution.every(({ from, to }) => to === from * 2)).toBe(true);
    const sum = distribution.reduce((total, bucket) => total + bucket.total, 0);
    // What the runtime allocates for itself has no size.
    const without = bytes?.values.find(({ value }) => value === undefined)?.total ?? 0;
    expect(sum + without).toBe(totalOf1(recorded('profiles/allocs-escape-go1.26.8.pb.gz')));
  });

  test('become frames at the root, numbers with their unit', () => {
    const text = 'main.a 1 {bytes:65536 bytes}\nmain.b 2 {bytes:16 bytes}\nmain.c 4';
    const tree = buildCallTree(groupedByLabel(profileFromText(text, NANOS), 'bytes'), {
      sampleIndex: 0,
    });
    const roots = [];
    for (let node = 1; node < tree.length; node = tree.subtreeEnd[node] ?? tree.length) {
      const frame = tree.frame[node] ?? 0;
      expect(isLabelFrame(tree.frames.file[frame] ?? '', 'bytes')).toBe(true);
      roots.push([plain(tree.frames.name[frame] ?? ''), tree.total[node]]);
    }
    expect(roots).toEqual([
      ['(without)', 4],
      ['16 B', 2],
      ['64 kB', 1],
    ]);
  });
});

function totalOf1(profile: Profile): number {
  return buildCallTree(profile, { sampleIndex: 1 }).total[0] ?? 0;
}

describe('moments', () => {
  test('are read off the label that tells them, in its unit', () => {
    const text =
      'main.a 1 {end_timestamp_ns:1700000000000000000}\nmain.a 1 {end_timestamp_ns:1700000002000000000}';
    expect(momentsOf(profileFromText(text, NANOS))?.length).toBe(2e9);
    const millis = 'main.a 1 {time:5 milliseconds}\nmain.a 1 {time:9 milliseconds}';
    expect(momentsOf(profileFromText(millis, NANOS))?.length).toBe(4e6);
  });

  test('keys that are no moments', () => {
    expect(['timestamp', 'ts', 'sample_timestamp_ms', 'time'].every(isTimeKey)).toBe(true);
    expect(['bytes', 'timeout', 'times', 'endpoint', 'tsunami'].some(isTimeKey)).toBe(false);
  });

  test('Go’s own profiles tell none', () => {
    expect(heatMap(recorded('reading/cpu-shop-go1.26.8.pb.gz'), 1)).toBeUndefined();
    expect(heatMap(recorded('profiles/allocs-escape-go1.26.8.pb.gz'), 1)).toBeUndefined();
  });

  test('make a heat map of seconds and offsets, which holds every sample', () => {
    const profile = recorded('reading/wall-timed-go1.26.8.pb.gz');
    const map = heatMap(profile, 1);
    expect(map).toMatchObject({ columns: 6, rows: HEAT_ROWS, column: 1e9, key: 'timestamp' });
    expect(map?.cells.reduce((sum, value) => sum + value, 0)).toBe(totalOf1(profile));
  });

  test('a span keeps the samples that were taken in it: in the fourth second all sleep', () => {
    const profile = recorded('reading/wall-timed-go1.26.8.pb.gz');
    const part = withinSpan(profile, { from: 3.1e9, to: 3.9e9 });
    const tree = buildCallTree(part, { sampleIndex: 0 });
    const names = new Set(Array.from(tree.frame, (frame) => tree.frames.name[frame]));
    expect(names).toContain('time.Sleep');
    expect(names).not.toContain('main.export');
    expect(totalOf(part)).toBeLessThan(totalOf(profile) / 4);
  });
});

describe('a comparison in one file', () => {
  const own = profileFromText('main.a 5\nmain.b 1', NANOS);
  const base = profileFromText('main.a 3\nmain.c 2', NANOS);

  test('has both sides as they were', () => {
    const sides = sidesOf(subtractBase(own, base, true));
    expect(totalOf(sides.own)).toBe(6);
    expect(sides.base && totalOf(sides.base)).toBe(5);
    expect(sides.base?.labelSets.length).toBe(1);
  });

  test('without marks it is a profile', () => {
    const merged = subtractBase(own, base, false);
    expect(sidesOf(merged)).toEqual({ own: merged, base: undefined });
  });
});

describe('a compact profile', () => {
  test('draws the same tree from fewer locations', () => {
    const profile = recorded('profiles/cpu-compile-net-http.pb.gz');
    const compact = compactProfile(profile);
    const trees = [profile, compact].map((one) =>
      buildCallTree(one, { sampleIndex: 1, granularity: 'lines' }),
    );
    expect(trees[1]?.total).toEqual(trees[0]?.total);
    expect(compact.locations.length).toBeLessThan(profile.locations.length);
  });
});
