import { describe, expect, test } from 'vitest';
import { deltaProfile } from './delta.ts';
import { profileFromText, textFromProfile } from './fromtext.ts';

/** alloc_space counts since process start; inuse_space is what it is now. */
const heap = (text: string, header = {}) =>
  profileFromText(text, {
    sampleTypes: [
      { type: 'alloc_space', unit: 'bytes' },
      { type: 'inuse_space', unit: 'bytes' },
    ],
    ...header,
  });

describe('what happened between two snapshots', () => {
  test('counters are subtracted, instants stay', () => {
    const { profile, reset } = deltaProfile(
      heap('main;a 150 30\nmain;b 40 40\nmain;new 5 5'),
      heap('main;b 40 20\nmain;a 100 50'),
    );
    expect(reset).toBe(false);
    expect(textFromProfile(profile)).toBe('main;a 50 30\nmain;b 0 40\nmain;new 5 5');
  });

  test('what did not move in any column is left out', () => {
    const { profile } = deltaProfile(heap('a 10 0\nb 20 0'), heap('a 10 0\nb 19 0'));
    expect(textFromProfile(profile)).toBe('b 1 0');
  });

  test('a counter that fell means a new process: the current snapshot is the growth', () => {
    const current = heap('a 10 1\nb 30 1');
    expect(deltaProfile(current, heap('a 11 1'))).toEqual({ profile: current, reset: true });
    expect(deltaProfile(current, heap('c 1 0'))).toEqual({ profile: current, reset: true });
  });

  test('instants may fall', () => {
    const { profile, reset } = deltaProfile(heap('a 11 1'), heap('a 10 900'));
    expect(reset).toBe(false);
    expect(textFromProfile(profile)).toBe('a 1 1');
  });

  test('it covers the time from one snapshot to the other', () => {
    const { profile } = deltaProfile(
      heap('a 2 0', { timeNanos: 5_000n }),
      heap('a 1 0', { timeNanos: 2_000n }),
    );
    expect(profile).toMatchObject({ timeNanos: 2_000n, durationNanos: 3_000n });
  });

  test('64-bit counters are exact', () => {
    const { profile } = deltaProfile(heap(`a ${2n ** 60n + 3n} 1`), heap(`a ${2n ** 60n} 1`));
    expect(profile.samples.values[0]).toEqual(BigInt64Array.of(3n));
  });

  test('other counters can be named', () => {
    const events = (text: string) =>
      profileFromText(text, { sampleTypes: [{ type: 'events', unit: 'count' }] });
    const { profile } = deltaProfile(events('a 7'), events('a 4'), {
      isCumulative: (type) => type === 'events',
    });
    expect(textFromProfile(profile)).toBe('a 3');
  });

  test('unlike profiles are refused', () => {
    expect(() => deltaProfile(heap('a 1 1'), profileFromText('a 1'))).toThrow(
      'different sample types',
    );
  });
});
