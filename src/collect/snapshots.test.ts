import { describe, expect, test } from 'vitest';
import { profileFromText, textFromProfile } from '../profile/fromtext.ts';
import { LabelLimiter } from './label-limit.ts';
import { type RawProfile, Snapshots } from './snapshots.ts';

const memory = ['alloc_objects', 'alloc_space', 'inuse_objects', 'inuse_space'].map((type) => ({
  type,
  unit: type.endsWith('space') ? 'bytes' : 'count',
}));
const waits = [
  { type: 'contentions', unit: 'count' },
  { type: 'delay', unit: 'nanoseconds' },
];
const second = 1_000_000_000n;

function heap(at: bigint, text: string): RawProfile {
  const timeNanos = at * second;
  const profile = profileFromText(text, { sampleTypes: memory, timeNanos });
  return { type: 'heap', startNanos: timeNanos, durationNanos: 0n, profile, cumulative: false };
}

function mutex(at: bigint, text: string): RawProfile {
  const timeNanos = at * second;
  const profile = profileFromText(text, { sampleTypes: waits, timeNanos });
  return { type: 'mutex', startNanos: timeNanos, durationNanos: 0n, profile, cumulative: true };
}

describe('heap profiles', () => {
  const snapshots = new Snapshots();
  const first = snapshots.add(heap(10n, 'main;read 10 1000 2 200\nmain;gone 5 50 0 0'));
  const later = snapshots.add(heap(20n, 'main;read 13 1300 1 100\nmain;gone 5 50 0 0'));

  test('give what is in use at once, without the stacks that hold nothing', () => {
    expect(first.records.map((r) => r.type)).toEqual(['heap']);
    const [record] = first.records;
    expect(record?.durationNanos).toBe(0n);
    expect(record && textFromProfile(record.profile)).toBe('main;read 2 200');
  });

  test('give allocations as their growth since the profile before', () => {
    expect(later.records.map((r) => r.type)).toEqual(['heap', 'allocs']);
    const allocs = later.records[1];
    expect([allocs?.startNanos, allocs?.durationNanos]).toEqual([10n * second, 10n * second]);
    expect(allocs && textFromProfile(allocs.profile)).toBe('main;read 3 300');
  });
});

describe('cumulative profiles', () => {
  test('give nothing the first time: what happened before belongs to no interval', () => {
    expect(new Snapshots().add(mutex(10n, 'main;wait 5 500'))).toEqual({
      records: [],
      reset: false,
    });
  });

  test('begin anew when a counter falls', () => {
    const snapshots = new Snapshots();
    snapshots.add(mutex(10n, 'main;wait 5 500'));
    expect(snapshots.add(mutex(20n, 'main;wait 2 200'))).toEqual({ records: [], reset: true });
    const { records, reset } = snapshots.add(mutex(30n, 'main;wait 3 250'));
    expect(reset).toBe(false);
    expect(records[0] && textFromProfile(records[0].profile)).toBe('main;wait 1 50');
  });

  test('begin anew when the process is known to be another one', () => {
    const snapshots = new Snapshots();
    snapshots.add(mutex(10n, 'main;wait 5 500'));
    snapshots.restart();
    expect(snapshots.add(mutex(20n, 'main;wait 9 900')).records).toEqual([]);
  });

  test('are empty, but there, when nothing happened', () => {
    const snapshots = new Snapshots();
    snapshots.add(mutex(10n, 'main;wait 5 500'));
    const { records } = snapshots.add(mutex(20n, 'main;wait 5 500'));
    expect(records.map((r) => r.profile.samples.length)).toEqual([0]);
  });

  test('say nothing when the same capture comes twice', () => {
    const snapshots = new Snapshots();
    snapshots.add(mutex(10n, 'main;wait 5 500'));
    expect(snapshots.add(mutex(10n, 'main;wait 5 500')).records).toEqual([]);
  });
});

describe('labels', () => {
  const profile = profileFromText(`
    main;a 1 {endpoint=/cart, user=u1}
    main;a 2 {endpoint=/cart, user=u2}
    main;a 4 {endpoint=/cart, user=u3}
    main;b 8 {endpoint=/list, size:4096 bytes}
    main;b 16 {bytes:1 bytes}
    main;b 32 {bytes:2 bytes}
    main;b 64 {bytes:3 bytes}`);

  test('with few values stay as they are', () => {
    const limiter = new LabelLimiter(3);
    expect(limiter.apply(profile, 0)).toBe(profile);
    expect(limiter.cut).toEqual([]);
  });

  test('beyond the limit become “other”; totals stay, and heap sizes are no labels', () => {
    const limiter = new LabelLimiter(2);
    const cut = limiter.apply(profile, 0);
    expect(limiter.cut).toEqual(['user']);
    expect(textFromProfile(cut)).toContain('main;a 4 {endpoint=/cart, user=other}');
    expect(textFromProfile(cut)).toContain('main;b 64 {bytes:3 bytes}');
  });

  test('that are numbers are left out beyond the limit', () => {
    const limiter = new LabelLimiter(1);
    const numbers = profileFromText('a 1 {row:1 rows}\na 2 {row:2 rows}');
    expect(textFromProfile(limiter.apply(numbers, 0))).toBe('a 1 {row:1 rows}\na 2');
  });

  test('are counted over the profiles of an hour, and anew in the next', () => {
    const limiter = new LabelLimiter(2);
    const one = (user: string) => profileFromText(`main 1 {user=${user}}`);
    const texts = ['a', 'b', 'c', 'a'].map((user) => textFromProfile(limiter.apply(one(user), 0)));
    expect(texts.map((text) => /user=(\w+)/.exec(text)?.[1])).toEqual(['a', 'b', 'other', 'a']);
    expect(textFromProfile(limiter.apply(one('c'), 3_600_000))).toContain('user=c');
    expect(limiter.cut).toEqual([]);
  });

  test('are not bounded by 0', () => {
    expect(new LabelLimiter(0).apply(profile, 0)).toBe(profile);
  });
});
