/**
 * Who may talk to the server: Host allow-list, same-origin writes, bearer token, and the headers
 * that keep a browser strict.
 *
 * A profiler's page is a target: DNS rebinding reaches loopback servers through an unknown Host
 * name, and any web page can send a “simple” POST to 127.0.0.1. Both are refused here, before a
 * route sees the request. No CORS headers are ever sent. Cost: a few string comparisons a request.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { UserError } from '../base/errors.ts';

export interface GuardOptions {
  /** Host names (no port) that requests may name, beside the loopback names. */
  readonly allowedHosts: readonly string[];
  /** When given, every request but the health checks must bring it. */
  readonly token?: string;
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const OPEN_PATHS = new Set(['/-/healthy', '/-/ready']);
const COOKIE = 'whygo_token';

const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** The name in a Host header: lower case, without the port. */
export function hostName(header: string): string {
  const bracket = header.startsWith('[') ? header.indexOf(']') : -1;
  if (bracket > 0) return header.slice(0, bracket + 1).toLowerCase();
  const colon = header.lastIndexOf(':');
  return (colon < 0 ? header : header.slice(0, colon)).toLowerCase().replace(/\.$/, '');
}

export function guard(app: FastifyInstance, options: GuardOptions): void {
  const allowed = new Set([...LOOPBACK, ...options.allowedHosts.map((h) => h.toLowerCase())]);
  const secret = options.token === undefined ? undefined : secretOf(options.token);
  app.addHook('onRequest', async (request, reply) => {
    setHeaders(reply);
    const name = hostName(request.headers.host ?? '');
    if (!allowed.has(name)) {
      throw new UserError(
        'host-refused',
        `Requests for the host name “${name}” are refused`,
        `open the address the server printed, or start it with --allow-host ${name || 'NAME'}`,
      );
    }
    refuseForeignWrites(request);
    if (secret === undefined || OPEN_PATHS.has(pathOf(request))) return;
    if (signIn(request, reply, secret)) return reply;
    if (!hasToken(request, secret)) {
      throw new UserError(
        'token-missing',
        'This server asks for a token',
        'send “Authorization: Bearer TOKEN”, or open /?token=TOKEN once in the browser',
      );
    }
  });
}

function setHeaders(reply: FastifyReply): void {
  reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
  reply.header('x-content-type-options', 'nosniff');
  reply.header('referrer-policy', 'no-referrer');
  reply.header('cross-origin-resource-policy', 'same-origin');
  reply.header('cross-origin-opener-policy', 'same-origin');
}

function refuseForeignWrites(request: FastifyRequest): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (foreignSite || (origin !== undefined && !sameHost(origin, host ?? ''))) {
    throw new UserError(
      'origin-refused',
      `Writes from another origin (${origin ?? 'unknown'}) are refused`,
      'send it from the server’s own page, or from a program that sends no Origin header',
    );
  }
}

function sameHost(origin: string, host: string): boolean {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  return url !== undefined && url.host === host.toLowerCase();
}

function pathOf(request: FastifyRequest): string {
  const question = request.url.indexOf('?');
  return question < 0 ? request.url : request.url.slice(0, question);
}

/** Digests, because a comparison in constant time needs equal lengths. */
interface Secret {
  readonly token: Buffer;
  /** As the cookie carries it. */
  readonly cookie: Buffer;
}

function secretOf(token: string): Secret {
  return { token: sha256(token), cookie: sha256(encodeURIComponent(token)) };
}

/** `/?token=…` becomes a cookie and disappears from the address bar. */
function signIn(request: FastifyRequest, reply: FastifyReply, secret: Secret): boolean {
  if (request.method !== 'GET' || !request.url.startsWith('/?')) return false;
  const token = new URLSearchParams(request.url.slice(2)).get('token');
  if (token === null || !timingSafeEqual(sha256(token), secret.token)) return false;
  const secure = request.protocol === 'https' ? '; Secure' : '';
  const value = encodeURIComponent(token);
  reply.header('set-cookie', `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict${secure}`);
  reply.redirect('/', 303);
  return true;
}

function hasToken(request: FastifyRequest, secret: Secret): boolean {
  const bearer = /^bearer\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return timingSafeEqual(sha256(bearer), secret.token);
  const cookie = cookieOf(request.headers.cookie ?? '');
  return cookie !== undefined && timingSafeEqual(sha256(cookie), secret.cookie);
}

function cookieOf(header: string): string | undefined {
  for (const part of header.split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === COOKIE) return value;
  }
  return undefined;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
