/**
 * pprof's options, their defaults and their names (internal/driver/config.go of Go 1.26).
 *
 * One row per option; flags, the shell's assignments and the saved settings all read this table.
 */
import { parseBool, parseFloat64 } from './goflag.ts';
import { PprofError } from './io.ts';

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

const CHOICE_WORDS = Object.values(CHOICES).flat();

function isOption(name: string): name is ConfigName {
  return name in DEFAULT_CONFIG;
}

/** Whether a name can be assigned to: an option, or one of the words that an option takes. */
export function isConfigurable(name: string): boolean {
  return isOption(name) || CHOICE_WORDS.includes(name);
}

/** Whether a name needs no value. */
export function isSwitch(name: string): boolean {
  return (
    CHOICE_WORDS.includes(name) || (isOption(name) && typeof DEFAULT_CONFIG[name] === 'boolean')
  );
}

/** The config with one option set, as the shell sets it. Throws `PprofError`. */
export function assign(config: Config, name: string, value: string): Config {
  if (!isOption(name)) {
    const option = isChoiceWord('sort', name) ? 'sort' : 'granularity';
    if (parseBool(value) === true) return { ...config, [option]: name };
    throw new PprofError(`unknown config field ${JSON.stringify(name)}`);
  }
  return { ...config, [name]: parsedValue(name, value) };
}

function isChoiceWord(option: 'sort' | 'granularity', word: string): boolean {
  return CHOICES[option].includes(word);
}

function parsedValue(name: ConfigName, text: string): string | number | boolean {
  if (isChoiceOption(name) && !isChoiceWord(name, text)) {
    throw new PprofError(`invalid ${JSON.stringify(name)} value ${JSON.stringify(text)}`);
  }
  switch (typeof DEFAULT_CONFIG[name]) {
    case 'boolean': {
      const lower = text.toLowerCase();
      if (['true', 't', 'yes', 'y', '1', ''].includes(lower)) return true;
      if (['false', 'f', 'no', 'n', '0'].includes(lower)) return false;
      throw new PprofError(`illegal value ${JSON.stringify(text)} for bool variable`);
    }
    case 'number': {
      const whole = INTEGER_OPTIONS.includes(name);
      const valid = whole ? /^[+-]?[0-9]+$/.test(text) : parseFloat64(text) !== undefined;
      if (valid) return Number(text);
      const parser = whole ? 'Atoi' : 'ParseFloat';
      throw new PprofError(`strconv.${parser}: parsing ${JSON.stringify(text)}: invalid syntax`);
    }
    default:
      return text;
  }
}
