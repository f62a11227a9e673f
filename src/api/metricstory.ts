/**
 * The story of a process's metrics in words: what `whygo metrics --json` prints (`whygo.metrics/1`)
 * and what the page's dashboard shows.
 *
 * Numbers stay numbers in base units (bytes, seconds, 1/s, share = 1 for all); `text` is the same for
 * people. null = not measured, and `why` says why. Infinite bounds are the texts "+Inf" and "-Inf".
 */
import { z } from 'zod';
import type { Histogram } from '../metrics/snapshot.ts';
import { type Story, storyOf } from '../metrics/story.ts';
import type { Distribution, Figure, Part, Section, Text } from '../metrics/storyparts.ts';
import { formatShare, formatValue } from '../report/figures.ts';

export const METRICS_SCHEMA = 'whygo.metrics/1';

const Bound = z.union([z.number(), z.enum(['+Inf', '-Inf'])]);

const WireFigure = z.object({
  id: z.string(),
  title: z.string(),
  value: z.number().nullable(),
  unit: z.string(),
  /** The value with its unit; '–' when it was not measured. */
  text: z.string(),
  /** What it is compared with, or what it means. */
  compared: z.string(),
  /** Why there is no value; '' when there is one. */
  why: z.string(),
});
export type WireFigure = z.infer<typeof WireFigure>;

const WireDistribution = z.object({
  id: z.string(),
  title: z.string(),
  metric: z.string(),
  unit: z.string(),
  count: z.number(),
  p50: z.number(),
  p90: z.number(),
  p99: z.number(),
  /** Upper bound of the highest bucket that is not empty. */
  max: Bound,
  /** Buckets that are not empty, ascending. */
  buckets: z.array(z.object({ from: Bound, to: Bound, count: z.number() })),
});
export type WireDistribution = z.infer<typeof WireDistribution>;

const WireSection = z.object({
  id: z.string(),
  title: z.string(),
  sentence: z.string(),
  figures: z.array(WireFigure),
  distributions: z.array(WireDistribution),
});
export type WireSection = z.infer<typeof WireSection>;

export const WireStory = z.object({
  schema: z.literal(METRICS_SCHEMA),
  target: z.string(),
  source: z.enum(['agent', 'memstats', 'prometheus', 'expvar', 'godebug']),
  goVersion: z.string(),
  /** Unix milliseconds; null = unknown. */
  from: z.number().nullable(),
  to: z.number(),
  seconds: z.number().nullable(),
  readings: z.number(),
  /** True when there was one reading alone: rates are since the process began. */
  sinceStart: z.boolean(),
  restarts: z.number(),
  sections: z.array(WireSection),
  /** What the source lacks, and what would tell it. */
  lacking: z.array(z.string()),
});
export type WireStory = z.infer<typeof WireStory>;

/** The story of snapshots of one process, ascending. Throws RangeError when there are none. */
export function wireStory(target: string, story: Story): WireStory {
  const known = !Number.isNaN(story.seconds);
  return {
    schema: METRICS_SCHEMA,
    target,
    source: story.source,
    goVersion: story.goVersion,
    from: known ? Number(story.fromNanos) / 1e6 : null,
    to: Number(story.toNanos) / 1e6,
    seconds: known ? story.seconds : null,
    readings: story.readings,
    sinceStart: story.sinceStart,
    restarts: story.restarts,
    sections: story.sections.map(wireSection),
    lacking: [...story.lacking],
  };
}

export { storyOf };

function wireSection({ id, title, sentence, figures, distributions }: Section): WireSection {
  return {
    id,
    title,
    sentence: textOf(sentence),
    figures: figures.map(wireFigure),
    distributions: distributions.map(wireDistribution),
  };
}

function wireFigure({ id, title, value, unit, compared, why }: Figure): WireFigure {
  return {
    id,
    title,
    value: value ?? null,
    unit,
    text: value === undefined ? '–' : quantityText(value, unit),
    compared: textOf(compared),
    why,
  };
}

function wireDistribution(distribution: Distribution): WireDistribution {
  const { id, title, name, unit, histogram, count, p50, p90, p99, most } = distribution;
  const buckets = bucketsOf(histogram);
  return { id, title, metric: name, unit, count, p50, p90, p99, max: wireBound(most), buckets };
}

function bucketsOf({ counts, bounds }: Histogram): WireDistribution['buckets'] {
  const buckets: WireDistribution['buckets'] = [];
  counts.forEach((count, i) => {
    if (!(count > 0)) return;
    const [from, to] = [bounds[i] ?? -Infinity, bounds[i + 1] ?? Infinity];
    buckets.push({ from: wireBound(from), to: wireBound(to), count });
  });
  return buckets;
}

/** JSON has no infinity. */
export function wireBound(bound: number): z.infer<typeof Bound> {
  if (bound === Infinity) return '+Inf';
  return bound === -Infinity ? '-Inf' : bound;
}

function textOf(text: Text): string {
  return text.map(partText).join('');
}

function partText(part: Part): string {
  return typeof part === 'string' ? part : quantityText(part.value, part.unit);
}

/** A number with its unit, three significant digits: `12.3 MB/s`, `28 %`, `0.8 ms`, `1.4 cores`. */
export function quantityText(value: number, unit: string): string {
  if (value === Infinity) return 'the last bucket';
  if (unit === 'share') return formatShare(value);
  if (unit === '1/s') return `${formatValue(value, 'count')}/s`;
  if (unit === 'percent') return formatShare(value / 100);
  if (unit.endsWith('/s')) return `${formatValue(value, unit.slice(0, -2))}/s`;
  return formatValue(value, unit);
}
