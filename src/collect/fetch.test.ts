import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bytes,
  type FakeTarget,
  hang,
  startFakeTarget,
  status,
} from '../../test/collect/fake-target.ts';
import { createFetchClient, expectProfile, FetchError } from './fetch.ts';

let target: FakeTarget;
const client = createFetchClient({ kind: 'none' }, { insecureSkipVerify: false });
beforeAll(async () => {
  target = await startFakeTarget();
});
afterAll(async () => {
  client.close();
  await target.close();
});

const get = (
  path: string,
  options: { timeoutMillis?: number; maxBytes?: number; signal?: AbortSignal } = {},
) => client.get(target.url + path, { timeoutMillis: 5000, maxBytes: 1e6, ...options });

async function failure(promise: Promise<unknown>): Promise<FetchError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof FetchError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('a body', () => {
  test('arrives whole, with its type', async () => {
    const fetched = await get('/debug/pprof/heap');
    expect(fetched.contentType).toBe('application/octet-stream');
    expect(fetched.bytes.length).toBe(fetched.wireBytes);
    expect([...fetched.bytes.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
  });

  test('is unpacked when the transfer was compressed', async () => {
    target.answer('/gz', (_request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync('hello '.repeat(100)));
    });
    const fetched = await get('/gz');
    expect(new TextDecoder().decode(fetched.bytes)).toBe('hello '.repeat(100));
    expect(fetched.wireBytes).toBeLessThan(100);
  });

  test('may be behind a redirect, which does not learn the password', async () => {
    const other = await startFakeTarget();
    let seen: string | undefined = 'nothing yet';
    other.answer('/there', (request, response) => {
      seen = request.headers.authorization;
      response.end('ok');
    });
    let first: string | undefined;
    target.answer('/here', (request, response) => {
      first = request.headers.authorization;
      response.writeHead(302, { location: `${other.url}/there` });
      response.end();
    });
    const secret = { text: 'p' };
    const withPassword = createFetchClient(
      { kind: 'basic', username: 'u', secret },
      { insecureSkipVerify: false },
    );
    const fetched = await withPassword.get(`${target.url}/here`, {
      timeoutMillis: 5000,
      maxBytes: 10,
    });
    withPassword.close();
    await other.close();
    expect(fetched.bytes.length).toBe(2);
    expect(first).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
    expect(seen).toBeUndefined();
  });
});

test('connections that the target closed while they were idle are no failure', async () => {
  const own = await startFakeTarget();
  const reused = createFetchClient({ kind: 'none' }, { insecureSkipVerify: false });
  const ask = () =>
    reused.get(`${own.url}/debug/pprof/heap`, { timeoutMillis: 5000, maxBytes: 1e6 });
  await Promise.all([ask(), ask(), ask()]);
  own.dropConnections();
  expect((await ask()).bytes.length).toBeGreaterThan(1000);
  await own.close();
  expect((await failure(ask())).unreachable).toBe(true);
  reused.close();
});

describe('failures say what happened and what to do', () => {
  test('nobody listens', async () => {
    const gone = await startFakeTarget();
    await gone.close();
    const error = await failure(client.get(`${gone.url}/x`, { timeoutMillis: 5000, maxBytes: 10 }));
    expect(error).toMatchObject({
      failure: 'refused',
      message: `${gone.address} refuses the connection`,
      next: 'Is the process running, and is this its port?',
    });
    expect(error.unreachable).toBe(true);
  });

  test('no such host', async () => {
    const error = await failure(
      client.get('http://no-such-host.invalid/x', { timeoutMillis: 5000, maxBytes: 10 }),
    );
    expect(error.failure).toBe('unreachable');
  });

  test('no net/http/pprof', async () => {
    const error = await failure(get('/nothing'));
    expect(error).toMatchObject({ failure: 'not-found', status: 404 });
    expect(error.next).toContain('import _ "net/http/pprof"');
    expect(error.unreachable).toBe(false);
  });

  test('no such profile', async () => {
    target.answer('/debug/pprof/goroutineleak', status(404, 'Unknown profile'));
    const error = await failure(get('/debug/pprof/goroutineleak'));
    expect(error.next).toBe('This program has no such profile');
  });

  test('another profiler is at work', async () => {
    const text = 'Could not enable CPU profiling: cpu profiling already in use';
    target.answer('/busy', status(500, text));
    const error = await failure(get('/busy'));
    expect(error.message).toBe(`${target.url}/busy answers 500: ${text}`);
    expect(error.next).toContain('Another profiler is at work');
  });

  test('a login is needed', async () => {
    target.answer('/login', status(401, 'who are you?'));
    expect(await failure(get('/login'))).toMatchObject({
      failure: 'unauthorized',
      next: 'Set authorization or basic_auth for this job',
    });
  });

  test('it hangs before the answer', async () => {
    target.answer('/hang', hang);
    const error = await failure(get('/hang', { timeoutMillis: 50 }));
    expect(error.message).toBe(`${target.url}/hang gave no answer within 50ms`);
  });

  test('it stalls in the middle', async () => {
    target.answer('/stall', (_request, response) => {
      response.writeHead(200);
      response.write('half');
    });
    const error = await failure(get('/stall', { timeoutMillis: 100 }));
    expect(error.message).toBe(`${target.url}/stall did not finish its answer within 100ms`);
  });

  test('it breaks off in the middle', async () => {
    target.answer('/break', (_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
    });
    expect((await failure(get('/break'))).failure).toBe('broken');
  });

  test('it floods', async () => {
    let sent = 0;
    target.answer('/flood', (_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65536))) sent += 65536;
      };
      response.on('drain', more);
      more();
    });
    const error = await failure(get('/flood', { maxBytes: 1_000_000 }));
    expect(error).toMatchObject({ failure: 'too-large', next: 'Raise body_size_limit' });
    expect(sent).toBeLessThan(50_000_000);
  });

  test('it floods behind compression', async () => {
    target.answer('/bomb', (_request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(Buffer.alloc(5_000_000)));
    });
    expect((await failure(get('/bomb'))).failure).toBe('too-large');
  });

  test('it redirects in circles', async () => {
    target.answer('/circle', (_request, response) => {
      response.writeHead(302, { location: '/circle' });
      response.end();
    });
    expect((await failure(get('/circle'))).message).toContain('redirects more than 5 times');
  });

  test('it is not HTTP', async () => {
    const { createServer } = await import('node:net');
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const where = server.address();
    const port = typeof where === 'object' ? where?.port : 0;
    const error = await failure(
      client.get(`http://127.0.0.1:${port}/x`, { timeoutMillis: 5000, maxBytes: 10 }),
    );
    server.close();
    expect(error.message).toContain('does not speak HTTP');
  });

  test('the caller gives up', async () => {
    target.answer('/slow', hang);
    const controller = new AbortController();
    const pending = failure(get('/slow', { signal: controller.signal }));
    controller.abort();
    expect((await pending).failure).toBe('aborted');
    expect((await failure(get('/slow', { signal: controller.signal }))).failure).toBe('aborted');
  });
});

describe('where a profile was expected', () => {
  test.each([
    ['<!doctype html><p>Please log in', 'text/html', 'an HTML page'],
    ['{"ok":true}', 'application/json', 'application/json'],
    ['', 'application/octet-stream', 'nothing'],
  ])('%j is refused', async (text, type, what) => {
    target.answer('/page', bytes(text, type));
    const fetched = await get('/page');
    expect(() => expectProfile(fetched)).toThrow(`answers with ${what}, not with a profile`);
  });

  test('a profile is fine', async () => {
    expect(expectProfile(await get('/debug/pprof/goroutine'))).toBeUndefined();
  });
});
