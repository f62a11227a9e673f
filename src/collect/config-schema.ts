/**
 * The shape of the configuration file, as zod schemas: names and units as in Prometheus and Parca.
 *
 * Only what is written here is a valid key. The schema turns durations into milliseconds and sizes
 * into bytes; defaults are applied in config.ts, where a job may inherit them from `global`.
 */
import { z } from 'zod';
import { parseDuration, parseSize } from './duration.ts';

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

const staticSchema = z.strictObject({
  targets: z.array(z.string().min(1)).min(1),
  labels: z.record(labelName, labelValue).optional(),
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
    static_configs: z.array(staticSchema).min(1),
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
