/**
 * One address with its labels, in a job → the target that is collected from.
 *
 * Relabelling sees what Prometheus shows it: `job`, the group's labels, and `__address__`,
 * `__scheme__`, `__path_prefix__`, `__metrics_path__`, `__scrape_interval__` and
 * `__scrape_timeout__`, which it may change; labels that begin with `__` end there. Files that the
 * configuration names (credentials, certificates) are read when a target is used, not here.
 */
import { formatDuration, parseDuration } from '../duration.ts';
import { parseTargetUrl } from '../target-url.ts';
import { type Authorization, authorizationOf, type TlsConfig, tlsOf } from './connection.ts';
import { invalid } from './document.ts';
import { defaultCpuSeconds, type ProfileConfig, profilesOf } from './profiles.ts';
import { type RelabelRule, relabel, type TargetLabels } from './relabel.ts';
import type { ConfigFile, JobFile, RelabelFile } from './schema.ts';

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

export const defaults = {
  scrapeIntervalMillis: 15_000,
  scrapeTimeoutMillis: 10_000,
  bodySizeLimit: 256 * 1024 * 1024,
  pprofLabelValueLimit: 256,
  labelLimit: 30,
  labelNameLengthLimit: 128,
  labelValueLengthLimit: 1024,
} as const;

/** What all targets of a job have in common. */
export interface Job {
  readonly file: JobFile;
  readonly global: NonNullable<ConfigFile['global']>;
  readonly rules: readonly RelabelRule[];
}

export function jobOf(file: ConfigFile, job: JobFile): Job {
  return { file: job, global: file.global ?? {}, rules: (job.relabel_configs ?? []).map(ruleOf) };
}

function ruleOf(rule: RelabelFile): RelabelRule {
  return {
    action: rule.action,
    sourceLabels: rule.source_labels,
    separator: rule.separator,
    regex: rule.regex,
    modulus: BigInt(rule.modulus ?? 1),
    targetLabel: rule.target_label ?? '',
    replacement: rule.replacement,
  };
}

/**
 * Undefined when relabelling drops the target. Throws UserError when the address is none, or the
 * labels pass their limits.
 */
export function targetOf(job: Job, address: string, group: TargetLabels): TargetConfig | undefined {
  const { file, global } = job;
  const labels = relabel(startLabels(job, address, group), job.rules);
  if (labels === undefined) return undefined;
  checkLabels(job, labels);
  const url = parseTargetUrl(labels.__address__ ?? '', schemeOf(labels.__scheme__));
  const pathPrefix = trimSlashes(labels.__path_prefix__ ?? '') || url.pathPrefix;
  const interval = durationLabel(labels, '__scrape_interval__');
  const pprof = file.profiling_config?.pprof_config ?? {};
  const { service = labels.job ?? '', ...rest } = shown(labels);
  return {
    origin: url.origin,
    pathPrefix,
    instance: url.instance,
    service,
    labels: { ...rest, instance: labels.instance ?? url.instance },
    scrapeIntervalMillis: interval,
    scrapeTimeoutMillis: durationLabel(labels, '__scrape_timeout__'),
    metricsIntervalMillis: file.metrics_interval ?? global.metrics_interval ?? interval,
    metricsPath: labels.__metrics_path__ ?? '',
    profiles: profilesOf(pprof, pathPrefix, interval, defaultCpuSeconds(interval)),
    disabled: Object.keys(pprof).filter((type) => pprof[type]?.enabled === false),
    bodySizeLimit: file.body_size_limit ?? global.body_size_limit ?? defaults.bodySizeLimit,
    pprofLabelValueLimit:
      file.pprof_label_value_limit ??
      global.pprof_label_value_limit ??
      defaults.pprofLabelValueLimit,
    authorization: authorizationOf(file) ?? url.authorization,
    tls: tlsOf(file),
  };
}

function startLabels({ file, global }: Job, address: string, group: TargetLabels): TargetLabels {
  const interval = file.scrape_interval ?? global.scrape_interval ?? defaults.scrapeIntervalMillis;
  const timeout = file.scrape_timeout ?? global.scrape_timeout ?? defaults.scrapeTimeoutMillis;
  return {
    job: file.job_name,
    __scheme__: file.scheme ?? 'http',
    __path_prefix__: file.profiling_config?.path_prefix ?? '',
    __metrics_path__: file.metrics_path ?? '',
    __scrape_interval__: formatDuration(interval),
    __scrape_timeout__: formatDuration(timeout),
    ...group,
    __address__: address,
  };
}

function schemeOf(text: string | undefined): 'http' | 'https' {
  if (text === 'http' || text === 'https') return text;
  throw invalid(`__scheme__ is “${text ?? ''}” after relabelling`, 'Make it http or https');
}

function durationLabel(labels: TargetLabels, name: string): number {
  const text = labels[name] ?? '';
  const millis = parseDuration(text) ?? 0;
  if (millis > 0) return millis;
  throw invalid(`${name} is “${text}” after relabelling`, 'Make it a duration such as 10s');
}

/** Labels that begin with `__` are for relabelling only. */
function shown(labels: TargetLabels): TargetLabels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !name.startsWith('__')));
}

function checkLabels({ file, global }: Job, labels: TargetLabels): void {
  const limit = (
    key: 'label_limit' | 'label_name_length_limit' | 'label_value_length_limit',
    fallback: number,
  ) => {
    const value = file[key] ?? global[key] ?? fallback;
    return value === 0 ? Infinity : value;
  };
  const most = limit('label_limit', defaults.labelLimit);
  const longestName = limit('label_name_length_limit', defaults.labelNameLengthLimit);
  const longestValue = limit('label_value_length_limit', defaults.labelValueLengthLimit);
  const refuse = (what: string, key: string) => invalid(what, `Raise ${key}, or shorten it`);
  const entries = Object.entries(shown(labels));
  if (entries.length > most) throw refuse(`${entries.length} labels, limit ${most}`, 'label_limit');
  for (const [key, text] of entries) {
    if (key.length > longestName)
      throw refuse(`the label name ${key} is too long`, 'label_name_length_limit');
    if (text.length > longestValue)
      throw refuse(`the label ${key} is too long`, 'label_value_length_limit');
  }
}

function trimSlashes(prefix: string): string {
  const trimmed = prefix.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? '' : `/${trimmed}`;
}
