/**
 * The time axis of a service: five tracks, each with its source in words, or with what is missing.
 *
 * CPU comes from CPU profiles (cores = CPU time over wall time of each capture), because the
 * runtime's own CPU metrics stand still between garbage collections; heap, goroutines and the two
 * latencies come from runtime metrics, with profiles as the second choice where they can serve.
 * A track that cannot be measured says so; it is never drawn as zero.
 */
import { wireHeat } from '../api/dashboard.ts';
import type { Overview, WireSeries } from '../api/wire.ts';
import { type HeatMap, heatMapOf, joinHeatMaps, trimmed } from '../metrics/heatmap.ts';
import { percentileSeries } from '../metrics/series.ts';
import type { Series } from '../metrics/snapshot.ts';
import type { SampledSeries, ServiceInfo, Store, TimeRange } from '../store/store.ts';
import { instanceLabels, wireSeries } from './series.ts';

type Track = Overview['tracks'][number];

const MAX_POINTS = 600;
/** Six hundred captures at the usual interval of ten seconds. */
const LONG_NANOS = 6_000_000_000_000n;
const HEAP = '/memory/classes/heap/objects:bytes';
const GOROUTINES = '/sched/goroutines:goroutines';
const GC_PAUSES = ['/sched/pauses/total/gc:seconds', '/gc/pauses:seconds'];
const SCHED_LATENCY = '/sched/latencies:seconds';
const NEEDS_METRICS =
  'The target serves no runtime metrics. Import whygo’s agent (or serve /debug/metrics), and it appears here';

export async function tracksOf(
  store: Store,
  info: ServiceInfo,
  range: TimeRange,
): Promise<readonly Track[]> {
  const { service } = info;
  return Promise.all([
    cpuTrack(store, info, range),
    metricOrProfile(store, info, range, {
      id: 'heap',
      title: 'heap',
      unit: 'bytes',
      metric: HEAP,
      metricSource: 'bytes of live and not yet swept heap objects (runtime metrics)',
      type: 'heap',
      sampleType: 'inuse_space',
      profileSource: 'heap profiles: bytes in use, as of the last completed garbage collections',
    }),
    metricOrProfile(store, info, range, {
      id: 'goroutines',
      title: 'goroutines',
      unit: 'goroutines',
      metric: GOROUTINES,
      metricSource: 'goroutines that exist (runtime metrics)',
      type: 'goroutine',
      sampleType: 'goroutine',
      profileSource: 'goroutine profiles: goroutines that exist',
    }),
    percentileTrack(store, service, range, info, {
      id: 'gc-pause',
      title: 'GC pause',
      names: GC_PAUSES,
      source: '99th percentile of the stop-the-world pauses for GC in each interval',
    }),
    percentileTrack(store, service, range, info, {
      id: 'sched-latency',
      title: 'scheduling latency',
      names: [SCHED_LATENCY],
      source: '99th percentile of the time goroutines were runnable before they ran',
    }),
  ]);
}

/** Cores that were busy, one series a target: a point a capture, or a step of the range. */
export async function cpuCores(
  store: Pick<Store, 'listProfiles' | 'timeline'>,
  service: string,
  range: TimeRange,
): Promise<readonly Series[]> {
  const query = { service, type: 'cpu', range } as const;
  const [profiles, totals] = await Promise.all([
    store.listProfiles(query),
    store.timeline({ ...query, sampleType: 'cpu', groupBy: 'instance' }),
  ]);
  const nanos = new Map<string, number>();
  for (const { key, startNanos, durationNanos } of profiles) {
    const at = Math.round(Number(startNanos / 1000n) / 1000);
    nanos.set(`${at} ${key.labels.instance ?? ''}`, Number(durationNanos));
  }
  return totals.map((series) => {
    const instance = series.labels.instance ?? '';
    const lengths = series.time.map((at) => nanos.get(`${Math.round(at)} ${instance}`) ?? 0);
    return { ...series, ...coresOf(series, lengths, range), name: 'cpu', unit: 'cores' };
  });
}

/** CPU time over wall time, of each capture or, when they are many, of those of a step together. */
function coresOf(
  { time, value }: Series,
  lengths: Float64Array,
  range: TimeRange,
): Pick<Series, 'time' | 'value'> {
  const fromMs = Number(range.fromNanos / 1_000_000n);
  const stepMs = Number((range.toNanos - range.fromNanos) / 1_000_000n) / MAX_POINTS;
  const steps = new Map<number, { at: number; cpu: number; wall: number }>();
  time.forEach((at, i) => {
    const step = time.length <= MAX_POINTS ? i : Math.floor((at - fromMs) / stepMs);
    const sum = steps.get(step) ?? { at, cpu: 0, wall: 0 };
    sum.cpu += value[i] ?? 0;
    sum.wall += lengths[i] ?? 0;
    steps.set(step, sum);
  });
  const points = [...steps.values()];
  return {
    time: Float64Array.from(points, ({ at }) => at),
    value: Float64Array.from(points, ({ cpu, wall }) => (wall > 0 ? cpu / wall : Number.NaN)),
  };
}

async function cpuTrack(store: Store, info: ServiceInfo, range: TimeRange): Promise<Track> {
  const track = { id: 'cpu', title: 'CPU', unit: 'cores' } as const;
  const series = await cpuCores(store, info.service, range);
  if (!isEmpty(series)) {
    const source = 'CPU profiles: CPU time ÷ length of each capture';
    return { ...track, source, series: series.map(toWire) };
  }
  const known = info.types.some((t) => t.type === 'cpu');
  const missing = known
    ? 'No CPU profile was captured in this range'
    : 'No CPU profiles are collected. Is net/http/pprof’s /debug/pprof/profile reachable?';
  return { ...track, source: 'CPU profiles', series: [], missing };
}

interface MetricOrProfile {
  readonly id: 'heap' | 'goroutines';
  readonly title: string;
  readonly unit: string;
  readonly metric: string;
  readonly metricSource: string;
  readonly type: string;
  readonly sampleType: string;
  readonly profileSource: string;
}

async function metricOrProfile(
  store: Store,
  info: ServiceInfo,
  range: TimeRange,
  spec: MetricOrProfile,
): Promise<Track> {
  const { id, title, unit } = spec;
  const { service } = info;
  if (info.metrics.includes(spec.metric)) {
    const names = [spec.metric];
    const series = await store.metrics({ service, range, names, maxPoints: MAX_POINTS });
    if (!isEmpty(series)) {
      return { id, title, unit, source: spec.metricSource, series: series.map(toWire) };
    }
  }
  if (info.types.some((t) => t.type === spec.type)) {
    const { type, sampleType } = spec;
    const query = { service, range, type, sampleType, groupBy: 'instance' };
    // Steps of time only where captures would be too many: their own times are truer.
    const long = range.toNanos - range.fromNanos > LONG_NANOS;
    const series = await store.timeline(long ? { ...query, maxPoints: MAX_POINTS } : query);
    if (!isEmpty(series)) {
      return { id, title, unit, source: spec.profileSource, series: series.map(toWire) };
    }
    const missing = 'Nothing was captured in this range';
    return { id, title, unit, source: spec.profileSource, series: [], missing };
  }
  return { id, title, unit, source: spec.metricSource, series: [], missing: NEEDS_METRICS };
}

interface Percentile {
  readonly id: 'gc-pause' | 'sched-latency';
  readonly title: string;
  /** First one that is known. */
  readonly names: readonly string[];
  readonly source: string;
}

async function percentileTrack(
  store: Store,
  service: string,
  range: TimeRange,
  info: ServiceInfo,
  spec: Percentile,
): Promise<Track> {
  const { id, title, source } = spec;
  const name = spec.names.find((candidate) => info.metrics.includes(candidate));
  const track = { id, title, unit: 'seconds', source };
  if (name === undefined) return { ...track, series: [], missing: NEEDS_METRICS };
  const query = { service, range, names: [name], maxPoints: MAX_POINTS };
  const sampled = await store.sampledMetrics(query);
  const series = sampled.map(({ key, snapshots }) =>
    percentileSeries(snapshots, name, { labels: { service, ...key.labels }, percentile: 0.99 }),
  );
  if (isEmpty(series)) {
    return { ...track, series: [], missing: 'Nothing was measured in this range' };
  }
  const heat = heatOfAll(sampled, name);
  const wire = { ...track, series: series.map(toWire) };
  return heat === undefined ? wire : { ...wire, heat: wireHeat(heat) };
}

/** Of several processes, the sum in the steps of the one with the most readings. */
function heatOfAll(sampled: readonly SampledSeries[], name: string): HeatMap | undefined {
  const maps = sampled.flatMap(({ snapshots }) => heatMapOf(snapshots, name) ?? []);
  const [first, ...others] = maps.toSorted((a, b) => b.from.length - a.from.length);
  if (first === undefined) return undefined;
  if (others.length === 0) return trimmed(first);
  const edges = Float64Array.of(first.from[0] ?? 0, ...first.to);
  const joined = joinHeatMaps(maps, edges);
  return joined === undefined ? undefined : trimmed(joined);
}

function isEmpty(series: readonly Series[]): boolean {
  return series.every((one) => one.value.every((value) => Number.isNaN(value)));
}

function toWire(series: Series): WireSeries {
  return wireSeries({ ...series, labels: instanceLabels(series.labels) });
}
