/**
 * pprof's options, their defaults and their names (internal/driver/config.go of Go 1.26).
 *
 * One row per option; flags, the shell's assignments and the saved settings all read this table.
 */

export interface Config {
  output: string;
  call_tree: boolean;
  relative_percentages: boolean;
  unit: string;
  compact_labels: boolean;
  source_path: string;
  trim_path: string;
  intel_syntax: boolean;
  mean: boolean;
  sample_index: string;
  divide_by: number;
  normalize: boolean;
  sort: string;
  tagroot: string;
  tagleaf: string;
  drop_negative: boolean;
  nodecount: number;
  nodefraction: number;
  edgefraction: number;
  trim: boolean;
  focus: string;
  ignore: string;
  prune_from: string;
  hide: string;
  show: string;
  show_from: string;
  tagfocus: string;
  tagignore: string;
  tagshow: string;
  taghide: string;
  noinlines: boolean;
  showcolumns: boolean;
  granularity: string;
}

export type ConfigName = keyof Config;

export const DEFAULT_CONFIG: Readonly<Config> = {
  output: '',
  call_tree: false,
  relative_percentages: false,
  unit: 'minimum',
  compact_labels: false,
  source_path: '',
  trim_path: '',
  intel_syntax: false,
  mean: false,
  sample_index: '',
  divide_by: 1,
  normalize: false,
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

/** Options that are one of several words; each word is a flag of its own. */
export const CHOICES: Readonly<Record<'sort' | 'granularity', readonly string[]>> = {
  sort: ['cum', 'flat'],
  granularity: ['functions', 'filefunctions', 'files', 'lines', 'addresses'],
};

/** In the order of pprof's table. */
export const CONFIG_NAMES = Object.keys(DEFAULT_CONFIG).filter(
  (name): name is ConfigName => name in DEFAULT_CONFIG,
);

/** Options that hold whole numbers; other numbers are fractions. */
export const INTEGER_OPTIONS: readonly ConfigName[] = ['nodecount'];

export function isChoiceOption(name: string): name is 'sort' | 'granularity' {
  return name in CHOICES;
}
