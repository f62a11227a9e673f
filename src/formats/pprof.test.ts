import { describe, expect, test } from 'vitest';
import {
  base,
  type Field,
  message,
  packed,
  strings,
  varint,
} from '../../test/conformance/pprof/message.ts';
import { profileFromText, textFromProfile } from '../profile/fromtext.ts';
import type { Profile } from '../profile/profile.ts';
import { brokenInvariant } from '../profile/validate.ts';
import { decodePprof, encodePprof } from './pprof.ts';

const decode = (...fields: readonly Field[]): Profile => {
  const profile = decodePprof(message(fields));
  expect(brokenInvariant(profile)).toBeUndefined();
  return profile;
};
const text = (...samples: readonly Field[]) => textFromProfile(decode(...base, ...samples));

describe('samples', () => {
  test('packed and single numbers may be mixed', () => {
    expect(
      text([
        2,
        [
          [1, packed(2, 1)],
          [2, 3],
        ],
      ]),
    ).toBe('a;b 3');
    expect(
      text([
        2,
        [
          [1, 2],
          [1, 1],
          [2, packed(3)],
        ],
      ]),
    ).toBe('a;b 3');
    expect(
      text([
        2,
        [
          [1, 2],
          [2, 3],
          [1, packed(1, 1)],
        ],
      ]),
    ).toBe('a;a;b 3');
    expect(text([2, [[2, 3]]])).toBe('- 3');
  });

  test('a run longer than one vector of the kernel', () => {
    const ids = Array.from({ length: 100 }, (_, i) => 1 + (i % 2));
    expect(
      text([
        2,
        [
          [1, packed(...ids)],
          [2, 1],
        ],
      ]),
    ).toBe(`${'b;a;'.repeat(50).slice(0, -1)} 1`);
  });

  test('negative values are ten bytes', () => {
    expect(
      text([
        2,
        [
          [1, 1],
          [2, -5n],
        ],
      ]),
    ).toBe('a -5');
  });

  test('labels: text, numbers with and without unit, repeats in order', () => {
    const labels: Field[] = [
      [
        3,
        [
          [1, 3],
          [2, 4],
        ],
      ],
      [
        3,
        [
          [1, 3],
          [2, 3],
        ],
      ],
      [
        3,
        [
          [1, 4],
          [3, -7n],
          [4, 2],
        ],
      ],
      [
        3,
        [
          [1, 4],
          [3, 9],
        ],
      ],
    ];
    expect(text([2, [[1, 1], [2, 1], ...labels]])).toBe('a 1 {a=b, a=a, b:-7 count, b:9}');
  });

  test('labels between other fields are the same labels', () => {
    expect(
      text([
        2,
        [
          [
            3,
            [
              [1, 3],
              [2, 4],
            ],
          ],
          [1, 1],
          [
            3,
            [
              [1, 4],
              [3, 9],
            ],
          ],
          [2, 1],
        ],
      ]),
    ).toBe('a 1 {a=b, b:9}');
  });

  test('a label without text and number is none, as in Go', () => {
    expect(
      text([
        2,
        [
          [1, 1],
          [2, 1],
          [3, [[1, 3]]],
        ],
      ]),
    ).toBe('a 1');
  });

  test('equal label sets are one', () => {
    const sample: Field = [
      2,
      [
        [1, 1],
        [2, 1],
        [
          3,
          [
            [1, 3],
            [2, 4],
          ],
        ],
      ],
    ];
    expect(decode(...base, sample, sample, sample).labelSets.length).toBe(2);
  });
});

describe('64 bits', () => {
  test('values whose sum is not exact in floats stay integers', () => {
    const max = 2n ** 63n - 1n;
    const { values } = decode(
      ...base,
      [
        2,
        [
          [1, 1],
          [2, max],
        ],
      ],
      [
        2,
        [
          [1, 1],
          [2, -max],
        ],
      ],
    ).samples;
    expect(values).toEqual([BigInt64Array.of(max, -max)]);
    const half = 2n ** 52n;
    const sums = decode(...base, [2, [[2, half]]], [2, [[2, half]]]).samples.values;
    expect(sums).toEqual([BigInt64Array.of(half, half)]);
    const below = decode(...base, [2, [[2, half]]], [2, [[2, half - 1n]]]).samples.values;
    expect(below).toEqual([Float64Array.of(Number(half), Number(half - 1n))]);
  });

  test('so do numeric labels', () => {
    const id = 2n ** 60n + 1n;
    const { labelSets } = decode(...base, [
      2,
      [
        [2, 1],
        [
          3,
          [
            [1, 3],
            [3, id],
          ],
        ],
      ],
    ]);
    expect(labelSets.num).toEqual(BigInt64Array.of(id));
  });

  test('addresses and ids', () => {
    const high = 2n ** 64n - 1n;
    const profile = decode(
      [1, []],
      ...strings('m'),
      [
        3,
        [
          [1, high],
          [2, high - 2n],
          [3, high],
          [5, 1],
          [10, 1],
        ],
      ],
      [
        4,
        [
          [1, high],
          [2, high],
          [3, high - 1n],
        ],
      ],
      [
        2,
        [
          [1, packed(high, high, high)],
          [2, 1],
        ],
      ],
      [9, 2n ** 62n],
    );
    expect(profile.mappings).toMatchObject([{ id: high, start: high - 2n, hasInlineFrames: true }]);
    expect(profile.locations.address).toEqual(BigUint64Array.of(high - 1n));
    expect(profile.locations.mapping).toEqual(Int32Array.of(0));
    expect(profile.stacks.locations).toEqual(Uint32Array.of(0, 0, 0));
    expect(profile.timeNanos).toBe(2n ** 62n);
  });
});

describe('the order and kind of fields', () => {
  test('parts may come in any order, samples first or between', () => {
    const sample: Field = [
      2,
      [
        [1, packed(1, 2, 1)],
        [2, 4],
      ],
    ];
    expect(textFromProfile(decode(sample, ...base))).toBe('a;b;a 4');
    const between = [...base.slice(0, 7), sample, ...base.slice(7), sample];
    expect(textFromProfile(decode(...between))).toBe('a;b;a 4\na;b;a 4');
  });

  test('unknown fields are skipped, of a fixed size too', () => {
    const fixed = Uint8Array.of(...varint(100 * 8 + 1), 1, 2, 3, 4, 5, 6, 7, 8);
    const fixed32 = Uint8Array.of(...varint(101 * 8 + 5), 1, 2, 3, 4);
    const known = message([
      ...base,
      [99, 'text'],
      [
        2,
        [
          [1, 1],
          [2, 3],
          [77, 'x'],
        ],
      ],
    ]);
    const bytes = Uint8Array.from([...fixed, ...known, ...fixed32]);
    expect(textFromProfile(decodePprof(bytes))).toBe('a 3');
  });

  test('tags and lengths in more bytes than needed are the same', () => {
    const sample = message([
      [1, packed(1, 2)],
      [2, 3],
    ]);
    const wordy = Uint8Array.from([
      ...message(base),
      0x92,
      0x00,
      0x80 | sample.length,
      0x00,
      ...sample,
    ]);
    expect(textFromProfile(decodePprof(wordy))).toBe('b;a 3');
  });

  test('the last of repeated singular fields wins', () => {
    expect(decode(...base, [10, 5], [10, 7]).durationNanos).toBe(7n);
    expect(
      decode(
        ...base,
        [
          11,
          [
            [1, 1],
            [2, 2],
          ],
        ],
        [11, [[1, 3]]],
      ).periodType,
    ).toEqual({
      type: 'a',
      unit: '',
    });
  });

  test('headers', () => {
    expect(
      decode(
        ...base,
        [7, 3],
        [8, 4],
        [9, 1],
        [10, 2],
        [
          11,
          [
            [1, 1],
            [2, 2],
          ],
        ],
        [12, 10],
        [13, packed(3, 4)],
        [13, 3],
        [14, 1],
        [15, 2],
      ),
    ).toMatchObject({
      dropFrames: 'a',
      keepFrames: 'b',
      timeNanos: 1n,
      durationNanos: 2n,
      periodType: { type: 'samples', unit: 'count' },
      period: 10n,
      comments: ['a', 'b', 'a'],
      defaultSampleType: 'samples',
      docUrl: 'count',
    });
  });
});

describe('strings', () => {
  test('bytes that are no UTF-8 survive a round trip', () => {
    const broken = Uint8Array.of(0x66, 0xff, 0x66);
    const bytes = message([
      [1, []],
      [6, ''],
      [6, broken],
      [13, 1],
    ]);
    const profile = decodePprof(bytes);
    expect(profile.comments).toEqual(['f\udcfff']);
    expect(Buffer.from(encodePprof(profile)).includes(Buffer.from(broken))).toBe(true);
  });
});

describe('many samples', () => {
  test('shallow ones before deep ones, across windows and growth', () => {
    const line = (i: number) =>
      `${Array.from({ length: i < 20_000 ? 1 : 40 }, (_, d) => `f${(i + d) % 200}`).join(';')} ${i + 1}`;
    const lines = Array.from({ length: 24_000 }, (_, i) => line(i));
    const bytes = encodePprof(profileFromText(lines.join('\n')));
    expect(bytes.length).toBeGreaterThan(3 * (1 << 17));
    expect(textFromProfile(decodePprof(bytes))).toBe(lines.join('\n'));
  });

  test('a sample larger than the window of the kernel', () => {
    const deep = `${Array.from({ length: 150_000 }, (_, i) => `f${i % 300}`).join(';')} 1`;
    const lines = ['a 1', deep, 'b 2', deep];
    const bytes = encodePprof(profileFromText(lines.join('\n')));
    expect(textFromProfile(decodePprof(bytes))).toBe(lines.join('\n'));
  });

  test('in a buffer that is part of a larger one', () => {
    const bytes = encodePprof(profileFromText('a;b;c 1\nd 2'));
    const padded = new Uint8Array(bytes.length + 7).fill(0xff);
    padded.set(bytes, 3);
    expect(textFromProfile(decodePprof(padded.subarray(3, 3 + bytes.length)))).toBe('a;b;c 1\nd 2');
  });
});

describe('encoding', () => {
  test('a line without a function gets an unnamed one, as Go demands', () => {
    const profile = profileFromText('a;b 1');
    const lineFunction = Int32Array.of(-1, 1);
    const bytes = encodePprof({ ...profile, locations: { ...profile.locations, lineFunction } });
    expect(decodePprof(bytes).functions.length).toBe(3);
  });

  test('is the same every time', () => {
    const profile = profileFromText('a;b 1 {x=y}\nc -2 {n:3 b}');
    expect(encodePprof(decodePprof(encodePprof(profile)))).toEqual(encodePprof(profile));
  });
});
