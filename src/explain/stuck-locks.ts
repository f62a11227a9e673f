/**
 * Locks that are never handed over: by whom they are held, if anybody is seen, and what for.
 *
 * A contended lock goes from hand to hand: between two dumps somebody who waited has got it. A lock
 * for which everybody waits who did before has not moved; with one dump only the minutes tell.
 */
import type { WaitedFor } from '../goroutines/holders.ts';
import { resourcesOf } from '../goroutines/waits.ts';
import type { Draft } from './draft.ts';
import type { Evidence, Severity } from './finding.ts';
import type { ObservedDump } from './observation.ts';
import type { Standing, Standstill } from './standstill.ts';
import { isPassed, siteOf } from './standstill.ts';
import {
  forLong,
  longestOf,
  named,
  oneDump,
  STUCK,
  severityFor,
  stackEvidence,
  stuckDraft,
} from './stuck-draft.ts';
import { WAIT_TEXT, waitOf, waitOfState } from './waits.ts';
import { at, plural } from './wording.ts';

/** Those with the most waiters come first. */
const MOST = 3;

export function findHeldLocks(standstill: Standstill, told: Set<number>): Draft[] {
  const drafts: Draft[] = [];
  followHolders(standstill, told);
  for (const resource of standstill.graph.resources) {
    if (drafts.length === MOST) break;
    if (resource.kind !== 'mutex' && resource.kind !== 'rwmutex') continue;
    if (resource.waiters.some(({ row }) => told.has(row))) continue;
    const waiters = resource.waiters.flatMap(({ row }) => standstill.goroutines.get(row) ?? []);
    if (!isHeld(standstill, resource, waiters)) continue;
    const draft = lockDraft(standstill, resource, waiters);
    if (draft === undefined) continue;
    drafts.push(draft);
    for (const { row } of waiters) told.add(row);
    const holder = holderOf(standstill, resource);
    if (holder !== undefined) told.add(holder.row);
    followHolders(standstill, told);
  }
  return drafts;
}

/** Who waits for a lock of somebody who is stuck is told with them. */
function followHolders(standstill: Standstill, told: Set<number>): void {
  for (let before = -1; before !== told.size; ) {
    before = told.size;
    for (const resource of standstill.graph.resources) {
      if (resource.kind !== 'mutex' && resource.kind !== 'rwmutex') continue;
      const holder = holderOf(standstill, resource);
      if (holder === undefined || !told.has(holder.row)) continue;
      for (const { row } of resource.waiters) told.add(row);
    }
  }
}

function isHeld(
  standstill: Standstill,
  { address }: WaitedFor,
  waiters: readonly Standing[],
): boolean {
  const { dumps, span } = standstill;
  if (dumps.length < 2) return longestOf(waiters) >= STUCK.minutes.medium;
  const still = new Set(waiters.filter(({ isUnmoved }) => isUnmoved).map(({ id }) => id));
  if (still.size === 0 || isPassed(standstill, waiters)) return false;
  const isHandedOver = dumps.slice(0, -1).some((dump) => {
    return (
      waitersIn(dump)
        .get(address)
        ?.some((id) => !still.has(id)) === true
    );
  });
  return !isHandedOver && (span >= STUCK.unmoved || longestOf(waiters) >= STUCK.minutes.medium);
}

const waitersOfDump = new WeakMap<ObservedDump, ReadonlyMap<number, readonly number[]>>();

/** Ids by the address that they wait for; found once for each dump. */
function waitersIn(dump: ObservedDump): ReadonlyMap<number, readonly number[]> {
  let known = waitersOfDump.get(dump);
  if (known === undefined) {
    const resources = resourcesOf(dump.table, dump.rows);
    known = new Map(resources.map((one) => [one.address, one.waiters.map(({ id }) => id)]));
    waitersOfDump.set(dump, known);
  }
  return known;
}

/** Who has passed the line that takes it: nobody, or one that is where it was, or one at work. */
function holderOf(standstill: Standstill, { holders }: WaitedFor): Standing | undefined {
  const passed = holders.filter(({ evidence }) => evidence === 'passed');
  const rows = (passed.length > 0 ? passed : holders.slice(0, 1)).map(({ row }) => row);
  const standings = rows.flatMap((row) => standstill.goroutines.get(row) ?? []);
  return standings.find(({ isUnmoved }) => isUnmoved) ?? standings[0];
}

function lockDraft(
  standstill: Standstill,
  resource: WaitedFor,
  waiters: readonly Standing[],
): Draft | undefined {
  const holder = holderOf(standstill, resource);
  const [first] = waiters.toSorted((a, b) => b.seconds - a.seconds);
  if (first === undefined) return undefined;
  const site = siteOf(first);
  const queue = `${plural(waiters.length, 'goroutine')} ${waiters.length === 1 ? 'waits' : 'wait'}`;
  const address = `0x${resource.address.toString(16)}`;
  const waiting = stackEvidence(
    `${named(waiters)} ${waiters.length === 1 ? 'waits' : 'wait'} for the ${resource.kind} ${address}${forLong(waiters)}`,
    first,
  );
  const moved: Evidence[] =
    standstill.dumps.length < 2
      ? []
      : [
          {
            text: `Nobody who waited for it in an earlier dump has got it: all ${standstill.dumps.length} dumps show the same goroutines in line`,
          },
        ];
  const shared = {
    impact: `${queue}${forLong(waiters)}; everything that needs this lock stands still`,
    goroutines: holder === undefined ? waiters : [...waiters, holder],
    blocks: true,
  };
  if (holder === undefined) {
    const lock = site === undefined ? '' : ` at ${at(site)}`;
    return stuckDraft({
      ...shared,
      title: `${queue} for a lock${lock} that nobody is seen to hold`,
      severity: severityOf(standstill, waiters, true),
      confidence: standstill.dumps.length > 1 ? 0.75 : 0.55,
      where: [site, ...waiters.slice(1, 4).map(siteOf)],
      evidence: [waiting, ...moved],
      counterEvidence: [
        { text: 'A holder whose frames do not show the lock’s address would not be seen' },
        ...oneDump(standstill),
      ],
      fix: 'Look for a path that returns, or panics into a recover, without Unlock: unlock with defer right after Lock.',
    });
  }
  return heldDraft(standstill, resource, { waiters, holder, queue, waiting, moved, shared });
}

interface HeldParts {
  readonly waiters: readonly Standing[];
  readonly holder: Standing;
  readonly queue: string;
  readonly waiting: Evidence;
  readonly moved: readonly Evidence[];
  readonly shared: {
    readonly impact: string;
    readonly goroutines: readonly Standing[];
    readonly blocks: boolean;
  };
}

function heldDraft(standstill: Standstill, resource: WaitedFor, parts: HeldParts): Draft {
  const { waiters, holder, queue, waiting, moved, shared } = parts;
  const evidence = resource.holders.find(({ row }) => row === holder.row);
  const site = siteOf(holder);
  const wait = waitOfState(holder.state) ?? waitOf(holder.stack);
  const doing = WAIT_TEXT[wait].what.replace(/^wait\b/, 'waits').replace(/^(sleep|run)\b/, '$1s');
  const passed = evidence?.evidence === 'passed';
  const taken =
    evidence?.takenAt === undefined ? '' : `; it took the lock at ${at(evidence.takenAt)}`;
  const isStill = holder.isUnmoved || holder.seconds >= STUCK.minutes.medium;
  return stuckDraft({
    ...shared,
    title: `${queue} for a lock that goroutine ${holder.id} holds while it ${doing}${site === undefined ? '' : `, at ${at(site)}`}`,
    severity: severityOf(standstill, waiters, isStill && wait !== 'running'),
    confidence: (passed ? 0.75 : 0.5) + (isStill && standstill.dumps.length > 1 ? 0.15 : 0),
    where: [site, evidence?.takenAt, ...waiters.slice(0, 2).map(siteOf)],
    evidence: [
      stackEvidence(
        `Goroutine ${holder.id} is ${passed ? 'past the line that takes the lock' : 'the one that has the lock at hand'} and ${doing}${forLong([holder])}${taken}`,
        holder,
      ),
      waiting,
      ...moved,
    ],
    counterEvidence: [
      { text: 'Who holds a lock is inferred from lines and addresses' },
      ...(isStill ? [] : [{ text: 'The holder has moved between the dumps: it may be slow only' }]),
      ...oneDump(standstill),
    ],
    fix: 'Don’t wait for another goroutine while holding a lock that it may need: copy what is needed under the lock, unlock, then send, receive or wait.',
  });
}

/** Two dumps show that the lock does not move; of one, the minutes count. */
function severityOf(
  { dumps }: Standstill,
  waiters: readonly Standing[],
  isStill: boolean,
): Severity {
  if (dumps.length > 1) return isStill ? 'high' : 'medium';
  return severityFor(waiters);
}
