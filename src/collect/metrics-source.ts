/**
 * Where the runtime metrics of one target come from: its agent, else Prometheus text with the Go
 * collector's families, else expvar, else the MemStats that end `heap?debug=1`; and, of a process on
 * this machine, what Linux knows of it.
 *
 * The first source that works is remembered, and a better one is looked for again every ten minutes
 * and after a restart. With expvar and MemStats, the counts of goroutines and threads come from the index page,
 * and pauses are kept as a histogram (PauseHistogram).
 */
import { DecodeError } from '../base/errors.ts';
import { decodeAgentMetrics, looksLikeAgentJson } from '../metrics/agent.ts';
import { decodeExpvar } from '../metrics/expvar.ts';
import { decodeMemStats, type MemStatsReading, PauseHistogram } from '../metrics/memstats.ts';
import { decodePrometheus } from '../metrics/prometheus.ts';
import type { Metric, MetricSnapshot } from '../metrics/snapshot.ts';
import { type Clock, nanosOf, trustedNanos } from './clock.ts';
import { FetchError, type Fetched } from './fetch.ts';
import { parseIndexPage } from './index-page.ts';

export type MetricsKind = 'agent' | 'prometheus' | 'expvar' | 'memstats';

export interface MetricsReading {
  readonly snapshot: MetricSnapshot;
  readonly kind: MetricsKind;
  /** As fetched. */
  readonly bytes: Uint8Array;
  readonly wireBytes: number;
  /** Main module path and version; '' = the source does not say. */
  readonly main: string;
  readonly version: string;
  /** For the target's state: what is missing or was not understood; '' = nothing. */
  readonly note: string;
}

export interface MetricsSourceOptions {
  /** Origin and path prefix: `http://host:port/prefix`. */
  readonly prefix: string;
  /** The configured address; '' = find one. */
  readonly metricsUrl: string;
  /** Where Prometheus text is by convention. */
  readonly fallbackUrl: string;
  readonly clock: Clock;
  /** What the operating system knows of the process; empty when it is not to be had. */
  readonly local?: () => Promise<readonly Metric[]>;
  readonly get: (url: string, signal?: AbortSignal) => Promise<Fetched>;
}

const reprobeMillis = 600_000;

export class MetricsSource {
  readonly #options: MetricsSourceOptions;
  #pauses = new PauseHistogram();
  #kind: MetricsKind | undefined;
  #probedAt = -Infinity;

  constructor(options: MetricsSourceOptions) {
    this.#options = options;
  }

  /** The source that worked last. */
  get kind(): MetricsKind | undefined {
    return this.#kind;
  }

  restarted(): void {
    this.#probedAt = -Infinity;
    this.#pauses = new PauseHistogram();
  }

  /** Throws FetchError: of the last source that was tried, or of the first that is out of reach. */
  async read(signal?: AbortSignal): Promise<MetricsReading> {
    const reading = await this.#readBest(signal);
    const local = (await this.#options.local?.()) ?? [];
    if (local.length === 0) return reading;
    const metrics = new Map(reading.snapshot.metrics);
    // What the process says of itself counts; it may be in another namespace than it seems.
    for (const metric of local) if (!metrics.has(metric.name)) metrics.set(metric.name, metric);
    return { ...reading, snapshot: { ...reading.snapshot, metrics } };
  }

  async #readBest(signal?: AbortSignal): Promise<MetricsReading> {
    const { clock } = this.#options;
    const reprobe = this.#kind !== 'agent' && clock.now() - this.#probedAt >= reprobeMillis;
    if (this.#kind !== undefined && !reprobe) {
      try {
        return await this.#readFrom(this.#kind, signal);
      } catch (error) {
        if (!(error instanceof FetchError) || !isMissing(error)) throw error;
      }
    }
    this.#probedAt = clock.now();
    for (const kind of ['agent', 'prometheus', 'expvar'] as const) {
      const reading = await this.#try(kind, signal);
      if (reading !== undefined) return reading;
    }
    const reading = await this.#readFrom('memstats', signal);
    this.#kind = 'memstats';
    return reading;
  }

  async #try(kind: MetricsKind, signal?: AbortSignal): Promise<MetricsReading | undefined> {
    try {
      const reading = await this.#readFrom(kind, signal);
      this.#kind = reading.kind;
      return reading;
    } catch (error) {
      if (error instanceof DecodeError) return undefined;
      if (error instanceof FetchError && isMissing(error)) return undefined;
      throw error;
    }
  }

  #readFrom(kind: MetricsKind, signal?: AbortSignal): Promise<MetricsReading> {
    const { prefix, metricsUrl, fallbackUrl } = this.#options;
    if (kind === 'memstats') return this.#readMemStats(signal);
    if (kind === 'expvar') return this.#readExpvar(signal);
    if (metricsUrl !== '') return this.#readPage(metricsUrl, signal);
    const agent = `${prefix}/debug/metrics?format=json`;
    return this.#readPage(kind === 'agent' ? agent : fallbackUrl, signal);
  }

  /** Agent JSON or Prometheus text, whichever it is. */
  async #readPage(url: string, signal?: AbortSignal): Promise<MetricsReading> {
    const { clock, get } = this.#options;
    const fetched = await get(url, signal);
    const own = nanosOf(clock.now());
    const text = new TextDecoder().decode(fetched.bytes);
    const { bytes, wireBytes } = fetched;
    if (looksLikeAgentJson(text)) {
      const { snapshot, main, version, notUnderstood } = decodeAgentMetrics(text);
      const timed = { ...snapshot, timeNanos: trustedNanos(snapshot.timeNanos, own) };
      const note = notUnderstoodNote('the agent', notUnderstood.length, notUnderstood[0] ?? '');
      return { snapshot: timed, kind: 'agent', bytes, wireBytes, main, version, note };
    }
    const reading = decodePrometheus(text, own, { keep: isRuntimeFamily });
    const { snapshot, main, version } = reading;
    if (![...snapshot.metrics.keys()].some((name) => name.startsWith('/'))) {
      throw new DecodeError('Prometheus text', 0, `${url} has no metrics of the Go runtime`);
    }
    const note = prometheusNote(url, reading);
    return { snapshot, kind: 'prometheus', bytes, wireBytes, main, version, note };
  }

  async #readMemStats(signal?: AbortSignal): Promise<MetricsReading> {
    const { clock, get, prefix } = this.#options;
    const { bytes, wireBytes } = await get(`${prefix}/debug/pprof/heap?debug=1`, signal);
    const own = nanosOf(clock.now());
    const reading = decodeMemStats(new TextDecoder().decode(bytes), own);
    const snapshot = await this.#completed(reading, signal);
    const note = this.#memStatsNote('MemStats');
    return { snapshot, kind: 'memstats', bytes, wireBytes, main: '', version: '', note };
  }

  async #readExpvar(signal?: AbortSignal): Promise<MetricsReading> {
    const { clock, get, prefix } = this.#options;
    const { bytes, wireBytes } = await get(`${prefix}/debug/vars`, signal);
    const own = nanosOf(clock.now());
    const reading = decodeExpvar(new TextDecoder().decode(bytes), own);
    const snapshot = await this.#completed(reading, signal);
    const note = this.#memStatsNote('expvar');
    return { snapshot, kind: 'expvar', bytes, wireBytes, main: '', version: '', note };
  }

  /** With the histogram of pauses, and the counts that MemStats lacks. */
  async #completed(reading: MemStatsReading, signal?: AbortSignal): Promise<MetricSnapshot> {
    const metrics = new Map(reading.snapshot.metrics);
    const pauses = this.#pauses.add(reading);
    metrics.set(pauses.name, pauses);
    for (const metric of await this.#counts(signal)) metrics.set(metric.name, metric);
    return { ...reading.snapshot, metrics };
  }

  #memStatsNote(source: string): string {
    const { missed } = this.#pauses;
    const lost = missed === 0 ? '' : `; ${missed} GC pauses came too fast to be seen`;
    return `runtime metrics come from ${source}: import whygo’s agent for ${lacking}${lost}`;
  }

  async #counts(signal?: AbortSignal): Promise<readonly Metric[]> {
    try {
      const { bytes } = await this.#options.get(`${this.#options.prefix}/debug/pprof/`, signal);
      const page = parseIndexPage(new TextDecoder().decode(bytes));
      const gauge = (name: string, value: number | undefined): Metric[] =>
        value === undefined ? [] : [{ name, cumulative: false, value }];
      return [
        ...gauge('/sched/goroutines:goroutines', page.get('goroutine')),
        ...gauge('/sched/threads/total:threads', page.get('threadcreate')),
      ];
    } catch (error) {
      // Without an index page the counts are not known; everything else still is.
      if (error instanceof DecodeError) return [];
      if (error instanceof FetchError && isMissing(error)) return [];
      throw error;
    }
  }
}

const lacking = 'scheduling latency, mutex wait, CPU time and the Go version';

function isMissing(error: FetchError): boolean {
  return ['not-found', 'status', 'unauthorized', 'not-a-profile'].includes(error.failure);
}

/** Of /metrics only the runtime's and the process's families are kept; the others are the user's own. */
export function isRuntimeFamily(family: string): boolean {
  return family.startsWith('go_') || family.startsWith('process_');
}

function prometheusNote(url: string, reading: ReturnType<typeof decodePrometheus>): string {
  const { malformedCount, malformed, snapshot } = reading;
  const [first] = malformed;
  const bad =
    first === undefined
      ? ''
      : notUnderstoodNote(url, malformedCount, `line ${first.line}, ${first.reason}`);
  if (snapshot.metrics.has('/sched/latencies:seconds')) return bad;
  const missing =
    `runtime metrics come from ${new URL(url).pathname}, which has no scheduling latency: use ` +
    'collectors.MetricsAll there, or import whygo’s agent';
  return bad === '' ? missing : `${missing}; ${bad}`;
}

function notUnderstoodNote(source: string, count: number, first: string): string {
  if (count === 0) return '';
  return `${count} ${count === 1 ? 'line' : 'lines'} of ${source} not understood (${first})`;
}
