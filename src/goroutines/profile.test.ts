import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import { textFromProfile } from '../profile/fromtext.ts';
import { parseGoroutineDump } from './parse.ts';
import { goroutineProfile } from './profile.ts';

const read = (name: string): Uint8Array =>
  readFileSync(new URL(`../../test/fixtures/goroutines/${name}`, import.meta.url));
const profileOf = (text: string) =>
  goroutineProfile(parseGoroutineDump(new TextEncoder().encode(text)));

const dump = [
  'goroutine 7 [chan send, 3 minutes]:',
  'main.leak.func1()',
  '\t/src/main.go:89 +0x3c',
  'created by main.leak in goroutine 1',
  '\t/src/main.go:85 +0x1f',
  '',
  'goroutine 8 [chan send, 5 minutes]:',
  'main.leak.func1()',
  '\t/src/main.go:89 +0x3c',
  'created by main.leak in goroutine 1',
  '\t/src/main.go:85 +0x1f',
  '',
  'goroutine 9 [chan send] {endpoint: /cart}:',
  'main.leak.func1()',
  '\t/src/main.go:89 +0x3c',
  '',
].join('\n');

test('goroutines of one stack and state are one sample, with their waits added up', () => {
  const { profile, notes } = profileOf(dump);
  expect(profile.sampleTypes).toEqual([
    { type: 'wait', unit: 'nanoseconds' },
    { type: 'goroutine', unit: 'count' },
  ]);
  expect(profile.defaultSampleType).toBe('goroutine');
  expect(textFromProfile(profile)).toBe(
    [
      'main.leak.func1@/src/main.go:89 480000000000 2 {state=chan send, created by=main.leak}',
      'main.leak.func1@/src/main.go:89 0 1 {state=chan send, endpoint=/cart}',
    ].join('\n'),
  );
  expect(notes).toEqual(['left out: ids and arguments of 3 goroutines']);
});

test('debug=1 has counts and labels, and no waits', () => {
  const { profile } = goroutineProfile(parseGoroutineDump(read('healthy-go1.26.8.debug1.txt')));
  expect(profile.sampleTypes).toEqual([{ type: 'goroutine', unit: 'count' }]);
  expect(textFromProfile(profile)).toMatch(/\{pool=workers, tenant=/);
});

test.each([
  'leak-go1.19.13.debug2.txt',
  'leak-go1.22.12.sigquit.txt',
  'leak-go1.26.8-leak.debug1.txt',
  'leak-go1.27rc1.goroutineleak.debug2.txt',
])('%s: as many goroutines as the dump has', (name) => {
  const table = parseGoroutineDump(read(name));
  const { profile } = goroutineProfile(table);
  const count = profile.samples.values.at(-1) ?? [];
  const total = Array.from(count, Number).reduce((a, b) => a + b, 0);
  expect(total).toBe(table.counts.reduce((a, b) => a + b, 0));
});

test('what could not be understood is said; a text without goroutines is an error', () => {
  const { notes } = profileOf(`${dump}\ngoroutine 12 [chan`);
  expect(notes.at(-1)).toMatch(
    /^not understood: 1 lines \(first at byte \d+: a header that is cut/,
  );
  expect(() => profileOf('Dear diary')).toThrow(DecodeError);
});
