import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../base/errors.ts';
import { createProfilePage } from './profilepage.ts';

const HOST = { host: 'localhost:1234' };

describe('the server of one profile', () => {
  const webRoot = mkdtempSync(join(tmpdir(), 'whygo-web-'));
  const asked: string[] = [];
  let app: FastifyInstance;

  beforeAll(async () => {
    mkdirSync(join(webRoot, 'assets'));
    writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>whygo</title>');
    writeFileSync(join(webRoot, 'assets', 'index-1.js'), 'export {};');
    writeFileSync(join(webRoot, 'secret.txt'), 'not for anybody');
    app = await createProfilePage({
      holder: {
        ask: async (name, query, body) => {
          asked.push(`${name}?${query}${body === undefined ? '' : ` ${body.length} bytes`}`);
          if (query.includes('bad')) throw new UserError('bad-option', 'No', 'try another');
          return name === 'download' ? new Uint8Array([0x1f, 0x8b]) : '{}';
        },
      },
      webRoot,
      host: 'localhost',
      allowedHosts: [],
      startQuery: 'f=json',
      maxBodyBytes: 100,
      logBug: () => undefined,
    });
  });

  afterAll(async () => {
    await app.close();
    rmSync(webRoot, { recursive: true });
  });

  test.each([
    ['/', '/ui/flamegraph?f=json'],
    ['/ui', 'ui/flamegraph?f=json'],
    ['/ui/', 'flamegraph?f=json'],
    ['/ui/?si=cpu', 'flamegraph?si=cpu'],
    ['/flamegraph?f=x', '/ui/flamegraph?f=x'],
    ['/top', '/ui/top?f=json'],
    ['/ui/flamegraphold', 'flamegraph?f=json'],
    ['/ui/top', 'top?f=json'],
  ])('%s leads to %s, with the options of the command line', async (url, location) => {
    const answer = await app.inject({ url, headers: HOST });
    expect(answer.headers.location).toBe(location);
  });

  test('a view with parameters is the page', async () => {
    const answer = await app.inject({ url: '/ui/peek?f=x', headers: HOST });
    expect(answer.body).toContain('whygo');
    expect(answer.headers['cache-control']).toBe('no-cache');
  });

  test('questions go to whoever holds the profile, as they come', async () => {
    asked.length = 0;
    await app.inject({ url: '/ui/api/v1/tree?f=a%2Bb&zoom=x', headers: HOST });
    expect(asked).toEqual(['tree?f=a%2Bb&zoom=x']);
    const refused = await app.inject({ url: '/ui/api/v1/tree?f=bad', headers: HOST });
    expect(refused.statusCode).toBe(400);
    expect(refused.json().error).toEqual({
      code: 'bad-option',
      message: 'No',
      next: 'try another',
    });
  });

  test('only files of the page are served', async () => {
    const asset = await app.inject({ url: '/ui/assets/index-1.js', headers: HOST });
    expect(asset.statusCode).toBe(200);
    for (const url of [
      '/ui/assets/../secret.txt',
      '/ui/assets/..%2fsecret.txt',
      '/ui/secret.txt',
    ]) {
      const answer = await app.inject({ url, headers: HOST });
      expect(answer.body).not.toContain('not for anybody');
      expect(answer.statusCode).toBe(404);
    }
  });

  test('changes need a method that a link does not have, and our own origin', async () => {
    asked.length = 0;
    const link = await app.inject({ url: '/ui/saveconfig?config=x', headers: HOST });
    expect(link.statusCode).toBe(404);
    const foreign = await app.inject({
      method: 'POST',
      url: '/ui/saveconfig?config=x',
      headers: { ...HOST, origin: 'http://evil.example' },
    });
    expect(foreign.statusCode).toBe(403);
    expect(asked).toEqual([]);
    const own = { ...HOST, origin: 'http://localhost:1234' };
    await app.inject({ method: 'POST', url: '/ui/saveconfig?config=x', headers: own });
    await app.inject({ method: 'DELETE', url: '/ui/deleteconfig?config=x', headers: own });
    const upload = { method: 'POST', url: '/ui/api/v1/base?name=b', headers: own } as const;
    await app.inject({ ...upload, body: Buffer.from([1, 2, 3]) });
    expect(asked).toEqual(['saveconfig?config=x', 'deleteconfig?config=x', 'base?name=b 3 bytes']);
  });

  test('other host names, and other machines, are refused', async () => {
    const rebound = await app.inject({ url: '/ui/top?f=x', headers: { host: 'evil.example' } });
    expect(rebound.statusCode).toBe(403);
    const remote = { url: '/ui/top?f=x', headers: HOST, remoteAddress: '10.0.0.7' };
    expect((await app.inject(remote)).statusCode).toBe(403);
    const mapped = { url: '/ui/top?f=x', headers: HOST, remoteAddress: '::ffff:127.0.0.1' };
    expect((await app.inject(mapped)).statusCode).toBe(200);
  });

  test('the download is a file', async () => {
    const answer = await app.inject({ url: '/ui/download', headers: HOST });
    expect(answer.headers['content-disposition']).toBe('attachment;filename=profile.pb.gz');
    expect([...answer.rawPayload]).toEqual([0x1f, 0x8b]);
  });
});
