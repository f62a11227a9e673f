/**
 * D10, stuck: goroutines that wait for what will not come.
 *
 * Each of five kinds rests on something that an idle program does not have: the runtime's own words
 * that all goroutines are asleep; a circle of goroutines that hold what the next one waits for; a
 * lock that has not been handed over; a wait group whose goroutines are blocked or gone; a nil
 * channel, or a send that nobody takes. Waiting to receive, in a select, for a condition or for the
 * network is what idle pools and servers do: it is never told. Cut-offs: docs/diagnoses.md.
 */
import { byImportance, type Draft } from './draft.ts';
import { readStandstill, type Standstill } from './standstill.ts';
import { findAllAsleep } from './stuck-asleep.ts';
import { findBlockedSends } from './stuck-channels.ts';
import { findCircles } from './stuck-circles.ts';
import { findHeldLocks } from './stuck-locks.ts';
import { findUnnamedLocks } from './stuck-unnamed.ts';
import { findStuckWaitGroups } from './stuck-waitgroups.ts';
import type { ObservedWindow } from './window.ts';

/** Each takes the rows that the ones before have told, and adds its own. */
const KINDS: readonly ((standstill: Standstill, told: Set<number>) => Draft[])[] = [
  findCircles,
  findHeldLocks,
  findUnnamedLocks,
  findStuckWaitGroups,
  findBlockedSends,
];

export function findStuck(window: ObservedWindow): Draft[] {
  const standstill = readStandstill(window);
  if (standstill === undefined) return [];
  const told = new Set<number>();
  const drafts = KINDS.flatMap((find) => find(standstill, told));
  const asleep = findAllAsleep(standstill, drafts);
  return (asleep ?? drafts).sort(byImportance).slice(0, 5);
}
