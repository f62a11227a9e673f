import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { increaseOf, percentile } from '../series.ts';
import type { Histogram, MetricSnapshot } from '../snapshot.ts';
import { decodeGodebug, godebugHistory } from './history.ts';
import { readGodebug } from './reader.ts';
import { GodebugState } from './state.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../../test/fixtures/godebug/${name}.txt`, import.meta.url), 'utf8');
const stateOf = (text: string) => {
  const state = new GodebugState();
  for (const event of readGodebug(text).events) state.apply(event);
  return state.snapshot(1n);
};
const value = (snapshot: MetricSnapshot | undefined, name: string) =>
  snapshot?.metrics.get(name)?.value;

describe('GODEBUG lines as metrics', () => {
  test('schedtrace has gse’s names', () => {
    const line =
      'SCHED 412ms: gomaxprocs=2 idleprocs=1 threads=8 spinningthreads=3 needspinning=1 ' +
      'idlethreads=4 runqueue=5 [ 6 7 ] schedticks=[ 80 90 ]';
    const { metrics, source, gomaxprocs } = stateOf(line);
    expect([source, gomaxprocs]).toEqual(['godebug', 2]);
    expect(Object.fromEntries([...metrics.values()].map((m) => [m.name, m.value]))).toEqual({
      '/sched/gomaxprocs:threads': 2,
      idle_procs: 1,
      threads: 8,
      spinning_threads: 3,
      needs_spinning_threads: 1,
      idle_threads: 4,
      global_runqueue_length: 5,
      local_run_queues_length: 13,
      local_run_queue_0: 6,
      local_run_queue_1: 7,
      schedticks_0: 80,
      schedticks_1: 90,
    });
    expect(metrics.get('schedticks_0')?.cumulative).toBe(true);
  });

  test('what a Go version does not print is missing, not 0', () => {
    const { metrics } = stateOf(fixture('schedtrace-go1.19.13'));
    expect(metrics.has('needs_spinning_threads')).toBe(false);
    expect(metrics.has('schedticks_0')).toBe(false);
  });

  test('Ps that GOMAXPROCS took away lose their queues', () => {
    const line = (queues: string, procs: number) =>
      `SCHED 0ms: gomaxprocs=${procs} idleprocs=0 threads=4 spinningthreads=0 needspinning=0 ` +
      `idlethreads=0 runqueue=0 [ ${queues} ] schedticks=[ ${queues} ]\n`;
    const { metrics } = stateOf(line('1 2 3', 3) + line('4', 1));
    expect([...metrics.keys()].filter((name) => /_\d$/.test(name))).toEqual([
      'local_run_queue_0',
      'schedticks_0',
    ]);
  });

  test('gctrace has the names of runtime/metrics, in bytes and CPU seconds', () => {
    const line =
      'gc 7 @1.204s 3%: 0.30+4.2+0.10 ms clock, 0.60+1.5/1.25/7.25+0.40 ms cpu, ' +
      '27->28->26 MB, 54 MB goal, 1 MB stacks, 2 MB globals, 2 P\n';
    const snapshot = stateOf(
      `${line}${line.replace('2 P', '2 P (forced)').replace('gc 7', 'gc 8')}`,
    );
    const MB = 2 ** 20;
    expect(value(snapshot, '/gc/heap/live:bytes')).toBe(26 * MB);
    expect(value(snapshot, '/gc/heap/goal:bytes')).toBe(54 * MB);
    expect(value(snapshot, '/gc/scan/stack:bytes')).toBe(MB);
    expect(value(snapshot, '/gc/cycles/total:gc-cycles')).toBe(8);
    expect(value(snapshot, '/gc/cycles/forced:gc-cycles')).toBe(1);
    expect(value(snapshot, '/gc/cycles/automatic:gc-cycles')).toBe(1);
    expect(value(snapshot, '/cpu/classes/gc/mark/assist:cpu-seconds')).toBeCloseTo(0.003, 9);
    expect(value(snapshot, '/cpu/classes/gc/pause:cpu-seconds')).toBeCloseTo(0.002, 9);
    expect(value(snapshot, '/cpu/classes/gc/total:cpu-seconds')).toBeCloseTo(0.022, 9);
  });

  test('every collection adds its two pauses to the histogram', () => {
    const snapshot = stateOf(fixture('gctrace-go1.26.8'));
    const lines = fixture('gctrace-go1.26.8').match(/^gc /gm)?.length ?? 0;
    const pauses = value(snapshot, '/sched/pauses/total/gc:seconds') as Histogram;
    expect(pauses.counts.reduce((a, b) => a + b)).toBe(2 * lines);
    expect(percentile(pauses, 0.99)).toBeLessThan(0.01);
  });

  test('scavtrace adds up what was released and keeps what is', () => {
    const snapshot = stateOf(
      'scav 4 KiB work (bg), 8 KiB work (eager), 3840 KiB now, 76% util\n'.repeat(2),
    );
    expect(value(snapshot, 'scavtrace_background_released_bytes_total')).toBe(8192);
    expect(value(snapshot, 'scavtrace_eager_released_bytes_total')).toBe(16384);
    expect(value(snapshot, '/memory/classes/heap/released:bytes')).toBe(3840 * 1024);
  });
});

describe('a file of such lines', () => {
  test('has a reading for every schedtrace line, and ends when the file does', () => {
    const { history, snapshot } = decodeGodebug(fixture('all-interleaved-go1.26.8'), 10n ** 18n);
    const lines = fixture('all-interleaved-go1.26.8').match(/^SCHED/gm)?.length;
    expect(history.length).toBe(lines);
    expect(10n ** 18n - snapshot.timeNanos).toBeLessThan(1_000_000_000n);
    expect(increaseOf(history, '/gc/cycles/total:gc-cycles')?.value).toBeGreaterThan(0);
  });

  test('without schedtrace has one for every collection', () => {
    const { history } = decodeGodebug(fixture('gctrace-go1.19.13'), 0n);
    expect(history.length).toBe(fixture('gctrace-go1.19.13').match(/^gc /gm)?.length);
  });

  test('a time that falls back is another process, whose counters begin anew', () => {
    const text = fixture('gctrace-go1.26.8');
    const { events } = readGodebug(text + text);
    const { snapshots, processes } = godebugHistory(events, 0n);
    expect(processes).toBe(2);
    const half = snapshots.length / 2;
    expect(value(snapshots.at(-1), '/gc/cycles/automatic:gc-cycles')).toBe(
      value(snapshots[half - 1], '/gc/cycles/automatic:gc-cycles'),
    );
    expect(snapshots[half]?.processStartNanos).not.toBe(snapshots[0]?.processStartNanos);
  });

  test('without a reading is refused', () => {
    expect(() => decodeGodebug(fixture('inittrace-go1.26.8'), 0n)).toThrow(
      'no whole line of schedtrace or gctrace',
    );
  });
});
