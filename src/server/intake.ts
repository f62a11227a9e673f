/**
 * The one door into the store: what the collector fetched and what clients pushed.
 *
 * Records that arrive while a commit is on its way to the disk wait and go together in the next one
 * (group commit), because a commit costs about the same for one profile as for fifty. A caller's
 * promise resolves when its own records are on disk. It also counts, and remembers restarts.
 */
import type { MetricSnapshot } from '../metrics/snapshot.ts';
import type { ProfileRecord, SeriesKey, Store } from '../store/store.ts';

export interface Restart {
  readonly service: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly text: string;
}

interface Waiting {
  readonly records: readonly ProfileRecord[];
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export class Intake {
  readonly counts = { profiles: 0, originalBytes: 0, snapshots: 0, failed: 0 };
  readonly #store: Store;
  readonly #restarts: Restart[] = [];
  readonly #processStarts = new Map<string, bigint>();
  #waiting: Waiting[] = [];
  #committing = false;

  constructor(store: Store) {
    this.#store = store;
  }

  get restarts(): readonly Restart[] {
    return this.#restarts;
  }

  ingest(records: readonly ProfileRecord[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject });
      if (!this.#committing) void this.#commit();
    });
  }

  async ingestMetrics(key: SeriesKey, snapshots: readonly MetricSnapshot[]): Promise<void> {
    for (const snapshot of snapshots) this.#watchRestart(key, snapshot);
    await this.#store.ingestMetrics(key, snapshots);
    this.counts.snapshots += snapshots.length;
  }

  async #commit(): Promise<void> {
    this.#committing = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      await this.#commitGroup(group);
    }
    this.#committing = false;
  }

  async #commitGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const records = group.flatMap((one) => one.records);
      await this.#store.ingest(records);
      this.counts.profiles += records.length;
      for (const { original } of records) this.counts.originalBytes += original?.byteLength ?? 0;
      for (const one of group) one.resolve();
    } catch (error) {
      if (group.length > 1) {
        // One bad record must not cost the others theirs: each by itself finds the culprit.
        for (const one of group) await this.#commitGroup([one]);
        return;
      }
      this.counts.failed += group[0]?.records.length ?? 0;
      group[0]?.reject(error);
    }
  }

  #watchRestart(key: SeriesKey, { processStartNanos, goVersion }: MetricSnapshot): void {
    if (processStartNanos === 0n) return;
    const identity = JSON.stringify(key);
    const known = this.#processStarts.get(identity);
    this.#processStarts.set(identity, processStartNanos);
    if (known === undefined || known === processStartNanos) return;
    const at = Number(processStartNanos / 1_000_000n);
    const version = goVersion === '' ? '' : ` (${goVersion})`;
    const where = key.labels.instance ?? key.service;
    this.#restarts.push({ service: key.service, at, text: `${where} was restarted${version}` });
    if (this.#restarts.length > 1000) this.#restarts.shift();
  }
}
