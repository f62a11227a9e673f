/** decodePprof and encodePprof against Go's profile package, on every recording. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodePprof, encodePprof } from '../../../src/formats/pprof.ts';
import { mergeProfiles } from '../../../src/profile/merge.ts';
import { brokenInvariant } from '../../../src/profile/validate.ts';
import { recordings, unpack } from './recordings.ts';
import { buildReference, missingReference, moduleFolder } from './reference.ts';
import { accepted, ourVerdict, outcome } from './verdict.ts';

const missing = missingReference();
const all = recordings();
const named = all.filter(({ name }) => name.startsWith('profiles/'));

test('there are recordings of every kind', () => {
  const kinds = new Set(named.map(({ name }) => name.replace(/^profiles\/([a-z]+).*/, '$1')));
  expect([...kinds].sort()).toEqual([
    'allocs',
    'cpu',
    'goroutine',
    'goroutineleak',
    'heap',
    'wall',
  ]);
});

describe('every recording', () => {
  test.each(named)('$name decodes to valid tables', ({ bytes }) => {
    expect(brokenInvariant(decodePprof(bytes))).toBeUndefined();
  });

  test('is the same after encoding and decoding', () => {
    for (const { name, bytes } of all) {
      const profile = decodePprof(bytes);
      const encoded = encodePprof(profile);
      expect({ name, ...ourVerdict(encoded) }).toEqual({ name, ...ourVerdict(bytes) });
      const again = decodePprof(encoded);
      // The header's strings may be added at the end; all others keep their place.
      expect(again.strings.slice(0, profile.strings.length)).toEqual(profile.strings);
      expect(again.labelSets).toEqual(profile.labelSets);
    }
  });
});

describe.skipIf(missing !== undefined)(`Go's profile.Parse (${missing ?? 'is here'})`, () => {
  const reference = missing === undefined ? buildReference() : () => [];

  test('reads the same out of every recording', () => {
    const verdicts = reference(all.map(({ bytes }) => bytes));
    expect(all.map(({ name, bytes }) => ({ name, ...ourVerdict(bytes) }))).toEqual(
      all.map(({ name }, i) => ({ name, ...verdicts[i] })),
    );
  });

  test('reads the same out of what encodePprof wrote', () => {
    const encoded = named.map(({ bytes }) => encodePprof(decodePprof(bytes)));
    expect(reference(encoded)).toEqual(named.map(({ bytes }) => ourVerdict(bytes)));
  });

  test('accepts a merged profile, and reads the same out of it', () => {
    const cpu = named.filter(({ name }) => name.startsWith('profiles/cpu-compile-'));
    expect(cpu.length).toBe(2);
    const merged = encodePprof(mergeProfiles(cpu.map(({ bytes }) => decodePprof(bytes))));
    expect(reference([merged])).toEqual([ourVerdict(merged)]);
  });

  /** Recordings of one kind that have the same sample types. */
  const series: Readonly<Record<string, RegExp>> = {
    'CPU profiles of two packages': /^profiles\/cpu-compile-/,
    'goroutine profiles of five Go versions': /^profiles\/goroutine-/,
    'goroutine leak profiles': /^profiles\/goroutineleak-/,
    "the demo's CPU profiles, with labels": /^demo\/.*-cpu\.pb\.gz$/,
    "the demo's heap profiles": /^demo\/.*-heap\.pb\.gz$/,
    "the demo's mutex profiles": /^demo\/.*-mutex\.pb\.gz$/,
  };

  test.each(Object.entries(series))('merges to the same: %s', (_, pattern) => {
    const inputs = all.filter(({ name }) => pattern.test(name)).map(({ bytes }) => bytes);
    expect(inputs.length).toBeGreaterThan(1);
    const merged = mergeProfiles(inputs.map(decodePprof));
    expect([accepted(merged)]).toEqual(reference(inputs, 'merge'));
  });

  test("agrees on the peer's own test profiles", () => {
    const folder = moduleFolder();
    const files = ['profile/testdata', 'internal/driver/testdata', 'internal/report/testdata']
      .flatMap((part) => readdirSync(join(folder, part), { withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    const inputs = files.map((path) => unpack(readFileSync(path)));
    const verdicts = reference(inputs);
    // Most are of older formats or no profiles at all; those must be refused.
    expect(verdicts.some((verdict) => verdict.accepted)).toBe(true);
    expect(files.map((path, i) => [path, outcome(verdicts[i])])).toEqual(
      files.map((path, i) => [path, outcome(ourVerdict(inputs[i] ?? new Uint8Array()))]),
    );
  });
});
