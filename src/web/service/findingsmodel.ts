/**
 * What the list of findings and the opened finding need to know and can ask for: the same over a
 * service and over a dropped file.
 */
import type { ReadonlySignal } from '@preact/signals';
import type { Findings, WireFinding } from '../../api/wire.ts';
import type { EvidenceView } from './findings.ts';

export interface FindingsModel {
  /** Most important first. */
  readonly findings: ReadonlySignal<readonly WireFinding[]>;
  readonly opened: ReadonlySignal<WireFinding | undefined>;
  /** Questions that could not be answered with what was collected. */
  readonly unanswered: ReadonlySignal<Findings['notMeasurable']>;
  /** True while nothing is known yet. */
  readonly looking: ReadonlySignal<boolean>;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Opens the finding and the view that proves it, or the view of one piece of its evidence. */
  show(finding: WireFinding, evidence?: EvidenceView): void;
  /** Lights the frames of a function without narrowing the profile. */
  light(name: string): void;
  /** Closes the opened finding; what it focused on stays. */
  close(): void;
}
