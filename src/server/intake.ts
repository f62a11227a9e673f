/**
 * The one door into the store: what the collector fetched and what clients pushed.
 *
 * Records that arrive while a commit is on its way to the disk wait and go together in the next one
 * (group commit), because a commit costs about the same for one profile as for fifty. A caller's
 * promise resolves when its own records are on disk. It also counts, and remembers marks (restarts,
 * a target that went away) for as long as the server runs.
 */
import type { Mark, Sink, TargetKey } from '../collect/sink.ts';
import type { MetricSnapshot } from '../metrics/snapshot.ts';
import type { ProfileRecord, Store } from '../store/store.ts';

export interface ServiceMark {
  readonly service: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly kind: Mark['kind'];
  readonly text: string;
}

const MOST_MARKS = 2000;

interface Waiting {
  readonly records: readonly ProfileRecord[];
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export class Intake implements Sink {
  readonly counts = { profiles: 0, originalBytes: 0, snapshots: 0, failed: 0 };
  readonly #listeners: ((startNanos: bigint) => void)[] = [];
  readonly #store: Store;
  readonly #marks: ServiceMark[] = [];
  #waiting: Waiting[] = [];
  #committing = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Told when data is in the store, with the time at which it begins. */
  onArrival(listener: (startNanos: bigint) => void): void {
    this.#listeners.push(listener);
  }

  get marks(): readonly ServiceMark[] {
    return this.#marks;
  }

  profile(record: ProfileRecord): Promise<void> {
    return this.ingest([record]);
  }

  async metrics(key: TargetKey, snapshot: MetricSnapshot): Promise<void> {
    await this.#store.ingestMetrics(key, [snapshot]);
    this.counts.snapshots++;
    this.#arrived(snapshot.timeNanos);
  }

  mark({ service }: TargetKey, { kind, atNanos, text }: Mark): void {
    this.#marks.push({ service, at: Number(atNanos / 1_000_000n), kind, text });
    if (this.#marks.length > MOST_MARKS) this.#marks.shift();
  }

  ingest(records: readonly ProfileRecord[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject });
      if (!this.#committing) void this.#commit();
    });
  }

  #arrived(startNanos: bigint): void {
    for (const listener of this.#listeners) listener(startNanos);
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
      for (const { original, startNanos } of records) {
        this.counts.originalBytes += original?.byteLength ?? 0;
        this.#arrived(startNanos);
      }
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
}
