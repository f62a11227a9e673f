/**
 * The HTTP server: every route over a store, behind the guard. Listening is the caller's.
 *
 * It holds no logic of its own: queries go to the store, profiles to the intake, findings come from
 * the explain loop's log.
 */

import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Services, TargetState } from '../api/wire.ts';
import { UserError } from '../base/errors.ts';
import type { Decompressors } from '../formats/compression.ts';
import type { Store } from '../store/store.ts';
import { ownMetrics } from './exposition.ts';
import { answerFailures } from './failure.ts';
import type { FindingLog } from './findings.ts';
import { guard } from './guard.ts';
import type { Intake } from './intake.ts';
import { page } from './page.ts';
import { pushRoute } from './push.ts';
import { pushMetricsRoute } from './pushmetrics.ts';
import { routes } from './routes.ts';

export interface AppOptions {
  readonly store: Store;
  readonly intake: Intake;
  readonly findings: FindingLog;
  readonly mode: () => Services['mode'];
  readonly targets: () => readonly TargetState[];
  /** What reads the configuration again, where there is one; it throws UserError, and changes nothing. */
  readonly reload?: () => (() => Promise<void>) | undefined;
  readonly decompressors: Decompressors;
  /** The built page's folder. */
  readonly webRoot: string;
  readonly version: string;
  /** Host names beside the loopback ones that requests may name. */
  readonly allowedHosts?: readonly string[];
  readonly token?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Largest request body in bytes; 32 MB unless told. */
  readonly maxBodyBytes?: number;
  /** Unix milliseconds. */
  readonly now?: () => number;
  /** Takes what is a bug, with its stack. */
  readonly logBug?: (error: unknown) => void;
}

const DEFAULT_MAX_BODY = 32 * 1024 * 1024;

export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { store, intake, targets, now = Date.now } = options;
  const app = Fastify({
    bodyLimit: options.maxBodyBytes ?? DEFAULT_MAX_BODY,
    routerOptions: { maxParamLength: 500 },
    https: options.tls ?? null,
  });
  answerFailures(app, options.logBug ?? ((error) => console.error(error)));
  const { allowedHosts = [], token } = options;
  guard(app, token === undefined ? { allowedHosts } : { allowedHosts, token });
  await app.register(compress, {
    threshold: 1024,
    encodings: ['br', 'gzip'],
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
    zlibOptions: { level: constants.Z_BEST_SPEED },
  });
  app.get('/-/healthy', async (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/-/ready', async (_request, reply) => {
    await store.stats();
    return reply.type('text/plain').send('ready\n');
  });
  app.post('/-/reload', async (_request, reply) => {
    const reload = options.reload?.();
    if (reload === undefined) throw nothingToReload();
    await reload();
    return reply.type('text/plain').send('ok\n');
  });
  app.get('/metrics', async (_request, reply) => {
    const text = await ownMetrics(store, intake, targets());
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(text);
  });
  routes(app, { ...options, now });
  pushRoute(app, { intake, decompressors: options.decompressors, now });
  pushMetricsRoute(app, { intake, decompressors: options.decompressors, now });
  page(app, options.webRoot);
  return app;
}

function nothingToReload(): UserError {
  const next = 'start it with --config FILE, or restart it with other targets';
  return new UserError('nothing-to-reload', 'This server reads no configuration', next);
}
