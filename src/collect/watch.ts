/**
 * Watches one live target for a while: what `whygo explain` and `whygo record` do to it.
 *
 * CPU profiles follow each other over the whole time; snapshots (heap, block, mutex, goroutine,
 * threadcreate) are taken evenly, the first at the beginning and the last at the end; runtime
 * metrics every second. A CPU profile excludes other CPU profiles only, so the three run beside each
 * other. What fails is told and left out; only a target that cannot be reached ends the watch.
 */
import { DecodeError, UserError } from '../base/errors.ts';
import type { Clock } from './clock.ts';
import type { ProfileConfig } from './config/profiles.ts';
import { FetchError } from './fetch.ts';
import type { IndexPage } from './index-page.ts';
import type { MetricsReading } from './metrics-source.ts';
import { describeFailure, type FetchedProfile, type Target } from './target.ts';

export interface WatchPlan {
  readonly forMillis: number;
  readonly cpuSeconds: number;
  /** How many times snapshots are taken; at least 2. */
  readonly snapshots: number;
  /** Collect garbage before each heap profile. */
  readonly gc: boolean;
  readonly metricsEveryMillis: number;
  /**
   * Dump all goroutines (debug=2) at the beginning and at the end while there are fewer than this;
   * 0 = never.
   */
  readonly dumpBelow: number;
}

export interface WatchEvents {
  profile(fetched: FetchedProfile, profile: ProfileConfig): Promise<void>;
  metrics(reading: MetricsReading): Promise<void>;
  dump?(fetched: FetchedProfile): Promise<void>;
  /** A capture failed. Told once for a type that is not there. */
  failed(type: string, why: string): void;
}

/** How long after `forMillis` the last answers may take; the contract is 15 s for everything. */
const graceMillis = 11_000;
/** Metrics that ride on a heap profile may take this share of the time. */
const metricsShare = 0.2;

/** Throws FetchError when the target cannot be reached, or has neither index nor CPU profile. */
export async function watchTarget(
  target: Target,
  plan: WatchPlan,
  events: WatchEvents,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const watch = new Watch(target, plan, events, clock);
  await watch.run(signal);
}

class Watch {
  readonly #target: Target;
  readonly #plan: WatchPlan;
  readonly #events: WatchEvents;
  readonly #clock: Clock;
  readonly #absent = new Set<string>();
  #begin = 0;

  constructor(target: Target, plan: WatchPlan, events: WatchEvents, clock: Clock) {
    this.#target = target;
    this.#plan = plan;
    this.#events = events;
    this.#clock = clock;
  }

  async run(outer: AbortSignal): Promise<void> {
    const index = await this.#index(outer);
    this.#begin = this.#clock.now();
    const over = new AbortController();
    const signal = AbortSignal.any([outer, over.signal]);
    const ended = new AbortController();
    const guard = this.#clock
      .sleep(this.#plan.forMillis + graceMillis, AbortSignal.any([outer, ended.signal]))
      .then(() => over.abort());
    try {
      await Promise.all([this.#cpu(signal), this.#snapshots(index, signal), this.#metrics(signal)]);
    } catch (error) {
      over.abort();
      throw error;
    } finally {
      ended.abort();
      await guard;
    }
  }

  /** Fails at once, with the reason, when there is nothing to watch. */
  async #index(signal: AbortSignal): Promise<IndexPage | undefined> {
    try {
      return await this.#target.index(signal);
    } catch (error) {
      const profile = this.#target.config.profiles[0];
      const mounted =
        error instanceof DecodeError ||
        (error instanceof FetchError && error.failure === 'not-found');
      if (!mounted || profile === undefined) throw error;
      // Handlers can be mounted without the index page: a snapshot shows it.
      const snapshot = this.#target.config.profiles.find(({ seconds }) => seconds === undefined);
      await this.#target.profile(snapshot ?? profile, { signal });
      return undefined;
    }
  }

  get #left(): number {
    return this.#begin + this.#plan.forMillis - this.#clock.now();
  }

  async #cpu(signal: AbortSignal): Promise<void> {
    const profile = this.#target.config.profiles.find(({ type }) => type === 'cpu');
    if (profile === undefined) return;
    let longest = this.#plan.cpuSeconds;
    for (let failures = 0; this.#left >= 500 && !signal.aborted && !this.#absent.has('cpu'); ) {
      const seconds = Math.max(1, Math.min(longest, Math.round(this.#left / 1000)));
      try {
        const fetched = await this.#target.profile(profile, { seconds, signal });
        await this.#events.profile(fetched, profile);
        failures = 0;
      } catch (error) {
        if (this.#refuse('cpu', error, signal)) return;
        // Servers with a short WriteTimeout refuse long profiles (net/http/pprof before Go 1.23).
        if (error instanceof FetchError && /WriteTimeout/.test(error.message)) {
          longest = Math.max(1, Math.floor(seconds / 2));
        }
        failures++;
        await this.#clock.sleep(Math.min(500 * 2 ** failures, 5000), signal);
      }
    }
  }

  async #snapshots(index: IndexPage | undefined, signal: AbortSignal): Promise<void> {
    const { forMillis, snapshots, dumpBelow } = this.#plan;
    const profiles = this.#target.config.profiles.filter(({ type }) => type !== 'cpu');
    const custom = this.#customProfiles(index);
    const count = (page: IndexPage | undefined) => page?.get('goroutine') ?? Infinity;
    if (count(index) < dumpBelow) await this.#dump(signal);
    for (let i = 0; i < snapshots && !signal.aborted; i++) {
      const at = this.#begin + (forMillis * i) / (snapshots - 1);
      await this.#clock.sleep(at - this.#clock.now(), signal);
      const edge = i === 0 || i === snapshots - 1;
      for (const profile of edge ? [...profiles, ...custom] : profiles) {
        // What takes its time (fgprof) is not a snapshot: it would hold the others up.
        if (profile.seconds === undefined) await this.#snapshot(profile, signal);
      }
    }
    if (index === undefined || dumpBelow === 0 || signal.aborted) return;
    if (count(await this.#indexNow(signal)) < dumpBelow) await this.#dump(signal);
  }

  /** Without one, nothing is known of how many goroutines there are by now. */
  async #indexNow(signal: AbortSignal): Promise<IndexPage | undefined> {
    try {
      return await this.#target.index(signal);
    } catch (error) {
      this.#refuse('goroutines', error, signal);
      return undefined;
    }
  }

  #customProfiles(index: IndexPage | undefined): readonly ProfileConfig[] {
    const { config, url } = this.#target;
    const known = new Set([
      ...config.profiles.map(({ type }) => type),
      ...config.disabled,
      'allocs',
    ]);
    // Finding leaked goroutines runs a garbage collection.
    if (!this.#plan.gc) known.add('goroutineleak');
    return [...(index?.keys() ?? [])]
      .filter((type) => !known.has(type))
      .map((type) => {
        const path = new URL(encodeURIComponent(type), url).pathname;
        return { type, path, delta: false, seconds: undefined, intervalMillis: 0 };
      });
  }

  async #snapshot(profile: ProfileConfig, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#absent.has(profile.type)) return;
    try {
      const gc = this.#plan.gc && profile.type === 'heap';
      const fetched = await this.#target.profile(profile, { gc, signal });
      await this.#events.profile(fetched, profile);
    } catch (error) {
      this.#refuse(profile.type, error, signal);
    }
  }

  async #dump(signal: AbortSignal): Promise<void> {
    try {
      await this.#events.dump?.(await this.#target.goroutineDump(signal));
    } catch (error) {
      this.#refuse('goroutines', error, signal);
    }
  }

  async #metrics(signal: AbortSignal): Promise<void> {
    const { metricsEveryMillis } = this.#plan;
    while (!signal.aborted && !this.#absent.has('metrics')) {
      const start = this.#clock.now();
      try {
        await this.#events.metrics(await this.#target.metrics(signal));
      } catch (error) {
        if (this.#refuse('metrics', error, signal)) return;
      }
      const took = this.#clock.now() - start;
      if (this.#left <= 0) return;
      const dear = this.#target.metricsTakeProfile ? took / metricsShare : took;
      const pause = Math.max(metricsEveryMillis, dear) - took;
      // The last reading is at the end, so that the metrics span the whole time.
      await this.#clock.sleep(Math.min(pause, Math.max(this.#left, 0)), signal);
    }
  }

  /** Tells what failed. True when it is no use to ask for this type again. */
  #refuse(type: string, error: unknown, signal: AbortSignal): boolean {
    if (signal.aborted) return true;
    if (error instanceof FetchError && error.failure === 'refused') throw error;
    if (!(error instanceof UserError) && !(error instanceof DecodeError)) throw error;
    this.#events.failed(type, describeFailure(error));
    const gone = error instanceof FetchError && error.failure === 'not-found';
    if (gone) this.#absent.add(type);
    return gone;
  }
}
