/**
 * The demo shop as a child process: built with the machine's Go, in a process group of its own, so
 * that ending it ends whatever it started, and nothing else.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf, UserError } from '../base/errors.ts';
import { PACKAGE_ROOT } from './package-root.ts';

export interface Shop {
  /** `http://127.0.0.1:38211` */
  readonly url: string;
  /** Resolves when it ends by itself or is stopped. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
  kill(): void;
}

export type ShopBuild =
  | { readonly ok: true; readonly binary: string }
  | { readonly ok: false; readonly why: string };

const START_MS = 20_000;
const GRACE_MS = 4_000;

/** Builds the shop, or says why that cannot be done here. `onBuild` is called when it begins. */
export async function buildShop(
  cacheFolder: string,
  signal: AbortSignal,
  onBuild: () => void,
): Promise<ShopBuild> {
  const source = join(PACKAGE_ROOT, 'demo');
  if (!existsSync(join(source, 'go.mod'))) return { ok: false, why: 'its source is not here' };
  const go = findOnPath('go');
  if (go === undefined) return { ok: false, why: 'Go is not installed' };
  const binary = join(cacheFolder, process.platform === 'win32' ? 'shop.exe' : 'shop');
  mkdirSync(cacheFolder, { recursive: true });
  onBuild();
  // GOTOOLCHAIN=local: an older Go must not begin to download a newer one. No version stamp: git
  // refuses to tell it in a clone that another user owns, and the build would fail for that.
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '', GOWORK: 'off' };
  const options = { cwd: source, env, signal };
  const built = await runToEnd(go, ['build', '-buildvcs=false', '-o', binary, '.'], options);
  if (built.status === 0) return { ok: true, binary };
  const reason = built.stderr.trim().split('\n').at(-1) ?? '';
  return { ok: false, why: `go build failed: ${reason}` };
}

export function findOnPath(name: string): string | undefined {
  const names = process.platform === 'win32' ? [`${name}.exe`] : [name];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const candidate of names.map((file) => join(folder, file))) {
      try {
        accessSync(candidate, constants.X_OK);
        return candidate;
      } catch {
        // Not in this folder.
      }
    }
  }
  return undefined;
}

/** Starts it on a free port; resolves when it answers. `onLine` gets what it logs. */
export async function startShop(
  binary: string,
  flags: readonly string[],
  onLine: (line: string) => void,
): Promise<Shop> {
  const child = spawn(binary, ['-addr', '127.0.0.1:0', ...flags], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    if (lines.length > 20) lines.shift();
    onLine(line);
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await listeningUrl(child, lines);
  const shop: Shop = {
    url,
    exited,
    kill: () => signalGroup(child, 'SIGKILL'),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      signalGroup(child, 'SIGTERM');
      const forced = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
      await exited;
      clearTimeout(forced);
    },
  };
  return shop;
}

function listeningUrl(child: ChildProcess, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const failed = (why: string): void => {
      clearTimeout(timer);
      signalGroup(child, 'SIGKILL');
      const next = 'run whygo demo --replay to see a recording of it';
      reject(new UserError('demo-failed', `Cannot start the demo shop: ${why}`, next));
    };
    const timer = setTimeout(() => failed('it did not answer in time'), START_MS);
    child.once('error', (error) => failed(messageOf(error)));
    child.once('exit', () => failed(lines.at(-1) ?? 'it ended at once'));
    if (child.stdout === null) return failed('it has no output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /^listening (http:\S+)/.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      child.removeAllListeners('error');
      child.on('error', () => undefined);
      resolve(url);
    });
  });
}

/** The whole process group; gone already is fine. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ESRCH') throw error;
  }
}

function runToEnd(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<{ readonly status: number; readonly stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', (error) => resolve({ status: 1, stderr: error.message }));
    child.once('close', (status) => resolve({ status: status ?? 1, stderr }));
  });
}
