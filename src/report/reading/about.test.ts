import { describe, expect, test } from 'vitest';
import { isInstant } from '../../profile/instant.ts';
import { type AboutSubject, aboutProfile } from './about.ts';

const subject: AboutSubject = {
  type: 'cpu',
  sampleType: 'cpu',
  unit: 'nanoseconds',
  total: 8.2e9,
  coverage: { profiles: 1, durationMs: 30_100 },
  gcShare: 0.31,
};
const sentence = (change: Partial<AboutSubject>) =>
  aboutProfile({ ...subject, ...change }).replaceAll('\u00a0', ' ');
const heap = { type: 'heap', sampleType: 'inuse_space', unit: 'bytes', total: 2 ** 20 };

describe('the sentence above a profile', () => {
  test('CPU: how much of the machine, and how much of it the collector took', () => {
    expect(sentence({})).toBe(
      '30.1 s recorded, 8.2 s of CPU: 0.27 cores busy; 31.0 % of it garbage collection. Waiting is not in it.',
    );
  });

  test('CPU of many profiles', () => {
    const coverage = { profiles: 360, durationMs: 3_600_000 };
    expect(sentence({ coverage, gcShare: 0 })).toMatch(
      /^360 profiles, 60 min recorded, 8\.2 s of CPU/,
    );
  });

  test('heap: when it was true, and what is not in it', () => {
    expect(sentence(heap)).toMatch(/^1 MB in live objects, as of the last garbage collection/);
    const coverage = { profiles: 12, durationMs: 0 };
    expect(sentence({ ...heap, coverage })).toMatch(/the average of 12 captures/);
  });

  test('allocations: a rate when the time is known, since the start when it is not', () => {
    const allocs = { ...heap, type: 'allocs', sampleType: 'alloc_space' };
    const over10s = { profiles: 1, durationMs: 10_000 };
    const cumulative = { profiles: 1, durationMs: 0 };
    expect(sentence({ ...allocs, coverage: over10s })).toMatch(/allocated in 10 s, 102 kB\/s/);
    expect(sentence({ ...allocs, coverage: cumulative })).toMatch(/since the process started/);
  });

  test.each([
    ['block', 'delay', /channels, selects, mutexes/],
    ['mutex', 'delay', /where the holder unlocked/],
    ['goroutine', 'goroutine', /running or not/],
    ['threadcreate', 'threadcreate', /operating-system threads/],
  ])('%s says what it is', (type, sampleType, expected) => {
    const unit = sampleType === 'delay' ? 'nanoseconds' : 'count';
    expect(sentence({ type, sampleType, unit })).toMatch(expected);
  });

  test('a custom profile is named, not explained', () => {
    expect(sentence({ type: 'cache', sampleType: 'misses', unit: 'count', total: 7 })).toMatch(
      /7 of “misses” in a profile of type “cache”/,
    );
  });
});

describe('readings of a moment', () => {
  test('do not add up over time', () => {
    expect(isInstant('heap', 'inuse_space')).toBe(true);
    expect(isInstant('goroutine', 'goroutine')).toBe(true);
    expect(isInstant('heap', 'alloc_space')).toBe(false);
    expect(isInstant('cpu', 'cpu')).toBe(false);
  });
});
