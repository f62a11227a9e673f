/** What the records of a v1 trace mean, rule by rule, and what is left of damaged ones. */
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../src/base/errors.ts';
import { eventName } from '../../../src/trace/eventtype.ts';
import { bytesSource } from '../../../src/trace/source.ts';
import { statesOf } from '../../../src/trace/states.ts';
import { GoState } from '../../../src/trace/statetrack.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import { decodeV1 } from '../../../src/trace/v1/decode.ts';
import { v1Verdict, versionOf } from './v1inputs.ts';
import { v1Trace } from './v1text.ts';

const decode = (bytes: Uint8Array): Trace => decodeV1(bytesSource(bytes), versionOf(bytes));

/** Kinds of events but the Sync ones, with their times. */
function events(trace: Trace): string[] {
  const { events: columns } = trace;
  if (columns === undefined) return [];
  return Array.from(
    { length: columns.length },
    (_, i) => `${columns.time[i]} ${eventName(columns.kind[i])}`,
  ).slice(1, -1);
}

/** One tick is a nanosecond. Goroutines 1 and 2 are there; 1 runs on proc 0. */
const START = `
Batch 0 1000
GoCreate 0 1 0 0
GoCreate 0 2 0 0
GoWaiting 0 2
ProcStart 0 7
GoStart 0 1 1
Gomaxprocs 0 2 0
`;
const END = 'Frequency 1000000000';

describe('order', () => {
  test('goroutines that are there already are statuses until the first Gomaxprocs', () => {
    const trace = decode(v1Trace(21, START + END));
    expect(events(trace)).toEqual(['1 GoStatus', '2 ProcStatus', '3 GoStatus']);
    expect(trace.notes).toEqual([]);
    expect(trace.gomaxprocs.value).toEqual(Float64Array.of(2));
  });

  test('an event waits for the one that its sequence number follows, whatever their places', () => {
    const other = `
      Batch 1 1000
      ProcStart 40 8
      GoStart 2 2 3
      GoBlockRecv 5 0
    `;
    const waker = 'GoUnblock 10 2 2 0\n';
    const bytes = v1Trace(21, other + START + waker + END);
    const trace = decode(bytes);
    expect(v1Verdict(bytes)).toBe('');
    expect(events(trace).slice(3)).toEqual([
      '11 GoUnblock',
      '41 ProcStatus',
      '43 GoStart',
      '48 GoBlock',
    ]);
    const states = statesOf(trace.goroutineStates, trace.goroutines.id.indexOf(2n));
    expect(Array.from(states.state, (state) => state & 7)).toEqual([
      GoState.waiting,
      GoState.runnable,
      GoState.running,
      GoState.waiting,
    ]);
  });

  test('the end of a syscall lies where it happened, not where it was written', () => {
    const text = `
      GoSysCall 100 0
      GoSysBlock 50
      ProcStop 1
      Batch 1 1300
      ProcStart 0 8
      GoSysExit 200 1 2 1250
      GoStart 1 1 3
    `;
    const trace = decode(v1Trace(21, START + text + END));
    expect(events(trace).slice(3)).toEqual([
      '101 GoSyscallBegin',
      '152 ProcStop',
      '251 GoSyscallEndBlocked',
      '301 ProcStatus',
      '502 GoStart',
    ]);
  });

  test('a syscall that does not block lasts a nanosecond', () => {
    const trace = decode(v1Trace(21, `${START}GoSysCall 100 0\n${END}`));
    expect(events(trace).slice(3)).toEqual(['101 GoSyscallBegin', '102 GoSyscallEnd']);
  });

  test('clocks that disagree are refused; leniently, times give way to the order', () => {
    const other = 'Batch 1 900\nProcStart 0 8\nGoStart 5 2 3\n';
    const bytes = v1Trace(21, `${START}GoUnblock 10 2 2 0\n${other}${END}`);
    expect(v1Verdict(bytes)).toBe('time stamps out of order');
    const trace = decode(bytes);
    expect(trace.notes).toMatchObject([{ kind: 'out-of-order' }]);
    expect(events(trace).at(-1)).toMatch(/GoStart$/);
  });
});

describe('versions', () => {
  test('before Go 1.10 the stop of the world has no reason of its own, and is on each proc', () => {
    const old = v1Trace(9, `${START}STWStart 5\nSTWDone 5\n${END}`);
    expect(v1Verdict(old)).toBe('');
    expect(decode(old).ranges.length).toBe(1);
    expect(v1Verdict(v1Trace(10, `${START}STWStart 5\nSTWDone 5\n${END}`))).toMatch(
      /^STWStart|arg/,
    );
  });

  test('Go 1.21 says why the world stops, by number', () => {
    const trace = decode(v1Trace(21, `${START}STWStart 5 9\nSTWDone 5\n${END}`));
    expect(trace.strings[trace.ranges.reason[0]]).toBe('GOMAXPROCS');
  });

  test('before Go 1.9 sweeps are not counted', () => {
    const old = decode(v1Trace(8, `${START}GCSweepStart 5 0\nGCSweepDone 9\n${END}`));
    expect(old.ranges.swept).toEqual(Float64Array.of(0));
    const later = decode(v1Trace(9, `${START}GCSweepStart 5 0\nGCSweepDone 9 8192 4096\n${END}`));
    expect([later.ranges.swept[0], later.ranges.reclaimed[0]]).toEqual([8192, 4096]);
  });

  test('Go 1.5 numbers its events over all procs; stacks are program counters', () => {
    const trace = decode(
      v1Trace(
        5,
        `Batch 1 20 1000
         ProcStart 0 30 8
         Batch 0 1 1000
         GoCreate 0 0 1 4096 0
         ProcStart 1 0 7
         GoStart 1 1 1
         Gomaxprocs 1 1 2 1
         GoBlock 1 5 1
         Stack 1 4660 22136
         Frequency 1000000000 0`,
      ),
    );
    expect(events(trace)).toEqual(['1 ProcStatus', '2 GoStatus', '8 GoBlock', '31 ProcStatus']);
    const [, stack] = trace.stacks.start;
    expect(Array.from(trace.frames.pc.slice(stack))).toContain(4660n);
  });

  test('futile wake-ups are left out; Go 1.26 refuses traces with them', () => {
    const text = `
      GoUnblock 10 2 2 0
      Batch 1 1000
      ProcStart 20 8
      GoStart 1 2 3
      FutileWakeup 1
      GoBlockSync 1 0
    `;
    const old = v1Trace(7, START + text + END);
    expect(v1Verdict(old)).toBe('');
    expect(events(decode(old)).slice(3)).toEqual(['21 ProcStatus']);
    const later = v1Trace(21, START + text + END);
    expect(v1Verdict(later)).toBe('unexpected event type 36');
    expect(events(decode(later)).slice(3)).toEqual(['21 ProcStatus']);
  });
});

test('tasks, regions and logs; the text of a log stands in its record', () => {
  const trace = decode(
    v1Trace(
      21,
      `${START}
       String 1 request
       String 2 phase
       UserTaskCreate 10 5 0 1 0
       UserRegion 10 5 0 2 0
       UserLog 10 5 2 0 "grün"
       UserRegion 10 5 1 2 0
       UserTaskEnd 10 5 0
       ${END}`,
    ),
  );
  const { tasks, regions, logs, strings } = trace;
  expect([strings[tasks.name[0]], tasks.start[0], tasks.end[0]]).toEqual(['request', 11, 51]);
  expect([strings[regions.name[0]], regions.start[0], regions.end[0]]).toEqual(['phase', 21, 41]);
  expect([strings[logs.category[0]], strings[logs.message[0]]]).toEqual(['phase', 'grün']);
});

describe('what is damaged', () => {
  test('without its end, a trace has no frequency: a tick is guessed, and that is said', () => {
    const bytes = v1Trace(21, `${START}GoSched 100 0\n`);
    expect(v1Verdict(bytes)).toBe('no EvFrequency event');
    const trace = decode(bytes);
    expect(trace.notes[0]).toMatchObject({
      kind: 'damaged',
      reason: expect.stringContaining('25.6 ns'),
    });
    expect(events(trace).at(-1)).toBe('2561 GoStop');
  });

  test('where an event that others wait for is lost, time orders them', () => {
    const other = 'Batch 1 1000\nProcStart 40 8\nGoStart 2 2 3\nGoBlockRecv 5 0\n';
    const bytes = v1Trace(21, START + other + END);
    expect(v1Verdict(bytes)).toBe('no consistent ordering of events possible');
    const trace = decode(bytes);
    expect(events(trace).slice(3)).toEqual(['41 ProcStatus', '43 GoStart', '48 GoBlock']);
    expect(trace.notes.map(({ kind }) => kind)).toEqual(['out-of-order', 'out-of-order']);
  });

  test('reading goes on at the next batch', () => {
    const good = 'Batch 1 1100\nProcStart 0 8\nHeapAlloc 1 5000\n';
    const whole = v1Trace(21, `${START}HeapAlloc 1 4000\n${good}${END}`);
    const at = v1Trace(21, START).length;
    const bytes = Uint8Array.of(...whole.subarray(0, at), 0, 255, 255, ...whole.subarray(at + 4));
    const trace = decode(bytes);
    expect(trace.notes).toMatchObject([{ kind: 'damaged', offset: at }]);
    expect(Array.from(trace.heapAlloc.value)).toEqual([5000]);
  });

  test('nothing readable is an error', () => {
    expect(() => decode(v1Trace(21, ''))).toThrow(DecodeError);
  });

  test('regions that do not nest are noted, and end by name', () => {
    const text = `
      String 1 outer
      String 2 inner
      UserRegion 10 0 0 1 0
      UserRegion 10 0 0 2 0
      UserRegion 10 0 1 1 0
      UserRegion 10 0 1 2 0
    `;
    const bytes = v1Trace(21, START + text + END);
    expect(v1Verdict(bytes)).toMatch(/^misuse of region in goroutine 1/);
    const trace = decode(bytes);
    expect(trace.notes).toMatchObject([{ kind: 'annotation' }]);
    expect(trace.regions.end).toEqual(Float64Array.of(31, 41));
  });
});
