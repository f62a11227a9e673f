/**
 * The shape of the configuration file, as zod schemas: names and units as in Prometheus and Parca.
 *
 * Only what is written here is a valid key. The schema turns durations into milliseconds, sizes
 * into bytes and patterns into expressions; defaults are applied in config.ts, where a job may inherit them from `global`.
 */
import { z } from 'zod';
import { parseDuration, parseSize } from '../duration.ts';
import { anchored } from './relabel.ts';

const duration = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    const millis = parseDuration(String(value));
    if (millis !== undefined) return millis;
    context.addIssue({
      code: 'custom',
      message: `${JSON.stringify(value)} is not a duration; write 10s, 500ms or 1m30s`,
    });
    return z.NEVER;
  })
  .refine((millis) => millis > 0, { message: 'a duration must be more than 0' });

const size = z.union([z.string(), z.number()]).transform((value, context) => {
  const bytes = parseSize(String(value));
  if (bytes !== undefined) return bytes;
  context.addIssue({
    code: 'custom',
    message: `${JSON.stringify(value)} is not a size; write 64MB or a number of bytes`,
  });
  return z.NEVER;
});

const count = z.number().int().min(0);
const labelName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, {
  message: 'a label name consists of letters, digits and _, and does not begin with a digit',
});
/** YAML reads `version: 1.2` as a number; a label is a string. */
const labelValue = z
  .union([z.string(), z.number(), z.boolean()])
  .transform((value) => String(value));

/** One profile type of a job. */
const profileSchema = z.strictObject({
  enabled: z.boolean().optional(),
  /** Absolute path on the target; replaces `/debug/pprof/NAME`, and `path_prefix` does not apply. */
  path: z.string().startsWith('/').optional(),
  /** The values are since process start and become differences. */
  delta: z.boolean().optional(),
  /** Length of a CPU (or fgprof, or other timed) profile. */
  seconds: z.number().int().min(1).max(600).optional(),
  /** How often, when not with every scrape. */
  interval: duration.optional(),
});

const authorizationSchema = z
  .strictObject({
    type: z.string().default('Bearer'),
    credentials: z.string().optional(),
    credentials_file: z.string().optional(),
  })
  .refine((a) => (a.credentials === undefined) !== (a.credentials_file === undefined), {
    message: 'authorization takes either credentials or credentials_file',
  });

const basicAuthSchema = z
  .strictObject({
    username: z.string(),
    password: z.string().optional(),
    password_file: z.string().optional(),
  })
  .refine((a) => a.password === undefined || a.password_file === undefined, {
    message: 'basic_auth takes either password or password_file',
  });

const tlsSchema = z.strictObject({
  ca_file: z.string().optional(),
  cert_file: z.string().optional(),
  key_file: z.string().optional(),
  server_name: z.string().optional(),
  insecure_skip_verify: z.boolean().optional(),
});

/** Targets that share labels: one entry of `static_configs`, or of a discovered file. */
const groupSchema = z.strictObject({
  targets: z.array(z.string().min(1)),
  labels: z.record(labelName, labelValue).optional(),
});

/** What a file of `file_sd_configs` holds. */
export const groupsSchema = z.array(groupSchema);

const staticSchema = groupSchema.refine(({ targets }) => targets.length > 0, {
  message: 'name at least one target',
});

const fileDiscoverySchema = z.strictObject({
  files: z
    .array(
      z.string().regex(/^[^*?[]*(?:\*[^*?[/]*)?\.(?:json|yml|yaml)$/, {
        message: 'a file ends in .json, .yml or .yaml, and has at most one *, in its name',
      }),
    )
    .min(1),
  refresh_interval: duration.optional(),
});

const dnsDiscoverySchema = z
  .strictObject({
    names: z.array(z.string().min(1)).min(1),
    type: z.enum(['SRV', 'A', 'AAAA', 'MX', 'NS']).default('SRV'),
    port: z.number().int().min(1).max(65_535).optional(),
    refresh_interval: duration.optional(),
  })
  .refine(({ type, port }) => type === 'SRV' || port !== undefined, {
    message: 'a port is needed for every type but SRV',
  });

const regex = z.union([z.string(), z.number()]).transform((value, context) => {
  try {
    return anchored(String(value));
  } catch {
    const message = `${JSON.stringify(value)} is not a regular expression (RE2)`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
});

const needsTarget = new Set([
  'replace',
  'hashmod',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
]);

const relabelSchema = z
  .strictObject({
    source_labels: z.array(labelName).default([]),
    separator: z.string().default(';'),
    /** May hold `$1` where the action is `replace`. */
    target_label: z.string().min(1).optional(),
    regex: regex.default(anchored('(.*)')),
    modulus: z.number().int().min(1).optional(),
    replacement: z.string().default('$1'),
    action: z
      .preprocess(
        (value) => (typeof value === 'string' ? value.toLowerCase() : value),
        z.enum([
          'replace',
          'keep',
          'drop',
          'keepequal',
          'dropequal',
          'hashmod',
          'labelmap',
          'labeldrop',
          'labelkeep',
          'lowercase',
          'uppercase',
        ]),
      )
      .default('replace'),
  })
  .refine((rule) => rule.action !== 'hashmod' || rule.modulus !== undefined, {
    message: 'the action hashmod needs a modulus',
  })
  .refine((rule) => rule.target_label !== undefined || !needsTarget.has(rule.action), {
    message: 'this action needs a target_label',
  });

const limits = {
  body_size_limit: size.optional(),
  /** Most target labels, and how long their names and values may be; 0 = no limit. */
  label_limit: count.optional(),
  label_name_length_limit: count.optional(),
  label_value_length_limit: count.optional(),
  /** Most distinct values of one pprof label and target in an hour; 0 = no limit. */
  pprof_label_value_limit: count.optional(),
};

export const jobSchema = z
  .strictObject({
    job_name: z.string().min(1),
    scrape_interval: duration.optional(),
    scrape_timeout: duration.optional(),
    metrics_interval: duration.optional(),
    scheme: z.enum(['http', 'https']).optional(),
    static_configs: z.array(staticSchema).optional(),
    file_sd_configs: z.array(fileDiscoverySchema).optional(),
    dns_sd_configs: z.array(dnsDiscoverySchema).optional(),
    relabel_configs: z.array(relabelSchema).optional(),
    profiling_config: z
      .strictObject({
        path_prefix: z.string().optional(),
        pprof_config: z.record(z.string().min(1), profileSchema).optional(),
      })
      .optional(),
    /** Where the runtime metrics are; the default tries the agent, then /metrics. */
    metrics_path: z.string().startsWith('/').optional(),
    authorization: authorizationSchema.optional(),
    basic_auth: basicAuthSchema.optional(),
    tls_config: tlsSchema.optional(),
    ...limits,
  })
  .refine((job) => job.authorization === undefined || job.basic_auth === undefined, {
    message: 'a job takes either authorization or basic_auth',
  })
  .refine((job) => (job.static_configs ?? job.file_sd_configs ?? job.dns_sd_configs)?.length, {
    message: 'a job needs static_configs, file_sd_configs or dns_sd_configs',
  });

export const configSchema = z.strictObject({
  global: z
    .strictObject({
      scrape_interval: duration.optional(),
      scrape_timeout: duration.optional(),
      metrics_interval: duration.optional(),
      ...limits,
    })
    .optional(),
  scrape_configs: z.array(jobSchema).min(1),
});

export type ConfigFile = z.output<typeof configSchema>;
export type JobFile = z.output<typeof jobSchema>;
export type ProfileFile = z.output<typeof profileSchema>;
export type GroupFile = z.output<typeof groupSchema>;
export type FileDiscoveryFile = z.output<typeof fileDiscoverySchema>;
export type DnsDiscoveryFile = z.output<typeof dnsDiscoverySchema>;
export type RelabelFile = z.output<typeof relabelSchema>;
