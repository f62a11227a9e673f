/**
 * How many goroutines each group has in successive dumps: the matrix group × dump.
 *
 * A group here is the same functions, lines, family of states and creator. Whether growth is a leak
 * is the caller's to judge; `rises` and `falls` say how steady it is.
 */
import { growthKey, mergedGroups } from './compare.ts';
import type { Dump } from './dumps.ts';
import type { GoroutineGroup } from './group.ts';

export interface GroupGrowth {
  /** As in the last dump that has it; its count is that dump's. */
  readonly group: GoroutineGroup;
  /** One for each dump. */
  readonly counts: readonly number[];
  /** Last minus first. */
  readonly growth: number;
  /** Steps from one dump to the next that go up, and that go down. */
  readonly rises: number;
  readonly falls: number;
}

export interface GoroutineGrowth {
  /** Unix milliseconds; NaN = not known. */
  readonly times: readonly number[];
  readonly totals: readonly number[];
  /** Most growth first. */
  readonly groups: readonly GroupGrowth[];
}

/** Needs the dumps in the order in which they were taken. */
export function growthOf(dumps: readonly Dump[]): GoroutineGrowth {
  const found = new Map<string, { group: GoroutineGroup; counts: number[] }>();
  dumps.forEach((dump, i) => {
    for (const group of mergedGroups(dump)) {
      const key = growthKey(group);
      const counts = found.get(key)?.counts ?? dumps.map(() => 0);
      counts[i] = group.count;
      found.set(key, { group, counts });
    }
  });
  const groups = [...found.values()].map(({ group, counts }) => {
    const steps = counts.slice(1).map((count, i) => count - counts[i]);
    return {
      group,
      counts,
      growth: (counts.at(-1) ?? 0) - (counts[0] ?? 0),
      rises: steps.filter((step) => step > 0).length,
      falls: steps.filter((step) => step < 0).length,
    };
  });
  groups.sort((a, b) => b.growth - a.growth || (b.counts.at(-1) ?? 0) - (a.counts.at(-1) ?? 0));
  return {
    times: dumps.map(({ timeMillis }) => timeMillis),
    totals: dumps.map(({ goroutines }) => goroutines),
    groups,
  };
}
