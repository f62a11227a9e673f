/** Contention as text: C++'s contentionz, and Go's mutex and block profiles with debug=1. */
import { Draft } from './draft.ts';
import { hexAddresses, isSpaceOrComment, Lines, malformed, readMaps } from './lines.ts';

const SAMPLE = /(\d+) *(\d+) @([ x0-9a-f]*)/;

/** Undefined when it is no contention profile. */
export function decodeContention(text: string): Draft | undefined {
  const lines = new Lines(text);
  if (!lines.next()) return undefined;
  const starts = ['--- contentionz ', '--- mutex:', '--- contention:'];
  if (!starts.some((start) => lines.current.startsWith(start))) return undefined;
  const draft = new Draft();
  draft.periodType = { type: 'contentions', unit: 'count' };
  draft.period = 1n;
  draft.sampleTypes = [
    { type: 'contentions', unit: 'count' },
    { type: 'delay', unit: 'nanoseconds' },
  ];
  const frequency = readAttributes(lines, draft);
  if (frequency === undefined) return undefined;
  do {
    const line = lines.current.trim();
    if (line.startsWith('---')) break;
    if (isSpaceOrComment(line)) continue;
    const match = SAMPLE.exec(line);
    if (match === null) throw malformed('contention profile', lines);
    const [, delay = '', count = '', stack = ''] = match;
    const values = unsampled(BigInt(count), BigInt(delay), draft.period, frequency);
    const locations = hexAddresses(stack).map((address) => draft.location(address - 1n));
    draft.addSample(locations, values);
  } while (lines.next());
  readMaps(lines, draft);
  return draft;
}

/** `name = value` lines before the samples; gives cycles per second, undefined for other formats. */
function readAttributes(lines: Lines, draft: Draft): bigint | undefined {
  let frequency = 0n;
  while (lines.next()) {
    const line = lines.current.trim();
    if (isSpaceOrComment(line)) continue;
    const equals = line.indexOf('=');
    if (line.startsWith('---') || equals < 0) break;
    const value = integer(line.slice(equals + 1).trim());
    switch (line.slice(0, equals).trim()) {
      case 'cycles/second':
        if (value === undefined) return undefined;
        frequency = value;
        break;
      case 'sampling period':
        if (value === undefined) return undefined;
        draft.period = value;
        break;
      case 'ms since reset':
        if (value === undefined) return undefined;
        draft.durationNanos = value * 1_000_000n;
        break;
      case 'discarded samples':
        break;
      default:
        // Java's has `format` and `resolution`.
        return undefined;
    }
  }
  return frequency;
}

export function integer(text: string): bigint | undefined {
  return /^[+-]?(0[xX][0-9a-fA-F]+|\d+)$/.test(text) ? BigInt(text) : undefined;
}

/** Contentions and nanoseconds: cycles are divided by the frequency, both multiplied by the period. */
function unsampled(count: bigint, delay: bigint, period: bigint, frequency: bigint): bigint[] {
  if (period <= 0n) return [count, delay];
  const nanos =
    frequency > 0n
      ? BigInt(Math.trunc((Number(delay) * Number(period)) / (Number(frequency) / 1e9)))
      : delay;
  return [count * period, nanos];
}
