/**
 * The summary as JSON, `whygo.trace/1`: names instead of indices, times in nanoseconds since the begin of
 * the trace, goroutine ids as the runtime numbers them. Fields are only ever added to a schema.
 */
import type { Distribution } from '../../trace/analysis/distribution.ts';
import type { TraceFinding } from '../../trace/analysis/findings.ts';
import type { GoroutineGroup } from '../../trace/analysis/goroutines.ts';
import { type Place, placeOf } from '../../trace/analysis/places.ts';
import type { AnnotationGroup, TimeUse } from '../../trace/analysis/regions.ts';
import type { TraceSummary } from '../../trace/analysis/summary.ts';
import type { Trace } from '../../trace/trace.ts';

const MOST_PLACES = 100;

export function summaryJson(
  file: string,
  summary: TraceSummary,
  findings: readonly TraceFinding[],
): object {
  const { trace, span, begin, waits, collections, time } = summary;
  return {
    schema: 'whygo.trace/1',
    file,
    format: `go 1.${trace.version}`,
    begin: begin === undefined ? null : new Date(Number(begin / 1_000_000n)).toISOString(),
    duration: trace.duration,
    span,
    events: trace.eventCount,
    generations: trace.generations.length,
    notes: trace.notes.map(({ kind, generation, offset, reason, lostBytes }) => ({
      kind,
      generation,
      offset,
      reason,
      lostBytes,
    })),
    findings,
    gomaxprocs: summary.procs,
    utilisation: summary.utilisation,
    goroutines: summary.goroutines,
    time,
    heap: summary.heap,
    gc: {
      cycles: collections.cycles,
      mark: collections.mark,
      assist: collections.assist,
      sweep: collections.sweep,
      sweptBytes: collections.sweptBytes,
      reclaimedBytes: collections.reclaimedBytes,
    },
    mutatorUtilisation: summary.mutator,
    parallelism: summary.parallelism,
    pauses: collections.pauses
      .slice(0, MOST_PLACES)
      .map(({ start, time: lasted, reason, goroutine, stack }) => ({
        start,
        time: lasted,
        reason,
        goroutine: idOf(trace, goroutine),
        place: placeOf(trace, stack),
      })),
    groups: groupsJson(summary.groups),
    latency: waits.latency,
    slices: waits.slices,
    longestLatencies: waits.worst.map(({ goroutine, start, time: lasted, waker, stack }) => ({
      start,
      time: lasted,
      goroutine: idOf(trace, goroutine),
      waker: idOf(trace, waker),
      place: placeOf(trace, stack),
    })),
    waits: waits.places.slice(0, MOST_PLACES).map((wait) => ({
      reason: trace.strings[wait.reason],
      place: placeOf(trace, wait.stack),
      count: wait.count,
      total: wait.total,
      longest: {
        start: wait.start,
        time: wait.longest,
        goroutine: idOf(trace, wait.goroutine),
        waker: idOf(trace, wait.waker),
        wakerPlace: wait.wakerStack === 0 ? null : placeOf(trace, wait.wakerStack),
      },
    })),
    tasks: summary.tasks.map((group) => annotationJson(trace, group)),
    regions: summary.regions.map((group) => annotationJson(trace, group)),
  };
}

/** A 64-bit id as text, where a number would round it; null = none. */
function idOf(trace: Trace, goroutine: number): number | string | null {
  if (goroutine < 0) return null;
  const id = trace.goroutines.id[goroutine];
  return Number.isSafeInteger(Number(id)) ? Number(id) : String(id);
}

interface GroupJson {
  readonly start: Place | null;
  readonly [field: string]: unknown;
}

export function groupsJson(groups: readonly GoroutineGroup[]): GroupJson[] {
  return groups.map((group) => ({ ...group, start: group.start.func === '' ? null : group.start }));
}

interface AnnotationJson {
  readonly name: string;
  readonly count: number;
  readonly durations: Distribution;
  readonly histogram: AnnotationGroup['histogram'];
  readonly use: Omit<TimeUse, 'blocked'> & { readonly blocked: Readonly<Record<string, number>> };
}

function annotationJson({ strings }: Trace, group: AnnotationGroup): AnnotationJson {
  const { name, count, durations, histogram, use } = group;
  const blocked = Object.fromEntries([...use.blocked].map(([row, time]) => [strings[row], time]));
  return { name, count, durations, histogram, use: { ...use, blocked } };
}
