/**
 * Plays a recording into a sink: at once (an opened folder), or at its own pace as if it happened
 * now (the demo on a machine without Go).
 *
 * Deltas and label limits are those of live collecting; files that cannot be decoded are told and
 * left out. Dumps and traces are not for the sink: they stay in the folder.
 */
import type { TargetState } from '../api/wire.ts';
import { DecodeError, UserError } from '../base/errors.ts';
import { type Decompressors, decompress } from '../formats/compression.ts';
import type { MetricSnapshot } from '../metrics/snapshot.ts';
import { type Clock, nanosOf, systemClock } from './clock.ts';
import { defaults } from './config/target.ts';
import { nodeDecompressors } from './decompress.ts';
import { Lock } from './lock.ts';
import type { RecordedEntry } from './manifest.ts';
import { Processing } from './processing.ts';
import { RecordedMetrics } from './recorded-metrics.ts';
import type { Recording } from './recording.ts';
import type { Sink, TargetKey } from './sink.ts';
import { TargetStatus } from './state.ts';
import { describeFailure } from './target.ts';

export interface ReplayOptions {
  /** How many times faster than it was recorded; Infinity (the default) = all at once. */
  readonly speed?: number;
  /**
   * Moves the recording in time: all at once, its end becomes now; at a pace, its beginning. The
   * default keeps the recorded times.
   */
  readonly shiftToNow?: boolean;
  /**
   * At a pace: this much of the beginning is given at once, as if it had just happened, so that
   * there is something to see.
   */
  readonly backlogMillis?: number;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly decompressors?: Decompressors;
}

export interface Replay {
  /** As /api/v1/targets shows them. */
  states(): readonly TargetState[];
  /** Resolves when all is played, or the signal aborted. Rejects when the sink fails. */
  readonly done: Promise<void>;
}

/** Types that are deltas of counters since process start, unless they come with the heap. */
const cumulativeTypes = new Set(['allocs', 'block', 'mutex']);

export function replay(recording: Recording, sink: Sink, options: ReplayOptions = {}): Replay {
  const player = new Player(recording, sink, options);
  return { states: () => player.states(), done: player.play() };
}

class Player {
  readonly #recording: Recording;
  readonly #sink: Sink;
  readonly #options: ReplayOptions;
  readonly #clock: Clock;
  readonly #decompressors: Decompressors;
  readonly #targets: readonly RecordedProcess[];
  readonly #withHeap: ReadonlySet<number>;

  constructor(recording: Recording, sink: Sink, options: ReplayOptions) {
    this.#recording = recording;
    this.#sink = sink;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#decompressors = options.decompressors ?? nodeDecompressors;
    const lock = new Lock();
    this.#targets = recording.targets.map(({ service, instance, labels }) => {
      const key = { service, labels: { ...labels, instance: labels.instance ?? instance } };
      const processing = new Processing({
        decompressors: this.#decompressors,
        clock: this.#clock,
        lock,
        labelValueLimit: defaults.pprofLabelValueLimit,
      });
      const status = new TargetStatus(recording.folder, instance, key);
      status.up = true;
      return { key, processing, metrics: new RecordedMetrics(), status };
    });
    const heaps = recording.entries.filter((entry) => entry.type === 'heap');
    this.#withHeap = new Set(heaps.map((entry) => entry.target));
  }

  states(): readonly TargetState[] {
    return this.#targets.map((target) => target.status.snapshot());
  }

  async play(): Promise<void> {
    const { entries } = this.#recording;
    const {
      speed = Infinity,
      backlogMillis = 0,
      signal = new AbortController().signal,
    } = this.#options;
    const begin = entries[0]?.timeNanos ?? 0n;
    const shift = this.#shift();
    const started = this.#clock.now();
    // A capture is played when it ended, which is when live collecting would have had it.
    const order = [...entries].sort((a, b) => (endOf(a) < endOf(b) ? -1 : 1));
    for (const entry of order) {
      const offset = Number(endOf(entry) - begin) / 1e6;
      const due = started + (offset - backlogMillis) / speed;
      const wait = due - this.#clock.now();
      if (speed !== Infinity && wait > 0) await this.#clock.sleep(wait, signal);
      if (signal.aborted) return;
      await this.#entry(entry, shift);
    }
  }

  #shift(): bigint {
    const { shiftToNow = false, speed = Infinity, backlogMillis = 0 } = this.#options;
    const { entries } = this.#recording;
    if (!shiftToNow || entries.length === 0) return 0n;
    const now = nanosOf(this.#clock.now());
    if (speed !== Infinity) {
      return now - nanosOf(backlogMillis) - (entries[0]?.timeNanos ?? 0n);
    }
    let end = 0n;
    for (const entry of entries) if (endOf(entry) > end) end = endOf(entry);
    return now - end;
  }

  async #entry(entry: RecordedEntry, shift: bigint): Promise<void> {
    const target = this.#targets[entry.target];
    if (target === undefined || entry.type === 'goroutines' || entry.type === 'trace') return;
    if (entry.type === 'allocs' && this.#withHeap.has(entry.target)) return;
    const start = Number((entry.timeNanos + shift) / 1_000_000n);
    const duration = Number(entry.durationNanos) / 1e6;
    try {
      const bytes = await this.#recording.load(entry);
      if (entry.format === 'pprof') await this.#profile(target, entry, bytes, shift);
      else await this.#metrics(target, entry, bytes, shift);
      target.status.succeeded(entry.type, start, duration, entry.bytes);
    } catch (error) {
      // What the file is to blame for is shown; what the sink or a bug is to blame for ends it.
      if (!(error instanceof DecodeError) && !(error instanceof UserError)) throw error;
      target.status.failed(entry.type, start, duration, `${entry.file}: ${describeFailure(error)}`);
    }
  }

  async #profile(
    target: RecordedProcess,
    entry: RecordedEntry,
    bytes: Uint8Array,
    shift: bigint,
  ): Promise<void> {
    const startNanos = entry.timeNanos + shift;
    const { type, durationNanos } = entry;
    const { records, reset } = await target.processing.profile({
      type,
      bytes,
      cumulative: cumulativeTypes.has(type),
      times: () => ({ startNanos, durationNanos }),
    });
    if (reset) {
      const text = `counters of ${type} fell: a new series begins`;
      await this.#sink.mark(target.key, { kind: 'reset', atNanos: startNanos, text });
    }
    for (const record of records) {
      const timeNanos = record.startNanos;
      await this.#sink.profile({
        ...record,
        profile: shift === 0n ? record.profile : { ...record.profile, timeNanos },
        key: target.key,
      });
    }
  }

  async #metrics(
    target: RecordedProcess,
    entry: RecordedEntry,
    bytes: Uint8Array,
    shift: bigint,
  ): Promise<void> {
    const plain = decompress(bytes, this.#decompressors);
    const snapshot = target.metrics.decode(plain, entry.format, entry.timeNanos + shift);
    await this.#sink.metrics(target.key, shifted(snapshot, shift));
  }
}

interface RecordedProcess {
  readonly key: TargetKey;
  readonly processing: Processing;
  readonly metrics: RecordedMetrics;
  readonly status: TargetStatus;
}

function endOf(entry: RecordedEntry): bigint {
  return entry.timeNanos + entry.durationNanos;
}

function shifted(snapshot: MetricSnapshot, shift: bigint): MetricSnapshot {
  const start = snapshot.processStartNanos;
  return start === 0n ? snapshot : { ...snapshot, processStartNanos: start + shift };
}
