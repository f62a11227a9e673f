/**
 * Files → findings on the wire: what a dropped file and the page of one profile say of it.
 *
 * The same diagnoses as of a live target, over what a few files can tell. Cost: that of the
 * diagnoses.
 */
import type { FindingsReport } from '../explain/finding.ts';
import type { Capture, Observation, ObservedDump } from '../explain/observation.ts';
import type { Profile } from '../profile/profile.ts';
import type { Findings } from './wire.ts';

/** A profile that came as a file. */
export interface ProfileFile {
  readonly name: string;
  /** See report/reading/kind.ts. */
  readonly type: string;
  /** Unix milliseconds. */
  readonly start: number;
  readonly durationMs: number;
  readonly profile: Profile;
  /** The goroutine dump that it was, with ids and states. */
  readonly observed?: ObservedDump | undefined;
}

export function findingsOf(
  files: readonly ProfileFile[],
  explain: (observation: Observation) => FindingsReport,
): Findings {
  const times = files.flatMap(({ start, durationMs }) => [start, start + durationMs]);
  const from = Math.min(...times);
  const to = Math.max(...times);
  const report = explain({
    target: files.map(({ name }) => name).join(', '),
    fromNanos: nanos(from),
    toNanos: nanos(to),
    captures: files.map(captureOf),
    dumps: files.flatMap(({ observed }) => observed ?? []),
    metrics: [],
    ownModules: [],
    missing: [],
  });
  const findings = report.findings.map((finding) => wireFinding(finding, from, to));
  return { findings, notMeasurable: [...report.notMeasurable] };
}

function nanos(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}

function captureOf({ type, start, durationMs, profile }: ProfileFile): Capture {
  return {
    type,
    startNanos: nanos(start),
    durationNanos: nanos(durationMs),
    profile,
    // net/http/pprof's ?seconds= writes the growth and its duration; else it is since the start.
    delta: type !== 'cpu' && durationMs > 0,
    forcedGc: false,
  };
}

/** The wire's lists are mutable; the report's are not. */
function wireFinding(
  finding: FindingsReport['findings'][number],
  from: number,
  to: number,
): Findings['findings'][number] {
  const { where, evidence, counterEvidence, ...rest } = finding;
  const copied = (items: typeof evidence) =>
    items.map((item) => ({ ...item, stack: item.stack && [...item.stack] }));
  return {
    ...rest,
    service: '',
    at: to,
    from,
    to,
    where: [...where],
    evidence: copied(evidence),
    counterEvidence: copied(counterEvidence),
  };
}
