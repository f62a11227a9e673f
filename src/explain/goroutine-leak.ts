/**
 * D9, goroutine-leak: goroutines that wait at one place, more of them in every snapshot.
 *
 * Groups the goroutine profiles by the user's line and the function the goroutine began in; a group
 * must grow steadily (growth.ts) and by more than a varying load would. A pool, however large, does
 * not grow; a burst passes. Goroutines without a line of the user's are the library's: they stay
 * `low`, except for HTTP connections whose response body is neither read nor closed, which have a
 * stack of their own. Cut-offs: docs/diagnoses.md.
 */
import type { Profile } from '../profile/profile.ts';
import type { Draft } from './draft.ts';
import type { Evidence, Finding, Place, Severity } from './finding.ts';
import { evidenceStack, type Frame, placeOf, placesFrom, siteIndex } from './frames.ts';
import { arrows, GROWTH, type GrowthShape, growingParts } from './growth.ts';
import type { Capture } from './observation.ts';
import { residualNoise } from './statistics.ts';
import { WAIT_TEXT, type WaitKind, waitOf } from './waits.ts';
import {
  capturesOf,
  growthBySite,
  heapCaptures,
  instantOf,
  type ObservedWindow,
  toSeconds,
} from './window.ts';
import { at, clamp, count, digits, exactly, percent, plural, shortName } from './wording.ts';

export const GOROUTINE_LEAK = {
  /** Goroutines more at the end of the part. */
  growth: { low: 5, medium: 10, high: 40 },
  /** Growth over the square root of the count: a load of that size varies by as much. */
  sigma: 3,
  /** Or, if not one step falls: growth over the median distance from a straight line. */
  straight: 5,
  /** Goroutines a second from which on it is high, if the growth is at least half of high's. */
  rate: 1,
} as const;

/** A client connection whose response has not been read to its end: no read is pending. */
const UNREAD_BODY = /^net\/http\.\(\*persistConn\)\.readLoop$/;

interface Group {
  readonly counts: Float64Array;
  readonly stack: readonly Frame[];
  /** Index of the user's line, or of the library's outermost; -1 = runtime only. */
  readonly siteAt: number;
  readonly wait: WaitKind;
}

interface Leak {
  readonly group: Group;
  readonly shape: GrowthShape;
  /** How far the growth is above what a varying load explains, in its own measure; ≥ 1. */
  readonly strength: number;
}

export function findGoroutineLeaks(window: ObservedWindow): Draft[] {
  const captures = capturesOf(window, 'goroutine');
  if (captures.length < GROWTH.snapshots) return [];
  const start = captures[0] === undefined ? 0n : instantOf(captures[0]);
  const times = captures.map((c) => toSeconds(instantOf(c) - start));
  const groups = readGroups(window, captures);
  const total = times.map((_, i) => groups.reduce((sum, g) => sum + (g.counts[i] ?? 0), 0));
  const leaks = groups.flatMap((group) => {
    const leak = judge(times, group);
    return leak === undefined ? [] : [leak];
  });
  leaks.sort((a, b) => b.shape.growth - a.shape.growth);
  return leaks.slice(0, 4).map((leak) => draft(window, leak, total, captures));
}

function readGroups(window: ObservedWindow, captures: readonly Capture[]): Group[] {
  const groups = new Map<string, Group>();
  captures.forEach(({ profile }, index) => {
    window.book.framesOf(profile).forEachSample([0], (stack, values) => {
      const siteAt = waitSite(stack);
      const site = stack[siteAt] ?? stack[0];
      const root = rootOf(stack);
      const wait = waitOf(stack);
      const key = `${site?.function}:${site?.file}:${site?.line}\0${root?.function}\0${wait}`;
      let group = groups.get(key);
      if (group === undefined) {
        const counts = new Float64Array(captures.length);
        group = { counts, stack: [...stack], siteAt, wait };
        groups.set(key, group);
      }
      group.counts[index] = (group.counts[index] ?? 0) + (values[0] ?? 0);
    });
  });
  return [...groups.values()];
}

/** Index of the user's line; without one, of the library function that the goroutine began in. */
function waitSite(stack: readonly Frame[]): number {
  const siteAt = siteIndex(stack);
  const origin = stack[siteAt]?.origin;
  if (origin === 'own' || origin === 'dependency') return siteAt;
  return stack.findLastIndex((f) => f.origin === 'standard');
}

/** The function that the goroutine began in. */
function rootOf(stack: readonly Frame[]): Frame | undefined {
  return stack.findLast((f) => f.function !== 'runtime.goexit');
}

function judge(times: readonly number[], group: Group): Leak | undefined {
  const counts = [...group.counts];
  let best: Leak | undefined;
  for (const shape of growingParts(times, counts)) {
    if (shape.growth < GOROUTINE_LEAK.growth.low) continue;
    const strength = strengthOf(times, counts, shape);
    if (strength >= 1 && strength > (best?.strength ?? 0)) best = { group, shape, strength };
  }
  return best;
}

function strengthOf(
  times: readonly number[],
  counts: readonly number[],
  shape: GrowthShape,
): number {
  const most = Math.max(...counts.slice(shape.from));
  const random = shape.growth / (GOROUTINE_LEAK.sigma * Math.sqrt(most));
  if (shape.rising < shape.snapshots - 1) return random;
  const noise = residualNoise(times.slice(shape.from), counts.slice(shape.from));
  return Math.max(random, shape.growth / (GOROUTINE_LEAK.straight * Math.max(1, noise)));
}

function severityOf(leak: Leak): Severity {
  const { group, shape } = leak;
  const origin = group.stack[group.siteAt]?.origin;
  const users = origin === 'own' || origin === 'dependency' || isUnreadBody(group);
  const { growth, rate } = GOROUTINE_LEAK;
  if (!users || shape.growth < growth.medium) return 'low';
  // Requests that queue up for I/O or a lock may only be slow.
  if (group.wait === 'io' || group.wait === 'lock' || group.wait === 'running') return 'medium';
  const fast = shape.slope >= rate && shape.growth >= growth.high / 2;
  return shape.growth >= growth.high || fast ? 'high' : 'medium';
}

function isUnreadBody(group: Group): boolean {
  return group.wait === 'select' && UNREAD_BODY.test(rootOf(group.stack)?.function ?? '');
}

function draft(
  window: ObservedWindow,
  leak: Leak,
  total: readonly number[],
  captures: readonly Capture[],
): Draft {
  const { group, shape } = leak;
  const body = isUnreadBody(group) ? clientCall(window) : undefined;
  const where = body?.where ?? places(group, captures.at(-1)?.profile);
  const place = where[0];
  const perMinute = `${count(shape.slope * 60)} a minute`;
  const what = isUnreadBody(group)
    ? 'hold a connection whose response body was neither read to its end nor closed'
    : WAIT_TEXT[group.wait].what;
  const finding: Finding = {
    kind: 'goroutine-leak',
    title: `${perMinute} more goroutines ${what}${place === undefined ? '' : `, at ${at(place)}`}`,
    severity: severityOf(leak),
    confidence: confidenceOf(leak, body?.share),
    where,
    evidence: [...evidenceOf(leak, total), ...(body?.evidence ?? [])],
    counterEvidence: counterEvidenceOf(leak, body !== undefined),
    impact: `${perMinute} (${count(shape.slope * 86_400)} a day), each with its stack of at least 2 kB and all that it refers to; ${count(group.counts.at(-1) ?? 0)} wait there now`,
    next: 'Take goroutine?debug=2 twice, a few minutes apart: the same goroutine ids with a growing wait time prove it, and “created by” names the go statement.',
    fix: isUnreadBody(group)
      ? 'Close every response body on every path (defer response.Body.Close()), and read it to its end so that the connection can be used again.'
      : WAIT_TEXT[group.wait].fix,
  };
  const functions = new Set(group.stack.filter((f) => f.origin === 'own').map((f) => f.function));
  for (const found of where) functions.add(found.function);
  const share = shape.growth / Math.max(1, total.at(-1) ?? 1);
  return { finding, score: clamp(0.45 + 0.55 * share, 0, 1), functions };
}

/** The line that waits, then the function with the go statement where the name of a closure tells it. */
function places(group: Group, profile: Profile | undefined): Place[] {
  const { stack, siteAt } = group;
  const root = rootOf(stack);
  if (siteAt < 0) return root === undefined ? [] : [placeOf(root)];
  const found = placesFrom(stack, siteAt, 2);
  const creator = root === undefined ? undefined : creatorOf(root, profile);
  if (creator !== undefined && !found.some((p) => p.function === creator.function)) {
    found.splice(1, 0, creator);
  }
  return found;
}

/** `main.first` of `main.first.func1` or `main.first.gowrap1`, at the line where the closure begins. */
function creatorOf(root: Frame, profile: Profile | undefined): Place | undefined {
  const name = root.function.replace(/(\.(func|gowrap|deferwrap)?\d+|-range\d+)+$/, '');
  if (name === root.function || root.origin !== 'own') return undefined;
  return { function: name, file: root.file, line: startLineOf(profile, root.function) };
}

function startLineOf(profile: Profile | undefined, fn: string): number {
  if (profile === undefined) return 0;
  const { functions, strings } = profile;
  for (let i = 0; i < functions.length; i++) {
    if (strings[functions.name[i] ?? 0] === fn) return functions.startLine[i] ?? 0;
  }
  return 0;
}

interface ClientCall {
  readonly where: Place[];
  /** Share of the client's allocations that this line makes. */
  readonly share: number;
  readonly evidence: Evidence[];
}

/** The user's line that makes HTTP calls, by what the client allocates for each. */
function clientCall(window: ObservedWindow): ClientCall | undefined {
  const heap = heapCaptures(window, 'alloc_space');
  const inWindow = callers(window, heap);
  const growth = inWindow?.rows.length ? inWindow : callers(window, heap.slice(-1));
  const top = growth?.rows[0];
  if (growth === undefined || top === undefined) return undefined;
  const share = (top.values[0] ?? 0) / Math.max(1, growth.totals[0] ?? 1);
  const text = `The connections’ stacks do not name the caller; ${percent(share)} of what net/http’s client allocates is for calls from ${at(top.site)}`;
  return {
    where: placesFrom(top.stack, top.siteAt),
    share,
    evidence: [
      {
        text,
        value: share,
        unit: 'ratio',
        stack: evidenceStack(top.stack),
        view: { type: 'heap', sampleType: 'alloc_space', focus: 'net/http\\.\\(\\*Client\\)' },
      },
    ],
  };
}

function callers(window: ObservedWindow, heap: readonly Capture[]) {
  return growthBySite(window.book, heap, ['alloc_space'], (stack) => {
    const client = stack.findLastIndex((f) => /^net\/http\.\(\*Client\)\./.test(f.function));
    if (client < 0) return -1;
    return stack.findIndex((f, i) => i > client && f.origin === 'own');
  });
}

function confidenceOf(leak: Leak, callerShare: number | undefined): number {
  const { shape, group } = leak;
  const steady = 1 - Math.min(1, Math.abs(1 - shape.lateness));
  let sure = 0.5 + 0.15 * steady + 0.1 * Math.min(3, leak.strength - 1);
  if (group.wait === 'io' || group.wait === 'running' || group.wait === 'lock') sure -= 0.2;
  if (callerShare !== undefined) sure *= 0.6 + 0.4 * callerShare;
  return Number(clamp(sure, 0.1, 0.95).toFixed(2));
}

function evidenceOf(leak: Leak, total: readonly number[]): Evidence[] {
  const { group, shape } = leak;
  const part = [...group.counts].slice(shape.from);
  const root = rootOf(group.stack);
  const site = group.stack[group.siteAt] ?? root;
  const began = root === undefined ? '' : `, which began in ${shortName(root.function)}`;
  return [
    {
      text: `Goroutines there: ${arrows(part, count)} in ${plural(part.length, 'snapshot')} over ${digits(shape.seconds)} s${began}`,
      value: shape.slope,
      unit: 'goroutines/s',
      stack: evidenceStack(group.stack),
      view: {
        type: 'goroutine',
        view: 'timeline',
        ...(site === undefined ? {} : { focus: exactly(site.function) }),
      },
    },
    {
      text: `All goroutines went from ${count(total[shape.from] ?? 0)} to ${count(total.at(-1) ?? 0)} in the same time`,
      value: total.at(-1) ?? 0,
      unit: 'goroutines',
    },
  ];
}

function counterEvidenceOf(leak: Leak, inferred: boolean): Evidence[] {
  const { group, shape } = leak;
  const against: Evidence[] = [];
  if (shape.falling > 0) {
    against.push({ text: `In ${shape.falling} of ${shape.snapshots - 1} steps there were fewer` });
  }
  if (shape.lateness < 0.75) {
    against.push({
      text: `The growth slows down: the later half has ${percent(shape.lateness)} of the slope`,
      value: shape.lateness,
      unit: 'ratio',
    });
  }
  if (group.wait === 'io' || group.wait === 'running') {
    against.push({
      text: 'A rising load or a slow peer would show the same, until it is over',
    });
  }
  if (group.wait === 'lock') {
    against.push({ text: 'A contended lock makes requests queue without leaking them' });
  }
  if (inferred) {
    against.push({
      text: 'The calling line is inferred from allocations, not from the goroutines',
    });
  }
  if (shape.seconds < 120) {
    against.push({
      text: `A pool or a number of clients that is still growing looks the same within ${digits(shape.seconds)} s`,
    });
  }
  return against;
}
