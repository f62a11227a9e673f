/**
 * What the CPU went to, summed over the CPU profiles of a window: the program, its garbage
 * collection and allocation, and idle marking, which costs nobody anything.
 *
 * Stacks of the observer are left out everywhere. Values are nanoseconds of CPU.
 */
import { type Profile, sampleIndexOf } from '../profile/profile.ts';
import { type Container, grownContainer } from './allocation-kinds.ts';
import { type Frame, siteIndex } from './frames.ts';
import { capturesOf, type ObservedWindow, toSeconds } from './window.ts';

/** Sorted from the specific to the general: the first match from the leaf on names the work. */
const GC_WORK: readonly (readonly [RegExp, GcWork])[] = [
  [/^runtime\.gcDrainMarkWorkerIdle$/, 'idleMark'],
  [/^runtime\.gcAssistAlloc/, 'assist'],
  [
    /^runtime\.(mallocgc|malloc[A-Z]|newobject$|makeslice$|growslice$|rawstring|rawbyteslice)/,
    'malloc',
  ],
  [/^runtime\.(gcBgMarkWorker|gcDrain|gcStart$|gcMarkDone|gcMarkTermination|markroot)/, 'mark'],
  [/^runtime\.(bgsweep|sweepone|bgscavenge|\(\*scavengerState\))/, 'sweep'],
  [/^(runtime\.)?(gcWriteBarrier|wbBufFlush|bulkBarrierPreWrite)/, 'barrier'],
];

export type GcWork = 'idleMark' | 'assist' | 'malloc' | 'mark' | 'sweep' | 'barrier';

/** What allocating at one of the user's lines takes. */
export interface AllocationCpu {
  nanos: number;
  /** The heaviest stack, which has the runtime's functions that heap profiles leave out. */
  stack: readonly Frame[];
  siteAt: number;
  heaviest: number;
}

export interface CpuUse {
  /** All samples but the observer's and idle marking. */
  readonly total: number;
  readonly gc: Readonly<Record<GcWork, number>>;
  /** mallocgc and assists, by the user's line. */
  readonly allocationBySite: ReadonlyMap<Frame, Readonly<AllocationCpu>>;
  /** Maps that are filled and slices that are appended to, by the user's line. */
  readonly containers: ReadonlyMap<Frame, ReadonlySet<Container>>;
  /** Sum of the captures' lengths in seconds. */
  readonly seconds: number;
  /** Samples taken (all of them). */
  readonly samples: number;
}

/** Nanoseconds per sample value and the column to read; undefined when it is no CPU profile. */
export function cpuColumn(profile: Profile): { column: number; scale: number } | undefined {
  const cpu = profile.sampleTypes.findIndex((t) => t.unit === 'nanoseconds');
  if (cpu >= 0) return { column: cpu, scale: 1 };
  const samples = sampleIndexOf(profile, 'samples');
  if (samples < 0 || profile.period <= 0n) return undefined;
  return { column: samples, scale: Number(profile.period) };
}

/** Calls `visit` for each CPU sample of the window that is not the observer's. */
export function forEachCpuSample(
  window: ObservedWindow,
  visit: (stack: readonly Frame[], nanos: number) => void,
): void {
  for (const { profile } of capturesOf(window, 'cpu')) {
    const read = cpuColumn(profile);
    if (read === undefined) continue;
    window.book
      .framesOf(profile)
      .forEachSample([read.column], (stack, values) => visit(stack, (values[0] ?? 0) * read.scale));
  }
}

/** What a stack spends on garbage collection or allocation, if it does. */
export function gcWorkOf(stack: readonly Frame[]): GcWork | undefined {
  let found: GcWork | undefined;
  for (const frame of stack) {
    if (frame.origin !== 'runtime') break;
    const work = GC_WORK.find(([pattern]) => pattern.test(frame.function))?.[1];
    if (work === undefined) continue;
    // Sweeping and marking below an allocation are part of its price; assists are told apart.
    if (work === 'idleMark' || work === 'assist') return work;
    if (work === 'malloc' && found !== 'barrier') return 'malloc';
    found ??= work;
  }
  return found;
}

const known = new WeakMap<ObservedWindow, CpuUse>();

/** Undefined without a CPU profile. Read once for each window. */
export function readCpuUse(window: ObservedWindow): CpuUse | undefined {
  const use = known.get(window) ?? sumCpuUse(window);
  if (use !== undefined) known.set(window, use);
  return use;
}

function sumCpuUse(window: ObservedWindow): CpuUse | undefined {
  const captures = capturesOf(window, 'cpu').filter((c) => cpuColumn(c.profile) !== undefined);
  if (captures.length === 0) return undefined;
  const gc: Record<GcWork, number> = {
    idleMark: 0,
    assist: 0,
    malloc: 0,
    mark: 0,
    sweep: 0,
    barrier: 0,
  };
  const allocationBySite = new Map<Frame, AllocationCpu>();
  const containers = new Map<Frame, Set<Container>>();
  let total = 0;
  let samples = 0;
  forEachCpuSample(window, (stack, nanos) => {
    samples++;
    const work = gcWorkOf(stack);
    if (work !== undefined) gc[work] += nanos;
    if (work === 'idleMark') return;
    total += nanos;
    addContainer(containers, stack);
    if (work !== 'malloc' && work !== 'assist') return;
    addAllocation(allocationBySite, stack, nanos);
  });
  const seconds = captures.reduce((sum, c) => sum + lengthOf(c.profile, c.durationNanos), 0);
  return { total, gc, allocationBySite, containers, seconds, samples };
}

function addContainer(containers: Map<Frame, Set<Container>>, stack: readonly Frame[]): void {
  const siteAt = siteIndex(stack);
  const site = stack[siteAt];
  const container = grownContainer(stack, siteAt);
  if (site === undefined || container === undefined) return;
  const known = containers.get(site);
  if (known === undefined) containers.set(site, new Set([container]));
  else known.add(container);
}

function addAllocation(
  bySite: Map<Frame, AllocationCpu>,
  stack: readonly Frame[],
  nanos: number,
): void {
  const siteAt = siteIndex(stack);
  const site = stack[siteAt];
  if (site === undefined) return;
  let use = bySite.get(site);
  if (use === undefined) {
    use = { nanos: 0, stack: [], siteAt, heaviest: 0 };
    bySite.set(site, use);
  }
  use.nanos += nanos;
  if (nanos <= use.heaviest) return;
  use.heaviest = nanos;
  use.stack = [...stack];
  use.siteAt = siteAt;
}

/** The profile's own length is exact; the capture's includes the transfer. */
function lengthOf(profile: Profile, captured: bigint): number {
  return toSeconds(profile.durationNanos > 0n ? profile.durationNanos : captured);
}

/** Cores that were busy on average; undefined when the length is unknown. */
export function coresOf(use: CpuUse, nanos: number): number | undefined {
  return use.seconds > 0 ? nanos / 1e9 / use.seconds : undefined;
}
