/**
 * Damaged files of every format: valid tables, or an error that says what and where. Never anything else,
 * never without end. (pprof's own proto: test/conformance/pprof/fuzz.test.ts, with Go's verdicts.)
 */
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { mutate, seeded, truncations } from '../../test/conformance/pprof/mutations.ts';
import { DecodeError, UserError } from '../base/errors.ts';
import { brokenInvariant } from '../profile/validate.ts';
import { openBytes, openProfile } from './open.ts';
import { decodeAs, type ProfileFormat } from './profiles.ts';

const decompressors = {
  gunzip: (bytes: Uint8Array) => gunzipSync(bytes, { maxOutputLength: 1 << 26 }),
  unzstd: (bytes: Uint8Array) => zstdDecompressSync(bytes, { maxOutputLength: 1 << 26 }),
};

const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`../../test/fixtures/${name}`, import.meta.url));
const utf8 = (text: string) => new TextEncoder().encode(text);

/** Words of 8 bytes: header, two samples, end marker; then a memory map. */
function gperftoolsCpu(): Uint8Array {
  const words = [0, 3, 0, 10_000, 0, 2, 2, 0x401000, 0x402000, 1, 1, 0x403000, 0, 1, 0];
  const bytes = Buffer.alloc(words.length * 8);
  words.forEach((word, i) => {
    bytes.writeBigUInt64LE(BigInt(word), i * 8);
  });
  return Buffer.concat([bytes, utf8('400000-500000 r-xp 00000000 08:01 12 /bin/app\n')]);
}

const speedscope = {
  $schema: 'https://www.speedscope.app/file-format-schema.json',
  shared: { frames: [{ name: 'main' }, { name: 'work', file: 'w.go', line: 3 }] },
  profiles: [
    {
      type: 'sampled',
      name: 'one',
      unit: 'seconds',
      startValue: 0,
      endValue: 2,
      samples: [[0], [0, 1]],
      weights: [1, 1],
    },
    {
      type: 'evented',
      name: 'two',
      unit: 'bytes',
      startValue: 0,
      endValue: 9,
      events: [
        { type: 'O', frame: 0, at: 1 },
        { type: 'C', frame: 0, at: 8 },
      ],
    },
  ],
};

const HEAP = [
  'heap profile: 3: 300 [5: 500] @ heap/524288',
  '1: 100 [2: 200] @ 0x401000 0x402000',
  '#\t0x400fff\tmain.f+0x1f\t/src/main.go:12',
  '2: 200 [3: 300] @ 0x403000',
  '',
  '# runtime.MemStats',
  '# Alloc = 17',
  '',
].join('\n');

const CONTENTION = [
  '--- mutex:',
  'cycles/second=2000000000',
  'sampling period=1',
  '4000 2 @ 0x401000 0x402000',
  '#\t0x400fff\tmain.f+0x1f\t/src/main.go:12',
  '',
].join('\n');

/** Small files: every truncation of each is tried. */
const small: readonly (readonly [ProfileFormat, Uint8Array])[] = [
  ['legacy', gperftoolsCpu()],
  ['legacy', utf8(HEAP)],
  ['legacy', utf8(CONTENTION)],
  [
    'legacy',
    utf8('threadcreate profile: total 3\n2 @ 0x1 0x2\n#\t0x0\tf+0x1\ta.go:1\n\n1 @ 0x3\n'),
  ],
  ['legacy', utf8('--- threadz 1 ---\n\n--- Thread 7f (name: a/12) stack: ---\n  0x401000\n\n')],
  ['folded', utf8('main;work;encode 12\nmain;work 3\n# end\n')],
  ['speedscope', utf8(JSON.stringify(speedscope))],
  ['perf-script', fixture('imports/perf-srcline.txt').subarray(0, 1500)],
  ['perf-script', fixture('imports/perf-tracepoint.txt')],
  ['bpftrace', fixture('imports/bpftrace-ustack-perf-tid.txt').subarray(0, 1500)],
  ['bpftrace', fixture('imports/bpftrace-ustack.json').subarray(0, 800)],
  ['chrome-trace', fixture('imports/fgtrace.json').subarray(0, 1500)],
  ['cpuprofile', fixture('imports/node.cpuprofile').subarray(0, 1500)],
  ['goroutines', fixture('goroutines/leak-go1.27rc1.debug2.txt').subarray(0, 2000)],
  ['goroutines', fixture('goroutines/healthy-go1.26.8.debug1.txt').subarray(0, 1500)],
];

/** What comes of bytes: broken tables and errors of no known kind fail the test. */
function outcome(open: () => { readonly profile: Parameters<typeof brokenInvariant>[0] }): string {
  try {
    const broken = brokenInvariant(open().profile);
    return broken === undefined ? 'read' : `broken: ${broken}`;
  } catch (error) {
    if (!(error instanceof DecodeError) && !(error instanceof UserError)) throw error;
    if (/\n/.test(error.message)) return `an error of several lines: ${error.message}`;
    return 'refused';
  }
}

const either = (verdict: string) => verdict === 'read' || verdict === 'refused';

describe('every truncation', () => {
  test.each(small)('of %s', (format, bytes) => {
    const verdicts = truncations(bytes).flatMap((cut) => [
      outcome(() => decodeAs(format, cut)),
      outcome(() => openProfile(cut, 'file', decompressors)),
    ]);
    expect(verdicts.filter((verdict) => !either(verdict))).toEqual([]);
  });

  test('of a compressed profile is refused', () => {
    const zipped = gzipSync(utf8('main;work 3\n'));
    const verdicts = truncations(zipped).map((cut) =>
      outcome(() => openProfile(cut, 'file', decompressors)),
    );
    expect(new Set(verdicts)).toEqual(new Set(['refused']));
  });
});

describe('thousands of mutations', () => {
  test.each(small)('of %s', (format, bytes) => {
    const random = seeded(7);
    const verdicts = Array.from({ length: 700 }, () => mutate(bytes, random)).flatMap((damaged) => [
      outcome(() => decodeAs(format, damaged)),
      outcome(() => openProfile(damaged, 'file', decompressors)),
    ]);
    expect(verdicts.filter((verdict) => !either(verdict))).toEqual([]);
  });
});

describe('what is of no kind', () => {
  test('thousands of random beginnings are refused or read', () => {
    const random = seeded(11);
    const beginnings = ['', '{', '[', '@[', '<', '\0\0\0\0\x03\0\0\0', 'goroutine 1 [', 'a;b 1\n'];
    for (let i = 0; i < 4000; i++) {
      const noise = Uint8Array.from({ length: random(200) }, () => random(256));
      const bytes = Buffer.concat([utf8(beginnings[i % beginnings.length] ?? ''), noise]);
      const verdict = outcome(() => {
        const opened = openBytes(bytes, 'file', decompressors);
        if (opened.kind === 'profile') return opened;
        throw new UserError('not-a-profile', opened.kind, 'none');
      });
      expect(either(verdict)).toBe(true);
    }
  });
});

describe('hostile files end', () => {
  const hostile: readonly (readonly [string, Uint8Array])[] = [
    ['one line of a megabyte', utf8('x'.repeat(1 << 20))],
    ['a megabyte of spaces', utf8(`a${' '.repeat(1 << 20)}`)],
    ['a header that nearly fits, over and over', utf8('a 1 '.repeat(1 << 18))],
    ['ten thousand open maps', utf8('@[\n    f+1\n'.repeat(10_000))],
    ['deeply nested JSON', utf8('['.repeat(1 << 20))],
    ['deeply nested objects', utf8('{"traceEvents":'.repeat(1 << 16))],
    ['semicolons', utf8(`${';'.repeat(1 << 18)} 1\n`.repeat(2))],
    [
      'a stack that grows with every event',
      utf8(
        JSON.stringify({
          traceEvents: Array.from({ length: 5_000 }, (_, ts) => ({ ph: 'B', name: 'f', ts })),
        }),
      ),
    ],
  ];
  test.each(hostile)('%s', (_, bytes) => {
    expect(either(outcome(() => openProfile(bytes, 'file', decompressors)))).toBe(true);
  });
});
