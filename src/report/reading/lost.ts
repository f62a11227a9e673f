/**
 * Samples that were taken but lost, and those that could not be attributed.
 *
 * The runtime writes a pseudo function where it has no stack: lostProfileEvent of runtime/pprof when
 * its buffer of 2^17 words was full; runtime._LostExternalCode and _LostSIGPROFDuringAtomic64 when a
 * signal came where nothing may be recorded; _LostContendedRuntimeLock in mutex profiles. C code
 * without a traceback function is runtime._ExternalCode (runtime.SetCgoTraceback).
 */
import { formatShare, formatValue } from '../figures.ts';
import type { Note } from './note.ts';
import type { Reading } from './reading.ts';

const LOST =
  /^(runtime\/pprof\.lostProfileEvent|runtime\._Lost(ExternalCode|SIGPROFDuringAtomic64))$/;
const LOST_LOCKS = /^runtime\._LostContendedRuntimeLock$/;
const FOREIGN = /^runtime\._ExternalCode$/;
/** Below this share the rest tells the same story. */
const NOTICEABLE = 0.005;
/** Below this nobody needs to know. */
const NOTHING = 0.0005;

export function lostSamples(reading: Reading): Note | undefined {
  const value = reading.valueThrough((name) => LOST.test(name) || LOST_LOCKS.test(name));
  const share = reading.share(value);
  if (share < NOTHING) return undefined;
  const locks = reading.valueThrough((name) => LOST_LOCKS.test(name)) > 0;
  return {
    id: 'lost-samples',
    level: share < NOTICEABLE ? 'fact' : 'caution',
    text: locks
      ? `${formatShare(share)} of this are waits for locks of the runtime itself whose stack was not kept; they are under runtime._LostContendedRuntimeLock.`
      : `${formatShare(share)} of the samples were lost before they could be written: their time is counted, their stacks are unknown, and other shares are too low by that much.`,
    evidence: [`${formatValue(value, reading.unit)} under a function that stands for lost samples`],
    source: locks
      ? 'runtime/mprof.go, mLockProfile'
      : 'runtime/cpuprof.go, addExtra; runtime/pprof/proto.go, lostProfileEvent',
  };
}

export function foreignCode(reading: Reading): Note | undefined {
  const share = reading.share(reading.valueThrough((name) => FOREIGN.test(name)));
  if (share < NOTICEABLE) return undefined;
  return {
    id: 'foreign-code',
    level: 'fact',
    text: `${formatShare(share)} was spent in code that is not Go and has no stack (runtime._ExternalCode): C code without a cgo traceback function. runtime.SetCgoTraceback, or perf, sees into it.`,
    evidence: [],
    source: 'runtime/proc.go, sigprof; runtime.SetCgoTraceback',
  };
}
