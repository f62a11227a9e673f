/**
 * v1 traces cut at every byte and changed thousands of times: a DecodeError, or a trace whose tables
 * hold together and, where Go's reader refuses the file, a note. Never more events than bytes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../src/base/errors.ts';
import { bytesSource } from '../../../src/trace/source.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import { decodeV1 } from '../../../src/trace/v1/decode.ts';
import { mutations, truncations, v1Verdict, versionOf } from './v1inputs.ts';
import { v1Trace } from './v1text.ts';

const recording = (name: string) =>
  readFileSync(join(import.meta.dirname, `../../fixtures/trace/v1/go${name}.trace`));

const SMALL = `
Batch 0 1000
GoCreate 0 1 1 0
GoCreate 0 2 1 0
GoWaiting 0 2
ProcStart 0 7
GoStart 0 1 1
Gomaxprocs 0 2 1
GoUnblock 10 2 2 1
HeapAlloc 3 100000
GCStart 1 0 1
STWStart 1 0
STWDone 3
GoSysCall 100 1
GoSysBlock 50
ProcStop 1
Batch 1 1005
ProcStart 30 8
GoStart 2 2 3
GCSweepStart 1 1
GCSweepDone 1 8192 4096
GoBlockRecv 5 1
GoSysExit 200 1 2 1240
GoStart 1 1 3
GCDone 1
GoEnd 9
ProcStop 1
Frequency 1000000000
Stack 1 4096 1 2 42 8192 1 2 17
String 1 main.main
String 2 /app/main.go
`;

const ANNOTATED = `${SMALL}
Batch 0 2000
ProcStart 0 7
GoCreate 1 3 1 0
GoStartLocal 1 3
UserTaskCreate 10 5 0 1 1
UserRegion 10 5 0 2 1
UserLog 10 5 2 1 "text of a log"
UserRegion 10 5 1 2 1
UserTaskEnd 10 5 1
GCMarkAssistStart 1 1
GCMarkAssistDone 1
CPUSample 1 2100 0 3 1
GoPreempt 1 1
`;

function decoded(bytes: Uint8Array): Trace | undefined {
  try {
    return decodeV1(bytesSource(bytes), versionOf(bytes));
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
    return undefined;
  }
}

/** What does not hold of a trace; '' = all does. */
function problem(bytes: Uint8Array): string {
  const trace = decoded(bytes);
  if (trace === undefined) return v1Verdict(bytes) === '' ? 'refused, though whole' : '';
  const { events, notes } = trace;
  if (events === undefined) return 'no events';
  if (events.length !== trace.eventCount) return 'events are miscounted';
  if (events.length > bytes.length) return 'more events than bytes';
  const verdict = v1Verdict(bytes);
  if (verdict !== '' && notes.length === 0) return `no note, but Go: ${verdict}`;
  for (let i = 1; i < events.length; i++) {
    if (events.time[i] < events.time[i - 1]) return `time of event ${i} goes down`;
  }
  const isWithin = (column: ArrayLike<number>, length: number) =>
    Array.from(column).every((index) => index >= -1 && index < length);
  if (!isWithin(events.goroutine, trace.goroutines.length)) return 'a goroutine that is not there';
  if (!isWithin(events.proc, trace.procs.length)) return 'a proc that is not there';
  if (!isWithin(events.thread, trace.threads.length)) return 'a thread that is not there';
  if (!isWithin(events.stack, trace.stacks.length)) return 'a stack that is not there';
  if (!isWithin(trace.stacks.frames, trace.frames.length)) return 'a frame that is not there';
  if (!isWithin(trace.frames.func, trace.strings.length)) return 'a string that is not there';
  for (const { base, last, start } of trace.goroutineStates.segments) {
    if (start.some((time) => base + time > last)) return 'a state out of its segment';
  }
  return '';
}

function expectSound(inputs: readonly Uint8Array[]): void {
  const problems = inputs.map((input, i) => ({ i, is: problem(input) }));
  expect(problems.filter(({ is }) => is !== '')).toEqual([]);
}

describe.each([
  [
    '1.5',
    v1Trace(
      5,
      'Batch 0 1 1000\nGoCreate 0 0 1 4096 0\nProcStart 1 0 7\nGoStart 1 1 1\nFrequency 1000000000 0\n',
    ),
  ],
  ['1.10', v1Trace(10, SMALL)],
  ['1.21', v1Trace(21, ANNOTATED)],
])('a small trace of Go %s', (_, bytes) => {
  test('is whole', () => {
    expect(v1Verdict(bytes)).toBe('');
    expect(decoded(bytes)?.notes).toEqual([]);
  });

  test('cut at every byte', { timeout: 60_000 }, () => expectSound(truncations(bytes, 1)));

  test('changed in 1,000 ways', { timeout: 120_000 }, () => expectSound(mutations(bytes, 1000)));
});

describe.each(['1.9', '1.10', '1.16', '1.19', '1.21'])('a recording of Go %s', (version) => {
  const bytes = recording(version);

  test('cut in many places', { timeout: 120_000 }, () => {
    expectSound(truncations(bytes, Math.ceil(bytes.length / 24)));
  });

  test('changed in many ways', { timeout: 120_000 }, () => expectSound(mutations(bytes, 24)));

  test('keeps what stands before a cut', () => {
    const whole = decoded(bytes)?.eventCount ?? 0;
    const half = decoded(bytes.subarray(0, bytes.length / 2));
    expect(half?.eventCount).toBeGreaterThan(whole / 4);
    expect(half?.notes.length).toBeGreaterThan(0);
  });

  test('of which 64 bytes are bad keeps what stands before them, and goes on at the next batch', () => {
    const whole = decoded(bytes)?.eventCount ?? 0;
    const damaged = Uint8Array.from(bytes).fill(0xff, bytes.length / 3, bytes.length / 3 + 64);
    expect(decoded(damaged)?.eventCount).toBeGreaterThan(whole / 4);
  });
});
