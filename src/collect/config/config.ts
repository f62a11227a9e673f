/**
 * One YAML file, or targets given as arguments → the targets to collect from, and where more of them
 * are found.
 *
 * Parca's scrape_configs, with whygo's defaults. An unknown key, a wrong type or an unusable target
 * is a UserError with file, line, column and what to do; nothing is ignored.
 */
import { parseTargetUrl } from '../target-url.ts';
import { atPlace, checkDocument, invalid, type PlaceOf } from './document.ts';
import { defaultCpuSeconds, profilesOf } from './profiles.ts';
import type { ConfigFile, DnsDiscoveryFile, FileDiscoveryFile } from './schema.ts';
import { configSchema, groupsSchema } from './schema.ts';
import { defaults, type Job, jobOf, type TargetConfig, targetOf } from './target.ts';

export interface CollectConfig {
  /** Those that are written down. */
  readonly targets: readonly TargetConfig[];
  /** Where more are found, again and again. */
  readonly discoveries: readonly Discovery[];
}

/** One entry of `file_sd_configs` or `dns_sd_configs`. */
export type Discovery =
  | { readonly kind: 'file'; readonly job: Job; readonly files: FileDiscoveryFile }
  | { readonly kind: 'dns'; readonly job: Job; readonly dns: DnsDiscoveryFile };

/** Addresses that share labels, as a discovery finds them. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** `name` is shown in errors. Throws UserError `config-invalid`. */
export function parseConfig(text: string, name: string): CollectConfig {
  const known = { keys: knownKeys, empty: {} };
  const { value, placeOf } = checkDocument(text, name, configSchema, known);
  checkJobNames(value, placeOf);
  return { targets: distinct(staticTargets(value, placeOf)), discoveries: discoveriesOf(value) };
}

/** A file of `file_sd_configs`, JSON or YAML. Throws UserError `config-invalid`. */
export function parseTargetGroups(text: string, name: string): readonly TargetGroup[] {
  const known = { keys: ['targets', 'labels'], empty: [] };
  const { value } = checkDocument(text, name, groupsSchema, known);
  return value.map(({ targets, labels = {} }) => ({ targets, labels }));
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
  return { targets: distinct(targets), discoveries: [] };
}

const knownKeys = [
  'global scrape_configs job_name scrape_interval scrape_timeout metrics_interval scheme',
  'static_configs targets labels profiling_config path_prefix pprof_config metrics_path',
  'file_sd_configs files dns_sd_configs names port refresh_interval',
  'relabel_configs source_labels separator target_label regex modulus replacement action',
  'authorization type credentials credentials_file basic_auth username password password_file',
  'tls_config ca_file cert_file key_file server_name insecure_skip_verify body_size_limit',
  'label_limit label_name_length_limit label_value_length_limit pprof_label_value_limit',
  'enabled path delta seconds interval',
].flatMap((line) => line.split(' '));

function checkJobNames(file: ConfigFile, placeOf: PlaceOf): void {
  const names = new Set<string>();
  for (const [index, { job_name: name }] of file.scrape_configs.entries()) {
    if (names.has(name)) {
      const at = placeOf(['scrape_configs', index, 'job_name']);
      throw invalid(`${at}: the job “${name}” is there twice`, 'Give each job its own job_name');
    }
    names.add(name);
  }
}

function staticTargets(file: ConfigFile, placeOf: PlaceOf): readonly TargetConfig[] {
  const targets: TargetConfig[] = [];
  for (const [index, jobFile] of file.scrape_configs.entries()) {
    const job = jobOf(file, jobFile);
    for (const [s, group] of (jobFile.static_configs ?? []).entries()) {
      for (const [t, address] of group.targets.entries()) {
        const at = placeOf(['scrape_configs', index, 'static_configs', s, 'targets', t]);
        const target = atPlace(at, () => targetOf(job, address, group.labels ?? {}));
        if (target !== undefined) targets.push(target);
      }
    }
  }
  return targets;
}

function discoveriesOf(file: ConfigFile): readonly Discovery[] {
  return file.scrape_configs.flatMap((jobFile) => {
    const job = jobOf(file, jobFile);
    const files = jobFile.file_sd_configs ?? [];
    const names = jobFile.dns_sd_configs ?? [];
    return [
      ...files.map((one): Discovery => ({ kind: 'file', job, files: one })),
      ...names.map((one): Discovery => ({ kind: 'dns', job, dns: one })),
    ];
  });
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
