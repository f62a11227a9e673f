import Fastify, { type FastifyInstance } from 'fastify';
import { describe, expect, test } from 'vitest';
import { answerFailures } from './failure.ts';
import { type GuardOptions, guard, hostName } from './guard.ts';

function guarded(options: GuardOptions = { allowedHosts: [] }): FastifyInstance {
  const app = Fastify();
  answerFailures(app, () => undefined);
  guard(app, options);
  app.get('/data', async () => ({ ok: true }));
  app.get('/', async () => 'page');
  app.get('/-/healthy', async () => 'ok');
  app.post('/ingest', async () => 'taken');
  return app;
}

describe('the name in a Host header', () => {
  test.each([
    ['localhost:4040', 'localhost'],
    ['LOCALHOST', 'localhost'],
    ['localhost.:4040', 'localhost'],
    ['127.0.0.1:80', '127.0.0.1'],
    ['[::1]:4040', '[::1]'],
    ['evil.example:4040', 'evil.example'],
    ['', ''],
  ])('of “%s” is “%s”', (header, name) => {
    expect(hostName(header)).toBe(name);
  });
});

describe('the Host allow-list', () => {
  test.each(['localhost:4040', '127.0.0.1:4040', '[::1]:4040'])('lets %s in', async (host) => {
    const answer = await guarded().inject({ url: '/data', headers: { host } });
    expect(answer.statusCode).toBe(200);
  });

  test.each(['rebound.example', '127.0.0.1.nip.io:4040', '10.0.0.1', 'localhost.evil.example'])(
    'refuses %s before a route sees it',
    async (host) => {
      const answer = await guarded().inject({ url: '/data', headers: { host } });
      expect(answer.statusCode).toBe(403);
      expect(answer.json().error.code).toBe('host-refused');
      expect(answer.json().error.next).toContain('--allow-host');
    },
  );

  test('lets a name in that was allowed', async () => {
    const app = guarded({ allowedHosts: ['profiles.internal'] });
    const answer = await app.inject({ url: '/data', headers: { host: 'Profiles.Internal:4040' } });
    expect(answer.statusCode).toBe(200);
  });
});

describe('writes', () => {
  const post = (headers: Record<string, string>) =>
    guarded().inject({
      method: 'POST',
      url: '/ingest',
      headers: { host: '127.0.0.1:4040', ...headers },
    });

  test('from a program without an Origin are taken', async () => {
    expect((await post({})).statusCode).toBe(200);
  });

  test('from the own page are taken', async () => {
    const own = { origin: 'http://127.0.0.1:4040', 'sec-fetch-site': 'same-origin' };
    expect((await post(own)).statusCode).toBe(200);
  });

  test.each([
    [{ origin: 'http://evil.example' }],
    [{ origin: 'http://127.0.0.1:8080' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
  ])('with %j are refused', async (headers) => {
    const answer = await post(headers);
    expect(answer.statusCode).toBe(403);
    expect(answer.json().error.code).toBe('origin-refused');
  });
});

describe('a token', () => {
  const app = () => guarded({ allowedHosts: [], token: 's3cret' });

  test('is asked for', async () => {
    const answer = await app().inject('/data');
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
  });

  test('is taken as a bearer, and only the right one', async () => {
    const ask = (token: string) =>
      app().inject({ url: '/data', headers: { authorization: `Bearer ${token}` } });
    expect((await ask('s3cret')).statusCode).toBe(200);
    expect((await ask('s3cre')).statusCode).toBe(401);
    expect((await ask('S3cret')).statusCode).toBe(401);
  });

  test('in the address becomes a cookie and leaves the address', async () => {
    const answer = await app().inject('/?token=s3cret');
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe('/');
    expect(answer.headers['set-cookie']).toMatch(/HttpOnly; SameSite=Strict/);
    const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
    const page = await app().inject({ url: '/', headers: { cookie } });
    expect(page.statusCode).toBe(200);
  });

  test('in a damaged cookie is refused like a wrong one', async () => {
    const cookie = 'whygo_token=%E0%A4%A';
    expect((await app().inject({ url: '/', headers: { cookie } })).statusCode).toBe(401);
  });

  test('is not needed to ask for health', async () => {
    expect((await app().inject('/-/healthy')).statusCode).toBe(200);
  });
});

test('every answer keeps the browser strict and allows no other origin', async () => {
  const { headers } = await guarded().inject({
    url: '/data',
    headers: { origin: 'http://evil.example' },
  });
  expect(headers['content-security-policy']).toContain("default-src 'self'");
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['access-control-allow-origin']).toBeUndefined();
});
