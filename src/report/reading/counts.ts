/**
 * What each of Go's profiles counts, and what it cannot see: one sentence of each for every type.
 *
 * From the documentation of runtime and runtime/pprof, and the code that takes the samples (Go 1.26:
 * cpuprof.go, mprof.go, proc.go of runtime; fgprof's README for wall-clock profiles).
 */
import type { Note } from './note.ts';
import type { Reading } from './reading.ts';

interface Words {
  readonly counts: string;
  readonly blind: string;
  readonly source: string;
}

const IN_USE: Words = {
  counts:
    'It estimates what was still reachable at the end of a garbage collection, by the stack that allocated it.',
  blind:
    'It does not say who holds on to it; goroutine stacks, memory of cgo, mmap, and what the runtime keeps free or has not yet given back are not in it, so that the process is larger.',
  source: 'runtime/mprof.go, MemProfile',
};

const ALLOCATED: Words = {
  counts: 'It estimates all memory that was ever allocated on the heap, by the stack that did it.',
  blind:
    'It does not say what is left of it, and nothing that escape analysis kept on a stack is in it; what it costs is in a CPU profile, under runtime.mallocgc and the garbage collector.',
  source: 'runtime/mprof.go, MemProfile',
};

const WORDS: Readonly<Record<string, Words>> = {
  cpu: {
    counts: 'It counts where the processors were, a sample for each 10 ms of CPU time used.',
    blind:
      'It does not see waiting: not for locks, channels, the network, disks, timers, nor for a processor; a slow request that waits is not in it.',
    source: 'runtime/cpuprof.go, runtime/pprof.StartCPUProfile',
  },
  block: {
    counts:
      'It adds up how long goroutines were parked in channel operations, selects, mutexes, wait groups and conditions, at the place that waited.',
    blind:
      'Sleeping, network and file I/O, system calls, waiting for a processor and for the collector are not in it, nor waits that have not ended; it is off unless the program calls runtime.SetBlockProfileRate.',
    source: 'runtime/mprof.go, blockevent; runtime.SetBlockProfileRate',
  },
  mutex: {
    counts:
      'It adds up how long other goroutines were kept waiting for sync.Mutex and sync.RWMutex, at the Unlock of the one that held it.',
    blind:
      'Who waited is not in it (a block profile has that), nor channels, wait groups and conditions, nor locks that are still held; it is off unless the program calls runtime.SetMutexProfileFraction.',
    source: 'runtime/mprof.go, mutexevent; runtime.SetMutexProfileFraction',
  },
  goroutine: {
    counts: 'It counts the goroutines that exist at one moment, by the stack they are at.',
    blind:
      'It does not say how long they have been there, nor whether they run: a dump with debug=2 has the state and the minutes of each; the runtime’s own goroutines are left out.',
    source: 'runtime/mprof.go, GoroutineProfile',
  },
  goroutineleak: {
    counts:
      'It counts goroutines that are blocked for good, because nothing that could wake them is reachable any more.',
    blind:
      'A goroutine that waits on something reachable, a global channel for example, is not in it, even when nobody will ever wake it.',
    source: 'runtime/pprof, goroutineleak (GOEXPERIMENT=goroutineleakprofile in Go 1.26)',
  },
  threadcreate: {
    counts: 'It counts operating-system threads by the stack that led to their creation.',
    blind:
      'Most threads are made by other threads of the runtime, for which no stack is known: read the number, not the stacks.',
    source: 'runtime/proc.go, newm; go.dev/issue/6104',
  },
  wall: {
    counts:
      'It counts goroutines by their stack at regular moments, running or waiting, so that the time of each adds up.',
    blind:
      'It does not tell running from waiting unless a label (state) does, and a program with many idle goroutines is mostly those; short calls between two samples are missed.',
    source: 'github.com/felixge/fgprof, README',
  },
};

function wordsFor({ kind, sampleType, unit }: Reading): Words {
  if (sampleType.startsWith('inuse_')) return IN_USE;
  if (sampleType.startsWith('alloc_')) return ALLOCATED;
  const words = WORDS[kind] ?? WORDS[sampleType];
  if (words !== undefined) return words;
  return {
    counts: `It is a profile of the program’s own: it counts “${sampleType}” in ${unit || 'no unit'}, and only the code that adds to it knows what that is.`,
    blind:
      'A pprof.Profile of Go’s library holds what was added and not yet removed, by the stack that added it.',
    source: 'runtime/pprof.NewProfile',
  };
}

export function whatItCounts(reading: Reading): Note {
  const { counts, blind, source } = wordsFor(reading);
  return { id: 'counts', level: 'fact', text: `${counts} ${blind}`, evidence: [], source };
}
