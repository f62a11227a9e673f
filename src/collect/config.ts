/**
 * One YAML file, or targets given as arguments → the targets to collect from.
 *
 * Parca's scrape_configs, with whygo's defaults. An unknown key, a wrong type or an unusable target
 * is a UserError with file, line, column and what to do; nothing is ignored. Files that the
 * configuration names (credentials, certificates) are read when a target is used, not here.
 */

import type { Document } from 'yaml';
import { LineCounter, parseDocument } from 'yaml';
import { messageOf, UserError } from '../base/errors.ts';
import type { ConfigFile, JobFile, ProfileFile } from './config-schema.ts';
import { configSchema } from './config-schema.ts';
import { closest } from './spelling.ts';
import { parseTargetUrl } from './target-url.ts';

/** How one profile type of a target is fetched. */
export interface ProfileConfig {
  /** The store's type: 'cpu', 'heap', … or a custom profile's name. */
  readonly type: string;
  /** Absolute path on the target, with `path_prefix`. */
  readonly path: string;
  readonly delta: boolean;
  /** Length of a timed profile; undefined = a snapshot. */
  readonly seconds: number | undefined;
  readonly intervalMillis: number;
}

export type Authorization =
  | { readonly kind: 'none' }
  | { readonly kind: 'header'; readonly type: string; readonly secret: Secret }
  | { readonly kind: 'basic'; readonly username: string; readonly secret: Secret };

/** A secret as it stands, or the file that holds it (read again whenever it is used). */
export type Secret = { readonly text: string } | { readonly file: string };

export interface TlsConfig {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly serverName?: string;
  readonly insecureSkipVerify: boolean;
}

export interface TargetConfig {
  /** `http://host:port`, without a path. */
  readonly origin: string;
  /** What stands before `/debug/pprof`; '' or `/prefix`. */
  readonly pathPrefix: string;
  /** `host:port`: the label `instance`, unless the configuration sets one. */
  readonly instance: string;
  /** '' = ask the target. */
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeIntervalMillis: number;
  /** On top of the seconds that a timed profile takes. */
  readonly scrapeTimeoutMillis: number;
  readonly metricsIntervalMillis: number;
  /** '' = find out. */
  readonly metricsPath: string;
  readonly profiles: readonly ProfileConfig[];
  /** Custom profiles that the index page lists are collected too, except these. */
  readonly disabled: readonly string[];
  readonly bodySizeLimit: number;
  /** 0 = no limit. */
  readonly pprofLabelValueLimit: number;
  readonly authorization: Authorization;
  readonly tls: TlsConfig;
}

export interface CollectConfig {
  readonly targets: readonly TargetConfig[];
}

export const defaults = {
  scrapeIntervalMillis: 15_000,
  scrapeTimeoutMillis: 10_000,
  cpuSeconds: 10,
  bodySizeLimit: 256 * 1024 * 1024,
  pprofLabelValueLimit: 256,
  labelLimit: 30,
  labelNameLengthLimit: 128,
  labelValueLengthLimit: 1024,
} as const;

/** `name` is shown in errors. Throws UserError `config-invalid`. */
export function parseConfig(text: string, name: string): CollectConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const [broken] = document.errors;
  if (broken) {
    const reason = (broken.message.split('\n')[0] ?? '').replace(/ at line \d+.*$/, '');
    throw invalid(`${place(broken.pos[0])}: ${reason}`, 'Correct the YAML there');
  }
  const placeOf = (path: readonly PropertyKey[]) => place(offsetOf(document, path));
  const parsed = configSchema.safeParse(contentsOf(document, name));
  if (!parsed.success) throw schemaError(parsed.error.issues, placeOf);
  return { targets: configTargets(parsed.data, placeOf) };
}

/** `localhost:6060`, `http://host:port/prefix`, `https://…/debug/pprof/heap`: one target each. */
export function targetsFromArguments(
  args: readonly string[],
  overrides: {
    readonly scrapeIntervalMillis?: number;
    readonly metricsIntervalMillis?: number;
    readonly cpuSeconds?: number;
    readonly service?: string;
    readonly labels?: Readonly<Record<string, string>>;
  } = {},
): CollectConfig {
  const scrapeInterval = overrides.scrapeIntervalMillis ?? defaults.scrapeIntervalMillis;
  const targets = args.map((arg) => {
    const url = parseTargetUrl(arg, 'http');
    const cpuSeconds = overrides.cpuSeconds ?? defaultCpuSeconds(scrapeInterval);
    return {
      ...url,
      service: overrides.service ?? '',
      labels: { ...overrides.labels, instance: overrides.labels?.instance ?? url.instance },
      scrapeIntervalMillis: scrapeInterval,
      scrapeTimeoutMillis: defaults.scrapeTimeoutMillis,
      metricsIntervalMillis: overrides.metricsIntervalMillis ?? scrapeInterval,
      metricsPath: '',
      profiles: profilesOf({}, url.pathPrefix, scrapeInterval, cpuSeconds),
      disabled: [],
      bodySizeLimit: defaults.bodySizeLimit,
      pprofLabelValueLimit: defaults.pprofLabelValueLimit,
      authorization: url.authorization,
      tls: { insecureSkipVerify: false },
    };
  });
  return { targets: distinct(targets) };
}

function contentsOf(document: Document, name: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    throw invalid(`${name}: ${messageOf(error)}`, 'Use fewer YAML aliases');
  }
}

function invalid(message: string, next: string): UserError {
  return new UserError('config-invalid', message, next);
}

type PlaceOf = (path: readonly PropertyKey[]) => string;

interface SchemaIssue {
  readonly code?: string;
  readonly message: string;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
}

function schemaError(issues: readonly SchemaIssue[], placeOf: PlaceOf): UserError {
  // A misspelt key is also a missing one: the spelling is what to mend.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue === undefined)
    return invalid('the configuration is invalid', 'See docs/configuration.md');
  const [key] = issue.keys ?? [];
  if (issue.code === 'unrecognized_keys' && key !== undefined) {
    const known = closest(key, knownKeys);
    const next = known === undefined ? 'Remove it' : `Did you mean “${known}”?`;
    return invalid(`${placeOf([...issue.path, key])}: unknown key “${key}”`, next);
  }
  const where = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `;
  return invalid(`${placeOf(issue.path)}: ${where}${issue.message}`, 'Correct it there');
}

const knownKeys = [
  'global scrape_configs job_name scrape_interval scrape_timeout metrics_interval scheme',
  'static_configs targets labels profiling_config path_prefix pprof_config metrics_path',
  'authorization type credentials credentials_file basic_auth username password password_file',
  'tls_config ca_file cert_file key_file server_name insecure_skip_verify body_size_limit',
  'label_limit label_name_length_limit label_value_length_limit pprof_label_value_limit',
  'enabled path delta seconds interval',
].flatMap((line) => line.split(' '));

/** Offset of the key or value at `path`, or of the deepest part of it that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const parent: unknown =
      depth === 0 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const key = path[depth - 1];
    const pair = depth > 0 ? pairOf(parent, key) : undefined;
    const node: unknown = pair ?? document.getIn(path.slice(0, depth), true);
    const start = rangeStart(node);
    if (start !== undefined) return start;
  }
  return 0;
}

function pairOf(parent: unknown, key: PropertyKey | undefined): unknown {
  if (typeof parent !== 'object' || parent === null || !('items' in parent)) return undefined;
  if (!Array.isArray(parent.items)) return undefined;
  for (const item of parent.items as readonly unknown[]) {
    if (typeof item !== 'object' || item === null || !('key' in item)) continue;
    const name = item.key;
    if (typeof name === 'object' && name !== null && 'value' in name && name.value === key)
      return name;
  }
  return undefined;
}

function rangeStart(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  const range: unknown = node.range;
  if (!Array.isArray(range)) return undefined;
  const start: unknown = range[0];
  return typeof start === 'number' ? start : undefined;
}

function configTargets(file: ConfigFile, placeOf: PlaceOf): readonly TargetConfig[] {
  const names = new Set<string>();
  const targets: TargetConfig[] = [];
  for (const [index, job] of file.scrape_configs.entries()) {
    const path = ['scrape_configs', index] as const;
    if (names.has(job.job_name)) {
      throw invalid(
        `${placeOf([...path, 'job_name'])}: the job “${job.job_name}” is there twice`,
        'Give each job its own job_name',
      );
    }
    names.add(job.job_name);
    for (const [s, group] of job.static_configs.entries()) {
      for (const [t, target] of group.targets.entries()) {
        const at = placeOf([...path, 'static_configs', s, 'targets', t]);
        targets.push(configTarget(file, job, group.labels ?? {}, target, at));
      }
    }
  }
  return distinct(targets);
}

function configTarget(
  file: ConfigFile,
  job: JobFile,
  labels: Readonly<Record<string, string>>,
  target: string,
  at: string,
): TargetConfig {
  const url = atPlace(at, () => parseTargetUrl(target, job.scheme ?? 'http'));
  const global = file.global ?? {};
  const scrapeInterval =
    job.scrape_interval ?? global.scrape_interval ?? defaults.scrapeIntervalMillis;
  const prefix = trimSlashes(job.profiling_config?.path_prefix ?? '') || url.pathPrefix;
  const pprof = job.profiling_config?.pprof_config ?? {};
  checkLabels(file, job, labels, at);
  return {
    origin: url.origin,
    pathPrefix: prefix,
    instance: url.instance,
    service: labels.service ?? job.job_name,
    labels: {
      job: job.job_name,
      ...withoutService(labels),
      instance: labels.instance ?? url.instance,
    },
    scrapeIntervalMillis: scrapeInterval,
    scrapeTimeoutMillis:
      job.scrape_timeout ?? global.scrape_timeout ?? defaults.scrapeTimeoutMillis,
    metricsIntervalMillis: job.metrics_interval ?? global.metrics_interval ?? scrapeInterval,
    metricsPath: job.metrics_path ?? '',
    profiles: profilesOf(pprof, prefix, scrapeInterval, defaultCpuSeconds(scrapeInterval)),
    disabled: Object.keys(pprof).filter((type) => pprof[type]?.enabled === false),
    bodySizeLimit: job.body_size_limit ?? global.body_size_limit ?? defaults.bodySizeLimit,
    pprofLabelValueLimit:
      job.pprof_label_value_limit ??
      global.pprof_label_value_limit ??
      defaults.pprofLabelValueLimit,
    authorization: authorizationOf(job) ?? url.authorization,
    tls: tlsOf(job),
  };
}

function checkLabels(
  file: ConfigFile,
  job: JobFile,
  labels: Readonly<Record<string, string>>,
  at: string,
): void {
  const limit = (own: number | undefined, global: number | undefined, fallback: number) => {
    const value = own ?? global ?? fallback;
    return value === 0 ? Infinity : value;
  };
  const g = file.global ?? {};
  const most = limit(job.label_limit, g.label_limit, defaults.labelLimit);
  const name = limit(
    job.label_name_length_limit,
    g.label_name_length_limit,
    defaults.labelNameLengthLimit,
  );
  const value = limit(
    job.label_value_length_limit,
    g.label_value_length_limit,
    defaults.labelValueLengthLimit,
  );
  const entries = Object.entries(labels);
  const refuse = (what: string, key: string) =>
    invalid(`${at}: ${what}`, `Raise ${key}, or shorten it`);
  if (entries.length > most) throw refuse(`${entries.length} labels, limit ${most}`, 'label_limit');
  for (const [key, text] of entries) {
    if (key.length > name)
      throw refuse(`the label name ${key} is too long`, 'label_name_length_limit');
    if (text.length > value)
      throw refuse(`the label ${key} is too long`, 'label_value_length_limit');
  }
}

function atPlace<T>(at: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) throw invalid(`${at}: ${error.message}`, error.next);
    throw error;
  }
}

function withoutService(labels: Readonly<Record<string, string>>): Record<string, string> {
  const { service: _, ...rest } = labels;
  return rest;
}

function authorizationOf(job: JobFile): Authorization | undefined {
  if (job.authorization) {
    const { type, credentials, credentials_file: file = '' } = job.authorization;
    const secret = credentials === undefined ? { file } : { text: credentials };
    return { kind: 'header', type, secret };
  }
  if (job.basic_auth) {
    const { username, password = '', password_file: file } = job.basic_auth;
    return { kind: 'basic', username, secret: file === undefined ? { text: password } : { file } };
  }
  return undefined;
}

function tlsOf(job: JobFile): TlsConfig {
  const tls = job.tls_config ?? {};
  return {
    ...(tls.ca_file !== undefined && { caFile: tls.ca_file }),
    ...(tls.cert_file !== undefined && { certFile: tls.cert_file }),
    ...(tls.key_file !== undefined && { keyFile: tls.key_file }),
    ...(tls.server_name !== undefined && { serverName: tls.server_name }),
    insecureSkipVerify: tls.insecure_skip_verify ?? false,
  };
}

/** A CPU profile leaves at least a tenth of the interval to the others, and at most 10 s long. */
function defaultCpuSeconds(intervalMillis: number): number {
  return Math.max(1, Math.min(defaults.cpuSeconds, Math.floor((intervalMillis * 0.9) / 1000)));
}

/** Parca's names for the types, beside whygo's own (which are net/http/pprof's). */
const typeNames: Readonly<Record<string, string>> = {
  process_cpu: 'cpu',
  profile: 'cpu',
  memory: 'heap',
};

/**
 * [type, path under /debug/pprof, values since process start]. There is no allocs: the heap profile
 * carries the same four sample types, so one fetch gives both (heap-profiles.ts).
 */
const standard: readonly (readonly [string, string, boolean])[] = [
  ['cpu', 'profile', false],
  ['heap', 'heap', false],
  ['block', 'block', true],
  ['mutex', 'mutex', true],
  ['goroutine', 'goroutine', false],
  ['threadcreate', 'threadcreate', false],
];

function profilesOf(
  config: Readonly<Record<string, ProfileFile>>,
  prefix: string,
  intervalMillis: number,
  cpuSeconds: number,
): readonly ProfileConfig[] {
  const own = new Map<string, ProfileFile>();
  for (const [name, profile] of Object.entries(config)) own.set(typeNames[name] ?? name, profile);
  const profiles: ProfileConfig[] = [];
  for (const [type, name, delta] of standard) {
    const profile = own.get(type) ?? {};
    own.delete(type);
    if (profile.enabled === false) continue;
    profiles.push({
      type,
      path: profile.path ?? `${prefix}/debug/pprof/${name}`,
      delta: profile.delta ?? delta,
      seconds: profile.seconds ?? (type === 'cpu' ? cpuSeconds : undefined),
      intervalMillis: profile.interval ?? intervalMillis,
    });
  }
  const withHeap = profiles.some((profile) => profile.type === 'heap');
  for (const [type, profile] of own) {
    if (profile.enabled === false || (type === 'allocs' && withHeap)) continue;
    const path = type === 'fgprof' ? '/debug/fgprof' : `/debug/pprof/${type}`;
    profiles.push({
      type,
      path: profile.path ?? `${prefix}${path}`,
      delta: profile.delta ?? type === 'allocs',
      seconds: profile.seconds ?? (type === 'fgprof' ? cpuSeconds : undefined),
      intervalMillis: profile.interval ?? intervalMillis,
    });
  }
  return profiles;
}

/** The same process named twice would be profiled twice, and its CPU profiles would collide. */
function distinct(targets: readonly TargetConfig[]): readonly TargetConfig[] {
  const seen = new Set<string>();
  for (const { origin, pathPrefix } of targets) {
    const url = origin + pathPrefix;
    if (seen.has(url)) throw invalid(`the target ${url} is there twice`, 'Name it once');
    seen.add(url);
  }
  return targets;
}

function trimSlashes(prefix: string): string {
  const trimmed = prefix.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? '' : `/${trimmed}`;
}
