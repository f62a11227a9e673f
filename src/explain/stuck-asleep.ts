/**
 * `fatal error: all goroutines are asleep - deadlock!`: the runtime has seen that nothing can wake
 * any goroutine. What the other rules told of the same dump is its explanation.
 */
import type { Draft } from './draft.ts';
import { byImportance } from './draft.ts';
import { alike, type Standing, type Standstill, siteOf } from './standstill.ts';
import { named, stackEvidence, stuckDraft } from './stuck-draft.ts';
import { WAIT_TEXT, waitOf, waitOfState } from './waits.ts';
import { at, plural } from './wording.ts';

/** The one finding of a program that ended so; undefined when it did not. */
export function findAllAsleep(standstill: Standstill, told: readonly Draft[]): Draft[] | undefined {
  if (!standstill.dump.allAsleep) return undefined;
  const goroutines = [...standstill.goroutines.values()];
  const own = goroutines.filter(({ stack, siteAt }) => stack[siteAt]?.origin === 'own');
  const main = own.find(({ id }) => id === 1) ?? own[0] ?? goroutines[0];
  if (main === undefined) return undefined;
  const cause = told.toSorted(byImportance)[0]?.finding;
  // Whom main waits for is nearer to the mistake than main itself.
  const culprits = alike(own.filter((one) => one !== main)).map((group) => group[0]);
  const sites = [...culprits, main].map((one) => (one === undefined ? undefined : siteOf(one)));
  const groups = alike(own).slice(0, 5);
  const draft = stuckDraft({
    title: cause?.title ?? asleepTitle(main, own),
    severity: 'high',
    confidence: 0.99,
    where: cause === undefined ? sites : [...cause.where, ...sites],
    evidence: [
      { text: 'The runtime ended the program: “all goroutines are asleep - deadlock!”' },
      ...(cause?.evidence ?? groups.flatMap((group) => groupEvidence(group))),
    ],
    counterEvidence: cause?.counterEvidence ?? [],
    impact: `The program ended with exit code 2; none of its ${plural(goroutines.length, 'goroutine')} could go on`,
    next: 'None is needed: the dump is complete. The race detector and a test with a timeout find the way into it again.',
    fix: cause?.fix ?? WAIT_TEXT[waitOfState(main.state) ?? waitOf(main.stack)].fix,
    goroutines: own,
    blocks: true,
  });
  return [draft];
}

function asleepTitle(main: Standing, own: readonly Standing[]): string {
  const site = siteOf(main);
  const { what } = WAIT_TEXT[waitOfState(main.state) ?? waitOf(main.stack)];
  const rest = own.length > 1 ? `, and so do ${plural(own.length - 1, 'other')}` : '';
  return `Deadlock: all goroutines are asleep; ${named([main])} ${what.replace(/^wait\b/, 'waits')}${site === undefined ? '' : `, at ${at(site)}`}${rest}`;
}

function groupEvidence(group: readonly Standing[]) {
  const [first] = group;
  if (first === undefined) return [];
  const site = siteOf(first);
  const { what } = WAIT_TEXT[waitOfState(first.state) ?? waitOf(first.stack)];
  const text = `${named(group)} (${first.state}) ${group.length === 1 ? what.replace(/^wait\b/, 'waits') : what}${site === undefined ? '' : ` at ${at(site)}`}`;
  return [stackEvidence(text, first)];
}
