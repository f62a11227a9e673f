import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { GcEvent, GodebugEvent, SchedEvent } from './events.ts';
import { looksLikeGodebug, readGodebug } from './reader.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../../test/fixtures/godebug/${name}.txt`, import.meta.url), 'utf8');
const ofKind = <K extends GodebugEvent['kind']>(name: string, kind: K) =>
  readGodebug(fixture(name)).events.filter(
    (event): event is Extract<GodebugEvent, { kind: K }> => event.kind === kind,
  );

describe('schedtrace', () => {
  test.each([
    ['schedtrace-go1.19.13', 2, undefined, [0, 2], undefined],
    ['schedtrace-go1.22.12', 2, 0, [0, 5], undefined],
    ['schedtrace-go1.26.8', 2, 1, [0, 0], [0, 4]],
    ['schedtrace-procs8-go1.26.8', 8, 0, [0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 3]],
  ])('%s', (name, gomaxprocs, needSpinning, localRunQueues, schedTicks) => {
    const { events, foreign, notUnderstood } = readGodebug(fixture(name));
    expect([foreign, notUnderstood]).toEqual([[], 0]);
    expect(events.length).toBe(fixture(name).trimEnd().split('\n').length);
    const first = events[0];
    expect(first).toMatchObject({ kind: 'sched', atMillis: 0, gomaxprocs, needSpinning });
    expect(first).toMatchObject({ localRunQueues, schedTicks, detail: undefined });
  });

  test('reads every number of a line', () => {
    expect(ofKind('schedtrace-go1.22.12', 'sched')[2]).toEqual<SchedEvent>({
      kind: 'sched',
      atMillis: 412,
      gomaxprocs: 2,
      idleProcs: 0,
      threads: 8,
      spinningThreads: 0,
      needSpinning: 1,
      idleThreads: 1,
      runQueue: 0,
      localRunQueues: [0, 2],
      schedTicks: undefined,
      detail: undefined,
    });
  });

  test('scheddetail gives every P, M and G, and the queues from them', () => {
    const text = fixture('scheddetail-go1.26.8');
    const { events, foreign } = readGodebug(text);
    expect(foreign).toEqual([]);
    const [first] = ofKind('scheddetail-go1.26.8', 'sched');
    expect(events.length).toBe(text.match(/^SCHED/gm)?.length);
    expect(first).toMatchObject({ localRunQueues: [0, 0], schedTicks: [15, 5] });
    expect(first?.detail?.procs.length).toBe(2);
    expect(first?.detail?.threads[6]).toMatchObject({
      id: 1,
      fields: { curg: '17', lockedg: '17' },
    });
    expect(first?.detail?.goroutines[2]).toEqual({
      id: 2,
      fields: { status: '4(force gc (idle))', m: 'nil', lockedm: 'nil' },
    });
  });
});

describe('gctrace', () => {
  test('reads every number of a line', () => {
    const events = ofKind('gctrace-go1.26.8', 'gc');
    expect(events[11]).toEqual<GcEvent>({
      kind: 'gc',
      cycle: 12,
      atSeconds: 1.204,
      cpuPercent: 1,
      clock: { sweepTerm: 0.33, mark: 4.2, markTerm: 0.005 },
      cpu: { sweepTerm: 0.66, assist: 0, background: 1.2, idle: 7.2, markTerm: 0.01 },
      heapStartMB: 27,
      heapEndMB: 27,
      heapLiveMB: 26,
      goalMB: 54,
      stacksMB: 0,
      globalsMB: 0,
      procs: 2,
      forced: true,
    });
  });

  test.each(['gctrace-go1.19.13', 'gctrace-go1.26.8', 'gctrace-go1.27rc1'])('%s', (name) => {
    const { events, foreign, notUnderstood } = readGodebug(fixture(name));
    expect([foreign, notUnderstood]).toEqual([[], 0]);
    expect(events.map((event) => event.kind === 'gc' && event.cycle)).toEqual(
      events.map((_, index) => index + 1),
    );
  });

  test('reads the forms of other versions', () => {
    // Go 1.5 to 1.17 have no stacks and globals; Go 1.26 tells a check for leaks.
    const old =
      'gc 1 @0.010s 1%: 0.01+0.5+0.02 ms clock, 0.03+0.1/0.2/0.3+0.04 ms cpu, 4->4->1 MB, 5 MB goal, 4 P';
    const leak =
      'gc 7 @2.5s 3% (checking for goroutine leaks): 1+2+3 ms clock, 4+5/6/7+8 ms cpu, 1->2->3 MB, 4 MB goal, 0 MB stacks, 0 MB globals, 2 P (forced)';
    const { events } = readGodebug(`${old}\n${leak}\n`);
    expect(events).toMatchObject([
      { cycle: 1, stacksMB: undefined, globalsMB: undefined, procs: 4, forced: false },
      { cycle: 7, cpuPercent: 3, procs: 2, forced: true },
    ]);
  });
});

test('inittrace and scavtrace', () => {
  expect(ofKind('inittrace-go1.26.8', 'init')[2]).toEqual({
    kind: 'init',
    package: 'runtime',
    atMillis: 0.04,
    clockMillis: 0.095,
    bytes: 0,
    allocs: 0,
  });
  expect(ofKind('scavtrace-go1.26.8', 'scav').at(-1)).toEqual({
    kind: 'scav',
    backgroundKiB: 0,
    eagerKiB: 7128,
    releasedKiB: 32776,
    utilPercent: 99,
    forced: true,
  });
  expect(readGodebug('scav 5 KiB work, 128 KiB total, 88% util\n').events).toEqual([
    {
      kind: 'scav',
      backgroundKiB: 5,
      eagerKiB: undefined,
      releasedKiB: 128,
      utilPercent: 88,
      forced: false,
    },
  ]);
});

describe('among other output', () => {
  test('all kinds at once lose nothing', () => {
    const { events, foreign, notUnderstood } = readGodebug(fixture('all-interleaved-go1.26.8'));
    expect(notUnderstood).toBe(0);
    expect(new Set(events.map(({ kind }) => kind))).toEqual(
      new Set(['init', 'sched', 'gc', 'scav']),
    );
    expect(events.length + foreign.length).toBe(
      fixture('all-interleaved-go1.26.8').trimEnd().split('\n').length,
    );
  });

  test('lines of the program are handed back, and what stands before the runtime’s words too', () => {
    const sched =
      'SCHED 10ms: gomaxprocs=1 idleprocs=0 threads=2 spinningthreads=0 needspinning=0 idlethreads=0 runqueue=0 [ 3 ] schedticks=[ 9 ]';
    const { events, foreign } = readGodebug(
      `listening on :80\nhalf a line${sched}\r\n2026-01-02T03:04:05Z stderr F ${sched}\nbye\n`,
    );
    expect(events).toMatchObject([{ localRunQueues: [3] }, { schedTicks: [9] }]);
    expect(foreign).toEqual([
      'listening on :80',
      'half a line',
      '2026-01-02T03:04:05Z stderr F ',
      'bye',
    ]);
  });

  test('lines that are cut are counted and kept', () => {
    const { events, foreign, notUnderstood } = readGodebug('SCHED 10ms: gomaxprocs=1 idlep\n');
    expect([events, foreign, notUnderstood]).toEqual([[], ['SCHED 10ms: gomaxprocs=1 idlep'], 1]);
  });

  test('what gctrace=2 and gcpacertrace=1 add is passed over', () => {
    expect(ofKind('gctrace2-go1.26.8', 'gc').length).toBeGreaterThan(0);
    expect(readGodebug(fixture('gctrace2-go1.26.8')).foreign).toEqual([]);
    expect(readGodebug(fixture('gcpacertrace-go1.26.8'))).toMatchObject({
      events: [],
      foreign: [],
    });
  });

  test('texts are recognized', () => {
    expect(
      ['schedtrace-go1.19.13', 'gctrace-go1.26.8', 'scavtrace-go1.26.8', 'inittrace-go1.26.8'].map(
        (name) => looksLikeGodebug(fixture(name)),
      ),
    ).toEqual([true, true, true, true]);
    expect(looksLikeGodebug('gc is fine\nSCHEDULE\n')).toBe(false);
  });
});
