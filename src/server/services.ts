/** The list of services with their latest vital signs, and a service's overview. */
import type { Overview, Services, TargetState, WireService } from '../api/wire.ts';
import type { FindingRecord, ServiceInfo, Store, TimeRange } from '../store/store.ts';
import { type FindingLog, wireFinding } from './findings.ts';
import type { Intake } from './intake.ts';
import { cpuCores, tracksOf } from './overview.ts';
import { latestMax, latestSum } from './series.ts';

/** Vital signs are the last ones of this long before a service's newest data. */
const VITALS_NANOS = 3n * 60_000_000_000n;

export interface ServiceContext {
  readonly store: Store;
  readonly mode: () => Services['mode'];
  readonly targets: () => readonly TargetState[];
  readonly findings: FindingLog;
  readonly intake: Intake;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export async function servicesOf(context: ServiceContext): Promise<Services> {
  const infos = await context.store.services();
  const services = await Promise.all(infos.map((info) => serviceOf(context, info)));
  return { now: context.now(), mode: context.mode(), services };
}

export async function overviewOf(
  context: ServiceContext,
  info: ServiceInfo,
  range: TimeRange,
): Promise<Overview> {
  const [tracks, records] = await Promise.all([
    tracksOf(context.store, info, range),
    context.findings.records(range, info.service),
  ]);
  return {
    service: info.service,
    from: Number(range.fromNanos / 1_000_000n),
    to: Number(range.toNanos / 1_000_000n),
    tracks: [...tracks],
    marks: marksOf(context, info, range),
    findings: records.map(wireFinding),
  };
}

async function serviceOf(context: ServiceContext, info: ServiceInfo): Promise<WireService> {
  const { store } = context;
  const range = { fromNanos: info.lastNanos - VITALS_NANOS, toNanos: info.lastNanos + 1n };
  const tracks = new Map((await tracksOf(store, info, range)).map((t) => [t.id, t]));
  const latest = (id: 'heap' | 'goroutines' | 'gc-pause' | 'sched-latency') =>
    (tracks.get(id)?.series ?? []).map((s) => ({
      ...s,
      time: Float64Array.from(s.time),
      value: Float64Array.from(s.value, (v) => v ?? Number.NaN),
    }));
  return {
    service: info.service,
    first: Number(info.firstNanos / 1_000_000n),
    last: Number(info.lastNanos / 1_000_000n),
    types: info.types.map((t) => ({ ...t, sampleTypes: t.sampleTypes.map((s) => ({ ...s })) })),
    targetLabels: Object.fromEntries(
      Object.entries(info.targetLabels).map(([key, values]) => [key, [...values]]),
    ),
    vitals: {
      cpuCores: latestSum(await cpuCores(store, info.service, range)),
      heapBytes: latestSum(latest('heap')),
      goroutines: latestSum(latest('goroutines')),
      gcPauseP99Seconds: latestMax(latest('gc-pause')),
      schedLatencyP99Seconds: latestMax(latest('sched-latency')),
    },
    findings: countBySeverity(await context.findings.records(range, info.service)),
  };
}

function countBySeverity(records: readonly FindingRecord[]): WireService['findings'] {
  const counts = { high: 0, medium: 0, low: 0 };
  for (const { finding } of records) if (finding.severity !== 'info') counts[finding.severity]++;
  return counts;
}

/** Restarts, targets that went away, labels that were cut. */
function marksOf(
  { intake }: ServiceContext,
  { service }: ServiceInfo,
  range: TimeRange,
): Overview['marks'] {
  const to = Number(range.toNanos / 1_000_000n);
  const from = Number(range.fromNanos / 1_000_000n);
  return intake.marks
    .filter((mark) => mark.service === service && mark.at >= from && mark.at < to)
    .map(({ at, kind, text }) => ({ at, kind, text }))
    .sort((a, b) => a.at - b.at);
}
