/**
 * Observation → findings: runs every diagnosis over one window, settles which finding is the cause
 * of which, and says what could not be told. Pure; the same for a live target, a recording and the
 * store.
 */

import { findCpuHotspots } from './cpu-hotspot.ts';
import { findCpuStarvation } from './cpu-starvation.ts';
import { type Draft, rankOf } from './draft.ts';
import type { FindingsReport, Severity } from './finding.ts';
import { findGcCost } from './gc-cost.ts';
import { findGoroutineLeaks } from './goroutine-leak.ts';
import { findHeapLeaks } from './heap-leak.ts';
import { findLimits } from './limits.ts';
import { findLockContention } from './lock-contention.ts';
import type { Observation } from './observation.ts';
import { relate } from './relations.ts';
import { findRunawayLoops } from './runaway-loop.ts';
import { findSchedulerLatency } from './scheduler-latency.ts';
import { findStuck } from './stuck.ts';
import { findThreadGrowth } from './thread-growth.ts';
import { type ObservedWindow, openWindow } from './window.ts';

export interface ExplainOptions {
  /** Leave out findings below this severity; everything unless given. */
  readonly minSeverity?: Severity;
}

const DIAGNOSES: readonly ((window: ObservedWindow) => Draft[])[] = [
  findStuck,
  findGoroutineLeaks,
  findHeapLeaks,
  findLockContention,
  findCpuHotspots,
  findGcCost,
  findCpuStarvation,
  findSchedulerLatency,
  findThreadGrowth,
  findRunawayLoops,
];

/** Explains what was observed. Findings come most important first. */
export function explain(observation: Observation, options: ExplainOptions = {}): FindingsReport {
  const window = openWindow(observation);
  const least = rankOf(options.minSeverity ?? 'info');
  const drafts = relate(DIAGNOSES.flatMap((diagnose) => diagnose(window)));
  return {
    schema: 'whygo.findings/1',
    target: observation.target,
    window: { from: rfc3339(observation.fromNanos), to: rfc3339(observation.toNanos) },
    findings: drafts.map((d) => d.finding).filter((f) => rankOf(f.severity) >= least),
    notMeasurable: findLimits(window),
  };
}

/** RFC 3339 with milliseconds, in UTC. */
function rfc3339(nanos: bigint): string {
  return new Date(Number(nanos / 1_000_000n)).toISOString();
}
