/** `whygo sched`: the screen and the summary as text, and the command with a real process under it. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ShopServer, shopServer } from '../../../test/server/shop.ts';
import { readGodebug } from '../../metrics/godebug/reader.ts';
import { plainText } from '../tui/text.ts';
import { godebugWith } from './child.ts';
import { SchedModel } from './model.ts';
import { startExporter } from './outlets.ts';
import { summaryText } from './print.ts';
import { type SchedScreen, schedScreen } from './screen.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const fixturePath = (name: string) => join(root, 'test', 'fixtures', 'godebug', `${name}.txt`);

function modelOf(...names: readonly string[]): SchedModel {
  const model = new SchedModel();
  for (const name of names) {
    for (const event of readGodebug(readFileSync(fixturePath(name), 'utf8')).events)
      model.add(event);
  }
  return model;
}

describe('GODEBUG', () => {
  const settings = { everyMillis: 500, everyGiven: false, detail: false };

  test('is merged into what is set already', () => {
    expect(godebugWith('', settings)).toBe('schedtrace=500,gctrace=1,scavtrace=1');
    expect(godebugWith('madvdontneed=1,gctrace=2', settings)).toBe(
      'madvdontneed=1,gctrace=2,schedtrace=500,scavtrace=1',
    );
  });

  test('keeps a rhythm that is set, unless another one is asked for', () => {
    expect(godebugWith('schedtrace=50', settings)).toContain('schedtrace=50,');
    const asked = { everyMillis: 100, everyGiven: true, detail: true };
    expect(godebugWith('schedtrace=50', asked)).toBe(
      'schedtrace=100,scheddetail=1,gctrace=1,scavtrace=1',
    );
  });
});

describe('the screen', () => {
  const screen = (size: SchedScreen['size'], more: Partial<SchedScreen> = {}): SchedScreen => ({
    title: './server',
    notes: [],
    elapsedMillis: 12_000,
    paused: false,
    view: 'overview',
    size,
    ...more,
  });

  test.each([
    [80, 24],
    [160, 50],
    [40, 12],
  ])('of %i × %i is that large and no larger', (columns, rows) => {
    const model = modelOf('all-interleaved-go1.26.8', 'scheddetail-go1.26.8');
    for (const view of ['overview', 'output', 'help'] as const) {
      const lines = schedScreen(model, screen({ columns, rows }, { view }));
      expect(lines).toHaveLength(rows);
      for (const line of lines) {
        expect([...plainText([line])].length).toBeLessThanOrEqual(columns);
      }
    }
  });

  test('shows every P with its queue, collections, and what the program says', () => {
    const model = modelOf('all-interleaved-go1.26.8');
    model.line('listening on \u001b[31m:8080', 'stderr');
    const text = plainText(schedScreen(model, screen({ columns: 100, rows: 40 })));
    expect(text).toMatch(/Ps busy .* of 2/);
    expect(text).toMatch(/P1 .*\d+ +\d+/);
    expect(text).toMatch(/GC pauses .*p99/);
    expect(text).toContain('│listening on [31m:8080');
  });

  test('with scheddetail counts goroutines by what they wait for', () => {
    const model = modelOf('scheddetail-go1.26.8');
    const text = plainText(schedScreen(model, screen({ columns: 120, rows: 40 })));
    expect(text).toMatch(/goroutines +\d+: \d+ /);
  });

  test('puts many Ps in columns', () => {
    const queues = Array.from({ length: 64 }, (_, i) => i).join(' ');
    const line = `SCHED 0ms: gomaxprocs=64 idleprocs=0 threads=70 spinningthreads=0 needspinning=0 idlethreads=0 runqueue=0 [ ${queues} ] schedticks=[ ${queues} ]`;
    const model = new SchedModel();
    for (const event of readGodebug(line).events) model.add(event);
    const text = plainText(schedScreen(model, screen({ columns: 160, rows: 50 })));
    expect(text).toMatch(/P63 .* 63/);
  });

  test('before the first line asks whether it is a Go program', () => {
    const text = plainText(schedScreen(new SchedModel(), screen({ columns: 80, rows: 24 })));
    expect(text).toContain('Is it a Go program?');
  });
});

test('the summary tells queues, pauses and totals', () => {
  const text = summaryText(modelOf('all-interleaved-go1.26.8').summary, {
    foreign: 2,
    notUnderstood: 1,
  });
  expect(text).toContain('scheduler: 7 samples in 1.22 s, GOMAXPROCS 2');
  expect(text).toMatch(/garbage collection: 10 cycles, .* 2 forced/);
  expect(text).toContain('2 lines of the program’s own; 1 line of the runtime not understood');
});

describe('the exporter', () => {
  const read = () => modelOf('schedtrace-go1.26.8').state.snapshot(1n);

  test('answers on loopback with gse’s names, and refuses foreign host names', async () => {
    const exporter = await startExporter({ listen: ':0', read });
    try {
      const text = await (await fetch(exporter.url)).text();
      for (const name of ['idle_procs', 'threads', 'global_runqueue_length', 'local_run_queue_1']) {
        expect(text).toMatch(new RegExp(`^${name} \\d+$`, 'm'));
      }
      expect((await fetch(exporter.url.replace('/metrics', '/'))).status).toBe(404);
      expect((await fetch(exporter.url, { method: 'POST' })).status).toBe(405);
    } finally {
      await exporter.close();
    }
  });

  test('needs a token beyond this machine, and asks for it', async () => {
    await expect(startExporter({ listen: '0.0.0.0:0', read })).rejects.toMatchObject({
      code: 'token-needed',
    });
    const exporter = await startExporter({ listen: '127.0.0.1:0', token: 'secret', read });
    try {
      expect((await fetch(exporter.url)).status).toBe(401);
      const headers = { authorization: 'Bearer secret' };
      expect((await fetch(exporter.url, { headers })).status).toBe(200);
    } finally {
      await exporter.close();
    }
  });
});

describe('the command', () => {
  let folder: string;
  let server: ShopServer;
  let url: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whygo-sched-'));
    server = await shopServer();
    url = await server.app.listen({ host: '127.0.0.1', port: 0 });
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  interface Ran {
    readonly status: number | null;
    readonly stdout: string;
    readonly stderr: string;
  }

  function whygo(args: readonly string[], onStart?: (pid: number) => void): Promise<Ran> {
    const argv = [join(root, 'src', 'cli', 'main.ts'), 'sched', ...args];
    const env = { ...process.env, NO_COLOR: '1', GODEBUG: '' };
    const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      // The program under it says that it runs.
      if (String(chunk).includes('ready')) onStart?.(child.pid ?? 0);
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    return new Promise((resolve) => {
      child.on('close', (status) => resolve({ status, stdout, stderr }));
    });
  }

  /** A program that writes what a Go program would under GODEBUG. */
  const fake = (then: string) => [
    '--',
    'sh',
    '-c',
    `echo "out $GODEBUG"; cat ${fixturePath('all-interleaved-go1.26.8')} >&2; echo own >&2; ${then}`,
  ];

  test('leaves stdout alone, passes the program’s own lines on, and ends with its exit code', async () => {
    const { status, stdout, stderr } = await whygo(fake('exit 7'));
    expect(status).toBe(7);
    expect(stdout).toBe('out schedtrace=500,gctrace=1,scavtrace=1\n');
    expect(stderr).toMatch(/^own$/m);
    expect(stderr).not.toMatch(/^SCHED/m);
    expect(stderr).toContain('scheduler: 7 samples');
  });

  test('hands signals on, once', async () => {
    const script = 'trap "echo caught; exit 5" TERM; echo ready; while :; do sleep 0.05; done';
    const { status, stdout } = await whygo(['--', 'sh', '-c', script], (pid) => {
      process.kill(pid, 'SIGTERM');
    });
    expect([status, stdout]).toEqual([5, 'ready\ncaught\n']);
  });

  test('tells a program that died of a signal as a shell does', async () => {
    expect((await whygo(['--', 'sh', '-c', 'kill -KILL $$'])).status).toBe(137);
  });

  test('writes JSON lines to a file, the summary last', async () => {
    const out = join(folder, 'sched.jsonl');
    await whygo(['--json', '--out', out, ...fake('true')]);
    const lines = (await readFile(out, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(new Set(lines.map(({ schema }) => schema))).toEqual(new Set(['whygo.sched/1']));
    expect(lines.filter(({ kind }) => kind === 'sched')).toHaveLength(7);
    expect(lines.at(-1)).toMatchObject({ kind: 'summary', foreignLines: 1, gc: { cycles: 10 } });
  });

  test('pushes into a whygo server, the last reading at the end', async () => {
    const { stderr } = await whygo([
      '--to',
      url,
      '--service',
      'job',
      '--label',
      'env=test',
      ...fake('true'),
    ]);
    expect(stderr).not.toContain('not stored');
    const range = { fromNanos: 0n, toNanos: 1n << 62n };
    const [series] = await server.store.metrics({
      service: 'job',
      names: ['/gc/heap/live:bytes'],
      range,
    });
    expect(series?.labels).toMatchObject({ service: 'job', env: 'test' });
    expect([...(series?.value ?? [])]).toEqual([23 * 2 ** 20]);
  });

  test('says in one line what is wrong', async () => {
    const cases: readonly (readonly [readonly string[], string])[] = [
      [['--', './no-such-program'], 'Cannot start no-such-program'],
      [[], 'There is nothing to read'],
      [['--listen', 'nowhere', '--', 'true'], 'Cannot read --listen'],
      [['--to', 'x', '--', 'true'], 'Cannot push to'],
      [['--listen', ':0', fixturePath('gctrace-go1.26.8')], 'no numbers of now'],
    ];
    for (const [args, message] of cases) {
      const { status, stderr } = await whygo(args);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
    }
  });
});
