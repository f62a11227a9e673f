/**
 * Collects from what a configuration says, for as long as it runs: discovery and scraping together.
 *
 * `reload` takes another configuration; targets that both have in common notice nothing.
 */
import type { TargetState } from '../api/wire.ts';
import { type Clock, systemClock } from './clock.ts';
import type { CollectConfig } from './config/config.ts';
import { Discoverer } from './discovery/discover.ts';
import type { NameServer } from './discovery/dns.ts';
import { Lock } from './lock.ts';
import { type Scheduler, startScheduler } from './scheduler.ts';
import type { Sink } from './sink.ts';

export interface CollectorOptions {
  readonly sink: Sink;
  readonly onError: (error: unknown) => void;
  readonly clock?: Clock;
  readonly nameServer?: NameServer;
}

export class Collector {
  readonly #options: CollectorOptions;
  readonly #scheduler: Scheduler;
  readonly #changes = new Lock();
  #discoverer: Discoverer | undefined;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#scheduler = startScheduler({ targets: [] }, options);
  }

  targets(): readonly TargetState[] {
    return this.#scheduler.states();
  }

  /** Collects from this and nothing else from now on. Resolves when the targets are known. */
  use(config: CollectConfig): Promise<void> {
    return this.#changes.run(async () => {
      await this.#discoverer?.stop();
      const { onError, clock = systemClock, nameServer } = this.#options;
      const discoverer = new Discoverer(config, {
        clock,
        onError,
        onTargets: (targets) => void this.#scheduler.update(targets).catch(onError),
        ...(nameServer === undefined ? {} : { nameServer }),
      });
      this.#discoverer = discoverer;
      await discoverer.start();
    });
  }

  stop(): Promise<void> {
    return this.#changes.run(async () => {
      await this.#discoverer?.stop();
      await this.#scheduler.stop();
    });
  }
}
