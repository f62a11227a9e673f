/**
 * What a person writes for a target → where its /debug/pprof is.
 *
 * `localhost:6060`, `:6060`, `6060`, `http://host:port/prefix`, `https://…`, and the URL of any page
 * or profile below /debug/pprof or /debug/metrics, as it stands in a browser's address bar.
 */
import { UserError } from '../base/errors.ts';
import type { Authorization } from './config/connection.ts';

export interface TargetUrl {
  /** `http://host:port`. */
  readonly origin: string;
  /** What stands before `/debug/…`; '' or `/prefix`. */
  readonly pathPrefix: string;
  /** `host:port`. */
  readonly instance: string;
  /** From `user:password@`. */
  readonly authorization: Authorization;
  /** What stood after /debug/pprof/: 'heap', 'profile', … ; '' = nothing. */
  readonly profile: string;
  /** Without the question mark. */
  readonly query: string;
}

/** Throws UserError `target-invalid`. */
export function parseTargetUrl(text: string, scheme: 'http' | 'https'): TargetUrl {
  const trimmed = text.trim();
  const url = tryUrl(withScheme(trimmed, scheme));
  if (url === undefined || url.hostname === '') {
    throw refuse(`“${text}” is not an address`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refuse(`“${text}” has the scheme ${url.protocol.slice(0, -1)}`);
  }
  const [, prefix = ''] = /^(.*?)(?:\/debug(?:\/.*)?)?$/.exec(url.pathname) ?? [];
  const profile = /\/debug\/pprof\/([^/]+)$/.exec(url.pathname)?.[1] ?? '';
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return {
    origin: `${url.protocol}//${url.host}`,
    pathPrefix: prefix.replace(/\/+$/, ''),
    instance: `${url.hostname}:${port}`,
    authorization: userInfo(url),
    profile: decodeURIComponent(profile),
    query: url.search.slice(1),
  };
}

function refuse(message: string): UserError {
  return new UserError(
    'target-invalid',
    message,
    'Give host:port or http://host:port/prefix of a program that serves /debug/pprof',
  );
}

function withScheme(text: string, scheme: string): string {
  if (/^\d+$/.test(text)) return `${scheme}://localhost:${text}`;
  if (/^:\d+/.test(text)) return `${scheme}://localhost${text}`;
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${scheme}://${text}`;
}

function tryUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function userInfo(url: URL): Authorization {
  if (url.username === '' && url.password === '') return { kind: 'none' };
  const secret = { text: decodeURIComponent(url.password) };
  return { kind: 'basic', username: decodeURIComponent(url.username), secret };
}
