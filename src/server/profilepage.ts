/**
 * The server of `whygo pprof -http`: the page on one profile, at pprof's own addresses.
 *
 * Routes alone: who holds the profile answers (`ProfileHolder`). Requests reach no file but those of
 * the built page. The guard of the large server stands in front (guard.ts), and as in pprof, a server
 * on a loopback address answers this machine alone. What changes something is a POST or a DELETE.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { UserError } from '../base/errors.ts';
import { answerFailures } from './failure.ts';
import { guard, hostName } from './guard.ts';

/** Questions of src/api/pprofpage.ts. */
const QUESTIONS = [
  'head',
  'tree',
  'labels',
  'findings',
  'notes',
  'who',
  'labeltable',
  'heatmap',
  'graph',
  'peek',
  'source',
  'disasm',
  'configs',
] as const;

/** Views with an address of their own; the first is shown unless another is asked for. */
const VIEWS = ['flamegraph', 'top', 'graph', 'peek', 'source', 'disasm'] as const;
/** Where pprof once had them. */
const OLD_VIEWS = ['flamegraph2', 'flamegraphold'] as const;

/** Who has the profile. Both reject with a `UserError` for what cannot be answered. */
export interface ProfileHolder {
  /** A question or change by name, with the request's query string; `body` of an upload. */
  ask(name: string, query: string, body?: Uint8Array): Promise<string | Uint8Array>;
}

export interface ProfilePageOptions {
  readonly holder: ProfileHolder;
  /** The built page's folder. */
  readonly webRoot: string;
  /** Address that is listened on. */
  readonly host: string;
  /** Further host names that requests may name. */
  readonly allowedHosts: readonly string[];
  /** Query of the first view: the options of the command line. */
  readonly startQuery: string;
  readonly maxBodyBytes: number;
  readonly logBug: (error: unknown) => void;
}

export async function createProfilePage(options: ProfilePageOptions): Promise<FastifyInstance> {
  const { holder, allowedHosts } = options;
  const app = Fastify({ bodyLimit: options.maxBodyBytes, routerOptions: { maxParamLength: 500 } });
  answerFailures(app, options.logBug);
  guard(app, { allowedHosts });
  if (isLoopback(options.host)) refuseOthers(app);
  await app.register(compress, {
    threshold: 1024,
    // Brotli would take longer than it saves: the page is mostly opened on the machine itself.
    encodings: ['gzip'],
    zlibOptions: { level: constants.Z_BEST_SPEED },
  });
  pageRoutes(app, options);
  for (const question of QUESTIONS) {
    app.get(`/ui/api/v1/${question}`, async (request, reply) =>
      sendJson(reply, await holder.ask(question, queryOf(request))),
    );
  }
  changes(app, holder);
  return app;
}

function isLoopback(host: string): boolean {
  return ['localhost', '127.0.0.1', '::1', '[::1]'].includes(host);
}

function refuseOthers(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const name = hostName(request.ip.replace(/^::ffff:/, ''));
    if (name.startsWith('127.') || request.ip === '::1') return;
    const next = 'start it with -http=ADDRESS:PORT to let others in';
    throw new UserError('host-refused', 'Only this machine may ask', next);
  });
}

function pageRoutes(app: FastifyInstance, options: ProfilePageOptions): void {
  const { startQuery, webRoot } = options;
  const [first] = VIEWS;
  const withQuery = (path: string, request: FastifyRequest): string => {
    const query = queryOf(request) || startQuery;
    return query === '' ? path : `${path}?${query}`;
  };
  for (const view of VIEWS) {
    app.get(`/ui/${view}`, async (request, reply) => {
      // pprof applies the command line's options to every view that says nothing else.
      if (queryOf(request) === '' && startQuery !== '') {
        return reply.redirect(withQuery(view, request), 307);
      }
      return reply
        .header('cache-control', 'no-cache')
        .type('text/html; charset=utf-8')
        .send(withPreloads(await readFile(join(webRoot, 'index.html'), 'utf8'), request));
    });
  }
  for (const old of ['', ...OLD_VIEWS]) {
    app.get(`/ui/${old}`, (request, reply) => reply.redirect(withQuery(first, request), 301));
  }
  app.get('/ui', (request, reply) => reply.redirect(withQuery(`ui/${first}`, request), 307));
  app.register(fastifyStatic, {
    root: join(webRoot, 'assets'),
    prefix: '/ui/assets/',
    dotfiles: 'ignore',
    // Vite puts a content hash into the names.
    setHeaders: (reply) => reply.header('cache-control', 'public, max-age=31536000, immutable'),
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (!reads || path.startsWith('/ui/')) {
      const next = `see /ui/${first}`;
      throw new UserError('unknown-endpoint', `There is nothing at ${path}`, next);
    }
    const view = [...VIEWS, ...OLD_VIEWS].find((name) => path === `/${name}`) ?? first;
    return reply.redirect(withQuery(`/ui/${view}`, request), 307);
  });
}

/** Without options, the page's first questions are known: the browser asks them beside its script. */
function withPreloads(html: string, request: FastifyRequest): string {
  if (queryOf(request) !== '') return html;
  const link = (question: string) =>
    `<link rel="preload" href="./api/v1/${question}" as="fetch" crossorigin>`;
  return html.replace('</head>', `${link('head')}${link('tree')}</head>`);
}

/** What is not a question: the profile as a file, settings, other profiles. */
function changes(app: FastifyInstance, holder: ProfileHolder): void {
  app.get('/ui/download', { compress: false }, async (request, reply) => {
    const bytes = await holder.ask('download', queryOf(request));
    return reply
      .type('application/vnd.google.protobuf+gzip')
      .header('content-disposition', 'attachment;filename=profile.pb.gz')
      .send(Buffer.from(bytes));
  });
  app.post('/ui/saveconfig', async (request, reply) => {
    await holder.ask('saveconfig', queryOf(request));
    return reply.code(204).send();
  });
  app.delete('/ui/deleteconfig', async (request, reply) => {
    await holder.ask('deleteconfig', queryOf(request));
    return reply.code(204).send();
  });
  app.post('/ui/api/v1/reload', async (_request, reply) =>
    sendJson(reply, await holder.ask('reload', '')),
  );
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post('/ui/api/v1/base', async (request, reply) => {
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
    return sendJson(reply, await holder.ask('base', queryOf(request), body));
  });
  app.delete('/ui/api/v1/base', async (_request, reply) =>
    sendJson(reply, await holder.ask('nobase', '')),
  );
}

function sendJson(reply: FastifyReply, content: string | Uint8Array): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(content);
}

/** The query string as it came, without `?`. */
function queryOf(request: FastifyRequest): string {
  const question = request.url.indexOf('?');
  return question < 0 ? '' : request.url.slice(question + 1);
}
