/**
 * D1, gc-cost: how much of the CPU allocating and collecting garbage takes, and the lines it is
 * for.
 *
 * CPU below mallocgc and assists belongs to the line whose stack it is on. Marking and sweeping run
 * on goroutines of their own; their CPU is divided among lines by what they allocated in the window
 * (the question of golang/go#32222), because bytes are what makes the next cycle come. Idle marking
 * is left out: it uses processors that had nothing to do. Collections that the observation forced
 * are taken off by their share in all cycles. Cut-offs: docs/diagnoses.md.
 */
import { allocationKind } from './allocation-kinds.ts';
import { type CpuUse, coresOf } from './cpu.ts';
import type { Draft } from './draft.ts';
import type { Evidence, Finding, Severity } from './finding.ts';
import { findForcedCollections } from './forced-gc.ts';
import { evidenceStack, type Frame, placesFrom } from './frames.ts';
import { type GarbageBill, readGarbageBill } from './garbage.ts';
import { type GrowthRow, metricGrowth, type ObservedWindow } from './window.ts';
import { at, bytes, clamp, count, digits, exactly, percent, plural } from './wording.ts';

/**
 * Shares of the program's CPU: all of garbage, and what is due to one function. What the user's
 * code allocates itself is its to change; what a library allocates on its behalf (decoding,
 * reading) often is the work, and healthy services spend up to 43 % and 30 % on it (measured): it
 * takes more to speak.
 */
export const GC_COST = {
  own: {
    high: { total: 0.45, function: 0.3 },
    medium: { total: 0.25, function: 0.2 },
    low: { total: 0.15, function: 0.1 },
  },
  library: {
    high: { total: 0.65, function: 0.55 },
    medium: { total: 0.5, function: 0.4 },
    low: { total: 0.15, function: 0.1 },
  },
  /** Cores that it takes: below, even a large share is not worth a change. */
  cores: { high: 0.2, medium: 0.06, low: 0.01 },
  /** Cores that the program uses: below, it is idle and stays `low`. */
  idle: 0.1,
  /** CPU samples below which shares are not told. */
  samples: 40,
} as const;

interface LineCost {
  readonly row: GrowthRow;
  /** Share of the program's CPU that this line's garbage takes. */
  readonly share: number;
  /**
   * The same of all lines of its function, and of those that allocate without a library between.
   */
  readonly functionShare: number;
  readonly ownShare: number;
}

export function findGcCost(window: ObservedWindow): Draft[] {
  const bill = readGarbageBill(window);
  if (bill === undefined || ticks(bill.use) < GC_COST.samples) return [];
  const forced = findForcedCollections(window, bill.use);
  if (forced !== undefined) return [forced];
  const lines = divide(bill);
  const top = lines[0];
  if (top === undefined) return [];
  const share = (bill.background + bill.direct) / bill.total;
  const severity = severityOf(share, top, coresOf(bill.use, bill.total));
  if (severity === undefined) return [];
  return [draft(window, bill, lines, top, share, severity)];
}

/** Samples at the profiler's 100 Hz. */
function ticks(use: CpuUse): number {
  return use.total / 1e7;
}

/** The bill by line, dearest first. */
function divide(bill: GarbageBill): LineCost[] {
  const { growth, use, background, total } = bill;
  const allocated = growth.totals[0] ?? 0;
  const nanos = growth.rows.map((row) => {
    const own = use.allocationBySite.get(row.site)?.nanos ?? 0;
    return own + (allocated > 0 ? (background * (row.values[0] ?? 0)) / allocated : 0);
  });
  const byFunction = new Map<string, number>();
  const ownByFunction = new Map<string, number>();
  const add = (sums: Map<string, number>, name: string, value: number) =>
    sums.set(name, (sums.get(name) ?? 0) + value / total);
  growth.rows.forEach((row, i) => {
    add(byFunction, row.site.function, nanos[i] ?? 0);
    if (allocatesItself(row)) add(ownByFunction, row.site.function, nanos[i] ?? 0);
  });
  return growth.rows
    .map((row, i) => ({
      row,
      share: (nanos[i] ?? 0) / total,
      functionShare: byFunction.get(row.site.function) ?? 0,
      ownShare: ownByFunction.get(row.site.function) ?? 0,
    }))
    .sort((a, b) => b.functionShare - a.functionShare || b.share - a.share);
}

/** True when no library is between the user's line and the allocation. */
function allocatesItself(row: GrowthRow): boolean {
  return row.stack.slice(0, row.siteAt).every((f) => f.origin === 'runtime');
}

function severityOf(share: number, top: LineCost, cores: number | undefined): Severity | undefined {
  for (const severity of ['high', 'medium', 'low'] as const) {
    const idle = cores !== undefined && cores < GC_COST.idle;
    if (idle && severity !== 'low') continue;
    if (cores !== undefined && cores * share < GC_COST.cores[severity]) continue;
    const own = GC_COST.own[severity];
    const library = GC_COST.library[severity];
    if (share >= own.total && top.ownShare >= own.function) return severity;
    if (share >= library.total && top.functionShare >= library.function) return severity;
  }
  return undefined;
}

function draft(
  window: ObservedWindow,
  bill: GarbageBill,
  lines: readonly LineCost[],
  top: LineCost,
  share: number,
  severity: Severity,
): Draft {
  const { row } = top;
  const seen = bill.use.allocationBySite.get(row.site) ?? row;
  const kind = allocationKind(seen.stack, seen.siteAt);
  const cores = coresOf(bill.use, bill.total * share);
  const ofAll = top.functionShare / share;
  const finding: Finding = {
    kind: 'gc-cost',
    title: `${percent(share)} of CPU goes into garbage, ${percent(ofAll)} of it for ${at(row.site)}`,
    severity,
    confidence: confidenceOf(bill, share, ofAll),
    where: placesFrom(row.stack, row.siteAt),
    evidence: evidenceOf(bill, lines, top, kind.what),
    counterEvidence: counterEvidenceOf(window, bill),
    impact:
      cores === undefined
        ? `${percent(share)} of the recorded CPU time`
        : `${digits(cores)} of ${digits(coresOf(bill.use, bill.total) ?? 0)} busy cores`,
    next: `Look at the line's callers in the allocation flame graph, change it, and take both profiles again under the same load.`,
    fix: kind.fix,
  };
  const functions = new Set(
    row.stack.filter((f) => f.origin === 'own').map((f: Frame) => f.function),
  );
  return { finding, score: clamp(top.functionShare, 0, 1), functions };
}

function confidenceOf(bill: GarbageBill, share: number, ofAll: number): number {
  // Sampling error of a share: sqrt(p (1 - p) / n).
  const error = Math.sqrt((share * (1 - share)) / ticks(bill.use));
  const surely = clamp(1 - 2 * error, 0, 1);
  return Number(clamp(0.5 * surely + 0.45 * Math.min(1, ofAll * 1.5), 0.1, 0.97).toFixed(2));
}

function evidenceOf(
  bill: GarbageBill,
  lines: readonly LineCost[],
  top: LineCost,
  what: string,
): Evidence[] {
  const { gc, seconds } = bill.use;
  const of = (nanos: number) => percent(nanos / bill.total);
  const marking = gc.mark * (1 - bill.forcedShare);
  return [
    {
      text: `Of the CPU time, ${of(gc.malloc)} is mallocgc, ${of(gc.assist)} assists, ${of(marking)} marking, ${of(gc.sweep + gc.barrier)} sweeping and write barriers (idle marking left out), over ${digits(seconds)} s`,
      value: (bill.background + bill.direct) / bill.total,
      unit: 'ratio',
      view: {
        type: 'cpu',
        focus: '^runtime\\.(mallocgc|gcBgMarkWorker|gcAssistAlloc)',
        view: 'flame',
      },
    },
    allocationEvidence(bill, top.row, what),
    ...lines.slice(1, 4).flatMap((line) =>
      line.share < 0.03
        ? []
        : [
            {
              text: `${at(line.row.site)} is next with ${percent(line.share)} of CPU`,
              value: line.share,
              unit: 'ratio',
            },
          ],
    ),
  ];
}

/** What the line allocates, in bytes where a heap profile knows them. */
function allocationEvidence(bill: GarbageBill, row: GrowthRow, what: string): Evidence {
  const { seconds, totals } = bill.growth;
  const [space = 0, objects = 0] = row.values;
  const share = percent(space / (totals[0] || 1));
  const focus = exactly(row.site.function);
  const stack = evidenceStack(row.stack);
  if (bill.dividedBy === 'cpu') {
    return {
      text: `${at(row.site)} ${what}: ${share} of the CPU time that allocating takes`,
      value: space / (totals[0] || 1),
      unit: 'ratio',
      stack,
      view: { type: 'cpu', focus, view: 'flame' },
    };
  }
  const rate = seconds > 0 ? `${bytes(space / seconds)}/s` : bytes(space);
  return {
    text: `${at(row.site)} ${what}: ${rate}, ${share} of all bytes allocated, ${bytes(space / Math.max(1, objects))} an object`,
    value: space / Math.max(1e-9, seconds || 1),
    unit: seconds > 0 ? 'bytes/s' : 'bytes',
    stack,
    view: { type: 'heap', sampleType: 'alloc_space', focus, view: 'flame' },
  };
}

function counterEvidenceOf(window: ObservedWindow, bill: GarbageBill): Evidence[] {
  const against: Evidence[] = [];
  const forced = window.observation.captures.filter((c) => c.forcedGc).length;
  if (forced > 0) {
    against.push(
      metricGrowth(window, '/gc/cycles/total:gc-cycles') === undefined
        ? {
            text: `${plural(forced, 'collection')} were forced by the observation, and how many there were in all is not known: marking may be counted too high`,
          }
        : {
            text: `${plural(forced, 'collection')} forced by the observation are taken off (${percent(bill.forcedShare)} of the cycles)`,
            value: bill.forcedShare,
            unit: 'ratio',
          },
    );
  }
  const cores = coresOf(bill.use, bill.total);
  if (cores !== undefined && cores < 0.2) {
    against.push({
      text: `The process uses ${digits(cores)} cores only: the whole bill is small`,
      value: cores,
      unit: 'cores',
    });
  }
  if (bill.dividedBy === 'cpu') {
    against.push({
      text: 'There is no heap profile: marking is divided by the time, not by the bytes, of allocating',
    });
  } else if (bill.growth.seconds === 0) {
    against.push({
      text: `Allocations are counted since process start (${count(bill.growth.totals[1] ?? 0)} objects), not in the time of the CPU profile`,
    });
  }
  const cycles = metricGrowth(window, '/gc/cycles/automatic:gc-cycles');
  const rate = cycles === undefined ? 0 : cycles.value / cycles.seconds;
  if (rate > 10) {
    against.push({
      text: `The heap is collected ${digits(rate)} times a second; a higher GOGC or a GOMEMLIMIT would buy time with memory, without a change of code`,
      value: rate,
      unit: '1/s',
    });
  }
  return against;
}
