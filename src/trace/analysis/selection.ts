/**
 * Which part of a trace an analysis looks at: a stretch of time, some goroutines, or spans of time on
 * goroutines (their regions). What is left out does not narrow anything.
 */
import type { Trace } from '../trace.ts';

/** Nanoseconds since the trace's origin. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Selection {
  readonly time?: Span;
  /** 1 for each goroutine index that counts. */
  readonly goroutines?: Uint8Array;
  /** Spans by goroutine index, sorted and disjoint: goroutines without any do not count. */
  readonly spans?: ReadonlyMap<number, readonly Span[]>;
}

/** How much of [start, end) on a goroutine is selected, in nanoseconds. */
export function selectedTime(
  selection: Selection,
  goroutine: number,
  start: number,
  end: number,
): number {
  if (selection.goroutines !== undefined && selection.goroutines[goroutine] !== 1) return 0;
  let from = start;
  let to = end;
  if (selection.time !== undefined) {
    from = Math.max(from, selection.time.start);
    to = Math.min(to, selection.time.end);
    if (to <= from) return 0;
  }
  if (selection.spans === undefined) return to - from;
  let sum = 0;
  for (const span of selection.spans.get(goroutine) ?? []) {
    if (span.start >= to) break;
    sum += Math.max(0, Math.min(to, span.end) - Math.max(from, span.start));
  }
  return sum;
}

/** Whether a moment on a goroutine (-1 = on none) is selected. */
export function isSelected(selection: Selection, goroutine: number, time: number): boolean {
  const { time: within, goroutines, spans } = selection;
  if (within !== undefined && (time < within.start || time >= within.end)) return false;
  if (goroutines !== undefined && goroutines[goroutine] !== 1) return false;
  if (spans === undefined) return true;
  return spans.get(goroutine)?.some(({ start, end }) => time >= start && time < end) ?? false;
}

/** Frame index of a stack's root, -1 when it has no frames. */
export function rootFrame(trace: Trace, stack: number): number {
  const { start, frames } = trace.stacks;
  return start[stack + 1] > start[stack] ? frames[start[stack + 1] - 1] : -1;
}

/** Frame index of a stack's leaf, -1 when it has no frames. */
export function leafFrame(trace: Trace, stack: number): number {
  const { start, frames } = trace.stacks;
  return start[stack + 1] > start[stack] ? frames[start[stack]] : -1;
}

export interface RegionFilter {
  /** The region's type. */
  readonly name?: string;
  /** Rows of the tasks that count; undefined = all, and regions outside of any. */
  readonly tasks?: ReadonlySet<number>;
}

/** The regions that a filter lets through, as spans of their goroutines; nested ones count once. */
export function regionSpans(
  trace: Trace,
  filter: RegionFilter,
): ReadonlyMap<number, readonly Span[]> {
  const { regions, strings, duration } = trace;
  const found = new Map<number, Span[]>();
  for (let row = 0; row < regions.length; row++) {
    if (filter.name !== undefined && strings[regions.name[row]] !== filter.name) continue;
    if (filter.tasks !== undefined && !filter.tasks.has(regions.task[row])) continue;
    const start = Number.isNaN(regions.start[row]) ? 0 : regions.start[row];
    const goroutine = regions.goroutine[row];
    const end = Number.isNaN(regions.end[row])
      ? orElse(trace.goroutines.endTime[goroutine], duration)
      : regions.end[row];
    const spans = found.get(goroutine);
    if (spans === undefined) found.set(goroutine, [{ start, end }]);
    else spans.push({ start, end });
  }
  for (const [goroutine, spans] of found) found.set(goroutine, outermost(spans));
  return found;
}

/** Those that no earlier one overlaps, as cmd/trace's pprofMatchingRegions takes them. */
function outermost(spans: Span[]): Span[] {
  spans.sort((a, b) => a.start - b.start || a.end - b.end);
  let last = Number.NEGATIVE_INFINITY;
  return spans.filter(({ start, end }) => {
    if (last > start) return false;
    last = end;
    return true;
  });
}

function orElse(time: number, instead: number): number {
  return Number.isNaN(time) ? instead : time;
}
