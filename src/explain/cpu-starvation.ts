/**
 * D6, cpu-starvation: the process wants to run and is not let. Two causes, told apart: its own quota
 * stops it (cgroups count the periods), or others have the processors (threads are ready and wait).
 *
 * Runtime metrics don't show it: to Go a stopped thread is a running one. No line of the program is at
 * fault; `where` names those that use the CPU that there is. Cut-offs: docs/diagnoses.md.
 */
import { cpuLines } from './cpu-lines.ts';
import { type CpuSupply, type Quota, type RunDelay, readCpuSupply } from './cpu-supply.ts';
import type { Draft } from './draft.ts';
import type { Evidence, Finding, Severity } from './finding.ts';
import { evidenceStack, placeOf } from './frames.ts';
import type { ObservedWindow } from './window.ts';
import { at, clamp, digits, duration, percent } from './wording.ts';

export const CPU_STARVATION = {
  /** Periods of the quota that are too few to judge (100 ms each). */
  periods: 20,
  /** Share of the periods that were throttled: 25 % is what Kubernetes’ alerts ask for. */
  throttled: { high: 0.5, medium: 0.25, low: 0.05 },
  /** Threads ready without a CPU: share of the time they wanted one, and seconds per second. */
  delay: {
    medium: { share: 0.5, waiting: 0.7 },
    low: { share: 0.4, waiting: 0.3 },
  },
} as const;

export function findCpuStarvation(window: ObservedWindow): Draft[] {
  const supply = readCpuSupply(window);
  const { quota, delay } = supply;
  if (quota !== undefined) {
    const severity = throttlingOf(quota);
    if (severity !== undefined) return [quotaDraft(window, supply, quota, severity)];
  }
  const severity = delay === undefined ? undefined : delayOf(delay);
  if (delay === undefined || severity === undefined) return [];
  return [delayDraft(window, supply, delay, severity)];
}

/** How much of its quota’s periods stopped it; undefined = hardly any. */
export function throttlingOf({ periods, throttled }: Quota): Severity | undefined {
  if (periods < CPU_STARVATION.periods) return undefined;
  const share = throttled / periods;
  for (const severity of ['high', 'medium', 'low'] as const) {
    if (share >= CPU_STARVATION.throttled[severity]) return severity;
  }
  return undefined;
}

/** How much its threads wait for others; never `high`, as it is the machine’s fault. */
export function delayOf({ share, waiting }: RunDelay): Severity | undefined {
  for (const severity of ['medium', 'low'] as const) {
    const cut = CPU_STARVATION.delay[severity];
    if (share >= cut.share && waiting >= cut.waiting) return severity;
  }
  return undefined;
}

function quotaDraft(
  window: ObservedWindow,
  { used, gomaxprocs }: CpuSupply,
  quota: Quota,
  severity: Severity,
): Draft {
  const share = quota.throttled / quota.periods;
  const limit = quota.cores === undefined ? '' : ` of ${digits(quota.cores)} cores`;
  const stopped =
    quota.stopped === undefined ? '' : `, ${duration(quota.stopped)} in every second over all CPUs`;
  const tooMany = quota.cores !== undefined && gomaxprocs > Math.ceil(quota.cores);
  const evidence: Evidence[] = [
    {
      text: `${quota.throttled} of ${quota.periods} periods were throttled${stopped}`,
      value: share,
      unit: 'ratio',
    },
  ];
  if (used !== undefined) {
    evidence.push({
      text: `The process used ${digits(used)} cores on average${quota.cores === undefined ? '' : `, of ${digits(quota.cores)} that its quota allows`}`,
      value: used,
      unit: 'cores',
    });
  }
  if (tooMany) {
    evidence.push({
      text: `GOMAXPROCS is ${gomaxprocs}: so many threads use a period’s quota up at its beginning, and all stop for the rest of it`,
      value: gomaxprocs,
      unit: 'threads',
    });
  }
  const bursts = used !== undefined && quota.cores !== undefined && used < 0.7 * quota.cores;
  return starvationDraft(window, {
    title: `The CPU quota${limit} stopped the process in ${percent(share)} of its periods`,
    severity,
    confidence: 0.95,
    evidence,
    counterEvidence: bursts
      ? [
          {
            text: 'On average the quota is not used up: it is bursts that are stopped, as of garbage collection on all processors',
          },
        ]
      : [],
    impact: `Requests and collections stand still for up to a period (100 ms as a rule)${stopped === '' ? '' : `${stopped}`}`,
    next: 'Compare a window with a higher quota: latency that falls with it was waiting for the quota. perf sched, or the cgroup’s cpu.stat, shows single periods.',
    fix: `Raise the CPU limit, or leave it out and rely on requests (shares); ${tooMany ? 'set GOMAXPROCS to the limit, rounded up (Go 1.25 does by itself unless it is set, but not for limits of ancestors); ' : ''}and use less CPU at the lines named here.`,
    score: clamp(0.5 + share / 2, 0, 1),
  });
}

function delayDraft(
  window: ObservedWindow,
  { gomaxprocs, used }: CpuSupply,
  delay: RunDelay,
  severity: Severity,
): Draft {
  const others: Evidence[] = [
    { text: 'Pinning to few CPUs, or a low weight of the cgroup, looks the same' },
  ];
  if (gomaxprocs > 1 && (used ?? 0) >= 0.9 * gomaxprocs) {
    others.unshift({
      text: `The process itself uses ${digits(used ?? 0)} cores with GOMAXPROCS ${gomaxprocs}: its own threads may wait for each other`,
    });
  }
  return starvationDraft(window, {
    title: `Threads that were ready to run waited for a CPU ${percent(delay.share)} of the time: others on this machine have it`,
    severity,
    confidence: severity === 'medium' ? 0.8 : 0.6,
    evidence: [
      {
        text: `In every second the threads ran for ${duration(delay.running)} and were ready without a CPU for ${duration(delay.waiting)}`,
        value: delay.waiting,
        unit: 's/s',
      },
    ],
    counterEvidence: others,
    impact: `Work takes ${digits(1 / (1 - delay.share))} times as long as it would alone; everything measured in this window is slower by as much`,
    next: 'Look for who has the CPU: top on the machine, node_load1, container_cpu_usage_seconds_total of its neighbours; perf sched timehist shows each wait.',
    fix: 'Move the neighbours or this process, give it a larger share (cgroup weight, CPU requests), or pin it to CPUs of its own; no line of the program is at fault.',
    // True of the machine: what is the program’s own fault comes before.
    score: 0.1,
  });
}

interface StarvationParts {
  readonly title: string;
  readonly severity: Severity;
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
  readonly counterEvidence: readonly Evidence[];
  readonly impact: string;
  readonly next: string;
  readonly fix: string;
  readonly score: number;
}

/** With the lines that use the CPU. */
function starvationDraft(window: ObservedWindow, { score, ...parts }: StarvationParts): Draft {
  const lines = cpuLines(window);
  const total = lines.reduce((sum, { nanos }) => sum + nanos, 0);
  const [top] = lines;
  const users: Evidence[] =
    top === undefined
      ? []
      : [
          {
            text: `Of the CPU that it got, ${percent(top.nanos / total)} went to ${at(top.site)}`,
            value: top.nanos / total,
            unit: 'ratio',
            stack: evidenceStack(top.stack),
            view: { type: 'cpu', view: 'flame' },
          },
        ];
  const finding: Finding = {
    kind: 'cpu-starvation',
    ...parts,
    where: lines.slice(0, 3).map(({ site }) => placeOf(site)),
    evidence: [...parts.evidence, ...users],
  };
  // No function is its cause: it is never told to be the consequence of another finding.
  return { finding, score, functions: new Set() };
}
