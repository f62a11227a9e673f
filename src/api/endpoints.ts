/**
 * The table of the server's endpoints: what the OpenAPI document and the docs are made from.
 *
 * It describes; the server's routes do. A test holds that both have the same entries.
 */
import { z } from 'zod';
import { WireDashboard } from './dashboard.ts';
import { PushedMetrics, PushMetricsQuery } from './push.ts';
import {
  DashboardQuery,
  DiffQuery,
  FindingsQuery,
  LabelsQuery,
  MetricsQuery,
  OverviewQuery,
  ProfilesQuery,
  SnapshotsQuery,
  TimelineQuery,
  TreeQuery,
} from './query.ts';
import {
  Findings,
  Labels,
  Overview,
  Services,
  TargetState,
  WireDiff,
  WireError,
  WireProfileInfo,
  WireSeries,
  WireTree,
} from './wire.ts';

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** With `:name` for path parameters. */
  readonly path: string;
  readonly summary: string;
  readonly query?: z.ZodObject;
  /** Takes `label.KEY=VALUE` and `target.KEY=VALUE` too. */
  readonly matchers?: boolean;
  /** A JSON answer's schema, or the media type of another one. */
  readonly answer: z.ZodType | string;
  /** Media type of the request's body. */
  readonly body?: string;
}

const IngestQuery = z.object({
  name: z.string().min(1),
  from: z.coerce.number().optional(),
  until: z.coerce.number().optional(),
});

export const ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/api/v1/services',
    summary: 'Every service with its profile types, target labels, vital signs and findings',
    answer: Services,
  },
  {
    method: 'GET',
    path: '/api/v1/services/:service/overview',
    summary: 'The time axis of a service: CPU, heap, goroutines, GC pauses, scheduling latency',
    query: OverviewQuery,
    answer: Overview,
  },
  {
    method: 'GET',
    path: '/api/v1/services/:service/metrics',
    summary: 'The metrics dashboard: panels over one time, heat maps, and what they say',
    query: DashboardQuery,
    matchers: true,
    answer: WireDashboard,
  },
  {
    method: 'GET',
    path: '/api/v1/tree',
    summary: 'The merged call tree of a range',
    query: TreeQuery,
    matchers: true,
    answer: WireTree,
  },
  {
    method: 'GET',
    path: '/api/v1/diff',
    summary: 'Two ranges (or label sets) as one call tree with two value columns',
    query: DiffQuery,
    matchers: true,
    answer: WireDiff,
  },
  {
    method: 'GET',
    path: '/api/v1/snapshots',
    summary: 'The captures nearest to given moments, one call tree each',
    query: SnapshotsQuery,
    matchers: true,
    answer: z.object({ trees: z.array(WireTree) }),
  },
  {
    method: 'GET',
    path: '/api/v1/timeline',
    summary: 'Totals of a sample type over time, optionally one series for each value of a label',
    query: TimelineQuery,
    matchers: true,
    answer: z.object({ series: z.array(WireSeries) }),
  },
  {
    method: 'GET',
    path: '/api/v1/metrics',
    summary: 'Runtime metrics over time, by their runtime/metrics names',
    query: MetricsQuery,
    matchers: true,
    answer: z.object({ series: z.array(WireSeries) }),
  },
  {
    method: 'GET',
    path: '/api/v1/labels',
    summary: 'Sample-label keys of a query, and the values of one key with their totals',
    query: LabelsQuery,
    matchers: true,
    answer: Labels,
  },
  {
    method: 'GET',
    path: '/api/v1/profiles',
    summary: 'The single profiles of a range',
    query: ProfilesQuery,
    matchers: true,
    answer: z.object({ profiles: z.array(WireProfileInfo) }),
  },
  {
    method: 'GET',
    path: '/api/v1/profiles/:id',
    summary: 'One profile as gzipped pprof proto',
    answer: 'application/octet-stream',
  },
  {
    method: 'GET',
    path: '/api/v1/merged',
    summary: 'The merged profile of a range as gzipped pprof proto',
    query: TreeQuery,
    matchers: true,
    answer: 'application/octet-stream',
  },
  {
    method: 'GET',
    path: '/api/v1/findings',
    summary: 'Findings of a range, and what could not be measured',
    query: FindingsQuery,
    answer: Findings,
  },
  {
    method: 'GET',
    path: '/api/v1/targets',
    summary: 'What is collected, from where, and how the last scrapes went',
    answer: z.object({ targets: z.array(TargetState) }),
  },
  {
    method: 'GET',
    path: '/api/v1/openapi.json',
    summary: 'This document',
    answer: 'application/json',
  },
  {
    method: 'POST',
    path: '/ingest',
    summary: 'Takes a pprof profile as Pyroscope clients send it (raw, or multipart “profile”)',
    query: IngestQuery,
    body: 'application/octet-stream',
    answer: 'text/plain',
  },
  {
    method: 'POST',
    path: '/api/v1/push/metrics',
    summary: 'Takes one reading of metrics as Prometheus text; label.KEY=VALUE are target labels',
    query: PushMetricsQuery,
    body: 'text/plain',
    answer: PushedMetrics,
  },
  {
    method: 'GET',
    path: '/metrics',
    summary: 'The server’s own metrics, Prometheus text',
    answer: 'text/plain',
  },
  { method: 'GET', path: '/-/ready', summary: 'Ready to answer queries', answer: 'text/plain' },
  { method: 'GET', path: '/-/healthy', summary: 'The process is alive', answer: 'text/plain' },
  {
    method: 'POST',
    path: '/-/reload',
    summary: 'Read the configuration again',
    answer: 'text/plain',
  },
];

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 document of the table above. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const endpoint of ENDPOINTS) {
    const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}');
    const operations = paths[path] ?? {};
    operations[endpoint.method.toLowerCase()] = operationOf(endpoint);
    paths[path] = operations;
  }
  return { openapi: '3.1.0', info: { title: 'whygo', version }, paths };
}

function operationOf(endpoint: Endpoint): Json {
  const answer =
    typeof endpoint.answer === 'string'
      ? { [endpoint.answer]: {} }
      : { 'application/json': { schema: z.toJSONSchema(endpoint.answer) } };
  const failure = { 'application/json': { schema: z.toJSONSchema(WireError) } };
  return {
    summary: endpoint.summary,
    parameters: parametersOf(endpoint),
    ...(endpoint.body === undefined
      ? {}
      : { requestBody: { required: true, content: { [endpoint.body]: {} } } }),
    responses: {
      200: { description: endpoint.summary, content: answer },
      '4XX': { description: 'What was wrong, and what to do next', content: failure },
    },
  };
}

function parametersOf(endpoint: Endpoint): readonly Json[] {
  const parameters: Json[] = [];
  for (const [, name] of endpoint.path.matchAll(/:(\w+)/g)) {
    parameters.push({ name, in: 'path', required: true, schema: { type: 'string' } });
  }
  for (const [name, schema] of Object.entries(endpoint.query?.shape ?? {})) {
    const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    const required = !z.safeParse(schema, undefined).success;
    parameters.push({ name, in: 'query', required, schema: json });
  }
  if (endpoint.matchers === true) {
    for (const [name, description] of [
      ['label', 'label.KEY=VALUE: exact match on a sample label'],
      ['target', 'target.KEY=VALUE: exact match on a target label'],
    ]) {
      const schema = { type: 'object', additionalProperties: { type: 'string' } };
      parameters.push({ name, in: 'query', required: false, description, schema });
    }
  }
  return parameters;
}
