/**
 * GODEBUG lines with a place in time → metric snapshots, one for each schedtrace line, or for each
 * collection where there is no schedtrace.
 *
 * Lines say how long after the process's start they were written, not when that was: the caller
 * gives a start, or an end that the last line lies at (a file's modification time). A time that falls
 * back is another process: its counters begin anew.
 */
import { DecodeError } from '../../base/errors.ts';
import type { MetricSnapshot } from '../snapshot.ts';
import type { GodebugEvent } from './events.ts';
import { readGodebug } from './reader.ts';
import { GodebugState, secondsOf } from './state.ts';

export interface GodebugHistory {
  /** Ascending by time; empty when no line says anything of a moment. */
  readonly snapshots: readonly MetricSnapshot[];
  /** Processes that were told apart. */
  readonly processes: number;
}

/** Lines of one process come out of order by less than this: their clocks begin apart. */
const SLACK_SECONDS = 1;

/** `endNanos` is when the last line was written, in unix nanoseconds; 0 = then times begin at 1970. */
export function godebugHistory(events: readonly GodebugEvent[], endNanos: bigint): GodebugHistory {
  const runs = runsOf(events);
  const total = runs.reduce((sum, run) => sum + run.seconds, 0);
  const begin = endNanos > 0n ? endNanos - nanos(total) : 0n;
  const snapshots: MetricSnapshot[] = [];
  let start = begin;
  for (const run of runs) {
    const state = new GodebugState();
    const bySched = run.events.some(({ event }) => event.kind === 'sched');
    for (const { event, seconds } of run.events) {
      state.apply(event);
      if (event.kind !== (bySched ? 'sched' : 'gc')) continue;
      // A start of 0 would read as unknown.
      snapshots.push(state.snapshot(start + nanos(seconds), start > 0n ? start : 1n));
    }
    start += nanos(run.seconds);
  }
  return { snapshots, processes: runs.length };
}

interface Run {
  readonly events: { readonly event: GodebugEvent; readonly seconds: number }[];
  /** The latest time in it. */
  seconds: number;
}

function runsOf(events: readonly GodebugEvent[]): readonly Run[] {
  const runs: Run[] = [];
  let run: Run | undefined;
  for (const event of events) {
    const seconds = secondsOf(event);
    const fellBack = run !== undefined && (seconds ?? run.seconds) < run.seconds - SLACK_SECONDS;
    if (run === undefined || fellBack) {
      run = { events: [], seconds: 0 };
      runs.push(run);
    }
    run.seconds = Math.max(run.seconds, seconds ?? 0);
    run.events.push({ event, seconds: run.seconds });
  }
  return runs;
}

function nanos(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e6)) * 1000n;
}

export interface GodebugReading {
  /** The last. */
  readonly snapshot: MetricSnapshot;
  readonly history: readonly MetricSnapshot[];
  readonly notUnderstood: readonly string[];
}

/** A text with such lines, whatever else is in it. Throws DecodeError when none of them is a reading. */
export function decodeGodebug(text: string, endNanos: bigint): GodebugReading {
  const { events, notUnderstood } = readGodebug(text);
  const { snapshots } = godebugHistory(events, endNanos);
  const snapshot = snapshots.at(-1);
  if (snapshot === undefined) {
    throw new DecodeError('GODEBUG output', 0, 'it has no whole line of schedtrace or gctrace');
  }
  const lines = notUnderstood === 1 ? 'line was' : 'lines were';
  return {
    snapshot,
    history: snapshots,
    notUnderstood: notUnderstood === 0 ? [] : [`${notUnderstood} ${lines} not understood`],
  };
}
