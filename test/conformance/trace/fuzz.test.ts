/**
 * Damaged traces: the verdict of Go's reader, and never a hang, a crash, or memory without bound.
 *
 * WHYGO_FUZZ=n makes n times as many mutations.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../src/base/errors.ts';
import { checkTrace, decodeTrace } from '../../../src/trace/decode.ts';
import { bytesSource } from '../../../src/trace/source.ts';
import { buildReference, goRoot, missingReference } from './reference.ts';
import { toolchainTests } from './toolchain.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/trace');
const names = ['go1.22', 'go1.23', 'go1.25', 'go1.26', 'leak-go1.26', 'allocfree-go1.26'];
const traces = names.map((name) => ({
  name,
  bytes: readFileSync(join(fixtures, `${name}.trace`)),
}));
const MUTATIONS = 250 * Number(process.env.WHYGO_FUZZ ?? 1);

/** Numbers in [0, 1) that are the same in every run. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** One of the ways in which a file goes bad. */
function mutate(original: Uint8Array, random: () => number): Uint8Array {
  const at = Math.floor(random() * original.length);
  const byte = () => Math.floor(random() * 256);
  switch (Math.floor(random() * 7)) {
    case 0:
      return original.slice(0, at);
    case 1:
      return Uint8Array.from(original).fill(byte(), at, at + 1);
    case 2: {
      const bytes = Uint8Array.from(original);
      for (let i = at; i < Math.min(at + 64, bytes.length); i++) bytes[i] = byte();
      return bytes;
    }
    case 3: {
      const gap = Math.floor(random() * 20);
      return Uint8Array.from([...original.subarray(0, at), ...original.subarray(at + gap)]);
    }
    case 4: {
      // Numbers of up to ten bytes, where there were smaller ones.
      const wide = new Array(Math.floor(random() * 10)).fill(0xff);
      return Uint8Array.from([
        ...original.subarray(0, at),
        ...wide,
        1,
        ...original.subarray(at + 1),
      ]);
    }
    case 5: {
      // In front, where the header and the first batches are.
      const bytes = Uint8Array.from(original);
      bytes[at % 2000] ^= 1 << Math.floor(random() * 8);
      return bytes;
    }
    default: {
      const bytes = Uint8Array.from(original);
      bytes.copyWithin(at, Math.floor(random() * bytes.length), at + 500);
      return bytes;
    }
  }
}

/** Decodes leniently: a trace or a DecodeError, with work that follows from the size. */
function decodeAnyway(bytes: Uint8Array): number {
  try {
    const trace = decodeTrace(bytesSource(bytes));
    // An event is two bytes at least; a coroutine switch of four gives three, a batch maybe one.
    expect(trace.eventCount).toBeLessThanOrEqual(bytes.length + 10);
    return trace.eventCount;
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
    return 0;
  }
}

const missing = missingReference();

describe.skipIf(missing !== undefined)(`Go's reader (${missing ?? 'is here'})`, () => {
  const reference = missing === undefined ? buildReference() : () => [];

  test.each(traces)(
    'gives the same verdict on mutations of $name',
    { timeout: 600_000 },
    (trace) => {
      const random = sequence(trace.bytes.length);
      const mutations = Array.from({ length: MUTATIONS }, () => mutate(trace.bytes, random));
      const theirs = reference(mutations, 'verdict').map(({ refusal }) => refusal === '');
      const ours = mutations.map((bytes) => checkTrace(bytesSource(bytes)).isAccepted);
      expect(ours).toEqual(theirs);
      expect(new Set(ours).size).toBe(2);
    },
  );

  test('gives the same verdict on every beginning of its own tests', { timeout: 120_000 }, () => {
    const root = goRoot();
    const small = (root === undefined ? [] : toolchainTests(root)).filter(
      ({ bytes }) => bytes.length < 1000,
    );
    expect(small.length).toBeGreaterThan(10);
    for (const { name, bytes } of small) {
      const cuts = Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length));
      const theirs = reference(cuts, 'verdict').map(({ refusal }) => refusal === '');
      const ours = cuts.map((cut) => checkTrace(bytesSource(cut)).isAccepted);
      expect({ name, ours }).toEqual({ name, ours: theirs });
    }
  });
});

describe('leniently', () => {
  test.each(traces)(
    'every mutation of $name decodes or is refused',
    { timeout: 600_000 },
    (trace) => {
      const random = sequence(trace.bytes.length + 1);
      const counts = Array.from({ length: MUTATIONS }, () =>
        decodeAnyway(mutate(trace.bytes, random)),
      );
      expect(counts.filter((count) => count > 0).length).toBeGreaterThan(MUTATIONS / 2);
    },
  );

  test('every beginning of a trace gives the events that Go would, and maybe more', () => {
    const { bytes } = traces[0];
    let before = 0;
    for (let length = 0; length < bytes.length; length += 37) {
      const count = decodeAnyway(bytes.subarray(0, length));
      // A longer file may let a thread go on where a shorter one made it wait, but not by much less.
      expect(count).toBeGreaterThan(before - 1000);
      before = count;
    }
    expect(before).toBeGreaterThan(1000);
  });
});
