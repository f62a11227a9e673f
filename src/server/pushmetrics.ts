/**
 * POST /api/v1/push/metrics: one reading of a process's metrics, as Prometheus text.
 *
 * For what cannot be scraped: `whygo sched --to`, jobs that end before a scrape. `?service=NAME`, and
 * `label.KEY=VALUE` for target labels; the time is when it arrives. Behind the same guard as every
 * write. Cost: one pass over the text and a commit.
 */
import type { FastifyInstance } from 'fastify';
import type { PushedMetrics } from '../api/push.ts';
import { PushMetricsQuery } from '../api/push.ts';
import { matchersOf, type RawQuery } from '../api/query.ts';
import { UserError } from '../base/errors.ts';
import { type Decompressors, decompress } from '../formats/compression.ts';
import { decodePrometheus } from '../metrics/prometheus.ts';
import type { Intake } from './intake.ts';

export interface PushMetricsOptions {
  readonly intake: Intake;
  readonly decompressors: Decompressors;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Series of one reading: a Go process has about a hundred, a large exporter some thousands. */
const MOST_METRICS = 10_000;
const MOST_LABELS = 30;

export function pushMetricsRoute(app: FastifyInstance, options: PushMetricsOptions): void {
  // A context of its own: its body parser takes every content type, as bytes.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body);
    });
    scope.post<{ Querystring: RawQuery }>('/api/v1/push/metrics', async (request) => {
      const { service, source } = PushMetricsQuery.parse(request.query);
      const labels = labelsOf(request.query);
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const text = new TextDecoder().decode(decompress(body, options.decompressors));
      const timeNanos = BigInt(Math.round(options.now())) * 1_000_000n;
      const reading = decodePrometheus(text, timeNanos);
      const { size } = reading.snapshot.metrics;
      refuse(size, reading.malformed[0]);
      const key = { service, labels: { instance: 'pushed', ...labels } };
      await options.intake.metrics(key, { ...reading.snapshot, source });
      const answer: PushedMetrics = {
        metrics: size,
        notUnderstood: reading.malformedCount,
      };
      return answer;
    });
  });
}

function labelsOf(query: RawQuery): Record<string, string> {
  const labels = matchersOf(query, 'label.');
  const bad = Object.keys(labels).find((key) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(key));
  if (bad !== undefined) {
    const next = 'use letters, digits and underscores: label.region=eu';
    throw new UserError('bad-query', `The label name “${bad}” cannot be kept`, next);
  }
  if (Object.keys(labels).length > MOST_LABELS) {
    throw new UserError('bad-query', `There are more than ${MOST_LABELS} labels`, 'send fewer');
  }
  return labels;
}

function refuse(
  size: number,
  malformed: { readonly line: number; readonly reason: string } | undefined,
): void {
  if (size === 0) {
    const why = malformed === undefined ? '' : `: line ${malformed.line}, ${malformed.reason}`;
    const next = 'send Prometheus text: “name value”, a metric a line';
    throw new UserError('empty-body', `The request has no metric${why}`, next);
  }
  if (size > MOST_METRICS) {
    const next = 'send those that are wanted, or one instance at a time';
    throw new UserError('too-large', `${size} metrics at once; ${MOST_METRICS} are taken`, next);
  }
}
