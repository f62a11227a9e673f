/**
 * D5, scheduler-latency: goroutines are ready to run and wait for a processor of Go’s scheduler,
 * because there are too many of them at once.
 *
 * Waiting alone does not say so: a machine whose CPUs others use makes goroutines wait, too. So the
 * queue must be long as well, and longer than a thread that was stopped explains. Cut-offs:
 * docs/diagnoses.md.
 */
import { delayOf, throttlingOf } from './cpu-starvation.ts';
import { readCpuSupply } from './cpu-supply.ts';
import { type Draft, lower, rankOf } from './draft.ts';
import type { Evidence, Finding, Place, Severity } from './finding.ts';
import { evidenceStack, placeOf } from './frames.ts';
import { groupPlaces, rootOf } from './goroutine-groups.ts';
import { type ReadyGroup, type RunQueue, readRunQueue } from './run-queue.ts';
import { readStandstill } from './standstill.ts';
import { capturesOf, metricGrowth, type ObservedWindow } from './window.ts';
import { at, clamp, count, digits, duration, exactly, plural } from './wording.ts';

export const SCHEDULER_LATENCY = {
  /** p99 in seconds: a goroutine may run for 10 ms before it is preempted (runtime/proc.go). */
  p99: { high: 0.1, medium: 0.01, low: 0.01 },
  /** Goroutines that are ready and wait, for each processor; low needs the latency only. */
  queue: { high: 5, medium: 3, low: 0 },
  /** Queue for each processor that is enough without a histogram. */
  alone: 5,
  /** Waits that are too few to have a p99. */
  waits: 200,
} as const;

export function findSchedulerLatency(window: ObservedWindow): Draft[] {
  const queue = readRunQueue(window);
  const severity = severityOf(queue);
  if (severity === undefined) return [];
  const supply = readCpuSupply(window);
  const starved = [
    supply.quota === undefined ? undefined : throttlingOf(supply.quota),
    supply.delay === undefined ? undefined : delayOf(supply.delay),
  ].filter((one) => one !== undefined && rankOf(one) >= rankOf('medium'));
  // A long queue is the program’s own making whatever else there is; a short one is not.
  const own = lengthOf(queue) >= SCHEDULER_LATENCY.alone;
  const isStarved = starved.length > 0;
  return [draft(window, queue, isStarved && !own ? lower(severity, 'low') : severity, isStarved)];
}

/** Goroutines that wait, for each processor; 0 = not known. */
function lengthOf({ runnable, gomaxprocs }: RunQueue): number {
  return runnable === undefined || gomaxprocs === 0 ? 0 : runnable / gomaxprocs;
}

function severityOf(queue: RunQueue): Severity | undefined {
  const { latency } = queue;
  const length = lengthOf(queue);
  const { p99, alone, waits } = SCHEDULER_LATENCY;
  if (latency === undefined) return length >= alone ? 'medium' : undefined;
  if (latency.count < waits) return undefined;
  for (const severity of ['high', 'medium', 'low'] as const) {
    if (latency.p99 >= p99[severity] && length >= SCHEDULER_LATENCY.queue[severity])
      return severity;
  }
  return undefined;
}

function draft(
  window: ObservedWindow,
  queue: RunQueue,
  severity: Severity,
  isStarved: boolean,
): Draft {
  const { latency, gomaxprocs, runnable } = queue;
  const [top] = queue.groups.filter(({ group }) => group.stack[group.siteAt]?.origin === 'own');
  const where = top === undefined ? [] : placesOf(window, top);
  const place = where[0] === undefined ? '' : `, most of them from ${at(where[0])}`;
  const waits =
    latency === undefined
      ? ''
      : `Goroutines wait up to ${duration(latency.p99)} (p99) for a processor`;
  const ready =
    runnable === undefined
      ? ''
      : `${count(runnable)} are ready at a time for ${plural(gomaxprocs, 'processor')}`;
  const title = `${[waits, ready].filter((text) => text !== '').join('; ')}${place}`;
  const finding: Finding = {
    kind: 'scheduler-latency',
    title,
    severity,
    confidence: confidenceOf(queue, isStarved),
    where,
    evidence: evidenceOf(window, queue, top),
    counterEvidence: counterEvidenceOf(queue, isStarved),
    impact:
      latency === undefined
        ? `Whatever becomes ready queues behind ${count(runnable ?? 0)} others`
        : `Every time a goroutine becomes ready it waits: half of them for more than ${duration(latency.p50)}, one in a hundred for more than ${duration(latency.p99)}`,
    next: 'Take an execution trace of one second: it shows every wait for a processor and who ran meanwhile.',
    fix: 'Bound how many run at once to about GOMAXPROCS (a worker pool, a semaphore, errgroup.SetLimit), so that what is urgent does not queue behind what is many; or give the heavy work a process of its own.',
  };
  const functions = new Set(where.map((one) => one.function));
  return { finding, score: clamp(0.3 + lengthOf(queue) / 40, 0, 0.9), functions };
}

/** The go statement where a dump names it, then the line that runs. */
function placesOf(window: ObservedWindow, { group }: ReadyGroup): Place[] {
  const last = capturesOf(window, 'goroutine').at(-1)?.profile;
  const running = groupPlaces(group, last);
  const root = rootOf(group.stack)?.function;
  const dumped = readStandstill(window)?.goroutines.values() ?? [];
  const creator = [...dumped].find(({ stack, createdBy }) => {
    return createdBy?.origin === 'own' && stack.at(-1)?.function === root;
  })?.createdBy;
  // groupPlaces has the creator second.
  const [line, start, ...others] = running;
  const places = creator === undefined ? [start, line] : [placeOf(creator), line, start];
  const found = [...places, ...others].filter((one) => one !== undefined);
  return found.filter((one, i) => {
    return found.findIndex(({ file, line }) => file === one.file && line === one.line) === i;
  });
}

function evidenceOf(
  window: ObservedWindow,
  { latency, runnable, gomaxprocs, source, groups }: RunQueue,
  top: ReadyGroup | undefined,
): Evidence[] {
  const evidence: Evidence[] = [];
  if (latency !== undefined) {
    evidence.push({
      text: `/sched/latencies: p50 ${duration(latency.p50)}, p99 ${duration(latency.p99)} over ${count(latency.count)} waits`,
      value: latency.p99,
      unit: 's',
    });
  }
  if (runnable !== undefined) {
    const how =
      source === 'metrics'
        ? '/sched/goroutines/runnable'
        : 'goroutine snapshots, less those that run';
    evidence.push({
      text: `${digits(runnable)} goroutines ready and waiting on average, for GOMAXPROCS ${gomaxprocs} (${how})`,
      value: runnable,
      unit: 'goroutines',
    });
  }
  if (top !== undefined) {
    const all = groups.reduce((sum, { mean }) => sum + mean, 0);
    const site = top.group.stack[top.group.siteAt];
    evidence.push({
      text: `${digits(top.mean)} of ${digits(all)} that run or are ready are at ${site === undefined ? 'one place' : at(site)}`,
      value: top.mean,
      unit: 'goroutines',
      stack: evidenceStack(top.group.stack),
      view: {
        type: 'goroutine',
        view: 'table',
        ...(site === undefined ? {} : { focus: exactly(site.function) }),
      },
    });
  }
  const created = metricGrowth(window, '/sched/goroutines-created:goroutines');
  if (created !== undefined && created.value > 0) {
    const rate = created.value / created.seconds;
    evidence.push({
      text: `${count(rate)} goroutines are started a second`,
      value: rate,
      unit: '1/s',
    });
  }
  return evidence;
}

function counterEvidenceOf(queue: RunQueue, isStarved: boolean): Evidence[] {
  const against: Evidence[] = [];
  if (isStarved) {
    against.push({
      text: 'The process does not get the CPU that it wants (see cpu-starvation): part of the waiting is for that',
    });
  }
  if (lengthOf(queue) < SCHEDULER_LATENCY.queue.medium) {
    against.push({
      text: 'Few goroutines are ready at a time: the waits are rather those of stopped threads, or of pauses for garbage collection',
    });
  }
  if (queue.source === 'snapshots' && queue.runnable !== undefined) {
    against.push({
      text: 'Snapshots are few, and bursts between them are not seen (Go 1.26 counts them)',
    });
  }
  return against;
}

function confidenceOf(queue: RunQueue, isStarved: boolean): number {
  const length = Math.min(1, lengthOf(queue) / 10);
  const base = queue.latency === undefined ? 0.5 : 0.6;
  return Number(clamp(base + 0.3 * length - (isStarved ? 0.15 : 0), 0.2, 0.95).toFixed(2));
}
