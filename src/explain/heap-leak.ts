/**
 * D8, heap-leak: memory that one place allocates and that stays, in snapshot after snapshot.
 *
 * In-use bytes per function over at least five snapshots: they must grow steadily (growth.ts), and
 * by more than sampling explains. The profiler samples one allocation in 512 kB, so that b sampled
 * bytes have a standard deviation of sqrt(b × 512 kB). What stayed keeps its samples: noise comes
 * only from what was allocated and what was freed in between, which alloc_space tells. A pure leak
 * of g bytes has sqrt(g × rate); a cache of c bytes that is replaced once has sqrt(2 c × rate) and
 * must grow by that much more. Restarts are cut off before (window.ts). Cut-offs:
 * docs/diagnoses.md.
 */
import { allocationKind, type Container } from './allocation-kinds.ts';
import { type CpuUse, readCpuUse } from './cpu.ts';
import type { Draft } from './draft.ts';
import type { Evidence, Finding, Place, Severity } from './finding.ts';
import { evidenceStack, type Frame, placeOf, placesFrom } from './frames.ts';
import { arrows, GROWTH, type GrowthShape, growingInJumps, growingParts } from './growth.ts';
import {
  allocatedSince,
  grownSince,
  type HeapFunction,
  type HeapLine,
  type HeapSnapshots,
  readHeapSnapshots,
} from './heap-snapshots.ts';
import type { ObservedWindow } from './window.ts';
import { at, bytes, clamp, digits, exactly, percent, plural, shortName } from './wording.ts';

export const HEAP_LEAK = {
  /** Growth over its standard deviation. */
  sigma: { low: 2, medium: 2.5, high: 4 },
  /** For `medium` where this share of what was allocated is freed: a cache at work. */
  cache: { freed: 0.1, sigma: 3.5 },
  /** The same when no collection was forced: garbage may be in the snapshots. */
  gentleFactor: 1.5,
  /** Share of what was allocated below which nothing has been freed. */
  nothing: 0.02,
  /** And of a part of the window. */
  partFactor: 1.25,
  /** Bytes a second from which on it is high, or this share of the heap within the window. */
  high: { rate: 150_000, share: 0.3 },
  /** Bytes a second below which it stays low. */
  least: 20_000,
  /**
   * Share of the allocated bytes that is freed from which on a line may replace all that it holds.
   */
  replaced: 0.2,
  /** Bytes an object from which on an appended slice is the growing container itself. */
  largeObject: 64 * 1024,
  /** Bytes an object from which on a kept part of it may be what keeps it. */
  buffer: 2048,
  /**
   * Share of what was allocated that is gone again: above `low` it stays low, above `none` unsaid.
   */
  freed: { low: 0.85, none: 0.95 },
} as const;

interface Leak {
  readonly lines: readonly HeapLine[];
  readonly values: readonly number[];
  readonly shape: GrowthShape;
  readonly sigma: number;
  /** Share of the bytes allocated in the part that is gone again. */
  readonly freed: number;
}

export function findHeapLeaks(window: ObservedWindow): Draft[] {
  const snapshots = readHeapSnapshots(window);
  if (snapshots.times.length < GROWTH.snapshots) return [];
  const leaks: Leak[] = [];
  for (const series of snapshots.functions.values()) {
    const leak = judge(snapshots, series);
    if (leak !== undefined) leaks.push(leak);
  }
  leaks.sort((a, b) => b.shape.growth - a.shape.growth);
  const cpu = readCpuUse(window);
  const drafts: Draft[] = [];
  const keepers = new Set<Frame>();
  for (const leak of leaks) {
    const severity = severityOf(snapshots, leak);
    const [line] = leak.lines;
    // The container that keeps what another leak allocates is told with that leak.
    if (severity === undefined || line === undefined || keepers.has(line.site)) continue;
    const keeper = keeperOf(snapshots, cpu, line, leak.shape.from);
    if (keeper !== undefined) keepers.add(keeper.site);
    drafts.push(draft(snapshots, cpu, leak, line, keeper, severity));
  }
  return drafts.slice(0, 3);
}

/** The best part of the window in which the function's memory grows above noise. */
function judge(snapshots: HeapSnapshots, series: HeapFunction): Leak | undefined {
  const lines = [...series.lines.values()];
  const values = snapshots.times.map((_, i) =>
    lines.reduce((sum, line) => sum + (line.inuse[i] ?? 0), 0),
  );
  const shapes = growingParts(snapshots.times, values);
  if (shapes.length === 0) shapes.push(...jumpingContainer(snapshots, lines));
  let best: Leak | undefined;
  for (const shape of shapes) {
    const turnover = turnoverOf(snapshots, lines, shape.from);
    const [line] = byGrowth(lines, shape.from);
    const rate =
      line === undefined ? snapshots.rate : samplingVariance(snapshots.rate, sizeOf(line));
    const noise = Math.sqrt(rate * (shape.growth + 2 * turnover.replaced));
    // The best of several parts is above noise more easily by chance.
    const sigma = shape.growth / noise / (shape.from === 0 ? 1 : HEAP_LEAK.partFactor);
    const freed = turnover.allocated > 0 ? clamp(1 - shape.growth / turnover.allocated, 0, 1) : 0;
    if (best !== undefined && best.sigma >= sigma) continue;
    best = { lines: byGrowth(lines, shape.from), values, shape, sigma, freed };
  }
  return best;
}

/** The growth of a function's fastest line, if that is one container. */
function jumpingContainer(snapshots: HeapSnapshots, lines: readonly HeapLine[]): GrowthShape[] {
  const [line] = byGrowth(lines, 0);
  if (line === undefined || !isOneContainer(line)) return [];
  const shape = growingInJumps(snapshots.times, [...line.inuse]);
  return shape === undefined ? [] : [shape];
}

/**
 * Variance of the estimate per byte. An object of s bytes is sampled with p = 1 - exp(-s / rate)
 * and counts s / p (runtime/pprof, scaleHeapSample): s (1 - p) / p, which is the rate for small
 * objects and nothing for large ones.
 */
function samplingVariance(rate: number, size: number): number {
  return Math.max(1, size <= 1 ? rate : size / Math.expm1(size / rate));
}

/** Lines by how much they grew since `from`, the most first. */
function byGrowth(lines: readonly HeapLine[], from: number): HeapLine[] {
  return [...lines].sort((a, b) => grownSince(b, from) - grownSince(a, from));
}

/**
 * What the growing lines allocated since `from`, and how much of what they held may be replaced by
 * it: at most what there is on average, at most what was allocated. How much was freed is itself an
 * estimate that is low when growth is high by chance; so a line that frees a fifth of what it
 * allocates counts as if it freed all.
 */
function turnoverOf(
  snapshots: HeapSnapshots,
  lines: readonly HeapLine[],
  from: number,
): { allocated: number; replaced: number } {
  let allocated = 0;
  let replaced = 0;
  for (const line of lines) {
    const grown = grownSince(line, from);
    const made = allocatedSince(snapshots, line, from) ?? Number.POSITIVE_INFINITY;
    const freed = Math.max(0, made - grown);
    replaced += Math.min(freed / HEAP_LEAK.replaced, made, meanSince(line.inuse, from));
    if (grown > 0 && Number.isFinite(made)) allocated += made;
  }
  return { allocated, replaced };
}

/** The mean is a better guess of a steady size than a first value that is low by chance. */
function meanSince(values: Float64Array, from: number): number {
  const part = values.subarray(from);
  return part.reduce((sum, value) => sum + value, 0) / Math.max(1, part.length);
}

function severityOf(snapshots: HeapSnapshots, leak: Leak): Severity | undefined {
  const { sigma: cut, cache, high, least, freed, gentleFactor } = HEAP_LEAK;
  // Garbage of one snapshot is freed in a later one: where nothing is freed, there is none.
  const sure = snapshots.forced || leak.freed < HEAP_LEAK.nothing;
  const sigma = sure ? leak.sigma : leak.sigma / gentleFactor;
  // A container that grows is copied each time: what it frees is its own past.
  const gone = leak.lines[0] !== undefined && isOneContainer(leak.lines[0]) ? 0 : leak.freed;
  if (sigma < cut.low || gone > freed.none) return undefined;
  const origin = leak.lines[0]?.site.origin;
  const users = origin === 'own' || origin === 'dependency';
  const medium = gone >= cache.freed ? cache.sigma : cut.medium;
  if (sigma < medium || gone > freed.low || leak.shape.slope < least || !users) return 'low';
  const share = leak.shape.growth / Math.max(1, snapshots.total.at(-1) ?? 1);
  const fast = leak.shape.slope >= high.rate || share >= high.share;
  return sigma >= cut.high && fast ? 'high' : 'medium';
}

function draft(
  snapshots: HeapSnapshots,
  cpu: CpuUse | undefined,
  leak: Leak,
  line: HeapLine,
  keeper: Keeper | undefined,
  severity: Severity,
): Draft {
  const { shape } = leak;
  const perMinute = `${bytes(shape.slope * 60)}/min`;
  const seen = cpu?.allocationBySite.get(line.site) ?? line;
  const kind = allocationKind(seen.stack, seen.siteAt);
  const finding: Finding = {
    kind: 'heap-leak',
    title: `The heap grows by ${perMinute} at ${at(line.site)}`,
    severity,
    confidence: confidenceOf(snapshots, leak),
    where: places(line, keeper),
    evidence: evidenceOf(snapshots, leak, line, kind.what),
    counterEvidence: counterEvidenceOf(snapshots, leak),
    impact: `${perMinute}, ${bytes(shape.slope * 86_400)} a day; it holds ${percent((leak.values.at(-1) ?? 0) / Math.max(1, snapshots.total.at(-1) ?? 1))} of the heap now`,
    next: 'Take two heap profiles ten minutes apart and compare inuse_space: a cache that fills has stopped by then. What retains it is in no profile: look where the value goes from this line.',
    fix: fixText(keeper, line),
  };
  const functions = new Set(line.stack.filter((f) => f.origin === 'own').map((f) => f.function));
  const share = shape.growth / Math.max(1, snapshots.total.at(-1) ?? 1);
  return { finding, score: clamp(0.4 + 0.6 * share, 0, 1), functions };
}

/** A map or slice of the user's that grows. */
interface Keeper {
  readonly site: Frame;
  readonly container: Container;
}

/**
 * Where the values are likely kept: the line itself when it grows a container, else the line nearby
 * whose growing container holds most more. Only CPU profiles show containers growing.
 */
function keeperOf(
  snapshots: HeapSnapshots,
  cpu: CpuUse | undefined,
  line: HeapLine,
  from: number,
): Keeper | undefined {
  const container = containerAt(cpu, line);
  if (container !== undefined) return { site: line.site, container };
  let best: Keeper | undefined;
  let most = 0;
  for (const { lines } of snapshots.functions.values()) {
    for (const other of lines.values()) {
      const grown = grownSince(other, from);
      if (grown <= most || !near(line, other)) continue;
      const kept = containerAt(cpu, other);
      if (kept === undefined) continue;
      best = { site: other.site, container: kept };
      most = grown;
    }
  }
  return best;
}

/** True for lines in the same function of the user's, or with the same caller. */
function near(a: HeapLine, b: HeapLine): boolean {
  const functions = new Set(nearestOwn(a));
  return nearestOwn(b).some((name) => functions.has(name));
}

function nearestOwn(line: HeapLine): string[] {
  const own = line.stack.slice(line.siteAt).filter((f) => f.origin === 'own');
  return [...new Set(own.map((f) => f.function))].slice(0, 2);
}

/**
 * A growing slice is one object that gets larger; many small ones are copies made by append, which
 * something else keeps.
 */
function containerAt(cpu: CpuUse | undefined, line: HeapLine): Container | undefined {
  const grown = cpu?.containers.get(line.site);
  if (grown?.has('map') === true) return 'map';
  return grown?.has('slice') === true && sizeOf(line) >= HEAP_LEAK.largeObject
    ? 'slice'
    : undefined;
}

function places(line: HeapLine, keeper: Keeper | undefined): Place[] {
  const found = placesFrom(line.stack, line.siteAt);
  if (keeper === undefined || keeper.site === line.site) return found;
  const first = found[0];
  return first === undefined ? found : [first, placeOf(keeper.site), ...found.slice(1, 2)];
}

function fixText(keeper: Keeper | undefined, line: HeapLine): string {
  if (keeper !== undefined) {
    return `The ${keeper.container} that ${at(keeper.site)} fills only grows: bound it (an LRU, a ring), delete entries when they are done with, or let them expire.`;
  }
  const kept =
    'Find what keeps the values from this line and bound it: a map or slice that is never shortened, a closure, a timer, a global';
  const large = sizeOf(line) >= HEAP_LEAK.buffer;
  return large
    ? `${kept}; or a small part of each buffer that keeps the whole (keep a copy: bytes.Clone, strings.Clone).`
    : `${kept}.`;
}

/** True for a few large objects, as a slice, buffer or map that grows is. */
function isOneContainer(line: HeapLine): boolean {
  return sizeOf(line) >= HEAP_LEAK.largeObject && (line.objects.at(-1) ?? 0) <= 16;
}

/** Mean bytes of the objects that are in use now. */
function sizeOf(line: HeapLine): number {
  return (line.inuse.at(-1) ?? 0) / Math.max(1, line.objects.at(-1) ?? 1);
}

function confidenceOf(snapshots: HeapSnapshots, leak: Leak): number {
  const { shape, sigma, freed } = leak;
  const steady = 1 - Math.min(1, Math.abs(1 - shape.lateness));
  const long = clamp(shape.seconds / 60, 0.3, 1);
  const sure =
    0.35 + 0.06 * Math.min(5, sigma - 2) + 0.15 * steady + 0.1 * long + 0.1 * (1 - freed);
  return Number(clamp(snapshots.forced ? sure : sure - 0.1, 0.1, 0.95).toFixed(2));
}

function evidenceOf(
  snapshots: HeapSnapshots,
  leak: Leak,
  line: HeapLine,
  what: string,
): Evidence[] {
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
        leak.freed < HEAP_LEAK.nothing
          ? `Nothing that was allocated there in this time has been freed (${at(line.site)} ${what})`
          : `${percent(1 - leak.freed)} of the bytes allocated there in this time are still in use (${at(line.site)} ${what})`,
      value: 1 - leak.freed,
      unit: 'ratio',
      view: { type: 'heap', sampleType: 'alloc_space', focus: exactly(fn), view: 'flame' },
    },
    ...(objects === undefined ? [] : [objects]),
  ];
}

function grownObjects(line: HeapLine, from: number): Evidence | undefined {
  const grown = (line.objects.at(-1) ?? 0) - (line.objects[from] ?? 0);
  if (grown < 1) return undefined;
  const size = grownSince(line, from) / grown;
  return { text: `About ${plural(grown, 'object')} more, of ${bytes(size)} each`, value: grown };
}

function counterEvidenceOf(snapshots: HeapSnapshots, leak: Leak): Evidence[] {
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
  if (leak.freed >= HEAP_LEAK.nothing) {
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
