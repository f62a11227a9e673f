/**
 * How busy the processors were: CPU time over recorded time.
 *
 * The share of wall time in which anything ran is at most this quotient, as samples of several
 * processors at once count several times: 0.1 cores mean that nothing ran for at least 90 % of the
 * time. GOMAXPROCS is not in a profile; where it is known the share of it is said as well.
 */
import { formatShare, formatValue, threeDigits } from '../figures.ts';
import type { Note } from './note.ts';
import { type Reading, sumOf } from './reading.ts';

/** Below this nothing in the profile can make the program much faster. */
const IDLE_CORES = 0.5;
/** Nanoseconds; see rates.ts. */
const CPU_PERIOD = 10_000_000n;
/** Above this share of GOMAXPROCS goroutines queue for a processor. */
const FULL_SHARE = 0.9;

export function utilisation(reading: Reading): Note | undefined {
  if (reading.kind !== 'cpu' || reading.seconds <= 0) return undefined;
  const nanos = cpuNanos(reading);
  if (nanos === undefined || nanos <= 0) return undefined;
  const cores = nanos / 1e9 / reading.seconds;
  const { processors } = reading.context;
  const evidence = [
    `${formatValue(nanos, 'nanoseconds')} of CPU in ${formatValue(reading.seconds, 'seconds')}: ${threeDigits(cores)} cores`,
  ];
  if (processors !== undefined) evidence.push(`GOMAXPROCS ${processors}`);
  const source = 'runtime/pprof, duration_nanos and the sum of the samples';
  const { period } = reading.profile;
  if (period > 0n && period < CPU_PERIOD) {
    return {
      id: 'utilisation',
      level: 'fact',
      text: `The samples add up to ${threeDigits(cores)} cores; at this rate the system drops some of them, so that more were busy.`,
      evidence,
      source: 'go.dev/issue/35057: timers that signal faster than the kernel ticks lose samples',
    };
  }
  if (cores < IDLE_CORES) {
    return {
      id: 'utilisation',
      level: 'caution',
      text: `This program was idle for at least ${formatShare(1 - cores)} of the time. If it is slow, it waits (or gets no processor): look at block, mutex and goroutine profiles or an execution trace, not here.`,
      evidence,
      source,
    };
  }
  const share = processors === undefined ? undefined : cores / processors;
  const full = share !== undefined && share > FULL_SHARE;
  return {
    id: 'utilisation',
    level: 'fact',
    text: full
      ? `All ${processors} processors were busy ${formatShare(share)} of the time: goroutines wait for one another’s CPU time, and every share here is time that can be won.`
      : `${threeDigits(cores)} cores were busy on average${share === undefined ? '' : `, ${formatShare(share)} of GOMAXPROCS`}. A share of this profile is a share of that, not of the time a request takes.`,
    evidence,
    source,
  };
}

/** CPU time, whichever of its two sample types is shown. */
function cpuNanos(reading: Reading): number | undefined {
  if (reading.unit === 'nanoseconds') return reading.total;
  const column = reading.column('cpu');
  return column && sumOf(column);
}
