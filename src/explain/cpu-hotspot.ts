/**
 * cpu-hotspot: work in a hot path that need not be done there.
 *
 * Patterns of avoidable work (patterns.ts) speak by their share of the CPU, setup work with the
 * share of garbage collection that it causes. The hottest function without a pattern is `low`
 * whatever its share: that a program computes is no fault. Cut-offs and their sources:
 * docs/diagnoses.md.
 */
import { type CpuUse, coresOf, readCpuUse } from './cpu.ts';
import {
  type Line,
  nearestOwn,
  patternSite,
  type Spot,
  type Tally,
  tallyCpu,
  topLine,
} from './cpu-spots.ts';
import type { Draft } from './draft.ts';
import type { Evidence, Finding, Severity } from './finding.ts';
import { evidenceStack, type Frame, placesFrom, siteIndex } from './frames.ts';
import { allocatedBySite, readGarbageBill } from './garbage.ts';
import { FILE_DECODED, type Pattern, SERVING } from './patterns.ts';
import { lastMetric, type ObservedWindow } from './window.ts';
import { at, clamp, digits, exactly, percent, shortName } from './wording.ts';

export const CPU_HOTSPOT = {
  /** Cores that the needless work takes: below, it is not above `low`. Setup work is surer. */
  cores: { setup: 0.02, other: 0.05 },
  /** Share below which a pattern is not told at all; those that are never above `low` need more. */
  least: 0.08,
  leastWeak: 0.25,
  /** The hottest line is told from this share of CPU and use of the machine on. */
  hottest: { share: 0.25, utilisation: 0.04 },
  /** CPU samples (at 100 Hz) below which shares are not told. */
  samples: 40,
  /** Share of CPU that reading a file takes beside decoding it, at least. */
  fileShare: 0.02,
  /** Mean size from which on a concatenated string is long: growing, not joining a few words. */
  longString: 1024,
} as const;

export function findCpuHotspots(window: ObservedWindow): Draft[] {
  const use = readCpuUse(window);
  if (use === undefined || use.total / 1e7 < CPU_HOTSPOT.samples) return [];
  const tally = tallyCpu(window);
  joinFileDecoding(tally, use.total);
  addGarbage(window, tally);
  const drafts: Draft[] = [];
  const taken = new Set<string>();
  for (const spot of dearest(tally)) {
    const share = (spot.nanos + spot.garbage) / use.total;
    const { site } = topLine(spot);
    const least = spot.pattern.cut === undefined ? CPU_HOTSPOT.leastWeak : CPU_HOTSPOT.least;
    if (share < least || taken.has(site.function)) continue;
    if (spot.pattern.id === 'string-growth' && isShort(window, site)) continue;
    taken.add(site.function);
    drafts.push(patternDraft(use, spot, share));
  }
  if (drafts.length === 0) drafts.push(...hottestFunction(window, use, tally));
  return drafts.slice(0, 3);
}

/** All spots; those that say most about needless work come before larger ones that say little. */
function dearest(tally: Tally): Spot[] {
  return [...tally.hits.values()].sort(
    (a, b) => (b.nanos + b.garbage) * b.pattern.weight - (a.nanos + a.garbage) * a.pattern.weight,
  );
}

/**
 * Adds to setup work its part in marking and sweeping, by the bytes that it allocates: they go with
 * it.
 */
function addGarbage(window: ObservedWindow, tally: Tally): void {
  const bill = readGarbageBill(window);
  const allocated = bill?.growth.totals[0] ?? 0;
  if (bill === undefined || allocated === 0) return;
  const setups = Map.groupBy(
    [...tally.hits.values()].filter((s) => s.pattern.setup),
    (s) => s.pattern,
  );
  for (const [pattern, spots] of setups) {
    const growth = allocatedBySite(window, (stack) => patternSite(stack, pattern));
    for (const spot of spots) {
      const { site } = topLine(spot);
      const rows = growth?.rows.filter((r) => r.site.function === site.function) ?? [];
      const made = rows.reduce((sum, row) => sum + (row.values[0] ?? 0), 0);
      spot.garbage = bill.background * Math.min(1, made / allocated);
    }
  }
}

/**
 * Adds a spot for each function that decodes what it, or a function beside it, reads from a file.
 */
function joinFileDecoding(tally: Tally, total: number): void {
  const spots = [...tally.hits.values()];
  for (const decoding of spots.filter((s) => s.pattern.id === 'decode')) {
    const nearby = new Set(nearestOwn(topLine(decoding)));
    const reading = spots.find(
      (s) =>
        s.pattern.id === 'file-read' &&
        s.nanos >= CPU_HOTSPOT.fileShare * total &&
        nearestOwn(topLine(s)).some((name) => nearby.has(name)),
    );
    if (reading === undefined) continue;
    const nanos = decoding.nanos + reading.nanos;
    const key = `${FILE_DECODED.id} ${topLine(decoding).site.function}`;
    tally.hits.set(key, { pattern: FILE_DECODED, nanos, garbage: 0, lines: decoding.lines });
  }
}

/** True when the heap profile shows that what a line allocates is small on average. */
function isShort(window: ObservedWindow, site: Frame): boolean {
  const growth = allocatedBySite(window, siteIndex);
  if (growth === undefined) return false;
  const row = growth.rows.find((r) => r.site === site);
  const [space = 0, objects = 0] = row?.values ?? [];
  return space < CPU_HOTSPOT.longString * objects || row === undefined;
}

function severityOf(
  pattern: Pattern,
  line: Line,
  share: number,
  cores: number | undefined,
): Severity {
  if (pattern.cut === undefined) return 'low';
  if (pattern.serving === true && !line.stack.some((f) => SERVING.test(f.function))) return 'low';
  const least = pattern.setup ? CPU_HOTSPOT.cores.setup : CPU_HOTSPOT.cores.other;
  if (cores !== undefined && cores * share < least) return 'low';
  if (share >= pattern.cut.high) return 'high';
  return share >= pattern.cut.medium ? 'medium' : 'low';
}

function patternDraft(use: CpuUse, spot: Spot, share: number): Draft {
  const { pattern } = spot;
  const line = topLine(spot);
  const { site } = line;
  const callee = line.stack[line.siteAt - 1]?.function ?? site.function;
  const cores = coresOf(use, use.total);
  const severity = severityOf(pattern, line, share, cores);
  const garbage = spot.garbage / use.total;
  const collected = garbage < 0.01 ? '' : `, ${percent(garbage)} collects what it allocates`;
  const against: Evidence[] = [];
  if (pattern.unless !== '') against.push({ text: `It is right if ${pattern.unless}` });
  against.push(...idleness(cores));
  const finding: Finding = {
    kind: 'cpu-hotspot',
    title: `${percent(share)} of CPU: ${at(site)} ${pattern.what}`,
    severity,
    confidence: confidenceOf(use, share, pattern.weight),
    where: placesFrom(line.stack, line.siteAt),
    evidence: [
      {
        text: `${percent(spot.nanos / use.total)} of the program's CPU time (${digits(spot.nanos / 1e9)} s of ${digits(use.total / 1e9)} s) is in ${shortName(callee)} below this function${collected}`,
        value: share,
        unit: 'ratio',
        stack: evidenceStack(line.stack),
        view: { type: 'cpu', focus: exactly(site.function), view: 'flame' },
      },
      { text: `It is avoidable: ${pattern.why}` },
    ],
    counterEvidence: against,
    impact: impactOf(use, share, cores),
    next: `Count how often the line runs for each request (a benchmark of ${shortName(site.function)} with -cpuprofile tells), then take the profile again after the change.`,
    fix: pattern.fix,
  };
  return {
    finding,
    score: clamp(share * pattern.weight, 0, 1),
    functions: functionsOf(line),
    setup: pattern.setup || pattern.id === 'string-growth',
  };
}

function impactOf(use: CpuUse, share: number, cores: number | undefined): string {
  return cores === undefined
    ? `${percent(share)} of the recorded CPU time`
    : `${digits(cores * share)} of ${digits(cores)} busy cores over ${digits(use.seconds)} s`;
}

function idleness(cores: number | undefined): Evidence[] {
  if (cores === undefined || cores >= 0.2) return [];
  const text = `The process uses ${digits(cores)} cores only: the gain is small`;
  return [{ text, value: cores, unit: 'cores' }];
}

function confidenceOf(use: CpuUse, share: number, weight: number): number {
  const error = Math.sqrt((share * (1 - share)) / (use.total / 1e7));
  return Number(clamp(weight * (1 - 2 * error), 0.1, 0.97).toFixed(2));
}

function functionsOf(line: Line): Set<string> {
  return new Set(line.stack.filter((f) => f.origin === 'own').map((f) => f.function));
}

/** The function that takes most CPU, garbage aside: worth a look, no fault. */
function hottestFunction(window: ObservedWindow, use: CpuUse, tally: Tally): Draft[] {
  const [spot] = [...tally.functions.values()].sort((a, b) => b.nanos - a.nanos);
  const cores = coresOf(use, use.total);
  if (spot === undefined) return [];
  const line = topLine(spot);
  const share = spot.nanos / use.total;
  const processors = lastMetric(window, '/sched/gomaxprocs:threads') ?? 2;
  const { hottest } = CPU_HOTSPOT;
  const idle = cores !== undefined && cores / processors < hottest.utilisation;
  if (share < hottest.share || idle) return [];
  const finding: Finding = {
    kind: 'cpu-hotspot',
    title: `${percent(share)} of CPU is spent at ${at(line.site)}`,
    severity: 'low',
    confidence: 0.3,
    where: placesFrom(line.stack, line.siteAt),
    evidence: [
      {
        text: `${percent(share)} of the program's CPU time (${digits(spot.nanos / 1e9)} s of ${digits(use.total / 1e9)} s) is in this function and the libraries below it`,
        value: share,
        unit: 'ratio',
        stack: evidenceStack(line.stack),
        view: { type: 'cpu', focus: exactly(line.site.function), view: 'flame' },
      },
    ],
    counterEvidence: [
      {
        text: 'Nothing in the profile says that this work is needless: every program is hottest somewhere',
      },
    ],
    impact: impactOf(use, share, cores),
    next: 'Compare with a time or a version that was faster, or benchmark this function.',
    fix: `Look at what ${shortName(line.site.function)} repeats: a result that can be kept, a better algorithm, or work that can be left out.`,
  };
  return [{ finding, score: clamp(share * 0.2, 0, 1), functions: functionsOf(line) }];
}
