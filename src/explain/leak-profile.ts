/**
 * The runtime's own leak profile: goroutines that nothing can ever wake.
 *
 * `goroutineleak` (Go 1.26 experiment, default in 1.27) lists goroutines whose channel or lock is
 * unreachable from anything that runs: proof, in one capture. It misses loops, sleepers and
 * reachable channels, so that its silence says nothing; growth over snapshots (goroutine-leak.ts)
 * sees those.
 */
import type { Draft } from './draft.ts';
import type { Finding, Severity } from './finding.ts';
import { evidenceStack } from './frames.ts';
import { type GoroutineGroup, groupPlaces, readGroups } from './goroutine-groups.ts';
import { WAIT_TEXT } from './waits.ts';
import { capturesOf, type ObservedWindow } from './window.ts';
import { at, clamp, plural } from './wording.ts';

export const LEAK_PROFILE = { high: 40, medium: 10 } as const;

/** A group that the runtime says is leaked. */
export interface LeakProof {
  readonly group: GoroutineGroup;
  readonly goroutines: number;
  readonly draft: Draft;
}

/** By the key of their group; empty without the profile. */
export function findLeakedByRuntime(window: ObservedWindow): Map<string, LeakProof> {
  const last = capturesOf(window, 'goroutineleak').at(-1);
  const proofs = new Map<string, LeakProof>();
  if (last === undefined) return proofs;
  for (const group of readGroups(window, [last])) {
    const goroutines = group.counts[0] ?? 0;
    if (goroutines <= 0) continue;
    const places = groupPlaces(group, last.profile);
    proofs.set(group.key, { group, goroutines, draft: draft(group, goroutines, places) });
  }
  return proofs;
}

function severityOf(goroutines: number): Severity {
  if (goroutines >= LEAK_PROFILE.high) return 'high';
  return goroutines >= LEAK_PROFILE.medium ? 'medium' : 'low';
}

function draft(group: GoroutineGroup, goroutines: number, where: Finding['where']): Draft {
  const { what, fix } = WAIT_TEXT[group.wait];
  const place = where[0] === undefined ? '' : ` at ${at(where[0])}`;
  const finding: Finding = {
    kind: 'goroutine-leak',
    title: `${plural(goroutines, 'leaked goroutine')}${place}: they ${what}`,
    severity: severityOf(goroutines),
    confidence: 0.97,
    where,
    evidence: [
      {
        text: `The runtime’s leak profile lists ${plural(goroutines, 'goroutine')} there that nothing can wake any more`,
        value: goroutines,
        unit: 'goroutines',
        stack: evidenceStack(group.stack),
        view: { type: 'goroutineleak', view: 'table' },
      },
    ],
    counterEvidence: [{ text: 'One capture does not tell whether their number still grows' }],
    impact: `${plural(goroutines, 'stack')} of at least 2 kB, and all that they refer to`,
    next: 'Take goroutine profiles some minutes apart: their counts tell how fast it grows.',
    fix,
  };
  const own = group.stack.filter((f) => f.origin === 'own').map((f) => f.function);
  return { finding, score: clamp(goroutines / 1000, 0.3, 1), functions: new Set(own) };
}
