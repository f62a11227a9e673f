/**
 * Traces of Go 1.11 to 1.21: event for event what Go 1.26's reader gives, on recordings and on the
 * toolchain's own test data, and the same verdict on files that are cut or changed.
 *
 * Go's reader leaves the order of events at the same tick on different procs to chance (it walks over
 * a map), so that runs of events at consecutive nanoseconds are compared as sets.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bytesSource } from '../../../src/trace/source.ts';
import { decodeV1 } from '../../../src/trace/v1/decode.ts';
import { Canonical } from './canonical.ts';
import { buildReference, goRoot, missingReference } from './reference.ts';
import { fuzzCorpus } from './toolchain.ts';
import { mutations, truncations, v1Verdict, versionOf } from './v1inputs.ts';

interface Recording {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function recordingsIn(folder: string): Recording[] {
  return readdirSync(folder)
    .map((name) => ({ name, path: join(folder, name) }))
    .filter(({ name }) => /\.trace$|_good$/.test(name))
    .map(({ name, path }) => ({ name, bytes: readFileSync(path) }))
    .filter(({ bytes }) => [11, 19, 21].includes(versionOf(bytes)));
}

const fixtures = join(import.meta.dirname, '../../fixtures/trace/v1');
/** More recordings to compare, for a closer look: WHYGO_TRACES=folder. */
const extra = process.env.WHYGO_TRACES;
const own = [fixtures, ...(extra === undefined ? [] : [extra])].flatMap(recordingsIn);
const missing = missingReference();

/** Where two lists of lines differ, sets of events that come together taken as such. */
function differences(bytes: Uint8Array, theirs: readonly string[]): string[] {
  const ours = ourLines(bytes);
  const found: string[] = [];
  if (ours.length !== theirs.length) found.push(`${ours.length} events, Go ${theirs.length}`);
  const time = (line: string) => Number(line.slice(0, line.indexOf(' ')));
  const text = (line: string) => plain(line.slice(line.indexOf(' ') + 1));
  const length = Math.min(ours.length, theirs.length);
  for (let from = 0; from < length && found.length < 6; ) {
    let to = from + 1;
    while (to < length && time(theirs[to]) === time(theirs[to - 1]) + 1) to++;
    const mine = ours.slice(from, to).map(text).toSorted();
    const other = theirs.slice(from, to).map(text).toSorted();
    for (let i = 0; i < mine.length && found.length < 6; i++) {
      if (mine[i] !== other[i]) found.push(`event ~${from + i}: Go ${other[i]}`, `we ${mine[i]}`);
      if (time(ours[from + i]) !== time(theirs[from + i])) {
        found.push(`event ${from + i}: Go ${theirs[from + i]}`, `we ${ours[from + i]}`);
      }
    }
    from = to;
  }
  return found;
}

function ourLines(bytes: Uint8Array): string[] {
  const trace = decodeV1(bytesSource(bytes), versionOf(bytes));
  if (trace.events === undefined) throw new Error('v1 traces keep their events');
  const canonical = new Canonical(trace, trace.events);
  return Array.from({ length: trace.events.length }, (_, i) => canonical.line(i));
}

/** Go says 0 for "no parent" at a task's end, no task at its begin; and samples may have no stack. */
function plain(line: string): string {
  return line
    .replace(/^(TaskEnd .* parent=)0 /, '$118446744073709551615 ')
    .replace(/ stack=empty$/, '');
}

describe.skipIf(missing !== undefined)(`Go 1.26's reader of v1 (${missing ?? 'is here'})`, () => {
  const reference = missing === undefined ? buildReference() : () => [];
  const root = goRoot();
  const canned =
    root === undefined
      ? []
      : recordingsIn(join(root, 'src/internal/trace/internal/tracev1/testdata'));

  test("the toolchain's traces are there", () => {
    expect(canned.length).toBeGreaterThanOrEqual(12);
    expect(own.length).toBeGreaterThanOrEqual(3);
  });

  test.each([...own, ...canned])(
    'gives the same events: $name',
    { timeout: 120_000 },
    ({ bytes }) => {
      const [reading] = reference([bytes], 'events');
      expect(reading.refusal).toBe('');
      expect(v1Verdict(bytes)).toBe('');
      expect(differences(bytes, reading.lines)).toEqual([]);
    },
  );

  test('the same verdict on inputs that once broke it', () => {
    const corpus = root === undefined ? [] : fuzzCorpus(root);
    const v1 = corpus.filter(({ bytes }) => [11, 19, 21].includes(versionOf(bytes)));
    expect(v1.length).toBeGreaterThan(0);
    const readings = reference(
      v1.map(({ bytes }) => bytes),
      'verdict',
    );
    expect(v1.map(({ name, bytes }) => ({ name, isAccepted: v1Verdict(bytes) === '' }))).toEqual(
      v1.map(({ name }, i) => ({ name, isAccepted: readings[i].refusal === '' })),
    );
  });

  test.each(canned.filter(({ bytes }) => bytes.length < 8000))(
    'the same verdict on cuts and changes of $name',
    { timeout: 120_000 },
    ({ bytes }) => {
      const inputs = [...truncations(bytes, 97), ...mutations(bytes, 400)];
      const readings = reference(inputs, 'verdict');
      const differing = inputs
        .map((input, i) => ({ i, we: v1Verdict(input), go: readings[i].refusal }))
        .filter(({ we, go }) => (we === '') !== (go === ''));
      expect(differing).toEqual([]);
    },
  );
});
