/**
 * Sampling rates other than Go's own: they change what the numbers cost and how far they can be
 * trusted. CPU 100 Hz (runtime/pprof/pprof.go, StartCPUProfile), memory one sample in 512 KiB
 * (runtime.MemProfileRate); block and mutex profiles do not write theirs into the file.
 */
import { formatCount, formatValue, threeDigits } from '../figures.ts';
import type { Note } from './note.ts';
import type { Reading } from './reading.ts';

const CPU_PERIOD = 10_000_000;
const MEMORY_PERIOD = 512 * 1024;

export function samplingRate(reading: Reading): Note | undefined {
  const { kind, profile } = reading;
  const period = Number(profile.period);
  if (kind === 'cpu') return cpuRate(period);
  if (profile.periodType?.type === 'space') return memoryRate(period);
  if (kind === 'block' || kind === 'mutex') return unknownRate(kind);
  return undefined;
}

function cpuRate(period: number): Note | undefined {
  if (period === 0 || period === CPU_PERIOD) return undefined;
  const hertz = 1e9 / period;
  return {
    id: 'sampling-rate',
    level: 'caution',
    text:
      hertz > 100
        ? `It was recorded at ${threeDigits(hertz)} Hz instead of 100: the signals cost more, and many systems cannot deliver them that often, so that CPU time is missing.`
        : `It was recorded at ${threeDigits(hertz)} Hz instead of 100: each sample stands for ${formatValue(period, 'nanoseconds')}, so that small shares are chance.`,
    evidence: [`period ${formatValue(period, 'nanoseconds')}`],
    source: 'runtime.SetCPUProfileRate; runtime/pprof/pprof.go, StartCPUProfile',
  };
}

function memoryRate(period: number): Note | undefined {
  if (period === 0 || period === MEMORY_PERIOD) return undefined;
  const every = period === 1;
  return {
    id: 'sampling-rate',
    level: period > MEMORY_PERIOD ? 'caution' : 'fact',
    text: every
      ? 'Every allocation was recorded (MemProfileRate=1): the numbers are exact, and the program was slower than it is without.'
      : `One allocation was recorded for each ${formatValue(period, 'bytes')} allocated, on average, instead of each 512 kB: ${period < MEMORY_PERIOD ? 'finer, and dearer for the program' : 'small allocations may be missing'}. The values are scaled with this rate; if the program changed it while running, they are wrong.`,
    evidence: [`MemProfileRate ${formatCount(period)}`],
    source: 'runtime.MemProfileRate; runtime/pprof/protomem.go, scaleHeapSample',
  };
}

function unknownRate(kind: 'block' | 'mutex'): Note {
  return {
    id: 'sampling-rate',
    level: 'fact',
    text:
      kind === 'block'
        ? 'The sampling rate is not in the file. With SetBlockProfileRate(n) a wait shorter than n ns is recorded with a chance of its length over n, and scaled up; longer ones always.'
        : 'The sampling rate is not in the file. With SetMutexProfileFraction(n) one contention in n is recorded, and scaled up by n.',
    evidence: [],
    source: 'runtime/mprof.go, saveBlockEventStack',
  };
}
