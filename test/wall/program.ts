/** Starts ./polled, of which it is known where its goroutines spend their time. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const BINARY = join(import.meta.dirname, '../../.cache/wall/polled');

export function goIsAvailable(): boolean {
  return spawnSync('go', ['version']).status === 0;
}

export interface Polled {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => void;
}

export function buildPolled(): void {
  mkdirSync(join(BINARY, '..'), { recursive: true });
  const built = spawnSync('go', ['build', '-o', BINARY, '.'], {
    cwd: join(import.meta.dirname, 'polled'),
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`Cannot build test/wall/polled: ${built.stderr}`);
}

export async function startPolled(args: readonly string[]): Promise<Polled> {
  const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await addressOf(child);
  return { url, pid: child.pid ?? 0, stop: () => void child.kill('SIGKILL') };
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('no standard output');
    child.once('exit', (code) => reject(new Error(`polled ended with ${code}`)));
    createInterface({ input: child.stdout }).once('line', (line) => {
      resolve(/http:\S+/.exec(line)?.[0] ?? '');
    });
  });
}
