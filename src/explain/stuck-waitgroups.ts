/**
 * Wait groups that will not end: the goroutines that the waiter started are blocked themselves, or
 * none of them is left. A server whose main waits for idle workers is not among these.
 */
import type { Draft } from './draft.ts';
import type { Standing, Standstill } from './standstill.ts';
import { siteOf } from './standstill.ts';
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
import { WAIT_TEXT, type WaitKind, waitOf, waitOfState } from './waits.ts';
import { at, plural } from './wording.ts';

/** Of equal ones one is enough. */
const MOST = 2;

/** Waits that do not end by news from outside. */
const BLOCKED: ReadonlySet<WaitKind> = new Set<WaitKind>(['send', 'lock', 'forever']);

/** What starts a goroutine that a group waits for. */
const STARTERS = /^(sync\.\(\*WaitGroup\)|golang\.org\/x\/sync\/errgroup\.\(\*Group\))\.(Try)?Go$/;

export function findStuckWaitGroups(standstill: Standstill, told: Set<number>): Draft[] {
  const drafts: Draft[] = [];
  const started = startedBy(standstill);
  for (const waiter of standstill.goroutines.values()) {
    if (drafts.length === MOST) break;
    if (told.has(waiter.row) || kindOf(waiter) !== 'wait-group') continue;
    if (waiter.stack[waiter.siteAt]?.origin !== 'own' || !isLong(standstill, waiter)) continue;
    const children = childrenOf(started, waiter);
    const draft =
      children.length === 0
        ? goneDraft(standstill, waiter)
        : blockedDraft(standstill, waiter, children);
    if (draft === undefined) continue;
    drafts.push(draft);
    for (const { row } of [waiter, ...children]) told.add(row);
  }
  return drafts;
}

function kindOf({ state, stack }: Standing): WaitKind {
  return waitOfState(state) ?? waitOf(stack);
}

function isLong({ dumps, span }: Standstill, { isUnmoved, seconds }: Standing): boolean {
  if (seconds >= STUCK.minutes.medium) return true;
  return dumps.length > 1 && isUnmoved && span >= STUCK.unmoved;
}

type Started = ReadonlyMap<number | string, readonly Standing[]>;

/** By the id of who started them; where dumps don’t say (before Go 1.21), by its function. */
function startedBy({ goroutines }: Standstill): Started {
  return Map.groupBy(goroutines.values(), ({ creator, createdBy }) => {
    return creator >= 0 ? creator : (createdBy?.function ?? '');
  });
}

/** Of all that it started those of the same function, or of the group’s own Go, if there are any. */
function childrenOf(started: Started, { id, row, stack, siteAt }: Standing): readonly Standing[] {
  const site = stack[siteAt]?.function ?? '';
  const all = (started.get(id) ?? started.get(site) ?? []).filter((g) => g.row !== row);
  const near = all.filter(({ createdBy }) => {
    return createdBy?.function === site || STARTERS.test(createdBy?.function ?? '');
  });
  return near.length > 0 ? near : all;
}

function blockedDraft(
  standstill: Standstill,
  waiter: Standing,
  children: readonly Standing[],
): Draft | undefined {
  const blocked = children.filter((child) => {
    return BLOCKED.has(kindOf(child)) && isLong(standstill, child);
  });
  // One that still works, or idles, may yet call Done.
  const [first] = blocked;
  if (first === undefined || blocked.length < children.length) return undefined;
  const site = siteOf(waiter);
  const place = siteOf(first);
  const { what: many } = WAIT_TEXT[kindOf(first)];
  const isOne = children.length === 1;
  const what = isOne ? many.replace(/^wait\b/, 'waits') : many;
  const sends = kindOf(first) === 'send';
  return stuckDraft({
    title: `${site === undefined ? 'A wait group' : at(site)} waits for ${plural(children.length, 'goroutine')} that ${what}${place === undefined ? '' : `, at ${at(place)}`}`,
    severity: 'high',
    confidence: standstill.dumps.length > 1 ? 0.85 : 0.7,
    where: [place, site, first.createdBy],
    evidence: [
      stackEvidence(
        `Goroutine ${waiter.id} is in WaitGroup.Wait${forLong([waiter])}; it started ${named(children)}, ${isOne ? 'which' : 'all of which'} ${what}${forLong(children)}`,
        first,
      ),
      stackEvidence('The waiting goroutine', waiter),
    ],
    counterEvidence: [
      { text: 'That the wait group is theirs is inferred from who started them' },
      ...oneDump(standstill),
    ],
    impact: `${plural(children.length + 1, 'goroutine')}${forLong([waiter, ...children])} and for good`,
    fix: sends
      ? 'Receive while they run: move Wait and close into a goroutine of their own (go func() { wg.Wait(); close(results) }()) and range over the channel, or give it a buffer for all results.'
      : 'Find what blocks the goroutines that the group waits for; release it before Wait.',
    goroutines: [waiter, ...children],
    blocks: true,
  });
}

function goneDraft(standstill: Standstill, waiter: Standing): Draft | undefined {
  // Older dumps don't name the goroutine that started another one: nothing is known to be gone.
  const knowsCreators = [...standstill.goroutines.values()].some(({ creator }) => creator >= 0);
  const site = siteOf(waiter);
  if (!knowsCreators || site === undefined) return undefined;
  return stuckDraft({
    title: `${at(site)} waits for a wait group${forLong([waiter])}, and none of the goroutines that it started is left`,
    severity: longestOf([waiter]) >= STUCK.minutes.medium ? severityFor([waiter]) : 'medium',
    confidence: 0.6,
    where: [site, waiter.createdBy],
    evidence: [
      stackEvidence(
        `Goroutine ${waiter.id} is in WaitGroup.Wait${forLong([waiter])}; no goroutine in the dump was created by it`,
        waiter,
      ),
    ],
    counterEvidence: [
      { text: 'Goroutines that another one started may still call Done' },
      ...oneDump(standstill),
    ],
    impact: `Goroutine ${waiter.id} and whoever waits for it`,
    fix: 'Call Add for exactly as many as call Done, before the go statement, and Done with defer so that early returns and panics don’t skip it (WaitGroup.Go does both).',
    goroutines: [waiter],
    blocks: false,
  });
}
