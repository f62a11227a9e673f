/**
 * Damaged profiles: a DecodeError or valid tables, never anything else, and Go's verdict each time.
 */
import { describe, expect, test } from 'vitest';
import { encodePprof } from '../../../src/formats/pprof.ts';
import { profileFromText } from '../../../src/profile/fromtext.ts';
import { mutate, seeded, truncations } from './mutations.ts';
import { recordings } from './recordings.ts';
import { buildReference, missingReference } from './reference.ts';
import { ourVerdict, outcome } from './verdict.ts';

/** Everything that the format has, in a few hundred bytes, so that an edit hits something. */
const dense = encodePprof({
  ...profileFromText(
    `main.main;main.serve@serve.go:12;main.parse@parse.go:7^ 3 300 {endpoint=/cart, bytes:1024 bytes}
     main.main;runtime.gcBgMarkWorker@mgc.go:1500 1 -5 {bytes:-7, endpoint=/a, endpoint=/b}
     main.main;a;b;c;d 40000000000 9007199254740993
     - 0 7`,
    {
      sampleTypes: [
        { type: 'samples', unit: 'count' },
        { type: 'cpu', unit: 'nanoseconds' },
      ],
      periodType: { type: 'cpu', unit: 'nanoseconds' },
      period: 10_000_000n,
      timeNanos: 1_700_000_000_000_000_000n,
      durationNanos: 10_000_000_000n,
      comments: ['one', 'two', 'three'],
      dropFrames: 'runtime\\..*',
      keepFrames: 'runtime\\.keep',
      defaultSampleType: 'cpu',
      docUrl: 'https://example.org',
    },
  ),
  mappings: [
    {
      id: 7n,
      start: 0x400000n,
      limit: 0xffffffffffff0000n,
      offset: 0n,
      file: '/bin/shop',
      buildId: 'abc',
      hasFunctions: true,
      hasFilenames: false,
      hasLineNumbers: true,
      hasInlineFrames: false,
    },
  ],
});

const recorded = recordings().find(({ name }) => name.includes('goroutineleak-healthy-go1.27'));
const sources = [dense, recorded?.bytes ?? dense];
const missing = missingReference();

/** The mutations of one seed, over both sources. */
function mutations(count: number): Uint8Array[] {
  const random = seeded(20_261_120);
  return Array.from({ length: count }, (_, i) => mutate(sources[i % 2] ?? dense, random));
}

describe('damaged profiles', () => {
  test('the recording is there', () => {
    expect(recorded?.bytes.length).toBeGreaterThan(500);
  });

  test('every truncation is refused or decodes to valid tables', () => {
    const verdicts = sources.flatMap(truncations).map(ourVerdict);
    // A cut between two fields behind the tables leaves a profile without its last headers.
    const accepted = verdicts.filter((verdict) => verdict.accepted);
    expect(accepted.length).toBeLessThan(verdicts.length / 20);
  });

  test('8,000 mutations are refused or decode to valid tables', () => {
    const accepted = mutations(8_000)
      .map(ourVerdict)
      .filter((verdict) => verdict.accepted);
    // Both outcomes must occur often, or the mutations test nothing.
    expect(accepted.length).toBeGreaterThan(400);
    expect(accepted.length).toBeLessThan(7_600);
  });
});

describe.skipIf(missing !== undefined)(`Go's verdict (${missing ?? 'is here'})`, () => {
  const reference = missing === undefined ? buildReference() : () => [];

  function compare(inputs: readonly Uint8Array[]): void {
    const verdicts = reference(inputs);
    const differences = inputs.flatMap((bytes, i) => {
      const ours = ourVerdict(bytes);
      const theirs = verdicts[i];
      return outcome(ours) === outcome(theirs)
        ? []
        : [{ ours, theirs, bytes: Buffer.from(bytes).toString('hex') }];
    });
    expect(differences).toEqual([]);
  }

  test('is ours on every truncation', () => compare(sources.flatMap(truncations)));

  test('is ours on 8,000 mutations, and so is what was read', () => compare(mutations(8_000)));
});
