/**
 * The store → what the diagnoses read: everything that was captured of one target in a window.
 *
 * The explain loop looks at overlapping windows every few seconds, so that profiles once rebuilt from
 * their columns are kept until no window holds them any more. Cost of a look: one list query a type,
 * and one rebuilt profile for each capture that is new.
 */
import type { Capture, Observation } from '../explain/observation.ts';
import type { ProfileInfo, SeriesKey, ServiceInfo, Store, TimeRange } from '../store/store.ts';

/** Types whose records hold the growth since the capture before (see ProfileRecord.profile). */
const CUMULATIVE = new Set(['allocs', 'block', 'mutex']);
/** What diagnoses can read; custom profiles are left out. */
const READ = ['cpu', 'heap', 'allocs', 'block', 'mutex', 'goroutine', 'threadcreate'];

export class Observer {
  readonly #store: Store;
  readonly #captures = new Map<string, Capture>();

  constructor(store: Store) {
    this.#store = store;
  }

  async observe(info: ServiceInfo, key: SeriesKey, range: TimeRange): Promise<Observation> {
    const captures: Capture[] = [];
    const missing: { readonly type: string; readonly why: string }[] = [];
    for (const type of READ) {
      if (!info.types.some((known) => known.type === type)) {
        missing.push({ type, why: 'it is not collected from this target' });
        continue;
      }
      const target = key.labels;
      const list = await this.#store.listProfiles({ service: key.service, type, range, target });
      if (list.length === 0) missing.push({ type, why: 'nothing was captured in this window' });
      for (const profile of list) captures.push(...(await this.#capture(profile)));
    }
    captures.sort((a, b) => (a.startNanos < b.startNanos ? -1 : 1));
    return {
      target: targetName(key),
      fromNanos: range.fromNanos,
      toNanos: range.toNanos,
      captures,
      metrics: await this.#store.metricSnapshots(key, range),
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
