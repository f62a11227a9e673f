/**
 * Waits of block and mutex profiles: which are idleness rather than a problem, who is on which side,
 * and why their sum passes the recorded time.
 *
 * A worker that waits for its next job is blocked by design, and its hours bury the waits that cost
 * someone something. They are told by where they are and how long one wait lasts: in a receive, a
 * select or a condition, half a second and more on average.
 */
import { formatShare, formatValue, threeDigits } from '../figures.ts';
import type { Note } from './note.ts';
import type { Reading } from './reading.ts';

const AWAITS_WORK = /^(runtime\.(selectgo|chanrecv[12]?)|sync\.\(\*Cond\)\.Wait)$/;
const LOCKS = /^sync\.\(\*(RW)?Mutex\)\.R?Lock(Slow)?$|^internal\/sync\.\(\*Mutex\)\.(L|l)ock/;
/** Mean nanoseconds of a wait from which on it is taken for idleness. */
const IDLE_WAIT = 500e6;
const NOTICEABLE = 0.1;

interface Wait {
  readonly stack: number;
  readonly delay: number;
  readonly mean: number;
}

/** Delay and mean length by stack; undefined when the profile lacks one of both columns. */
function waitsOf(reading: Reading): Wait[] | undefined {
  const delays = reading.column('delay');
  const counts = reading.column('contentions');
  if (delays === undefined || counts === undefined) return undefined;
  const { samples, stacks } = reading.profile;
  const delay = new Float64Array(stacks.length);
  const count = new Float64Array(stacks.length);
  for (let row = 0; row < samples.length; row++) {
    const stack = samples.stack[row] ?? 0;
    delay[stack] = (delay[stack] ?? 0) + Number(delays[row] ?? 0);
    count[stack] = (count[stack] ?? 0) + Number(counts[row] ?? 0);
  }
  return Array.from(delay, (sum, stack) => ({
    stack,
    delay: sum,
    mean: (count[stack] ?? 0) > 0 ? sum / (count[stack] ?? 1) : 0,
  }));
}

export function idleWaits(reading: Reading): Note | undefined {
  if (reading.kind !== 'block') return undefined;
  const waits = waitsOf(reading);
  if (waits === undefined) return undefined;
  const all = waits.reduce((sum, { delay }) => sum + Math.abs(delay), 0);
  const idle = waits
    .filter(({ stack, mean }) => mean >= IDLE_WAIT && AWAITS_WORK.test(reading.leafOf(stack)))
    .sort((a, b) => b.delay - a.delay);
  const sum = idle.reduce((total, { delay }) => total + delay, 0);
  const share = all > 0 ? sum / all : 0;
  if (share < NOTICEABLE) return undefined;
  return {
    id: 'idle-waits',
    level: 'caution',
    text: `${formatShare(share)} of the delay looks like goroutines that wait for work: receives and selects of half a second and more each. That is idleness, not blocking; ignore those functions to see the rest.`,
    evidence: idle.slice(0, 3).map(({ stack, delay, mean }) => {
      const names = reading.namesOf(stack);
      const caller = names.find((name) => !/^(runtime|sync|internal\/)/.test(name)) ?? names[0];
      return `${caller}: ${formatValue(delay, 'nanoseconds')}, ${formatValue(mean, 'nanoseconds')} a wait`;
    }),
    source: 'runtime/chan.go and runtime/select.go, blockevent',
  };
}

export function whichSide(reading: Reading): Note | undefined {
  if (reading.kind === 'mutex') {
    return {
      id: 'which-side',
      level: 'fact',
      text: 'The stacks are those of the goroutines that held the lock and let it go: they make others wait. Who was blocked is in the block profile, at Lock.',
      evidence: [],
      source: 'runtime/sema.go, semrelease1; runtime/mprof.go, mutexevent',
    };
  }
  if (reading.kind !== 'block') return undefined;
  const share = reading.share(reading.valueAtLeaf((name) => LOCKS.test(name)));
  return {
    id: 'which-side',
    level: 'fact',
    text:
      share === 0
        ? 'The stacks are those of the goroutines that were blocked, at the place where they waited; who woke them is not in it.'
        : `The stacks are those of the goroutines that were blocked. ${formatShare(share)} of it is waiting for mutexes: who held those is in the mutex profile.`,
    evidence: [],
    source: 'runtime/mprof.go, blockevent',
  };
}

export function moreThanTime(reading: Reading): Note | undefined {
  if (!['block', 'mutex'].includes(reading.kind) || reading.unit !== 'nanoseconds') {
    return undefined;
  }
  const { seconds, total } = reading;
  if (seconds <= 0 || total <= seconds * 1e9) return undefined;
  const waiters = total / 1e9 / seconds;
  return {
    id: 'delay-exceeds-time',
    level: 'fact',
    text: `The delay is ${threeDigits(waiters)} times the recorded time, because goroutines wait side by side: on average ${threeDigits(waiters)} of them were waiting.`,
    evidence: [
      `${formatValue(total, 'nanoseconds')} of delay in ${formatValue(seconds, 'seconds')}`,
    ],
    source: 'runtime/mprof.go, blockevent',
  };
}
