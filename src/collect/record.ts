/** `whygo record`: watches one target and keeps everything it gives in a folder. */
import { DecodeError } from '../base/errors.ts';
import { type Decompressors, decompress } from '../formats/compression.ts';
import { decodePprof, encodePprof } from '../formats/pprof.ts';
import { type Clock, nanosOf, systemClock } from './clock.ts';
import { targetsFromArguments } from './config/config.ts';
import type { TargetConfig } from './config/target.ts';
import { nodeDecompressors } from './decompress.ts';
import { FetchError } from './fetch.ts';
import type { RecordedFormat } from './manifest.ts';
import type { Progress } from './observe.ts';
import { RecordingWriter } from './recording-writer.ts';
import { captureTimes, describeFailure, Target } from './target.ts';
import { WallPoller } from './wall.ts';
import { type WatchPlan, watchTarget } from './watch.ts';

export interface RecordOptions {
  readonly forMillis: number;
  /** A new or empty folder. */
  readonly folder: string;
  /** How often snapshots are taken; CPU profiles follow each other and last as long. */
  readonly everyMillis?: number;
  /** Wall-clock profiles too, for this share of one core (0.01 is 1 %). */
  readonly wall?: { readonly budget: number };
  /** Force no garbage collection before heap profiles (the default). */
  readonly gentle?: boolean;
  readonly onProgress?: (progress: Progress) => void;
  /** Told of captures that failed. */
  readonly onFailure?: (type: string, why: string) => void;
  /** Ends the recording early; what was captured is kept. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly decompressors?: Decompressors;
}

export interface Recorded {
  readonly folder: string;
  readonly service: string;
  readonly captures: number;
  readonly bytes: number;
  readonly failures: readonly { readonly type: string; readonly why: string }[];
}

/** Below this, all goroutines are dumped once: it stops the world for about 25 µs a goroutine. */
const dumpBelow = 1000;

/** Throws FetchError when the target cannot be reached, UserError when the folder is in use. */
export async function recordTarget(
  target: string | TargetConfig,
  options: RecordOptions,
): Promise<Recorded> {
  const { clock = systemClock, decompressors = nodeDecompressors, onFailure } = options;
  const config = typeof target === 'string' ? targetsFromArguments([target]).targets[0] : target;
  if (config === undefined) throw new RangeError('one argument gives one target');
  const live = new Target(config, clock);
  try {
    const { service, version, snapshot } = await live.identify(options.signal);
    const name = config.service || service || config.instance;
    const writer = await RecordingWriter.create(options.folder);
    const labels = version === '' ? config.labels : { ...config.labels, version };
    const goVersion = snapshot?.goVersion ?? '';
    writer.addTarget({ service: name, instance: config.instance, labels, goVersion });
    const [failures, wallFailures] = await Promise.all([
      watchInto(writer, live, options, clock, decompressors),
      pollInto(writer, config, options, clock),
    ]);
    failures.push(...wallFailures);
    await writer.close();
    for (const { type, why } of failures) onFailure?.(type, why);
    const bytes = writer.entries.reduce((sum, entry) => sum + entry.bytes, 0);
    const captures = writer.entries.length;
    return { folder: options.folder, service: name, captures, bytes, failures };
  } finally {
    live.close();
  }
}

const metricFormats: Readonly<Record<string, RecordedFormat>> = {
  agent: 'agent-json',
  prometheus: 'prometheus',
  expvar: 'expvar',
  memstats: 'memstats',
};

async function watchInto(
  writer: RecordingWriter,
  live: Target,
  options: RecordOptions,
  clock: Clock,
  decompressors: Decompressors,
): Promise<{ readonly type: string; readonly why: string }[]> {
  const { forMillis, onProgress, signal = new AbortController().signal } = options;
  const failures = new Map<string, string>();
  const begin = clock.now();
  let captures = 0;
  let metrics = 0;
  const progress = () => {
    const elapsedMillis = Math.min(clock.now() - begin, forMillis);
    onProgress?.({ elapsedMillis, forMillis, captures, metrics });
  };
  await watchTarget(
    live,
    planOf(options),
    {
      async profile(fetched, { seconds }) {
        // Decoded for its times only; what it holds is kept as it came.
        const profile = decodePprof(decompress(fetched.bytes, decompressors));
        const { type, forcedGc, bytes } = fetched;
        const { startNanos, durationNanos } = captureTimes(fetched, profile, seconds !== undefined);
        const times = { timeNanos: startNanos, durationNanos };
        const entry = { target: 0, type, ...times, format: 'pprof', forcedGc } as const;
        await writer.write(entry, bytes, clock.now());
        captures++;
        progress();
      },
      async metrics({ snapshot, kind, bytes }) {
        const format = metricFormats[kind] ?? 'prometheus';
        const times = { timeNanos: snapshot.timeNanos, durationNanos: 0n };
        await writer.write({ target: 0, type: 'metrics', ...times, format }, bytes, clock.now());
        metrics++;
        progress();
      },
      async dump({ bytes, requestedAt }) {
        const times = { timeNanos: nanosOf(requestedAt), durationNanos: 0n };
        const entry = { target: 0, type: 'goroutines', ...times, format: 'goroutines' } as const;
        await writer.write(entry, bytes, clock.now());
      },
      failed(type, why) {
        failures.set(type, why);
      },
    },
    clock,
    signal,
  );
  return [...failures].map(([type, why]) => ({ type, why }));
}

/** Below this, what is left of the time gives no wall-clock profile of its own. */
const shortestWallMillis = 1000;

/** One wall-clock profile after the other, as long as CPU profiles are. */
async function pollInto(
  writer: RecordingWriter,
  config: TargetConfig,
  { forMillis, everyMillis = 10_000, wall, signal }: RecordOptions,
  clock: Clock,
): Promise<readonly { readonly type: string; readonly why: string }[]> {
  if (wall === undefined) return [];
  const poller = await WallPoller.start(config, { ...wall, hz: 10, level: 'auto', clock });
  try {
    const end = clock.now() + forMillis;
    for (let rest = forMillis; rest > shortestWallMillis; rest = end - clock.now()) {
      if (signal?.aborted === true) break;
      const { profile } = await poller.capture({ forMillis: Math.min(rest, everyMillis), signal });
      const { timeNanos, durationNanos } = profile;
      const entry = { target: 0, type: 'wall', timeNanos, durationNanos, format: 'pprof' } as const;
      await writer.write(entry, encodePprof(profile), clock.now());
    }
    return [];
  } catch (error) {
    if (!(error instanceof FetchError) && !(error instanceof DecodeError)) throw error;
    return [{ type: 'wall', why: describeFailure(error) }];
  } finally {
    poller.close();
  }
}

function planOf({ forMillis, everyMillis = 10_000, gentle = true }: RecordOptions): WatchPlan {
  return {
    forMillis,
    cpuSeconds: Math.max(1, Math.round(Math.min(everyMillis, 10_000) / 1000)),
    snapshots: Math.max(2, Math.round(forMillis / everyMillis) + 1),
    gc: !gentle,
    metricsEveryMillis: Math.max(1000, everyMillis / 5),
    dumpBelow,
  };
}
