/**
 * Scrapes many targets, each on its own schedule, for as long as it runs.
 *
 * Every target is a loop of its own (target-loop.ts): one that is slow, broken or gone delays no
 * other. They share nothing but the lock around decoding. Starts are spread over the interval. The
 * list of targets may change at any time; a target that stays as it is notices nothing.
 */
import type { TargetState } from '../api/wire.ts';
import type { Decompressors } from '../formats/compression.ts';
import { staggerOffsets } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';
import type { TargetConfig } from './config/target.ts';
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
  /** As /api/v1/targets shows them, in the order of the list. */
  states(): readonly TargetState[];
  /** Ends what is not in the list, begins what is new. Resolves when that is done. */
  update(targets: readonly TargetConfig[]): Promise<void>;
  /** Gives up what is in flight; resolves when every loop has ended. */
  stop(): Promise<void>;
}

export function startScheduler(
  { targets }: { readonly targets: readonly TargetConfig[] },
  options: SchedulerOptions,
): Scheduler {
  const loops = new Loops(options);
  loops.begin(targets);
  // Updates follow each other, and none comes after the end.
  const updates = new Lock();
  let stopped = false;
  return {
    states: () => loops.states(),
    update: (next) =>
      updates.run(async () => {
        if (stopped) return;
        await loops.endAllBut(next);
        loops.begin(next);
      }),
    stop: () =>
      updates.run(async () => {
        stopped = true;
        await loops.endAllBut([]);
      }),
  };
}

/** The running loops by what their target is configured to be. */
class Loops {
  readonly #options: SchedulerOptions;
  readonly #decoding = new Lock();
  #running = new Map<string, TargetLoop>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  states(): readonly TargetState[] {
    return [...this.#running.values()].map((loop) => loop.state());
  }

  async endAllBut(targets: readonly TargetConfig[]): Promise<void> {
    const kept = new Set(targets.map(keyOf));
    const ending = [...this.#running].filter(([key]) => !kept.has(key));
    for (const [key] of ending) this.#running.delete(key);
    await Promise.all(ending.map(([, loop]) => loop.stop()));
  }

  begin(targets: readonly TargetConfig[]): void {
    const { sink, clock = systemClock, decompressors = nodeDecompressors } = this.#options;
    const onError = this.#options.onError ?? (() => undefined);
    const offsets = staggerOffsets(
      targets.map((target) => target.origin + target.pathPrefix),
      (index) => targets[index]?.scrapeIntervalMillis ?? 0,
    );
    const running = new Map<string, TargetLoop>();
    for (const [index, target] of targets.entries()) {
      const key = keyOf(target);
      const known = this.#running.get(key);
      if (known !== undefined) {
        running.set(key, known);
        continue;
      }
      const offsetMillis = offsets[index] ?? 0;
      const shared = { sink, clock, decompressors, lock: this.#decoding, onError };
      const loop = new TargetLoop(new Target(target, clock), { ...shared, offsetMillis });
      loop.start();
      running.set(key, loop);
    }
    this.#running = running;
  }
}

function keyOf(target: TargetConfig): string {
  return JSON.stringify(target);
}
