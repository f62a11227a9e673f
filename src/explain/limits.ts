/**
 * What could not be told, and how to tell it. An instrument that was off is said to be off: never
 * read as zero.
 */
import { readCpuUse } from './cpu.ts';
import { CPU_HOTSPOT } from './cpu-hotspot.ts';
import { readCpuSupply } from './cpu-supply.ts';
import type { NotMeasurable } from './finding.ts';
import { GROWTH } from './growth.ts';
import { leakSnapshots } from './heap-snapshots.ts';
import {
  capturesOf,
  heapCaptures,
  lastMetric,
  metricGrowth,
  type ObservedWindow,
} from './window.ts';
import { digits, plural } from './wording.ts';

const AGENT = 'import the agent (_ "whygo.dev/agent"), which serves runtime/metrics';

const HOLDERS = 'Who holds the locks that others wait for';
const WAITS = 'How long goroutines wait for locks and channels';
const ON =
  'runtime.SetMutexProfileFraction(10) and runtime.SetBlockProfileRate(10000) in the program, or agent.SetRates(10000, 10)';

/** What each type of capture would have told, and how to have it. */
const MISSING: Readonly<Record<string, { readonly question: string; readonly collect: string }>> = {
  mutex: { question: HOLDERS, collect: ON },
  block: { question: WAITS, collect: ON },
  metrics: { question: 'How the process did from second to second', collect: AGENT },
  goroutines: {
    question: 'Which goroutines are stuck',
    collect: 'goroutine?debug=2 twice, half a minute apart',
  },
  files: {
    question: 'What other files hold',
    collect: 'name only profiles, metrics and dumps, each complete',
  },
  trace: {
    question: 'What each goroutine waited for, and when',
    collect: 'an execution trace of a second or two: /debug/pprof/trace?seconds=2',
  },
};

export function findLimits(window: ObservedWindow): NotMeasurable[] {
  const limits = [
    ...missingLimits(window),
    ...cpuLimits(window),
    ...heapLimits(window),
    ...goroutineLimits(window),
    ...stuckLimits(window),
    ...lockLimits(window),
    ...metricLimits(window),
    ...supplyLimits(window),
  ];
  // What the collector knows to be missing is told in its words.
  const asked = new Set<string>();
  return limits.filter(({ question }) => !asked.has(question) && asked.add(question));
}

function missingLimits(window: ObservedWindow): NotMeasurable[] {
  return window.observation.missing.map(({ type, why }) => {
    const known = MISSING[type];
    if (known !== undefined) return { ...known, why };
    return {
      question: `What the ${type} profile would have shown`,
      why,
      collect: `/debug/pprof/${type}, again`,
    };
  });
}

function cpuLimits(window: ObservedWindow): NotMeasurable[] {
  const use = readCpuUse(window);
  const collect = 'a CPU profile of 30 s under real load: /debug/pprof/profile?seconds=30';
  if (use === undefined) {
    const question = 'Where the CPU time goes, and what garbage collection costs';
    return [{ question, why: 'there is no CPU profile', collect }];
  }
  const ticks = use.total / 1e7;
  if (ticks >= CPU_HOTSPOT.samples) return [];
  const why = `the process used ${digits(use.total / 1e9)} s of CPU only (${plural(Math.round(ticks), 'sample')}; shares need ${CPU_HOTSPOT.samples})`;
  return [{ question: 'Which lines take the CPU time', why, collect }];
}

function heapLimits(window: ObservedWindow): NotMeasurable[] {
  const limits: NotMeasurable[] = [];
  const snapshots = leakSnapshots(window).length;
  const collect =
    'heap?gc=1 at least five times, some seconds apart: whygo explain TARGET --for 30s';
  if (snapshots < GROWTH.snapshots) {
    const question = 'Whether the heap leaks';
    const why = `there ${snapshots === 1 ? 'is' : 'are'} ${plural(snapshots, 'heap snapshot')}; it takes ${GROWTH.snapshots}, as three misjudge a cache that fills`;
    limits.push({ question, why, collect });
  }
  if (heapCaptures(window, 'alloc_space').length === 0 && readCpuUse(window) !== undefined) {
    const question = 'How many bytes each line allocates';
    limits.push({ question, why: 'there is no heap or allocs profile', collect });
  }
  return limits;
}

function goroutineLimits(window: ObservedWindow): NotMeasurable[] {
  const snapshots = capturesOf(window, 'goroutine').length;
  if (snapshots >= GROWTH.snapshots) return [];
  return [
    {
      question: 'Whether goroutines leak',
      why: `there ${snapshots === 1 ? 'is' : 'are'} ${plural(snapshots, 'goroutine snapshot')}; it takes ${GROWTH.snapshots}`,
      collect: 'goroutine profiles at least five times: whygo explain TARGET --for 30s',
    },
  ];
}

/** One dump, or none, cannot show that goroutines stay where they are. */
function stuckLimits(window: ObservedWindow): NotMeasurable[] {
  const dumps = window.observation.dumps ?? [];
  if (dumps.length >= 2) return [];
  const why =
    dumps.length === 0
      ? 'there is no dump with ids and states (debug=2)'
      : 'there is one dump: it shows where goroutines are, not that they stay there';
  const collect =
    'goroutine?debug=2 twice, half a minute apart, as files or by whygo explain TARGET --for 30s (not gently, below 1,000 goroutines)';
  return [{ question: 'Which goroutines are stuck', why, collect }];
}

function supplyLimits(window: ObservedWindow): NotMeasurable[] {
  const { quota, delay } = readCpuSupply(window);
  if (quota !== undefined || delay !== undefined) return [];
  return [
    {
      question: 'Whether the process got the CPU that it wanted',
      why: 'the operating system’s counts of waiting and throttling are not among the metrics',
      collect:
        'run whygo explain on the machine of the process, or name a file with its container_cpu_cfs_* metrics (cAdvisor)',
    },
  ];
}

function lockLimits(window: ObservedWindow): NotMeasurable[] {
  const limits: NotMeasurable[] = [];
  if (isEmpty(window, 'mutex') && !knownOn(window, 'agent.mutexProfileFraction')) {
    limits.push({
      question: HOLDERS,
      why: emptyText(window, 'mutex'),
      collect: ON,
    });
  }
  if (isEmpty(window, 'block') && !knownOn(window, 'agent.blockProfileRate')) {
    limits.push({
      question: WAITS,
      why: emptyText(window, 'block'),
      collect: ON,
    });
  }
  return limits;
}

function emptyText(window: ObservedWindow, type: string): string {
  return capturesOf(window, type).length === 0
    ? `there is no ${type} profile`
    : `the ${type} profile is empty: its rate is off in a new process (or nothing waited)`;
}

function isEmpty(window: ObservedWindow, type: string): boolean {
  return capturesOf(window, type).every((c) => c.profile.samples.length === 0);
}

function knownOn(window: ObservedWindow, setting: string): boolean {
  return (lastMetric(window, setting) ?? 0) > 0;
}

function metricLimits(window: ObservedWindow): NotMeasurable[] {
  const { metrics } = window.observation;
  const limits: NotMeasurable[] = [];
  if (!metrics.some((m) => m.metrics.has('/sched/latencies:seconds'))) {
    limits.push({
      question: 'Whether goroutines wait for a processor, and how much all locks cost together',
      why:
        metrics.length === 0
          ? 'there are no runtime metrics'
          : 'the metrics come from MemStats, which have no scheduler and no locks',
      collect: AGENT,
    });
  }
  const cpu = metricGrowth(window, '/cpu/classes/total:cpu-seconds');
  if (cpu !== undefined && cpu.value === 0) {
    limits.push({
      question: 'What /cpu/classes says of garbage collection',
      why: 'the runtime refreshes /cpu/classes only when a collection ends, and none did',
      collect: 'a longer window, or the CPU profile, which needs no collection',
    });
  }
  return limits;
}
