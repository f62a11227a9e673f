/**
 * The store → what the diagnoses read: everything that was captured of one target in a window.
 *
 * The explain loop looks at overlapping windows every few seconds, so that profiles once rebuilt from
 * their columns are kept until no window holds them any more. Cost of a look: one list query a type,
 * and one rebuilt profile for each capture that is new.
 */
import type { Capture, Observation } from '../explain/observation.ts';
import type { MetricSnapshot } from '../metrics/snapshot.ts';
import type { ProfileInfo, SeriesKey, ServiceInfo, Store, TimeRange } from '../store/store.ts';

/** Types whose records hold the growth since the capture before (see ProfileRecord.profile). */
const CUMULATIVE = new Set(['allocs', 'block', 'mutex']);
/** What diagnoses can read; custom profiles are left out. */
const READ = ['cpu', 'heap', 'allocs', 'block', 'mutex', 'goroutine', 'threadcreate'];

export interface Observed {
  readonly key: SeriesKey;
  readonly observation: Observation;
}

export class Observer {
  readonly #store: Store;
  readonly #captures = new Map<string, Capture>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** One observation for each target of a service that gave something in the range. */
  async observe(info: ServiceInfo, range: TimeRange): Promise<readonly Observed[]> {
    const targets = new Map<string, { readonly key: SeriesKey; readonly infos: ProfileInfo[] }>();
    for (const type of READ) {
      if (!info.types.some((known) => known.type === type)) continue;
      const { service } = info;
      for (const profile of await this.#store.listProfiles({ service, type, range })) {
        const identity = JSON.stringify(profile.key);
        const target = targets.get(identity) ?? { key: profile.key, infos: [] };
        target.infos.push(profile);
        targets.set(identity, target);
      }
    }
    const observed: Observed[] = [];
    for (const { key, infos } of targets.values()) {
      observed.push({ key, observation: await this.#observation(info, key, infos, range) });
    }
    return observed;
  }

  async #observation(
    info: ServiceInfo,
    key: SeriesKey,
    infos: readonly ProfileInfo[],
    range: TimeRange,
  ): Promise<Observation> {
    const captures: Capture[] = [];
    for (const profile of infos) captures.push(...(await this.#capture(profile)));
    captures.sort((a, b) => (a.startNanos < b.startNanos ? -1 : 1));
    const had = new Set(captures.map((capture) => capture.type));
    const missing = READ.filter((type) => !had.has(type)).map((type) => {
      const known = info.types.some((one) => one.type === type);
      const why = known ? 'nothing was captured in this window' : 'it is not collected';
      return { type, why };
    });
    const metrics = await this.#store.metricSnapshots(key, range);
    return {
      target: targetName(key),
      fromNanos: earliest(captures, metrics) ?? range.fromNanos,
      toNanos: range.toNanos,
      captures,
      metrics,
      ownModules: [],
      missing,
    };
  }

  /** Forgets captures that began before. */
  forgetBefore(nanos: bigint): void {
    for (const [id, capture] of this.#captures) {
      if (capture.startNanos < nanos) this.#captures.delete(id);
    }
  }

  async #capture(info: ProfileInfo): Promise<readonly Capture[]> {
    const known = this.#captures.get(info.id);
    if (known !== undefined) return [known];
    const profile = await this.#store.profile(info.id);
    // Retention may have taken it between the list and here.
    if (profile === undefined) return [];
    const { type, startNanos, durationNanos } = info;
    const delta = CUMULATIVE.has(type);
    const capture = { type, startNanos, durationNanos, profile, delta, forcedGc: false };
    this.#captures.set(info.id, capture);
    return [capture];
  }
}

function targetName({ service, labels }: SeriesKey): string {
  return labels.instance === undefined ? service : `${service} (${labels.instance})`;
}

/** A window that begins before there was data begins with the data. */
function earliest(
  captures: readonly Capture[],
  metrics: readonly MetricSnapshot[],
): bigint | undefined {
  const capture = captures[0]?.startNanos;
  const reading = metrics[0]?.timeNanos;
  if (capture === undefined || reading === undefined) return capture ?? reading;
  return capture < reading ? capture : reading;
}

/** The last part of an observation: what began in it, and the metrics that were read in it. */
export function since(observation: Observation, fromNanos: bigint): Observation {
  if (fromNanos <= observation.fromNanos) return observation;
  const captures = observation.captures.filter((capture) => capture.startNanos >= fromNanos);
  const metrics = observation.metrics.filter((snapshot) => snapshot.timeNanos >= fromNanos);
  return { ...observation, fromNanos, captures, metrics };
}
