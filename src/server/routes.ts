/**
 * GET /api/v1: query strings → store queries → wire types. No logic beyond putting these together.
 */

import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { openApiDocument } from '../api/endpoints.ts';
import * as queries from '../api/query.ts';
import { matchersOf, type RawQuery } from '../api/query.ts';
import type {
  Findings,
  Labels,
  Services,
  WireDiff,
  WireProfileInfo,
  WireTree,
} from '../api/wire.ts';
import { UserError } from '../base/errors.ts';
import { encodePprof } from '../formats/pprof.ts';
import type { ProfileInfo, ProfileQuery, ServiceInfo, Store, TimeRange } from '../store/store.ts';
import { diffAnswer, snapshotsAnswer, treeAnswer } from './answers.ts';
import { AnswerCache } from './cache.ts';
import { dashboardOf } from './dashboard.ts';
import { sampleTypeOf } from './sampletype.ts';
import { wireSeries } from './series.ts';
import { overviewOf, type ServiceContext, servicesOf } from './services.ts';

export interface RouteContext extends ServiceContext {
  readonly version: string;
}

const DEFAULT_RANGE_MS = 3_600_000;
const SERVICES_LIFE_MS = 2000;
/** Gzipped already: packing it twice costs time and gains nothing. */
const PACKED = { compress: false } as const;
const gzipAsync = promisify(gzip);

export function routes(app: FastifyInstance, context: RouteContext): void {
  const { store } = context;
  const recently = new AnswerCache<Services>();
  app.get('/api/v1/services', async () =>
    // Every open page asks for it every few seconds.
    recently.answer('', 0n, () => servicesOf(context), SERVICES_LIFE_MS),
  );
  app.get<{ Params: { service: string } }>(
    '/api/v1/services/:service/overview',
    async (request) => {
      const info = await serviceNamed(store, request.params.service);
      const range = await rangeOf(context, queries.OverviewQuery.parse(request.query), info);
      return overviewOf(context, info, range);
    },
  );
  app.get<{ Params: { service: string }; Querystring: RawQuery }>(
    '/api/v1/services/:service/metrics',
    async (request) => {
      const info = await serviceNamed(store, request.params.service);
      const { maxPoints = 600, ...times } = queries.DashboardQuery.parse(request.query);
      const range = await rangeOf(context, times, info);
      const target = matchersOf(request.query, 'target.');
      return dashboardOf(store, { service: info.service, range, target, maxPoints });
    },
  );
  app.get('/api/v1/targets', async () => ({ targets: context.targets() }));
  app.get('/api/v1/openapi.json', async () => openApiDocument(context.version));
  app.get('/api/v1/findings', async (request): Promise<Findings> => {
    const { service, ...times } = queries.FindingsQuery.parse(request.query);
    return context.findings.answer(await rangeOf(context, times), service);
  });
  treeRoutes(app, context);
  seriesRoutes(app, context);
  profileRoutes(app, context);
}

function treeRoutes(app: FastifyInstance, context: RouteContext): void {
  const { store } = context;
  const trees = new AnswerCache<WireTree | WireDiff>();
  context.intake.onArrival((startNanos) => trees.arrived(startNanos));
  app.get<{ Querystring: RawQuery }>('/api/v1/tree', async (request) => {
    const query = queries.TreeQuery.parse(request.query);
    const selected = await profileQuery(context, query, request.query);
    const { fromNanos, toNanos } = selected.range;
    // The range is a part of the key, because a URL without one means another one every time.
    const key = `${fromNanos} ${toNanos} ${request.url}`;
    return trees.answer(key, toNanos, () => treeAnswer(store, selected, query));
  });
  app.get<{ Querystring: RawQuery }>('/api/v1/diff', async (request) => {
    const query = queries.DiffQuery.parse(request.query);
    const current = await profileQuery(context, query, request.query);
    // The base has the labels that it is given, so that “all” can stand beside “one endpoint”.
    const labels = matchersOf(request.query, 'baseLabel.');
    const target = { ...current.target, ...matchersOf(request.query, 'baseTarget.') };
    const range = rangeFrom(query.baseFrom, query.baseTo);
    const base = { ...current, labels, target, range };
    const { fromNanos, toNanos } = current.range;
    const end = toNanos > range.toNanos ? toNanos : range.toNanos;
    const key = `${fromNanos} ${toNanos} ${request.url}`;
    return trees.answer(key, end, () => diffAnswer(store, base, current, query));
  });
  app.get<{ Querystring: RawQuery }>('/api/v1/snapshots', async (request) => {
    const query = queries.SnapshotsQuery.parse(request.query);
    const wide = rangeFrom(Math.min(...query.at), Math.max(...query.at));
    const base = { ...matchers(request.query), ...only(query), range: wide };
    return { trees: await snapshotsAnswer(store, base, query.at, query) };
  });
}

function seriesRoutes(app: FastifyInstance, context: RouteContext): void {
  const { store } = context;
  app.get<{ Querystring: RawQuery }>('/api/v1/timeline', async (request) => {
    const query = queries.TimelineQuery.parse(request.query);
    const base = await profileQuery(context, query, request.query);
    const sampleType = await sampleTypeOf(store, base, query.sample);
    const { groupBy, maxPoints = 600 } = query;
    const options = { sampleType, maxPoints, ...(groupBy === undefined ? {} : { groupBy }) };
    return { series: (await store.timeline({ ...base, ...options })).map(wireSeries) };
  });
  app.get<{ Querystring: RawQuery }>('/api/v1/metrics', async (request) => {
    const { from, to, service, name, ...rest } = queries.MetricsQuery.parse(request.query);
    const range = await rangeOf(context, { from, to });
    const target = matchersOf(request.query, 'target.');
    const { percentile, maxPoints = 600 } = rest;
    const options = { maxPoints, ...(percentile === undefined ? {} : { percentile }) };
    const series = await store.metrics({ range, service, names: name, target, ...options });
    return { series: series.map(wireSeries) };
  });
  app.get<{ Querystring: RawQuery }>('/api/v1/labels', async (request): Promise<Labels> => {
    const query = queries.LabelsQuery.parse(request.query);
    const base = await profileQuery(context, query, request.query);
    const keys = [...(await store.labelKeys(base))].sort();
    if (query.key === undefined) return { keys, values: [] };
    const sampleType = await sampleTypeOf(store, base, query.sample);
    const limit = query.limit ?? 100;
    const values = await store.labelValues({ ...base, sampleType }, query.key, limit);
    return { keys, values: values.map((value) => ({ ...value })) };
  });
}

function profileRoutes(app: FastifyInstance, context: RouteContext): void {
  const { store } = context;
  app.get<{ Querystring: RawQuery }>('/api/v1/profiles', async (request) => {
    const query = queries.ProfilesQuery.parse(request.query);
    const base = await profileQuery(context, query, request.query);
    const profiles = await store.listProfiles(base, query.limit ?? 10_000);
    return { profiles: profiles.map(wireProfileInfo) };
  });
  app.get<{ Params: { id: string } }>('/api/v1/profiles/:id', PACKED, async (request, reply) => {
    const { id } = request.params;
    const original = await store.original(id);
    if (original !== undefined) return sendPprof(reply, original, id);
    const profile = await store.profile(id);
    if (profile === undefined) {
      const next = 'list what there is with /api/v1/profiles; it may be past its retention';
      throw new UserError('unknown-profile', `There is no profile “${id}”`, next);
    }
    return sendPprof(reply, encodePprof(profile), id);
  });
  app.get<{ Querystring: RawQuery }>('/api/v1/merged', PACKED, async (request, reply) => {
    const query = queries.TreeQuery.parse(request.query);
    const merged = await store.merged(await profileQuery(context, query, request.query));
    return sendPprof(reply, encodePprof(merged.profile), `${query.type}-merged`);
  });
}

async function sendPprof(reply: FastifyReply, bytes: Uint8Array, name: string): Promise<unknown> {
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const body = zipped
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : await gzipAsync(bytes, { level: constants.Z_BEST_SPEED });
  const file = name.replaceAll(/[^\w.-]/g, '_');
  return reply
    .header('content-type', 'application/octet-stream')
    .header('content-disposition', `attachment; filename="${file}.pb.gz"`)
    .send(body);
}

async function serviceNamed(store: Store, service: string): Promise<ServiceInfo> {
  const services = await store.services();
  const info = services.find((candidate) => candidate.service === service);
  if (info !== undefined) return info;
  const known = services.map((s) => s.service).join(', ') || 'none yet';
  throw new UserError('unknown-service', `There is no service “${service}”`, `known are: ${known}`);
}

async function profileQuery(
  context: RouteContext,
  query: { readonly service?: string; readonly type: string; from?: number; to?: number },
  raw: RawQuery,
): Promise<ProfileQuery> {
  return { ...matchers(raw), ...only(query), range: await rangeOf(context, query) };
}

function only(query: { readonly service?: string | undefined; readonly type: string }): {
  readonly service?: string;
  readonly type: string;
} {
  const { service, type } = query;
  return service === undefined ? { type } : { service, type };
}

function matchers(raw: RawQuery): Pick<ProfileQuery, 'labels' | 'target'> {
  return { labels: matchersOf(raw, 'label.'), target: matchersOf(raw, 'target.') };
}

function rangeFrom(from: number, to: number): TimeRange {
  return { fromNanos: BigInt(from) * 1_000_000n, toNanos: BigInt(to) * 1_000_000n };
}

/** The asked range; else the last hour, or for an opened recording all of it. */
async function rangeOf(
  context: RouteContext,
  times: { readonly from?: number | undefined; readonly to?: number | undefined },
  service?: ServiceInfo,
): Promise<TimeRange> {
  let { from, to } = times;
  if (from !== undefined && to !== undefined) {
    if (from < to) return rangeFrom(from, to);
    throw new UserError('bad-query', 'The range ends before it begins', 'give from < to');
  }
  if (context.mode() === 'recording') {
    const known = service === undefined ? await context.store.services() : [service];
    const first = known.reduce((min, s) => (s.firstNanos < min ? s.firstNanos : min), 1n << 62n);
    const last = known.reduce((max, s) => (s.lastNanos > max ? s.lastNanos : max), 0n);
    if (known.length > 0) {
      from ??= Number(first / 1_000_000n);
      to ??= Number(last / 1_000_000n) + 1;
    }
  }
  to ??= context.now();
  return rangeFrom(Math.min(from ?? Math.max(0, to - DEFAULT_RANGE_MS), to), to);
}

function wireProfileInfo(info: ProfileInfo): WireProfileInfo {
  return {
    id: info.id,
    service: info.key.service,
    labels: { ...info.key.labels },
    type: info.type,
    start: Number(info.startNanos / 1_000_000n),
    durationMs: Number(info.durationNanos) / 1e6,
    samples: info.samples,
  };
}
