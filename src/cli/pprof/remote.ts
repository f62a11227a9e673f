/** Profiles from URLs: the Go tool's fetcher (cmd/pprof/pprof.go of Go 1.26). Loaded when one is named. */
import { get as httpGet, request as httpRequest, type IncomingMessage } from 'node:http';
import { get as httpsGet, request as httpsRequest } from 'node:https';
import { tooLarge } from '../inputs.ts';
import type { RemoteSource } from './address.ts';
import { PprofError } from './io.ts';
import type { TlsOptions } from './tls.ts';

const MAX_REDIRECTS = 10;

/** The body of a URL. Throws `PprofError` with what the server said. */
export async function fetchBytes(
  { url, timeout }: RemoteSource,
  limit: number,
  tls: TlsOptions,
): Promise<Uint8Array> {
  // Redirected or not, a server that need not show its certificate need not show it.
  const options = { ...tls, rejectUnauthorized: !isInsecure(url) };
  let address = plainAddress(url);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await request(address, (timeout + 5) * 1000, options);
    const { statusCode = 0, headers } = response;
    if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
      response.resume();
      address = new URL(headers.location, address).href;
      continue;
    }
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of response) {
      pieces.push(Buffer.from(piece));
      size += piece.length;
      if (size > limit) throw tooLarge(url, 'gives', limit);
    }
    const body = Buffer.concat(pieces);
    if (statusCode === 200) return body;
    const status = `server response: ${statusCode} ${response.statusMessage ?? ''}`;
    const fromPprof = headers['x-go-pprof'] !== undefined;
    const isText = headers['content-type']?.includes('text/plain') === true;
    throw new PprofError(fromPprof && isText ? `${status} - ${body.toString('utf8')}` : status);
  }
  throw new PprofError(`Get "${url}": stopped after ${MAX_REDIRECTS} redirects`);
}

const isInsecure = (address: string): boolean => address.startsWith('https+insecure:');

const plainAddress = (address: string): string => address.replace('https+insecure:', 'https:');

interface Options extends TlsOptions {
  readonly rejectUnauthorized: boolean;
}

/** The response once its headers are there. */
function request(
  address: string,
  milliseconds: number,
  options: Options,
): Promise<IncomingMessage> {
  const url = new URL(address);
  return new Promise((resolve, reject) => {
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

/** Posts a body; gives the answer as text. Throws `PprofError`. */
export function postText(address: string, body: string, tls: TlsOptions): Promise<string> {
  const url = new URL(plainAddress(address));
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const call = send(
      url,
      {
        method: 'POST',
        ...tls,
        rejectUnauthorized: !isInsecure(address),
        headers: { 'Content-Type': 'application/octet-stream' },
      },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve(Buffer.concat(pieces).toString('utf8'));
          else {
            const status = `${response.statusCode ?? 0} ${response.statusMessage ?? ''}`;
            reject(new PprofError(`http post ${address}: server response: ${status}`));
          }
        });
      },
    );
    call.on('error', (error) => reject(new PprofError(`http post ${address}: ${error.message}`)));
    call.end(body);
  });
}
