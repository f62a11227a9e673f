/**
 * Which numbers add up over time, and which are readings of a moment.
 *
 * CPU time, allocations and waits add up. What is in use (`inuse_*`, goroutines, threads) does not:
 * ten captures of 84 goroutines are 84 goroutines, not 840.
 */
const INSTANT_TYPES = new Set(['goroutine', 'goroutineleak', 'threadcreate']);

/** True for readings of a moment; `type` is the kind of profile, `sampleType` one of its columns. */
export function isInstant(type: string, sampleType: string): boolean {
  return INSTANT_TYPES.has(type) || sampleType.startsWith('inuse_');
}
