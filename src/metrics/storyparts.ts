/**
 * What the sections of the story are made of: texts with numbers in them, figures, distributions.
 *
 * Not the sections themselves. Texts are parts, so that whoever shows them writes numbers its own way.
 */
import { histogramCount, percentile } from './series.ts';
import type { Histogram } from './snapshot.ts';
import type { Gauge, Window } from './window.ts';

/** A number in a text. `unit` is that of a metric, `X/s`, `share` (1 = all) or `times`. */
export interface Quantity {
  readonly value: number;
  readonly unit: string;
}

export type Part = string | Quantity;
export type Text = readonly Part[];

export interface Figure {
  /** Stable: `gc.cycles`. */
  readonly id: string;
  readonly title: string;
  /** undefined = not measured; `why` says why. */
  readonly value: number | undefined;
  readonly unit: string;
  /** What it is compared with, or what it means. */
  readonly compared: Text;
  /** For a value that was not measured: what is missing. */
  readonly why: string;
}

export interface Distribution {
  readonly id: string;
  readonly title: string;
  /** The metric that it comes from. */
  readonly name: string;
  readonly unit: string;
  /** What was added in the window. */
  readonly histogram: Histogram;
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** Upper bound of the highest bucket that is not empty; Infinity = beyond the last bound. */
  readonly most: number;
}

export interface Section {
  readonly id: SectionId;
  readonly title: string;
  /** Empty when nothing of the section was measured. */
  readonly sentence: Text;
  readonly figures: readonly Figure[];
  readonly distributions: readonly Distribution[];
}

export const SECTION_IDS = [
  'gc',
  'heap',
  'memory',
  'goroutines',
  'scheduler',
  'cpu',
  'waiting',
  'process',
] as const;
export type SectionId = (typeof SECTION_IDS)[number];

export const SECTION_TITLES: Readonly<Record<SectionId, string>> = {
  gc: 'Garbage collection',
  heap: 'Heap',
  memory: 'Memory',
  goroutines: 'Goroutines',
  scheduler: 'Scheduler',
  cpu: 'CPU',
  waiting: 'Locks',
  process: 'Process',
};

/** What the sentences and what is lacking need, beyond what a dashboard draws. */
export const STORY_NAMES: readonly string[] = [
  '/gc/gogc:percent',
  '/sched/goroutines/waiting:goroutines',
  'process_run_seconds_total',
  'process_run_delay_seconds_total',
  'process_major_faults_total',
  'process_resident_memory_bytes',
];

/** A figure; without a value it says why. */
export function figure(
  id: string,
  title: string,
  value: number | undefined,
  unit: string,
  rest: { readonly compared?: Text; readonly why?: string } = {},
): Figure {
  const known = value !== undefined && Number.isFinite(value);
  return {
    id,
    title,
    value: known ? value : undefined,
    unit,
    compared: known ? (rest.compared ?? []) : [],
    why: known ? '' : (rest.why ?? 'the source does not tell it'),
  };
}

export function quantity(value: number, unit: string): Quantity {
  return { value, unit };
}

/** `28 % of ` and the whole; nothing when there is no whole. */
export function shareOf(value: number | undefined, whole: number | undefined, name: string): Text {
  if (value === undefined || whole === undefined || !(whole > 0)) return [];
  return [quantity(value / whole, 'share'), ` ${name}`];
}

/** Undefined when nothing was observed in the window. */
export function distribution(
  id: string,
  title: string,
  unit: string,
  window: Window,
  names: readonly string[],
): Distribution | undefined {
  const seen = window.observations(names);
  if (seen === undefined) return undefined;
  const { histogram, name } = seen;
  const count = histogramCount(histogram);
  if (!(count > 0)) return undefined;
  const [p50 = NaN, p90 = NaN, p99 = NaN] = [0.5, 0.9, 0.99].map((q) => percentile(histogram, q));
  return { id, title, name, unit, histogram, count, p50, p90, p99, most: mostOf(histogram) };
}

function mostOf({ counts, bounds }: Histogram): number {
  const last = counts.findLastIndex((count) => count > 0);
  return bounds[last + 1] ?? Infinity;
}

/** `from 10 MB to …` over the window; nothing for one reading. */
export function changeOf(window: Window, gauge: Gauge | undefined, unit = 'bytes'): Text {
  if (gauge === undefined || window.sinceStart) return [];
  const { first, last, most } = gauge;
  if (first === last && most === last) return ['unchanged'];
  const text: Text = [quantity(first, unit), ' at first'];
  return most > Math.max(first, last) ? [...text, ', ', quantity(most, unit), ' at most'] : text;
}

export function firstRate(window: Window, names: readonly string[]): number | undefined {
  for (const name of names) {
    const rate = window.rate(name);
    if (rate !== undefined) return rate;
  }
  return undefined;
}

export function whyNoRate(window: Window, name: string): string {
  if (!window.has(name)) return 'the source does not tell it';
  return window.sinceStart
    ? 'one reading, of a process whose start is not known'
    : 'it was read once in this time, or the process restarted';
}

/** Texts with commas between them; empty ones are left out. */
export function joined(texts: readonly Text[]): Text {
  const some = texts.filter((text) => text.length > 0);
  return some.flatMap((text, i) => (i === 0 ? text : [', ', ...text]));
}
