/**
 * The Store interface: what collecting writes and what every query reads.
 *
 * Engines are exchangeable behind it (embedded DuckDB today) and one conformance suite holds them
 * all. Nothing of an engine leaks through. Times are unix nanoseconds as bigint, ranges are half
 * open: from ≤ t < to.
 */
import type { Finding } from '../explain/finding.ts';
import type { MetricSnapshot, Series } from '../metrics/snapshot.ts';
import type { Profile } from '../profile/profile.ts';

/** Who a profile or a series belongs to. `instance` and the rest of the labels are target labels. */
export interface SeriesKey {
  readonly service: string;
  /** Target labels (`instance`, `env`, `version` …), sorted by name when compared. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface ProfileRecord {
  readonly key: SeriesKey;
  /** 'cpu', 'heap', 'allocs', 'block', 'mutex', 'goroutine', 'threadcreate' or a custom name. */
  readonly type: string;
  readonly startNanos: bigint;
  /** 0 = an instant (heap in use, goroutines). */
  readonly durationNanos: bigint;
  /** The values to be added up: for cumulative types, the delta since the last capture. */
  readonly profile: Profile;
  /** The bytes as they were fetched, when they are kept. */
  readonly original?: Uint8Array;
}

export interface TimeRange {
  readonly fromNanos: bigint;
  readonly toNanos: bigint;
}

/** Exact matches, all of which must hold; keys are target labels or sample (pprof) labels. */
export type LabelMatchers = Readonly<Record<string, string>>;

export interface ProfileQuery {
  readonly range: TimeRange;
  /** undefined = every service. */
  readonly service?: string;
  readonly type: string;
  /** On target labels. */
  readonly target?: LabelMatchers;
  /** On sample labels. */
  readonly labels?: LabelMatchers;
}

export interface ProfileInfo {
  readonly id: string;
  readonly key: SeriesKey;
  readonly type: string;
  readonly startNanos: bigint;
  readonly durationNanos: bigint;
  readonly samples: number;
  readonly originalBytes: number;
}

export interface TypeInfo {
  readonly type: string;
  readonly sampleTypes: readonly { readonly type: string; readonly unit: string }[];
  readonly profiles: number;
}

export interface ServiceInfo {
  readonly service: string;
  readonly firstNanos: bigint;
  readonly lastNanos: bigint;
  readonly types: readonly TypeInfo[];
  /** Target labels and their values. */
  readonly targetLabels: Readonly<Record<string, readonly string[]>>;
  /** Names of the metrics kept for it. */
  readonly metrics: readonly string[];
}

/** The profiles of a query merged by stack: values are sums, `profiles` says over how many. */
export interface MergedProfile {
  readonly profile: Profile;
  readonly profiles: number;
  /** Sum of the captures' durations. */
  readonly durationNanos: bigint;
  readonly firstNanos: bigint;
  readonly lastNanos: bigint;
}

export interface TimelineQuery extends ProfileQuery {
  readonly sampleType: string;
  /** One series for each value of this target or sample label. */
  readonly groupBy?: string;
  /** Upper limit for the points of a series; totals of neighbours are joined beyond it. */
  readonly maxPoints?: number;
}

export interface MetricQuery {
  readonly range: TimeRange;
  readonly service: string;
  readonly target?: LabelMatchers;
  /** runtime/metrics names, exact. */
  readonly names: readonly string[];
  readonly maxPoints?: number;
  /**
   * For histograms: the percentile of each interval's delta, 0 to 1 (e.g. 0.99). A cumulative scalar
   * is returned as its rate per second.
   */
  readonly percentile?: number;
}

/** Snapshots with these metrics alone, few enough to be drawn. */
export interface SampledQuery {
  readonly range: TimeRange;
  readonly service: string;
  readonly target?: LabelMatchers;
  readonly names: readonly string[];
  readonly maxPoints: number;
}

export interface SampledSeries {
  readonly key: SeriesKey;
  /**
   * Ascending by time, at most `maxPoints`. Beyond that, of each step of time its last snapshot with
   * counters and histograms as they were then, and gauges as the mean over the step.
   */
  readonly snapshots: readonly MetricSnapshot[];
}

export interface FindingRecord {
  readonly key: SeriesKey;
  readonly atNanos: bigint;
  readonly range: TimeRange;
  readonly finding: Finding;
}

export interface StoreStats {
  readonly profiles: number;
  readonly hotProfiles: number;
  readonly segments: number;
  readonly columnBytes: number;
  readonly originalBytes: number;
  readonly hotBytes: number;
}

export interface Retention {
  /** Columns older than this go. */
  readonly maxAgeNanos?: bigint;
  /** Oldest segments go while the columns are larger than this. */
  readonly maxBytes?: number;
  /** Original bytes older than this go. */
  readonly originalsMaxAgeNanos?: bigint;
}

export interface Store {
  /** Resolves when every record is on disk; then a crash loses none of them. */
  ingest(records: readonly ProfileRecord[]): Promise<void>;
  ingestMetrics(key: SeriesKey, snapshots: readonly MetricSnapshot[]): Promise<void>;
  putFindings(records: readonly FindingRecord[]): Promise<void>;

  services(): Promise<readonly ServiceInfo[]>;
  /** Ascending by start. */
  listProfiles(query: ProfileQuery, limit?: number): Promise<readonly ProfileInfo[]>;
  merged(query: ProfileQuery): Promise<MergedProfile>;
  /** One profile as it was stored, rebuilt from its columns alone. */
  profile(id: string): Promise<Profile | undefined>;
  original(id: string): Promise<Uint8Array | undefined>;
  timeline(query: TimelineQuery): Promise<readonly Series[]>;
  metrics(query: MetricQuery): Promise<readonly Series[]>;
  /** For dashboards and heat maps: counters, gauges and histograms of one moment together. */
  sampledMetrics(query: SampledQuery): Promise<readonly SampledSeries[]>;
  /** Full snapshots of a range, for the diagnoses. Ascending by time. */
  metricSnapshots(key: SeriesKey, range: TimeRange): Promise<readonly MetricSnapshot[]>;
  findings(range: TimeRange, service?: string): Promise<readonly FindingRecord[]>;
  /** Values of a sample label with their share of the sample type, largest first. */
  labelValues(
    query: TimelineQuery,
    key: string,
    limit: number,
  ): Promise<readonly { readonly value: string; readonly total: number }[]>;
  /** Sample-label keys of a query. */
  labelKeys(query: ProfileQuery): Promise<readonly string[]>;

  /** Closes hours that are over (and, with `all`, the current one) into segments. */
  compact(options?: { readonly all?: boolean; readonly nowNanos?: bigint }): Promise<void>;
  retain(retention: Retention, nowNanos: bigint): Promise<void>;
  stats(): Promise<StoreStats>;
  close(): Promise<void>;
}
