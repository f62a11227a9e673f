/**
 * pprof's options as the page has them: parameters of its addresses (`f`, `tf`, `g`, …) to settings.
 *
 * urlparam and defaultConfig of Go 1.26's pprof (internal/driver/config.go), and two of our own,
 * `tagroot` and `tagleaf`, which pprof has no parameters for. Pure: a dropped file has no command line.
 */
import type { ReportSettings } from './filtered.ts';

export const DEFAULT_SETTINGS: ReportSettings = {
  call_tree: false,
  relative_percentages: false,
  unit: 'minimum',
  compact_labels: false,
  source_path: '',
  trim_path: '',
  mean: false,
  sample_index: '',
  divide_by: 1,
  sort: 'flat',
  tagroot: '',
  tagleaf: '',
  drop_negative: false,
  nodecount: -1,
  nodefraction: 0.005,
  edgefraction: 0.001,
  trim: true,
  focus: '',
  ignore: '',
  prune_from: '',
  hide: '',
  show: '',
  show_from: '',
  tagfocus: '',
  tagignore: '',
  tagshow: '',
  taghide: '',
  noinlines: false,
  showcolumns: false,
  granularity: '',
};

/** Every parameter of pprof's addresses; three of them name options that change no report of ours. */
export const PAGE_PARAMETERS = {
  f: 'focus',
  i: 'ignore',
  h: 'hide',
  s: 'show',
  sf: 'show_from',
  tf: 'tagfocus',
  ti: 'tagignore',
  ts: 'tagshow',
  th: 'taghide',
  prunefrom: 'prune_from',
  si: 'sample_index',
  g: 'granularity',
  noinlines: 'noinlines',
  showcolumns: 'showcolumns',
  tagroot: 'tagroot',
  tagleaf: 'tagleaf',
  n: 'nodecount',
  nf: 'nodefraction',
  ef: 'edgefraction',
  trim: 'trim',
  calltree: 'call_tree',
  rel: 'relative_percentages',
  unit: 'unit',
  compact: 'compact_labels',
  mean: 'mean',
  dropneg: 'drop_negative',
  sort: 'sort',
  norm: undefined,
  intel: undefined,
} as const satisfies Readonly<Record<string, keyof ReportSettings | undefined>>;

export type PageParameter = keyof typeof PAGE_PARAMETERS;

export const PAGE_PARAMETER_NAMES = Object.keys(PAGE_PARAMETERS).filter(
  (name): name is PageParameter => name in PAGE_PARAMETERS,
);

/** Parameters and their values, as in an address; what is missing has its default. */
export type PageOptions = Readonly<Partial<Record<PageParameter, string>>>;

/** The settings of these options. A value that cannot be read keeps the default. */
export function settingsOf(options: PageOptions): ReportSettings {
  const given: Record<string, string | number | boolean> = {};
  for (const name of PAGE_PARAMETER_NAMES) {
    const setting = PAGE_PARAMETERS[name];
    const text = options[name];
    if (setting === undefined || text === undefined || text === '') continue;
    const fallback = DEFAULT_SETTINGS[setting];
    if (typeof fallback === 'string') given[setting] = text;
    else if (typeof fallback === 'boolean') given[setting] = /^(t|true|y|yes|1)$/i.test(text);
    else if (Number.isFinite(Number(text))) given[setting] = Number(text);
  }
  return { ...DEFAULT_SETTINGS, ...given };
}
