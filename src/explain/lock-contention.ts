/**
 * D4, lock-contention: who holds the lock that others wait for, and what is done under it.
 *
 * Three instruments, each with its own blind spot. The mutex profile charges the delay of all
 * waiters to the Unlock that ended it: it names the holder. The block profile names the waiters;
 * its raw sum says nothing (200 idle workers record 1,200 s), so only stacks inside Lock are read.
 * Goroutine snapshots need no rate to be set: by Little's law the mean number of goroutines inside
 * Lock is the waiting time per second, and who is past the Lock in the same moments is the holder.
 * `/sync/mutex/wait/total` gates where the agent gives it. Cut-offs: docs/diagnoses.md.
 */
import type { Draft } from './draft.ts';
import type { Evidence, Finding, Place, Severity } from './finding.ts';
import { evidenceStack, type Frame, placeOf } from './frames.ts';
import { type Holders, type HoldingLine, readLockSnapshots } from './lock-snapshots.ts';
import { type WaitKind, waitOf } from './waits.ts';
import {
  capturesOf,
  type Growth,
  type GrowthRow,
  growthBySite,
  metricGrowth,
  type ObservedWindow,
} from './window.ts';
import { at, clamp, count, digits, duration, exactly, ownerOf, shortName } from './wording.ts';

/**
 * Seconds that goroutines wait for locks, per second. Measured: contended 4 to 7, healthy ≤ 0.03.
 */
export const LOCK_CONTENTION = {
  rate: { high: 1, medium: 0.3, low: 0.1 },
  /**
   * Waits shorter than this, in seconds, may be a holder that lost its processor: they need more.
   */
  short: 1e-3,
  shortRate: { high: 4, medium: 1, low: 0.1 },
  /**
   * Mean goroutines inside Lock that snapshots alone must show: they are few, and chance is not.
   */
  snapshots: { high: 3, medium: 1, low: 0.5 },
  /** Share of the snapshots in which somebody must wait, when they are all there is. */
  presence: 0.35,
} as const;

/** What a holder does that ends by itself; waiting for others may not. */
const WORKING: ReadonlySet<WaitKind> = new Set<WaitKind>(['sleep', 'io', 'running']);

interface Contention {
  /** Waiting seconds per second. */
  readonly rate: number;
  /** Undefined when only snapshots show it. */
  readonly holder: GrowthRow | undefined;
  readonly contentions: number;
  readonly seconds: number;
  readonly waiters: readonly GrowthRow[];
  readonly holders: Holders;
}

export function findLockContention(window: ObservedWindow): Draft[] {
  const total = metricGrowth(window, '/sync/mutex/wait/total:seconds');
  const measured = total === undefined ? undefined : total.value / total.seconds;
  if (measured !== undefined && measured < LOCK_CONTENTION.rate.low) return [];
  const unlocks = unlockGrowth(window);
  const locks = lockGrowth(window);
  const snapshots = readLockSnapshots(
    window,
    (locks?.rows ?? []).map((row) => row.site),
  );
  const profiled = (unlocks?.rows.length ?? 0) > 0 && (unlocks?.seconds ?? 0) > 0;
  const found = profiled
    ? fromProfile(unlocks, locks, snapshots)
    : fromSnapshots(locks, snapshots, measured);
  return found.flatMap((contention) => {
    const severity = severityOf(contention, measured);
    return severity === undefined ? [] : [draft(contention, severity, measured)];
  });
}

/** Index of the line that calls into sync; -1 for runtime-internal locks and the library's own. */
function lockSite(stack: readonly Frame[]): number {
  const lock = stack.findLastIndex((f) =>
    /^(internal\/)?sync\.\(\*(RW)?Mutex\)\./.test(f.function),
  );
  if (lock < 0) return -1;
  const user = stack.findIndex(
    (f, i) => i > lock && (f.origin === 'own' || f.origin === 'dependency'),
  );
  return user;
}

function unlockGrowth(window: ObservedWindow): Growth | undefined {
  return growthBySite(window.book, capturesOf(window, 'mutex'), ['delay', 'contentions'], lockSite);
}

function lockGrowth(window: ObservedWindow): Growth | undefined {
  return growthBySite(
    window.book,
    capturesOf(window, 'block'),
    ['delay', 'contentions'],
    (stack) => (waitOf(stack) === 'lock' ? lockSite(stack) : -1),
  );
}

/** One contention for each owner of a lock, by the mutex profile. */
function fromProfile(
  unlocks: Growth | undefined,
  locks: Growth | undefined,
  snapshots: ReadonlyMap<string, Holders>,
): Contention[] {
  const seconds = unlocks?.seconds ?? 0;
  const byOwner = Map.groupBy(unlocks?.rows ?? [], (row) => ownerOf(row.site.function));
  const found: Contention[] = [];
  for (const [owner, rows] of byOwner) {
    const holder = heaviestFunction(rows)[0];
    const waiters = waitersOf(locks, owner);
    found.push({
      rate: sumOf(rows, 0) / 1e9 / seconds,
      holder,
      contentions: sumOf(rows, 1),
      seconds,
      waiters,
      holders: snapshots.get(owner) ?? NO_HOLDERS,
    });
  }
  return found.sort((a, b) => b.rate - a.rate).slice(0, 2);
}

function sumOf(rows: readonly GrowthRow[], column: number): number {
  return rows.reduce((sum, row) => sum + (row.values[column] ?? 0), 0);
}

/** The rows of the function whose unlocking ended most of the waiting, the heaviest line first. */
function heaviestFunction(rows: readonly GrowthRow[]): readonly GrowthRow[] {
  const byFunction = [...Map.groupBy(rows, (row) => row.site.function).values()];
  return byFunction.reduce((a, b) => (sumOf(b, 0) > sumOf(a, 0) ? b : a), []);
}

const NO_HOLDERS: Holders = {
  meanWaiting: 0,
  presence: 0,
  snapshots: 0,
  waiting: [],
  holding: [],
  confirmed: false,
};

/**
 * Rows of the block profile that wait in methods of the same type (or functions of the package);
 * those that hardly wait are left out.
 */
function waitersOf(locks: Growth | undefined, owner: string): GrowthRow[] {
  const rows = (locks?.rows ?? []).filter((row) => ownerOf(row.site.function) === owner);
  const most = rows[0]?.values[0] ?? 0;
  return rows.filter((row) => (row.values[0] ?? 0) >= 0.01 * most);
}

/** Without a mutex profile: owners whose Lock has goroutines inside it, snapshot after snapshot. */
function fromSnapshots(
  locks: Growth | undefined,
  snapshots: ReadonlyMap<string, Holders>,
  measured: number | undefined,
): Contention[] {
  const found: Contention[] = [];
  for (const [owner, holders] of snapshots) {
    if (holders.snapshots < 5 && measured === undefined) continue;
    const waiters = waitersOf(locks, owner);
    const blocked = sumOf(waiters, 0) / 1e9;
    const seconds = locks?.seconds ?? 0;
    const rate = blocked > 0 && seconds > 0 ? blocked / seconds : holders.meanWaiting;
    found.push({
      rate,
      holder: undefined,
      contentions: sumOf(waiters, 1),
      seconds,
      waiters,
      holders,
    });
  }
  return found.sort((a, b) => b.rate - a.rate).slice(0, 2);
}

/** Seconds of one wait; 0 when they were not counted. */
function meanWait({ rate, seconds, contentions }: Contention): number {
  return contentions > 0 ? (rate * seconds) / contentions : 0;
}

function severityOf(contention: Contention, measured: number | undefined): Severity | undefined {
  const { rate, holder, waiters, holders } = contention;
  const sampled = holder === undefined && waiters.length === 0;
  if (sampled && measured === undefined && holders.presence < LOCK_CONTENTION.presence) {
    return undefined;
  }
  const mean = meanWait(contention);
  const short = mean > 0 && mean < LOCK_CONTENTION.short;
  const rates = short ? LOCK_CONTENTION.shortRate : LOCK_CONTENTION.rate;
  const cuts = sampled ? LOCK_CONTENTION.snapshots : rates;
  // The metric counts all locks: one of them cannot have waited for longer.
  const real = measured === undefined ? rate : Math.min(rate, measured);
  for (const severity of ['high', 'medium', 'low'] as const) {
    if (real >= cuts[severity]) return severity;
  }
  return undefined;
}

function draft(contention: Contention, severity: Severity, measured: number | undefined): Draft {
  const { rate, holder } = contention;
  const where = places(contention);
  const slow = contention.holders.holding[0];
  const mean = meanWait(contention);
  const place = where[0];
  const doing = slow === undefined ? '' : ` while it ${slow.doing}`;
  const finding: Finding = {
    kind: 'lock-contention',
    title: `${digits(rate)} goroutines on average wait for a lock that ${place === undefined ? 'is held too long' : `${at(place)} holds${doing}`}`,
    severity,
    confidence: confidenceOf(contention, measured),
    where,
    evidence: evidenceOf(contention, measured, mean),
    counterEvidence: counterEvidenceOf(contention, measured, mean),
    impact: `${duration(rate)} of waiting in every second${mean > 0 ? `, ${duration(mean)} for each wait` : ''}`,
    next:
      holder === undefined
        ? 'Switch the mutex profile on (runtime.SetMutexProfileFraction(10)): it names the Unlock that ends each wait.'
        : 'Take an execution trace of one second: its unblock edges show which goroutine let which one go.',
    fix:
      slow === undefined
        ? 'Shorten what is done between Lock and Unlock, or split the lock (shards, one per key, sync.RWMutex where most only read).'
        : `Do not ${slow.fixVerb} under the lock: copy what is needed, unlock, and lock again for the result; or give each key its own lock.`,
  };
  const functions = new Set<string>(where.map((p) => p.function));
  for (const row of contention.waiters) functions.add(row.site.function);
  for (const line of contention.holders.waiting) functions.add(line.site.function);
  const progress = holder !== undefined || (slow !== undefined && WORKING.has(slow.wait));
  return { finding, score: clamp(0.4 + 0.1 * rate, 0, 1), functions, progress };
}

/**
 * The holder's line first: the Unlock as the mutex profile has it, but for a deferred one, whose
 * line is not where the time goes, the call that is made under the lock. Then that call, then the
 * waiters.
 */
function places(contention: Contention): Place[] {
  const { holder, holders, waiters } = contention;
  const slow = holders.holding[0]?.site;
  const unlock = holder === undefined ? undefined : unlockLine(holder);
  const found: Place[] = [];
  const add = (frame: Frame | Place | undefined) => {
    if (frame === undefined) return;
    const { function: fn, file, line } = frame;
    if (found.some((p) => p.function === fn && p.line === line)) return;
    found.push({ function: fn, file, line });
  };
  if (unlock?.deferred === true && slow !== undefined && slow.function === unlock.place.function) {
    add(slow);
  }
  add(unlock?.place);
  add(slow);
  for (const waiter of waiters.slice(0, 2)) add(waiter.site);
  for (const line of holders.waiting.slice(0, 2)) add(line.site);
  add(holders.holding[0] === undefined ? undefined : deepest(holders.holding[0]));
  return found.slice(0, 5);
}

/** The user's line nearest to what the holder does, when the lock is taken on its behalf. */
function deepest(slow: HoldingLine): Frame | undefined {
  const own = slow.stack.find((f) => f.origin === 'own');
  return own?.package === slow.site.package ? own : undefined;
}

/** The Unlock's line; of a deferred Unlock the defer statement, not the return that runs it. */
function unlockLine(holder: GrowthRow): { place: Place; deferred: boolean } {
  const wrapper = holder.stack.findLast(
    (f, i) => i < holder.siteAt && /\.deferwrap\d+$/.test(f.function),
  );
  if (wrapper === undefined) return { place: placeOf(holder.site), deferred: false };
  const { function: fn, file } = holder.site;
  return { place: { function: fn, file, line: wrapper.line }, deferred: true };
}

function confidenceOf(contention: Contention, measured: number | undefined): number {
  const { holder, holders, waiters } = contention;
  let sure = holder === undefined ? 0.4 : 0.7;
  if (waiters.length > 0) sure += 0.1;
  if (holders.confirmed) sure += 0.1;
  if (measured !== undefined) sure += 0.05;
  if (holder === undefined && holders.meanWaiting > 2) sure += 0.1;
  return Number(clamp(sure, 0.1, 0.95).toFixed(2));
}

function evidenceOf(
  contention: Contention,
  measured: number | undefined,
  mean: number,
): Evidence[] {
  const { holder, holders, waiters, rate, contentions, seconds } = contention;
  const evidence: Evidence[] = [];
  if (holder !== undefined) {
    evidence.push({
      text: `Mutex profile: unlocking in ${shortName(holder.site.function)} ended ${count(contentions)} waits of ${duration(mean)} on average, ${duration(rate * seconds)} in ${digits(seconds)} s`,
      value: rate,
      unit: 's/s',
      stack: evidenceStack(holder.stack),
      view: { type: 'mutex', sampleType: 'delay', focus: exactly(holder.site.function) },
    });
  }
  for (const slow of holders.holding.slice(0, 2)) {
    evidence.push({
      text: `Past the lock in ${slow.seen} of ${holders.snapshots} goroutine snapshots: ${at(slow.site)} ${slow.doing}`,
      value: slow.seen,
      stack: evidenceStack(slow.stack),
      view: { type: 'goroutine', focus: exactly(slow.site.function), view: 'table' },
    });
  }
  for (const waiter of waiters.slice(0, 2)) {
    const waited = (waiter.values[0] ?? 0) / 1e9;
    evidence.push({
      text: `Block profile: ${at(waiter.site)} waited ${duration(waited)} in ${count(waiter.values[1] ?? 0)} waits`,
      value: waited,
      unit: 's',
      stack: evidenceStack(waiter.stack),
      view: { type: 'block', sampleType: 'delay', focus: exactly(waiter.site.function) },
    });
  }
  if (holders.meanWaiting > 0) {
    const names = holders.waiting.slice(0, 2).map((line) => at(line.site));
    evidence.push({
      text: `Goroutine snapshots: ${digits(holders.meanWaiting)} wait inside Lock on average, at ${names.join(' and ')}`,
      value: holders.meanWaiting,
      unit: 'goroutines',
      view: { type: 'goroutine', focus: 'sync\\.\\(\\*(RW)?Mutex\\)', view: 'table' },
    });
  }
  if (measured !== undefined) {
    evidence.push({
      text: `/sync/mutex/wait/total grew by ${duration(measured)} a second`,
      value: measured,
      unit: 's/s',
    });
  }
  return evidence;
}

function counterEvidenceOf(
  contention: Contention,
  measured: number | undefined,
  mean: number,
): Evidence[] {
  const { holder, holders, rate } = contention;
  const against: Evidence[] = [];
  if (holder === undefined) {
    against.push({
      text: 'The mutex profile is empty: the holder is inferred from who is past the lock in the same moments',
    });
  } else {
    against.push({
      text: 'Aggregated profiles do not name the lock itself: waiters are joined to the holder by type',
    });
  }
  if (holder === undefined && holders.holding.length > 0 && !holders.confirmed) {
    against.push({ text: 'The function that likely holds it has not been seen to take it' });
  }
  if (measured !== undefined && rate > 1.5 * measured) {
    against.push({
      text: `The runtime counts only ${duration(measured)} of waiting a second for all locks`,
      value: measured,
      unit: 's/s',
    });
  }
  if (mean > 0 && mean < LOCK_CONTENTION.short) {
    against.push({
      text: `The waits are short (${duration(mean)}): a busy machine that takes the CPU from the holder would do the same`,
      value: mean,
      unit: 's',
    });
  }
  return against;
}
