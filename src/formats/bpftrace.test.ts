import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import { textFromProfile } from '../profile/fromtext.ts';
import { brokenInvariant } from '../profile/validate.ts';
import { decodeBpftrace } from './bpftrace.ts';

const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`../../test/fixtures/imports/${name}`, import.meta.url));
const decode = (text: string) => decodeBpftrace(new TextEncoder().encode(text));
const sum = (values: ArrayLike<number | bigint> | undefined) =>
  Array.from(values ?? [], Number).reduce((total, value) => total + value, 0);

describe('recordings of bpftrace 0.17', () => {
  test.each([
    ['bpftrace-ustack.txt', 178],
    ['bpftrace-ustack.json', 205],
    ['bpftrace-ustack-perf-tid.txt', 181],
  ])('%s: %i stacks', (name, stacks) => {
    const { profile } = decodeBpftrace(fixture(name));
    expect(profile.samples.length).toBe(stacks);
    expect(brokenInvariant(profile)).toBeUndefined();
  });

  test('counts are as printed', () => {
    const text = new TextDecoder().decode(fixture('bpftrace-ustack.txt'));
    const printed = [...text.matchAll(/^\]: (\d+)$/gm)].map((match) => Number(match[1]));
    const { profile, notes } = decodeBpftrace(fixture('bpftrace-ustack.txt'));
    expect(sum(profile.samples.values[0])).toBe(sum(printed));
    expect(notes).toEqual([]);
  });
});

describe('a map', () => {
  test('is a sample type; what else is in its key is a label', () => {
    const { profile } = decode(
      '@bytes[\n    runtime.mallocgc+197\n    main.build+115\n, 1343, go worker]: 4096\n' +
        '@[\n\t4cb1a9 main.f+9 (/bin/app)\n]: 2\n',
    );
    expect(profile.sampleTypes).toEqual([
      { type: 'bytes', unit: 'bytes' },
      { type: 'samples', unit: 'count' },
    ]);
    expect(textFromProfile(profile)).toBe(
      'main.build;runtime.mallocgc 4096 0 {key1:1343, key2=go worker}\nmain.f 0 2',
    );
  });

  test('of addresses keeps them, callers moved back into the call', () => {
    const { profile } = decode('@[\n    0x402000\n    0x401000\n]: 1\n');
    expect(textFromProfile(profile)).toBe('+0x400fff;+0x402000 1');
  });

  test('without a stack is counted', () => {
    const { notes } = decode('@[\n    f+1\n]: 1\n@calls[17]: 3\n@h[\n    g+1\n]: count 3, avg 2\n');
    expect(notes).toEqual([
      'left out: 1 values that are no counts (first at byte 42)',
      'left out: 1 entries of maps without stacks',
    ]);
  });

  test('that is cut off is counted, and the rest is read', () => {
    const { profile, notes } = decode('@[\n    f+1\n]: 1\n@[\n    g+1\n');
    expect(textFromProfile(profile)).toBe('f 1');
    expect(notes).toEqual(['left out: 1 entries that are cut off (first at byte 16)']);
  });
});

test('no stack at all is an error', () => {
  expect(() => decode('@calls[17]: 3\n')).toThrow(DecodeError);
});
