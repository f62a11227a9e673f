/**
 * Named configurations: pprof's settings.json, where pprof keeps it and in its form, so that both
 * programs see the same configurations; and options as parameters of URLs, by which the page names them.
 *
 * internal/driver/settings.go and config.go of Go 1.26's pprof. The file is read and written whole at
 * every change; it is a few hundred bytes.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import {
  assign,
  CONFIG_NAMES,
  type Config,
  type ConfigName,
  DEFAULT_CONFIG,
  INTEGER_OPTIONS,
} from './config.ts';
import { PprofError } from './io.ts';

/** A configuration that somebody saved. */
export interface NamedConfig {
  readonly name: string;
  readonly config: Config;
}

/** One entry of the page's menu of configurations. */
export interface ConfigMenuEntry {
  readonly name: string;
  /** Relative: `?` and the parameters that show this configuration. */
  readonly url: string;
  /** Whether the page shows it now. */
  readonly current: boolean;
  /** False for the one that always exists. */
  readonly userConfig: boolean;
}

/** Parameters of pprof's URLs; options that are missing have none. */
export const URL_PARAMETERS: Readonly<Partial<Record<ConfigName, string>>> = {
  call_tree: 'calltree',
  relative_percentages: 'rel',
  unit: 'unit',
  compact_labels: 'compact',
  intel_syntax: 'intel',
  mean: 'mean',
  sample_index: 'si',
  normalize: 'norm',
  sort: 'sort',
  drop_negative: 'dropneg',
  nodecount: 'n',
  nodefraction: 'nf',
  edgefraction: 'ef',
  trim: 'trim',
  focus: 'f',
  ignore: 'i',
  prune_from: 'prunefrom',
  hide: 'h',
  show: 's',
  show_from: 'sf',
  tagfocus: 'tf',
  tagignore: 'ti',
  tagshow: 'ts',
  taghide: 'th',
  noinlines: 'noinlines',
  showcolumns: 'showcolumns',
  granularity: 'g',
};

/** Options that a saved configuration leaves as they are. */
const TRANSIENT: readonly ConfigName[] = [
  'output',
  'source_path',
  'trim_path',
  'divide_by',
  'sample_index',
];

const SAVED = CONFIG_NAMES.filter((name) => !TRANSIENT.includes(name));

/** The file that pprof uses: pprof/settings.json under os.UserConfigDir(). Throws `PprofError`. */
export function settingsFile(
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
): string {
  return join(userConfigFolder(env, platform), 'pprof', 'settings.json');
}

function userConfigFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
): string {
  const home = env.HOME ?? '';
  if (platform === 'win32') {
    const folder = env.AppData ?? env.APPDATA ?? '';
    if (folder === '') throw new PprofError('%AppData% is not defined');
    return folder;
  }
  if (platform === 'darwin') {
    if (home === '') throw new PprofError('$HOME is not defined');
    return join(home, 'Library', 'Application Support');
  }
  const folder = env.XDG_CONFIG_HOME ?? '';
  if (folder === '') {
    if (home === '') throw new PprofError('neither $XDG_CONFIG_HOME nor $HOME are defined');
    return join(home, '.config');
  }
  if (!isAbsolute(folder)) throw new PprofError('path in $XDG_CONFIG_HOME is relative');
  return folder;
}

/**
 * What is saved, oldest first; nothing when there is no file. `current` gives the options that are not
 * saved. Throws `PprofError`.
 */
export function readSettings(file: string, current: Config): NamedConfig[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new PprofError(`could not read settings: ${messageOf(error)}`);
  }
  try {
    const configs = fieldOf(JSON.parse(text), 'configs') ?? [];
    if (!Array.isArray(configs)) throw new TypeError('configs is no array');
    return configs.map((entry: unknown) => namedConfig(entry, current));
  } catch (error) {
    throw new PprofError(`could not parse settings: ${messageOf(error)}`);
  }
}

/** Replaces the file. Throws `PprofError`. */
export function writeSettings(file: string, configs: readonly NamedConfig[]): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new PprofError(`failed to create settings directory: ${messageOf(error)}`);
  }
  const saved = { configs: configs.map(({ name, config }) => ({ name, ...savedFields(config) })) };
  try {
    writeFileSync(file, goJson(saved));
  } catch (error) {
    throw new PprofError(`failed to write settings: ${messageOf(error)}`);
  }
}

/** Saves a configuration under a name; one that is there already keeps its place. */
export function saveConfig(file: string, name: string, config: Config): void {
  if (name === '') throw new PprofError('invalid config name');
  const configs = readSettings(file, config);
  const at = configs.findIndex((saved) => saved.name === name);
  configs.splice(at < 0 ? configs.length : at, at < 0 ? 0 : 1, { name, config });
  writeSettings(file, configs);
}

/** Saves what a request of the page shows, under the name in its `config` parameter. */
export function saveConfigOfUrl(file: string, params: URLSearchParams, current: Config): void {
  const name = params.get('config') ?? '';
  if (name === '') throw new PprofError('invalid config name');
  saveConfig(file, name, applyUrl(current, params));
}

/** The saved configuration of a name, with today's transient options. Throws `PprofError`. */
export function loadConfig(file: string, name: string, current: Config): Config {
  const found = readSettings(file, current).find((saved) => saved.name === name);
  if (found === undefined) throw new PprofError(`config ${name} not found`);
  return found.config;
}

/** Forgets a configuration. Throws `PprofError` when there is none of that name. */
export function removeConfig(file: string, name: string): void {
  const configs = readSettings(file, DEFAULT_CONFIG);
  const at = configs.findIndex((saved) => saved.name === name);
  if (at < 0) throw new PprofError(`config ${name} not found`);
  writeSettings(file, configs.toSpliced(at, 1));
}

/** The menu for a page with these parameters: the default, then what is saved. */
export function configMenu(
  file: string,
  params: URLSearchParams,
  current: Config,
): ConfigMenuEntry[] {
  const configs: NamedConfig[] = [{ name: 'Default', config: { ...DEFAULT_CONFIG } }];
  try {
    configs.push(...readSettings(file, current));
  } catch (error) {
    // As in pprof, a file that cannot be read costs its own entries only; saving says why.
    if (!(error instanceof PprofError)) throw error;
  }
  const urls = configs.map(({ config }) => makeUrl(config, params));
  const shown = urls.findLastIndex(({ changed }) => !changed);
  return configs.map(({ name }, index) => ({
    name,
    url: `?${urls[index]?.query ?? ''}`,
    current: index === shown,
    userConfig: index > 0,
  }));
}

/** The options with those of a URL's parameters. Throws `PprofError`. */
export function applyUrl(config: Config, params: URLSearchParams): Config {
  let applied = config;
  for (const name of CONFIG_NAMES) {
    const parameter = URL_PARAMETERS[name];
    const value = parameter === undefined ? null : params.get(parameter);
    if (value === null || value === '') continue;
    try {
      applied = assign(applied, name, value);
    } catch (error) {
      if (!(error instanceof PprofError)) throw error;
      throw new PprofError(`error setting config field ${name}: ${error.message}`);
    }
  }
  return applied;
}

/**
 * The parameters that show a configuration, others kept, and whether they differ from those given.
 * Defaults have no parameter. The sample index is not part of it.
 */
export function makeUrl(
  config: Config,
  params: URLSearchParams,
): { readonly query: string; readonly changed: boolean } {
  const query = new URLSearchParams(params);
  let changed = false;
  for (const name of SAVED) {
    const parameter = URL_PARAMETERS[name];
    if (parameter === undefined) continue;
    const value = urlValue(config, name);
    if ((query.get(parameter) ?? '') === value) continue;
    changed = true;
    if (value === '') query.delete(parameter);
    else query.set(parameter, value);
  }
  return { query: encodeQuery(query), changed };
}

function urlValue(config: Config, name: ConfigName): string {
  const value = config[name];
  if (value === DEFAULT_CONFIG[name]) return '';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return typeof value === 'number' ? goFloat(value) : value;
}

/** url.Values.Encode of Go: by key, spaces as +. */
function encodeQuery(params: URLSearchParams): string {
  const sorted = new URLSearchParams(params);
  sorted.sort();
  return sorted.toString().replaceAll('%7E', '~').replaceAll('*', '%2A');
}

/** fmt.Sprint of a float64: like JavaScript, but for the exponents of small numbers. */
function goFloat(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || size >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
}

/** What json:"…,omitempty" leaves of a configuration, in pprof's order. */
function savedFields(config: Config): Record<string, string | number | boolean> {
  const fields = SAVED.map((name) => [name, config[name]] as const);
  return Object.fromEntries(fields.filter(([, value]) => Boolean(value)));
}

/** json.MarshalIndent of Go escapes what HTML would take for a tag. */
function goJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Options that an entry does not name are empty, zero or false, as they are when Go leaves them out. */
function namedConfig(entry: unknown, current: Config): NamedConfig {
  let config = current;
  for (const name of SAVED) {
    const kind = typeof DEFAULT_CONFIG[name];
    const value = fieldOf(entry, name) ?? ZERO[kind];
    const whole = !INTEGER_OPTIONS.includes(name) || Number.isInteger(value);
    const fits = typeof value === kind && whole;
    if (!fits || !isScalar(value)) throw new TypeError(`${name} is no ${whole ? kind : 'integer'}`);
    config = { ...config, [name]: value };
  }
  const name = fieldOf(entry, 'name') ?? '';
  if (typeof name !== 'string') throw new TypeError('name is no string');
  return { name, config };
}

const ZERO: Readonly<Record<string, string | number | boolean>> = {
  string: '',
  number: 0,
  boolean: false,
};

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** A field of an object, in whatever case, as encoding/json finds it; null counts as missing. */
function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${JSON.stringify(value)} is no object`);
  }
  const fields = Object.entries(value).filter(([key]) => key.toLowerCase() === name);
  return fields.at(-1)?.[1];
}
