/**
 * The built page as static files, and nothing else of the file system.
 *
 * Only files under the page's folder are served, by @fastify/static, which normalises paths and
 * ignores dot files. Without a built page the server still answers its API, and says so here.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { UserError } from '../base/errors.ts';

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>whygo</title>
<style>
  body { font: 15px/1.6 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto; padding: 0 1.5rem }
  h1 { font-size: 1.25rem; font-weight: 600 } code { font-family: ui-monospace, monospace }
  p { margin: .6rem 0 } a { color: inherit }
</style>
<h1>The page is not built yet</h1>
<p>The server is running and collects; only its page is missing.</p>
<p>Run <code>npm run setup</code> in the clone, then reload this page.</p>
<p>The API answers meanwhile: <a href="/api/v1/services">services</a>,
<a href="/api/v1/findings">findings</a>, <a href="/api/v1/targets">targets</a>.</p>
</html>
`;

export function page(app: FastifyInstance, webRoot: string): void {
  const built = existsSync(join(webRoot, 'index.html'));
  if (built) {
    app.register(fastifyStatic, {
      root: webRoot,
      wildcard: true,
      dotfiles: 'ignore',
      setHeaders: (reply, path) => {
        // Vite puts a content hash into the names under assets/; the page itself is never cached.
        const hashed = path.startsWith(join(webRoot, 'assets'));
        reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  } else {
    app.get('/', async (_request, reply) =>
      reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT),
    );
  }
  app.setNotFoundHandler((request, reply) => {
    const navigation = request.method === 'GET' && isPagePath(request.url);
    if (built && navigation)
      return reply.header('cache-control', 'no-cache').sendFile('index.html');
    const next = 'see /api/v1/openapi.json for the endpoints that there are';
    throw new UserError('unknown-endpoint', `There is nothing at ${pathOf(request.url)}`, next);
  });
}

/** Views of the page live under paths without a dot and outside the API: the page resolves them. */
function isPagePath(url: string): boolean {
  const path = pathOf(url);
  const reserved = ['/api/', '/-/', '/ingest', '/metrics', '/debug/', '/assets/'];
  return !path.includes('.') && !reserved.some((prefix) => path.startsWith(prefix));
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
