/** The command as people and scripts meet it: exit codes, one-line errors, JSON, signals. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Services } from '../api/wire.ts';
import { nodeDecompressors } from '../collect/decompress.ts';
import { decodeProfile } from '../formats/compression.ts';

const root = join(import.meta.dirname, '..', '..');
const main = join(root, 'src', 'cli', 'main.ts');
const fixtures = join(root, 'test', 'fixtures', 'collect');
const recording = join(root, 'test', 'fixtures', 'demo');

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
}

function start(args: readonly string[], cwd = root) {
  const env = { ...process.env, NO_COLOR: '', FORCE_COLOR: '' };
  return spawn(process.execPath, [main, ...args], { cwd, env, stdio: 'pipe' });
}

function whygo(args: readonly string[], input?: Buffer, cwd = root): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = start(args, cwd);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (status) => {
      const bytes = Buffer.concat(out);
      const stderr = Buffer.concat(err).toString();
      resolve({ status, stdout: bytes.toString(), stderr, bytes });
    });
    // A command that refuses its arguments may be gone before it reads.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'whygo-cli-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('mistakes are one line on standard error, and exit with 2', () => {
  test.each<[string[], string]>([
    [['explian'], "Unknown command 'explian' (Did you mean explain?)"],
    [['serve', '--prot', '1'], "Unknown option '--prot' (Did you mean --port?)"],
    [['explain'], 'whygo explain --help'],
    [['explain', 'nothing/there.pb.gz'], 'there.pb.gz'],
    [['explain', join(root, 'package.json')], 'package.json is JSON of an unknown kind'],
    [['explain', '--for', 'soon', 'localhost:1'], '--for “soon”'],
    [['explain', '--for', '1s', '127.0.0.1:1'], '127.0.0.1:1 refuses the connection'],
    [['explain', '--gate=awful', 'x'], "'awful' is invalid"],
    [['explain', fixtures, 'localhost:1'], 'several targets or folders'],
    [['record', '127.0.0.1:1', '--for', '1s', '--out', 'never-made'], 'refuses the connection'],
    [['convert', join(fixtures, 'cpu-1.pb.gz'), 'x.svg'], 'x.svg'],
    [['serve', '--port', 'http'], '--port “http”'],
    [['serve', '--host', '0.0.0.0', '--data', 'never-made'], '--token'],
    [['serve', '--config', 'nothing.yaml'], 'nothing.yaml'],
    [['serve', '--tls-cert', 'x.pem'], '--tls-key'],
    [['serve', '--tls-cert', main, '--tls-key', main], 'Cannot use'],
  ])('whygo %j', async (args, words) => {
    const { status, stdout, stderr } = await whygo(args);
    expect(stderr).toContain(words);
    const lines = stderr.trimEnd().split('\n');
    expect(lines.at(-1)).toMatch(/^whygo: [A-Z0-9/“].*\. \S/);
    // explain says its price first; nothing else may stand beside the error.
    expect(lines.filter((line) => !line.startsWith('whygo watches'))).toHaveLength(1);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  test('a damaged profile is named with the byte', async () => {
    const file = join(folder, 'damaged.pb');
    writeFileSync(file, Buffer.from([0x0a, 0x04, 0x08, 0x01, 0x10]));
    const { status, stderr } = await whygo(['convert', file, '-']);
    expect(stderr).toMatch(/damaged\.pb as pprof: byte \d+: /);
    expect(status).toBe(2);
  });
});

describe('help', () => {
  test.each([['--help'], ['help'], ['serve', '--help'], ['help', 'explain']])(
    'whygo %s %s',
    async (...args) => {
      const { status, stdout, stderr } = await whygo(args.filter(Boolean));
      expect(stdout).toMatch(/^Usage: whygo/);
      expect(stderr).toBe('');
      expect(status).toBe(0);
    },
  );

  test('nothing at all is a usage error that shows the help', async () => {
    const { status, stdout, stderr } = await whygo([]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Usage: whygo/);
  });

  test('the version is that of the package', async () => {
    const { stdout } = await whygo(['--version']);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('whygo explain', () => {
  test('of a recording names the faulty line, and gates on it', async () => {
    const { status, stdout, stderr } = await whygo(['explain', '--gate=high', recording]);
    expect(stdout).toMatch(/search\.go:\d+/);
    expect(stdout).toContain('heap-leak, high');
    expect(stderr).toBe('');
    expect(status).toBe(1);
  });

  test('prints one JSON object, and 0 without a gate', async () => {
    const { status, stdout } = await whygo(['explain', '--json', recording]);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ schema: 'whygo.findings/1', target: recording });
    expect(report.findings[0]).toMatchObject({ kind: 'heap-leak', severity: 'high' });
    expect(Object.keys(report.window)).toEqual(['from', 'to']);
    expect(status).toBe(0);
  });

  test('a bare --gate does not eat the target', async () => {
    expect((await whygo(['explain', '--gate', recording])).status).toBe(1);
  });

  test('of files and of standard input finds its way', async () => {
    const file = join(fixtures, 'heap-1.pb.gz');
    const files = await whygo(['explain', file, join(fixtures, 'cpu-1.pb.gz'), '--json']);
    expect(JSON.parse(files.stdout).schema).toBe('whygo.findings/1');
    const piped = await whygo(['explain', '-', '--json'], readFileSync(file));
    expect(JSON.parse(piped.stdout).target).toBe('standard input');
  });
});

describe('whygo convert', () => {
  test('reads standard input and writes standard output', async () => {
    const bytes = readFileSync(join(fixtures, 'cpu-1.pb.gz'));
    const { status, bytes: out } = await whygo(['convert', '-', '-'], bytes);
    expect(status).toBe(0);
    const [a, b] = [bytes, out].map((one) => decodeProfile(one, nodeDecompressors));
    expect(b?.samples.length).toBe(a?.samples.length);
    expect(b?.durationNanos).toBe(a?.durationNanos);
  });
});

describe('whygo serve', () => {
  function untilLine(child: ReturnType<typeof start>, pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const match = pattern.exec(text)?.[0];
        if (match !== undefined) resolve(match);
      });
      child.once('close', (status) => reject(new Error(`ended with ${status}: ${text}`)));
    });
  }

  test('opens a recording, answers, and ends with 0 on a signal', async () => {
    const child = start(['serve', recording, '--port', '0']);
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    const url = await untilLine(child, /http:\/\/127\.0\.0\.1:\d+/);
    const answer = await fetch(`${url}/api/v1/services`);
    const { mode, services } = Services.parse(await answer.json());
    expect([mode, services[0]?.service]).toEqual(['recording', 'shop']);
    expect(services[0]?.findings.high).toBeGreaterThan(0);
    child.kill('SIGTERM');
    expect(await closed).toBe(0);
  });

  test('says which flag helps when the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const data = join(folder, 'data');
    const { status, stderr } = await whygo(['serve', '--port', String(port), '--data', data]);
    expect(stderr).toContain(`Port ${port} is taken on 127.0.0.1. Choose another one with --port`);
    expect(status).toBe(2);
    await new Promise((resolve) => other.close(resolve));
  });
});
