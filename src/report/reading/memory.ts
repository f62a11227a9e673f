/**
 * Heap profiles: the moment they show, and what their two halves have to do with each other.
 *
 * Allocations of a GC cycle become visible when the cycle after next ends (mProf_NextCycle,
 * mProf_Flush in runtime/mprof.go), so that frees can catch up with them.
 */
import { formatShare, formatValue } from '../figures.ts';
import type { Note } from './note.ts';
import { type Reading, sumOf } from './reading.ts';

export function heapMoment(reading: Reading): Note | undefined {
  if (!reading.sampleType.startsWith('inuse_')) return undefined;
  return {
    id: 'heap-moment',
    level: 'fact',
    text: 'It shows the heap as a garbage collection left it, up to two collections ago, not this moment: ask /debug/pprof/heap?gc=1 to collect first. Compare captures only after as many collections.',
    evidence: [],
    source: 'runtime/mprof.go, MemProfile and mProf_NextCycle',
  };
}

export function allocatedAgainstInUse(reading: Reading): Note | undefined {
  // Of several captures, what is in use was added up over and over.
  if ((reading.context.profiles ?? 1) > 1) return undefined;
  const allocations = reading.column('alloc_space');
  const remains = reading.column('inuse_space');
  if (allocations === undefined || remains === undefined) return undefined;
  const allocated = sumOf(allocations);
  const inUse = sumOf(remains);
  if (allocated <= 0) return undefined;
  if (inUse < 0 || !/^(alloc|inuse)_/.test(reading.sampleType)) return undefined;
  const share = formatShare(inUse / allocated);
  const looking = reading.sampleType.startsWith('alloc_');
  return {
    id: 'allocated-or-in-use',
    level: 'fact',
    text: looking
      ? `${share} of what was allocated is still in use. This view is about the price of allocating and collecting; for a process that is too large look at inuse_space.`
      : `${share} of what was allocated is still in use. This view is about the size of the heap; for time spent on allocating and collecting look at alloc_space.`,
    evidence: [
      `${formatValue(allocated, 'bytes')} allocated, ${formatValue(inUse, 'bytes')} in use`,
      reading.seconds > 0 ? 'over the recorded time' : 'since the process started',
    ],
    source: 'runtime/mprof.go, MemProfileRecord',
  };
}
