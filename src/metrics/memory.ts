/**
 * Where a process's memory is: what the Go runtime knows of it, laid against what Linux holds resident.
 *
 * The runtime maps `total` bytes and gave `released` of them back: total − released is the most that
 * Go can have resident, and it is the sum of its parts here. What RSS has beyond that is outside Go
 * (cgo, mapped files, the binary itself). RSS below it is no contradiction: fresh pages are resident
 * only once they are touched; that much of Go's memory is then named `untouched`.
 * Names: runtime/metrics (Go 1.19 to 1.27); RSS by /proc/PID/status.
 */
import type { MetricSnapshot } from './snapshot.ts';

export const MEMORY_TOTAL = '/memory/classes/total:bytes';
export const RELEASED = '/memory/classes/heap/released:bytes';
export const RSS = 'process_resident_memory_bytes';
export const RSS_FILE = 'process_resident_file_bytes';

/** The parts of Go's own memory, in the order in which they are stacked. */
export const MEMORY_PARTS = [
  {
    id: 'objects',
    title: 'heap objects',
    names: ['/memory/classes/heap/objects:bytes'],
    about: 'live, or dead and not swept yet',
  },
  {
    id: 'unused',
    title: 'unused in spans',
    names: ['/memory/classes/heap/unused:bytes'],
    about: 'reserved for objects of a size, without one in it',
  },
  {
    id: 'free',
    title: 'free, kept',
    names: ['/memory/classes/heap/free:bytes'],
    about: 'could go back to the system; the scavenger gives it back in the background',
  },
  {
    id: 'stacks',
    title: 'stacks',
    names: ['/memory/classes/heap/stacks:bytes', '/memory/classes/os-stacks:bytes'],
    about: 'of goroutines and threads',
  },
  {
    id: 'metadata',
    title: 'runtime metadata',
    names: [
      '/memory/classes/metadata/mcache/free:bytes',
      '/memory/classes/metadata/mcache/inuse:bytes',
      '/memory/classes/metadata/mspan/free:bytes',
      '/memory/classes/metadata/mspan/inuse:bytes',
      '/memory/classes/metadata/other:bytes',
    ],
    about: 'spans, caches and the bitmaps of the garbage collector',
  },
  {
    id: 'other',
    title: 'other',
    names: ['/memory/classes/other:bytes', '/memory/classes/profiling/buckets:bytes'],
    about: 'profiling buckets, trace buffers and the rest',
  },
] as const;

export interface MemoryBreakdown {
  /** Part id → bytes; a part that the source does not tell is not there. */
  readonly parts: ReadonlyMap<string, number>;
  /** total − released: the most that Go can have resident. NaN = unknown. */
  readonly mapped: number;
  /** Given back to the system; NaN = unknown. */
  readonly released: number;
  /** Resident set; NaN = unknown (not a process of this machine). */
  readonly rss: number;
  /** RSS − mapped where that is positive, else 0; NaN = unknown. */
  readonly outside: number;
  /** Of `outside`, pages of files: the binary, shared libraries, mapped files. NaN = unknown. */
  readonly files: number;
  /** Go's memory that was never touched, so that it is not resident; NaN = unknown. */
  readonly untouched: number;
}

/**
 * Undefined when the reading has no memory metrics at all. Pages of files are never Go's own, so that
 * where they are known Go's part is laid against the anonymous rest.
 */
export function memoryBreakdown({ metrics }: MetricSnapshot): MemoryBreakdown | undefined {
  const scalarOf = (name: string): number => {
    const value = metrics.get(name)?.value;
    return typeof value === 'number' && Number.isFinite(value) ? value : NaN;
  };
  const parts = new Map<string, number>();
  for (const { id, names } of MEMORY_PARTS) {
    const known = names.map(scalarOf).filter((value) => !Number.isNaN(value));
    if (known.length > 0)
      parts.set(
        id,
        known.reduce((a, b) => a + b),
      );
  }
  const rss = scalarOf(RSS);
  if (parts.size === 0 && Number.isNaN(rss)) return undefined;
  const released = scalarOf(RELEASED);
  const mapped = scalarOf(MEMORY_TOTAL) - released;
  const files = scalarOf(RSS_FILE);
  const ofFiles = Number.isNaN(files) ? 0 : files;
  const beyond = rss - ofFiles - mapped;
  return {
    parts,
    mapped,
    released,
    rss,
    outside: Math.max(0, beyond) + ofFiles,
    files,
    untouched: Math.max(0, -beyond),
  };
}
