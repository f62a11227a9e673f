/**
 * CPU by the user's functions and by what they do there: reading the samples for the hotspot rule.
 *
 * A sample counts for a pattern (patterns.ts) at the user's line above the pattern's function. A
 * comparison that computes is told by the shape of the stack: sort, the user's comparison, then a
 * library call that is no comparison. It judges nothing.
 */
import { forEachCpuSample, gcWorkOf } from './cpu.ts';
import { type Frame, siteIndex } from './frames.ts';
import {
  BARRIER,
  COMPARING,
  IN_COMPARISON,
  type Pattern,
  patternsOf,
  SORTING,
} from './patterns.ts';
import type { ObservedWindow } from './window.ts';

export interface Line {
  readonly site: Frame;
  /** The heaviest stack, leaf first, and the line's place in it. */
  stack: readonly Frame[];
  siteAt: number;
  nanos: number;
  heaviest: number;
}

/** One function of the user's, and what it does there. */
export interface Spot {
  readonly pattern: Pattern;
  /** CPU below the function's lines, and its part in collecting what is allocated there. */
  nanos: number;
  garbage: number;
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
export class Tally {
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
    spot = { pattern, nanos: 0, garbage: 0, lines: new Map() };
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
export function topLine(spot: Spot): Line {
  return [...spot.lines.values()].reduce((a, b) => (b.nanos > a.nanos ? b : a));
}

/** Reads all CPU samples of the window. */
export function tallyCpu(window: ObservedWindow): Tally {
  const tally = new Tally();
  forEachCpuSample(window, (stack, nanos) => readSample(tally, stack, nanos));
  return tally;
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
 * The user's line above a library frame, or -1. A direct pattern has the user's code, or more of
 * the same library, right above it.
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

/** The user's line above the pattern's function nearest to the leaf, or -1. */
export function patternSite(stack: readonly Frame[], pattern: Pattern): number {
  if (pattern === IN_COMPARISON) return comparisonSite(stack);
  for (let i = 0; i < stack.length; i++) {
    const frame = stack[i];
    if (frame === undefined || !patternsOf(frame).includes(pattern)) continue;
    const siteAt = siteAbove(stack, i, pattern.direct);
    if (siteAt >= 0) return siteAt;
  }
  return -1;
}

/** The function of a line and the user's function that calls it. */
export function nearestOwn(line: Line): string[] {
  const own = line.stack.slice(line.siteAt).filter((f) => f.origin === 'own');
  return [...new Set(own.map((f) => f.function))].slice(0, 2);
}
