/** What `whygo goroutines` asks of a target, and how it refuses. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { UserError } from '../base/errors.ts';
import { goroutines } from './goroutines.ts';
import { stdout } from './terminal.ts';

const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'goroutines');
const fixture = (name: string) => readFileSync(join(folder, name), 'utf8');

afterEach(() => void vi.restoreAllMocks());

/** Runs it, and gives what it prints. */
async function printed(source: string, json: boolean): Promise<string> {
  let text = '';
  vi.spyOn(stdout, 'write').mockImplementation((part) => {
    text += part;
  });
  vi.spyOn(stdout, 'line').mockImplementation((part = '') => {
    text += part;
  });
  await goroutines([source], { json });
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

test('what cannot be read is refused with what to do', async () => {
  const refusals = [join(folder, 'README.md'), folder, 'http://127.0.0.1/debug/pprof/heap'];
  for (const source of refusals) {
    await expect(printed(source, false), source).rejects.toBeInstanceOf(UserError);
  }
  await expect(printed(join(folder, 'missing.txt'), false)).rejects.toThrow('ENOENT');
});
