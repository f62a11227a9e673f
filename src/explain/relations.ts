/**
 * One cause, several findings: which of them is the cause.
 *
 * Goroutines that leak hold memory; work that is done again and again makes garbage; memory that
 * grows makes collections dearer; a contended lock makes requests queue. The consequence is kept,
 * as it may stand on its own after all, but not above `low`, and says what speaks against it.
 */
import { byImportance, type Draft, lower, rankOf } from './draft.ts';
import type { FindingKind } from './finding.ts';

interface Relation {
  readonly cause: FindingKind;
  readonly consequence: FindingKind;
  /** What else must hold of the cause and the consequence. */
  readonly when?: (cause: Draft, consequence: Draft) => boolean;
  /** What the consequence says of it; `…` stands for the cause's title. */
  readonly text: string;
}

const RELATIONS: readonly Relation[] = [
  {
    cause: 'stuck',
    consequence: 'goroutine-leak',
    when: (stuck) => stuck.blocks === true,
    text: 'These goroutines queue for what another finding shows to be stuck: …',
  },
  {
    cause: 'stuck',
    consequence: 'lock-contention',
    when: (stuck) => stuck.blocks === true,
    text: 'The lock is not contended but never released: …',
  },
  {
    cause: 'goroutine-leak',
    consequence: 'stuck',
    when: (_leak, stuck) => stuck.blocks !== true,
    text: 'They are stuck because they leak, more of them all the time: …',
  },
  {
    cause: 'lock-contention',
    consequence: 'goroutine-leak',
    // A lock that nobody is seen to hold at work may never be free again.
    when: (lock) => lock.progress === true,
    text: 'These goroutines queue for the lock of another finding and go on when it is free: …',
  },
  {
    cause: 'goroutine-leak',
    consequence: 'lock-contention',
    when: (_leak, lock) => lock.progress !== true,
    text: 'Ever more goroutines wait, and nobody is seen at work under the lock: it may never be released: …',
  },
  {
    cause: 'goroutine-leak',
    consequence: 'heap-leak',
    text: 'Goroutines that never end keep what they refer to; this memory is allocated on their way: …',
  },
  {
    cause: 'goroutine-leak',
    consequence: 'goroutine-leak',
    text: 'The same leak, seen from its other goroutines: …',
  },
  {
    cause: 'cpu-hotspot',
    consequence: 'gc-cost',
    // Where allocating is the work (formatting, converting), the greater bill is the cause.
    when: (work, garbage) => work.setup === true || work.score > garbage.score,
    text: 'The garbage is made by work that need not be done at all: …',
  },
  {
    cause: 'thread-growth',
    consequence: 'goroutine-leak',
    text: 'These goroutines are in the calls that hold threads: …',
  },
  {
    cause: 'runaway-loop',
    consequence: 'cpu-hotspot',
    text: 'It is hot because it never waits: …',
  },
  {
    cause: 'heap-leak',
    consequence: 'gc-cost',
    text: 'The heap that is marked grows by a leak: …',
  },
  {
    cause: 'gc-cost',
    consequence: 'cpu-hotspot',
    text: 'The same line is dear for the garbage it makes: …',
  },
];

/** Findings in order of importance, with the consequences of others lowered. */
export function relate(drafts: readonly Draft[]): Draft[] {
  const related = [...drafts].sort(byImportance);
  for (const relation of RELATIONS) {
    for (let i = 0; i < related.length; i++) {
      const draft = related[i];
      if (draft === undefined || draft.finding.kind !== relation.consequence) continue;
      const cause = related.find((other) => isCause(relation, other, draft));
      if (cause !== undefined) related[i] = lowered(draft, cause, relation.text);
    }
  }
  return related.sort(byImportance);
}

function isCause(relation: Relation, other: Draft, draft: Draft): boolean {
  if (other === draft || other.finding.kind !== relation.cause) return false;
  if (rankOf(other.finding.severity) < rankOf('medium')) return false;
  if (relation.cause === relation.consequence && other.score <= draft.score) return false;
  if (relation.when?.(other, draft) === false) return false;
  return sharesFunction(other, draft);
}

function sharesFunction(a: Draft, b: Draft): boolean {
  for (const name of a.functions) if (b.functions.has(name)) return true;
  return false;
}

function lowered(draft: Draft, cause: Draft, text: string): Draft {
  const { finding } = draft;
  const against = { text: text.replace('…', cause.finding.title) };
  return {
    ...draft,
    finding: {
      ...finding,
      severity: lower(finding.severity, 'low'),
      confidence: Number((finding.confidence * 0.6).toFixed(2)),
      counterEvidence: [against, ...finding.counterEvidence],
    },
  };
}
