/**
 * The life of one target while it is collected from: find it, scrape it, lose it, find it again.
 *
 * While it is up, two lanes run: profiles one at a time, and runtime metrics beside them (in the
 * profiles' lane when they ride on a heap profile). A failure to reach the process takes both down;
 * then only the index page is asked for, ever less often, until it answers.
 */
import type { TargetState } from '../api/wire.ts';
import { DecodeError, UserError } from '../base/errors.ts';
import type { Decompressors } from '../formats/compression.ts';
import { restarted } from '../metrics/series.ts';
import type { MetricSnapshot } from '../metrics/snapshot.ts';
import { backoffMillis } from './backoff.ts';
import { type Clock, nanosOf } from './clock.ts';
import type { ProfileConfig } from './config/profiles.ts';
import { FetchError } from './fetch.ts';
import type { IndexPage } from './index-page.ts';
import { Lock } from './lock.ts';
import { Processing } from './processing.ts';
import type { Mark, Sink } from './sink.ts';
import { TargetStatus } from './state.ts';
import { captureTimes, describeFailure, type Target } from './target.ts';
import { type Task, TaskList } from './tasks.ts';

export interface TargetLoopOptions {
  readonly sink: Sink;
  readonly clock: Clock;
  readonly decompressors: Decompressors;
  /** Around decoding; shared by all targets. */
  readonly lock: Lock;
  /** When its first scrape begins, after it was found. */
  readonly offsetMillis: number;
  readonly onError: (error: unknown) => void;
}

const probing = { firstMillis: 1000, maxMillis: 60_000 };
/** Profiles that are no snapshot, come with another one, or cost too much to be taken unasked. */
const notDiscovered = new Set(['allocs', 'goroutineleak']);
const maxJitterMillis = 500;
const rediscoverMillis = 300_000;
const nothingThere =
  'it has none of the profiles that were asked for. Does the program import _ "net/http/pprof"?';

export class TargetLoop {
  readonly #target: Target;
  readonly #options: TargetLoopOptions;
  readonly #status: TargetStatus;
  readonly #processing: Processing;
  readonly #tasks = new TaskList();
  /** One profile at a time. */
  readonly #lane = new Lock();
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #lastSnapshot: MetricSnapshot | undefined;
  #firstTime = true;
  #labelsCut = '';
  #indexReadAt = 0;
  #hasMetrics = false;

  constructor(target: Target, options: TargetLoopOptions) {
    const { config } = target;
    this.#target = target;
    this.#options = options;
    const key = { service: config.service || config.instance, labels: config.labels };
    this.#status = new TargetStatus(target.url, config.instance, key);
    this.#processing = new Processing({
      ...options,
      labelValueLimit: config.pprofLabelValueLimit,
    });
    for (const profile of config.profiles) this.#tasks.add(profile, 0);
  }

  start(): void {
    this.#running = this.#run().catch(this.#options.onError);
  }

  state(): TargetState {
    return this.#status.snapshot();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#target.close();
  }

  async #run(): Promise<void> {
    const stop = this.#stop.signal;
    while (!stop.aborted) {
      const index = await this.#find(stop);
      if (index === 'stopped') return;
      await this.#up(index);
      const down = new AbortController();
      const signal = AbortSignal.any([stop, down.signal]);
      const lanes = [this.#profiles(signal), this.#metricsLane(signal)];
      const why = await Promise.race(lanes);
      down.abort();
      await Promise.all(lanes);
      if (why !== undefined && !stop.aborted) await this.#down(why);
    }
  }

  /** Asks for the index page until it comes. Resolves with undefined when there is none to have. */
  async #find(stop: AbortSignal): Promise<IndexPage | undefined | 'stopped'> {
    const { clock } = this.#options;
    for (let failures = 0; !stop.aborted; failures++) {
      const start = clock.now();
      try {
        const index = await this.#index(failures, stop);
        await this.#meet(stop);
        if (index !== undefined) this.#status.succeeded('index', start, clock.now() - start, 0);
        return index;
      } catch (error) {
        if (stop.aborted) break;
        if (!(error instanceof FetchError) && !(error instanceof DecodeError)) throw error;
        this.#status.failed('index', start, clock.now() - start, describeFailure(error));
        await this.#rest('index', backoffMillis(failures + 1, probing, clock.random()), stop);
      }
    }
    return 'stopped';
  }

  /**
   * Handlers may be mounted without the index page, so that its absence is no failure, unless the
   * profiles were not there either; then they get another chance now and then.
   */
  async #index(failures: number, stop: AbortSignal): Promise<IndexPage | undefined> {
    try {
      const index = await this.#target.index(stop);
      this.#status.note('index', '');
      return index;
    } catch (error) {
      const answers =
        error instanceof DecodeError ||
        (error instanceof FetchError && error.failure === 'not-found');
      if (!answers || (this.#tasks.allAbsent && failures % 10 !== 9)) throw error;
      this.#status.note('index', 'there is no index page, so custom profiles are not found');
      return undefined;
    }
  }

  /** Learns who the process is, and whether it is the one that was met before. */
  async #meet(signal: AbortSignal): Promise<void> {
    const { config } = this.#target;
    const { service, version, snapshot } = await this.#target.identify(signal);
    const labels =
      version === '' || config.labels.version !== undefined
        ? config.labels
        : { ...config.labels, version };
    const name = config.service || service || config.instance;
    this.#status.key = { service: name, labels };
    if (snapshot !== undefined) await this.#compare(snapshot);
  }

  async #up(index: IndexPage | undefined): Promise<void> {
    const { clock, offsetMillis } = this.#options;
    const now = clock.now();
    const first = now + (this.#firstTime ? offsetMillis : 0);
    this.#tasks.restart(first);
    this.#addCustom(index, first);
    this.#indexReadAt = now;
    for (const task of this.#tasks.tasks) this.#status.planned(task.profile.type, task.dueAt);
    this.#status.up = true;
    if (!this.#firstTime) await this.#mark('up', 'it answers again');
    this.#firstTime = false;
  }

  #addCustom(index: IndexPage | undefined, dueAt: number): void {
    const { config, url } = this.#target;
    for (const type of index?.keys() ?? []) {
      if (notDiscovered.has(type) || config.disabled.includes(type)) continue;
      const path = new URL(encodeURIComponent(type), url).pathname;
      const intervalMillis = config.scrapeIntervalMillis;
      this.#tasks.add({ type, path, delta: false, seconds: undefined, intervalMillis }, dueAt);
    }
  }

  /** A program may create custom profiles at any time. */
  async #lookForCustom(signal: AbortSignal): Promise<void> {
    const now = this.#options.clock.now();
    if (now - this.#indexReadAt < rediscoverMillis) return;
    this.#indexReadAt = now;
    try {
      this.#addCustom(await this.#target.index(signal), now);
    } catch (error) {
      // It was found without an index page, or the next profile will say what is wrong.
      if (!(error instanceof FetchError) && !(error instanceof DecodeError)) throw error;
    }
  }

  async #down(why: string): Promise<void> {
    this.#status.up = false;
    this.#status.failed('index', this.#options.clock.now(), 0, why);
    await this.#mark('down', why);
  }

  /** Resolves with the reason when the process is out of reach, with undefined when stopped. */
  async #profiles(signal: AbortSignal): Promise<string | undefined> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const task = this.#tasks.next();
      if (task === undefined) {
        await clock.sleep(2 ** 30, signal);
        continue;
      }
      const { type, intervalMillis, seconds } = task.profile;
      const late = task.dueAt - clock.now();
      // Jitter would open gaps between CPU profiles that follow each other closely.
      const tight = (seconds ?? 0) * 1000 > intervalMillis / 2;
      const jitter = tight ? 0 : Math.min(intervalMillis * 0.02, maxJitterMillis) * clock.random();
      if (late > 0) await this.#rest(type, late + jitter, signal);
      if (signal.aborted) return undefined;
      const why = await this.#lane.run(() => this.#profile(task, signal));
      if (why !== undefined) return why;
      if (this.#tasks.allAbsent && !this.#hasMetrics) return nothingThere;
      await this.#lookForCustom(signal);
    }
    return undefined;
  }

  async #profile(task: Task, signal: AbortSignal): Promise<string | undefined> {
    const { clock } = this.#options;
    const { profile } = task;
    const start = clock.now();
    let error: unknown;
    try {
      const fetched = await this.#target.profile(profile, { signal });
      await this.#store(fetched, profile);
      this.#tasks.succeeded(task, clock.now());
      this.#status.succeeded(profile.type, start, clock.now() - start, fetched.wireBytes);
    } catch (caught) {
      error = caught;
      if (signal.aborted) return undefined;
      if (error instanceof FetchError && error.failure === 'not-found') {
        this.#tasks.missing(task, clock.now());
      } else this.#tasks.failed(task, clock.now());
      this.#report(profile.type, start, error);
    }
    this.#status.planned(profile.type, task.dueAt);
    return this.#reasonToStop(error, profile);
  }

  /** A profile that takes long may time out while the process is well. */
  #reasonToStop(error: unknown, profile?: ProfileConfig): string | undefined {
    if (!(error instanceof FetchError) || !error.unreachable) return undefined;
    if (error.failure === 'timeout' && profile !== undefined) return undefined;
    return describeFailure(error);
  }

  async #store(
    fetched: Awaited<ReturnType<Target['profile']>>,
    profile: ProfileConfig,
  ): Promise<void> {
    const { sink } = this.#options;
    const { records, reset, labelsCut } = await this.#processing.profile({
      type: fetched.type,
      bytes: fetched.bytes,
      cumulative: profile.delta,
      times: (said) => captureTimes(fetched, said, profile.seconds !== undefined),
    });
    if (reset) await this.#mark('reset', `counters of ${profile.type} fell: a new series begins`);
    await this.#noteLabels(labelsCut);
    for (const record of records) await sink.profile({ ...record, key: this.#status.key });
  }

  async #noteLabels(cut: readonly string[]): Promise<void> {
    const keys = cut.join(', ');
    if (keys === this.#labelsCut) return;
    this.#labelsCut = keys;
    const limit = this.#target.config.pprofLabelValueLimit;
    const text = `labels cut: ${keys} had more than ${limit} values this hour; later ones are “other”`;
    this.#status.note('labels', keys === '' ? '' : text);
    if (keys !== '') await this.#mark('labels-cut', text);
  }

  async #metricsLane(signal: AbortSignal): Promise<string | undefined> {
    const { clock } = this.#options;
    const interval = this.#target.config.metricsIntervalMillis;
    let failures = 0;
    let dueAt = clock.now();
    while (!signal.aborted) {
      const error = await this.#metrics(signal);
      if (signal.aborted) return undefined;
      const why = this.#reasonToStop(error);
      if (why !== undefined) return why;
      failures = error === undefined ? 0 : failures + 1;
      const now = clock.now();
      dueAt = Math.max(dueAt + interval * Math.min(2 ** failures, 16), now);
      await this.#rest('metrics', dueAt - now, signal);
    }
    return undefined;
  }

  /** Resolves with what went wrong. */
  async #metrics(signal: AbortSignal): Promise<unknown> {
    const { clock, sink } = this.#options;
    const start = clock.now();
    try {
      const read = () => this.#target.metrics(signal);
      const reading = await (this.#target.metricsTakeProfile ? this.#lane.run(read) : read());
      this.#status.note('metrics', reading.note);
      this.#hasMetrics = true;
      if (await this.#compare(reading.snapshot)) await this.#meet(signal);
      await sink.metrics(this.#status.key, reading.snapshot);
      this.#status.succeeded('metrics', start, clock.now() - start, reading.wireBytes);
      return undefined;
    } catch (error) {
      this.#hasMetrics = false;
      if (!signal.aborted) this.#report('metrics', start, error);
      return error;
    }
  }

  /** Begins everything anew, and resolves with true, when the metrics are of another process. */
  async #compare(snapshot: MetricSnapshot): Promise<boolean> {
    const previous = this.#lastSnapshot;
    this.#lastSnapshot = snapshot;
    if (previous === undefined || !restarted(snapshot, previous)) return false;
    this.#processing.restart();
    this.#target.restarted();
    const version = snapshot.goVersion === '' ? '' : ` (${snapshot.goVersion})`;
    await this.#mark('restart', `the process was restarted${version}`);
    return true;
  }

  #report(type: string, start: number, error: unknown): void {
    const known = error instanceof UserError || error instanceof DecodeError;
    if (!known) this.#options.onError(error);
    const { clock } = this.#options;
    this.#status.failed(type, start, clock.now() - start, describeFailure(error));
  }

  async #rest(type: string, millis: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    this.#status.planned(type, clock.now() + millis);
    await clock.sleep(millis, signal);
  }

  async #mark(kind: Mark['kind'], text: string): Promise<void> {
    const { clock, sink, onError } = this.#options;
    try {
      await sink.mark(this.#status.key, { kind, atNanos: nanosOf(clock.now()), text });
    } catch (error) {
      onError(error);
    }
  }
}
