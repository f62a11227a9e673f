/**
 * The addresses of `whygo pprof -http`, which are pprof's own: `/ui/flamegraph?f=…&si=…` ⇄ view state.
 *
 * A link from pprof opens the same view here, and one from here opens there, as far as pprof has it:
 * the path names the view, `f i h s sf tf …` are options, `p` is the pivot (our sandwich). In peek,
 * source and disasm `f` is the pattern of the functions to show, as in pprof, and `focus` is ours for
 * a filter beside it. What pprof has no parameter for keeps the name it has on the other pages
 * (url.ts); pprof passes over it.
 */
import { INITIAL_VIEW, type ProfileView, type ProfileViewName } from '../profile/view.ts';
import { decodeView, EMPTY_VIEW, encodeView, type ViewState, writeOptions } from './url.ts';

/** Paths of views; pprof's first. */
const PATHS: readonly (readonly [path: string, view: ProfileViewName])[] = [
  ['flamegraph', 'flame'],
  ['top', 'table'],
  ['graph', 'graph'],
  ['peek', 'peek'],
  ['source', 'source'],
  ['disasm', 'disasm'],
];

/** Views that show the functions that a pattern matches. */
const OF_SYMBOLS: readonly ProfileViewName[] = ['peek', 'source', 'disasm'];

/** The filters that the panel has fields of its own for. */
const FILTERS = { f: 'focus', i: 'ignore', h: 'hide', s: 'show' } as const;

/** True when the page is at one of these addresses, and not on a page of `whygo serve`. */
export function isPprofPath(path: string): boolean {
  return PATHS.some(([name]) => path.endsWith(`/ui/${name}`));
}

function viewOfPath(path: string): ProfileViewName {
  return PATHS.find(([name]) => path.endsWith(`/${name}`))?.[1] ?? 'flame';
}

/** A dropped file has its own page, also here. */
export function decodePprofView(path: string, query: string): ViewState {
  const params = new URLSearchParams(query);
  // Everything that is named alike on all pages: search, zoom, labels, sandwich, finding.
  const shared = decodeView(query);
  if (shared.page === 'file') return shared;
  const text = (name: string) => params.get(name) ?? '';
  const pathView = viewOfPath(path);
  const pivot = text('p');
  const view = pathView === 'flame' ? flameOr(params, shared.profile.view, pivot) : pathView;
  const ofSymbols = OF_SYMBOLS.includes(view);
  const profile: ProfileView = {
    ...shared.profile,
    view,
    sample: text('si'),
    focus: ofSymbols ? text('focus') : text('f'),
    ignore: text('i'),
    hide: text('h'),
    show: text('s'),
    symbol: ofSymbols ? text('f') : '',
    sandwich: pivot === '' ? shared.profile.sandwich : nameOf(pivot),
  };
  return { ...EMPTY_VIEW, page: 'pprof', profile, finding: shared.finding };
}

/** The flame graph's path also carries the views that pprof does not have. */
function flameOr(params: URLSearchParams, view: ProfileViewName, pivot: string): ProfileViewName {
  if (pivot !== '') return 'sandwich';
  const ours = !PATHS.some(([, known]) => known === view);
  return params.has('view') && ours ? view : 'flame';
}

/** Path (relative to the page) and query of a view. */
export function encodePprofView(view: ViewState): string {
  const { profile } = view;
  if (view.page === 'file') return `flamegraph${encodeView(view)}`;
  const own = PATHS.find(([, name]) => name === profile.view);
  const params = new URLSearchParams();
  const set = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== '') params.set(name, value);
  };
  const ofSymbols = OF_SYMBOLS.includes(profile.view);
  set('f', ofSymbols ? profile.symbol : profile.focus);
  for (const name of ['i', 'h', 's'] as const) set(name, profile[FILTERS[name]]);
  writeOptions(params, profile.options);
  set('si', profile.sample);
  if (profile.view === 'sandwich') set('p', patternOf(profile.sandwich));
  if (ofSymbols) set('focus', profile.focus);
  const rest = encodeView({ ...EMPTY_VIEW, finding: view.finding, profile: remaining(profile) });
  for (const [name, value] of new URLSearchParams(rest)) params.append(name, value);
  const query = params.toString();
  return `${own?.[0] ?? 'flamegraph'}${query === '' ? '' : `?${query}`}`;
}

/** What has no parameter of pprof's. */
function remaining(profile: ProfileView): ProfileView {
  const { view } = profile;
  const named = view === 'sandwich' || PATHS.some(([, name]) => name === view);
  return {
    ...profile,
    view: named ? INITIAL_VIEW.view : view,
    type: '',
    sample: '',
    focus: '',
    ignore: '',
    hide: '',
    show: '',
    sandwich: '',
    symbol: '',
    options: {},
  };
}

/** An RE2 pattern for one name, as pprof writes pivots. */
function patternOf(name: string): string {
  return name === '' ? '' : `^${name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
}

/** The name that a pattern stands for; a pattern that is more than a name stays as it is. */
function nameOf(pattern: string): string {
  return pattern.replace(/^\^/, '').replace(/\$$/, '').replaceAll(/\\(.)/g, '$1');
}
