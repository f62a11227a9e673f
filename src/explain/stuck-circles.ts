/**
 * Circles: goroutines that each hold the lock that the next one waits for. The runtime does not
 * record holders; src/goroutines/holders.ts infers them, and says how sure it is.
 */
import type { CycleStep, DeadlockCycle } from '../goroutines/holders.ts';
import type { Draft } from './draft.ts';
import type { Place } from './finding.ts';
import type { Standing, Standstill } from './standstill.ts';
import {
  forLong,
  longestOf,
  named,
  oneDump,
  STUCK,
  stackEvidence,
  stuckDraft,
} from './stuck-draft.ts';
import { at, plural } from './wording.ts';

/** One finding for all circles of the same lines, the most frequent ones first. */
export function findCircles(standstill: Standstill, told: Set<number>): Draft[] {
  const shapes = Map.groupBy(standstill.graph.cycles, shapeOf);
  const drafts: Draft[] = [];
  for (const cycles of [...shapes.values()].sort((a, b) => b.length - a.length)) {
    const certain = cycles.filter((cycle) => isTold(standstill, cycle));
    const [first] = certain;
    if (first === undefined) continue;
    const rows = certain.flatMap(({ steps }) => steps.map(({ waiter }) => waiter.row));
    if (rows.some((row) => told.has(row))) continue;
    drafts.push(circleDraft(standstill, first, certain));
    for (const row of queueOf(certain)) told.add(row);
  }
  return drafts.slice(0, 3);
}

function shapeOf({ steps }: DeadlockCycle): string {
  const lines = steps.map(({ waiter }) => `${waiter.at.function}:${waiter.at.line}`);
  return lines.sort().join(' ');
}

/** Holders that passed their lock are enough; others need that nobody in the circle has moved. */
function isTold(standstill: Standstill, { steps, isLikely }: DeadlockCycle): boolean {
  const waiters = waitersOf(standstill, steps);
  const moved = standstill.dumps.length > 1 && !waiters.every(({ isUnmoved }) => isUnmoved);
  if (moved) return false;
  return isLikely || waiters.every(({ seconds }) => seconds >= STUCK.minutes.medium);
}

function waitersOf({ goroutines }: Standstill, steps: readonly CycleStep[]): Standing[] {
  return steps.flatMap(({ waiter }) => goroutines.get(waiter.row) ?? []);
}

/** Rows of all that wait for a lock of the circles. */
function queueOf(cycles: readonly DeadlockCycle[]): Set<number> {
  const steps = cycles.flatMap((cycle) => cycle.steps);
  return new Set(steps.flatMap(({ resource }) => resource.waiters.map(({ row }) => row)));
}

function circleDraft(
  standstill: Standstill,
  cycle: DeadlockCycle,
  all: readonly DeadlockCycle[],
): Draft {
  const { steps, isLikely, isOrderInversion } = cycle;
  const waiters = waitersOf(standstill, steps);
  const queue = queueOf(all);
  const behind = queue.size - new Set(all.flatMap((c) => c.steps.map((s) => s.waiter.row))).size;
  const more = all.length > 1 ? `, one of ${all.length} such circles` : '';
  const unmoved = waiters.every(({ isUnmoved }) => isUnmoved);
  return stuckDraft({
    title: titleOf(cycle, waiters),
    severity: isLikely ? 'high' : 'medium',
    confidence: (isLikely ? 0.88 : 0.5) + (unmoved || longestOf(waiters) >= 60 ? 0.09 : 0),
    where: [...steps.map(({ waiter }) => waiter.at), ...steps.map(takenAt)],
    evidence: steps.map((step) => stepEvidence(standstill, step)),
    counterEvidence: [
      {
        text: isLikely
          ? 'Who holds a lock is inferred from lines and addresses: the runtime does not record it'
          : 'The holders are only known to have the locks at hand; they may not hold them',
      },
      ...oneDump(standstill),
    ],
    impact: `${named(waiters)} ${waiters.length === 1 ? 'waits' : 'wait'}${forLong(waiters)} and will never go on${more}${behindText(behind)}`,
    fix: fixOf(cycle, isOrderInversion),
    goroutines: [...queue].flatMap((row) => standstill.goroutines.get(row) ?? []),
    blocks: true,
  });
}

function behindText(behind: number): string {
  if (behind === 0) return '';
  return `; ${plural(behind, 'other goroutine')} ${behind === 1 ? 'queues' : 'queue'} for the same locks`;
}

function titleOf({ steps, isOrderInversion }: DeadlockCycle, waiters: readonly Standing[]): string {
  const [first, second] = steps;
  const line = (step: CycleStep | undefined) => (step === undefined ? '' : at(step.waiter.at));
  if (steps.length === 1) {
    return `Deadlock: ${named(waiters)} takes a lock again that it already holds, at ${line(first)}`;
  }
  if (isOrderInversion) {
    const places =
      line(first) === line(second) ? line(first) : `${line(first)} and ${line(second)}`;
    return `Deadlock: ${named(waiters)} take two locks in opposite orders, at ${places}`;
  }
  return `Deadlock: ${named(waiters)} wait for each other in a circle, at ${line(first)} and on`;
}

function fixOf({ steps }: DeadlockCycle, isOrderInversion: boolean): string {
  if (steps.length === 1) {
    return 'Go’s locks are not re-entrant: unlock before calling what locks again, or split off a variant for callers that hold the lock.';
  }
  if (!isOrderInversion) {
    const shared = steps.some(({ waiter }) => /RLock/.test(waiter.state));
    if (shared) {
      return 'Don’t take a read lock again while holding it: a writer that waits in between blocks the second one. Release the first lock, or pass what it guards.';
    }
  }
  return 'Take these locks in the same order everywhere (by an id or an address where they are equals), or release the first one before taking the second.';
}

/** Where the holder took what others wait for. */
function takenAt({ holder }: CycleStep): Place | undefined {
  return holder.takenAt;
}

function stepEvidence(standstill: Standstill, { waiter, resource, holder }: CycleStep) {
  const standing = standstill.goroutines.get(waiter.row);
  const address = `0x${resource.address.toString(16)}`;
  const taken = holder.takenAt === undefined ? '' : `, taken at ${at(holder.takenAt)}`;
  const holds = holder.evidence === 'passed' ? 'holds' : 'probably holds';
  const queue = resource.waiters.length - 1;
  const others = queue > 0 ? `, as ${plural(queue, 'other')} ${queue === 1 ? 'does' : 'do'}` : '';
  const text = `Goroutine ${waiter.id} waits for the ${resource.kind} ${address} at ${at(waiter.at)}${others}; goroutine ${holder.id} ${holds} it${taken}`;
  return standing === undefined ? { text } : stackEvidence(text, standing);
}
