/**
 * The readings of one process → one story: GC, heap, memory, goroutines, scheduler, CPU, waiting, process.
 *
 * Every section has a sentence, figures (a number with its unit and what it is compared with) and,
 * where they help, distributions. Texts are parts, so that whoever shows them writes the numbers in
 * its own way. What could not be measured stays a figure without a value and says why; it is never 0.
 * Pure; it decides nothing about faults: that is src/explain. Cost: O(readings) a figure.
 */

import type { MetricSnapshot } from './snapshot.ts';
import { cpuSection, waitingSection } from './storycpu.ts';
import { gcSection, heapSection } from './storygc.ts';
import { memorySection } from './storymemory.ts';
import type { Section } from './storyparts.ts';
import { processSection } from './storyprocess.ts';
import { goroutinesSection, schedulerSection } from './storyscheduler.ts';
import { Window } from './window.ts';

export interface Story {
  readonly source: MetricSnapshot['source'];
  readonly goVersion: string;
  readonly fromNanos: bigint;
  readonly toNanos: bigint;
  /** Length of the window; NaN = unknown. */
  readonly seconds: number;
  readonly readings: number;
  /** One reading alone: everything is since the process began. */
  readonly sinceStart: boolean;
  readonly restarts: number;
  readonly sections: readonly Section[];
  /** What the source lacks, and what would tell it. */
  readonly lacking: readonly string[];
}

/** Snapshots of one process, ascending by time. Throws RangeError when there is none. */
export function storyOf(snapshots: readonly MetricSnapshot[]): Story {
  const window = new Window(snapshots);
  const { newest } = window;
  const length = Number.isNaN(window.seconds) ? 0n : BigInt(Math.round(window.seconds * 1e9));
  return {
    source: newest.source,
    goVersion: newest.goVersion,
    fromNanos: newest.timeNanos - length,
    toNanos: newest.timeNanos,
    seconds: window.seconds,
    readings: snapshots.length,
    sinceStart: window.sinceStart,
    restarts: window.restarts,
    sections: [
      gcSection(window),
      heapSection(window),
      memorySection(window),
      goroutinesSection(window),
      schedulerSection(window),
      cpuSection(window),
      waitingSection(window),
      processSection(window),
    ],
    lacking: lackingOf(window),
  };
}

interface Need {
  readonly what: string;
  /** One of these metrics tells it. */
  readonly names: readonly string[];
  readonly from: string;
}

const AGENT = 'import whygo’s agent, or serve client_golang’s collectors.MetricsAll';
const LOCAL = 'Linux tells it of processes on the machine that whygo runs on';
const NEEDS: readonly Need[] = [
  { what: 'scheduling latency', names: ['/sched/latencies:seconds'], from: AGENT },
  { what: 'mutex wait (Go 1.20)', names: ['/sync/mutex/wait/total:seconds'], from: AGENT },
  { what: 'CPU classes (Go 1.20)', names: ['/cpu/classes/total:cpu-seconds'], from: AGENT },
  {
    what: 'goroutines by state (Go 1.26)',
    names: ['/sched/goroutines/runnable:goroutines'],
    from: AGENT,
  },
  { what: 'GOGC and GOMEMLIMIT (Go 1.21)', names: ['/gc/gogc:percent'], from: AGENT },
  { what: 'CPU time of the process', names: ['process_cpu_seconds_total'], from: AGENT },
  { what: 'RSS', names: ['process_resident_memory_bytes'], from: LOCAL },
  {
    what: 'run delay and page faults',
    names: ['process_run_delay_seconds_total', 'process_major_faults_total'],
    from: LOCAL,
  },
];

/** One line for each way to get more, with all that it would tell. */
function lackingOf(window: Window): readonly string[] {
  const byRemedy = new Map<string, string[]>();
  for (const { what, names, from } of NEEDS) {
    if (names.some((name) => window.has(name))) continue;
    byRemedy.set(from, [...(byRemedy.get(from) ?? []), what]);
  }
  return Array.from(byRemedy, ([from, what]) => `${what.join(', ')}: ${from}`);
}
