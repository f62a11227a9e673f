/**
 * The profiles that `go tool trace` derives from a trace: where goroutines wait, and for how long.
 *
 * As cmd/trace/pprof.go of Go 1.26: a wait is counted when it ends, with the stack of the event that
 * began it, and only from the moment a goroutine first runs on (so that the first scheduling latency of
 * a new goroutine is not in the `sched` profile). `isWhole` counts those before, too. One pass over the
 * state rows; nothing is allocated per row.
 */
import type { Profile } from '../../profile/profile.ts';
import { Floats, Ints } from '../growing.ts';
import { forEachState } from '../states.ts';
import { GoCause, GoState, goCause, goState } from '../statetrack.ts';
import type { Trace } from '../trace.ts';
import { isSelected, type Selection, selectedTime } from './selection.ts';
import { type ProfileKind, profileOfStacks, StackValues } from './stackprofile.ts';

export const DERIVED_KINDS = ['net', 'sync', 'syscall', 'sched'] as const;
/** Network waits, synchronization (channels, sync, select), syscalls, scheduler latency. */
export type DerivedKind = (typeof DERIVED_KINDS)[number];

export interface DerivedOptions {
  /** Also what was waited before a goroutine first ran. */
  readonly isWhole?: boolean;
}

const DELAYS: ProfileKind = {
  sampleTypes: [
    { type: 'contentions', unit: 'count' },
    { type: 'delay', unit: 'nanoseconds' },
  ],
  periodType: { type: 'trace', unit: 'count' },
  period: 1n,
};

export function derivedProfile(
  trace: Trace,
  kind: DerivedKind,
  selection: Selection = {},
  options: DerivedOptions = {},
): Profile {
  const values = new StackValues(trace);
  const isEverything = options.isWhole === true || selection.spans !== undefined;
  const add: WaitVisitor = (goroutine, start, end, stack) => {
    const time = selectedTime(selection, goroutine, start, end);
    if (time > 0) values.add(stack, time);
  };
  const early = new EarlyWaits();
  const hasRun = forEachWait(trace, kind, (goroutine, start, end, stack, isEarly) => {
    if (isEverything || !isEarly) add(goroutine, start, end, stack);
    else early.push(goroutine, start, end, stack);
  });
  early.forEach((goroutine, start, end, stack) => {
    // Of goroutines that never run, all counts.
    if (hasRun[goroutine] === 0) add(goroutine, start, end, stack);
  });
  return profileOfStacks(trace, values, DELAYS);
}

type WaitVisitor = (goroutine: number, start: number, end: number, stack: number) => void;

/** Waits from before their goroutines first ran. */
class EarlyWaits {
  private readonly goroutines = new Ints();
  private readonly stacks = new Ints();
  private readonly starts = new Floats();
  private readonly ends = new Floats();

  push(goroutine: number, start: number, end: number, stack: number): void {
    this.goroutines.push(goroutine);
    this.starts.push(start);
    this.ends.push(end);
    this.stacks.push(stack);
  }

  forEach(visit: WaitVisitor): void {
    for (let i = 0; i < this.goroutines.length; i++) {
      const { array: goroutine } = this.goroutines;
      visit(goroutine[i], this.starts.array[i], this.ends.array[i], this.stacks.array[i]);
    }
  }
}

/**
 * Every finished wait of a kind: it lasts until its goroutine's state is another. Gives which goroutines
 * have run at all.
 */
function forEachWait(
  trace: Trace,
  kind: DerivedKind,
  visit: (goroutine: number, start: number, end: number, stack: number, isEarly: boolean) => void,
): Uint8Array {
  const wanted = WAITING_IN[kind];
  const isReason = Uint8Array.from(trace.strings, (text) => (isReasonOf(kind, text) ? 1 : 0));
  const { length } = trace.goroutines;
  const since = new Float64Array(length).fill(Number.NaN);
  const stack = new Int32Array(length);
  const hasRun = new Uint8Array(length);
  forEachState(trace.goroutineStates, trace.duration, (goroutine, start, _end, packed, a, b) => {
    const state = goState(packed);
    if (state !== wanted) {
      const from = since[goroutine];
      if (from < start) visit(goroutine, from, start, stack[goroutine], hasRun[goroutine] === 0);
      since[goroutine] = Number.NaN;
      if (state === GoState.running) hasRun[goroutine] = 1;
      return;
    }
    // A second row, such as a syscall's that has lost its proc.
    if (since[goroutine] <= start) return;
    const hasNoReason = goCause(packed) === GoCause.created || isReason[a] === 0;
    if (wanted === GoState.waiting && hasNoReason) return;
    since[goroutine] = start;
    stack[goroutine] = b;
  });
  return hasRun;
}

const WAITING_IN: Readonly<Record<DerivedKind, number>> = {
  net: GoState.waiting,
  sync: GoState.waiting,
  syscall: GoState.syscall,
  sched: GoState.runnable,
};

function isReasonOf(kind: DerivedKind, reason: string): boolean {
  if (kind === 'net') return reason === 'network';
  return kind === 'sync' && /chan|sync|select/.test(reason);
}

/** Samples are taken a hundred times a second (runtime.SetCPUProfileRate, unless told otherwise). */
const SAMPLE_NANOS = 10_000_000;

const SAMPLES: ProfileKind = {
  sampleTypes: [
    { type: 'samples', unit: 'count' },
    { type: 'cpu', unit: 'nanoseconds' },
  ],
  periodType: { type: 'cpu', unit: 'nanoseconds' },
  period: BigInt(SAMPLE_NANOS),
};

/** The CPU samples in a trace (taken when the CPU profiler ran at the same time) as a profile. */
export function cpuSampleProfile(trace: Trace, selection: Selection = {}): Profile {
  const values = new StackValues(trace);
  const { samples } = trace;
  for (let i = 0; i < samples.length; i++) {
    if (!isSelected(selection, samples.goroutine[i], samples.time[i])) continue;
    values.add(samples.stack[i], SAMPLE_NANOS);
  }
  const profile = profileOfStacks(trace, values, SAMPLES);
  return { ...profile, durationNanos: BigInt(Math.round(trace.duration)) };
}
