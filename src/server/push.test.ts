import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixture, type ShopServer, shopServer } from '../../test/server/shop.ts';
import type { ProfileInfo } from '../store/store.ts';
import { partsOf } from './push.ts';

let shop: ShopServer;

beforeAll(async () => {
  shop = await shopServer();
});

afterAll(async () => {
  await shop.close();
});

const FROM = Date.UTC(2026, 5, 1) / 1000;

async function push(
  query: string,
  payload: Buffer,
  headers: Record<string, string> = { 'content-type': 'application/octet-stream' },
): Promise<{ status: number; code: string | undefined }> {
  const url = `/ingest?${query}`;
  const answer = await shop.app.inject({ method: 'POST', url, payload, headers });
  const code = answer.statusCode === 200 ? undefined : answer.json().error.code;
  return { status: answer.statusCode, code };
}

async function stored(service: string, type: string): Promise<readonly ProfileInfo[]> {
  const range = { fromNanos: 0n, toNanos: 1n << 62n };
  return shop.store.listProfiles({ service, type, range });
}

function form(fields: Record<string, Buffer | string>): { body: Buffer; type: string } {
  const parts = Object.entries(fields).flatMap(([name, value]) => [
    `--xyz\r\nContent-Disposition: form-data; name="${name}"; filename="${name}.pprof"\r\n\r\n`,
    value,
    '\r\n',
  ]);
  const body = Buffer.concat([...parts, '--xyz--\r\n'].map((part) => Buffer.from(part)));
  return { body, type: 'multipart/form-data; boundary=xyz' };
}

describe('POST /ingest', () => {
  test('takes a gzipped profile as the body, with labels in the name', async () => {
    const name = encodeURIComponent('api{env=prod,__session_id__=abc}');
    const query = `name=${name}&from=${FROM}&until=${FROM + 10}`;
    expect(await push(query, fixture('cpu-1.pb.gz'))).toEqual({ status: 200, code: undefined });
    const [profile] = await stored('api', 'cpu');
    expect(profile?.key.labels).toMatchObject({ env: 'prod' });
    expect(profile?.key.labels).not.toHaveProperty('__session_id__');
    expect(profile?.startNanos).toBe(BigInt(FROM) * 1_000_000_000n);
  });

  test('takes a plain one, of any content type', async () => {
    const plain = gunzipSync(fixture('mutex-1.pb.gz'));
    const headers = { 'content-type': 'text/weird' };
    expect(await push('name=plain&type=mutex', plain, headers)).toMatchObject({ status: 200 });
    expect(await stored('plain', 'mutex')).toHaveLength(1);
  });

  test('takes a multipart form, and tells mutex from block by its configuration', async () => {
    const { body, type } = form({
      sample_type_config: '{"contentions": {"display-name": "mutex_count"}}',
      profile: fixture('mutex-1.pb.gz'),
    });
    expect(await push('name=form', body, { 'content-type': type })).toMatchObject({ status: 200 });
    expect(await stored('form', 'mutex')).toHaveLength(1);
  });

  test('subtracts the previous profile of a form', async () => {
    const { body, type } = form({
      profile: fixture('block-2.pb.gz'),
      prev_profile: fixture('block-2.pb.gz'),
    });
    expect(await push('name=same', body, { 'content-type': type })).toMatchObject({ status: 200 });
    const [profile] = await stored('same', 'block');
    expect(profile?.samples).toBe(0);
  });

  test('makes two of a heap profile: what is in use, and what was allocated', async () => {
    await push('name=heap', fixture('heap-1.pb.gz'));
    expect(await stored('heap', 'heap')).toHaveLength(1);
    expect(await stored('heap', 'allocs')).toHaveLength(1);
  });

  test('takes folded stacks when told so', async () => {
    const text = Buffer.from('main;work 3\nmain;rest 4\n');
    expect(await push('name=folded&format=folded', text)).toMatchObject({ status: 200 });
    expect(await stored('folded', 'samples')).toMatchObject([{ samples: 2 }]);
  });

  test.each([
    ['name=x&format=jfr', fixture('cpu-1.pb.gz'), 'unknown-format'],
    ['name=x', Buffer.from('not a profile'), 'cannot-decode'],
    ['name=x', Buffer.alloc(0), 'empty-body'],
    ['from=1', fixture('cpu-1.pb.gz'), 'bad-query'],
    ['name=%7Benv%3Dprod%7D', fixture('cpu-1.pb.gz'), 'bad-query'],
    ['name=x', fixture('cpu-1.pb.gz').subarray(0, 2000), 'cannot-decode'],
  ])('refuses %s with a damaged or missing part', async (query, payload, code) => {
    expect(await push(query, payload)).toEqual({ status: 400, code });
  });

  test('refuses a body above the limit', async () => {
    const small = await shopServer({ maxBodyBytes: 1000 });
    const answer = await small.app.inject({
      method: 'POST',
      url: '/ingest?name=x',
      payload: fixture('cpu-1.pb.gz'),
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(answer.statusCode).toBe(413);
    expect(answer.json().error.code).toBe('body-too-large');
    await small.close();
  });
});

test('the parts of a form are views into its body', () => {
  const profile = Buffer.from('0123\r\n--xy\r\n4567');
  const { body, type } = form({ other: 'x', profile });
  const parts = partsOf(body, type);
  expect(Buffer.from(parts.profile).equals(profile)).toBe(true);
  expect(parts.profile.buffer).toBe(body.buffer);
});
