/**
 * Scrapes many targets, each on its own schedule, for as long as it runs.
 *
 * Every target is a loop of its own (target-loop.ts): one that is slow, broken or gone delays no
 * other. They share nothing but the lock around decoding. Starts are spread over the interval.
 */
import type { TargetState } from '../api/wire.ts';
import type { Decompressors } from '../formats/compression.ts';
import { staggerOffsets } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';
import type { CollectConfig } from './config.ts';
import { nodeDecompressors } from './decompress.ts';
import { Lock } from './lock.ts';
import type { Sink } from './sink.ts';
import { Target } from './target.ts';
import { TargetLoop } from './target-loop.ts';

export interface SchedulerOptions {
  readonly sink: Sink;
  readonly clock?: Clock;
  readonly decompressors?: Decompressors;
  /** Told of errors that are neither the target's nor the data's: a sink that fails, a bug. */
  readonly onError?: (error: unknown) => void;
}

export interface Scheduler {
  /** As /api/v1/targets shows them, in the order of the configuration. */
  states(): readonly TargetState[];
  /** Gives up what is in flight; resolves when every loop has ended. */
  stop(): Promise<void>;
}

export function startScheduler(config: CollectConfig, options: SchedulerOptions): Scheduler {
  const { sink, clock = systemClock, decompressors = nodeDecompressors } = options;
  const lock = new Lock();
  const offsets = staggerOffsets(
    config.targets.map((target) => target.origin + target.pathPrefix),
    (index) => config.targets[index]?.scrapeIntervalMillis ?? 0,
  );
  const loops = config.targets.map(
    (target, index) =>
      new TargetLoop(new Target(target, clock), {
        sink,
        clock,
        decompressors,
        lock,
        offsetMillis: offsets[index] ?? 0,
        onError: options.onError ?? (() => undefined),
      }),
  );
  for (const loop of loops) loop.start();
  return {
    states: () => loops.map((loop) => loop.state()),
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}
