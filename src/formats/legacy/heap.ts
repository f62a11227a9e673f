/** Heap profiles as text: heapprofile, heap (v2), heapz_v2, growthz, fragmentationz. */
import { Draft } from './draft.ts';
import {
  hexAddresses,
  isMapSentinel,
  isSpaceOrComment,
  Lines,
  malformed,
  readMaps,
} from './lines.ts';

const HEADER = /heap profile: *(\d+): *(\d+) *\[ *(\d+): *(\d+) *\] *@ *(heap[_a-z0-9]*)\/?(\d*)/;
const GROWTH = /heap profile: *(\d+): *(\d+) *\[ *(\d+): *(\d+) *\] @ (?:growthz?|fragmentationz?)/;
const SAMPLE = /(-?\d+): *(-?\d+) *\[ *(\d+): *(\d+) *\] @([ x0-9a-f]*)/;

interface Header {
  /** Values are a Poisson sample, to be scaled up. */
  readonly sampled: boolean;
  readonly period: bigint;
  readonly hasAlloc: boolean;
}

/** Undefined when it is no heap profile. */
export function decodeHeap(text: string): Draft | undefined {
  const lines = new Lines(text);
  if (!lines.next()) return undefined;
  const header = parseHeader(lines.current);
  if (header === undefined) return undefined;
  const draft = new Draft();
  draft.periodType = { type: 'space', unit: 'bytes' };
  draft.period = header.period;
  // What is in use comes last, since the last type is what is shown.
  draft.sampleTypes = header.hasAlloc
    ? [
        { type: 'alloc_objects', unit: 'count' },
        { type: 'alloc_space', unit: 'bytes' },
        { type: 'inuse_objects', unit: 'count' },
        { type: 'inuse_space', unit: 'bytes' },
      ]
    : [
        { type: 'objects', unit: 'count' },
        { type: 'space', unit: 'bytes' },
      ];
  while (lines.next()) {
    const line = lines.current.trim();
    if (isSpaceOrComment(line)) continue;
    if (isMapSentinel(line)) break;
    addSample(draft, header, lines, line);
  }
  readMaps(lines, draft);
  return draft;
}

function parseHeader(line: string): Header | undefined {
  const match = HEADER.exec(line);
  if (match === null) {
    return GROWTH.test(line) ? { sampled: false, period: 1n, hasAlloc: false } : undefined;
  }
  const [, inUse, inUseBytes, alloc, allocBytes, kind, rate = ''] = match;
  const period = rate === '' ? 0n : BigInt(rate);
  const hasAlloc =
    (alloc !== inUse && alloc !== '0') || (allocBytes !== inUseBytes && allocBytes !== '0');
  switch (kind) {
    case 'heapz_v2':
    case 'heap_v2':
      return { sampled: true, period, hasAlloc };
    case 'heapprofile':
      return { sampled: false, period: 1n, hasAlloc };
    case 'heap':
      return { sampled: true, period: period / 2n, hasAlloc };
    default:
      return undefined;
  }
}

function addSample(draft: Draft, header: Header, lines: Lines, line: string): void {
  const match = SAMPLE.exec(line);
  if (match === null) throw malformed('heap profile', lines);
  const [, inUse = '', inUseBytes = '', alloc = '', allocBytes = '', stack = ''] = match;
  const values: bigint[] = [];
  let blockSize = 0n;
  const add = (count: bigint, size: bigint) => {
    if (count === 0n && size !== 0n) throw malformed('heap profile', lines);
    if (count !== 0n) blockSize = size / count;
    const scale = count !== 0n && header.sampled;
    values.push(...(scale ? scaleHeapSample(count, size, header.period) : [count, size]));
  };
  if (header.hasAlloc) add(BigInt(alloc), BigInt(allocBytes));
  add(BigInt(inUse), BigInt(inUseBytes));
  // Stacks hold return addresses; the call is before.
  const locations = hexAddresses(stack).map((address) => draft.location(address - 1n));
  draft.addSample(locations, values, blockSize);
}

/** What the sample stands for: each allocation is seen with probability 1 - exp(-size / rate). */
export function scaleHeapSample(count: bigint, size: bigint, rate: bigint): [bigint, bigint] {
  if (count === 0n || size === 0n) return [0n, 0n];
  if (rate <= 1n) return [count, size];
  const average = Number(size) / Number(count);
  const scale = 1 / (1 - Math.exp(-average / Number(rate)));
  return [BigInt(Math.trunc(Number(count) * scale)), BigInt(Math.trunc(Number(size) * scale))];
}
