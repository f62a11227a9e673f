/** What all findings of `stuck` share: how long is long, and how it is said. */
import { type Draft, rankOf } from './draft.ts';
import type { Evidence, Finding, Place, Severity } from './finding.ts';
import { evidenceStack } from './frames.ts';
import type { Standing, Standstill } from './standstill.ts';
import { clamp, duration, plural } from './wording.ts';

export const STUCK = {
  /** Seconds between dumps in which a lock must not have been handed over. */
  unmoved: 8,
  /** Seconds from which on one dump, which has minutes only, is enough for `medium` and `high`. */
  minutes: { medium: 60, high: 300 },
  /** Goroutines that are shown by id. */
  shown: 6,
} as const;

export interface StuckParts {
  readonly title: string;
  readonly severity: Severity;
  readonly confidence: number;
  /** Lines to change first; doubles are dropped. */
  readonly where: readonly (Place | undefined)[];
  readonly evidence: readonly Evidence[];
  readonly counterEvidence: readonly Evidence[];
  readonly impact: string;
  readonly next?: string;
  readonly fix: string;
  /** Goroutines that cannot go on. */
  readonly goroutines: readonly Standing[];
  /** True when others that queue are its consequence, however many there are. */
  readonly blocks: boolean;
}

const NEXT =
  'Take goroutine?debug=2 twice more, a minute apart: the same ids at the same lines prove it; `whygo goroutines --dlv` reads the variables of a running program.';

export function stuckDraft(parts: StuckParts): Draft {
  const { title, severity, where, evidence, counterEvidence, impact, fix } = parts;
  const places: Place[] = [];
  for (const place of where) {
    const isKnown = places.some((p) => p.file === place?.file && p.line === place.line);
    if (place !== undefined && !isKnown)
      places.push({ function: place.function, file: place.file, line: place.line });
  }
  const finding: Finding = {
    kind: 'stuck',
    title,
    severity,
    confidence: Number(clamp(parts.confidence, 0.1, 0.99).toFixed(2)),
    where: places.slice(0, 4),
    evidence,
    counterEvidence,
    impact,
    next: parts.next ?? NEXT,
    fix,
  };
  const functions = new Set<string>();
  for (const { stack } of parts.goroutines) {
    for (const frame of stack) if (frame.origin === 'own') functions.add(frame.function);
  }
  for (const place of places) functions.add(place.function);
  const score = clamp(0.5 + parts.goroutines.length / 100, 0, 1);
  return { finding, score, functions, blocks: parts.blocks };
}

/** `goroutines 7, 8 and 9`; `12 goroutines (7, 8, 9 …)`. */
export function named(goroutines: readonly Standing[]): string {
  const ids = goroutines.map(({ id }) => id).filter((id) => id >= 0);
  if (ids.length === 0) return plural(goroutines.length, 'goroutine');
  if (ids.length === 1) return `goroutine ${ids[0]}`;
  const shown = ids.slice(0, STUCK.shown);
  if (ids.length > shown.length) return `${ids.length} goroutines (${shown.join(', ')} …)`;
  return `goroutines ${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** The longest of their waits, as a sentence's end: ` for at least 3 min`; '' when not known. */
export function forLong(goroutines: readonly Standing[]): string {
  const longest = longestOf(goroutines);
  return longest > 0 ? ` for at least ${duration(longest)}` : '';
}

export function longestOf(goroutines: readonly Standing[]): number {
  return goroutines.reduce((most, { seconds }) => Math.max(most, seconds), 0);
}

/** What a goroutine's stack shows. */
export function stackEvidence(text: string, { stack }: Standing): Evidence {
  return {
    text,
    stack: evidenceStack(stack),
    view: { type: 'goroutine', view: 'table' },
  };
}

/** Against everything that is told from one dump alone. */
export function oneDump({ dumps }: Standstill): Evidence[] {
  return dumps.length > 1
    ? []
    : [{ text: 'One dump shows where goroutines are, not that they stay there' }];
}

/** As severe as the time allows: minutes of one dump, or the seconds between several. */
export function severityFor(goroutines: readonly Standing[]): Severity {
  const longest = longestOf(goroutines);
  if (longest >= STUCK.minutes.high) return 'high';
  return longest >= STUCK.minutes.medium ? 'medium' : 'low';
}

export function atLeast(severity: Severity, least: Severity): Severity {
  return rankOf(severity) >= rankOf(least) ? severity : least;
}
