/**
 * Heap snapshots as series: bytes in use by line, function and snapshot, and what was allocated
 * there.
 *
 * Lines are the user's (siteIndex). A live target's snapshots carry both; a store keeps what is in
 * use and the growth of allocations in records of their own, which are joined here by time.
 */
import { type Profile, sampleIndexOf } from '../profile/profile.ts';
import { type Frame, siteIndex } from './frames.ts';
import type { Capture } from './observation.ts';
import { capturesOf, heapCaptures, instantOf, type ObservedWindow, toSeconds } from './window.ts';

/** runtime.MemProfileRate's default: mean bytes between two samples. */
const DEFAULT_RATE = 512 * 1024;

export interface HeapLine {
  readonly site: Frame;
  readonly inuse: Float64Array;
  readonly objects: Float64Array;
  /** alloc_space: since process start, or since the snapshot before (HeapSnapshots.allocations). */
  readonly alloc: Float64Array;
  stack: readonly Frame[];
  siteAt: number;
}

export interface HeapFunction {
  readonly lines: Map<Frame, HeapLine>;
}

export interface HeapSnapshots {
  readonly times: readonly number[];
  readonly functions: ReadonlyMap<string, HeapFunction>;
  /** What the alloc columns hold; a store keeps growth, and in records of their own. */
  readonly allocations: 'since start' | 'growth' | 'unknown';
  /** All bytes in use, by snapshot. */
  readonly total: readonly number[];
  readonly rate: number;
  readonly forced: boolean;
}

/** Heap snapshots of the window that have what the rule needs. */
export function leakSnapshots(window: ObservedWindow): readonly Capture[] {
  return heapCaptures(window, 'inuse_space');
}

export function readHeapSnapshots(window: ObservedWindow): HeapSnapshots {
  const captures = leakSnapshots(window);
  const functions = new Map<string, HeapFunction>();
  const total: number[] = [];
  captures.forEach((capture, index) => {
    total.push(readSnapshot(window, capture.profile, index, captures.length, functions));
  });
  const start = captures[0] === undefined ? 0n : instantOf(captures[0]);
  return {
    times: captures.map((c) => toSeconds(instantOf(c) - start)),
    functions,
    allocations: readAllocations(window, captures, functions),
    total,
    rate: rateOf(captures.at(-1)?.profile),
    forced: captures.length > 0 && captures.every((c) => c.forcedGc),
  };
}

/** Tells what the alloc columns hold, after adding those of separate allocs captures. */
function readAllocations(
  window: ObservedWindow,
  captures: readonly Capture[],
  functions: Map<string, HeapFunction>,
): HeapSnapshots['allocations'] {
  if (captures.every((c) => sampleIndexOf(c.profile, 'alloc_space') >= 0)) {
    return captures.some((c) => c.delta) ? 'growth' : 'since start';
  }
  const growth = capturesOf(window, 'allocs').filter((c) => c.delta);
  if (growth.length === 0) return 'unknown';
  for (const { profile, startNanos, durationNanos } of growth) {
    // The interval's middle lies before the snapshot that ends it, and after the one before.
    const middle = startNanos + durationNanos / 2n;
    const index = captures.findIndex((c) => instantOf(c) >= middle);
    if (index < 0) continue;
    const column = sampleIndexOf(profile, 'alloc_space');
    window.book.framesOf(profile).forEachSample([column], (stack, values) => {
      const site = stack[siteIndex(stack)];
      if (site === undefined) return;
      const line = functions.get(functionKey(site))?.lines.get(site);
      if (line !== undefined) line.alloc[index] = (line.alloc[index] ?? 0) + (values[0] ?? 0);
    });
  }
  return 'growth';
}

function rateOf(profile: Profile | undefined): number {
  if (profile === undefined || profile.periodType?.type !== 'space') return DEFAULT_RATE;
  return profile.period > 0n ? Number(profile.period) : DEFAULT_RATE;
}

function readSnapshot(
  window: ObservedWindow,
  profile: Profile,
  index: number,
  snapshots: number,
  functions: Map<string, HeapFunction>,
): number {
  const columns = ['inuse_space', 'inuse_objects', 'alloc_space'].map((type) =>
    sampleIndexOf(profile, type),
  );
  let total = 0;
  window.book.framesOf(profile).forEachSample(columns, (stack, values) => {
    const [inuse = 0, objects = 0, alloc = 0] = values;
    total += inuse;
    const siteAt = siteIndex(stack);
    const site = stack[siteAt];
    if (site === undefined) return;
    const line = lineOf(functions, site, snapshots);
    line.inuse[index] = (line.inuse[index] ?? 0) + inuse;
    line.objects[index] = (line.objects[index] ?? 0) + objects;
    line.alloc[index] = (line.alloc[index] ?? 0) + alloc;
    if (inuse > 0 || line.stack.length === 0) {
      line.stack = [...stack];
      line.siteAt = siteAt;
    }
  });
  return total;
}

function functionKey(site: Frame): string {
  return `${site.function}\0${site.file}`;
}

function lineOf(functions: Map<string, HeapFunction>, site: Frame, snapshots: number): HeapLine {
  const key = functionKey(site);
  let fn = functions.get(key);
  if (fn === undefined) {
    fn = { lines: new Map() };
    functions.set(key, fn);
  }
  let line = fn.lines.get(site);
  if (line === undefined) {
    line = {
      site,
      inuse: new Float64Array(snapshots),
      objects: new Float64Array(snapshots),
      alloc: new Float64Array(snapshots),
      stack: [],
      siteAt: 0,
    };
    fn.lines.set(site, line);
  }
  return line;
}

export function grownSince(line: HeapLine, from: number): number {
  return (line.inuse.at(-1) ?? 0) - (line.inuse[from] ?? 0);
}

/** Bytes that a line allocated after snapshot `from`; undefined when that is not known. */
export function allocatedSince(
  snapshots: HeapSnapshots,
  line: HeapLine,
  from: number,
): number | undefined {
  const { allocations } = snapshots;
  if (allocations === 'unknown') return undefined;
  if (allocations === 'since start') {
    return Math.max(0, (line.alloc.at(-1) ?? 0) - (line.alloc[from] ?? 0));
  }
  return line.alloc.subarray(from + 1).reduce((sum, bytesMade) => sum + bytesMade, 0);
}
