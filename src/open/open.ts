/**
 * Unknown bytes → decoded content, whatever whygo understands: for files, standard input, and what
 * is dropped on the page.
 *
 * Pure: decompressors are passed in. Throws `UserError` when the bytes are of another kind, and
 * `DecodeError` when they are of a known kind but damaged.
 */
import { UserError } from '../base/errors.ts';
import { type Decompressors, decompress } from '../formats/compression.ts';
import { decodeFolded } from '../formats/folded.ts';
import { decodePprof } from '../formats/pprof.ts';
import { decodeAgentMetrics } from '../metrics/agent.ts';
import { decodeMemStats } from '../metrics/memstats.ts';
import { decodePrometheus } from '../metrics/prometheus.ts';
import type { MetricSnapshot } from '../metrics/snapshot.ts';
import type { Profile } from '../profile/profile.ts';
import { type OtherKind, sniff } from './sniff.ts';

export type Opened =
  | { readonly kind: 'profile'; readonly format: 'pprof' | 'folded'; readonly profile: Profile }
  | { readonly kind: 'trace'; readonly bytes: Uint8Array }
  | { readonly kind: 'goroutines'; readonly text: string }
  | {
      readonly kind: 'metrics';
      readonly snapshot: MetricSnapshot;
      /** What was not understood of it, in words. */
      readonly notUnderstood: readonly string[];
    };

/**
 * `name` is shown in errors. `timeNanos` is the time of texts that have none of their own (a file's
 * modification time, or when it was fetched).
 */
export function openBytes(
  bytes: Uint8Array,
  name: string,
  decompressors: Decompressors,
  timeNanos = 0n,
): Opened {
  const plain = decompress(bytes, decompressors);
  const sniffed = sniff(plain);
  if (!sniffed.known) {
    // Anything binary gets the benefit of the doubt: the decoder says what is wrong and where.
    if (sniffed.kind === 'binary' && name.endsWith('.pb')) return profileOf(plain);
    throw notRecognized(name, sniffed.kind);
  }
  const text = () => new TextDecoder().decode(plain);
  switch (sniffed.kind) {
    case 'pprof':
      return profileOf(plain);
    case 'folded':
      return { kind: 'profile', format: 'folded', profile: decodeFolded(text()) };
    case 'trace':
      return { kind: 'trace', bytes: plain };
    case 'goroutines':
      return { kind: 'goroutines', text: text() };
    case 'agent-json':
      return { kind: 'metrics', ...decodeAgentMetrics(text()) };
    case 'memstats':
      return { kind: 'metrics', ...decodeMemStats(text(), timeNanos) };
    case 'prometheus': {
      const { snapshot, malformed } = decodePrometheus(text(), timeNanos);
      const notUnderstood = malformed.map(({ line, reason }) => `line ${line}: ${reason}`);
      return { kind: 'metrics', snapshot, notUnderstood };
    }
  }
}

function profileOf(plain: Uint8Array): Opened {
  return { kind: 'profile', format: 'pprof', profile: decodePprof(plain) };
}

const descriptions: Readonly<Record<OtherKind, readonly [string, string]>> = {
  html: ['is an HTML page', 'Fetch /debug/pprof/heap without ?debug, or look where it came from'],
  json: ['is JSON of an unknown kind', 'Give a pprof profile, or the JSON of whygo’s agent'],
  executable: ['is a program, not a profile', 'Give the profile that it wrote'],
  archive: ['is an archive', 'Unpack it first, and give the files'],
  empty: ['is empty', 'Did the program end before the profile was written?'],
  text: [
    'is a text of an unknown kind',
    'Give a profile, goroutine dump, folded stacks or metrics',
  ],
  binary: ['is no profile', 'Give a pprof profile or an execution trace'],
};

function notRecognized(name: string, kind: OtherKind): UserError {
  const [what, next] = descriptions[kind];
  return new UserError('not-recognized', `${name} ${what}`, next);
}
