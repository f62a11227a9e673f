/**
 * Goroutines in groups by the function in which they start: how many, and for each kind of time its sum,
 * extremes and percentiles over the group's goroutines. Cost: one sort of the goroutines per column.
 */
import type { Trace } from '../trace.ts';
import { type Distribution, distributionOf } from './distribution.ts';
import type { ExecStats } from './execstats.ts';
import { type GoroutineNames, isSystemGoroutine } from './names.ts';
import { frameOf, type Place } from './places.ts';

export interface GoroutineGroup {
  /** The start function; without one, there is no stack of these goroutines in the trace. */
  readonly start: Place;
  readonly isSystem: boolean;
  readonly count: number;
  /** How many of them go tool trace has no name for. */
  readonly inferred: number;
  readonly running: Distribution;
  readonly runnable: Distribution;
  readonly waiting: Distribution;
  /** With and without a proc. */
  readonly syscall: Distribution;
  /** Presence in the trace. */
  readonly total: Distribution;
  /** Times on a proc, of all of them. */
  readonly slices: number;
  /** `waiting` by reason ('' = not known), and time in GC ranges, which overlaps the rest. */
  readonly blocked: readonly NamedTime[];
  readonly ranges: readonly NamedTime[];
}

export interface NamedTime {
  readonly name: string;
  /** Nanoseconds. */
  readonly time: number;
}

/** By falling running time. */
export function goroutineGroups(
  trace: Trace,
  stats: ExecStats,
  names: GoroutineNames,
): GoroutineGroup[] {
  const members = new Map<number, number[]>();
  for (let go = 0; go < stats.length; go++) {
    const known = members.get(names.name[go]);
    if (known === undefined) members.set(names.name[go], [go]);
    else known.push(go);
  }
  const blocked = sums(names, stats.blocked.goroutine, stats.blocked.time, (row) =>
    String(trace.strings[stats.blocked.name[row]]),
  );
  const ranges = sums(
    names,
    stats.ranges.goroutine,
    stats.ranges.time,
    (row) => stats.ranges.name[row],
  );
  const groups = [...members].map(([name, goroutines]) => {
    const of = (column: Float64Array) =>
      distributionOf(Float64Array.from(goroutines, (go) => column[go]));
    const syscall = (go: number) => stats.syscall[go] + stats.syscallBlocked[go];
    return {
      start: frameOf(trace, names.frame[goroutines[0]]),
      isSystem: isSystemGoroutine(trace.strings[name]),
      count: goroutines.length,
      inferred: goroutines.filter((go) => names.isInferred[go] === 1).length,
      running: of(stats.running),
      runnable: of(stats.runnable),
      waiting: of(stats.waiting),
      syscall: distributionOf(Float64Array.from(goroutines, syscall)),
      total: of(stats.total),
      slices: goroutines.reduce((sum, go) => sum + stats.slices[go], 0),
      blocked: blocked.get(name) ?? [],
      ranges: ranges.get(name) ?? [],
    };
  });
  return groups.sort((a, b) => b.running.sum - a.running.sum || b.count - a.count);
}

/** Times by group and name, the largest first. */
function sums(
  names: GoroutineNames,
  goroutine: Int32Array,
  time: Float64Array,
  nameOf: (row: number) => string,
): Map<number, NamedTime[]> {
  const byGroup = new Map<number, Map<string, number>>();
  for (let row = 0; row < time.length; row++) {
    const group = names.name[goroutine[row]];
    const times = byGroup.get(group) ?? new Map<string, number>();
    times.set(nameOf(row), (times.get(nameOf(row)) ?? 0) + time[row]);
    byGroup.set(group, times);
  }
  return new Map([...byGroup].map(([group, times]) => [group, largestFirst(times)]));
}

export function largestFirst(times: ReadonlyMap<string, number>): NamedTime[] {
  return [...times].map(([name, time]) => ({ name, time })).sort((a, b) => b.time - a.time);
}
