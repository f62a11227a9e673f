/**
 * The server of `whygo pprof -http` behind the data interface: one profile, with pprof's own options.
 *
 * Every address is relative to the page's, so that it also works behind a proxy's prefix.
 */
import { z } from 'zod';
import {
  PageDiff,
  PageHead,
  PageTree,
  type SavedConfig,
  SavedConfigs,
  WireAssembly,
  WireCallGraph,
  WireHeatMap,
  WireLabelTable,
  WireNotes,
  WirePeek,
  WireSource,
  WireWho,
} from '../../api/pprofpage.ts';
import { Findings, Labels } from '../../api/wire.ts';
import { PAGE_PARAMETER_NAMES, type PageOptions } from '../../report/pprof/pagesettings.ts';
import { failureOf, get, type Params, prefixed, queryString } from './http.ts';
import type { ProfileSource, TreeQuery } from './source.ts';
import { fromWireDiff, fromWireTree, type ProfileTree } from './tree.ts';

/** What the page may ask and change beside the views. */
export interface PprofApi {
  head(signal: AbortSignal): Promise<PageHead>;
  /** Fetches the sources again. */
  reload(): Promise<PageHead>;
  /** Makes a file the profile that is compared with; undefined takes it away. */
  compare(file: File | undefined): Promise<PageHead>;
  /** Named configurations; the one that these options are is marked. */
  configs(options: PageOptions, signal: AbortSignal): Promise<readonly SavedConfig[]>;
  saveConfig(name: string, options: PageOptions): Promise<void>;
  deleteConfig(name: string): Promise<void>;
  ask<T extends z.ZodType>(
    schema: T,
    question: string,
    params: Params,
    signal: AbortSignal,
  ): Promise<z.infer<T>>;
}

async function change(method: string, url: string, body?: Blob): Promise<Response> {
  const response = await fetch(url, { method, ...(body === undefined ? {} : { body }) });
  if (!response.ok) throw await failureOf(response);
  return response;
}

async function changedHead(method: string, url: string, body?: Blob): Promise<PageHead> {
  return PageHead.parse(await (await change(method, url, body)).json());
}

/** `base` is where the page's server answers, without a trailing slash. */
export function pprofApi(base = '.'): PprofApi {
  const questions = `${base}/api/v1`;
  const ask: PprofApi['ask'] = async (schema, question, params, signal) => {
    const response = await get(`${questions}/${question}${queryString(params)}`, signal);
    return schema.parse(await response.json());
  };
  return {
    ask,
    head: (signal) => ask(PageHead, 'head', {}, signal),
    reload: () => changedHead('POST', `${questions}/reload`),
    compare: (file) =>
      file === undefined
        ? changedHead('DELETE', `${questions}/base`)
        : changedHead('POST', `${questions}/base${queryString({ name: file.name })}`, file),
    configs: async (options, signal) =>
      (await ask(SavedConfigs, 'configs', paramsOf(options), signal)).configs,
    async saveConfig(name, options) {
      await change(
        'POST',
        `${base}/saveconfig${queryString({ ...paramsOf(options), config: name })}`,
      );
    },
    async deleteConfig(name) {
      await change('DELETE', `${base}/deleteconfig${queryString({ config: name })}`);
    },
  };
}

/** Options as parameters, in pprof's order. */
function paramsOf(options: PageOptions): Params {
  return Object.fromEntries(PAGE_PARAMETER_NAMES.map((name) => [name, options[name]]));
}

/** The address of the profile as a file. */
export const DOWNLOAD_ADDRESS = './download';

/** How long findings wait for a first picture, which a page may never ask for. */
const PATIENCE_MS = 3_000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Told apart before it is checked: checking a tree against both shapes takes twice as long. */
function isDiff(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'baseSelf' in answer;
}

export function pprofSource(api: PprofApi, head: PageHead): ProfileSource {
  const params = (query: TreeQuery): Params => ({
    ...paramsOf(query.options ?? {}),
    si: query.sample,
    inverted: query.inverted,
    group: query.groupBy,
    within: query.within && `${query.within.from}-${query.within.to}`,
    ...prefixed('label.', query.labels),
  });
  const treeParams = (query: TreeQuery): Params => ({
    ...params(query),
    ...(query.granularity === 'lines' && { g: 'lines' }),
    zoom: query.zoom,
  });
  const shown = Promise.withResolvers<void>();
  async function tree(query: TreeQuery, signal: AbortSignal): Promise<ProfileTree> {
    const json = await api
      .ask(z.unknown(), 'tree', treeParams(query), signal)
      .finally(shown.resolve);
    const extras = ({ grandTotal, warnings }: PageTree) => ({ grandTotal, warnings });
    if (isDiff(json)) {
      const wire = PageDiff.parse(json);
      return { ...fromWireDiff(wire), ...extras(wire) };
    }
    const wire = PageTree.parse(json);
    return { ...fromWireTree(wire), ...extras(wire) };
  }
  return {
    kind: 'server',
    title: head.base === '' ? head.title : `${head.title} against ${head.base}`,
    refines: true,
    single: true,
    types: async () => [{ type: head.type, sampleTypes: head.sampleTypes, profiles: 1 }],
    tree,
    // The server itself compares with the base that it was given.
    diff: tree,
    snapshots: async (query, _at, signal) => [await tree(query, signal)],
    labels: (query, key, signal) => api.ask(Labels, 'labels', { ...params(query), key }, signal),
    captures: async () => [],
    async findings(_range, signal) {
      // The server does one thing at a time: what is looked at comes before what is thought about it.
      await Promise.race([shown.promise, pause(PATIENCE_MS)]);
      return api.ask(Findings, 'findings', {}, signal);
    },
    async download(_query, signal) {
      return await (await get(DOWNLOAD_ADDRESS, signal)).blob();
    },
    samples: {
      tree,
      diff: tree,
      notes: async (query, signal) =>
        (await api.ask(WireNotes, 'notes', params(query), signal)).notes,
      who: (query, own, signal) => api.ask(WireWho, 'who', { ...params(query), own }, signal),
      async labelTable(query, signal) {
        const table = await api.ask(WireLabelTable, 'labeltable', params(query), signal);
        // Left out on the wire; here it stands for the samples without the label.
        const valuesOf = (values: (typeof table.keys)[number]['values']) =>
          values.map(({ value, total, samples }) => ({ value, total, samples }));
        return {
          ...table,
          keys: table.keys.map((key) => ({ ...key, values: valuesOf(key.values) })),
        };
      },
      async heatMap({ within: _, ...query }, signal) {
        const { map } = await api.ask(WireHeatMap, 'heatmap', params(query), signal);
        return map && { ...map, startMs: map.startMs, cells: Float64Array.from(map.cells) };
      },
    },
    reports: {
      graph: (query, signal) => api.ask(WireCallGraph, 'graph', params(query), signal),
      peek: (query, symbol, signal) =>
        api.ask(WirePeek, 'peek', { ...params(query), symbol }, signal),
      code: {
        source: (query, symbol, signal) =>
          api.ask(WireSource, 'source', { ...params(query), symbol }, signal),
        disasm: (query, symbol, signal) =>
          api.ask(WireAssembly, 'disasm', { ...params(query), symbol }, signal),
      },
    },
    close() {},
  };
}
