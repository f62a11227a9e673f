import { describe, expect, test } from 'vitest';
import { UserError } from '../base/errors.ts';
import { profileFromText, textFromProfile } from './fromtext.ts';
import { mergeProfiles } from './merge.ts';
import type { Mapping, Profile } from './profile.ts';
import { brokenInvariant } from './validate.ts';

function merged(...texts: string[]): string {
  const profile = mergeProfiles(texts.map((text) => profileFromText(text)));
  expect(brokenInvariant(profile)).toBeUndefined();
  return textFromProfile(profile);
}

describe('merging', () => {
  test('adds up samples of equal stack, across profiles and within one', () => {
    expect(merged('main;a 1\nmain;b 2', 'main;b 5\nmain;a 1\nmain;a 1')).toBe('main;a 3\nmain;b 7');
  });

  test('keeps samples of unlike labels apart; the order of keys does not matter', () => {
    expect(
      merged('f 1 {a=x, b=y}\nf 2 {a=z}', 'f 4 {b=y, a=x}\nf 8 {bytes:16 b}\nf 16 {bytes:16 kb}'),
    ).toBe('f 5 {a=x, b=y}\nf 2 {a=z}\nf 8 {bytes:16 b}\nf 16 {bytes:16 kb}');
  });

  test('a label key that is repeated keeps the order of its values', () => {
    expect(merged('f 1 {k=1, k=2}', 'f 1 {k=2, k=1}\nf 1 {k=1, k=2}')).toBe(
      'f 2 {k=1, k=2}\nf 1 {k=2, k=1}',
    );
  });

  test('drops samples that are zero, or become so', () => {
    expect(merged('a 0\nb 3\nc 1', 'b -3')).toBe('c 1');
  });

  test('lines, files and inlining make a difference', () => {
    expect(merged('f@x.go:1 1\nf@x.go:2 1\ng;f@x.go:1^ 1', 'f@x.go:2 1')).toBe(
      'f@x.go:1 1\nf@x.go:2 2\ng;f@x.go:1^ 1',
    );
  });

  test('sums beyond 2^53 become 64-bit columns, exact', () => {
    const profile = mergeProfiles([
      profileFromText(`a ${2n ** 53n - 1n}`),
      profileFromText('a 3'),
      profileFromText('b 1'),
    ]);
    expect(profile.samples.values).toEqual([BigInt64Array.of(2n ** 53n + 2n, 1n)]);
  });

  test('sums wrap at 64 bits, as in Go', () => {
    const profile = mergeProfiles([profileFromText(`a ${2n ** 63n - 1n}`), profileFromText('a 1')]);
    expect(profile.samples.values).toEqual([BigInt64Array.of(-(2n ** 63n))]);
  });

  test('headers: earliest time, sum of durations, longest period, comments once', () => {
    const a = profileFromText('f 1', {
      timeNanos: 200n,
      durationNanos: 10n,
      period: 5n,
      comments: ['x', 'y'],
      docUrl: 'https://a',
    });
    const b = profileFromText('f 1', {
      timeNanos: 100n,
      durationNanos: 30n,
      period: 7n,
      comments: ['y', 'z'],
      defaultSampleType: 'samples',
      docUrl: 'https://b',
    });
    expect(mergeProfiles([a, b])).toMatchObject({
      timeNanos: 100n,
      durationNanos: 40n,
      period: 7n,
      comments: ['x', 'y', 'z'],
      defaultSampleType: 'samples',
      docUrl: 'https://a',
    });
  });
});

describe('mappings', () => {
  const mapping = (start: bigint, file: string): Mapping => ({
    id: 9n,
    start,
    limit: start + 0x1800n,
    offset: 0n,
    file,
    buildId: '',
    hasFunctions: false,
    hasFilenames: false,
    hasLineNumbers: false,
    hasInlineFrames: false,
  });
  const at = (address: bigint, where: Mapping): Profile => {
    const profile = profileFromText('f 1');
    return {
      ...profile,
      mappings: [where],
      locations: {
        ...profile.locations,
        mapping: Int32Array.of(0),
        address: BigUint64Array.of(address),
      },
    };
  };

  test('addresses of another load address are the same place', () => {
    const result = mergeProfiles([
      at(0x401000n, mapping(0x400000n, '/bin/a')),
      at(0x7f1000n, mapping(0x7f0000n, '/bin/a')),
    ]);
    expect(result.samples.length).toBe(1);
    expect(result.locations.address).toEqual(BigUint64Array.of(0x401000n));
  });

  test('another file is another place', () => {
    const result = mergeProfiles([
      at(0x401000n, mapping(0x400000n, '/bin/a')),
      at(0x401000n, mapping(0x400000n, '/bin/b')),
    ]);
    expect(result.samples.length).toBe(2);
    expect(result.mappings.map(({ id, file }) => [id, file])).toEqual([
      [1n, '/bin/a'],
      [2n, '/bin/b'],
    ]);
  });
});

describe('sample types', () => {
  const cpu = profileFromText('f 1 10', {
    sampleTypes: [
      { type: 'samples', unit: 'count' },
      { type: 'cpu', unit: 'nanoseconds' },
    ],
  });

  test('unlike ones are refused with a way out', () => {
    expect(() => mergeProfiles([cpu, profileFromText('f 1')])).toThrow(UserError);
    expect(() => mergeProfiles([cpu, profileFromText('f 1')])).toThrow(
      'Cannot merge profiles of different sample types: ' +
        'samples/count, cpu/nanoseconds and samples/count',
    );
    expect(() => mergeProfiles([])).toThrow('There is no profile to merge');
  });

  test('or cut down to those that all have', () => {
    const result = mergeProfiles([cpu, profileFromText('f 2')], { commonSampleTypes: true });
    expect(result.sampleTypes).toEqual([{ type: 'samples', unit: 'count' }]);
    expect(textFromProfile(result)).toBe('f 3');
  });
});
