/**
 * The query strings of /api/v1 and their parsers: text from a URL → typed queries.
 *
 * Not the answers (wire.ts) and not what is done with them (the server). Matchers travel as
 * `label.KEY=VALUE` (sample labels) and `target.KEY=VALUE` (target labels).
 */
import { z } from 'zod';

/** A query string as a server hands it over: a key that was given twice is an array. */
export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Unix milliseconds; fractions, which a drawn axis gives, are rounded. */
const time = z.coerce.number().nonnegative().transform(Math.round);
const once = z.string().min(1);
const flag = z
  .enum(['0', '1', 'true', 'false', ''])
  .transform((text) => text !== '0' && text !== 'false');
const many = z
  .union([once, z.array(once)])
  .transform((value) => (typeof value === 'string' ? [value] : value));

/** Unix milliseconds, half open. Both may be left out: the server then takes its default range. */
const range = { from: time.optional(), to: time.optional() };

export const OverviewQuery = z.object(range);

export const FindingsQuery = z.object({ ...range, service: once.optional() });

export const ProfilesQuery = z.object({
  ...range,
  service: once.optional(),
  type: once,
  limit: z.coerce.number().int().min(1).max(100_000).optional(),
});

export const TreeQuery = z.object({
  ...range,
  service: once.optional(),
  type: once,
  /** Sample type; left out = the profile's own default. */
  sample: once.optional(),
  inverted: flag.optional(),
  granularity: z.enum(['functions', 'lines']).optional(),
  /** Leave out nodes below this share of the total; the server coarsens further when it must. */
  minShare: z.coerce.number().min(0).max(1).optional(),
});
export type TreeQuery = z.infer<typeof TreeQuery>;

export const DiffQuery = TreeQuery.extend({ baseFrom: time, baseTo: time });
export type DiffQuery = z.infer<typeof DiffQuery>;

export const SnapshotsQuery = TreeQuery.omit({ from: true, to: true }).extend({
  /** Comma-separated unix milliseconds, at most twelve. */
  at: z
    .string()
    .transform((text) => text.split(',').filter(Boolean).map(Number))
    .pipe(z.array(z.number().nonnegative().transform(Math.round)).min(1).max(12)),
});

export const TimelineQuery = TreeQuery.pick({
  from: true,
  to: true,
  service: true,
  type: true,
  sample: true,
}).extend({
  groupBy: once.optional(),
  maxPoints: z.coerce.number().int().min(2).max(10_000).optional(),
});

export const MetricsQuery = z.object({
  ...range,
  service: once,
  name: many,
  percentile: z.coerce.number().min(0).max(1).optional(),
  maxPoints: z.coerce.number().int().min(2).max(10_000).optional(),
});

export const DashboardQuery = z.object({
  ...range,
  /** Times that every panel has at most; 600 unless given. */
  maxPoints: z.coerce.number().int().min(2).max(2_000).optional(),
});

export const LabelsQuery = z.object({
  ...range,
  service: once.optional(),
  type: once,
  sample: once.optional(),
  key: once.optional(),
  limit: z.coerce.number().int().min(1).max(10_000).optional(),
});

/** The matchers of one prefix (`label.` or `target.` …); a key given twice keeps its last value. */
export function matchersOf(query: RawQuery, prefix: string): Record<string, string> {
  const matchers: Record<string, string> = {};
  for (const [key, value] of Object.entries(query)) {
    if (!key.startsWith(prefix) || key.length === prefix.length || value === undefined) continue;
    const last = typeof value === 'string' ? value : value.at(-1);
    if (last !== undefined) matchers[key.slice(prefix.length)] = last;
  }
  return matchers;
}

/** A Pyroscope application name: `shop{env="prod",version=v2}` → name and labels. */
export function parseApplicationName(text: string): {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
} {
  const brace = text.indexOf('{');
  if (brace < 0) return { name: text.trim(), labels: {} };
  const close = text.lastIndexOf('}');
  const labels: Record<string, string> = {};
  const inside = text.slice(brace + 1, close > brace ? close : text.length);
  for (const match of inside.matchAll(/\s*([^=,\s]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))/g)) {
    const [, key, quoted, bare] = match;
    if (key === undefined) continue;
    labels[key] = quoted !== undefined ? quoted.replaceAll(/\\(.)/g, '$1') : (bare ?? '').trim();
  }
  return { name: text.slice(0, brace).trim(), labels };
}
