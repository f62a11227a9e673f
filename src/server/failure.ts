/**
 * What a request gets when it cannot be answered: `{error: {code, message, next}}`.
 *
 * Errors made on purpose keep their code and their advice. Anything else is a bug: it is logged with
 * its stack and answered without one.
 */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { WireError } from '../api/wire.ts';
import { DecodeError, UserError } from '../base/errors.ts';

const STATUS: Readonly<Record<string, number>> = {
  'host-refused': 403,
  'origin-refused': 403,
  'token-missing': 401,
  'unknown-endpoint': 404,
  'unknown-service': 404,
  'unknown-profile': 404,
  'body-too-large': 413,
};

export function answerFailures(app: FastifyInstance, logBug: (error: unknown) => void): void {
  app.setErrorHandler((error, _request, reply) => {
    const { status, body } = failureOf(error);
    if (status >= 500) logBug(error);
    if (status === 401) reply.header('www-authenticate', 'Bearer realm="whygo"');
    return reply.code(status).send(body);
  });
}

function failureOf(error: unknown): { readonly status: number; readonly body: WireError } {
  if (error instanceof UserError) {
    return answer(STATUS[error.code] ?? 400, error.code, error.message, error.next);
  }
  if (error instanceof DecodeError) {
    const next = 'send a pprof profile (protobuf, gzipped or plain)';
    return answer(400, 'cannot-decode', error.message, next);
  }
  if (error instanceof z.ZodError) {
    return answer(400, 'bad-query', queryReason(error), 'see /api/v1/openapi.json');
  }
  const status = statusCodeOf(error);
  if (status === 413) {
    const next = 'send fewer samples at once, or raise --max-body';
    return answer(413, 'body-too-large', 'The request’s body is too large', next);
  }
  if (status !== undefined && status < 500) {
    const message = error instanceof Error ? error.message : 'The request cannot be read';
    return answer(status, 'bad-request', message, 'see /api/v1/openapi.json');
  }
  const next = 'look at the server’s standard error; this is a bug worth reporting';
  return answer(500, 'internal', 'The server failed to answer', next);
}

function answer(
  status: number,
  code: string,
  message: string,
  next: string,
): { readonly status: number; readonly body: WireError } {
  return { status, body: { error: { code, message, next } } };
}

function queryReason(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'The query cannot be read';
  const missing = issue.code === 'invalid_type' && issue.message.includes('undefined');
  const name = issue.path.join('.') || 'the query';
  return missing
    ? `The query lacks “${name}”`
    : `Cannot read “${name}” in the query: ${issue.message}`;
}

function statusCodeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}
