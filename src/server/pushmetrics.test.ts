import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ShopServer, shopServer } from '../../test/server/shop.ts';

let shop: ShopServer;

beforeAll(async () => {
  shop = await shopServer();
});

afterAll(async () => {
  await shop.close();
});

async function push(query: string, payload: string | Buffer, headers = {}) {
  const url = `/api/v1/push/metrics?${query}`;
  const answer = await shop.app.inject({
    method: 'POST',
    url,
    payload,
    headers: { 'content-type': 'text/plain', ...headers },
  });
  const body = answer.json();
  return answer.statusCode === 200 ? body : { status: answer.statusCode, code: body.error.code };
}

function stored(service: string, name: string) {
  const range = { fromNanos: 0n, toNanos: 1n << 62n };
  return shop.store.metrics({ service, names: [name], range });
}

describe('POST /api/v1/push/metrics', () => {
  test('keeps a reading under its service, labels and source', async () => {
    const text = '# TYPE idle_procs gauge\nidle_procs 3\nlocal_run_queue_0 7\n';
    const query = 'service=job&label.instance=host-1&label.env=prod&source=godebug';
    expect(await push(query, text)).toEqual({ metrics: 2, notUnderstood: 0 });
    const [series] = await stored('job', 'local_run_queue_0');
    expect(series?.labels).toEqual({ service: 'job', instance: 'host-1', env: 'prod' });
    expect([...(series?.value ?? [])]).toEqual([7]);
  });

  test('takes a gzipped body, and puts client_golang’s names back', async () => {
    const text = '# TYPE go_gc_heap_live_bytes gauge\ngo_gc_heap_live_bytes 4096\n';
    expect(await push('service=zipped', gzipSync(text))).toEqual({ metrics: 1, notUnderstood: 0 });
    const [series] = await stored('zipped', '/gc/heap/live:bytes');
    expect([...(series?.value ?? [])]).toEqual([4096]);
  });

  test('counts lines that are none, and keeps the rest', async () => {
    expect(await push('service=half', 'threads 4\nthis is not one\n')).toEqual({
      metrics: 1,
      notUnderstood: 1,
    });
  });

  test.each([
    ['', 'threads 4\n', 'bad-query'],
    ['service=x', '', 'empty-body'],
    ['service=x', 'nothing of use', 'empty-body'],
    ['service=x&label.a-b=1', 'threads 4\n', 'bad-query'],
    ['service=x&source=else', 'threads 4\n', 'bad-query'],
    ['service=x', Array.from({ length: 10_001 }, (_, i) => `m${i} 1\n`).join(''), 'too-large'],
  ])('refuses %s', async (query, body, code) => {
    expect(await push(query, body)).toEqual({ status: 400, code });
  });

  test('refuses a web page of another origin, as every write', async () => {
    const answer = await push('service=x', 'threads 4\n', { origin: 'http://evil.example' });
    expect(answer).toEqual({ status: 403, code: 'origin-refused' });
  });
});
