/**
 * The server's side of the data interface: GET /api/v1/…, parsed by the wire schemas.
 *
 * `serverApi` has what every page asks; `serverSource` narrows it to one service for the profile
 * panel. No cache: the browser's and the signals that hold the answers are enough. Answers that do
 * not fit their schema throw, they are never shown half understood.
 */
import { z } from 'zod';
import {
  Findings,
  Labels,
  Overview,
  Services,
  TargetState,
  WireDiff,
  WireProfileInfo,
  WireSeries,
  WireTree,
} from '../../api/wire.ts';
import { get, type Params, prefixed, queryString } from './http.ts';
import type { DiffQuery, ProfileSource, TreeQuery } from './source.ts';
import { fromWireDiff, fromWireTree } from './tree.ts';

export interface ServerApi {
  /** Fetches `/api/v1/<path>?<params>` and parses the answer. */
  get<T extends z.ZodType>(
    schema: T,
    path: string,
    params: Params,
    signal: AbortSignal,
  ): Promise<z.infer<T>>;
  services(signal: AbortSignal): Promise<Services>;
  overview(
    service: string,
    range: { readonly from?: number; readonly to?: number },
    signal: AbortSignal,
  ): Promise<Overview>;
  targets(signal: AbortSignal): Promise<readonly TargetState[]>;
  findings(
    query: { readonly service?: string; readonly from?: number; readonly to?: number },
    signal: AbortSignal,
  ): Promise<Findings>;
  timeline(query: Params, signal: AbortSignal): Promise<readonly WireSeries[]>;
  metrics(query: Params, signal: AbortSignal): Promise<readonly WireSeries[]>;
  /** The absolute path of an endpoint with its query, e.g. for a link that downloads. */
  url(path: string, params: Params): string;
}

/** `base` is where the API lives, without a trailing slash. */
export function serverApi(base = '/api/v1'): ServerApi {
  const url = (path: string, params: Params) => `${base}/${path}${queryString(params)}`;
  const getJson: ServerApi['get'] = async (schema, path, params, signal) => {
    const response = await get(url(path, params), signal);
    return schema.parse(await response.json());
  };
  const seriesOf = async (path: string, query: Params, signal: AbortSignal) =>
    (await getJson(z.object({ series: z.array(WireSeries) }), path, query, signal)).series;
  return {
    url,
    get: getJson,
    services: (signal) => getJson(Services, 'services', {}, signal),
    overview: (service, range, signal) =>
      getJson(Overview, `services/${encodeURIComponent(service)}/overview`, range, signal),
    targets: async (signal) =>
      (await getJson(z.object({ targets: z.array(TargetState) }), 'targets', {}, signal)).targets,
    findings: (query, signal) => getJson(Findings, 'findings', query, signal),
    timeline: (query, signal) => seriesOf('timeline', query, signal),
    metrics: (query, signal) => seriesOf('metrics', query, signal),
  };
}

/** The profiles of one service; `target` narrows to target labels such as instance or version. */
export function serverSource(
  api: ServerApi,
  service: string,
  target: Readonly<Record<string, string>> = {},
): ProfileSource {
  const params = (query: TreeQuery): Params => ({
    service,
    type: query.type,
    sample: query.sample,
    from: query.range?.from,
    to: query.range?.to,
    inverted: query.inverted,
    granularity: query.granularity,
    ...prefixed('label.', query.labels),
    ...prefixed('target.', target),
  });
  return {
    kind: 'server',
    title: service,
    async types(signal) {
      const { services } = await api.services(signal);
      return services.find((entry) => entry.service === service)?.types ?? [];
    },
    async tree(query, signal) {
      return fromWireTree(await api.get(WireTree, 'tree', params(query), signal));
    },
    async diff(query: DiffQuery, signal) {
      const base = {
        baseFrom: query.base.from,
        baseTo: query.base.to,
        ...prefixed('baseLabel.', query.baseLabels),
      };
      return fromWireDiff(await api.get(WireDiff, 'diff', { ...params(query), ...base }, signal));
    },
    async snapshots(query, at, signal) {
      const answer = z.object({ trees: z.array(WireTree) });
      const moments = { ...params(query), from: undefined, to: undefined, at: at.join(',') };
      const { trees } = await api.get(answer, 'snapshots', moments, signal);
      return trees.map(fromWireTree);
    },
    labels: (query, key, signal) => api.get(Labels, 'labels', { ...params(query), key }, signal),
    async captures(query, signal) {
      const answer = z.object({ profiles: z.array(WireProfileInfo) });
      return (await api.get(answer, 'profiles', params(query), signal)).profiles;
    },
    findings: (range, signal) => api.findings({ service, ...range }, signal),
    async download(query, signal) {
      return await (await get(api.url('merged', params(query)), signal)).blob();
    },
    close() {},
  };
}
