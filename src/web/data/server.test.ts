import { afterEach, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../base/errors.ts';
import { serverApi, serverSource } from './server.ts';
import type { TreeQuery } from './source.ts';

const query: TreeQuery = {
  type: 'cpu',
  sample: '',
  labels: { endpoint: '/list?x=1' },
  inverted: true,
  range: { from: 10, to: 20 },
};
const never = new AbortController().signal;

function answer(status: number, body: unknown) {
  const fetch = vi.fn(async (_url: string) => new Response(JSON.stringify(body), { status }));
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

afterEach(() => vi.unstubAllGlobals());

describe('what the server is asked', () => {
  const tree = {
    service: 'shop',
    type: 'cpu',
    sampleType: 'cpu',
    unit: 'nanoseconds',
    from: 10,
    to: 20,
    profiles: 1,
    durationMs: 10,
    frames: { name: ['main'], file: [0], line: [1] },
    files: [''],
    frame: [-1, 0],
    parent: [-1, 0],
    self: [0, 5],
    total: [5, 5],
    inlined: [],
    omittedNodes: 0,
  };

  test('is the query, with labels and targets as parameters; what is not set is left out', async () => {
    const fetch = answer(200, tree);
    const source = serverSource(serverApi(), 'shop', { version: 'v2' });
    const loaded = await source.tree(query, never);
    expect(loaded.tree.total[0]).toBe(5);
    const url = new URL(fetch.mock.calls[0]?.[0] ?? '', 'http://localhost');
    expect(url.pathname).toBe('/api/v1/tree');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      service: 'shop',
      type: 'cpu',
      from: '10',
      to: '20',
      inverted: '1',
      'label.endpoint': '/list?x=1',
      'target.version': 'v2',
    });
  });

  test('snapshots are moments, not a range', async () => {
    const fetch = answer(200, { trees: [tree, tree] });
    await serverSource(serverApi(), 'shop').snapshots(query, [11, 19], never);
    const url = new URL(fetch.mock.calls[0]?.[0] ?? '', 'http://localhost');
    expect(url.searchParams.get('at')).toBe('11,19');
    expect(url.searchParams.has('from')).toBe(false);
  });
});

describe('what goes wrong', () => {
  const source = serverSource(serverApi(), 'shop');

  test('is told in the server’s own words', async () => {
    answer(404, { error: { code: 'no-profiles', message: 'Nothing here', next: 'Wait' } });
    const failure = await source.tree(query, never).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(failure).toMatchObject({ code: 'no-profiles', message: 'Nothing here', next: 'Wait' });
  });

  test('a server that cannot be reached is not a bug', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('fetch failed');
    });
    await expect(source.tree(query, never)).rejects.toMatchObject({ code: 'server-unreachable' });
  });

  test('an answer that does not fit its schema is never shown', async () => {
    answer(200, { service: 'shop' });
    await expect(source.tree(query, never)).rejects.toThrow();
  });
});
