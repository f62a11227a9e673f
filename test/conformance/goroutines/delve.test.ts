/**
 * `whygo goroutines --dlv` against a real Delve, which is installed as a Go module into .cache: it
 * reads stacks and variables, sees the deadlock, and lets the program go on.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readDelve } from '../../../src/cli/goroutines-delve.ts';
import { waitGraphOf } from '../../../src/goroutines/holders.ts';
import { build, CACHE } from './peers.ts';

const VERSION = 'v1.27.2';
const folder = join(CACHE, `delve-${VERSION}`);
const dlv = join(folder, 'dlv');
const program = join(CACHE, 'deadlocked');

/** Why Delve cannot be had here; undefined when it can. */
function missingDelve(): string | undefined {
  if (process.platform !== 'linux') return 'is run on Linux alone';
  if (spawnSync('go', ['version']).status !== 0) return 'needs go on the PATH';
  if (existsSync(dlv)) return undefined;
  const module = `github.com/go-delve/delve/cmd/dlv@${VERSION}`;
  const env = { ...process.env, GOBIN: folder, GOFLAGS: '' };
  const install = spawnSync('go', ['install', module], { env, timeout: 300_000 });
  return install.status === 0 ? undefined : 'needs the Go module github.com/go-delve/delve';
}

const missing = missingDelve();
const started: ChildProcess[] = [];
const pids: number[] = [];

interface Debugged {
  readonly address: string;
  /** The last number that the program printed; -1 = none yet. */
  last(): number;
}

/** Delve with the program under it; ready when it listens. */
async function debugged(...flags: string[]): Promise<Debugged> {
  const args = ['exec', program, '--headless', '--api-version=2', '--listen=127.0.0.1:0', ...flags];
  const child = spawn(dlv, args, { cwd: CACHE, stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  let last = -1;
  const address = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('dlv ended')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const listening = /API server listening at: (\S+)$/.exec(line)?.[1];
      const pid = /^pid (\d+)$/.exec(line)?.[1];
      if (listening !== undefined) resolve(listening);
      if (pid !== undefined) pids.push(Number(pid));
      if (/^\d+$/.test(line)) last = Number(line);
    });
  });
  return { address, last: () => last };
}

async function until(holds: () => boolean): Promise<boolean> {
  for (let i = 0; i < 100 && !holds(); i++) await new Promise((done) => setTimeout(done, 50));
  return holds();
}

describe.skipIf(missing !== undefined)(`a program under Delve (${missing ?? VERSION})`, () => {
  beforeAll(
    () => build(join(import.meta.dirname, 'program'), program, ['-gcflags=all=-N -l']),
    120_000,
  );

  afterEach(() => {
    for (const child of started.splice(0)) child.kill();
    for (const pid of pids.splice(0)) {
      try {
        process.kill(pid);
      } catch (error) {
        // Delve has ended it already.
        expect(error).toMatchObject({ code: 'ESRCH' });
      }
    }
  });

  test('stacks, states, variables and the deadlock; then it goes on', async () => {
    const { address, last } = await debugged('--accept-multiclient', '--continue');
    expect(await until(() => last() >= 3)).toBe(true);
    const { table, variables, stoppedMillis, notes } = await readDelve(address, 5000);
    const before = last();
    expect(notes).toEqual([]);
    expect(stoppedMillis).toBeGreaterThan(0);
    expect(table.headers.map(({ state }) => state)).toContain('sync.Mutex.Lock');
    const { cycles } = waitGraphOf(table);
    expect(cycles).toMatchObject([{ isLikely: true, isOrderInversion: true }]);
    expect(cycles[0].steps[0].waiter.at).toMatchObject({ function: 'main.transfer', line: 21 });
    const values = [...variables.values()].flat();
    const from = values.filter(({ name, type }) => name === 'from' && type === '*main.account');
    expect(from.map(({ value }) => /name: "(\w+)"/.exec(value)?.[1]).sort()).toEqual([
      'alice',
      'bob',
    ]);
    expect(await until(() => last() > before + 2)).toBe(true);
  });

  test('one that stood already stays where it was', async () => {
    const { address, last } = await debugged('--accept-multiclient');
    const { stoppedMillis } = await readDelve(address, 5000);
    expect(stoppedMillis).toBe(0);
    // It stands before its first instruction.
    expect(last()).toBe(-1);
  });

  test('a Delve of one client ends, and says what became of the program', async () => {
    const { address } = await debugged();
    const { notes } = await readDelve(address, 5000);
    expect(notes.at(-1)).toContain('it has ended, and with it the program');
  });

  test('no time: what was not read is said, and the program goes on', async () => {
    const { address, last } = await debugged('--accept-multiclient', '--continue');
    expect(await until(() => last() >= 3)).toBe(true);
    const { notes } = await readDelve(address, 0);
    expect(notes.some((note) => note.includes('not read in time'))).toBe(true);
    const before = last();
    expect(await until(() => last() > before + 2)).toBe(true);
  });
});

test('no Delve at the address is one line that says how to start one', async () => {
  await expect(readDelve('127.0.0.1:1', 100)).rejects.toMatchObject({
    code: 'delve-unreachable',
    next: expect.stringContaining('--accept-multiclient'),
  });
});
