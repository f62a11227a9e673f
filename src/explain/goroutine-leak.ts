/**
 * D9, goroutine-leak: goroutines that wait at one place, more of them in every snapshot.
 *
 * Groups the goroutine profiles by the user's line and the function the goroutine began in; a group
 * must grow steadily (growth.ts) and by more than a varying load would. A pool, however large, does
 * not grow; a burst passes. Goroutines without a line of the user's are the library's: they stay
 * `low`, except for HTTP connections whose response body is neither read nor closed, which have a
 * stack of their own. Cut-offs: docs/diagnoses.md.
 */
import type { Draft } from './draft.ts';
import type { Evidence, Finding, Place, Severity } from './finding.ts';
import { evidenceStack, placesFrom } from './frames.ts';
import { type GoroutineGroup, groupPlaces, readGroups, rootOf } from './goroutine-groups.ts';
import { arrows, GROWTH, type GrowthShape, growingParts } from './growth.ts';
import { findLeakedByRuntime, type LeakProof } from './leak-profile.ts';
import type { Capture } from './observation.ts';
import { residualNoise, theilSen } from './statistics.ts';
import { WAIT_TEXT } from './waits.ts';
import {
  capturesOf,
  type Growth,
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
  /** Growth of all goroutines over that of the group, below which they only moved there. */
  moved: 0.5,
  /** What a part of the window must be surer by: the best of several is above noise by chance. */
  partFactor: 1.25,
  /** Goroutines a second from which on it is high, if the growth is at least half of high's. */
  rate: 1,
} as const;

/** A client connection whose response has not been read to its end: no read is pending. */
const UNREAD_BODY = /^net\/http\.\(\*persistConn\)\.readLoop$/;

interface Leak {
  readonly group: GoroutineGroup;
  readonly shape: GrowthShape;
  /** How far the growth is above what a varying load explains, in its own measure; ≥ 1. */
  readonly strength: number;
  /** True when all goroutines together hardly became more: these came from another line. */
  readonly isMoved: boolean;
}

export function findGoroutineLeaks(window: ObservedWindow): Draft[] {
  const proofs = findLeakedByRuntime(window);
  const grown = findGrowing(window, proofs);
  return [...grown, ...[...proofs.values()].map((proof) => proof.draft)];
}

/** Groups that grow; takes those out of `proofs` that it tells with them. */
function findGrowing(window: ObservedWindow, proofs: Map<string, LeakProof>): Draft[] {
  const captures = capturesOf(window, 'goroutine');
  if (captures.length < GROWTH.snapshots) return [];
  const start = captures[0] === undefined ? 0n : instantOf(captures[0]);
  const times = captures.map((c) => toSeconds(instantOf(c) - start));
  const groups = readGroups(window, captures);
  const total = times.map((_, i) => groups.reduce((sum, g) => sum + (g.counts[i] ?? 0), 0));
  const leaks = groups.flatMap((group) => {
    const leak = judge(times, group, total);
    return leak === undefined ? [] : [leak];
  });
  leaks.sort((a, b) => b.shape.growth - a.shape.growth);
  return leaks.slice(0, 4).map((leak) => {
    const growing = draft(window, leak, total, captures);
    const proof = proofs.get(leak.group.key);
    if (proof === undefined) return growing;
    proofs.delete(leak.group.key);
    return proven(growing, proof);
  });
}

function proven(growing: Draft, proof: LeakProof): Draft {
  const { finding } = growing;
  const evidence = [...finding.evidence, ...proof.draft.finding.evidence];
  return { ...growing, finding: { ...finding, confidence: 0.98, evidence } };
}

function judge(
  times: readonly number[],
  group: GoroutineGroup,
  total: readonly number[],
): Leak | undefined {
  const counts = [...group.counts];
  let best: Leak | undefined;
  for (const shape of growingParts(times, counts)) {
    if (shape.growth < GOROUTINE_LEAK.growth.low) continue;
    const part = shape.from === 0 ? 1 : GOROUTINE_LEAK.partFactor;
    const strength = strengthOf(times, counts, shape) / part;
    if (strength < 1 || strength <= (best?.strength ?? 0)) continue;
    const whole = theilSen(times.slice(shape.from), total.slice(shape.from)) * shape.seconds;
    best = { group, shape, strength, isMoved: whole < GOROUTINE_LEAK.moved * shape.growth };
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
  if (!users || leak.isMoved || shape.growth < growth.medium) return 'low';
  // Requests that queue up for I/O or a lock may only be slow.
  if (group.wait === 'io' || group.wait === 'lock' || group.wait === 'running') return 'medium';
  const fast = shape.slope >= rate && shape.growth >= growth.high / 2;
  return shape.growth >= growth.high || fast ? 'high' : 'medium';
}

function isUnreadBody(group: GoroutineGroup): boolean {
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
  const where = body?.where ?? groupPlaces(group, captures.at(-1)?.profile);
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

interface ClientCall {
  readonly where: Place[];
  /** Share of the client's allocations that this line makes. */
  readonly share: number;
  readonly evidence: Evidence[];
}

/** What names the callers of net/http's client, the surest first: heap samples can be too few. */
const CALL_SOURCES = [
  { type: 'heap', column: 'alloc_space', what: 'of what net/http’s client allocates is' },
  { type: 'block', column: 'delay', what: 'of the waiting in net/http’s client is' },
  { type: 'cpu', column: 'cpu', what: 'of the CPU time in net/http’s client is' },
  {
    type: 'goroutine',
    column: 'goroutine',
    what: 'of the goroutines seen in net/http’s client are',
  },
] as const;

/** The user's line that makes HTTP calls, by what the client does for each. */
function clientCall(window: ObservedWindow): ClientCall | undefined {
  for (const { type, column, what } of CALL_SOURCES) {
    const growth = clientGrowth(window, type, column);
    const top = growth?.rows[0];
    if (growth === undefined || top === undefined) continue;
    const share = (top.values[0] ?? 0) / Math.max(1, growth.totals[0] ?? 1);
    return {
      where: placesFrom(top.stack, top.siteAt),
      share,
      evidence: [
        {
          text: `The connections’ stacks do not name the caller; ${percent(share)} ${what} for calls from ${at(top.site)}`,
          value: share,
          unit: 'ratio',
          stack: evidenceStack(top.stack),
          view: { type, sampleType: column, focus: 'net/http\\.\\(\\*Client\\)' },
        },
      ],
    };
  }
  return undefined;
}

/** By caller: in this window, or since the process started when nothing was sampled in it. */
function clientGrowth(window: ObservedWindow, type: string, column: string): Growth | undefined {
  if (type === 'cpu' || type === 'goroutine') {
    return callers(
      window,
      capturesOf(window, type).map((capture) => ({ ...capture, delta: true })),
      column,
    );
  }
  const captures = type === 'heap' ? heapCaptures(window, column) : capturesOf(window, type);
  const inWindow = callers(window, captures, column);
  return inWindow?.rows.length ? inWindow : callers(window, captures.slice(-1), column);
}

function callers(window: ObservedWindow, captures: readonly Capture[], column: string) {
  return growthBySite(window.book, captures, [column], (stack) => {
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
  if (leak.isMoved) {
    against.push({
      text: 'All goroutines together did not become more: these were elsewhere before',
    });
  }
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
      text: 'The calling line is inferred from what the client does, not from the goroutines',
    });
  }
  if (shape.seconds < 120) {
    against.push({
      text: `A pool or a number of clients that is still growing looks the same within ${digits(shape.seconds)} s`,
    });
  }
  return against;
}
