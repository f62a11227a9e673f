/**
 * D8, heap-leak: memory that one place allocates and that stays, in snapshot after snapshot.
 *
 * In-use bytes per function over at least five snapshots: they must grow steadily (growth.ts), and
 * by more than sampling explains. The profiler samples one allocation in 512 kB, so that b sampled
 * bytes have a standard deviation of sqrt(b × 512 kB). What stayed keeps its samples: noise comes only
 * from what was allocated and what was freed in between, which alloc_space tells. A pure leak of g
 * bytes has sqrt(g × rate); a cache of c bytes that is replaced once has sqrt(2 c × rate) and must
 * grow by that much more. Restarts are cut off before (window.ts). Cut-offs: docs/diagnoses.md.
 */
import { type Profile, sampleIndexOf } from '../profile/profile.ts';
import { allocationKind, growsContainer } from './allocation-kinds.ts';
import type { Draft } from './draft.ts';
import type { Evidence, Finding, Place, Severity } from './finding.ts';
import { evidenceStack, type Frame, placeOf, placesFrom, siteIndex } from './frames.ts';
import { arrows, GROWTH, type GrowthShape, growingParts } from './growth.ts';
import type { Capture } from './observation.ts';
import { heapCaptures, instantOf, type ObservedWindow, toSeconds } from './window.ts';
import { at, bytes, clamp, digits, exactly, percent, plural, shortName } from './wording.ts';

export const HEAP_LEAK = {
  /** Growth over its standard deviation. */
  sigma: { low: 2, medium: 2.5, high: 4 },
  /** The same when no collection was forced: garbage may be in the snapshots. */
  gentleFactor: 1.5,
  /** Bytes a second from which on it is high, or this share of the heap within the window. */
  high: { rate: 150_000, share: 0.3 },
  /** Bytes a second below which it stays low. */
  least: 20_000,
  /** Share of what was allocated that is gone again: above `low` it stays low, above `none` unsaid. */
  freed: { low: 0.85, none: 0.95 },
} as const;

/** runtime.MemProfileRate's default: mean bytes between two samples. */
const DEFAULT_RATE = 512 * 1024;

interface LineSeries {
  readonly site: Frame;
  readonly inuse: Float64Array;
  readonly objects: Float64Array;
  /** alloc_space as captured: since process start, or since the capture before. */
  readonly alloc: Float64Array;
  stack: readonly Frame[];
  siteAt: number;
}

interface FunctionSeries {
  readonly lines: Map<Frame, LineSeries>;
}

interface Snapshots {
  readonly times: readonly number[];
  readonly captures: readonly Capture[];
  readonly functions: ReadonlyMap<string, FunctionSeries>;
  /** All bytes in use, by snapshot. */
  readonly total: readonly number[];
  readonly rate: number;
  readonly forced: boolean;
}

interface Leak {
  readonly lines: readonly LineSeries[];
  readonly values: readonly number[];
  readonly shape: GrowthShape;
  readonly sigma: number;
  /** Share of the bytes allocated in the part that is gone again. */
  readonly freed: number;
}

export function findHeapLeaks(window: ObservedWindow): Draft[] {
  const snapshots = readSnapshots(window);
  if (snapshots.times.length < GROWTH.snapshots) return [];
  const leaks: Leak[] = [];
  for (const series of snapshots.functions.values()) {
    const leak = judge(snapshots, series);
    if (leak !== undefined) leaks.push(leak);
  }
  leaks.sort((a, b) => b.shape.growth - a.shape.growth);
  const drafts = leaks.flatMap((leak) => {
    const severity = severityOf(snapshots, leak);
    return severity === undefined ? [] : [draft(snapshots, leak, severity)];
  });
  return drafts.slice(0, 3);
}

/** Heap snapshots of the window that have what the rule needs. */
export function leakSnapshots(window: ObservedWindow): readonly Capture[] {
  return heapCaptures(window).filter((c) => sampleIndexOf(c.profile, 'inuse_space') >= 0);
}

function readSnapshots(window: ObservedWindow): Snapshots {
  const captures = leakSnapshots(window);
  const functions = new Map<string, FunctionSeries>();
  const total: number[] = [];
  captures.forEach((capture, index) => {
    total.push(readSnapshot(window, capture.profile, index, captures.length, functions));
  });
  const start = captures[0] === undefined ? 0n : instantOf(captures[0]);
  return {
    times: captures.map((c) => toSeconds(instantOf(c) - start)),
    captures,
    functions,
    total,
    rate: rateOf(captures.at(-1)?.profile),
    forced: captures.length > 0 && captures.every((c) => c.forcedGc),
  };
}

function rateOf(profile: Profile | undefined): number {
  if (profile === undefined || profile.periodType?.type !== 'space') return DEFAULT_RATE;
  return profile.period > 0n ? Number(profile.period) : DEFAULT_RATE;
}

function readSnapshot(
  window: ObservedWindow,
  profile: Profile,
  index: number,
  snapshots: number,
  functions: Map<string, FunctionSeries>,
): number {
  const columns = ['inuse_space', 'inuse_objects', 'alloc_space'].map((type) =>
    sampleIndexOf(profile, type),
  );
  let total = 0;
  window.book.framesOf(profile).forEachSample(columns, (stack, values) => {
    const [inuse = 0, objects = 0, alloc = 0] = values;
    total += inuse;
    const siteAt = siteIndex(stack);
    const site = stack[siteAt];
    if (site === undefined) return;
    const line = lineOf(functions, site, snapshots);
    line.inuse[index] = (line.inuse[index] ?? 0) + inuse;
    line.objects[index] = (line.objects[index] ?? 0) + objects;
    line.alloc[index] = (line.alloc[index] ?? 0) + alloc;
    if (inuse > 0 || line.stack.length === 0) {
      line.stack = [...stack];
      line.siteAt = siteAt;
    }
  });
  return total;
}

function lineOf(
  functions: Map<string, FunctionSeries>,
  site: Frame,
  snapshots: number,
): LineSeries {
  const key = `${site.function}\0${site.file}`;
  let fn = functions.get(key);
  if (fn === undefined) {
    fn = { lines: new Map() };
    functions.set(key, fn);
  }
  let line = fn.lines.get(site);
  if (line === undefined) {
    line = {
      site,
      inuse: new Float64Array(snapshots),
      objects: new Float64Array(snapshots),
      alloc: new Float64Array(snapshots),
      stack: [],
      siteAt: 0,
    };
    fn.lines.set(site, line);
  }
  return line;
}

/** The best part of the window in which the function's memory grows above noise. */
function judge(snapshots: Snapshots, series: FunctionSeries): Leak | undefined {
  const lines = [...series.lines.values()];
  const values = snapshots.times.map((_, i) =>
    lines.reduce((sum, line) => sum + (line.inuse[i] ?? 0), 0),
  );
  let best: Leak | undefined;
  for (const shape of growingParts(snapshots.times, values)) {
    const turnover = turnoverOf(snapshots, lines, shape.from);
    const sigma = shape.growth / Math.sqrt(snapshots.rate * (shape.growth + 2 * turnover.replaced));
    const freed = turnover.allocated > 0 ? clamp(1 - shape.growth / turnover.allocated, 0, 1) : 0;
    if (best !== undefined && best.sigma >= sigma) continue;
    best = { lines: byGrowth(lines, shape.from), values, shape, sigma, freed };
  }
  return best;
}

/** Lines by how much they grew since `from`, the most first. */
function byGrowth(lines: readonly LineSeries[], from: number): LineSeries[] {
  return [...lines].sort((a, b) => grownSince(b, from) - grownSince(a, from));
}

function grownSince(line: LineSeries, from: number): number {
  return (line.inuse.at(-1) ?? 0) - (line.inuse[from] ?? 0);
}

/**
 * What the growing lines allocated since `from`, and how much of what they held then is replaced:
 * at most all of it, at most what was freed.
 */
function turnoverOf(
  snapshots: Snapshots,
  lines: readonly LineSeries[],
  from: number,
): { allocated: number; replaced: number } {
  let allocated = 0;
  let replaced = 0;
  for (const line of lines) {
    const made = allocatedSince(snapshots.captures, line, from);
    const grown = grownSince(line, from);
    replaced += Math.min(Math.max(0, made - grown), line.inuse[from] ?? 0);
    if (grown > 0) allocated += made;
  }
  return { allocated, replaced };
}

function allocatedSince(captures: readonly Capture[], line: LineSeries, from: number): number {
  let sum = 0;
  for (let i = from + 1; i < captures.length; i++) {
    const before = captures[i]?.delta === true ? 0 : (line.alloc[i - 1] ?? 0);
    sum += Math.max(0, (line.alloc[i] ?? 0) - before);
  }
  return sum;
}

function severityOf(snapshots: Snapshots, leak: Leak): Severity | undefined {
  const { sigma: cut, high, least, freed, gentleFactor } = HEAP_LEAK;
  const sigma = snapshots.forced ? leak.sigma : leak.sigma / gentleFactor;
  if (sigma < cut.low || leak.freed > freed.none) return undefined;
  const origin = leak.lines[0]?.site.origin;
  const users = origin === 'own' || origin === 'dependency';
  if (sigma < cut.medium || leak.freed > freed.low || leak.shape.slope < least || !users)
    return 'low';
  const share = leak.shape.growth / Math.max(1, snapshots.total.at(-1) ?? 1);
  const fast = leak.shape.slope >= high.rate || share >= high.share;
  return sigma >= cut.high && fast ? 'high' : 'medium';
}

function draft(snapshots: Snapshots, leak: Leak, severity: Severity): Draft {
  const { shape } = leak;
  const line = leak.lines[0];
  if (line === undefined) throw new Error('a leak has at least one line');
  const kept = keptAt(snapshots, line, shape.from);
  const perMinute = `${bytes(shape.slope * 60)}/min`;
  const kind = allocationKind(line.stack, line.siteAt);
  const finding: Finding = {
    kind: 'heap-leak',
    title: `The heap grows by ${perMinute} at ${at(line.site)}`,
    severity,
    confidence: confidenceOf(snapshots, leak),
    where: places(line, kept),
    evidence: evidenceOf(snapshots, leak, line, kind.what),
    counterEvidence: counterEvidenceOf(snapshots, leak),
    impact: `${perMinute}, ${bytes(shape.slope * 86_400)} a day; it holds ${percent((leak.values.at(-1) ?? 0) / Math.max(1, snapshots.total.at(-1) ?? 1))} of the heap now`,
    next: 'Take two heap profiles ten minutes apart and compare inuse_space: a cache that fills has stopped by then. What retains it is in no profile: look where the value goes from this line.',
    fix: fixText(line, kept),
  };
  const functions = new Set(line.stack.filter((f) => f.origin === 'own').map((f) => f.function));
  const share = shape.growth / Math.max(1, snapshots.total.at(-1) ?? 1);
  return { finding, score: clamp(0.4 + 0.6 * share, 0, 1), functions };
}

/** A growing map or slice of the user's on the way of the same values, when the profile shows one. */
function keptAt(snapshots: Snapshots, line: LineSeries, from: number): LineSeries | undefined {
  let best: LineSeries | undefined;
  for (const { lines } of snapshots.functions.values()) {
    for (const candidate of lines.values()) {
      if (candidate.site.origin !== 'own' || !growsContainer(candidate.stack, candidate.siteAt)) {
        continue;
      }
      const grown = grownSince(candidate, from);
      if (grown <= 0 || candidate.site.package !== line.site.package) continue;
      if (best === undefined || grown > grownSince(best, from)) best = candidate;
    }
  }
  return best;
}

function places(line: LineSeries, kept: LineSeries | undefined): Place[] {
  const found = placesFrom(line.stack, line.siteAt);
  if (kept === undefined || kept.site === line.site) return found;
  const first = found[0];
  return first === undefined ? found : [first, placeOf(kept.site), ...found.slice(1, 2)];
}

function fixText(line: LineSeries, kept: LineSeries | undefined): string {
  const holder = kept ?? (growsContainer(line.stack, line.siteAt) ? line : undefined);
  if (holder !== undefined) {
    const what = /growslice/.test(holder.stack[holder.siteAt - 1]?.function ?? '')
      ? 'slice'
      : 'map';
    return `The ${what} that ${at(holder.site)} fills only grows: bound it (an LRU, a ring), delete entries when they are done with, or let them expire.`;
  }
  return 'Find what keeps the values from this line: a map or slice without deletion, a sub-slice or sub-string that keeps its whole buffer (copy the part with bytes.Clone or strings.Clone), a closure, a timer or a global.';
}

function confidenceOf(snapshots: Snapshots, leak: Leak): number {
  const { shape, sigma, freed } = leak;
  const steady = 1 - Math.min(1, Math.abs(1 - shape.lateness));
  const long = clamp(shape.seconds / 60, 0.3, 1);
  const sure =
    0.35 + 0.06 * Math.min(5, sigma - 2) + 0.15 * steady + 0.1 * long + 0.1 * (1 - freed);
  return Number(clamp(snapshots.forced ? sure : sure - 0.1, 0.1, 0.95).toFixed(2));
}

function evidenceOf(snapshots: Snapshots, leak: Leak, line: LineSeries, what: string): Evidence[] {
  const { shape } = leak;
  const { function: fn } = line.site;
  const part = leak.values.slice(shape.from);
  const objects = grownObjects(line, shape.from);
  const forced = snapshots.forced ? ', each right after a collection' : '';
  return [
    {
      text: `In use from ${shortName(fn)}: ${arrows(part, bytes)} in ${plural(part.length, 'snapshot')} over ${digits(shape.seconds)} s${forced}`,
      value: shape.slope,
      unit: 'bytes/s',
      stack: evidenceStack(line.stack),
      view: { type: 'heap', sampleType: 'inuse_space', focus: exactly(fn), view: 'timeline' },
    },
    {
      text: `The growth is ${digits(leak.sigma)} times what sampling alone would show, and ${shape.rising} of ${part.length - 1} steps go up`,
      value: leak.sigma,
      unit: 'sigma',
    },
    {
      text:
        leak.freed < 0.02
          ? `Nothing that was allocated there in this time has been freed (${at(line.site)} ${what})`
          : `${percent(1 - leak.freed)} of the bytes allocated there in this time are still in use (${at(line.site)} ${what})`,
      value: 1 - leak.freed,
      unit: 'ratio',
      view: { type: 'heap', sampleType: 'alloc_space', focus: exactly(fn), view: 'flame' },
    },
    ...(objects === undefined ? [] : [objects]),
  ];
}

function grownObjects(line: LineSeries, from: number): Evidence | undefined {
  const grown = (line.objects.at(-1) ?? 0) - (line.objects[from] ?? 0);
  if (grown < 1) return undefined;
  const size = grownSince(line, from) / grown;
  return { text: `About ${plural(grown, 'object')} more, of ${bytes(size)} each`, value: grown };
}

function counterEvidenceOf(snapshots: Snapshots, leak: Leak): Evidence[] {
  const { shape } = leak;
  const against: Evidence[] = [];
  if (shape.seconds < 300) {
    against.push({
      text: `A cache that is still filling looks the same within ${digits(shape.seconds)} s`,
    });
  }
  if (shape.lateness < 0.75) {
    against.push({
      text: `The growth slows down: the later half has ${percent(shape.lateness)} of the slope`,
      value: shape.lateness,
      unit: 'ratio',
    });
  }
  if (leak.freed >= 0.02) {
    against.push({
      text: `${percent(leak.freed)} of what was allocated there has been freed again`,
      value: leak.freed,
      unit: 'ratio',
    });
  }
  if (!snapshots.forced) {
    against.push({
      text: 'No collection was forced before the snapshots: some of it may be garbage',
    });
  }
  return against;
}
