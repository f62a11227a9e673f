/** What Go refuses is refused, with the offset; the verdicts are compared where Go is at hand. */
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../src/base/errors.ts';
import { decodePprof } from '../../../src/formats/pprof.ts';
import { base, type Field, message, packed, strings, varint } from './message.ts';
import { buildReference, missingReference } from './reference.ts';

const group = Uint8Array.of(...varint(50 * 8 + 3));
const refused: readonly [string, readonly Field[], string][] = [
  ['no string table', [[1, []]], 'no string table'],
  ['a first string that is not empty', [[6, 'x']], 'string_table[0] is not empty'],
  ['a string index outside the table', [...base, [7, 99]], 'string index 99 is outside'],
  ['a negative string index', [...base, [15, -1n]], 'string index -1 is outside'],
  ['samples without a sample type', [...strings(), [2, []]], 'no sample type'],
  ['too few values', [...base, [2, [[1, 1]]]], '0 values for 1 sample types'],
  ['too many values', [...base, [2, [[2, packed(1, 2)]]]], '2 values for 1 sample types'],
  [
    'an unknown location',
    [
      ...base,
      [
        2,
        [
          [1, 3],
          [2, 1],
        ],
      ],
    ],
    'a location that is not',
  ],
  [
    'location 0',
    [
      ...base,
      [
        2,
        [
          [1, packed(1, 0, 1)],
          [2, 1],
        ],
      ],
    ],
    'a location that is not',
  ],
  ['two locations of one id', [...base, [4, [[1, 1]]]], 'two locations have the id 1'],
  ['a location without an id', [...base, [4, [[3, 1]]]], 'reserved id 0'],
  ['two functions of one id', [...base, [5, [[1, 2]]]], 'two functions have the id 2'],
  ['two mappings of one id', [...base, [3, [[1, 1]]], [3, [[1, 1]]]], 'two mappings have the id 1'],
  [
    'a line of an unknown function',
    [
      ...base,
      [
        4,
        [
          [1, 3],
          [4, [[1, 9]]],
        ],
      ],
    ],
    'a function that is not',
  ],
  [
    'a line without a function',
    [
      ...base,
      [
        4,
        [
          [1, 3],
          [4, [[2, 9]]],
        ],
      ],
    ],
    'a function that is not',
  ],
  ['two profiles in a row', [...base, [9, 1], [9, 1]], 'concatenated profiles'],
  ['a number where a message belongs', [...base, [5, 1]], 'wire type 0, not 2'],
  ['a message where a number belongs', [...base, [12, 'x']], 'wire type 2, not 0'],
  ['a varint of eleven bytes', [...base, [13, new Uint8Array(11).fill(0x80)]], 'longer than 10'],
  [
    'a packed run that is cut',
    [
      ...base,
      [
        2,
        [
          [1, Uint8Array.of(0x81)],
          [2, 1],
        ],
      ],
    ],
    'cut off',
  ],
  ['a field past the end', [...base, [2, Uint8Array.of(0x0a, 9, 1)]], 'past the end'],
  ['a group', [...base, [2, group]], 'unknown wire type 3'],
];

describe('what Go refuses is refused', () => {
  test.each(refused)('%s', (_, fields, reason) => {
    expect(() => decodePprof(message(fields))).toThrow(DecodeError);
    expect(() => decodePprof(message(fields))).toThrow(reason);
  });

  test('nothing at all', () => {
    expect(() => decodePprof(new Uint8Array())).toThrow(
      'Cannot decode pprof at byte 0: input is empty',
    );
  });

  test('an unknown mapping is none, as in Go', () => {
    const profile = decodePprof(
      message([
        ...base,
        [
          4,
          [
            [1, 3],
            [2, 77],
          ],
        ],
      ]),
    );
    expect(profile.locations.mapping).toEqual(Int32Array.of(-1, -1, -1));
  });
});

const missing = missingReference();

describe.skipIf(missing !== undefined)(`Go's verdict (${missing ?? 'is here'})`, () => {
  test('is the same on each of them, and on the profile that they are made from', () => {
    const verdicts = buildReference()([
      ...refused.map(([, fields]) => message(fields)),
      message(base),
    ]);
    expect(verdicts.map(({ accepted }) => accepted)).toEqual([...refused.map(() => false), true]);
  });
});
