/**
 * What stands out in a trace's summary, in sentences with their numbers.
 *
 * Observations, not diagnoses: no cause is claimed beyond what the trace shows. Thresholds: GC and
 * scheduling as in docs/diagnoses.md; a raw sum of blocked time is never a finding, since idle workers
 * wait, too.
 */
import { formatHuman } from '../../base/units.ts';
import { functionsOf, placeOf } from './places.ts';
import type { AnnotationGroup, TimeUse } from './regions.ts';
import type { TraceSummary } from './summary.ts';
import type { WaitPlace } from './waits.ts';

export interface TraceFinding {
  readonly kind:
    | 'incomplete'
    | 'gc-cost'
    | 'scheduler-latency'
    | 'poor-parallelism'
    | 'lock-contention'
    | 'long-pause'
    | 'task-waits'
    | 'goroutine-growth';
  readonly severity: 'high' | 'medium' | 'low' | 'info';
  readonly text: string;
  /** Where to look next. */
  readonly next: string;
}

const ORDER = ['high', 'medium', 'low', 'info'];

/** The severe ones first. */
export function findingsOf(summary: TraceSummary): TraceFinding[] {
  const found = [
    incomplete(summary),
    gcCost(summary),
    schedulerLatency(summary),
    poorParallelism(summary),
    ...lockContention(summary),
    longPause(summary),
    ...taskWaits(summary),
    growth(summary),
  ].filter((finding) => finding !== undefined);
  return found.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

const nanos = (time: number) => formatHuman(time, 'ns');
const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`;

function incomplete({ trace }: TraceSummary): TraceFinding | undefined {
  const lost = trace.notes.filter(({ kind }) => kind === 'truncated' || kind === 'damaged');
  if (lost.length === 0) return undefined;
  return {
    kind: 'incomplete',
    severity: 'info',
    text: `The file is not whole: ${lost.map(({ kind, reason }) => `${kind}: ${reason}`)[0]}`,
    next: 'whygo trace -check FILE says where; all numbers are of what could be read',
  };
}

/** What workers, assists and pauses take of the procs, as a share of all running time. */
function gcCost({
  mutator,
  time,
  procs,
  span,
  collections,
}: TraceSummary): TraceFinding | undefined {
  const load = 1 - mutator.mean;
  const share = (load * procs.mean * (span.end - span.start)) / Math.max(1, time.running);
  if (share < 0.2 || load < 0.05) return undefined;
  const [, ten] = mutator.minimum;
  return {
    kind: 'gc-cost',
    severity: share > 0.35 ? 'high' : 'medium',
    text:
      `Garbage collection (workers, assists, pauses) takes ${percent(share)} of the running time ` +
      `in ${collections.cycles} cycles; within 10 ms it leaves the program ${percent(ten.utilisation)} at worst`,
    next: 'an allocation profile (heap, alloc_space) names the lines that allocate',
  };
}

function schedulerLatency(summary: TraceSummary): TraceFinding | undefined {
  const { waits, time, procs, span } = summary;
  const ready = time.runnable / Math.max(1, span.end - span.start);
  const { p99, max, count } = waits.latency;
  if (count < 100 || p99 < 1e6 || ready < procs.mean) return undefined;
  const worst = waits.worst[0];
  const place = worst === undefined ? '' : placeOf(summary.trace, worst.stack).func;
  return {
    kind: 'scheduler-latency',
    severity: ready > 5 * procs.mean ? 'high' : 'medium',
    text:
      `On average ${ready.toFixed(1)} goroutines are ready and wait for one of ${procs.last} procs; ` +
      `the wait is p99 ${nanos(p99)}, at worst ${nanos(max)}${place === '' ? '' : ` (made ready in ${place})`}`,
    next: 'whygo trace -pprof=sched FILE shows where goroutines become ready',
  };
}

/** Work cut into so small pieces that handing them out keeps procs idle. */
function poorParallelism(summary: TraceSummary): TraceFinding | undefined {
  const { waits, utilisation, procs, parallelism, span } = summary;
  const { slices } = waits;
  const share = parallelism.idleWhileReady / Math.max(1, procs.mean * (span.end - span.start));
  if (slices.count < 1000 || slices.p50 >= 10_000 || share < 0.15 || procs.last < 2) {
    return undefined;
  }
  return {
    kind: 'poor-parallelism',
    severity: 'medium',
    text:
      `Procs stand idle ${percent(share)} of the time although goroutines are ready ` +
      `(${percent(1 - utilisation)} in all); half of all slices are shorter than ${nanos(slices.p50)}`,
    next: 'give goroutines larger pieces of work; whygo trace -goroutines FILE shows which are so short',
  };
}

const LOCKS = /^sync\.\(\*(Mutex|RWMutex)\)\.|^internal\/sync\.\(\*Mutex\)\./;

/** Seconds waited for mutexes per second. */
function lockContention(summary: TraceSummary): TraceFinding[] {
  const { trace, waits, span } = summary;
  const byPlace = new Map<string, { wait: WaitPlace; total: number; count: number }>();
  for (const wait of waits.places) {
    if (trace.strings[wait.reason] !== 'sync') continue;
    if (!functionsOf(trace, wait.stack).some((name) => LOCKS.test(name))) continue;
    const { func, line } = placeOf(trace, wait.stack);
    const key = `${func}:${line}`;
    const known = byPlace.get(key);
    byPlace.set(key, {
      wait: known === undefined || wait.longest > known.wait.longest ? wait : known.wait,
      total: wait.total + (known?.total ?? 0),
      count: wait.count + (known?.count ?? 0),
    });
  }
  const elapsed = Math.max(1, span.end - span.start);
  return [...byPlace.values()]
    .filter(({ total }) => total / elapsed > 0.1)
    .sort((a, b) => b.total - a.total)
    .slice(0, 3)
    .map(({ wait, total, count }) => {
      const { func, file, line } = placeOf(trace, wait.stack);
      const waker = placeOf(trace, wait.wakerStack);
      const by = waker.func === '' ? '' : `; the longest ended when ${waker.func} unlocked`;
      return {
        kind: 'lock-contention',
        severity: total / elapsed > 1 ? 'high' : 'medium',
        text:
          `Goroutines wait ${(total / elapsed).toFixed(1)} s per second for a lock in ${func} ` +
          `(${file}:${line}): ${count} waits, the longest ${nanos(wait.longest)}${by}`,
        next: 'whygo trace -pprof=sync FILE, or a mutex profile for the holders',
      };
    });
}

function longPause({ collections, trace }: TraceSummary): TraceFinding | undefined {
  const [worst] = collections.pauses;
  if (worst === undefined || worst.time < 5e6) return undefined;
  return {
    kind: 'long-pause',
    severity: worst.time > 50e6 ? 'medium' : 'low',
    text: `The world stood still for ${nanos(worst.time)} (${worst.reason}, ${placeOf(trace, worst.stack).func})`,
    next: 'in the slices before it: a goroutine that cannot be preempted holds such a pause up',
  };
}

/** Task types that mostly wait. */
function taskWaits({ tasks, trace }: TraceSummary): TraceFinding[] {
  return tasks
    .filter(({ name, durations }) => name !== '' && durations.count >= 10)
    .map((group) => ({ group, main: mainUse(group.use, trace.strings) }))
    .filter(({ main }) => main.share > 0.5 && main.what !== 'running')
    .slice(0, 3)
    .map(({ group, main }) => ({
      kind: 'task-waits',
      severity: 'info',
      text: `${sentenceOf(group)}: ${percent(main.share)} of the time in their regions is ${main.what}`,
      next: `whygo trace -critical='${group.name}' FILE shows what the slowest of them waits for`,
    }));
}

function sentenceOf({ name, durations }: AnnotationGroup): string {
  return `Tasks “${name}” take p50 ${nanos(durations.p50)}, p99 ${nanos(durations.p99)}`;
}

function mainUse(use: TimeUse, strings: readonly string[]): { what: string; share: number } {
  const parts: [string, number][] = [
    ['running', use.running],
    ['ready, waiting for a proc', use.runnable],
    ['in syscalls', use.syscall + use.syscallBlocked],
    ...[...use.blocked].map(([reason, time]): [string, number] => [
      `waiting: ${strings[reason] === '' ? 'reason not known' : strings[reason]}`,
      time,
    ]),
  ];
  const all = parts.reduce((sum, [, time]) => sum + time, 0);
  const [what, time] = parts.reduce((a, b) => (b[1] > a[1] ? b : a));
  return { what, share: all === 0 ? 0 : time / all };
}

function growth({ goroutines, span }: TraceSummary): TraceFinding | undefined {
  const more = goroutines.atEnd - goroutines.atStart;
  if (more < 100 || goroutines.ended > 0.5 * goroutines.created) return undefined;
  return {
    kind: 'goroutine-growth',
    severity: 'low',
    text:
      `${goroutines.created} goroutines were created and ${goroutines.ended} ended within ` +
      `${nanos(span.end - span.start)}: ${more} more than at the begin`,
    next: 'two goroutine dumps some time apart tell whether they stay (whygo goroutines)',
  };
}
