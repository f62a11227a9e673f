/** Collecting from the demo shop as it runs: every type, its labels, and the end of the process. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { targetsFromArguments } from '../../src/collect/config/config.ts';
import { startScheduler } from '../../src/collect/scheduler.ts';
import { eventually, recordingSink } from './recording-sink.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const hasGo = spawnSync('go', ['version']).status === 0;

describe.skipIf(!hasGo)('collecting from the demo shop (needs go on the PATH)', () => {
  let folder = '';
  let shop: ChildProcess | undefined;
  let url = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'whygo-collect-'));
    const binary = join(folder, 'shop');
    const build = spawnSync('go', ['build', '-o', binary, '.'], {
      cwd: join(root, 'demo'),
      encoding: 'utf8',
    });
    expect(build.status, build.stderr).toBe(0);
    shop = spawn(binary, ['-addr', '127.0.0.1:0', '-load', '0.5', '-fault', 'lock-over-io']);
    url = await listening(shop);
  }, 180_000);

  afterAll(() => {
    shop?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  test('gives every type, deltas, labels and metrics; and says when it is gone', async () => {
    const sink = recordingSink();
    const errors: unknown[] = [];
    const scheduler = startScheduler(
      targetsFromArguments([url], { scrapeIntervalMillis: 1500, cpuSeconds: 1 }),
      { sink, onError: (error) => void errors.push(error) },
    );
    try {
      await eventually('every type', () => sink.types().length === 7);
      expect(sink.profiles[0]?.key.service).toBe('shop');
      const cpu = sink.profiles.find((record) => record.type === 'cpu');
      expect(Number(cpu?.durationNanos)).toBeGreaterThan(0.9e9);
      expect(cpu?.profile.strings).toContain('endpoint');
      const allocs = sink.profiles.find((record) => record.type === 'allocs');
      expect(Number(allocs?.durationNanos)).toBeGreaterThan(1e9);
      expect(Number(allocs?.durationNanos)).toBeLessThan(10e9);
      const [snapshot] = sink.snapshots;
      expect(snapshot?.snapshot.source).toBe('agent');
      expect(snapshot?.snapshot.goVersion).toMatch(/^go1\./);
      expect(scheduler.states()[0]).toMatchObject({ up: true, service: 'shop' });

      shop?.kill('SIGKILL');
      await eventually('it is down', () => sink.marks.some(({ mark }) => mark.kind === 'down'));
      expect(scheduler.states()[0]?.up).toBe(false);
      expect(errors).toEqual([]);
    } finally {
      await scheduler.stop();
    }
  });
});

function listening(process: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const { stdout } = process;
    if (stdout === null) throw new Error('the shop has no standard output');
    createInterface(stdout).on('line', (line) => {
      const address = /^listening (\S+)$/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
    process.on('exit', (code) => reject(new Error(`the shop ended with ${code}`)));
  });
}
