/** When to try again: doubling waits with jitter, so that many targets do not come back at once. */

export interface BackoffOptions {
  readonly firstMillis: number;
  readonly maxMillis: number;
}

/** How long to wait after the `failures`-th failure in a row (from 1): ±20 % around first × 2ⁿ. */
export function backoffMillis(
  failures: number,
  { firstMillis, maxMillis }: BackoffOptions,
  random: number,
): number {
  const exponent = Math.min(Math.max(0, failures - 1), 30);
  return Math.min(maxMillis, firstMillis * 2 ** exponent) * (0.8 + 0.4 * random);
}

/**
 * Where in the interval each target begins: evenly spread, in the order of a hash of its address, so
 * that the same targets get the same places whatever order they were given in. One target begins at
 * once.
 */
export function staggerOffsets(
  addresses: readonly string[],
  intervalMillis: (index: number) => number,
): readonly number[] {
  const order = addresses
    .map((address, index) => ({ index, hash: fnv1a(address), address }))
    .sort((a, b) => a.hash - b.hash || (a.address < b.address ? -1 : 1));
  const offsets = new Array<number>(addresses.length).fill(0);
  for (const [rank, { index }] of order.entries()) {
    offsets[index] = (rank / addresses.length) * intervalMillis(index);
  }
  return offsets;
}

/** 32-bit FNV-1a (www.isthe.com/chongo/tech/comp/fnv) over UTF-16 code units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash;
}
