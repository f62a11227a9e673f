/**
 * Profiles from URLs, and the copies that are kept of them.
 *
 * The Go tool's fetcher (cmd/pprof/pprof.go of Go 1.26) and setTmpDir of pprof (internal/driver/fetch.go).
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PprofError, type PprofIo } from './io.ts';

export interface RemoteSource {
  readonly url: string;
  /** Seconds until the answer must begin. */
  readonly timeout: number;
}

/** What is asked of a URL without a path: 30 seconds of CPU. */
const DEFAULT_PATH = '/debug/pprof/profile';

/** The URL that a source means, or undefined when it is none (adjustURL). */
export function remoteSource(
  source: string,
  seconds: number,
  timeout: number,
): RemoteSource | undefined {
  const text = withScheme(source);
  if (text === undefined || !URL.canParse(text.replace('https+insecure:', 'https:'))) {
    return undefined;
  }
  const url = new URL(text.replace('https+insecure:', 'https:'));
  if (url.pathname === '' || url.pathname === '/') url.pathname = DEFAULT_PATH;
  let duration = seconds;
  if (seconds > 0) url.searchParams.set('seconds', String(seconds));
  else duration = Number.parseInt(url.searchParams.get('seconds') ?? '0', 10) || 0;
  url.searchParams.sort();
  const wait = duration > 0 ? duration * 1.5 : 60;
  const address = text.startsWith('https+insecure:')
    ? url.href.replace('https:', 'https+insecure:')
    : url.href;
  return { url: address, timeout: timeout > 0 ? timeout : wait };
}

/** `host:port/path` is HTTP. Undefined for what looks like a file. */
function withScheme(source: string): string | undefined {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]/.test(source)) return source;
  const firstSegment = source.split('/')[0] ?? '';
  if (!firstSegment.includes(':') || source.startsWith('file:')) return undefined;
  return `http://${firstSegment.startsWith(':') ? 'localhost' : ''}${source}`;
}

const MAX_REDIRECTS = 10;

/** The body of a URL. Throws `PprofError` with what the server said. */
export async function fetchBytes({ url, timeout }: RemoteSource): Promise<Uint8Array> {
  let address = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await request(address, (timeout + 5) * 1000);
    const { statusCode = 0, headers } = response;
    if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
      response.resume();
      address = new URL(headers.location, address).href;
      continue;
    }
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(Buffer.from(piece));
    const body = Buffer.concat(pieces);
    if (statusCode === 200) return body;
    const status = `server response: ${statusCode} ${response.statusMessage ?? ''}`;
    const fromPprof = headers['x-go-pprof'] !== undefined;
    const isText = headers['content-type']?.includes('text/plain') === true;
    throw new PprofError(fromPprof && isText ? `${status} - ${body.toString('utf8')}` : status);
  }
  throw new PprofError(`Get "${url}": stopped after ${MAX_REDIRECTS} redirects`);
}

/** The response once its headers are there. */
function request(address: string, milliseconds: number): Promise<IncomingMessage> {
  const insecure = address.startsWith('https+insecure:');
  const url = new URL(address.replace('https+insecure:', 'https:'));
  return new Promise((resolve, reject) => {
    const options = { rejectUnauthorized: !insecure };
    const call =
      url.protocol === 'https:' ? httpsGet(url, options, arrived) : httpGet(url, arrived);
    const timer = setTimeout(() => {
      call.destroy(new Error('timeout awaiting response headers'));
    }, milliseconds);
    function arrived(response: IncomingMessage): void {
      clearTimeout(timer);
      resolve(response);
    }
    call.on('error', (error) => {
      clearTimeout(timer);
      reject(new PprofError(`Get "${address}": ${error.message}`));
    });
  });
}

/** The folder for copies: PPROF_TMPDIR, else ~/pprof, else the system's. */
export function temporaryFolder(io: PprofIo): string {
  const candidates = [
    io.env.PPROF_TMPDIR ?? '',
    io.env.HOME === undefined ? join(homedir(), 'pprof') : join(io.env.HOME, 'pprof'),
    tmpdir(),
  ];
  for (const folder of candidates) {
    if (folder === '') continue;
    try {
      mkdirSync(folder, { recursive: true });
      return folder;
    } catch (error) {
      io.message(`Could not use temp dir ${folder}: ${String(error)}`);
    }
  }
  throw new PprofError('failed to identify temp dir');
}

/** Creates the first free file of a series: `prefix001suffix`, `prefix002suffix`, … */
export function createNumbered(folder: string, prefix: string, suffix: string): string {
  for (let index = 1; index < 10_000; index++) {
    const path = join(folder, `${prefix}${String(index).padStart(3, '0')}${suffix}`);
    try {
      closeSync(openSync(path, 'wx'));
      return path;
    } catch (error) {
      const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!exists) throw new PprofError(`could not create ${path}: ${String(error)}`);
    }
  }
  throw new PprofError(`could not create file of the form ${prefix}NNN${suffix} in ${folder}`);
}
