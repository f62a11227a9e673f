/**
 * The CPU classes of runtime/metrics as shares of the CPU time that GOMAXPROCS made available.
 *
 * The runtime brings `/cpu/classes/*` up to date only when a garbage collection ends (Go 1.20 to
 * 1.27, src/runtime/metrics.go, cpuStatsAggregate.compute). So an interval runs from one refresh to
 * the next, and before the first and after the last the classes are unknown, not 0. A refresh shows
 * in the total; a class that did not grow while the total did is truly 0.
 */
import { restarted } from './series.ts';
import type { MetricSnapshot } from './snapshot.ts';

export const CPU_TOTAL = '/cpu/classes/total:cpu-seconds';

/** In the order in which they are stacked. They add up to the total. */
export const CPU_CLASSES = [
  { id: 'user', title: 'own code', name: '/cpu/classes/user:cpu-seconds' },
  { id: 'assist', title: 'GC assist', name: '/cpu/classes/gc/mark/assist:cpu-seconds' },
  { id: 'mark', title: 'GC mark', name: '/cpu/classes/gc/mark/dedicated:cpu-seconds' },
  { id: 'pause', title: 'GC pause', name: '/cpu/classes/gc/pause:cpu-seconds' },
  { id: 'scavenge', title: 'scavenger', name: '/cpu/classes/scavenge/total:cpu-seconds' },
  { id: 'gc-idle', title: 'GC, else idle', name: '/cpu/classes/gc/mark/idle:cpu-seconds' },
  { id: 'idle', title: 'idle', name: '/cpu/classes/idle:cpu-seconds' },
] as const;

export interface CpuInterval {
  /** Indices of the snapshots that it lies between: of one refresh, and of the next. */
  readonly from: number;
  readonly to: number;
  /** CPU seconds that were available. */
  readonly total: number;
  /** CPU seconds of each class, in the order of CPU_CLASSES; NaN = the source has no such class. */
  readonly classes: readonly number[];
}

/** Every interval between two refreshes within one process, ascending. */
export function cpuIntervals(snapshots: readonly MetricSnapshot[]): readonly CpuInterval[] {
  const intervals: CpuInterval[] = [];
  let refresh = -1;
  let previous = -1;
  for (let i = 0; i < snapshots.length; i++) {
    const snapshot = snapshots[i];
    const total = scalarOf(snapshot, CPU_TOTAL);
    if (snapshot === undefined || Number.isNaN(total)) continue;
    const before = snapshots[previous];
    previous = i;
    if (before === undefined) continue;
    if (restarted(snapshot, before)) {
      refresh = -1;
      continue;
    }
    const growth = total - scalarOf(before, CPU_TOTAL);
    if (!(growth > 0)) continue;
    // What the first refresh adds began at an unknown time, but at a known value.
    const base = refresh < 0 ? undefined : snapshots[refresh];
    if (base !== undefined) intervals.push(intervalOf(base, snapshot, refresh, i));
    refresh = i;
  }
  return intervals;
}

function intervalOf(
  base: MetricSnapshot,
  snapshot: MetricSnapshot,
  from: number,
  to: number,
): CpuInterval {
  const growth = (name: string): number => scalarOf(snapshot, name) - scalarOf(base, name);
  return {
    from,
    to,
    total: growth(CPU_TOTAL),
    classes: CPU_CLASSES.map(({ name }) => growth(name)),
  };
}

function scalarOf(snapshot: MetricSnapshot | undefined, name: string): number {
  const value = snapshot?.metrics.get(name)?.value;
  return typeof value === 'number' ? value : NaN;
}

/** What the classes took over a whole window. */
export interface CpuShares {
  /** CPU seconds that were available. */
  readonly total: number;
  /** Class id → its share of them. */
  readonly shares: ReadonlyMap<string, number>;
  /** Share that was spent on garbage collection that idle time did not give. */
  readonly gc: number;
}

/**
 * From the first reading to the last: shares need no times, so that the growth before the first
 * refresh seen counts too. Undefined when there was no refresh.
 */
export function cpuShares(snapshots: readonly MetricSnapshot[]): CpuShares | undefined {
  const sums = CPU_CLASSES.map(() => 0);
  let total = 0;
  let before: MetricSnapshot | undefined;
  for (const snapshot of snapshots) {
    if (Number.isNaN(scalarOf(snapshot, CPU_TOTAL))) continue;
    const base = before;
    before = snapshot;
    if (base === undefined || restarted(snapshot, base)) continue;
    const { total: growth, classes } = intervalOf(base, snapshot, 0, 0);
    if (!(growth > 0)) continue;
    total += growth;
    classes.forEach((value, i) => {
      sums[i] = (sums[i] ?? 0) + value;
    });
  }
  if (total === 0) return undefined;
  const shares = new Map<string, number>();
  CPU_CLASSES.forEach(({ id }, i) => {
    const share = (sums[i] ?? NaN) / total;
    if (!Number.isNaN(share)) shares.set(id, share);
  });
  const gc = ['assist', 'mark', 'pause'].reduce((sum, id) => sum + (shares.get(id) ?? 0), 0);
  return { total, shares, gc };
}
