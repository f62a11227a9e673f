/**
 * Where the numbers of a running program go: a Prometheus exporter, and pushes into a whygo server.
 *
 * The exporter is open to this machine only, and to requests that name it by a loopback name, so
 * that no web page can read it by DNS rebinding; beyond the machine it asks for a token.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { hostname } from 'node:os';
import { messageOf, UserError } from '../../base/errors.ts';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from '../../metrics/exposition.ts';
import type { GodebugState } from '../../metrics/godebug/state.ts';
import type { MetricSnapshot } from '../../metrics/snapshot.ts';
import { hostName } from '../../server/guard.ts';

export interface Exporter {
  /** `http://127.0.0.1:9099/metrics` */
  readonly url: string;
  close(): Promise<void>;
}

export interface ExporterOptions {
  /** `host:port`, `:port` or a port; the host is 127.0.0.1 unless given. */
  readonly listen: string;
  readonly token?: string;
  readonly read: () => MetricSnapshot;
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1', '[::1]']);

/** Throws UserError. */
export async function startExporter(options: ExporterOptions): Promise<Exporter> {
  const { host, port } = addressOf(options.listen);
  if (!LOOPBACK.has(host) && options.token === undefined) {
    const what = `Cannot listen on ${host} without a token: whoever reaches it could read the metrics`;
    throw new UserError('token-needed', what, 'add --token SECRET, or listen on 127.0.0.1');
  }
  const server = createServer((request, response) => {
    const refused = refusal(request, host, options.token);
    if (refused !== undefined) {
      const [status, why] = refused;
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${why}\n`);
      return;
    }
    response.writeHead(200, { 'content-type': PROMETHEUS_CONTENT_TYPE });
    response.end(prometheusText(options.read()));
  });
  await listen(server, host, port);
  const bound = server.address();
  const at = typeof bound === 'object' && bound !== null ? bound.port : port;
  return {
    url: `http://${host}:${at}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^(?:(.*):)?(\d+)$/.exec(text) ?? [];
  if (port === '' || Number(port) > 65_535) {
    const next = 'write it as :9099 or 127.0.0.1:9099';
    throw new UserError('bad-option', `Cannot read --listen “${text}”`, next);
  }
  return { host: host === '' ? '127.0.0.1' : host, port: Number(port) };
}

function refusal(
  request: IncomingMessage,
  host: string,
  token: string | undefined,
): readonly [number, string] | undefined {
  const name = hostName(request.headers.host ?? '');
  if (token === undefined && !LOOPBACK.has(name) && name !== host) {
    return [403, `requests for the host name “${name}” are refused`];
  }
  if (token !== undefined && !sameToken(request.headers.authorization ?? '', token)) {
    return [401, 'send “Authorization: Bearer TOKEN”'];
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return [405, 'only GET'];
  const path = (request.url ?? '').split('?')[0];
  return path === '/metrics' ? undefined : [404, 'the metrics are at /metrics'];
}

function sameToken(authorization: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const given = /^bearer\s+(.+)$/i.exec(authorization)?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const code = 'code' in error ? error.code : '';
      const taken = code === 'EADDRINUSE';
      const what = taken
        ? `Port ${port} is taken on ${host}`
        : `Cannot listen on ${host}:${port}: ${messageOf(error)}`;
      const next = taken ? 'choose another one with --listen' : 'give an address of this machine';
      reject(
        taken
          ? new UserError('port-taken', what, next)
          : new UserError('cannot-listen', what, next),
      );
    });
    server.listen({ host: host.replace(/^\[|\]$/g, ''), port }, resolve);
  });
}

export interface PushTarget {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** `http://host:4040`, `https://:TOKEN@host`; throws UserError. */
export function pushTarget(
  to: string,
  service: string,
  labels: Readonly<Record<string, string>>,
): PushTarget {
  const given = URL.canParse(to) ? new URL(to) : undefined;
  if (given === undefined || !/^https?:$/.test(given.protocol)) {
    const next = 'give the address that whygo serve printed: http://127.0.0.1:4040';
    throw new UserError('bad-option', `Cannot push to “${to}”`, next);
  }
  const token = decodeURIComponent(given.password || given.username);
  const url = new URL('/api/v1/push/metrics', given.origin);
  url.searchParams.set('service', service);
  url.searchParams.set('source', 'godebug');
  for (const [key, value] of Object.entries(labels)) url.searchParams.set(`label.${key}`, value);
  return { url, headers: token === '' ? {} : { authorization: `Bearer ${token}` } };
}

const PUSH_TIMEOUT_MILLIS = 5000;

/** Why it failed, in a line; '' = it is stored. */
export async function push(target: PushTarget, snapshot: MetricSnapshot): Promise<string> {
  try {
    const answer = await fetch(target.url, {
      method: 'POST',
      headers: { ...target.headers, 'content-type': 'text/plain; version=0.0.4' },
      body: prometheusText(snapshot),
      signal: AbortSignal.timeout(PUSH_TIMEOUT_MILLIS),
    });
    const text = await answer.text();
    if (answer.ok) return '';
    const said = /"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? '';
    return `${target.url.host} answers ${answer.status}${said === '' ? '' : `: ${said}`}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `${target.url.host} cannot be reached: ${messageOf(cause)}`;
  }
}

export interface OutletFlags {
  readonly listen?: string;
  readonly token?: string;
  readonly to?: string;
  readonly service?: string;
  readonly label?: readonly string[];
}

const PUSH_EVERY_MILLIS = 5000;

/** All outlets that flags ask for. */
export class Outlets {
  readonly #exporter: Exporter | undefined;
  readonly #target: PushTarget | undefined;
  readonly #read: () => MetricSnapshot;
  readonly #timer: NodeJS.Timeout | undefined;
  #failure = '';
  #pushes = 0;

  private constructor(
    exporter: Exporter | undefined,
    target: PushTarget | undefined,
    read: () => MetricSnapshot,
  ) {
    this.#exporter = exporter;
    this.#target = target;
    this.#read = read;
    if (target !== undefined) this.#timer = setInterval(() => void this.#push(), PUSH_EVERY_MILLIS);
  }

  /** Throws UserError. */
  static async open(
    flags: OutletFlags,
    service: string,
    model: { readonly state: GodebugState },
  ): Promise<Outlets> {
    const start = nowNanos();
    const read = () => model.state.snapshot(nowNanos(), start);
    const { listen: address, token, to } = flags;
    const target =
      to === undefined
        ? undefined
        : pushTarget(to, flags.service ?? service, labelsOf(flags.label));
    const exporter =
      address === undefined
        ? undefined
        : await startExporter({ listen: address, read, ...(token === undefined ? {} : { token }) });
    return new Outlets(exporter, target, read);
  }

  /** For the screen. */
  get notes(): readonly string[] {
    const notes: string[] = [];
    if (this.#exporter !== undefined) notes.push(`Prometheus metrics: ${this.#exporter.url}`);
    if (this.#failure !== '') notes.push(`not stored: ${this.#failure}`);
    else if (this.#target !== undefined) {
      notes.push(`${this.#pushes} readings are in ${this.#target.url.origin}`);
    }
    return notes;
  }

  /** Where there is no screen. */
  announce(): void {
    if (this.#exporter !== undefined) {
      process.stderr.write(`whygo: Prometheus metrics at ${this.#exporter.url}\n`);
    }
  }

  /** With a last push, so that short programs are in the store too. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#push();
    if (this.#failure !== '') process.stderr.write(`whygo: not stored: ${this.#failure}\n`);
    await this.#exporter?.close();
  }

  async #push(): Promise<void> {
    const snapshot = this.#read();
    if (this.#target === undefined || snapshot.metrics.size === 0) return;
    this.#failure = await push(this.#target, snapshot);
    if (this.#failure === '') this.#pushes++;
  }
}

function nowNanos(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

function labelsOf(pairs: readonly string[] = []): Readonly<Record<string, string>> {
  const labels: Record<string, string> = { instance: `${hostname()}:${process.pid}` };
  for (const pair of pairs) {
    const [, key, value] = /^([a-zA-Z_]\w*)=(.*)$/s.exec(pair) ?? [];
    if (key === undefined || value === undefined) {
      const next = 'write it as --label region=eu';
      throw new UserError('bad-option', `Cannot read --label “${pair}”`, next);
    }
    labels[key] = value;
  }
  return labels;
}
