/**
 * `whygo sched` and `whygo top` with a real Go program under them, and their screens on a pseudo
 * terminal (script(1) of util-linux).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build, goIsAvailable } from './harness.ts';

const root = join(import.meta.dirname, '..', '..');
const main = join(root, 'src', 'cli', 'main.ts');
const hasScript = /util-linux/.test(
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '',
);
const env = { ...process.env, NO_COLOR: '1', GODEBUG: '', TERM: 'xterm' };

interface Watched {
  readonly child: ChildProcess;
  readonly text: { out: string; err: string };
  readonly exit: Promise<number | null>;
  /** Resolves when the text is there; fails after 20 s with what is. */
  until(pattern: RegExp): Promise<void>;
}

function start(command: string, args: readonly string[]): Watched {
  const child = spawn(command, args, { env, stdio: 'pipe' });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    text.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text.err += chunk;
  });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const until = async (pattern: RegExp) => {
    for (let i = 0; i < 200; i++) {
      if (pattern.test(stripVTControlCharacters(text.out + text.err))) return;
      await sleep(100);
    }
    throw new Error(`There is no ${pattern} in:\n${text.out}${text.err}`);
  };
  return { child, text, exit, until };
}

const whygo = (...args: readonly string[]) => start(process.execPath, [main, ...args]);

/** On a terminal of 100 × 30; keys are written to its standard input. */
function onTerminal(...args: readonly string[]): Watched {
  const command = `stty cols 100 rows 30; exec ${[process.execPath, main, ...args].join(' ')}`;
  return start('script', ['-qfec', command, '/dev/null']);
}

describe.skipIf(!goIsAvailable())('with the demo shop (needs go on the PATH)', () => {
  let shop: string;
  let served: Watched;
  let address: string;

  beforeAll(async () => {
    shop = build('shop');
    served = start(shop, ['-addr', '127.0.0.1:0']);
    await served.until(/listening http:\S+/);
    address = /listening http:\/\/(\S+)/.exec(served.text.out)?.[1] ?? '';
  }, 120_000);

  afterAll(async () => {
    served.child.kill('SIGTERM');
    await served.exit;
  });

  test('sched runs it, takes the runtime’s lines out, and ends as it ends', async () => {
    const run = whygo('sched', '--every', '50ms', '--', shop, '-addr', '127.0.0.1:0');
    await run.until(/listening/);
    await sleep(2000);
    run.child.kill('SIGINT');
    expect(await run.exit).toBe(0);
    expect(run.text.out).toMatch(/^listening http:\S+\n/);
    expect(run.text.err).not.toMatch(/^(SCHED|gc \d|scav \d)/m);
    expect(run.text.err).toMatch(/scheduler: \d\d+ samples/);
    expect(run.text.err).toMatch(/garbage collection: \d+ cycles/);
  }, 30_000);

  test('top --json has vital signs, groups with states, heap and a CPU profile', async () => {
    const run = whygo('top', '--json', '--cpu', '1s', address);
    expect(await run.exit, run.text.err).toBe(0);
    const { schema, vitals, goroutines, cpu, heap, cost } = JSON.parse(run.text.out);
    expect(schema).toBe('whygo.top/1');
    expect(vitals.heapBytes).toBeGreaterThan(1e5);
    expect(vitals.allocBytesPerSecond).toBeGreaterThan(0);
    expect(goroutines.total).toBeGreaterThan(10);
    const states = goroutines.groups.map((group: { state: string }) => group.state);
    expect(states).toEqual(expect.arrayContaining(['IO wait', 'select']));
    expect(heap.rows.length).toBeGreaterThan(3);
    expect(cpu.unit).toBe('nanoseconds');
    expect(cost).toBeLessThan(0.2);
  }, 30_000);

  test('top --once is plain text', async () => {
    const run = whygo('top', '--once', address);
    expect(await run.exit, run.text.err).toBe(0);
    expect(run.text.out).not.toContain('\u001b');
    expect(run.text.out).toMatch(/COUNT +CHANGE +STATE/);
  }, 30_000);

  describe.skipIf(!hasScript)('on a terminal (needs script of util-linux)', () => {
    test('top hears keys, and gives the terminal back', async () => {
      const run = onTerminal('top', '--every', '1s', address);
      await run.until(/COUNT +CHANGE/);
      run.child.stdin?.write('\u001bOS');
      run.child.stdin?.write('zzz\r');
      await run.until(/nothing with “zzz”/);
      run.child.stdin?.write('\u001b3');
      await run.until(/FLAT +CUM +FUNCTION/);
      run.child.stdin?.write('q');
      expect(await run.exit).toBe(0);
      expect(run.text.out).toContain('\u001b[?1049h');
      expect(run.text.out.lastIndexOf('\u001b[?1049l')).toBeGreaterThan(
        run.text.out.lastIndexOf('\u001b[?2026l'),
      );
    }, 60_000);

    test('sched shows the Ps, ends the program on q, and repeats what it wrote', async () => {
      const run = onTerminal('sched', '--every', '100ms', '--', shop, '-addr', '127.0.0.1:0');
      await run.until(/P0 .*\d/);
      await run.until(/collections/);
      run.child.stdin?.write('q');
      expect(await run.exit).toBe(0);
      const after = run.text.out.slice(run.text.out.lastIndexOf('\u001b[?1049l'));
      expect(after).toMatch(/listening http:\S+/);
      expect(after).toMatch(/scheduler: \d+ samples/);
    }, 60_000);
  });
});
