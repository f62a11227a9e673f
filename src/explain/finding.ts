/**
 * What an explanation is made of. The JSON form is a contract (`whygo.findings/1`).
 */

export const FINDING_KINDS = [
  'gc-cost',
  'cpu-hotspot',
  'serial-waits',
  'lock-contention',
  'scheduler-latency',
  'cpu-starvation',
  'poor-parallelism',
  'heap-leak',
  'goroutine-leak',
  'thread-growth',
  'stuck',
  'runaway-loop',
  'syscall-heavy',
  'version-regression',
  'pgo',
] as const;

export type FindingKind = (typeof FINDING_KINDS)[number];

export type Severity = 'high' | 'medium' | 'low' | 'info';

/** A place in the source; the user's own line to change comes first in `where`. */
export interface Place {
  /** Named as pprof prints it. */
  readonly function: string;
  readonly file: string;
  /** 0 = unknown. */
  readonly line: number;
}

/** One fact with its numbers, and where to see it. */
export interface Evidence {
  /** A sentence with numbers and units. */
  readonly text: string;
  /** The measured value behind it, where it is one number. */
  readonly value?: number;
  readonly unit?: string;
  /** Leaf-first function names of the stack that shows it. */
  readonly stack?: readonly Place[];
  /** Opens the view that proves it: profile type, sample type and focus. */
  readonly view?: EvidenceView;
}

export interface EvidenceView {
  readonly type: string;
  readonly sampleType?: string;
  /** RE2 pattern of frames to focus on. */
  readonly focus?: string;
  readonly view?: 'flame' | 'table' | 'timeline';
}

export interface Finding {
  readonly kind: FindingKind;
  /** The claim in one line, with the place and the number. */
  readonly title: string;
  readonly severity: Severity;
  /** 0 to 1. */
  readonly confidence: number;
  readonly where: readonly Place[];
  readonly evidence: readonly Evidence[];
  /** What speaks against it, or what could also explain it. */
  readonly counterEvidence: readonly Evidence[];
  /** What it costs: a sentence with a number. */
  readonly impact: string;
  /** The next capture that would make it surer. */
  readonly next: string;
  /** What to change. */
  readonly fix: string;
}

/** A question that could not be answered with what was collected. */
export interface NotMeasurable {
  readonly question: string;
  readonly why: string;
  readonly collect: string;
}

export interface FindingsReport {
  readonly schema: 'whygo.findings/1';
  readonly target: string;
  /** RFC 3339 times. */
  readonly window: { readonly from: string; readonly to: string };
  /** Most important first. */
  readonly findings: readonly Finding[];
  readonly notMeasurable: readonly NotMeasurable[];
}
