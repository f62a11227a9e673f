/**
 * Findings over time: the same thing found again and again is one finding whose range grows.
 *
 * What is the same: service, target, kind, and the place it names first. The explain loop reports
 * here; what is new, or has changed, goes to the store. Readers get the stored records of a range
 * folded in the same way, so that it does not matter how often something was stored.
 */
import type { Findings, WireFinding } from '../api/wire.ts';
import type { Finding, NotMeasurable } from '../explain/finding.ts';
import type { FindingRecord, SeriesKey, Store, TimeRange } from '../store/store.ts';

/** Findings of one key that are no further apart than this are one. */
const JOIN_NANOS = 5n * 60_000_000_000n;
/** A finding that goes on is stored again at most this often. */
const STORE_EVERY_NANOS = 60_000_000_000n;

const RANK = { high: 0, medium: 1, low: 2, info: 3 } as const;

/** A finding, and the window it was found in. */
export interface Found {
  readonly finding: Finding;
  readonly range: TimeRange;
}

type FindingStore = Pick<Store, 'putFindings' | 'findings'>;

export class FindingLog {
  readonly #store: FindingStore;
  readonly #open = new Map<
    string,
    { readonly record: FindingRecord; readonly storedNanos: bigint }
  >();
  readonly #unanswered = new Map<
    string,
    { readonly service: string; readonly questions: readonly NotMeasurable[] }
  >();

  constructor(store: FindingStore) {
    this.#store = store;
  }

  /** Takes what one look at a target found; resolves with what is new or has become worse. */
  async report(
    key: SeriesKey,
    found: readonly Found[],
    notMeasurable: readonly NotMeasurable[],
  ): Promise<readonly FindingRecord[]> {
    const { service } = key;
    this.#unanswered.set(JSON.stringify(key), { service, questions: notMeasurable });
    const fresh: FindingRecord[] = [];
    const stored: FindingRecord[] = [];
    for (const { finding, range } of found) {
      const seen = { key, atNanos: range.toNanos, range, finding };
      const identity = identityOf(seen);
      const open = this.#open.get(identity);
      const goesOn =
        open !== undefined && range.fromNanos <= open.record.range.toNanos + JOIN_NANOS;
      const record = goesOn ? joined(open.record, seen) : seen;
      const worse = goesOn && RANK[finding.severity] < RANK[open.record.finding.severity];
      if (!goesOn || worse) fresh.push(record);
      const due = !goesOn || worse || range.toNanos - open.storedNanos >= STORE_EVERY_NANOS;
      if (due) stored.push(record);
      const storedNanos = due ? range.toNanos : open.storedNanos;
      this.#open.set(identity, { record, storedNanos });
    }
    if (stored.length > 0) await this.#store.putFindings(stored);
    return fresh;
  }

  async records(range: TimeRange, service?: string): Promise<readonly FindingRecord[]> {
    const open = [...this.#open.values()].map(({ record }) => record);
    const live = open.filter(
      ({ key, range: found }) =>
        (service === undefined || key.service === service) && overlap(found, range),
    );
    return fold([...(await this.#store.findings(range, service)), ...live]);
  }

  async answer(range: TimeRange, service?: string): Promise<Findings> {
    const findings = (await this.records(range, service)).map(wireFinding);
    const questions = new Map<string, NotMeasurable>();
    for (const unanswered of this.#unanswered.values()) {
      if (service !== undefined && unanswered.service !== service) continue;
      for (const one of unanswered.questions) questions.set(one.question, one);
    }
    return { findings, notMeasurable: [...questions.values()] };
  }
}

/** One record for each finding that went on, most important first, then newest first. */
export function fold(records: readonly FindingRecord[]): readonly FindingRecord[] {
  const ascending = [...records].sort((a, b) => Number(a.range.toNanos - b.range.toNanos));
  const groups = new Map<string, FindingRecord[]>();
  for (const record of ascending) {
    const identity = identityOf(record);
    const group = groups.get(identity) ?? [];
    const last = group.at(-1);
    if (last !== undefined && record.range.fromNanos <= last.range.toNanos + JOIN_NANOS) {
      group[group.length - 1] = joined(last, record);
    } else {
      group.push(record);
    }
    groups.set(identity, group);
  }
  return [...groups.values()].flat().sort(byImportance);
}

export function wireFinding(record: FindingRecord): WireFinding {
  const { finding, key, range, atNanos } = record;
  const evidence = (list: Finding['evidence']): WireFinding['evidence'] =>
    list.map(({ stack, view, ...rest }) => ({
      ...rest,
      ...(stack === undefined ? {} : { stack: [...stack] }),
      ...(view === undefined ? {} : { view: { ...view } }),
    }));
  return {
    service: key.service,
    at: Number(atNanos / 1_000_000n),
    from: Number(range.fromNanos / 1_000_000n),
    to: Number(range.toNanos / 1_000_000n),
    ...finding,
    where: [...finding.where],
    evidence: evidence(finding.evidence),
    counterEvidence: evidence(finding.counterEvidence),
  };
}

function byImportance(a: FindingRecord, b: FindingRecord): number {
  const rank = RANK[a.finding.severity] - RANK[b.finding.severity];
  return rank !== 0 ? rank : Number(b.range.toNanos - a.range.toNanos);
}

/** The newer words and numbers, over both ranges, first seen when the older one was. */
function joined(older: FindingRecord, newer: FindingRecord): FindingRecord {
  const fromNanos =
    older.range.fromNanos < newer.range.fromNanos ? older.range.fromNanos : newer.range.fromNanos;
  const toNanos =
    older.range.toNanos > newer.range.toNanos ? older.range.toNanos : newer.range.toNanos;
  const atNanos = older.atNanos < newer.atNanos ? older.atNanos : newer.atNanos;
  return { ...newer, atNanos, range: { fromNanos, toNanos } };
}

function overlap(a: TimeRange, b: TimeRange): boolean {
  return a.fromNanos < b.toNanos && b.fromNanos < a.toNanos;
}

function identityOf({ key, finding }: FindingRecord): string {
  const labels = Object.entries(key.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const place = finding.where[0];
  return JSON.stringify([key.service, labels, finding.kind, place?.function ?? '']);
}
