/**
 * The URL codec: the whole view state as a query string, and back.
 *
 * Pure text ⇄ value; it neither touches history nor knows defaults that depend on data (an empty
 * `type` means “the first one the service has”). Decoding never throws: what it cannot read it
 * leaves at its default, because a URL is typed and cut by people. The parameters are those of
 * /api/v1 where both have them, so that a link can be written by hand:
 *
 *   service  type  sample          what is shown; without `service`: the list of services
 *   page=targets                   the targets' state; page=file: a dropped file
 *   from  to                       the selected range: drives everything below the time axis
 *   baseFrom  baseTo               the range it is compared with
 *   last=15m|1h|…|all              how much the time axis shows; or winFrom, winTo
 *   label.K=V  target.K=V  baseLabel.K=V
 *   view=flame|table|…  search  focus  ignore  hide  show  inverted=1  recursion=collapsed
 *   zoom=frame (repeated, from the outermost)  width=0.1-0.4 (free zoom)  sandwich=frame  diff=absolute  at=ms,ms (snapshots)
 *   symbol  sf  tf  g  noinlines …  pprof's further options, for files (see pprofurl.ts)
 *   group=endpoint (a label's values as outermost frames)  within=1.5-2.25 (seconds of the samples' own time)
 *   by=stack|similar|state|…  dump=2 (goroutine dumps: their grouping, and which of them)
 *   metrics=1                      the metrics dashboard instead of the five tracks
 *   finding=kind@at                the opened finding
 *
 * Times are unix milliseconds; RFC 3339 text is read too.
 */

import { PAGE_PARAMETER_NAMES, type PageOptions } from '../../report/pprof/pagesettings.ts';
import { DIFF_MODES, INITIAL_VIEW, PROFILE_VIEWS, type ProfileView } from '../profile/view.ts';

/** Unix milliseconds, half open: from ≤ t < to. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** What the time axis shows. 'default' leaves the choice to the data (recordings: all of it). */
export type AxisWindow =
  | { readonly kind: 'default' }
  | { readonly kind: 'all' }
  | { readonly kind: 'last'; readonly ms: number }
  | { readonly kind: 'range'; readonly from: number; readonly to: number };

/** 'pprof' is the page of `whygo pprof -http`, with addresses of its own: pprofurl.ts. */
export type PageName = 'services' | 'service' | 'targets' | 'file' | 'pprof';

export interface ViewState {
  readonly page: PageName;
  readonly service: string;
  readonly window: AxisWindow;
  /** undefined = the whole window. */
  readonly selection: Range | undefined;
  /** The range to compare with; undefined = no comparison. */
  readonly base: Range | undefined;
  readonly target: Readonly<Record<string, string>>;
  readonly baseLabels: Readonly<Record<string, string>>;
  readonly profile: ProfileView;
  /** The metrics dashboard stands where the tracks stand otherwise. */
  readonly metrics: boolean;
  /** `kind@at` of the opened finding; '' = none. */
  readonly finding: string;
}

export const EMPTY_VIEW: ViewState = {
  page: 'services',
  service: '',
  window: { kind: 'default' },
  selection: undefined,
  base: undefined,
  target: {},
  baseLabels: {},
  profile: INITIAL_VIEW,
  metrics: false,
  finding: '',
};

const TEXT_KEYS = [
  'type',
  'sample',
  'search',
  'focus',
  'ignore',
  'hide',
  'show',
  'sandwich',
  'symbol',
  'group',
  'by',
  'dump',
] as const satisfies readonly (keyof ProfileView)[];

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `15m`, `1h`, `90s`, `2d` → milliseconds; undefined when it is none of these. */
export function parseSpan(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([smhd])$/.exec(text.trim());
  const unit = match?.[2] === undefined ? undefined : UNITS[match[2]];
  if (match?.[1] === undefined || unit === undefined) return undefined;
  const ms = Number(match[1]) * unit;
  return ms > 0 ? ms : undefined;
}

/** The shortest exact form of a span in milliseconds: 3600000 → `1h`, 90000 → `90s`. */
export function formatSpan(ms: number): string {
  for (const [unit, size] of Object.entries(UNITS).reverse()) {
    if (ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms / 1_000}s`;
}

/** Unix milliseconds or RFC 3339 text; undefined when it is neither. */
export function parseTime(text: string | null): number | undefined {
  if (text === null || text.trim() === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function readRange(params: URLSearchParams, fromKey: string, toKey: string): Range | undefined {
  const from = parseTime(params.get(fromKey));
  const to = parseTime(params.get(toKey));
  return from === undefined || to === undefined || to <= from ? undefined : { from, to };
}

/** `0.1-0.4`: a part of 0 … `most`; undefined when it is none. */
function readPart(text: string | null, most: number): readonly [number, number] | undefined {
  const match = /^([\d.]+)-([\d.]+)$/.exec(text ?? '');
  const from = Number(match?.[1] ?? Number.NaN);
  const to = Number(match?.[2] ?? Number.NaN);
  return from >= 0 && to <= most && from < to ? [from, to] : undefined;
}

function readWindow(params: URLSearchParams): AxisWindow {
  const range = readRange(params, 'winFrom', 'winTo');
  if (range !== undefined) return { kind: 'range', ...range };
  const last = params.get('last');
  if (last === 'all') return { kind: 'all' };
  const ms = last === null ? undefined : parseSpan(last);
  return ms === undefined ? { kind: 'default' } : { kind: 'last', ms };
}

function readLabels(params: URLSearchParams, prefix: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [key, value] of params) {
    if (key.startsWith(prefix) && key.length > prefix.length) {
      labels[key.slice(prefix.length)] = value;
    }
  }
  return labels;
}

/** pprof's parameters beside the four filters, which have names of their own here. */
const OPTION_NAMES = PAGE_PARAMETER_NAMES.filter(
  (name) => !['f', 'i', 'h', 's', 'si'].includes(name),
);

function readOptions(params: URLSearchParams): PageOptions {
  const options: { -readonly [Name in keyof PageOptions]: string } = {};
  for (const name of OPTION_NAMES) {
    const value = params.get(name) ?? '';
    if (value !== '') options[name] = value;
  }
  return options;
}

export function writeOptions(params: URLSearchParams, options: PageOptions): void {
  for (const name of OPTION_NAMES) {
    const value = options[name];
    if (value !== undefined && value !== '') params.set(name, value);
  }
}

function readPage(params: URLSearchParams): PageName {
  const page = params.get('page');
  if (page === 'targets' || page === 'file') return page;
  return params.get('service') ? 'service' : 'services';
}

function readProfile(params: URLSearchParams): ProfileView {
  const texts = TEXT_KEYS.map((key) => [key, params.get(key) ?? '']);
  const view = params.get('view');
  const at = (params.get('at') ?? '').split(',').map(parseTime);
  return {
    ...INITIAL_VIEW,
    ...Object.fromEntries(texts),
    view: PROFILE_VIEWS.find((name) => name === view) ?? INITIAL_VIEW.view,
    invert: params.get('inverted') === '1',
    collapseRecursion: params.get('recursion') === 'collapsed',
    zoom: params.getAll('zoom'),
    range: readPart(params.get('width'), 1),
    within: readPart(params.get('within'), Number.MAX_VALUE),
    options: readOptions(params),
    labels: readLabels(params, 'label.'),
    diff: DIFF_MODES.find((mode) => mode === params.get('diff')) ?? INITIAL_VIEW.diff,
    snapshots: at.filter((time) => time !== undefined),
  };
}

/** Reads a query string (with or without `?`). */
export function decodeView(query: string): ViewState {
  const params = new URLSearchParams(query);
  return {
    page: readPage(params),
    service: params.get('service') ?? '',
    window: readWindow(params),
    selection: readRange(params, 'from', 'to'),
    base: readRange(params, 'baseFrom', 'baseTo'),
    target: readLabels(params, 'target.'),
    baseLabels: readLabels(params, 'baseLabel.'),
    profile: readProfile(params),
    metrics: params.get('metrics') === '1',
    finding: params.get('finding') ?? '',
  };
}

function writeRange(
  params: URLSearchParams,
  range: Range | undefined,
  keys: readonly [string, string],
): void {
  if (range === undefined) return;
  params.set(keys[0], String(Math.round(range.from)));
  params.set(keys[1], String(Math.round(range.to)));
}

function writeWindow(params: URLSearchParams, window: AxisWindow): void {
  if (window.kind === 'all') params.set('last', 'all');
  if (window.kind === 'last') params.set('last', formatSpan(window.ms));
  if (window.kind === 'range') writeRange(params, window, ['winFrom', 'winTo']);
}

function writeLabels(
  params: URLSearchParams,
  prefix: string,
  labels: Readonly<Record<string, string>>,
): void {
  for (const [name, value] of Object.entries(labels)) params.set(prefix + name, value);
}

function writeProfile(params: URLSearchParams, profile: ProfileView): void {
  for (const key of TEXT_KEYS) {
    if (profile[key] !== '') params.set(key, profile[key]);
  }
  writeOptions(params, profile.options);
  if (profile.view !== INITIAL_VIEW.view) params.set('view', profile.view);
  if (profile.invert) params.set('inverted', '1');
  if (profile.collapseRecursion) params.set('recursion', 'collapsed');
  for (const name of profile.zoom) params.append('zoom', name);
  if (profile.range !== undefined) {
    params.set('width', profile.range.map((edge) => Number(edge.toFixed(6))).join('-'));
  }
  if (profile.within !== undefined) params.set('within', profile.within.join('-'));
  writeLabels(params, 'label.', profile.labels);
  if (profile.diff !== INITIAL_VIEW.diff) params.set('diff', profile.diff);
  if (profile.snapshots.length > 0) params.set('at', profile.snapshots.join(','));
}

/** The query string of a view, `?` included; '' for the plain start page. Stable key order. */
export function encodeView(view: ViewState): string {
  const params = new URLSearchParams();
  if (view.page === 'targets' || view.page === 'file') params.set('page', view.page);
  if (view.service !== '') params.set('service', view.service);
  writeWindow(params, view.window);
  writeRange(params, view.selection, ['from', 'to']);
  writeRange(params, view.base, ['baseFrom', 'baseTo']);
  writeLabels(params, 'target.', view.target);
  writeLabels(params, 'baseLabel.', view.baseLabels);
  writeProfile(params, view.profile);
  if (view.metrics) params.set('metrics', '1');
  if (view.finding !== '') params.set('finding', view.finding);
  const query = params.toString();
  return query === '' ? '' : `?${query}`;
}
