/**
 * Goroutines that wait for a lock of which the dump has no address (Lock was inlined, and what is
 * printed may be stale): told by line, when nobody who waited there has got on.
 *
 * Which lock it is, and who holds it, is not known; when the same goroutine is in another method of
 * the same type further up, it may hold the lock itself.
 */
import type { Draft } from './draft.ts';
import type { Evidence, Severity } from './finding.ts';
import type { Frame } from './frames.ts';
import { alike, isPassed, type Standing, type Standstill, siteOf } from './standstill.ts';
import {
  atLeast,
  forLong,
  longestOf,
  named,
  oneDump,
  STUCK,
  severityFor,
  stackEvidence,
  stuckDraft,
} from './stuck-draft.ts';
import { waitOf, waitOfState } from './waits.ts';
import { at, ownerOf, plural } from './wording.ts';

/** Groups that are looked at; the largest come first. */
const MOST = 20;

export function findUnnamedLocks(standstill: Standstill, told: Set<number>): Draft[] {
  const waiting = [...standstill.goroutines.values()].filter(({ row, state, stack, siteAt }) => {
    const kind = waitOfState(state) ?? waitOf(stack);
    return kind === 'lock' && !told.has(row) && stack[siteAt]?.origin === 'own';
  });
  const drafts: Draft[] = [];
  for (const group of alike(waiting).slice(0, MOST)) {
    if (!standsStill(standstill, group) || isPassed(standstill, group)) continue;
    drafts.push(draftOf(standstill, group));
    for (const { row } of group) told.add(row);
  }
  return drafts.slice(0, 2);
}

/** As a lock that is not handed over: all who waited at the line before still do. */
function standsStill({ dumps, span, byId }: Standstill, group: readonly Standing[]): boolean {
  if (dumps.length < 2) return longestOf(group) >= STUCK.minutes.medium;
  const site = group[0] === undefined ? undefined : siteOf(group[0]);
  if (site === undefined || span < STUCK.unmoved || !group.some((g) => g.isUnmoved)) return false;
  return dumps.slice(0, -1).every(({ table, rows }) => {
    for (let row = rows.from; row < rows.to; row++) {
      const { state } = table.headers[table.header[row] ?? -1] ?? { state: '' };
      if (
        state !== group[0]?.state ||
        !isAt(table.stacks.run(table.stack[row] ?? -1), table, site)
      ) {
        continue;
      }
      if (byId.get(table.ids[row] ?? -1)?.isUnmoved !== true) return false;
    }
    return true;
  });
}

function isAt(
  run: Int32Array,
  { functions, places }: Standstill['dump']['table'],
  site: Frame,
): boolean {
  for (let i = 0; i + 1 < run.length; i += 2) {
    if (functions[run[i] ?? -1] !== site.function) continue;
    if (places[run[i + 1] ?? -1]?.line === site.line) return true;
  }
  return false;
}

/** A caller in the same goroutine that is a method of the same type. */
function outerMethod({ stack, siteAt }: Standing): Frame | undefined {
  const site = stack[siteAt];
  if (site === undefined) return undefined;
  const owner = ownerOf(site.function);
  return stack.find(({ function: name }, i) => {
    return i > siteAt && name !== site.function && name.includes('(') && ownerOf(name) === owner;
  });
}

function draftOf(standstill: Standstill, group: readonly Standing[]): Draft {
  const [first] = group;
  const site = first === undefined ? undefined : siteOf(first);
  const outer = first === undefined ? undefined : outerMethod(first);
  const isOne = group.length === 1;
  const place = site === undefined ? '' : ` at ${at(site)}`;
  const itself: Evidence[] =
    outer === undefined
      ? []
      : [
          {
            text: `Further up, the same goroutine is in ${at(outer)}, a method of the same type: it may hold the lock itself`,
          },
        ];
  return stuckDraft({
    title: `${plural(group.length, 'goroutine')} ${isOne ? 'waits' : 'wait'} for a lock${place} and ${isOne ? 'does' : 'do'} not get it`,
    severity: severityOf(group, outer),
    confidence: (standstill.dumps.length > 1 ? 0.65 : 0.5) + (outer === undefined ? 0 : 0.1),
    where: [site, outer, first?.createdBy?.origin === 'own' ? first.createdBy : undefined],
    evidence: [
      ...(first === undefined
        ? []
        : [
            stackEvidence(
              `${named(group)} ${isOne ? 'waits' : 'wait'} there${forLong(group)}`,
              first,
            ),
          ]),
      ...itself,
    ],
    counterEvidence: [
      { text: 'The dump does not show which lock it is, nor who holds it' },
      ...oneDump(standstill),
    ],
    impact: `${plural(group.length, 'goroutine')}${forLong(group)}; everything that needs this lock stands still`,
    fix:
      outer === undefined
        ? 'Find who holds the lock and never unlocks it: a return without Unlock, or a holder that waits for one of these goroutines.'
        : 'Go’s locks are not re-entrant, and a read lock taken twice is blocked by a writer in between: release it before calling what locks again, or split off a variant for callers that hold it.',
    goroutines: group,
    blocks: true,
  });
}

/** Workers come back to the same line: without an address, seconds are too few for more than `low`. */
function severityOf(group: readonly Standing[], outer: Frame | undefined): Severity {
  const severity = severityFor(group);
  return outer === undefined ? severity : atLeast(severity, 'medium');
}
