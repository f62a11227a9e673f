/**
 * Traces of Go 1.5 to 1.10, which Go 1.26 no longer reads: event for event what Go 1.21's reader
 * gives, on recordings and on that toolchain's own test data, and the same verdict on files that are
 * cut or changed.
 *
 * Our times are forced apart by a nanosecond where events of a tick would coincide, Go 1.21's are not,
 * and the order of such events is chance in both; hence sets are compared, from one time at which
 * both agree to the next.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bytesSource } from '../../../src/trace/source.ts';
import { decodeV1 } from '../../../src/trace/v1/decode.ts';
import { Canonical } from './canonical.ts';
import { mutations, truncations, v1Verdict, versionOf } from './v1inputs.ts';
import { buildOldReference, oldTraceSources, type TimedLine, translated } from './v1reference.ts';

const sources = oldTraceSources();
const why = sources === undefined ? "needs Go 1.21.13's sources" : 'is here';

function recordingsIn(folder: string, pattern: RegExp): { name: string; bytes: Uint8Array }[] {
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .map((name) => ({ name, bytes: readFileSync(join(folder, name)) }))
    .filter(({ bytes }) => versionOf(bytes) < 11);
}

/** Our events without what Go 1.21's reader does not tell: threads, and what becomes of syscalls. */
function ourLines(bytes: Uint8Array): TimedLine[] {
  const trace = decodeV1(bytesSource(bytes), versionOf(bytes));
  const { events } = trace;
  if (events === undefined) throw new Error('v1 traces keep their events');
  const canonical = new Canonical(trace, events);
  return Array.from({ length: events.length }, (_, i) => canonical.line(i))
    .filter((line) => !/^-?\d+ Sync| Syscall->Running | Undetermined->Runnable /.test(line))
    .map((line) => {
      const [time = '', kind = '', , ...rest] = line.split(' ');
      return { time: Number(time), text: [kind, ...rest].join(' ') };
    });
}

function differences(ours: readonly TimedLine[], theirs: readonly TimedLine[]): string[] {
  const found: string[] = [];
  if (ours.length !== theirs.length) found.push(`${ours.length} events, Go ${theirs.length}`);
  const length = Math.min(ours.length, theirs.length);
  const isCut = (i: number) =>
    theirs[i].time > theirs[i - 1].time && ours[i].time === theirs[i].time;
  for (let from = 0; from < length && found.length < 6; ) {
    let to = from + 1;
    while (to < length && !isCut(to)) to++;
    const mine = ours.slice(from, to).map(({ text }) => text);
    const other = theirs.slice(from, to).map(({ text }) => text);
    const [sorted, expected] = [mine.toSorted(), other.toSorted()];
    const at = sorted.findIndex((text, i) => text !== expected[i]);
    if (at >= 0) found.push(`event ~${from}: Go ${expected[at]}`, `we ${sorted[at]}`);
    const isLate = ours.slice(from, to).some(({ time }, i) => {
      const late = time - theirs[from + i].time;
      return late < 0 || late > 3 * (to - from);
    });
    if (isLate) found.push(`events ${from} to ${to} lie elsewhere in time`);
    from = to;
  }
  return found;
}

describe.skipIf(sources === undefined)(`Go 1.21's reader (${why})`, () => {
  const reference = sources === undefined ? () => [] : buildOldReference(sources);
  const fixtures = join(import.meta.dirname, '../../fixtures/trace/v1');
  const own = recordingsIn(fixtures, /\.trace$/);
  const canned = recordingsIn(
    sources === undefined ? fixtures : join(sources, 'testdata'),
    /_good$/,
  );

  test('its own traces, and ours, are there', () => {
    expect(own.length).toBeGreaterThanOrEqual(2);
    expect(canned.length).toBeGreaterThanOrEqual(11);
  });

  test.each([...own, ...canned])(
    'gives the same events: $name',
    { timeout: 60_000 },
    ({ bytes }) => {
      const [reading] = reference([bytes], 'events');
      expect(reading.refusal).toBe('');
      expect(v1Verdict(bytes)).toBe('');
      expect(differences(ourLines(bytes), translated(reading.lines))).toEqual([]);
    },
  );

  test('refuses clocks that disagree; leniently they open', () => {
    const folder = join(sources ?? '', 'testdata');
    const [unordered] = recordingsIn(folder, /_unordered$/);
    expect(v1Verdict(unordered.bytes)).toBe('time stamps out of order');
    const trace = decodeV1(bytesSource(unordered.bytes), 5);
    expect(trace.eventCount).toBeGreaterThan(1000);
    expect(trace.notes.map(({ kind }) => kind)).toEqual(['out-of-order']);
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
