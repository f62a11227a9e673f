/**
 * A running whygo server: store, intake, collecting, explaining and HTTP, put together and taken
 * apart in the right order.
 *
 * What is collected is passed in, so that live targets, a replayed recording and an opened folder are
 * the same to it.
 */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Services, TargetState } from '../api/wire.ts';
import { UserError } from '../base/errors.ts';
import type { FindingRecord, Retention, Store } from '../store/store.ts';
import { type AppOptions, createApp } from './app.ts';
import { type ExplainLoop, explainWhole, startExplaining } from './explaining.ts';
import { FindingLog } from './findings.ts';
import { Intake } from './intake.ts';

/** Something that fills the intake until it is stopped. */
export interface Collection {
  targets(): readonly TargetState[];
  /** Reads its configuration again, where it has one. Throws UserError and changes nothing. */
  reload?(): Promise<void>;
  stop(): Promise<void>;
}

export interface StartOptions
  extends Pick<AppOptions, 'webRoot' | 'version' | 'decompressors' | 'maxBodyBytes'> {
  /** Opened once it is known that the server may listen; closed with it. */
  readonly openStore: () => Promise<Store>;
  readonly mode: Services['mode'];
  readonly collect: (intake: Intake) => Promise<Collection>;
  readonly host: string;
  readonly port: number;
  /** How many ports above `port` may be tried when it is taken. */
  readonly nextPorts?: number;
  readonly allowedHosts?: readonly string[];
  readonly token?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly onFinding: (record: FindingRecord) => void;
  readonly onError: (error: unknown) => void;
  readonly retention?: Retention;
}

export interface Running {
  /** `http://127.0.0.1:4040` */
  readonly url: string;
  readonly findings: FindingLog;
  /** Reads the configuration again, where there is one. Throws UserError, and changes nothing. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1', '[::1]']);
const WILDCARDS = new Set(['0.0.0.0', '::', '[::]']);
const HOUSEKEEPING_MS = 60_000;

export async function startServer(options: StartOptions): Promise<Running> {
  refuseOpenDoor(options);
  const port = await freePort(options.host, options.port, options.nextPorts ?? 0);
  const store = await options.openStore();
  try {
    return await startOver(store, port, options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function startOver(store: Store, port: number, options: StartOptions): Promise<Running> {
  const { host } = options;
  const intake = new Intake(store);
  const findings = new FindingLog(store);
  let collection: Collection | undefined;
  const app = await createApp({
    ...options,
    store,
    intake,
    findings,
    allowedHosts: allowedHosts(options),
    mode: () => options.mode,
    targets: () => collection?.targets() ?? [],
    reload: () => collection?.reload?.bind(collection),
    logBug: options.onError,
  });
  let loop: ExplainLoop | undefined;
  try {
    await app.listen({ host, port });
    collection = await options.collect(intake);
    loop = await beginExplaining(store, options, findings);
  } catch (error) {
    await collection?.stop();
    await app.close();
    // Another program may have been quicker than we are.
    throw isListenFailure(error) ? listenError(error, host, port, port, 0) : error;
  }
  const housekeeping = setInterval(() => {
    void tidy(store, options.retention).catch(options.onError);
  }, HOUSEKEEPING_MS);
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${printableHost(host)}:${port}`,
    findings,
    async reload() {
      await collection?.reload?.();
    },
    async stop() {
      clearInterval(housekeeping);
      await loop?.stop();
      await collection?.stop();
      app.server.closeAllConnections();
      await app.close();
      await store.close();
    },
  };
}

/** A recording is explained once, as a whole; a loop would find nothing new in it. */
async function beginExplaining(
  store: Store,
  options: StartOptions,
  findings: FindingLog,
): Promise<ExplainLoop | undefined> {
  const { onFinding, onError } = options;
  if (options.mode !== 'recording') return startExplaining({ store, findings, onFinding, onError });
  for (const record of await explainWhole(store, findings)) onFinding(record);
  return undefined;
}

async function tidy(store: Store, retention: Retention | undefined): Promise<void> {
  const nowNanos = BigInt(Date.now()) * 1_000_000n;
  await store.compact({ nowNanos });
  if (retention !== undefined) await store.retain(retention, nowNanos);
}

/** Profiles tell much about a program; beyond this machine they need a token. */
function refuseOpenDoor({ host, token, tls }: StartOptions): void {
  if (LOOPBACK.has(host) || token !== undefined) return;
  const advice =
    tls === undefined ? ', and --tls-cert and --tls-key where the network is not yours' : '';
  throw new UserError(
    'token-needed',
    `Cannot listen on ${host} without a token: whoever reaches it could read every profile`,
    `add --token SECRET${advice}, or listen on 127.0.0.1`,
  );
}

/** Where it listens on every address, the machine's own are fine: rebinding needs a name. */
function allowedHosts({ host, allowedHosts: more = [] }: StartOptions): readonly string[] {
  const every = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const bound = WILDCARDS.has(host) ? every.map(({ address }) => address) : [host];
  return [...bound.map(bracketed), ...more];
}

function printableHost(host: string): string {
  return WILDCARDS.has(host) ? '127.0.0.1' : bracketed(host);
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

/** The first port that can be listened on. Throws `UserError` when none can. */
async function freePort(host: string, port: number, more: number): Promise<number> {
  for (let candidate = port; candidate <= port + more; candidate++) {
    const taken = await tryPort(host, candidate);
    if (typeof taken === 'number') return taken;
    if (taken.code === 'EADDRINUSE' && candidate < port + more) continue;
    throw listenError(taken, host, candidate, port, more);
  }
  throw new RangeError(`No port from ${port} on`);
}

function tryPort(host: string, port: number): Promise<number | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', resolve);
    probe.listen({ host: host.replace(/^\[|\]$/g, ''), port }, () => {
      const address: AddressInfo | string | null = probe.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      probe.close(() => resolve(bound));
    });
  });
}

function isListenFailure(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen';
}

function listenError(
  error: NodeJS.ErrnoException,
  host: string,
  candidate: number,
  port: number,
  more: number,
): UserError {
  const at = `${printableHost(host)}:${candidate}`;
  if (error.code === 'EADDRINUSE') {
    const which = more === 0 ? `Port ${port} is taken` : `Ports ${port} to ${candidate} are taken`;
    const next = `choose another one with --port ${candidate + 1}`;
    return new UserError('port-taken', `${which} on ${host}`, next);
  }
  if (error.code === 'EACCES') {
    return new UserError('port-refused', `May not listen on ${at}`, 'choose a --port above 1023');
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    const next = 'give an address of this machine with --host';
    return new UserError(
      'host-unknown',
      `Cannot listen on ${at}: not an address of this machine`,
      next,
    );
  }
  return new UserError('cannot-listen', `Cannot listen on ${at}: ${error.message}`, 'try --port');
}
