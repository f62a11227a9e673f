/**
 * One HTTP GET to a target: bounded in time and size, with errors that say what to do.
 *
 * Not a general client: it follows a few redirects, undoes gzip, and gives the whole body. Requests
 * of one client share kept-alive connections. Node's http module is used instead of fetch because
 * the connection's certificates and the reuse of sockets must be under control here.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { gunzip } from 'node:zlib';
import { messageOf, UserError } from '../base/errors.ts';
import type { Authorization, Secret, TlsConfig } from './config/connection.ts';
import { formatDuration, formatSize } from './duration.ts';

export type FetchFailure =
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'tls'
  | 'not-found'
  | 'unauthorized'
  | 'status'
  | 'too-large'
  | 'broken'
  | 'not-a-profile'
  | 'aborted';

/** Why a target did not give what it was asked for. `code` is `fetch-` and the failure. */
export class FetchError extends UserError {
  readonly failure: FetchFailure;
  /** HTTP status; 0 = there was no answer. */
  readonly status: number;

  constructor(failure: FetchFailure, status: number, message: string, next: string) {
    super(`fetch-${failure}`, message, next);
    this.name = 'FetchError';
    this.failure = failure;
    this.status = status;
  }

  /** True when the process itself could not be reached, so that nothing else can be had either. */
  get unreachable(): boolean {
    return ['refused', 'unreachable', 'timeout', 'tls'].includes(this.failure);
  }
}

export interface FetchOptions {
  /** From the request to the last byte. */
  readonly timeoutMillis: number;
  /** Limit of the body, compressed and not. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Fetched {
  readonly url: string;
  readonly bytes: Uint8Array;
  readonly contentType: string;
  /** Bytes on the wire. */
  readonly wireBytes: number;
}

export interface FetchClient {
  /** Throws FetchError. */
  get(url: string, options: FetchOptions): Promise<Fetched>;
  /** Closes idle connections. */
  close(): void;
}

const maxRedirects = 5;
const maxSockets = 8;

/** `authorization` is sent to the first origin only, never to where a redirect leads. */
export function createFetchClient(authorization: Authorization, tls: TlsConfig): FetchClient {
  const plain = new http.Agent({ keepAlive: true, maxSockets });
  let secure: https.Agent | undefined;
  const agentOf = (url: URL) => {
    if (url.protocol !== 'https:') return plain;
    secure ??= new https.Agent({ keepAlive: true, maxSockets, ...tlsOptions(tls) });
    return secure;
  };
  return {
    async get(address, options) {
      let url = new URL(address);
      const { origin } = url;
      for (let hop = 0; ; hop++) {
        const headers = url.origin === origin ? await authorizationHeader(authorization) : {};
        const answer = await exchange(url, agentOf(url), headers, options);
        if (answer.location === undefined) return finish(url, answer, options);
        if (hop === maxRedirects) {
          const message = `${address} redirects more than ${maxRedirects} times`;
          throw new FetchError('status', answer.status, message, 'Give the final address');
        }
        url = new URL(answer.location, url);
      }
    },
    close() {
      plain.destroy();
      secure?.destroy();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly contentType: string;
  readonly encoding: string;
  readonly body: Buffer;
}

async function exchange(
  url: URL,
  agent: http.Agent,
  headers: http.OutgoingHttpHeaders,
  options: FetchOptions,
): Promise<Answer> {
  // Kept-alive connections that the target closed meanwhile say nothing about it. There may be as
  // many of them as there are sockets; after that, what fails is the target.
  for (let stale = 0; ; stale++) {
    try {
      return await request(url, agent, headers, options);
    } catch (error) {
      if (!(error instanceof StaleSocket)) throw error;
      if (stale >= maxSockets) throw connectionError(url, error.reason, false);
    }
  }
}

/** A request on a reused connection failed before any answer. */
class StaleSocket extends Error {
  readonly reason: Error;

  constructor(reason: Error) {
    super(reason.message);
    this.reason = reason;
  }
}

function request(
  url: URL,
  agent: http.Agent,
  headers: http.OutgoingHttpHeaders,
  options: FetchOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { signal, timeoutMillis, maxBytes } = options;
    const client = url.protocol === 'https:' ? https : http;
    const request = client.request(url, {
      agent,
      headers: { 'accept-encoding': 'gzip', 'user-agent': 'whygo', ...headers },
    });
    let started = false;
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const fail = (error: Error) => {
      settle();
      request.destroy();
      reject(error);
    };
    const abort = () => fail(new FetchError('aborted', 0, `${url} was given up`, 'Ask again'));
    const timer = setTimeout(() => fail(timeoutError(url, timeoutMillis, started)), timeoutMillis);
    signal?.addEventListener('abort', abort, { once: true });
    request.on('error', (error) => {
      const stale = request.reusedSocket && !started;
      fail(stale ? new StaleSocket(error) : connectionError(url, error, started));
    });
    request.on('response', (response) => {
      started = true;
      const status = response.statusCode ?? 0;
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > maxBytes) fail(tooLarge(url, maxBytes));
      });
      response.on('error', (error) => fail(connectionError(url, error, true)));
      response.on('aborted', () => fail(brokenOff(url)));
      response.on('end', () => {
        settle();
        const redirect = [301, 302, 303, 307, 308].includes(status);
        resolve({
          status,
          location: redirect ? response.headers.location : undefined,
          contentType: response.headers['content-type'] ?? '',
          encoding: response.headers['content-encoding'] ?? '',
          body: Buffer.concat(chunks, length),
        });
      });
    });
    if (signal?.aborted) abort();
    else request.end();
  });
}

async function finish(url: URL, answer: Answer, options: FetchOptions): Promise<Fetched> {
  const bytes =
    answer.encoding === 'gzip' ? await unpack(url, answer.body, options.maxBytes) : answer.body;
  if (answer.status !== 200) throw statusError(url, answer.status, bytes);
  const { contentType, body } = answer;
  return { url: url.href, bytes, contentType, wireBytes: body.length };
}

function unpack(url: URL, body: Buffer, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    gunzip(body, { maxOutputLength: maxBytes }, (error, plain) => {
      if (error === null) resolve(plain);
      else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
        reject(tooLarge(url, maxBytes));
      } else reject(connectionError(url, error, true));
    });
  });
}

function timeoutError(url: URL, millis: number, started: boolean): FetchError {
  const what = started ? 'did not finish its answer' : 'gave no answer';
  const message = `${url} ${what} within ${formatDuration(millis)}`;
  return new FetchError('timeout', 0, message, 'Is it overloaded? Raise scrape_timeout if not');
}

function tooLarge(url: URL, maxBytes: number): FetchError {
  const message = `${url} answers with more than ${formatSize(maxBytes)}`;
  return new FetchError('too-large', 200, message, 'Raise body_size_limit');
}

function brokenOff(url: URL): FetchError {
  const message = `${url} broke the connection off in the middle of its answer`;
  return new FetchError('broken', 0, message, 'Did the process end? Look at its log');
}

function connectionError(url: URL, error: Error, started: boolean): FetchError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const { host } = url;
  if (code === 'ECONNREFUSED') {
    const next = 'Is the process running, and is this its port?';
    return new FetchError('refused', 0, `${host} refuses the connection`, next);
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new FetchError('unreachable', 0, `there is no host ${url.hostname}`, 'Check its name');
  }
  if (/^(EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL)$/.test(code)) {
    return new FetchError(
      'unreachable',
      0,
      `${host} cannot be reached (${code})`,
      'Check the network',
    );
  }
  if (/CERT|TLS|SSL|EPROTO|SELF_SIGNED|UNABLE_TO/.test(code)) {
    const next = 'Check the scheme, or set tls_config (ca_file, server_name)';
    return new FetchError('tls', 0, `no TLS connection to ${host}: ${error.message}`, next);
  }
  if (started) return brokenOff(url);
  if (/^HPE_/.test(code)) {
    const message = `${host} does not speak HTTP (${error.message})`;
    return new FetchError('unreachable', 0, message, 'Is this the right port, and http not https?');
  }
  return new FetchError('unreachable', 0, `${host}: ${error.message}`, 'Is the process running?');
}

function statusError(url: URL, status: number, body: Uint8Array): FetchError {
  const text = new TextDecoder().decode(body.subarray(0, 400)).trim();
  const said = /^\s*</.test(text) ? '' : (text.split('\n')[0] ?? '');
  const message = `${url} answers ${status}${said === '' ? '' : `: ${said.slice(0, 200)}`}`;
  if (status === 401 || status === 403) {
    const next = 'Set authorization or basic_auth for this job';
    return new FetchError('unauthorized', status, message, next);
  }
  if (status === 404) return new FetchError('not-found', status, message, notFoundHint(said));
  if (/already in use|already enabled/.test(said)) {
    const next = 'Another profiler is at work there; only one can be. Stop it, or wait';
    return new FetchError('status', status, message, next);
  }
  return new FetchError('status', status, message, 'Look at the log of the process');
}

function notFoundHint(said: string): string {
  if (said === 'Unknown profile') return 'This program has no such profile';
  return 'Does the program import _ "net/http/pprof", and is its handler on this port and path?';
}

/**
 * Throws FetchError `not-a-profile` for a page or a text where a profile was expected: a proxy's
 * login page, or a catch-all route that answers 200 to everything.
 */
export function expectProfile({ url, bytes, contentType }: Fetched): void {
  const head = new TextDecoder().decode(bytes.subarray(0, 200)).trim();
  const isPage = /^text\/html/.test(contentType) || /^<(!doctype|html)/i.test(head);
  const isText = /^(application\/json|text\/)/.test(contentType);
  if (!isPage && !isText && bytes.length > 0) return;
  const what = isPage ? 'an HTML page' : bytes.length === 0 ? 'nothing' : contentType.split(';')[0];
  throw new FetchError(
    'not-a-profile',
    200,
    `${url} answers with ${what}, not with a profile`,
    'Is /debug/pprof really served there? A catch-all route or a proxy may answer in its place',
  );
}

async function authorizationHeader(auth: Authorization): Promise<http.OutgoingHttpHeaders> {
  if (auth.kind === 'none') return {};
  const secret = await readSecret(auth.secret);
  if (auth.kind === 'header') return { authorization: `${auth.type} ${secret}` };
  const pair = Buffer.from(`${auth.username}:${secret}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

async function readSecret(secret: Secret): Promise<string> {
  if ('text' in secret) return secret.text;
  try {
    return (await readFile(secret.file, 'utf8')).trim();
  } catch (error) {
    throw unreadable(secret.file, error);
  }
}

function tlsOptions(tls: TlsConfig): https.AgentOptions {
  const read = (file: string) => {
    try {
      return readFileSync(file);
    } catch (error) {
      throw unreadable(file, error);
    }
  };
  return {
    rejectUnauthorized: !tls.insecureSkipVerify,
    ...(tls.caFile !== undefined && { ca: read(tls.caFile) }),
    ...(tls.certFile !== undefined && { cert: read(tls.certFile) }),
    ...(tls.keyFile !== undefined && { key: read(tls.keyFile) }),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
  };
}

function unreadable(file: string, error: unknown): UserError {
  return new UserError(
    'file-unreadable',
    `Cannot read ${file}: ${messageOf(error)}`,
    'Check its path and rights',
  );
}
