import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LocalProcess } from './local-process.ts';

const onLinux = process.platform === 'linux';

describe('the process behind a loopback address', () => {
  test.runIf(onLinux)('is found by its listening socket, and read (Linux)', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      const found = await LocalProcess.listeningAt(`http://localhost:${port}`);
      expect(found?.pid).toBe(process.pid);
      const metrics = new Map((await found?.read())?.map((metric) => [metric.name, metric.value]));
      const resident = Number(metrics.get('process_resident_memory_bytes'));
      expect(resident / process.memoryUsage.rss()).toBeCloseTo(1, 0);
      expect(metrics.get('process_run_delay_seconds_total')).toBeGreaterThanOrEqual(0);
    } finally {
      server.close();
    }
  });

  test('is none on another machine, or where nobody listens', async () => {
    expect(await LocalProcess.listeningAt('http://example.com:80')).toBeUndefined();
    expect(await LocalProcess.listeningAt('http://127.0.0.1:1')).toBeUndefined();
  });

  test('has the limits of its cgroup, of either version', async () => {
    const root = mkdtempSync(join(tmpdir(), 'whygo-proc-'));
    const write = (path: string, text: string) => {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), text);
    };
    write('proc/net/tcp', 'sl\n 0: 0100007F:17AC 00000000:0000 0A 0 0 0 0 0 4711 1\n');
    mkdirSync(join(root, 'proc/9/fd'), { recursive: true });
    symlinkSync('socket:[4711]', join(root, 'proc/9/fd/3'));
    write('proc/9/stat', '9 (shop) S 1 9 9 0 -1 0 0 0 0 0 100 50');
    write('proc/9/task/9/schedstat', '1 2000000000 3');
    write('proc/9/cgroup', '0::/app\n4:memory:/app\n');
    write('sys/fs/cgroup/app/cpu.max', '200000 100000');
    write('sys/fs/cgroup/memory/app/memory.limit_in_bytes', '4096');
    try {
      const found = await LocalProcess.listeningAt('http://127.0.0.1:6060', root);
      expect(
        Object.fromEntries((await found?.read())?.map((m) => [m.name, m.value]) ?? []),
      ).toEqual(
        expect.objectContaining({
          process_cpu_seconds_total: 1.5,
          process_run_delay_seconds_total: 2,
          container_cpu_limit_cores: 2,
          container_spec_memory_limit_bytes: 4096,
        }),
      );
      rmSync(join(root, 'proc/9'), { recursive: true });
      expect(await found?.read()).toEqual([]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
