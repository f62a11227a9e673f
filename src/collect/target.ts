/**
 * One program with /debug/pprof: what can be asked of it, one request a method.
 *
 * Not the schedule, and nothing is remembered but which source of runtime metrics works.
 */
import { DecodeError, messageOf } from '../base/errors.ts';
import type { Metric, MetricSnapshot } from '../metrics/snapshot.ts';
import { type Clock, nanosOf, trustedNanos } from './clock.ts';
import type { ProfileConfig } from './config/profiles.ts';
import type { TargetConfig } from './config/target.ts';
import {
  createFetchClient,
  expectProfile,
  type FetchClient,
  FetchError,
  type Fetched,
} from './fetch.ts';
import { type IndexPage, parseIndexPage } from './index-page.ts';
import { LocalProcess } from './local-process.ts';
import { type MetricsReading, MetricsSource } from './metrics-source.ts';

/** A profile as it came: compressed or not, undecoded. */
export interface FetchedProfile {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly wireBytes: number;
  /** Unix milliseconds of the request and of the last byte. */
  readonly requestedAt: number;
  readonly receivedAt: number;
  readonly forcedGc: boolean;
}

export interface Identity {
  /** '' = it does not say. */
  readonly service: string;
  /** VCS revision or module version; '' = unknown. */
  readonly version: string;
  /** Undefined when it serves no metrics. */
  readonly snapshot: MetricSnapshot | undefined;
}

export interface CaptureOptions {
  /** Length of a timed profile, when not as configured. */
  readonly seconds?: number;
  /** Collect garbage first (heap only). */
  readonly gc?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const probeTimeoutMillis = 5000;

export class Target {
  readonly config: TargetConfig;
  readonly #clock: Clock;
  readonly #client: FetchClient;
  readonly #metrics: MetricsSource;
  /** Undefined = not looked for yet, or gone; 'elsewhere' = not on this machine. */
  #local: LocalProcess | 'elsewhere' | undefined;

  constructor(config: TargetConfig, clock: Clock) {
    this.config = config;
    this.#clock = clock;
    this.#client = createFetchClient(config.authorization, config.tls);
    this.#metrics = new MetricsSource({
      prefix: config.origin + config.pathPrefix,
      metricsUrl: config.metricsPath === '' ? '' : config.origin + config.metricsPath,
      fallbackUrl: `${config.origin}/metrics`,
      clock,
      local: () => this.#readLocal(),
      get: (url, signal) => this.#get(url, config.scrapeTimeoutMillis, signal),
    });
  }

  /** What a person would open in a browser. */
  get url(): string {
    return `${this.config.origin}${this.config.pathPrefix}/debug/pprof/`;
  }

  /** The cheapest thing there is to ask. Throws FetchError, or DecodeError when it is another page. */
  async index(signal?: AbortSignal): Promise<IndexPage> {
    const timeout = Math.min(probeTimeoutMillis, this.config.scrapeTimeoutMillis);
    const { bytes } = await this.#get(this.url, timeout, signal);
    return parseIndexPage(new TextDecoder().decode(bytes));
  }

  /** Throws FetchError. */
  async profile(profile: ProfileConfig, options: CaptureOptions = {}): Promise<FetchedProfile> {
    const { signal, gc = false } = options;
    const seconds = options.seconds ?? profile.seconds;
    const query = [
      ...(seconds === undefined ? [] : [`seconds=${seconds}`]),
      ...(gc ? ['gc=1'] : []),
    ].join('&');
    const url = `${this.config.origin}${profile.path}${query === '' ? '' : `?${query}`}`;
    const timeout = (seconds ?? 0) * 1000 + this.config.scrapeTimeoutMillis;
    const requestedAt = this.#clock.now();
    const fetched = await this.#get(url, timeout, signal);
    expectProfile(fetched);
    const { bytes, wireBytes } = fetched;
    const receivedAt = this.#clock.now();
    return { type: profile.type, bytes, wireBytes, requestedAt, receivedAt, forcedGc: gc };
  }

  /** All goroutines as text (`debug=2`). Stops the world: ask only while they are few. */
  async goroutineDump(signal?: AbortSignal): Promise<FetchedProfile> {
    const requestedAt = this.#clock.now();
    const url = `${this.url}goroutine?debug=2`;
    const { bytes, wireBytes } = await this.#get(url, this.config.scrapeTimeoutMillis, signal);
    const receivedAt = this.#clock.now();
    return { type: 'goroutine', bytes, wireBytes, requestedAt, receivedAt, forcedGc: false };
  }

  /** Runtime metrics from the best source that there is. Throws FetchError when there is none. */
  metrics(signal?: AbortSignal): Promise<MetricsReading> {
    return this.#metrics.read(signal);
  }

  /** True when metrics come out of a heap profile, which must not overlap with another profile. */
  get metricsTakeProfile(): boolean {
    return this.#metrics.kind === 'memstats';
  }

  /** The process is another one: other sources of metrics may be there. */
  restarted(): void {
    this.#metrics.restarted();
    this.#local = undefined;
  }

  /** Who the process says it is. Throws FetchError only when it cannot be reached. */
  async identify(signal?: AbortSignal): Promise<Identity> {
    const reading = await this.#tolerate(() => this.#metrics.read(signal));
    const command = await this.#tolerate(() => this.#commandName(signal));
    const moduleName = lastElement(reading?.main ?? '');
    const generic = command === undefined || genericNames.has(command);
    return {
      service: generic && moduleName !== '' ? moduleName : (command ?? moduleName),
      version: /^$|^\(devel\)$/.test(reading?.version ?? '') ? '' : (reading?.version ?? ''),
      snapshot: reading?.snapshot,
    };
  }

  close(): void {
    this.#client.close();
  }

  async #readLocal(): Promise<readonly Metric[]> {
    if (this.#local === 'elsewhere') return [];
    this.#local ??= (await LocalProcess.listeningAt(this.config.origin)) ?? 'elsewhere';
    return this.#local === 'elsewhere' ? [] : this.#local.read();
  }

  async #commandName(signal?: AbortSignal): Promise<string | undefined> {
    const url = `${this.url}cmdline`;
    const { bytes, contentType } = await this.#get(url, probeTimeoutMillis, signal);
    if (!contentType.startsWith('text/plain')) return undefined;
    const [command = ''] = new TextDecoder().decode(bytes).split('\0');
    const name = lastElement(command.replaceAll('\\', '/')).replace(/\.exe$/i, '');
    return name === '' ? undefined : name.slice(0, 100);
  }

  async #tolerate<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof DecodeError) return undefined;
      if (error instanceof FetchError && !error.unreachable && error.failure !== 'aborted') {
        return undefined;
      }
      throw error;
    }
  }

  #get(url: string, timeoutMillis: number, signal?: AbortSignal): Promise<Fetched> {
    return this.#client.get(url, { timeoutMillis, maxBytes: this.config.bodySizeLimit, signal });
  }
}

/** Binary names that say nothing about the service. */
const genericNames = new Set(['main', 'app', 'server', 'service', 'exe', '__debug_bin', 'a.out']);

function lastElement(path: string): string {
  // example.com/shop/v2 is shop.
  const elements = path.split('/').filter((element) => element !== '' && !/^v\d+$/.test(element));
  return elements.at(-1) ?? '';
}

/** When a fetched profile began, and how long it lasted, by the profile's word or by the requests. */
export function captureTimes(
  fetched: Pick<FetchedProfile, 'requestedAt' | 'receivedAt'>,
  said: { readonly timeNanos: bigint; readonly durationNanos: bigint },
  timed: boolean,
): { readonly startNanos: bigint; readonly durationNanos: bigint } {
  const { requestedAt, receivedAt } = fetched;
  if (!timed) {
    return { startNanos: trustedNanos(said.timeNanos, nanosOf(receivedAt)), durationNanos: 0n };
  }
  const startNanos = trustedNanos(said.timeNanos, nanosOf(requestedAt));
  const measured = nanosOf(receivedAt - requestedAt);
  return { startNanos, durationNanos: said.durationNanos > 0n ? said.durationNanos : measured };
}

/** One line for a state or a log. */
export function describeFailure(error: unknown): string {
  if (error instanceof FetchError) return `${error.message}. ${error.next}`;
  return messageOf(error);
}
