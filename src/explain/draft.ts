/**
 * What a diagnosis hands to explain(): a finding, and what ordering and interactions need of it.
 */
import type { Finding, Severity } from './finding.ts';

export interface Draft {
  readonly finding: Finding;
  /** How much it matters among findings of equal severity, 0 to 1. */
  readonly score: number;
  /**
   * Functions of the user's on the stacks that show it: findings that share them may be one cause.
   */
  readonly functions: ReadonlySet<string>;
  /**
   * Of a cpu-hotspot: its work goes as a whole when it is kept, so that its garbage follows from
   * it.
   */
  readonly setup?: boolean;
  /** Of a lock-contention: its holder is known, or seen at work past the lock. */
  readonly progress?: boolean;
  /** Of a stuck: what it blocks makes others queue without end. */
  readonly blocks?: boolean;
}

const RANK: Readonly<Record<Severity, number>> = { high: 3, medium: 2, low: 1, info: 0 };

export function rankOf(severity: Severity): number {
  return RANK[severity];
}

/**
 * Most important first: severity, then score, then title, so that equal input gives equal order.
 */
export function byImportance(a: Draft, b: Draft): number {
  return (
    rankOf(b.finding.severity) - rankOf(a.finding.severity) ||
    b.score - a.score ||
    (a.finding.title < b.finding.title ? -1 : 1)
  );
}

export function lower(a: Severity, b: Severity): Severity {
  return rankOf(a) <= rankOf(b) ? a : b;
}
