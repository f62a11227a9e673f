/**
 * The command line of pprof: flags, the command, and where profiles come from.
 *
 * parseFlags of Go 1.26's pprof (internal/driver/cli.go).
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { MergedTypes } from '../../report/pprof/combine.ts';
import { COMMANDS } from './commands.ts';
import {
  CHOICES,
  CONFIG_NAMES,
  type Config,
  DEFAULT_CONFIG,
  INTEGER_OPTIONS,
  isChoiceOption,
} from './config.ts';
import { type FlagKind, type FlagValue, parseFlags } from './goflag.ts';
import { PprofError, type PprofIo } from './io.ts';
import { loadConfig, saveConfig, settingsFile } from './settings.ts';
import type { TlsFiles } from './tls.ts';

export interface Source {
  readonly sources: readonly string[];
  readonly bases: readonly string[];
  readonly diffBase: boolean;
  readonly normalize: boolean;
  /** Binary named before the profiles; '' = none. */
  readonly executable: string;
  readonly buildId: string;
  readonly symbolize: string;
  readonly comment: string;
  /** -1 = not given. */
  readonly seconds: number;
  readonly timeout: number;
  readonly http: string;
  readonly noBrowser: boolean;
  /** Leaves in what drop_frames names; google/pprof since 2026, not the Go tool of Go 1.26. */
  readonly allFrames: boolean;
  readonly tls: TlsFiles;
  /** Which sample types are left when sources are merged. */
  readonly mergeTypes: MergedTypes;
  /** Source of the allocations that garbage collection is charged to; '' = it is not. */
  readonly gcCost: string;
}

export interface CommandLine {
  readonly source: Source;
  readonly config: Config;
  /** The command and its parameter; undefined = the shell, or the page with -http. */
  readonly command: readonly [string] | readonly [string, string] | undefined;
}

const SOURCE_FLAGS: Readonly<Record<string, FlagKind>> = {
  diff_base: 'string',
  base: 'string',
  symbolize: 'string',
  buildid: 'string',
  timeout: 'int',
  add_comment: 'string',
  seconds: 'int',
  all_frames: 'bool',
  merge_types: 'string',
  gc_cost: 'string',
  config: 'string',
  save_config: 'string',
  inuse_space: 'bool',
  inuse_objects: 'bool',
  alloc_space: 'bool',
  alloc_objects: 'bool',
  total_delay: 'bool',
  contentions: 'bool',
  mean_delay: 'bool',
  tools: 'string',
  http: 'string',
  no_browser: 'bool',
  tls_cert: 'string',
  tls_key: 'string',
  tls_ca: 'string',
};

/** Older names of sample types, in the order in which they take effect. */
const SAMPLE_FLAGS = [
  ['total_delay', 'delay'],
  ['mean_delay', 'delay'],
  ['contentions', 'contentions'],
  ['inuse_space', 'inuse_space'],
  ['inuse_objects', 'inuse_objects'],
  ['alloc_space', 'alloc_space'],
  ['alloc_objects', 'alloc_objects'],
] as const;

function flagKinds(): Map<string, FlagKind> {
  const kinds = new Map<string, FlagKind>(Object.entries(SOURCE_FLAGS));
  for (const name of CONFIG_NAMES) {
    if (isChoiceOption(name)) {
      for (const choice of CHOICES[name]) kinds.set(choice, 'bool');
      continue;
    }
    const value = DEFAULT_CONFIG[name];
    const number = INTEGER_OPTIONS.includes(name) ? 'int' : 'float';
    kinds.set(
      name,
      typeof value === 'boolean' ? 'bool' : typeof value === 'number' ? number : 'string',
    );
  }
  for (const [name, { hasParameter }] of Object.entries(COMMANDS)) {
    kinds.set(name, hasParameter ? 'string' : 'bool');
  }
  return kinds;
}

/** What `parseCommandLine` says when there is nothing to run: print the usage, exit with the status. */
export interface Usage {
  readonly usage: true;
  /** Printed before (bad flags) or after (no source) the usage. */
  readonly before: string;
  readonly after: string;
  readonly status: number;
}

export function parseCommandLine(argv: readonly string[], io: PprofIo): CommandLine | Usage {
  const parsed = parseFlags(argv, flagKinds());
  if ('help' in parsed) return { usage: true, before: '', after: '', status: 0 };
  if ('error' in parsed) return { usage: true, before: parsed.error, after: '', status: 2 };
  const { values } = parsed;
  let args = parsed.args;
  if (args.length === 0) {
    return { usage: true, before: '', after: 'no profile source specified', status: 2 };
  }
  let executable = '';
  if (args.length > 1 && isObjectFile(args[0] ?? '')) {
    executable = args[0] ?? '';
    args = args.slice(1);
  }
  const text = (name: string) => String(values.get(name) ?? '');
  const config = configOf(values, savedConfig(text('config'), io));
  const command = commandOf(values);
  const whole = (name: string) => Number(values.get(name) ?? -1);
  const http = text('http');
  if (command !== undefined && http !== '') {
    throw new PprofError('-http is not compatible with an output format on the command line');
  }
  if (values.get('no_browser') === true && http === '') {
    throw new PprofError('-no_browser only makes sense with -http');
  }
  applySampleFlags(config, values, io);
  const bases = [text('base'), text('diff_base')].filter((base) => base !== '');
  if (bases.length > 1) {
    throw new PprofError('-base and -diff_base flags cannot both be specified');
  }
  if (config.normalize && bases.length === 0) {
    throw new PprofError('must have base profile to normalize by');
  }
  if (text('save_config') !== '') {
    saveConfig(settingsFile(io.env, process.platform), text('save_config'), config);
  }
  return {
    source: {
      sources: args,
      bases,
      diffBase: text('diff_base') !== '',
      normalize: config.normalize,
      executable,
      buildId: text('buildid'),
      symbolize: text('symbolize'),
      comment: text('add_comment'),
      seconds: whole('seconds'),
      timeout: whole('timeout'),
      http,
      noBrowser: values.get('no_browser') === true,
      allFrames: values.get('all_frames') === true,
      tls: { cert: text('tls_cert'), key: text('tls_key'), ca: text('tls_ca') },
      mergeTypes: mergedTypes(text('merge_types')),
      gcCost: text('gc_cost'),
    },
    config,
    command,
  };
}

/** The options that others build on: those of a saved configuration, or the defaults. */
function savedConfig(name: string, io: PprofIo): Config {
  if (name === '') return DEFAULT_CONFIG;
  return loadConfig(settingsFile(io.env, process.platform), name, DEFAULT_CONFIG);
}

function mergedTypes(text: string): MergedTypes {
  if (text === '' || text === 'common') return 'common';
  if (text === 'all') return 'all';
  throw new PprofError(`invalid -merge_types ${JSON.stringify(text)}; give common or all`);
}

function configOf(values: ReadonlyMap<string, FlagValue>, base: Config): Config {
  const given: Record<string, FlagValue> = {};
  for (const name of CONFIG_NAMES) {
    if (!isChoiceOption(name)) {
      const value = values.get(name);
      if (value !== undefined) given[name] = value;
      continue;
    }
    const set = CHOICES[name].filter((choice) => values.get(choice) === true);
    if (set.length > 1) throw new PprofError(`conflicting options set: [${set.join(' ')}]`);
    if (set[0] !== undefined) given[name] = set[0];
  }
  return { ...base, ...given };
}

function commandOf(values: ReadonlyMap<string, FlagValue>): CommandLine['command'] {
  const set = Object.keys(COMMANDS).filter((name) => {
    const value = values.get(name);
    return value === true || (typeof value === 'string' && value !== '');
  });
  if (set.length > 1) throw new PprofError('must set at most one output format');
  const [name] = set;
  if (name === undefined) return undefined;
  const parameter = values.get(name);
  return typeof parameter === 'string' ? [name, parameter] : [name];
}

function applySampleFlags(
  config: Config,
  values: ReadonlyMap<string, FlagValue>,
  io: PprofIo,
): void {
  for (const [flag, type] of SAMPLE_FLAGS) {
    if (values.get(flag) !== true) continue;
    if (config.sample_index === '') config.sample_index = type;
    else io.message(`Multiple value selections, ignoring -${flag}`);
  }
  if (values.get('mean_delay') === true) config.mean = true;
}

/** Magic numbers of ELF, Mach-O (thin, both ends), PE, and Go's archives. */
const MAGICS = [
  '7f454c46',
  'feedface',
  'feedfacf',
  'cefaedfe',
  'cffaedfe',
  '4d5a',
  '213c617263683e',
];

/** Whether a file is an executable or object file, by its first bytes. */
export function isObjectFile(path: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    const head = Buffer.alloc(8);
    readSync(file, head, 0, 8, 0);
    const hex = head.toString('hex');
    return MAGICS.some((magic) => hex.startsWith(magic));
  } catch {
    return false;
  } finally {
    closeSync(file);
  }
}
