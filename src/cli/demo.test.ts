/** `whygo demo` as a whole: what it starts, what it tells, and that all of it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Services } from '../api/wire.ts';
import { findOnPath } from './shop.ts';

const root = join(import.meta.dirname, '..', '..');
const main = join(root, 'src', 'cli', 'main.ts');

class Demo {
  readonly #child: ChildProcess;
  readonly #closed: Promise<number | null>;
  #text = '';
  #changed: () => void = () => undefined;

  constructor(args: readonly string[]) {
    const env = { ...process.env, NO_COLOR: '1' };
    const child = spawn(process.execPath, [main, 'demo', ...args], { env, stdio: 'pipe' });
    this.#child = child;
    const take = (chunk: Buffer): void => {
      this.#text += chunk.toString();
      this.#changed();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    this.#closed = new Promise((resolve) => child.once('close', resolve));
    void this.#closed.then(() => this.#changed());
  }

  /** The match of the first text that has one; rejects when the demo ends without. */
  async says(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#text)?.[0];
      if (match !== undefined) return match;
      if (this.#child.exitCode !== null) throw new Error(`The demo ended: ${this.#text}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  closed(): Promise<number | null> {
    return this.#closed;
  }
}

let running: Demo | undefined;

afterEach(async () => {
  running?.signal('SIGTERM');
  await running?.closed();
  running = undefined;
});

async function services(url: string): Promise<Services> {
  return Services.parse(await (await fetch(`${url}/api/v1/services`)).json());
}

const PAGE = /^ {2}http:\/\/127\.0\.0\.1:\d+$/m;

describe('whygo demo', () => {
  test('replays the bundled recording, which ends just now and goes on', async () => {
    running = new Demo(['--replay', '--port', '0']);
    const url = (await running.says(PAGE)).trim();
    const ageOf = ({ now, services: [shop] }: Services) => now - (shop?.last ?? 0);
    // A minute and a half is read in first, oldest captures first.
    let answer = await services(url);
    while ((answer.services[0]?.types.length ?? 0) < 5 || ageOf(answer) > 20_000) {
      answer = await services(url);
    }
    expect(answer.mode).toBe('replay');
    expect(answer.services[0]?.service).toBe('shop');
    expect(ageOf(answer)).toBeGreaterThanOrEqual(-1000);
  });

  test.skipIf(findOnPath('go') === undefined)(
    'runs the shop, names its fault, and ends all that it started (needs go)',
    async () => {
      const args = [
        '--port',
        '0',
        '--every',
        '3s',
        '--fault',
        'lock-over-io',
        '--fault-after',
        '1s',
      ];
      running = new Demo(args);
      const shop = await running.says(/(?<=load on )http:\/\/\S+(?= )/);
      const url = (await running.says(PAGE)).trim();
      expect((await fetch(`${shop}/debug/pprof/`)).status).toBe(200);
      const told = await running.says(/lock-contention \((high|medium)\)[^\n]*\n[^\n]*\n/);
      expect(told).toMatch(/inventory\.\(\*Stock\)\.reserveLocked .*inventory\.go:\d+/);
      expect((await services(url)).mode).toBe('live');
      running.signal('SIGINT');
      expect(await running.closed()).toBe(0);
      await expect(fetch(`${shop}/debug/pprof/`)).rejects.toThrow();
      await expect(fetch(`${url}/-/healthy`)).rejects.toThrow();
    },
    120_000,
  );
});
