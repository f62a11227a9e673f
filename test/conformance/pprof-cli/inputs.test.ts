/** What `whygo pprof` takes beyond pprof, and how it refuses what it cannot take. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { remoteSource } from '../../../src/cli/pprof/address.ts';
import { runOurs } from './compare.ts';
import { ENVIRONMENT } from './peer.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
const fixture = (name: string) => join(fixtures, name);
const folder = mkdtempSync(join(tmpdir(), 'whygo-inputs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ours = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runOurs(args, '', { ...ENVIRONMENT, ...env });

describe('formats that pprof does not read', () => {
  test.each([
    ['imports/perf-g.txt', 'Type: cpu'],
    ['imports/perf-two-events.txt', 'Type: cpu'],
    ['imports/bpftrace-ustack.txt', 'Type: samples'],
    ['imports/bpftrace-ustack.json', 'Type: samples'],
    ['imports/fgtrace.json', 'Type: wall'],
    ['imports/node.cpuprofile', 'Type: wall'],
    ['profiles/wall-fgprof-v0.9.5.folded.txt', 'Type: samples'],
    ['goroutines/leak-go1.27rc1.debug2.txt', 'Type: goroutine'],
    ['goroutines/leak-go1.22.12.sigquit.txt', 'Type: goroutine'],
  ])('%s', async (name, type) => {
    const { status, stdout } = await ours(['-top', fixture(name)]);
    expect(status).toBe(0);
    expect(stdout.toString()).toContain(`${type}\n`);
  });

  test('what of a file is not in the profile is said on standard error', async () => {
    const dump = fixture('goroutines/leak-go1.27rc1.debug2.txt');
    const { stderr } = await ours(['-top', dump]);
    expect(stderr).toBe(`${dump}: left out: ids and arguments of 42 goroutines\n`);
  });

  test('labels are labels: goroutines by state', async () => {
    const { stdout } = await ours(['-tags', fixture('goroutines/leak-go1.27rc1.debug2.txt')]);
    expect(stdout.toString()).toMatch(/ state: Total 42 of 42/);
    expect(stdout.toString()).toMatch(/ 21 \(50\.00%\): chan send\n/);
  });

  test('two of them merge, and one is subtracted', async () => {
    const older = fixture('goroutines/healthy-go1.27rc1.debug2.txt');
    const newer = fixture('goroutines/leak-go1.27rc1.debug2.txt');
    const { status, stdout } = await ours(['-top', `-diff_base=${older}`, newer]);
    expect(status).toBe(0);
    expect(stdout.toString()).toContain('main.leakSend.func1');
  });
});

describe('a recorded folder', () => {
  test('is its CPU profiles, merged, and says what else there is', async () => {
    const { stdout, stderr } = await ours(['-top', fixture('demo')]);
    expect(stdout.toString()).toMatch(/^File: shop\n[\s\S]*Type: cpu\n/);
    expect(stderr).toMatch(
      /demo holds heap \(\d+\), cpu \(\d+\).*; another is named as .*demo\/TYPE/,
    );
    expect(stderr).toMatch(/\d+ cpu profiles of shop, merged/);
  });

  test('and a type in it are the last profile of that type', async () => {
    const { stdout, stderr } = await ours(['-top', fixture('demo/heap')]);
    expect(stdout.toString()).toContain('Type: inuse_space\n');
    expect(stderr).toMatch(/^\S+: the last of \d+ heap profiles of shop\n$/);
    const named = await ours(['-top', fixture('demo/shop/heap')]);
    expect(named.stdout.toString()).toBe(stdout.toString());
  });

  test('without that type names those it has', async () => {
    const { status, stderr } = await ours(['-top', fixture('demo/nonsense')]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/has no profiles of type “nonsense”\. Name one of: heap \(\d+\), cpu/);
  });
});

describe('a whygo server', () => {
  let server: Server;
  let port = 0;
  const asked: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (request.url?.includes('page')) response.end('<!doctype html><title>hello</title>');
      else if (request.url?.includes('huge')) response.end(Buffer.alloc(3_000_000));
      else response.end(readFileSync(fixture('collect/heap-1.pb.gz')));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test("gives what its page's address shows", async () => {
    const page = `http://127.0.0.1:${port}/?service=shop&type=heap&from=1000&to=2000&label.user=7&view=top`;
    const { status, stdout } = await ours(['-top', page], { PPROF_TMPDIR: folder });
    expect(status).toBe(0);
    expect(stdout.toString()).toContain('Type: inuse_space\n');
    expect(asked).toEqual(['/api/v1/merged?service=shop&type=heap&from=1000&to=2000&label.user=7']);
  });

  test('and a window that ends now is one that ends now', () => {
    const before = Date.now();
    const url = new URL(remoteSource('http://h:4040/?service=a&last=15m', -1, -1)?.url ?? '');
    const to = Number(url.searchParams.get('to'));
    expect(to).toBeGreaterThanOrEqual(before);
    expect(to - Number(url.searchParams.get('from'))).toBe(900_000);
    expect(url.searchParams.get('type')).toBe('cpu');
  });

  test('an address without a service is asked for a CPU profile, as in pprof', () => {
    expect(remoteSource('localhost:6060', -1, -1)?.url).toBe(
      'http://localhost:6060/debug/pprof/profile',
    );
  });

  test('a page in place of a profile, and an answer without end, are refused', async () => {
    const page = await ours(['-top', `http://127.0.0.1:${port}/page`]);
    expect(page.status).toBe(2);
    expect(page.stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^whygo: http:\/\/127\.0\.0\.1:\d+\/page is an HTML page, not a profile: byte 0\. Look where/,
    );
    const huge = await ours(['-top', `http://127.0.0.1:${port}/huge`], { WHYGO_MAX_INPUT: '1MB' });
    expect(huge.status).toBe(2);
    expect(huge.stderr).toContain('it gives more than 1 MB');
  });
});

describe('bad input is one line that says what, where, and what to do', () => {
  const cpu = readFileSync(fixture('collect/cpu-2.pb.gz'));
  const plain = gunzipSync(cpu);
  const legacy = 'heap profile: 1: 2 [1: 2] @ heap/524288\n1: 100 [2: 200] @ 0x401000\nnonsense\n';
  const cases: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
    ['empty.pb.gz', '', /is empty, not a profile: byte 0\. Did the program/],
    ['page.html', '<!doctype html><title>404</title>', /is an HTML page, not a profile: byte 0\. /],
    ['cut.pb.gz', cpu.subarray(0, 500), / as gzip: byte 500: unexpected end of file\. Check that/],
    [
      'cut.pb',
      plain.subarray(0, 700),
      / as pprof: byte 694: field of 16 bytes runs past the end\. /,
    ],
    ['flipped.pb', flipped(plain), / as pprof: byte \d+: .*\. Check that it is complete/],
    ['noise', Uint8Array.of(3, 1, 4, 1, 5, 9, 2, 6), / as pprof: byte 0: .*\. Check that/],
    ['heap.txt', legacy, / as heap profile: byte 67: line 3 is malformed: "nonsense"\. Check/],
    ['stacks.json', '{"shared":{"frames":[]},"profiles":[', / as speedscope JSON: byte 36: /],
    ['diary.txt', 'Dear diary\n', /is a text of an unknown kind, not a profile: byte 0\. Give one/],
    ['trace.out', `go 1.22 trace\0\0\0\x01`, /is an execution trace\. Open it with: /],
    ['app', '\x7fELF\x02\x01\x01', /is a program, not a profile: byte 0\. Give the profile/],
    ['twice.gz', gzipSync(cpu), /is compressed twice, not a profile: byte 0\. Unpack it once/],
  ];
  test.each(cases)('%s', async (name, content, expected) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    const output = join(folder, 'output');
    for (const args of [['-top'], ['-proto', `-output=${output}`], ['-traces']]) {
      const { status, stdout, stderr } = await ours([...args, path]);
      expect(status).toBe(2);
      expect(stdout.length).toBe(0);
      expect(stderr).toMatch(/^whygo: [^\n]+\n$/);
      expect(stderr).toContain(path);
      expect(stderr).toMatch(expected);
      expect(() => readFileSync(output)).toThrow();
    }
  });

  test('one that fails among others is named, and the others are read', async () => {
    const good = join(folder, 'good.pb.gz');
    copyFileSync(fixture('collect/cpu-2.pb.gz'), good);
    const { status, stderr } = await ours(['-top', join(folder, 'none.pb.gz'), good]);
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^whygo: Cannot open \S+none\.pb\.gz: .*\nFetched 1 source profiles out of 2\n$/,
    );
  });

  function flipped(bytes: Uint8Array): Uint8Array {
    const copy = Uint8Array.from(bytes);
    copy[copy.length >> 1] = 0xff;
    copy.fill(0xff, 40, 60);
    return copy;
  }
});

describe('absurdly large input is refused before it is read', () => {
  test('a bomb of zeros is unpacked to 64 MB at most', async () => {
    const path = join(folder, 'bomb.gz');
    writeFileSync(path, gzipSync(Buffer.alloc(200 << 20), { level: 1 }));
    const { status, stderr } = await ours(['-top', path]);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^whygo: Cannot read \S+bomb\.gz: it unpacks to more than 64 MB\. Set WHYGO_MAX_INPUT .*\n$/,
    );
  });

  test('a device without end is read up to the limit', async () => {
    const { status, stderr } = await ours(['-top', '/dev/zero'], { WHYGO_MAX_INPUT: '10MB' });
    expect(status).toBe(2);
    expect(stderr).toContain('Cannot read /dev/zero: it has more than 10 MB');
  });

  test('a file above the limit is not opened for reading', async () => {
    const { status, stderr } = await ours(['-top', fixture('collect/cpu-2.pb.gz')], {
      WHYGO_MAX_INPUT: '1KB',
    });
    expect(status).toBe(2);
    expect(stderr).toContain('it has more than 1 KB');
  });

  test('a limit that is no size is told', async () => {
    const { status, stderr } = await ours(['-top', fixture('collect/cpu-2.pb.gz')], {
      WHYGO_MAX_INPUT: 'lots',
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(/WHYGO_MAX_INPUT is “lots”\. Write a size, as in 4GB\n$/);
  });
});
