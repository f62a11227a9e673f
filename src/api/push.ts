/** What is pushed to /api/v1/push, beside the bodies: query strings and answers. */
import { z } from 'zod';

/** Target labels travel as `label.KEY=VALUE`. */
export const PushMetricsQuery = z.object({
  service: z.string().min(1).max(200),
  /** Where the sender has them from. */
  source: z.enum(['prometheus', 'godebug']).default('prometheus'),
});

export const PushedMetrics = z.object({
  /** How many were taken. */
  metrics: z.number().int(),
  /** Lines that were not. */
  notUnderstood: z.number().int(),
});
export type PushedMetrics = z.infer<typeof PushedMetrics>;
