/** What `whygo goroutines` asks of a target, and how it refuses. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { UserError } from '../base/errors.ts';
import { type GoroutinesFlags, goroutines } from './goroutines.ts';
import { stdout } from './terminal.ts';

const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'goroutines');
const fixture = (name: string) => readFileSync(join(folder, name), 'utf8');

afterEach(() => void vi.restoreAllMocks());

/** Runs it, and gives what it prints. */
async function printed(source: string, json: boolean): Promise<string> {
  return output([source], { json });
}

async function output(sources: readonly string[], flags: GoroutinesFlags): Promise<string> {
  let text = '';
  vi.spyOn(stdout, 'write').mockImplementation((part) => {
    text += part;
  });
  vi.spyOn(stdout, 'line').mockImplementation((part = '') => {
    text += part;
  });
  await goroutines(sources, flags);
  return text;
}

/** A target with so many goroutines; gives its address and the paths that were asked for. */
async function target(records: string, whole: string, use: (host: string) => Promise<void>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end(request.url?.endsWith('debug=1') === true ? records : whole);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  await use(`127.0.0.1:${address.port}`);
  await new Promise((resolve) => void server.close(resolve));
  return asked;
}

test('a target with few goroutines is asked for their states', async () => {
  const records = fixture('leak-go1.27rc1.debug1.txt');
  const whole = fixture('leak-go1.27rc1.debug2.txt');
  const asked = await target(records, whole, async (host) => {
    const json = JSON.parse(await printed(host, true));
    expect(json).toMatchObject({ schema: 'whygo.goroutines/1', groups: { 0: { count: 20 } } });
    expect(json.groups[0].state).toBe('chan send');
  });
  const path = '/debug/pprof/goroutine';
  expect(asked).toEqual([`${path}?debug=1`, `${path}?debug=2`]);
});

test('a target with 1,000 goroutines is not stopped for them', async () => {
  const records = 'goroutine profile: total 1000\n1000 @ 0x1\n#\t0x1\tmain.f+0x1\tmain.go:3\n\n';
  const asked = await target(records, '', async (host) => {
    const text = await printed(`http://${host}/debug/pprof/`, false);
    expect(text).toContain('1000 goroutines in 1 group\n');
    expect(text).toContain(' 1000  -      -     main.f  main.go:3\n');
  });
  expect(asked).toEqual(['/debug/pprof/goroutine?debug=1']);
});

test('functions that the runtime implements for other packages fold with them', async () => {
  const text = await printed(join(folder, 'leak-go1.27rc1.debug2.txt'), false);
  expect(text).toContain('… 4 frames of internal/sync, sync\n');
  expect(text).not.toContain('runtime_SemacquireMutex');
});

test('two dumps are compared by id, in text and in JSON', async () => {
  const [before, after] = ['leak-go1.27rc1.early.debug2.txt', 'leak-go1.27rc1.debug2.txt'];
  const sources = [before, after].map((name) => join(folder, name));
  const text = await output(sources, {});
  expect(text).toContain('42 goroutines, then 42: 2 new, 2 gone, 40 unmoved, 0 elsewhere\n');
  const json = JSON.parse(await output(sources, { json: true }));
  expect(json.comparison).toEqual({ created: 2, gone: 2, stayed: 40, moved: 0 });
  expect(json.total).toBe(42);
});

test('three dumps are growth', async () => {
  const name = join(folder, 'partial-go1.26.8.debug2.txt');
  const text = await output([name, name, join(folder, 'leak-go1.26.8-leak.debug2.txt')], {});
  expect(text).toMatch(/^3 dumps: 14 14 42 goroutines\n/);
  expect(text).toContain('   +20  0 0 20  chan send ');
});

test('a deadlock is told, and which lock who waits for', async () => {
  const name = join(folder, 'partial-go1.26.8.debug2.txt');
  const text = await output([name], {});
  expect(text).toContain('deadlock: two locks taken in both orders\n');
  expect(text).toContain('probably holds it, taken at main.transfer  dumps/main.go:145\n');
  const json = JSON.parse(await output([name], { json: true }));
  expect(json.deadlocks).toMatchObject([{ likely: true, orderInversion: true }]);
  expect(json.waits[0].waiters.length).toBe(9);
});

test('races, profiles and other groupings', async () => {
  const race = await output([join(folder, 'race-go1.26.8.txt')], {});
  expect(race).toContain('data race 3 of 3 (line 46)\n');
  expect(race).toContain('  previous write of 0x00c000094038 by goroutine 9\n');
  const leaks = await output([join(folder, 'leak-go1.27rc1.goroutineleak.pb.gz')], {});
  expect(leaks).toContain('   20  - (leaked)  -     … 3 frames of runtime\n');
  const dump = join(folder, 'leak-go1.27rc1.debug2.txt');
  expect(await output([dump], { groupBy: 'label:endpoint' })).toContain('    1  1 min    /leaky\n');
  const json = JSON.parse(await output([dump], { groupBy: 'state', json: true }));
  expect(json.clusters[0]).toEqual({ key: 'chan send', count: 21, groups: [0, 1] });
});

test('what cannot be read is refused with what to do', async () => {
  const refusals = [join(folder, 'README.md'), folder, 'http://127.0.0.1/debug/pprof/heap'];
  for (const source of refusals) {
    await expect(printed(source, false), source).rejects.toBeInstanceOf(UserError);
  }
  await expect(printed(join(folder, 'missing.txt'), false)).rejects.toThrow('ENOENT');
  const dump = join(folder, 'panic-go1.26.8.txt');
  const misuses: [string[], GoroutinesFlags][] = [
    [[], {}],
    [[dump], { groupBy: 'stat' }],
    [[dump], { dlv: '127.0.0.1:1' }],
    [[], { dlv: '127.0.0.1:1', dlvStop: 'soon' }],
    [[], { dlv: 'nowhere' }],
  ];
  for (const [sources, flags] of misuses) {
    await expect(output(sources, flags)).rejects.toBeInstanceOf(UserError);
  }
});
