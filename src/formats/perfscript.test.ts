import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import { textFromProfile } from '../profile/fromtext.ts';
import { brokenInvariant } from '../profile/validate.ts';
import { decodePerfScript, looksLikePerfScript } from './perfscript.ts';

const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`../../test/fixtures/imports/${name}.txt`, import.meta.url));
const decodeText = (text: string) => decodePerfScript(new TextEncoder().encode(text));
const lines = (text: string) => textFromProfile(decodeText(text).profile).split('\n');

describe('recordings of perf 6.1', () => {
  test.each([
    ['perf-g', 60, 'samples/count cpu/nanoseconds'],
    ['perf-no-stacks', 40, 'samples/count cpu/nanoseconds'],
    ['perf-srcline', 12, 'samples/count cpu/nanoseconds'],
    ['perf-addresses', 12, 'samples/count'],
    ['perf-two-events', 40, 'samples/count page-faults/count cpu/nanoseconds'],
    ['perf-system-wide', 10, 'samples/count cpu/nanoseconds'],
    ['perf-tracepoint', 1, 'samples/count'],
  ])('%s: %i samples of %s', (name, count, types) => {
    const bytes = fixture(name);
    expect(looksLikePerfScript(new TextDecoder().decode(bytes))).toBe(true);
    const { profile, notes } = decodePerfScript(bytes);
    expect(profile.samples.length).toBe(count);
    expect(profile.sampleTypes.map(({ type, unit }) => `${type}/${unit}`).join(' ')).toBe(types);
    expect(notes.filter((note) => note.startsWith('left out'))).toEqual([]);
    expect(brokenInvariant(profile)).toBeUndefined();
  });

  test('as many samples and frames as perf printed', () => {
    const text = new TextDecoder().decode(fixture('perf-system-wide'));
    const { profile } = decodePerfScript(fixture('perf-system-wide'));
    const frames = text.split('\n').filter((line) => /^\s+[0-9a-f]+ /.test(line)).length;
    const { start } = profile.stacks;
    const depths = Array.from(
      profile.samples.stack,
      (stack) => (start[stack + 1] ?? 0) - (start[stack] ?? 0),
    );
    expect(depths.reduce((a, b) => a + b, 0)).toBe(frames);
  });

  test('the duration is from the first sample to the last', () => {
    expect(decodePerfScript(fixture('perf-g')).profile.durationNanos).toBe(303_824_000n);
  });
});

describe('a sample', () => {
  const sample = [
    'my worker  71/72 [003] 12.000001:   2500 cycles:u: ',
    '\t    4011 inlined_leaf (inlined)',
    '\t    4011 main.leaf+0x11 (/bin/app)',
    '\t    4022 operator new(unsigned long)+0x2 (/tmp/lib one.so (deleted))',
    '\tffffffff81 [unknown] ([kernel.kallsyms])',
    '',
  ].join('\n');

  test('has labels, its period, and inlined frames in the location of their caller', () => {
    expect(lines(sample)).toEqual([
      '[kernel.kallsyms]+0xffffffff81;operator new(unsigned long);main.leaf;inlined_leaf^' +
        ' 1 2500 {comm=my worker, pid:71, tid:72, cpu:3}',
    ]);
  });

  test('names objects as mappings', () => {
    const { profile } = decodeText(sample);
    expect(profile.mappings.map(({ file }) => file)).toEqual([
      '/bin/app',
      '/tmp/lib one.so (deleted)',
      '[kernel.kallsyms]',
    ]);
  });

  test('carries its time when asked', () => {
    const { profile } = decodePerfScript(new TextEncoder().encode(sample), { timestamps: true });
    expect(textFromProfile(profile)).toContain('timestamp:12000001000 nanoseconds');
  });

  test('may stand in older layouts: right-aligned command, no processor, no period', () => {
    expect(lines('          app   72 12.000001: cycles: \n\t 4011 f (/bin/app)\n')).toEqual([
      'f 1 {comm=app, tid:72}',
    ]);
  });

  test('may have a place below each frame', () => {
    const text =
      'app 72 12.000001: 1 cycles: \n\t 4011 f (/bin/app)\n  f.go:12\n\t 4012 g (/bin/app)\n  g.go:0\n';
    expect(lines(text)).toEqual(['g;f@f.go:12 1 1 {comm=app, tid:72}']);
  });
});

describe('what is no sample', () => {
  test('is counted, with its first place', () => {
    const text = 'app 72 12.000001: 1 cycles: \n\t 4011 f (/bin/app)\n\nLost 7 events\n\nLost 8\n';
    expect(decodeText(text).notes).toEqual([
      'left out: 2 lines that are no part of a sample (first at byte 50)',
    ]);
  });

  test('alone is an error', () => {
    expect(() => decodeText('Dear diary\n')).toThrow(DecodeError);
    expect(looksLikePerfScript('Dear diary: hello\n\n  abc def\n')).toBe(false);
  });
});
