/**
 * `whygo serve`: targets, a configuration file, a recorded folder, or nothing but pushed profiles.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Services } from '../api/wire.ts';
import { messageOf, UserError } from '../base/errors.ts';
import type { CollectConfig } from '../collect/config/config.ts';
import { boundedDecompressors } from '../collect/decompress.ts';
import type { Intake } from '../server/intake.ts';
import type { Collection, Running } from '../server/start.ts';
import { startServer } from '../server/start.ts';
import { openDuckStore } from '../store/duck/open.ts';
import type { FindingRecord } from '../store/store.ts';
import { check } from './checkconfig.ts';
import { liveCollection, nothingCollected, openedRecording, targetsOf } from './collection.ts';
import { durationFlag } from './duration.ts';
import { sentence } from './failure.ts';
import { printFindingLine } from './findings.ts';
import { Lifetime } from './lifetime.ts';
import { PACKAGE_ROOT, packageVersion } from './package-root.ts';
import { stderr, stdout } from './terminal.ts';

export interface ListenFlags {
  readonly port: string;
  readonly host: string;
  readonly allowHost?: readonly string[];
  readonly token?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly open?: boolean;
}

export interface ServeFlags extends ListenFlags {
  readonly config?: string;
  readonly check?: boolean;
  readonly data: string;
  readonly every?: string;
  readonly keep: string;
  readonly maxBody: string;
}

/** Resolves with the exit code when it was asked to end. */
export async function serve(targets: readonly string[], flags: ServeFlags): Promise<number> {
  if (flags.check === true) return check(configured(targets, flags));
  const lifetime = new Lifetime();
  const [folder] = targets;
  const recording = targets.length === 1 && folder !== undefined && isFolder(folder);
  if (!recording && targets.some(isFolder)) {
    const next = 'open one folder at a time, or name targets only';
    throw new UserError('mixed-targets', 'Cannot serve folders and targets together', next);
  }
  try {
    const running = recording
      ? await serveRecording(folder, flags, lifetime)
      : await serveTargets(targets, flags, lifetime);
    stdout.line(`whygo serves ${stdout.style('bold', running.url)}`);
    if (flags.open === true) openInBrowser(running.url);
    await lifetime.ended;
  } finally {
    await lifetime.close();
  }
  return 0;
}

async function serveTargets(
  targets: readonly string[],
  flags: ServeFlags,
  lifetime: Lifetime,
): Promise<Running> {
  const read = () => configured(targets, flags);
  const { targets: named, discoveries } = read();
  const nothing = named.length === 0 && discoveries.length === 0;
  const keepNanos = BigInt(Math.round(durationFlag('--keep', flags.keep))) * 1_000_000n;
  const running = await listen(
    {
      folder: flags.data,
      mode: 'live',
      collect: async (intake) =>
        nothing && flags.config === undefined
          ? nothingCollected()
          : liveCollection(read, intake, tellError),
      nextPorts: 0,
      retention: { maxAgeNanos: keepNanos, originalsMaxAgeNanos: keepNanos / 14n },
      maxBodyBytes: megabytes(flags.maxBody),
    },
    flags,
    lifetime,
  );
  if (flags.config !== undefined) reloadOnHangup(running, lifetime);
  if (nothing) {
    stdout.line('No target given: only profiles that are pushed to /ingest are kept.');
  }
  return running;
}

function configured(targets: readonly string[], flags: ServeFlags): CollectConfig {
  const everyMillis = flags.every === undefined ? undefined : durationFlag('--every', flags.every);
  return targetsOf(targets, flags.config, { everyMillis });
}

function reloadOnHangup(running: Running, lifetime: Lifetime): void {
  lifetime.onHangup(() => {
    running.reload().then(
      () => stdout.line('whygo has read its configuration again'),
      (error: unknown) => tellError(error),
    );
  });
}

async function serveRecording(
  folder: string,
  flags: ServeFlags,
  lifetime: Lifetime,
): Promise<Running> {
  const temporary = mkdtempSync(join(tmpdir(), 'whygo-'));
  lifetime.add(() => rmSync(temporary, { recursive: true, force: true }));
  const collect = async (intake: Intake): Promise<Collection> => openedRecording(folder, intake);
  return listen({ folder: temporary, mode: 'recording', collect, nextPorts: 0 }, flags, lifetime);
}

export interface Served {
  /** The store's folder. */
  readonly folder: string;
  readonly mode: Services['mode'];
  readonly collect: (intake: Intake) => Promise<Collection>;
  readonly nextPorts: number;
  readonly retention?: { readonly maxAgeNanos: bigint; readonly originalsMaxAgeNanos: bigint };
  readonly maxBodyBytes?: number;
}

/** Opens the store, listens, and registers the end of both. */
export async function listen(
  served: Served,
  flags: ListenFlags,
  lifetime: Lifetime,
): Promise<Running> {
  const { folder, mode, collect, nextPorts, retention, maxBodyBytes } = served;
  const tls = readTls(flags);
  const port = portFlag(flags.port);
  const running = await startServer({
    openStore: () => openDuckStore(folder),
    mode,
    collect,
    nextPorts,
    host: flags.host,
    port,
    webRoot: join(PACKAGE_ROOT, 'dist', 'web'),
    version: packageVersion(),
    decompressors: boundedDecompressors(8 * (maxBodyBytes ?? megabytes('32'))),
    ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
    ...(retention === undefined ? {} : { retention }),
    ...(flags.allowHost === undefined ? {} : { allowedHosts: flags.allowHost }),
    ...(flags.token === undefined ? {} : { token: flags.token }),
    ...(tls === undefined ? {} : { tls }),
    onFinding: tellFinding,
    onError: tellError,
  });
  lifetime.add(() => running.stop());
  return running;
}

function tellFinding({ finding, range }: FindingRecord): void {
  // The rest is on the page; a log that speaks without need is not read.
  if (finding.severity === 'info' || finding.severity === 'low') return;
  printFindingLine(stdout, new Date(Number(range.toNanos / 1_000_000n)), finding);
}

export function tellError(error: unknown): void {
  stderr.line(`whygo: ${describe(error)}`);
}

/** Expected failures in a line; a bug with its stack. */
function describe(error: unknown): string {
  if (error instanceof UserError) return `${sentence(error.message)}. ${sentence(error.next)}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function readTls(flags: ListenFlags): { readonly cert: string; readonly key: string } | undefined {
  const { tlsCert, tlsKey } = flags;
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    const next = 'give both --tls-cert and --tls-key';
    throw new UserError('tls-incomplete', 'TLS needs a certificate and its key', next);
  }
  const tls = { cert: readFileSync(tlsCert, 'utf8'), key: readFileSync(tlsKey, 'utf8') };
  try {
    createSecureContext(tls);
  } catch (error) {
    const what = `Cannot use ${tlsCert} with ${tlsKey}: ${messageOf(error)}`;
    throw new UserError('tls-invalid', what, 'give a certificate and its key as PEM files');
  }
  return tls;
}

function portFlag(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UserError('bad-port', `Cannot read --port “${text}”`, 'give a number from 0 to 65535');
}

function megabytes(text: string): number {
  const number = Number(text);
  if (number > 0) return Math.round(number * 1024 * 1024);
  throw new UserError('bad-size', `Cannot read --max-body “${text}”`, 'give megabytes, e.g. 32');
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

export function openInBrowser(url: string): void {
  const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
    darwin: ['open'],
    win32: ['cmd', '/c', 'start', ''],
  };
  const [command = 'xdg-open', ...args] = openers[process.platform] ?? [];
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', (error) => stderr.line(`whygo: Cannot open a browser: ${messageOf(error)}`));
  child.unref();
}
