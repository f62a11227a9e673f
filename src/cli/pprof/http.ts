/**
 * `whygo pprof -http=[HOST]:[PORT]`: serves the page on one profile, and opens a browser on it.
 *
 * serveWebInterface of Go 1.26's pprof (internal/driver/webui.go): an empty host is this machine
 * alone, an empty port a free one. The profile is decoded and asked in a worker thread.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../base/errors.ts';
import type { ProfileHolder } from '../../server/profilepage.ts';
import { Lifetime } from '../lifetime.ts';
import { PACKAGE_ROOT } from '../package-root.ts';
import { COMMANDS } from './commands.ts';
import type { Ask, Told, WorkerStart } from './httpprotocol.ts';
import { startQuery } from './httpquery.ts';
import { PprofError, type PprofIo } from './io.ts';
import type { CommandLine } from './source.ts';

/** An uploaded profile may be as large as one that is opened. */
const MAX_BODY = 1 << 30;

/** Serves until it is interrupted. Throws `PprofError`. */
export async function servePage(line: CommandLine, io: PprofIo): Promise<number> {
  const { host, port } = listenAddress(line.source.http);
  const webRoot = join(PACKAGE_ROOT, 'dist', 'web');
  if (!existsSync(join(webRoot, 'index.html'))) {
    throw new PprofError('the page is not built; run npm run setup in the clone');
  }
  const lifetime = new Lifetime();
  const worker = new ProfileWorker(line);
  lifetime.add(() => worker.close());
  try {
    // The server's modules are loaded while the worker decodes.
    const [{ createProfilePage }] = await Promise.all([
      import('../../server/profilepage.ts'),
      worker.opened,
    ]);
    const app = await createProfilePage({
      holder: worker,
      webRoot,
      host,
      allowedHosts: namesOf(host),
      startQuery: startQuery(line.config),
      maxBodyBytes: MAX_BODY,
      logBug: (error) =>
        io.message(`${error instanceof Error ? (error.stack ?? error.message) : error}`),
    });
    lifetime.add(() => {
      app.server.closeAllConnections();
      return app.close();
    });
    await listen(app, host, port);
    const url = `http://${joined(host, portOf(app.server.address()))}`;
    io.message(`Serving web UI on ${url}`);
    if (!line.source.noBrowser) await openBrowser(`${url}/ui/flamegraph`, io);
    await Promise.race([lifetime.ended, worker.broken]);
  } finally {
    await lifetime.close();
  }
  return 0;
}

async function listen(
  app: { listen(at: { host: string; port: number }): Promise<string> },
  host: string,
  port: number,
): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const why = code === 'EADDRINUSE' ? 'bind: address already in use' : String(error);
    throw new PprofError(`listen tcp ${joined(host, port)}: ${why}`);
  }
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** net.JoinHostPort. */
function joined(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** getHostAndPort: port 0 = a free one. Throws `PprofError` in pprof's words. */
export function listenAddress(address: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(address);
  if (match === null) {
    const why = address.includes(':') ? 'too many colons in address' : 'missing port in address';
    throw new PprofError(`could not split http address: address ${address}: ${why}`);
  }
  const [, bracketed, plain, port = ''] = match;
  const host = bracketed ?? plain ?? '';
  if (!/^[+-]?\d*$/.test(port)) {
    const why = `strconv.Atoi: parsing ${JSON.stringify(port)}: invalid syntax`;
    throw new PprofError(`invalid port number: ${why}`);
  }
  return { host: host === '' ? 'localhost' : host, port: Number(port) };
}

/** Names under which a server on this address is asked for, beside the loopback ones. */
function namesOf(host: string): readonly string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host.includes(':') ? `[${host}]` : host];
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return [
    hostname(),
    ...addresses.map(({ address }) => (address.includes(':') ? `[${address}]` : address)),
  ];
}

/** The first browser that starts gets the address; without one it is printed. */
async function openBrowser(url: string, io: PprofIo): Promise<void> {
  const { viewersFor } = await import('./show.ts');
  for (const viewer of viewersFor(COMMANDS.web?.viewers ?? [], io)) {
    const [program = '', ...args] = viewer.split(' ');
    if (await starts(program, [...args, url])) return;
  }
  io.message(url);
}

function starts(program: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

type Waiting = PromiseWithResolvers<string | Uint8Array>;

/** The worker thread, as something to ask. */
class ProfileWorker implements ProfileHolder {
  /** Resolves when the profile is there; rejects with a `PprofError` when it cannot be had. */
  readonly opened: Promise<void>;
  /** Rejects when the thread breaks. */
  readonly broken: Promise<never>;
  private readonly thread: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;

  constructor(line: CommandLine) {
    const start: WorkerStart = { line };
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.thread = new Worker(new URL(`./httpworker.${ending}`, import.meta.url), {
      workerData: start,
    });
    const opening = Promise.withResolvers<void>();
    this.opened = opening.promise;
    this.broken = new Promise((_, reject) => this.thread.once('error', reject));
    this.broken.catch(opening.reject);
    this.thread.on('message', (told: Told) => {
      if (told.kind === 'opened') opening.resolve();
      else if (told.kind === 'refused') opening.reject(new PprofError(told.message));
      else this.settle(told);
    });
  }

  ask(name: string, query: string, body?: Uint8Array): Promise<string | Uint8Array> {
    const id = ++this.asked;
    const ask: Ask = { id, name, params: query, ...(body === undefined ? {} : { body }) };
    const waiting: Waiting = Promise.withResolvers();
    this.waiting.set(id, waiting);
    this.thread.postMessage(ask);
    return waiting.promise;
  }

  async close(): Promise<void> {
    await this.thread.terminate();
  }

  private settle(told: Extract<Told, { readonly id: number }>): void {
    const waiting = this.waiting.get(told.id);
    this.waiting.delete(told.id);
    if (told.kind === 'answer') waiting?.resolve(told.content);
    else waiting?.reject(errorOf(told.failure));
  }
}

function errorOf(failure: Extract<Told, { kind: 'failure' }>['failure']): Error {
  if (failure.kind === 'user') return new UserError(failure.code, failure.message, failure.next);
  const bug = new Error('the page asked what could not be answered');
  bug.stack = failure.message;
  return bug;
}
