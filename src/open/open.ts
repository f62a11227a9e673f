/**
 * Unknown bytes → decoded content, whatever whygo understands: for files, standard input, and what
 * is dropped on the page.
 *
 * Pure: decompressors are passed in. Throws `UserError` when the bytes are of another kind, and
 * `DecodeError` when they are of a known kind but damaged.
 */
import { UserError } from '../base/errors.ts';
import { type Decompressors, decompress } from '../formats/compression.ts';
import { decodeAgentMetrics } from '../metrics/agent.ts';
import { decodeExpvar } from '../metrics/expvar.ts';
import { decodeGodebug } from '../metrics/godebug/history.ts';
import { decodeMemStats } from '../metrics/memstats.ts';
import { decodePrometheus } from '../metrics/prometheus.ts';
import type { MetricSnapshot } from '../metrics/snapshot.ts';
import { decodeAs, type OpenedProfile, profileOfDump, type ReadOptions } from './profiles.ts';
import { type OtherKind, sniff } from './sniff.ts';

export type Opened =
  | OpenedProfile
  | { readonly kind: 'trace'; readonly bytes: Uint8Array }
  | { readonly kind: 'goroutines'; readonly text: string }
  | {
      readonly kind: 'metrics';
      /** The last reading. */
      readonly snapshot: MetricSnapshot;
      /** All readings, ascending by time, of a source that has several. */
      readonly history?: readonly MetricSnapshot[];
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
    if (sniffed.kind === 'binary' && name.endsWith('.pb')) return decodeAs('pprof', plain);
    throw notRecognized(name, sniffed.kind);
  }
  const text = () => new TextDecoder().decode(plain);
  switch (sniffed.kind) {
    case 'trace':
      return { kind: 'trace', bytes: plain };
    case 'goroutines':
      return { kind: 'goroutines', text: text() };
    case 'agent-json':
      return { kind: 'metrics', ...decodeAgentMetrics(text()) };
    case 'expvar':
      return { kind: 'metrics', ...decodeExpvar(text(), timeNanos) };
    case 'godebug':
      return { kind: 'metrics', ...decodeGodebug(text(), timeNanos) };
    case 'memstats':
      return { kind: 'metrics', ...decodeMemStats(text(), timeNanos) };
    case 'prometheus': {
      const { snapshot, malformed } = decodePrometheus(text(), timeNanos);
      const notUnderstood = malformed.map(({ line, reason }) => `line ${line}: ${reason}`);
      return { kind: 'metrics', snapshot, notUnderstood };
    }
    default:
      return decodeAs(sniffed.kind, plain);
  }
}

/**
 * The same where nothing but a profile will do: goroutine dumps become profiles, and a heap profile with
 * debug=1 is one before it is metrics. Throws as `openBytes`, and `not-a-profile` for the rest.
 */
export function openProfile(
  bytes: Uint8Array,
  name: string,
  decompressors: Decompressors,
  options: ReadOptions = {},
): OpenedProfile {
  const plain = decompress(bytes, decompressors);
  const sniffed = sniff(plain);
  if (!sniffed.known) {
    if (sniffed.kind === 'binary' && name.endsWith('.pb')) return decodeAs('pprof', plain);
    throw notRecognized(name, sniffed.kind);
  }
  switch (sniffed.kind) {
    case 'trace':
    case 'agent-json':
    case 'expvar':
    case 'prometheus':
    case 'godebug':
      throw notAProfile(name, sniffed.kind);
    case 'memstats':
      return decodeAs('legacy', plain, options);
    case 'goroutines':
      return profileOfDump(plain);
    default:
      return decodeAs(sniffed.kind, plain, options);
  }
}

const descriptions: Readonly<Record<OtherKind, readonly [string, string]>> = {
  html: [
    'is an HTML page',
    'Look where it came from: a profile is at /debug/pprof/heap and its like',
  ],
  json: ['is JSON of an unknown kind', 'Give a pprof profile, or the JSON of whygo’s agent'],
  executable: ['is a program', 'Give the profile that it wrote'],
  archive: ['is an archive', 'Unpack it first, and give the files'],
  'perf-data': ['is a recording of perf', 'Give what perf script prints of it, or use whygo pprof'],
  empty: ['is empty', 'Did the program end before the profile was written?'],
  text: ['is a text of an unknown kind', 'Give one of the formats in docs/formats.md'],
  binary: ['is of an unknown kind', 'Give a pprof profile or an execution trace'],
};

function notRecognized(name: string, kind: OtherKind): UserError {
  const [what, next] = descriptions[kind];
  return new UserError('not-recognized', `${name} ${what}, not a profile: byte 0`, next);
}

function notAProfile(
  name: string,
  kind: 'trace' | 'agent-json' | 'expvar' | 'prometheus' | 'godebug',
): UserError {
  return kind === 'trace'
    ? new UserError(
        'not-a-profile',
        `${name} is an execution trace`,
        `open it with: whygo trace ${name}`,
      )
    : new UserError(
        'not-a-profile',
        `${name} holds metrics, not a profile`,
        'give a profile of the same process',
      );
}
