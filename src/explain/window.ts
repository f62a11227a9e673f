/**
 * What was observed of one process between two moments, ready for the rules: captures by type,
 * growth of cumulative values by site, growth of metrics.
 *
 * Hides where an observation came from. Captures of a live target count since process start, those
 * of a store are deltas already; a process that was started anew leaves only what came after.
 */
import { isCumulativeType } from '../profile/delta.ts';
import { type Profile, sampleIndexOf } from '../profile/profile.ts';
import { type Frame, FrameBook } from './frames.ts';
import type { Capture, Observation } from './observation.ts';

export interface ObservedWindow {
  readonly observation: Observation;
  readonly book: FrameBook;
  /** From the first capture or metric to the last, in seconds. */
  readonly seconds: number;
}

/** The window after the process's last start, with its frames classified on demand. */
export function openWindow(observation: Observation): ObservedWindow {
  const kept = sinceRestart(observation);
  const book = new FrameBook(
    kept.captures.map((c) => c.profile),
    kept.ownModules,
  );
  return { observation: kept, book, seconds: toSeconds(kept.toNanos - kept.fromNanos) };
}

export function toSeconds(nanos: bigint): number {
  return Number(nanos) / 1e9;
}

/** Captures of a type, ascending, empty profiles included. */
export function capturesOf(window: ObservedWindow, type: string): readonly Capture[] {
  return window.observation.captures.filter((c) => c.type === type);
}

/**
 * Captures with a sample type of the heap profile. Heap and allocs captures of a process are the
 * same profile; a store keeps the instants of it as heap and the growth as allocs.
 */
export function heapCaptures(window: ObservedWindow, sampleType: string): readonly Capture[] {
  for (const type of ['heap', 'allocs']) {
    const found = capturesOf(window, type).filter((c) => sampleIndexOf(c.profile, sampleType) >= 0);
    if (found.length > 0) return found;
  }
  return [];
}

/** The moment that the instant values of a capture belong to, in unix nanoseconds. */
export function instantOf(capture: Capture): bigint {
  return capture.delta ? capture.startNanos + capture.durationNanos : capture.startNanos;
}

export interface GrowthRow {
  readonly site: Frame;
  /**
   * The heaviest stack of the site (by the first column), leaf first, and the site's place in it.
   */
  readonly stack: readonly Frame[];
  readonly siteAt: number;
  /** Growth of each column. */
  readonly values: readonly number[];
}

export interface Growth {
  /** Descending by the first column. */
  readonly rows: readonly GrowthRow[];
  /** Sums over all rows. */
  readonly totals: readonly number[];
  /** Time in which it grew; 0 = unknown, as the only capture counts since process start. */
  readonly seconds: number;
}

/**
 * How much cumulative sample types grew, by site. `siteOf` gives the index of a stack's site, or -1
 * to leave the stack out. Undefined without a capture that has the columns.
 */
export function growthBySite(
  book: FrameBook,
  captures: readonly Capture[],
  columns: readonly string[],
  siteOf: (stack: readonly Frame[]) => number,
): Growth | undefined {
  const usable = captures.filter((c) => columns.every((t) => sampleIndexOf(c.profile, t) >= 0));
  const last = usable.at(-1);
  if (last === undefined) return undefined;
  const sum = new SiteSums(columns, siteOf);
  const deltas = usable.filter((c) => c.delta);
  if (deltas.length > 0) {
    for (const capture of deltas) sum.add(book, capture.profile, 1);
    return sum.finish(deltas.reduce((total, c) => total + toSeconds(c.durationNanos), 0));
  }
  sum.add(book, last.profile, 1);
  const first = usable[0];
  if (first === undefined || first === last) return sum.finish(0);
  sum.add(book, first.profile, -1);
  return sum.finish(toSeconds(last.startNanos - first.startNanos));
}

interface MutableRow {
  site: Frame;
  stack: readonly Frame[];
  siteAt: number;
  heaviest: number;
  values: number[];
}

/** Sums of sample columns by site. */
class SiteSums {
  private readonly columns: readonly string[];
  private readonly siteOf: (stack: readonly Frame[]) => number;
  private readonly rows = new Map<Frame, MutableRow>();

  constructor(columns: readonly string[], siteOf: (stack: readonly Frame[]) => number) {
    this.columns = columns;
    this.siteOf = siteOf;
  }

  add(book: FrameBook, profile: Profile, sign: 1 | -1): void {
    const indices = this.columns.map((type) => sampleIndexOf(profile, type));
    book.framesOf(profile).forEachSample(indices, (stack, values) => {
      const siteAt = this.siteOf(stack);
      const site = stack[siteAt];
      if (site === undefined) return;
      const row = this.rowOf(site, values.length);
      for (let c = 0; c < values.length; c++) {
        row.values[c] = (row.values[c] ?? 0) + sign * (values[c] ?? 0);
      }
      const weight = values[0] ?? 0;
      if (weight > row.heaviest || row.stack.length === 0) {
        row.heaviest = weight;
        row.stack = [...stack];
        row.siteAt = siteAt;
      }
    });
  }

  private rowOf(site: Frame, columns: number): MutableRow {
    let row = this.rows.get(site);
    if (row === undefined) {
      row = { site, stack: [], siteAt: 0, heaviest: 0, values: new Array(columns).fill(0) };
      this.rows.set(site, row);
    }
    return row;
  }

  finish(seconds: number): Growth {
    const rows = [...this.rows.values()].filter((row) => row.values.some((v) => v > 0));
    rows.sort((a, b) => (b.values[0] ?? 0) - (a.values[0] ?? 0));
    const totals = this.columns.map((_, c) =>
      rows.reduce((total, row) => total + Math.max(0, row.values[c] ?? 0), 0),
    );
    return { rows, totals, seconds };
  }
}

export interface MetricGrowth {
  readonly value: number;
  readonly seconds: number;
}

/**
 * How much a cumulative metric grew between its first and last reading; undefined with less than
 * two.
 */
export function metricGrowth(window: ObservedWindow, name: string): MetricGrowth | undefined {
  const readings = window.observation.metrics.flatMap((snapshot) => {
    const value = snapshot.metrics.get(name)?.value;
    return typeof value === 'number' ? [{ time: snapshot.timeNanos, value }] : [];
  });
  const first = readings[0];
  const last = readings.at(-1);
  if (first === undefined || last === undefined || last.time <= first.time) return undefined;
  return { value: last.value - first.value, seconds: toSeconds(last.time - first.time) };
}

/** The last reading of a metric. */
export function lastMetric(window: ObservedWindow, name: string): number | undefined {
  for (const snapshot of window.observation.metrics.toReversed()) {
    const value = snapshot.metrics.get(name)?.value;
    if (typeof value === 'number') return value;
  }
  return undefined;
}

/** Drops everything from before the process's last start, as metrics and counters tell it. */
function sinceRestart(observation: Observation): Observation {
  const restart = lastRestart(observation);
  if (restart === undefined) return observation;
  return {
    ...observation,
    fromNanos: restart,
    captures: observation.captures.filter((c) => c.startNanos >= restart),
    metrics: observation.metrics.filter((m) => m.timeNanos >= restart),
    dumps: (observation.dumps ?? []).filter((d) => d.timeNanos >= restart),
  };
}

function lastRestart(observation: Observation): bigint | undefined {
  let restart: bigint | undefined;
  const later = (time: bigint) => {
    if (restart === undefined || time > restart) restart = time;
  };
  let start = 0n;
  for (const snapshot of observation.metrics) {
    const { processStartNanos, timeNanos } = snapshot;
    if (processStartNanos === 0n) continue;
    if (start !== 0n && processStartNanos !== start) later(timeNanos);
    start = processStartNanos;
  }
  const totals = new Map<string, number>();
  for (const capture of observation.captures) {
    if (capture.delta) continue;
    const total = cumulativeTotal(capture.profile);
    if (total === undefined) continue;
    if (total < 0.9 * (totals.get(capture.type) ?? 0)) later(capture.startNanos);
    totals.set(capture.type, total);
  }
  return restart;
}

/** The sum of the first cumulative column: it only falls by much when the process started anew. */
function cumulativeTotal(profile: Profile): number | undefined {
  const column = profile.sampleTypes.findIndex((t) => isCumulativeType(t.type));
  const values = profile.samples.values[column];
  if (values === undefined) return undefined;
  let total = 0;
  for (const value of values) total += Number(value);
  return total;
}
