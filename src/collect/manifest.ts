/**
 * `manifest.json` of a recorded folder (`whygo.recording/1`): what was recorded of whom, and when.
 *
 * Files are named relative to the folder. Values are as the process gave them: cumulative types are
 * since process start.
 */
import { z } from 'zod';

export const recordingSchema = 'whygo.recording/1';

const nanos = z.string().regex(/^\d{1,19}$/, { message: 'it is not a number of nanoseconds' });

const targetSchema = z.object({
  service: z.string(),
  instance: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  goVersion: z.string().default(''),
});

const entrySchema = z.object({
  file: z.string().min(1),
  /** Index into `targets`. */
  target: z.number().int().min(0),
  /** 'cpu', 'heap', …; 'metrics', 'goroutines' (a dump) or 'trace'. */
  type: z.string().min(1),
  timeUnixNano: nanos,
  durationNanos: nanos.default('0'),
  /** Size of the file. */
  bytes: z.number().int().min(0).optional(),
  format: z.enum([
    'pprof',
    'agent-json',
    'prometheus',
    'expvar',
    'memstats',
    'godebug',
    'goroutines',
    'trace',
  ]),
  /** The capture forced a garbage collection. */
  forcedGc: z.boolean().optional(),
});

export const manifestSchema = z.object({
  schema: z.literal(recordingSchema),
  targets: z.array(targetSchema).min(1),
  entries: z.array(entrySchema),
});

export type Manifest = z.output<typeof manifestSchema>;
export type RecordedTarget = z.output<typeof targetSchema>;
export type RecordedFormat = Manifest['entries'][number]['format'];

/** A line of the manifest with its times as numbers. */
export interface RecordedEntry {
  readonly file: string;
  readonly target: number;
  readonly type: string;
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
  readonly bytes: number;
  readonly format: RecordedFormat;
  readonly forcedGc: boolean;
}
