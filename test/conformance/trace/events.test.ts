/** Event for event what Go's reader gives: on the recordings, and on the toolchain's own tests. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../src/base/errors.ts';
import { checkTrace, decodeTrace } from '../../../src/trace/decode.ts';
import { bytesSource } from '../../../src/trace/source.ts';
import { Canonical } from './canonical.ts';
import { buildReference, goRoot, missingReference } from './reference.ts';
import { fuzzCorpus, toolchainTests } from './toolchain.ts';

/** More recordings to compare, for a closer look: WHYGO_TRACES=folder. */
const folders = [join(import.meta.dirname, '../../fixtures/trace'), process.env.WHYGO_TRACES ?? ''];
const recordings = folders
  .filter((folder) => folder !== '')
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((path) => path.endsWith('.trace'))
  .map((path) => ({ name: path.slice(path.lastIndexOf('/') + 1), bytes: readFileSync(path) }))
  .filter(({ bytes }) => /^go 1\.2[2-9]/.test(bytes.toString('latin1', 0, 8)));

const missing = missingReference();

/** The lines of one trace as we read it, one at a time so that large ones can be compared. */
function differences(bytes: Uint8Array, lines: readonly string[]): string[] {
  const trace = decodeTrace(bytesSource(bytes), { keepEvents: true });
  const { events } = trace;
  if (events === undefined) throw new Error('events were asked for');
  const canonical = new Canonical(trace, events);
  const found: string[] = [];
  for (let i = 0; i < Math.max(lines.length, events.length) && found.length < 6; i++) {
    const theirs = lines[i]?.replace(/ AllocFree:\d+$/, '');
    const ours = i < events.length ? canonical.line(i) : undefined;
    if (ours !== theirs) found.push(`event ${i}: Go ${theirs}`, `event ${i}: we ${ours}`);
  }
  return found;
}

describe.skipIf(missing !== undefined)(`Go's reader (${missing ?? 'is here'})`, () => {
  const reference = missing === undefined ? buildReference() : () => [];

  test.each(recordings)('gives the same events: $name', { timeout: 120_000 }, ({ bytes }) => {
    const [reading] = reference([bytes], 'events');
    expect(reading.lines.length).toBeGreaterThan(1000);
    expect(differences(bytes, reading.lines)).toEqual([]);
    expect(checkTrace(bytesSource(bytes)).isAccepted).toBe(reading.refusal === '');
  });

  const root = goRoot();
  const tests = root === undefined ? [] : toolchainTests(root);

  test("the toolchain's tests are there", () => {
    expect(tests.length).toBeGreaterThan(20);
    expect(tests.filter(({ failure }) => failure !== undefined).length).toBeGreaterThan(0);
  });

  test.each(tests)("the toolchain's test $name", ({ bytes, failure }) => {
    const verdict = checkTrace(bytesSource(bytes));
    if (failure !== undefined) {
      expect(verdict).toMatchObject({ reason: expect.stringMatching(failure) });
      return;
    }
    expect(verdict).toEqual({ isAccepted: true });
    const [reading] = reference([bytes], 'events');
    expect(reading.refusal).toBe('');
    expect(differences(bytes, reading.lines)).toEqual([]);
  });

  test('the same verdict on inputs that once broke it', () => {
    const corpus = root === undefined ? [] : fuzzCorpus(root);
    const v2 = corpus.filter(({ bytes }) => !/^go 1\.(1|21)/.test(String.fromCharCode(...bytes)));
    expect(v2.length).toBeGreaterThan(10);
    const readings = reference(
      v2.map(({ bytes }) => bytes),
      'verdict',
    );
    const ours = v2.map(({ name, bytes }) => ({ name, ...checkTrace(bytesSource(bytes)) }));
    expect(ours.map(({ name, isAccepted }) => ({ name, isAccepted }))).toEqual(
      v2.map(({ name }, i) => ({ name, isAccepted: readings[i].refusal === '' })),
    );
    for (const { bytes } of v2) expectNoCrash(bytes);
  });
});

function expectNoCrash(bytes: Uint8Array): void {
  try {
    decodeTrace(bytesSource(bytes));
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
  }
}
