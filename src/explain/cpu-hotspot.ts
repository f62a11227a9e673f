/**
 * cpu-hotspot: work in a hot path that need not be done there.
 *
 * A sample speaks for a pattern (patterns.ts) when one of its functions is on the stack below a line
 * of the user's; the line nearest to it is the one to change. A comparison that computes is found by
 * the shape of the stack: sort, then the user's comparison, then a library call that is no
 * comparison. The hottest line without a pattern is `low` whatever its share: that a program computes
 * is no fault. Cut-offs and their sources: docs/diagnoses.md.
 */
import { type CpuUse, coresOf, forEachCpuSample, gcWorkOf, readCpuUse } from './cpu.ts';
import type { Draft } from './draft.ts';
import type { Evidence, Finding, Severity } from './finding.ts';
import { evidenceStack, type Frame, placesFrom, siteIndex } from './frames.ts';
import {
  BARRIER,
  COMPARING,
  FILE_DECODED,
  IN_COMPARISON,
  type Pattern,
  patternsOf,
  SERVING,
  SORTING,
} from './patterns.ts';
import { growthBySite, heapCaptures, lastMetric, type ObservedWindow } from './window.ts';
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

interface Line {
  readonly site: Frame;
  /** The heaviest stack, leaf first, and the line's place in it. */
  stack: readonly Frame[];
  siteAt: number;
  nanos: number;
  heaviest: number;
}

/** One function of the user's, and what it does there. */
interface Spot {
  readonly pattern: Pattern;
  nanos: number;
  readonly lines: Map<Frame, Line>;
}

/** Stands in the place of a pattern where there is none. */
const COMPUTING: Pattern = {
  id: 'computing',
  match: /^$/,
  what: 'computes',
  why: '',
  fix: '',
  unless: '',
  cut: undefined,
  direct: false,
  weight: 0.2,
  setup: false,
};

/** Sums of CPU by (pattern, function) and by function alone, lines kept apart within. */
class Tally {
  readonly hits = new Map<string, Spot>();
  /** CPU of each of the user's functions with the libraries below, without garbage. */
  readonly functions = new Map<string, Spot>();

  add(pattern: Pattern, stack: readonly Frame[], siteAt: number, nanos: number): void {
    addTo(this.hits, pattern, stack, siteAt, nanos);
  }
}

function addTo(
  spots: Map<string, Spot>,
  pattern: Pattern,
  stack: readonly Frame[],
  siteAt: number,
  nanos: number,
): void {
  const site = stack[siteAt];
  if (site === undefined) return;
  const key = `${pattern.id} ${site.function} ${site.file}`;
  let spot = spots.get(key);
  if (spot === undefined) {
    spot = { pattern, nanos: 0, lines: new Map() };
    spots.set(key, spot);
  }
  spot.nanos += nanos;
  let line = spot.lines.get(site);
  if (line === undefined) {
    line = { site, stack: [], siteAt, nanos: 0, heaviest: 0 };
    spot.lines.set(site, line);
  }
  line.nanos += nanos;
  if (nanos <= line.heaviest) return;
  line.heaviest = nanos;
  line.stack = [...stack];
  line.siteAt = siteAt;
}

/** The line of a spot that takes most. */
function topLine(spot: Spot): Line {
  return [...spot.lines.values()].reduce((a, b) => (b.nanos > a.nanos ? b : a));
}

export function findCpuHotspots(window: ObservedWindow): Draft[] {
  const use = readCpuUse(window);
  if (use === undefined || use.total / 1e7 < CPU_HOTSPOT.samples) return [];
  const tally = new Tally();
  forEachCpuSample(window, (stack, nanos) => readSample(tally, stack, nanos));
  joinFileDecoding(tally, use.total);
  const drafts: Draft[] = [];
  const taken = new Set<string>();
  for (const spot of dearest(tally)) {
    const share = spot.nanos / use.total;
    const { site } = topLine(spot);
    const least = spot.pattern.cut === undefined ? CPU_HOTSPOT.leastWeak : CPU_HOTSPOT.least;
    if (share < least || taken.has(site.function)) continue;
    if (spot.pattern.id === 'string-growth' && meanSize(window, site) < CPU_HOTSPOT.longString) {
      continue;
    }
    taken.add(site.function);
    drafts.push(patternDraft(use, spot, share));
  }
  if (drafts.length === 0) drafts.push(...hottestFunction(window, use, tally));
  return drafts.slice(0, 3);
}

function readSample(tally: Tally, stack: readonly Frame[], nanos: number): void {
  const seen = new Set<string>();
  for (let i = 0; i < stack.length; i++) {
    const frame = stack[i];
    if (frame === undefined || frame.origin === 'own') continue;
    for (const pattern of patternsOf(frame)) {
      if (seen.has(pattern.id)) continue;
      const siteAt = siteAbove(stack, i, pattern.direct);
      if (siteAt < 0) continue;
      seen.add(pattern.id);
      tally.add(pattern, stack, siteAt, nanos);
    }
  }
  const comparing = comparisonSite(stack);
  if (comparing >= 0) tally.add(IN_COMPARISON, stack, comparing, nanos);
  const work = gcWorkOf(stack);
  if (work !== undefined) return;
  const site = siteIndex(stack);
  if (stack[site]?.origin === 'own') addTo(tally.functions, COMPUTING, stack, site, nanos);
}

/**
 * The user's line above a library frame, or -1. A direct pattern has the user's code, or more of the
 * same library, right above it.
 */
function siteAbove(stack: readonly Frame[], i: number, direct: boolean): number {
  const family = stack[i]?.package;
  for (let j = i + 1; j < stack.length; j++) {
    const frame = stack[j];
    if (frame === undefined) break;
    if (frame.origin === 'own') return j;
    if (frame.package === family) continue;
    if (direct || BARRIER.test(frame.package)) return -1;
  }
  return -1;
}

/** The user's line that computes inside a comparison of a sort, or -1. */
function comparisonSite(stack: readonly Frame[]): number {
  const site = stack.findIndex((f) => f.origin === 'own');
  if (site < 1) return -1;
  const callee = stack[site - 1];
  if (callee === undefined || !computes(callee)) return -1;
  let above = site;
  while (stack[above]?.origin === 'own') above++;
  const sorter = stack[above];
  return sorter !== undefined && SORTING.test(sorter.function) ? site : -1;
}

/** True for a call that makes something, as against comparing or reading what is there. */
function computes(callee: Frame): boolean {
  if (callee.origin === 'runtime') {
    return /^runtime\.(concatstring|slicebytetostring|stringtoslice|convT|newobject|makeslice)/.test(
      callee.function,
    );
  }
  return !COMPARING.test(callee.function);
}

/** All spots; those that say most about needless work come before larger ones that say little. */
function dearest(tally: Tally): Spot[] {
  return [...tally.hits.values()].sort(
    (a, b) => b.nanos * b.pattern.weight - a.nanos * a.pattern.weight,
  );
}

/** Adds a spot for each function that decodes what it, or a function beside it, reads from a file. */
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
    tally.hits.set(key, { pattern: FILE_DECODED, nanos, lines: decoding.lines });
  }
}

/** The function of a line and the user's function that calls it. */
function nearestOwn(line: Line): string[] {
  const own = line.stack.slice(line.siteAt).filter((f) => f.origin === 'own');
  return [...new Set(own.map((f) => f.function))].slice(0, 2);
}

/** Mean bytes of what a line allocates; 0 when it is not known. */
function meanSize(window: ObservedWindow, site: Frame): number {
  const growth = growthBySite(
    window.book,
    heapCaptures(window, 'alloc_space'),
    ['alloc_space', 'alloc_objects'],
    (stack) => siteIndex(stack),
  );
  const row = growth?.rows.find((r) => r.site === site);
  return row === undefined ? 0 : (row.values[0] ?? 0) / Math.max(1, row.values[1] ?? 0);
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
        text: `${percent(share)} of the program's CPU time (${digits(spot.nanos / 1e9)} s of ${digits(use.total / 1e9)} s) is in ${shortName(callee)} below this function`,
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
    next: 'Compare with a version or a time that was faster (--baseline), or benchmark this function.',
    fix: `Look at what ${shortName(line.site.function)} repeats: a result that can be kept, a better algorithm, or work that can be left out.`,
  };
  return [{ finding, score: clamp(share * 0.2, 0, 1), functions: functionsOf(line) }];
}
