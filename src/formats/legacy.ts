/**
 * Profiles in the formats from before profile.proto: gperftools' CPU, heap, contention and threads, Go's
 * text profiles (debug=1), Java's.
 *
 * Accepts what parseLegacy of Go 1.26's pprof accepts (profile/legacy_profile.go) and gives the same
 * profile. Such files are small: nothing here is fast.
 */
import type { Profile } from '../profile/profile.ts';
import { decodeContention } from './legacy/contention.ts';
import { decodeCount } from './legacy/count.ts';
import { decodeCpu } from './legacy/cpu.ts';
import { decodeHeap } from './legacy/heap.ts';
import { decodeJava } from './legacy/java.ts';
import { decodeThread } from './legacy/thread.ts';

/** Undefined when the bytes are of none of these formats. Throws `DecodeError` when damaged. */
export function decodeLegacy(bytes: Uint8Array): Profile | undefined {
  const cpu = decodeCpu(bytes);
  if (cpu !== undefined) return cpu.finish();
  const text = new TextDecoder().decode(bytes);
  for (const decode of [decodeHeap, decodeCount, decodeThread, decodeContention, decodeJava]) {
    const draft = decode(text);
    if (draft !== undefined) return draft.finish();
  }
  return undefined;
}
