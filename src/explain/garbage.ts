/**
 * The bill for garbage: what collecting and allocating took of the CPU, and what was allocated
 * where.
 *
 * Collections that the observation forced (heap?gc=1) are taken off the marking by their share in
 * all cycles. It divides nothing among lines: gc-cost.ts does.
 */
import { type CpuUse, readCpuUse } from './cpu.ts';
import { type Frame, siteIndex } from './frames.ts';
import {
  type Growth,
  growthBySite,
  heapCaptures,
  metricGrowth,
  type ObservedWindow,
} from './window.ts';
import { clamp } from './wording.ts';

export interface GarbageBill {
  readonly use: CpuUse;
  /** CPU after taking off what the observation's own collections took. */
  readonly total: number;
  /** Marking, sweeping and write barriers, without the forced part. */
  readonly background: number;
  /** mallocgc and assists. */
  readonly direct: number;
  /** Share of the cycles that the observation forced. */
  readonly forcedShare: number;
  /** alloc_space and alloc_objects by the user's line; CPU of allocating where there is no heap. */
  readonly growth: Growth;
  readonly dividedBy: 'bytes' | 'cpu';
}

/** Undefined without a CPU profile. */
export function readGarbageBill(window: ObservedWindow): GarbageBill | undefined {
  const use = readCpuUse(window);
  if (use === undefined || use.total === 0) return undefined;
  const bytes = allocatedBySite(window, siteIndex);
  const growth = bytes ?? allocationCpu(use);
  const forcedShare = forcedCycles(window);
  const { mark, sweep, assist, malloc, barrier } = use.gc;
  const forced = mark * forcedShare;
  return {
    use,
    total: use.total - forced,
    background: mark - forced + sweep + barrier,
    direct: malloc + assist,
    forcedShare,
    growth,
    dividedBy: bytes === undefined ? 'cpu' : 'bytes',
  };
}

/** A CPU profile alone knows how long allocating took at each line, not how much it was. */
function allocationCpu(use: CpuUse): Growth {
  const rows = [...use.allocationBySite].map(([site, { nanos, stack, siteAt }]) => {
    return { site, stack, siteAt, values: [nanos, 0] };
  });
  rows.sort((a, b) => (b.values[0] ?? 0) - (a.values[0] ?? 0));
  const total = rows.reduce((sum, row) => sum + (row.values[0] ?? 0), 0);
  return { rows, totals: [total, 0], seconds: use.seconds };
}

/** What was allocated in the window, by a line of the stack. */
export function allocatedBySite(
  window: ObservedWindow,
  siteOf: (stack: readonly Frame[]) => number,
): Growth | undefined {
  const columns = ['alloc_space', 'alloc_objects'];
  return growthBySite(window.book, heapCaptures(window, 'alloc_space'), columns, siteOf);
}

/** 0 when the number of cycles is unknown. */
function forcedCycles(window: ObservedWindow): number {
  const ours = window.observation.captures.filter((c) => c.forcedGc).length;
  const cycles = metricGrowth(window, '/gc/cycles/total:gc-cycles');
  if (cycles === undefined || ours === 0) return 0;
  return clamp(ours / Math.max(1, cycles.value), 0, 1);
}
