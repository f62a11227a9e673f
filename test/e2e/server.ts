/**
 * The real server on the bundled recording, as a process of its own: `whygo serve test/fixtures/demo`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
export const RECORDING = here('../fixtures/demo');
const CLI = here('../../dist/cli/main.js');
const PAGE = here('../../dist/web/index.html');
const READY_MS = 60_000;

export interface Server {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/**
 * Resolves when the server has printed its address. `WHYGO_E2E_URL` names one that already runs, to
 * work on the page without building the rest.
 */
export async function startServer(): Promise<Server> {
  const running = process.env.WHYGO_E2E_URL;
  if (running !== undefined && running !== '') return { url: running, stop: async () => undefined };
  for (const built of [CLI, PAGE]) {
    if (!existsSync(built)) throw new Error(`${built} is not built; npm run setup builds it`);
  }
  const port = String(await freePort());
  const child = spawn(process.execPath, [CLI, 'serve', RECORDING, '--port', port], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = await addressOf(child);
  return { url, stop: () => stop(child) };
}

/** `whygo pprof -http` on a free port of this machine, with these arguments more. */
export async function startPprof(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Server> {
  for (const built of [CLI, PAGE]) {
    if (!existsSync(built)) throw new Error(`${built} is not built; npm run setup builds it`);
  }
  const child = spawn(
    process.execPath,
    [CLI, 'pprof', '-http=127.0.0.1:', '-no_browser', ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    },
  );
  const url = await addressOf(child);
  return { url, stop: () => stop(child) };
}

async function addressOf(child: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => {
      child.kill();
      reject(new Error(`the server said no address within ${READY_MS} ms:\n${said}`));
    }, READY_MS);
    const listen = (chunk: Buffer): void => {
      said += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found[0]);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with ${code}:\n${said}`));
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
