/**
 * The wire types of /api/v1 and their parsers. Server, CLI and page share them.
 *
 * Times on the wire are unix milliseconds (numbers). Trees travel as columns: names once, then one
 * array a column, so that a first flame graph stays far below 1 MB.
 *
 *   GET  /api/v1/services                          → Services
 *   GET  /api/v1/services/:service/overview        ?from&to                       → Overview
 *   GET  /api/v1/tree        ?service&type&sample&from&to&label.K=V&target.K=V&inverted=1 → WireTree
 *   GET  /api/v1/diff        the same, plus baseFrom, baseTo, baseLabel.K=V       → WireDiff
 *   GET  /api/v1/snapshots   ?service&type&sample&at=ms,ms,…                      → {trees: WireTree[]}
 *   GET  /api/v1/timeline    ?service&type&sample&from&to&groupBy                 → {series: WireSeries[]}
 *   GET  /api/v1/metrics     ?service&name=…&name=…&percentile&from&to            → {series: WireSeries[]}
 *   GET  /api/v1/services/:service/metrics         ?from&to&target.K=V            → WireDashboard
 *   GET  /api/v1/labels      ?service&type&sample&from&to[&key]                   → Labels
 *   GET  /api/v1/profiles    ?service&type&from&to                                → {profiles: WireProfileInfo[]}
 *   GET  /api/v1/profiles/:id                      → the profile as pprof proto, gzip
 *   GET  /api/v1/merged      the query of /tree    → the merged profile as pprof proto, gzip
 *   GET  /api/v1/findings    ?service&from&to      → {findings: WireFinding[], notMeasurable: […]}
 *   GET  /api/v1/targets                           → {targets: TargetState[]}
 *   GET  /api/v1/openapi.json
 *   Errors: {error: {code, message, next}} with a 4xx or 5xx status.
 */
import { z } from 'zod';
import { WireHeat } from './dashboard.ts';

export const WireSeries = z.object({
  name: z.string(),
  unit: z.string(),
  labels: z.record(z.string(), z.string()),
  /** Unix milliseconds, ascending. */
  time: z.array(z.number()),
  /** null = not measured. */
  value: z.array(z.number().nullable()),
});
export type WireSeries = z.infer<typeof WireSeries>;

/** A call tree as columns; see src/profile/calltree.ts for order and meaning. */
export const WireTree = z.object({
  service: z.string(),
  type: z.string(),
  sampleType: z.string(),
  unit: z.string(),
  from: z.number(),
  to: z.number(),
  /** How many profiles were merged, and the sum of their durations in milliseconds. */
  profiles: z.number(),
  durationMs: z.number(),
  frames: z.object({
    name: z.array(z.string()),
    /** Indices into `files`. */
    file: z.array(z.number()),
    line: z.array(z.number()),
  }),
  files: z.array(z.string()),
  /** Pre-order columns; node 0 is the root. */
  frame: z.array(z.number()),
  parent: z.array(z.number()),
  self: z.array(z.number()),
  total: z.array(z.number()),
  /** Indices of the nodes that were inlined into their parent. */
  inlined: z.array(z.number()),
  omittedNodes: z.number(),
});
export type WireTree = z.infer<typeof WireTree>;

/** Both trees laid over each other: `self`/`total` are of the second range, `base…` of the first. */
export const WireDiff = WireTree.extend({
  baseFrom: z.number(),
  baseTo: z.number(),
  baseProfiles: z.number(),
  baseDurationMs: z.number(),
  baseSelf: z.array(z.number()),
  baseTotal: z.array(z.number()),
});
export type WireDiff = z.infer<typeof WireDiff>;

export const WireService = z.object({
  service: z.string(),
  first: z.number(),
  last: z.number(),
  types: z.array(
    z.object({
      type: z.string(),
      sampleTypes: z.array(z.object({ type: z.string(), unit: z.string() })),
      profiles: z.number(),
    }),
  ),
  targetLabels: z.record(z.string(), z.array(z.string())),
  /** Latest vital signs; null = not measured. */
  vitals: z.object({
    cpuCores: z.number().nullable(),
    heapBytes: z.number().nullable(),
    goroutines: z.number().nullable(),
    gcPauseP99Seconds: z.number().nullable(),
    schedLatencyP99Seconds: z.number().nullable(),
  }),
  findings: z.object({ high: z.number(), medium: z.number(), low: z.number() }),
});
export type WireService = z.infer<typeof WireService>;

export const Services = z.object({
  now: z.number(),
  /** 'live' = collecting; 'recording' = an opened folder; 'replay' = a recording played as if live. */
  mode: z.enum(['live', 'recording', 'replay']),
  services: z.array(WireService),
});
export type Services = z.infer<typeof Services>;

const WirePlace = z.object({ function: z.string(), file: z.string(), line: z.number() });
const WireEvidence = z.object({
  text: z.string(),
  value: z.number().optional(),
  unit: z.string().optional(),
  stack: z.array(WirePlace).optional(),
  view: z
    .object({
      type: z.string(),
      sampleType: z.string().optional(),
      focus: z.string().optional(),
      view: z.enum(['flame', 'table', 'timeline']).optional(),
    })
    .optional(),
});

export const WireFinding = z.object({
  service: z.string(),
  /** When it was found, and the range it was found in: unix milliseconds. */
  at: z.number(),
  from: z.number(),
  to: z.number(),
  kind: z.string(),
  title: z.string(),
  severity: z.enum(['high', 'medium', 'low', 'info']),
  confidence: z.number(),
  where: z.array(WirePlace),
  evidence: z.array(WireEvidence),
  counterEvidence: z.array(WireEvidence),
  impact: z.string(),
  next: z.string(),
  fix: z.string(),
});
export type WireFinding = z.infer<typeof WireFinding>;

export const WireNotMeasurable = z.object({
  question: z.string(),
  why: z.string(),
  collect: z.string(),
});

export const Findings = z.object({
  findings: z.array(WireFinding),
  notMeasurable: z.array(WireNotMeasurable),
});
export type Findings = z.infer<typeof Findings>;

/** The time axis of a service: the tracks of the first screen, in order. */
export const Overview = z.object({
  service: z.string(),
  from: z.number(),
  to: z.number(),
  tracks: z.array(
    z.object({
      id: z.enum(['cpu', 'heap', 'goroutines', 'gc-pause', 'sched-latency']),
      title: z.string(),
      unit: z.string(),
      /** Where the numbers come from, in words; or why there are none. */
      source: z.string(),
      series: z.array(WireSeries),
      /** Text when the track cannot be measured: what is missing and how to get it. */
      missing: z.string().optional(),
      /** Of a latency, how often it was how long. */
      heat: WireHeat.optional(),
    }),
  ),
  /** Restarts of the process, gaps, label cuts: unix milliseconds with a word. */
  marks: z.array(z.object({ at: z.number(), kind: z.string(), text: z.string() })),
  findings: z.array(WireFinding),
});
export type Overview = z.infer<typeof Overview>;

export const Labels = z.object({
  keys: z.array(z.string()),
  values: z.array(z.object({ value: z.string(), total: z.number() })),
});
export type Labels = z.infer<typeof Labels>;

export const WireProfileInfo = z.object({
  id: z.string(),
  service: z.string(),
  labels: z.record(z.string(), z.string()),
  type: z.string(),
  start: z.number(),
  durationMs: z.number(),
  samples: z.number(),
});
export type WireProfileInfo = z.infer<typeof WireProfileInfo>;

export const TargetState = z.object({
  service: z.string(),
  instance: z.string(),
  url: z.string(),
  labels: z.record(z.string(), z.string()),
  up: z.boolean(),
  /** What each scrape last did. */
  scrapes: z.array(
    z.object({
      type: z.string(),
      lastStart: z.number().nullable(),
      lastDurationMs: z.number().nullable(),
      lastBytes: z.number().nullable(),
      lastError: z.string().nullable(),
      nextStart: z.number().nullable(),
    }),
  ),
  /** Notes such as “labels cut: user_id had more than 256 values”. */
  notes: z.array(z.string()),
});
export type TargetState = z.infer<typeof TargetState>;

export const WireError = z.object({
  error: z.object({ code: z.string(), message: z.string(), next: z.string() }),
});
export type WireError = z.infer<typeof WireError>;
