/** A sink that remembers, and a way to wait for what it will get. */
import type { CollectedProfile, Mark, Sink, TargetKey } from '../../src/collect/sink.ts';
import type { MetricSnapshot } from '../../src/metrics/snapshot.ts';

export interface RecordingSink extends Sink {
  readonly profiles: CollectedProfile[];
  readonly snapshots: { readonly key: TargetKey; readonly snapshot: MetricSnapshot }[];
  readonly marks: { readonly key: TargetKey; readonly mark: Mark }[];
  types(): string[];
}

export function recordingSink(): RecordingSink {
  const profiles: CollectedProfile[] = [];
  const snapshots: { key: TargetKey; snapshot: MetricSnapshot }[] = [];
  const marks: { key: TargetKey; mark: Mark }[] = [];
  return {
    profiles,
    snapshots,
    marks,
    types: () => [...new Set(profiles.map((record) => record.type))].sort(),
    profile: (record) => void profiles.push(record),
    metrics: (key, snapshot) => void snapshots.push({ key, snapshot }),
    mark: (key, mark) => void marks.push({ key, mark }),
  };
}

/** Waits until the condition holds, looking every few milliseconds. Throws after ten seconds. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`it did not happen: ${what}`);
}
