/**
 * Everything that the diagnoses read, from a live target, a recorded folder, or files.
 *
 * A watched target pays a price (`observationPrice` names it); folders and files cost nothing. An
 * observation lists what could not be had.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { DecodeError, messageOf, UserError } from '../base/errors.ts';
import { encodeUtf8 } from '../base/utf8.ts';
import { type FromDump, fromDump } from '../explain/from-dump.ts';
import type { Capture, Observation, ObservedDump } from '../explain/observation.ts';
import { type Decompressors, decodeProfile, decompress } from '../formats/compression.ts';
import type { MetricSnapshot } from '../metrics/snapshot.ts';
import { openBytes } from '../open/open.ts';
import type { Profile } from '../profile/profile.ts';
import { type Clock, nanosOf, systemClock } from './clock.ts';
import { targetsFromArguments } from './config/config.ts';
import type { TargetConfig } from './config/target.ts';
import { nodeDecompressors } from './decompress.ts';
import { formatDuration } from './duration.ts';
import { RecordedMetrics } from './recorded-metrics.ts';
import { openRecording, profileType } from './recording.ts';
import { captureTimes, Target } from './target.ts';
import { type WatchPlan, watchTarget } from './watch.ts';

export interface Progress {
  readonly elapsedMillis: number;
  readonly forMillis: number;
  /** Captures and metric readings so far. */
  readonly captures: number;
  readonly metrics: number;
}

export interface ObserveOptions {
  readonly forSeconds: number;
  /** Force no garbage collection. */
  readonly gentle?: boolean;
  readonly onPrice?: (text: string) => void;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly decompressors?: Decompressors;
}

const cpuSeconds = 10;
/** Goroutines above which none is dumped: a dump stops the world for about 25 µs a goroutine. */
const DUMP_BELOW = 1000;

/** Snapshots about every three seconds: leaks show their slope in eleven, three would mislead. */
function planOf({ forSeconds, gentle = false }: ObserveOptions): WatchPlan {
  return {
    forMillis: forSeconds * 1000,
    cpuSeconds,
    snapshots: Math.min(Math.max(Math.round(forSeconds / 3) + 1, 6), 13),
    gc: !gentle,
    metricsEveryMillis: 1000,
    dumpBelow: gentle ? 0 : DUMP_BELOW,
  };
}

/** What observing does to the target, in one sentence. */
export function observationPrice(options: ObserveOptions): string {
  const { forMillis, snapshots, gc, dumpBelow } = planOf(options);
  const collections = gc
    ? `${snapshots} forced garbage collections (--gentle forces none)`
    : 'no forced garbage collection';
  const dumps = dumpBelow > 0 ? `two goroutine dumps while it has fewer than ${dumpBelow}; ` : '';
  return (
    `for ${formatDuration(forMillis)}: CPU profile at 100 Hz all the time, heap, block, mutex and ` +
    `goroutine profiles ${snapshots} times, metrics every second; ${dumps}${collections}`
  );
}

/**
 * Watches the target and resolves when the time is over, at most 15 s later. Throws FetchError when
 * it cannot be reached.
 */
export async function observe(
  target: string | TargetConfig,
  options: ObserveOptions,
): Promise<Observation> {
  const { clock = systemClock, decompressors = nodeDecompressors } = options;
  const config = typeof target === 'string' ? configOf(target) : target;
  const plan = planOf(options);
  const live = new Target(config, clock);
  const notes = new Observed(plan, options, clock);
  options.onPrice?.(observationPrice(options));
  try {
    await watchTarget(
      live,
      plan,
      {
        async profile(fetched, { seconds }) {
          const profile = decodeProfile(fetched.bytes, decompressors);
          const { type, forcedGc } = fetched;
          const times = captureTimes(fetched, profile, seconds !== undefined);
          notes.capture({ type, ...times, profile, delta: false, forcedGc });
        },
        async metrics(reading) {
          notes.metrics(reading.snapshot, reading.main, reading.note);
        },
        async dump({ bytes, requestedAt }) {
          notes.dumps(fromDump(bytes, nanosOf(requestedAt)).dumps);
        },
        failed: (type, why) => notes.failed(type, why),
      },
      clock,
      options.signal ?? new AbortController().signal,
    );
  } finally {
    live.close();
  }
  const name = typeof target === 'string' ? target : live.url;
  return notes.finish(name, config);
}

function configOf(argument: string): TargetConfig {
  const [config] = targetsFromArguments([argument]).targets;
  if (config === undefined) throw new RangeError('one argument gives one target');
  return config;
}

/** Collects what comes in while a target is watched. */
class Observed {
  readonly #captures: Capture[] = [];
  readonly #snapshots: MetricSnapshot[] = [];
  readonly #dumps: ObservedDump[] = [];
  readonly #failures = new Map<string, string>();
  readonly #modules = new Set<string>();
  readonly #plan: WatchPlan;
  readonly #options: ObserveOptions;
  readonly #clock: Clock;
  readonly #begin: number;

  constructor(plan: WatchPlan, options: ObserveOptions, clock: Clock) {
    this.#plan = plan;
    this.#options = options;
    this.#clock = clock;
    this.#begin = clock.now();
  }

  capture(capture: Capture): void {
    this.#captures.push(capture);
    this.#progress();
  }

  metrics(snapshot: MetricSnapshot, main: string, note: string): void {
    this.#snapshots.push(snapshot);
    if (main !== '' && main !== 'command-line-arguments') this.#modules.add(main);
    if (note !== '') this.#failures.set('metrics', note);
    this.#progress();
  }

  /** Their goroutines are among the snapshots already. */
  dumps(dumps: readonly ObservedDump[]): void {
    this.#dumps.push(...dumps);
  }

  failed(type: string, why: string): void {
    this.#failures.set(type, why);
  }

  finish(target: string, config: TargetConfig): Observation {
    const had = new Set(this.#captures.map(({ type }) => type));
    const missing = [...this.#failures].map(([type, why]) => ({ type, why }));
    for (const { type } of config.profiles) {
      if (!had.has(type) && !this.#failures.has(type))
        missing.push({ type, why: 'the time was over' });
    }
    missing.push(...ratesThatAreOff(this.#snapshots.at(-1)));
    missing.push({ type: 'trace', why: 'execution traces are not taken' });
    return {
      target,
      fromNanos: nanosOf(this.#begin),
      toNanos: nanosOf(this.#clock.now()),
      captures: this.#captures.sort(byStart),
      metrics: this.#snapshots,
      dumps: this.#dumps,
      ownModules: [...this.#modules],
      missing,
    };
  }

  #progress(): void {
    this.#options.onProgress?.({
      elapsedMillis: Math.min(this.#clock.now() - this.#begin, this.#plan.forMillis),
      forMillis: this.#plan.forMillis,
      captures: this.#captures.length,
      metrics: this.#snapshots.length,
    });
  }
}

/** The agent knows the profile rates; 0 means that the profile stays empty whatever happens. */
function ratesThatAreOff(
  snapshot: MetricSnapshot | undefined,
): readonly { readonly type: string; readonly why: string }[] {
  const rate = (name: string) => snapshot?.metrics.get(name)?.value;
  const off: { type: string; why: string }[] = [];
  if (rate('agent.mutexProfileFraction') === 0) {
    off.push({ type: 'mutex', why: 'it is off: call runtime.SetMutexProfileFraction(10)' });
  }
  if (rate('agent.blockProfileRate') === 0) {
    off.push({ type: 'block', why: 'it is off: call runtime.SetBlockProfileRate(10_000)' });
  }
  if (rate('agent.memProfileRate') === 0) {
    off.push({ type: 'heap', why: 'it is off: runtime.MemProfileRate is 0' });
  }
  return off;
}

function byStart(a: Capture, b: Capture): number {
  return a.startNanos < b.startNanos ? -1 : a.startNanos > b.startNanos ? 1 : 0;
}

/**
 * The observations of a recorded folder, one for each of its targets. Throws UserError when the
 * folder cannot be opened.
 */
export async function observationsFromRecording(
  folder: string,
  decompressors: Decompressors = nodeDecompressors,
): Promise<readonly Observation[]> {
  const recording = await openRecording(folder, decompressors);
  const collected = recording.targets.map((target) => ({
    parts: new Parts(recording.targets.length === 1 ? folder : `${folder} (${target.service})`),
    metrics: new RecordedMetrics(),
  }));
  collected[0]?.parts.notUnderstood(recording.notUnderstood);
  for (const entry of recording.entries) {
    const { parts, metrics } = collected[entry.target] ?? {};
    if (parts === undefined || metrics === undefined) continue;
    try {
      const bytes = await recording.load(entry);
      const { type, timeNanos, durationNanos, forcedGc } = entry;
      if (entry.format === 'pprof') {
        const profile = decodeProfile(bytes, decompressors);
        parts.capture({
          type,
          startNanos: timeNanos,
          durationNanos,
          profile,
          delta: false,
          forcedGc,
        });
      } else if (type === 'metrics') {
        const plain = decompress(bytes, decompressors);
        parts.metrics(metrics.decode(plain, entry.format, timeNanos));
      } else if (type === 'goroutines') {
        parts.dump({ ...fromDump(decompress(bytes, decompressors), timeNanos), captures: [] });
      }
    } catch (error) {
      if (!(error instanceof UserError) && !(error instanceof DecodeError)) throw error;
      parts.failed(entry.type, `${entry.file}: ${messageOf(error)}`);
    }
  }
  return collected.map(({ parts }) => parts.finish());
}

/** The first target's observation; a folder nearly always has one. */
export async function observationFromRecording(
  folder: string,
  decompressors: Decompressors = nodeDecompressors,
): Promise<Observation> {
  const [observation] = await observationsFromRecording(folder, decompressors);
  if (observation !== undefined) return observation;
  throw new UserError('recording-empty', `${folder} has no target`, 'Record again');
}

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Unix nanoseconds: the time of texts that have none of their own; 0 = unknown. */
  readonly timeNanos?: bigint;
}

/** Reads files for `observationFromFiles`. Throws UserError `cannot-open`. */
export async function readFiles(paths: readonly string[]): Promise<readonly NamedBytes[]> {
  return Promise.all(
    paths.map(async (path) => {
      try {
        const { mtimeMs } = await stat(path);
        return { name: path, bytes: await readFile(path), timeNanos: nanosOf(Math.round(mtimeMs)) };
      } catch (error) {
        throw new UserError('cannot-open', messageOf(error), 'Check the path and its rights');
      }
    }),
  );
}

/**
 * One observation of all files together. Throws UserError or DecodeError for a file that cannot be
 * understood: the user named each of them.
 */
export function observationFromFiles(
  files: readonly NamedBytes[],
  decompressors: Decompressors = nodeDecompressors,
): Observation {
  const parts = new Parts(files.map(({ name }) => name).join(', '));
  for (const { name, bytes, timeNanos = 0n } of files) {
    const opened = openBytes(bytes, name, decompressors, timeNanos);
    if (opened.kind === 'metrics') {
      for (const snapshot of opened.history ?? [opened.snapshot]) parts.metrics(snapshot);
    } else if (opened.kind === 'profile') {
      parts.capture(captureOfFile(opened.profile, name, timeNanos));
    } else if (opened.kind === 'goroutines') {
      parts.dump(fromDump(encodeUtf8(opened.text), timeNanos));
    } else parts.failed(opened.kind, `${basename(name)}: no diagnosis reads it`);
  }
  return parts.finish();
}

function captureOfFile(profile: Profile, name: string, fileNanos: bigint): Capture {
  const type = profileType(profile, name);
  return {
    type,
    startNanos: profile.timeNanos > 0n ? profile.timeNanos : fileNanos,
    durationNanos: type === 'cpu' ? profile.durationNanos : 0n,
    profile,
    delta: false,
    forcedGc: false,
  };
}

/** The captures and metrics of one process, from files. */
class Parts {
  readonly #target: string;
  readonly #captures: Capture[] = [];
  readonly #metrics: MetricSnapshot[] = [];
  readonly #dumps: ObservedDump[] = [];
  readonly #missing: { readonly type: string; readonly why: string }[] = [];

  constructor(target: string) {
    this.#target = target;
  }

  capture(capture: Capture): void {
    this.#captures.push(capture);
  }

  metrics(snapshot: MetricSnapshot): void {
    this.#metrics.push(snapshot);
  }

  dump({ captures, dumps }: FromDump): void {
    this.#captures.push(...captures);
    this.#dumps.push(...dumps);
  }

  failed(type: string, why: string): void {
    this.#missing.push({ type, why });
  }

  /** Files that are no profiles: one line for all of them. */
  notUnderstood(files: readonly { readonly file: string; readonly why: string }[]): void {
    if (files.length === 0) return;
    const named = files.slice(0, 3).map(({ file, why }) => `${file} (${why})`);
    const more = files.length > 3 ? ` and ${files.length - 3} more` : '';
    this.#missing.push({ type: 'files', why: `not read: ${named.join(', ')}${more}` });
  }

  finish(): Observation {
    const captures = this.#captures.sort(byStart);
    const metrics = this.#metrics.sort((a, b) => (a.timeNanos < b.timeNanos ? -1 : 1));
    const dumps = this.#dumps.sort((a, b) => Number(a.timeNanos - b.timeNanos));
    const starts = [...captures.map((c) => c.startNanos), ...metrics.map((m) => m.timeNanos)];
    const ends = [
      ...captures.map((c) => c.startNanos + c.durationNanos),
      ...metrics.map((m) => m.timeNanos),
    ];
    return {
      target: this.#target,
      fromNanos: starts.reduce((a, b) => (b < a ? b : a), starts[0] ?? 0n),
      toNanos: ends.reduce((a, b) => (b > a ? b : a), ends[0] ?? 0n),
      captures,
      metrics,
      dumps,
      ownModules: [],
      missing: this.#missing,
    };
  }
}
