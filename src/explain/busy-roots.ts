/**
 * CPU by the function that goroutines began in, and what the samples below it have in common: is it
 * one place, does it only look whether something has changed, does it allocate or call the system?
 *
 * Reads the samples for the rule runaway-loop; it judges nothing. Cost: one pass over the CPU samples.
 */
import { cpuColumn, gcWorkOf } from './cpu.ts';
import { type Frame, siteIndex } from './frames.ts';
import { rootOf } from './goroutine-groups.ts';
import { capturesOf, type ObservedWindow, toSeconds } from './window.ts';

/** Calls that find out whether there is something to do, and come back at once. */
const LOOKS =
  /^(runtime\.(selectnbrecv|selectnbsend|chanrecv|chansend|selectgo|Gosched|gosched_m|goschedImpl|chanlen|empty|full|nanotime|procyield|usleep|osyield)|time\.(Now|Since|Until|runtimeNow|now|Time\.)|context\.\(\*\w+\)\.(Err|Done|Deadline)|(internal\/)?sync\.\(\*(RW)?Mutex\)\.(Lock|Unlock|TryLock|RLock|RUnlock|lockSlow|unlockSlow)|(internal\/runtime\/|sync\/)atomic\.)/;
const CALLS_SYSTEM =
  /^(syscall\.|internal\/runtime\/syscall\.|internal\/poll\.|runtime\.(cgocall|asmcgocall|entersyscall|exitsyscall))/;
/** The runtime's scheduler, on whose stacks a goroutine that yields is charged. */
const SCHEDULES = /^runtime\.(mcall|mstart|schedule|findRunnable|park_m|goexit0)/;

export interface BusyRoot {
  readonly root: Frame;
  nanos: number;
  /** Samples by the user's line nearest to the leaf. */
  readonly lines: Map<Frame, number>;
  samples: number;
  /** Samples whose leaf-most work is to look, to allocate, or to call the system. */
  looking: number;
  allocating: number;
  calling: number;
  /** Samples of which nothing is below the user's line but preemption. */
  self: number;
  /** The heaviest stack. */
  stack: readonly Frame[];
  heaviest: number;
  /** Functions that are on all stacks. */
  readonly common: Set<string>;
  /** Nanoseconds by capture. */
  readonly byCapture: number[];
}

export interface BusyRoots {
  /** Most CPU first. */
  readonly roots: readonly BusyRoot[];
  /** Length of each capture, in seconds. */
  readonly seconds: readonly number[];
  /** CPU of the scheduler itself, which yields and failed looks cause. */
  readonly scheduling: number;
}

export function readBusyRoots(window: ObservedWindow): BusyRoots {
  const captures = capturesOf(window, 'cpu').filter((c) => cpuColumn(c.profile) !== undefined);
  const roots = new Map<string, BusyRoot>();
  let scheduling = 0;
  captures.forEach(({ profile }, index) => {
    const read = cpuColumn(profile);
    if (read === undefined) return;
    const period = Number(profile.period) || 1e7;
    window.book.framesOf(profile).forEachSample([read.column], (stack, values) => {
      const nanos = (values[0] ?? 0) * read.scale;
      if (stack.some((frame) => SCHEDULES.test(frame.function))) scheduling += nanos;
      const siteAt = siteIndex(stack);
      const site = stack[siteAt];
      const root = rootOf(stack);
      if (site === undefined || root === undefined) return;
      if (site.origin !== 'own' && site.origin !== 'dependency') return;
      add(rootEntry(roots, root), { stack, siteAt, site, nanos, period, index });
    });
  });
  return {
    roots: [...roots.values()].sort((a, b) => b.nanos - a.nanos),
    seconds: captures.map((c) => toSeconds(c.durationNanos || c.profile.durationNanos)),
    scheduling,
  };
}

function rootEntry(roots: Map<string, BusyRoot>, root: Frame): BusyRoot {
  let entry = roots.get(root.function);
  if (entry === undefined) {
    entry = {
      root,
      nanos: 0,
      lines: new Map(),
      samples: 0,
      looking: 0,
      allocating: 0,
      calling: 0,
      self: 0,
      stack: [],
      heaviest: 0,
      common: new Set(),
      byCapture: [],
    };
    roots.set(root.function, entry);
  }
  return entry;
}

interface Sample {
  readonly stack: readonly Frame[];
  readonly siteAt: number;
  readonly site: Frame;
  readonly nanos: number;
  readonly period: number;
  readonly index: number;
}

function add(entry: BusyRoot, { stack, siteAt, site, nanos, period, index }: Sample): void {
  const samples = nanos / period;
  const below = stack.slice(0, siteAt);
  const has = (pattern: RegExp) => below.some((frame) => pattern.test(frame.function));
  const functions = new Set(stack.map((frame) => frame.function));
  if (entry.samples === 0) for (const name of functions) entry.common.add(name);
  else for (const name of entry.common) if (!functions.has(name)) entry.common.delete(name);
  entry.nanos += nanos;
  entry.samples += samples;
  entry.byCapture[index] = (entry.byCapture[index] ?? 0) + nanos;
  entry.lines.set(site, (entry.lines.get(site) ?? 0) + samples);
  if (gcWorkOf(stack) !== undefined) entry.allocating += samples;
  else if (has(CALLS_SYSTEM)) entry.calling += samples;
  else if (has(LOOKS)) entry.looking += samples;
  else if (below.every((frame) => /^runtime\.asyncPreempt/.test(frame.function))) {
    entry.self += samples;
  }
  if (nanos > entry.heaviest) {
    entry.heaviest = nanos;
    entry.stack = [...stack];
  }
}
