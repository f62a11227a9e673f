/** Damaged v1 traces, the same ones every time, and what our strict reading says of a trace. */
import { bytesSource } from '../../../src/trace/source.ts';
import { checkV1, V1_VERSIONS } from '../../../src/trace/v1/decode.ts';
import { TraceRefusal } from '../../../src/trace/v2reader.ts';

/** The version in the header; 0 = no header. */
export function versionOf(bytes: Uint8Array): number {
  const header = String.fromCharCode(...bytes.subarray(0, 16));
  return Number(/^go 1\.(\d{1,2}) trace\0\0\0/.exec(header)?.[1] ?? 0);
}

/** '' = accepted, else why not. */
export function v1Verdict(bytes: Uint8Array): string {
  const version = versionOf(bytes);
  if (!V1_VERSIONS.includes(version)) return 'no header of v1';
  try {
    checkV1(bytesSource(bytes), version);
    return '';
  } catch (error) {
    if (!(error instanceof TraceRefusal)) throw error;
    return error.reason;
  }
}

/** A trace cut after its header, at every `step`th byte. */
export function truncations(bytes: Uint8Array, step: number): Uint8Array[] {
  const cuts: Uint8Array[] = [];
  for (let end = 16; end < bytes.length; end += step) cuts.push(bytes.subarray(0, end));
  return cuts;
}

/** Copies with one to four bytes changed, repeated, or taken out, past the header. */
export function mutations(bytes: Uint8Array, count: number): Uint8Array[] {
  const next = generator(bytes.length);
  return Array.from({ length: count }, () => {
    let copy = Uint8Array.from(bytes);
    for (let edits = 1 + (next() % 4); edits > 0; edits--) {
      const at = 16 + (next() % (copy.length - 16));
      const kind = next() % 4;
      if (kind < 2) copy[at] = kind === 0 ? next() & 0xff : copy[at] ^ (1 << (next() % 8));
      else {
        const length = 1 + (next() % 16);
        const before = copy.subarray(0, at + (kind === 2 ? 0 : length));
        copy = Uint8Array.from(
          Buffer.concat([before, copy.subarray(at + (kind === 2 ? length : 0))]),
        );
      }
    }
    return copy;
  });
}

/** A xorshift generator: repeatable. */
function generator(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
