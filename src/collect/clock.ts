/** Time as collecting sees it: passed in, so that tests need not wait. */

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Resolves after that time, or at once when the signal aborts. Never rejects. */
  sleep(millis: number, signal: AbortSignal): Promise<void>;
  /** 0 ≤ random < 1. */
  random(): number;
}

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  sleep(millis, signal) {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, Math.max(0, millis));
      signal.addEventListener('abort', end, { once: true });
    });
  },
};

export function nanosOf(millis: number): bigint {
  return BigInt(Math.round(millis * 1e6));
}

const trustNanos = 2_000_000_000n;

/**
 * The target's own time when it agrees with ours within 2 s, because it is when the values were
 * read; ours when it doesn't, because all targets share one time axis.
 */
export function trustedNanos(target: bigint, own: bigint): bigint {
  const apart = target > own ? target - own : own - target;
  return apart <= trustNanos ? target : own;
}
