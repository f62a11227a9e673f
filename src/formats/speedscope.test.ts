import { describe, expect, test } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import { textFromProfile } from '../profile/fromtext.ts';
import { decodeSpeedscope } from './speedscope.ts';

const frames = [
  { name: 'main', file: 'main.go', line: 3 },
  { name: 'work', file: 'work.go', line: 9, col: 2 },
  { name: 'encode' },
];
const file = (...profiles: object[]) => ({
  $schema: 'https://www.speedscope.app/file-format-schema.json',
  shared: { frames },
  profiles,
});
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const decode = (value: unknown) => decodeSpeedscope(bytes(value));

const sampled = {
  type: 'sampled',
  name: 'thread 1',
  unit: 'milliseconds',
  startValue: 0,
  endValue: 4,
  samples: [[0, 1], [0, 1, 2], [0]],
  weights: [1.5, 2, 0.5],
};
const evented = {
  type: 'evented',
  name: 'thread 2',
  unit: 'milliseconds',
  startValue: 0,
  endValue: 10,
  events: [
    { type: 'O', frame: 0, at: 1 },
    { type: 'O', frame: 1, at: 3 },
    { type: 'C', frame: 1, at: 7 },
    { type: 'C', frame: 0, at: 8 },
  ],
};

describe('a sampled profile', () => {
  test('has its weights in nanoseconds, and its name as a label', () => {
    const { profile } = decode(file(sampled));
    expect(profile.sampleTypes).toEqual([{ type: 'time', unit: 'nanoseconds' }]);
    expect(textFromProfile(profile)).toBe(
      [
        'main@main.go:3;work@work.go:9 1500000 {profile=thread 1}',
        'main@main.go:3;work@work.go:9;encode 2000000 {profile=thread 1}',
        'main@main.go:3 500000 {profile=thread 1}',
      ].join('\n'),
    );
  });
});

describe('an evented profile', () => {
  test('gives every stack the time in which it stood so', () => {
    expect(textFromProfile(decode(file(evented)).profile)).toBe(
      [
        'main@main.go:3 2000000 {profile=thread 2}',
        'main@main.go:3;work@work.go:9 4000000 {profile=thread 2}',
        'main@main.go:3 1000000 {profile=thread 2}',
      ].join('\n'),
    );
  });
});

describe('several profiles', () => {
  test('become one, with a sample type for each unit', () => {
    const bytesProfile = { ...sampled, name: 'heap', unit: 'bytes', weights: [1, 2, 3] };
    const { profile } = decode(file(sampled, evented, bytesProfile));
    expect(profile.sampleTypes.map(({ type }) => type)).toEqual(['time', 'space']);
    expect(profile.defaultSampleType).toBe('time');
    expect(profile.samples.length).toBe(9);
    expect(textFromProfile(profile).split('\n').at(-1)).toBe('main@main.go:3 0 3 {profile=heap}');
  });
});

describe('what is lost is said', () => {
  test('fractions of what cannot be divided', () => {
    const { notes, profile } = decode(file({ ...sampled, unit: 'none' }));
    expect(notes).toEqual(['left out: 2 values with fractions']);
    expect(profile.comments).toContain('left out: 2 values with fractions');
  });
});

describe('damage is told by its place', () => {
  test.each([
    [{ ...sampled, weights: [1] }, 'profiles[0] has 3 samples and 1 weights'],
    [{ ...sampled, samples: [[9], [], []] }, 'profiles[0].samples[0] is 9, and there are 3'],
    [{ ...sampled, unit: 'furlongs' }, 'profiles[0].unit is an unknown unit'],
    [{ ...evented, events: [{ type: 'C', frame: 0, at: 1 }] }, 'closes frame 0, which is not open'],
    [{ ...evented, events: [{ type: 'O', frame: 0, at: -1 }] }, 'goes back from 0 to -1'],
    [{ ...sampled, weights: [1e300, 1, 1] }, 'profiles[0] has the value 1e+300'],
  ])('%j', (profile, message) => {
    expect(() => decode(file(profile))).toThrow(DecodeError);
    expect(() => decode(file(profile))).toThrow(message);
  });

  test('broken JSON by its byte', () => {
    const decodeText = (text: string) => decodeSpeedscope(new TextEncoder().encode(text));
    expect(() => decodeText('{"é": nonsense}')).toThrow(
      'byte 7: its JSON breaks off at "nonsense}"',
    );
    expect(() => decodeText('{"a": [1, 2}')).toThrow('byte 11: its JSON breaks off at "}"');
    expect(() => decodeText('{"a": [1 2]')).toThrow('byte 9: its JSON breaks off at "2]"');
    expect(() => decodeText('{"a": "b", }')).toThrow('byte 11: its JSON breaks off at "}"');
    expect(() => decodeText('{"a": [1, 2')).toThrow('byte 11: its JSON breaks off at the end');
  });
});
