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
 *   search  focus  ignore  hide  show  inverted=1  view  zoom=frame (repeated)  snapshots=N
 *   finding=kind@at                the opened finding
 *
 * Times are unix milliseconds; RFC 3339 text is read too.
 */

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

export type PageName = 'services' | 'service' | 'targets' | 'file';

export interface ViewState {
  readonly page: PageName;
  readonly service: string;
  /** Profile type; '' = the first that the service has. */
  readonly type: string;
  /** Sample type; '' = the default one of the profile type. */
  readonly sample: string;
  readonly window: AxisWindow;
  /** undefined = the whole window. */
  readonly selection: Range | undefined;
  /** The range to compare with; undefined = no comparison. */
  readonly base: Range | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly target: Readonly<Record<string, string>>;
  readonly baseLabels: Readonly<Record<string, string>>;
  readonly search: string;
  readonly focus: string;
  readonly ignore: string;
  readonly hide: string;
  readonly show: string;
  readonly inverted: boolean;
  /** View of the profile: 'flame', 'table', …; '' = flame. */
  readonly view: string;
  /** Frame names from the root to the frame that fills the flame graph. */
  readonly zoom: readonly string[];
  /** Snapshots of an instant type side by side; 0 = merged. */
  readonly snapshots: number;
  /** `kind@at` of the opened finding; '' = none. */
  readonly finding: string;
}

export const EMPTY_VIEW: ViewState = {
  page: 'services',
  service: '',
  type: '',
  sample: '',
  window: { kind: 'default' },
  selection: undefined,
  base: undefined,
  labels: {},
  target: {},
  baseLabels: {},
  search: '',
  focus: '',
  ignore: '',
  hide: '',
  show: '',
  inverted: false,
  view: '',
  zoom: [],
  snapshots: 0,
  finding: '',
};

const TEXT_KEYS = ['type', 'sample', 'search', 'focus', 'ignore', 'hide', 'show', 'view'] as const;
const LABEL_KEYS = [
  ['label.', 'labels'],
  ['target.', 'target'],
  ['baseLabel.', 'baseLabels'],
] as const;

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
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(ms) ? ms : undefined;
}

function readRange(params: URLSearchParams, fromKey: string, toKey: string): Range | undefined {
  const from = parseTime(params.get(fromKey));
  const to = parseTime(params.get(toKey));
  return from === undefined || to === undefined || to <= from ? undefined : { from, to };
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

function readPage(params: URLSearchParams): PageName {
  const page = params.get('page');
  if (page === 'targets' || page === 'file') return page;
  return params.get('service') ? 'service' : 'services';
}

/** Reads a query string (with or without `?`). */
export function decodeView(query: string): ViewState {
  const params = new URLSearchParams(query);
  const text = (key: string): string => params.get(key) ?? '';
  const snapshots = Number(text('snapshots'));
  return {
    page: readPage(params),
    service: text('service'),
    type: text('type'),
    sample: text('sample'),
    window: readWindow(params),
    selection: readRange(params, 'from', 'to'),
    base: readRange(params, 'baseFrom', 'baseTo'),
    labels: readLabels(params, 'label.'),
    target: readLabels(params, 'target.'),
    baseLabels: readLabels(params, 'baseLabel.'),
    search: text('search'),
    focus: text('focus'),
    ignore: text('ignore'),
    hide: text('hide'),
    show: text('show'),
    inverted: text('inverted') === '1',
    view: text('view'),
    zoom: params.getAll('zoom'),
    snapshots: Number.isInteger(snapshots) && snapshots > 1 ? snapshots : 0,
    finding: text('finding'),
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

/** The query string of a view, `?` included; '' for the plain start page. Stable key order. */
export function encodeView(view: ViewState): string {
  const params = new URLSearchParams();
  if (view.page === 'targets' || view.page === 'file') params.set('page', view.page);
  if (view.service !== '') params.set('service', view.service);
  for (const key of TEXT_KEYS) {
    if (view[key] !== '') params.set(key, view[key]);
  }
  writeWindow(params, view.window);
  writeRange(params, view.selection, ['from', 'to']);
  writeRange(params, view.base, ['baseFrom', 'baseTo']);
  for (const [prefix, key] of LABEL_KEYS) {
    for (const [name, value] of Object.entries(view[key])) params.set(prefix + name, value);
  }
  if (view.inverted) params.set('inverted', '1');
  for (const name of view.zoom) params.append('zoom', name);
  if (view.snapshots > 1) params.set('snapshots', String(view.snapshots));
  if (view.finding !== '') params.set('finding', view.finding);
  const query = params.toString();
  return query === '' ? '' : `?${query}`;
}
