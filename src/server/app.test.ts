import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  FIRST,
  fixture,
  KEY,
  RANGE,
  ROUND,
  type ShopServer,
  shopServer,
} from '../../test/server/shop.ts';
import { ENDPOINTS } from '../api/endpoints.ts';
import {
  Findings,
  Labels,
  Overview,
  Services,
  WireDiff,
  WireError,
  WireProfileInfo,
  WireSeries,
  WireTree,
} from '../api/wire.ts';
import { UserError } from '../base/errors.ts';
import { nodeDecompressors } from '../collect/decompress.ts';
import { decodeProfile } from '../formats/compression.ts';
import { decodePprof } from '../formats/pprof.ts';

let shop: ShopServer;

beforeAll(async () => {
  shop = await shopServer();
});

afterAll(async () => {
  await shop.close();
});

async function get<T extends z.ZodType>(schema: T, url: string): Promise<z.infer<T>> {
  const answer = await shop.app.inject(url);
  expect(answer.statusCode, answer.body).toBe(200);
  return schema.parse(answer.json());
}

async function failure(url: string): Promise<{ status: number; code: string; next: string }> {
  const answer = await shop.app.inject(url);
  const { code, next } = WireError.parse(answer.json()).error;
  return { status: answer.statusCode, code, next };
}

function sum(profile: ReturnType<typeof decodePprof>, type: string): number {
  const index = profile.sampleTypes.findIndex((t) => t.type === type);
  return [...(profile.samples.values[index] ?? [])].reduce<number>((a, b) => a + Number(b), 0);
}

const decoded = (name: string) => decodeProfile(fixture(name), nodeDecompressors);

describe('services', () => {
  test('are listed with their types and target labels', async () => {
    const { mode, services } = await get(Services, '/api/v1/services');
    expect(mode).toBe('live');
    expect(services.map((s) => s.service)).toEqual(['shop']);
    const types = services[0]?.types.map((t) => [t.type, t.profiles]).sort();
    expect(types).toEqual([
      ['allocs', 1],
      ['block', 1],
      ['cpu', 2],
      ['goroutine', 2],
      ['heap', 2],
      ['mutex', 1],
      ['threadcreate', 2],
    ]);
    expect(services[0]?.targetLabels.instance).toEqual([KEY.labels.instance]);
  });

  test('have vital signs from profiles, and null for what was not measured', async () => {
    const { services } = await get(Services, '/api/v1/services');
    const vitals = services[0]?.vitals;
    expect(vitals?.cpuCores).toBeGreaterThan(0);
    expect(vitals?.cpuCores).toBeLessThan(4);
    expect(vitals?.goroutines).toBe(sum(decoded('goroutine-2.pb.gz'), 'goroutine'));
    expect(vitals?.heapBytes).toBe(sum(decoded('heap-2.pb.gz'), 'inuse_space'));
    expect(vitals?.gcPauseP99Seconds).toBeNull();
  });

  test('have an overview whose unmeasured tracks say what is missing', async () => {
    const overview = await get(Overview, `/api/v1/services/shop/overview?${RANGE}`);
    expect(overview.tracks.map((t) => t.id)).toEqual([
      'cpu',
      'heap',
      'goroutines',
      'gc-pause',
      'sched-latency',
    ]);
    const [cpu, heap, , pause] = overview.tracks;
    expect(cpu?.series[0]?.time).toEqual([FIRST, FIRST + ROUND]);
    const wall = Number(decoded('cpu-1.pb.gz').durationNanos);
    expect(cpu?.series[0]?.value[0]).toBeCloseTo(sum(decoded('cpu-1.pb.gz'), 'cpu') / wall, 9);
    expect(heap?.source).toContain('heap profiles');
    expect(pause?.missing).toContain('agent');
    expect(pause?.series).toEqual([]);
  });

  test('that are not there are said to be, with those that are', async () => {
    const answer = await failure('/api/v1/services/shopp/overview');
    expect(answer).toMatchObject({ status: 404, code: 'unknown-service' });
    expect(answer.next).toContain('shop');
  });
});

describe('a tree', () => {
  test('of CPU time adds up the range', async () => {
    const tree = await get(WireTree, `/api/v1/tree?service=shop&type=cpu&minShare=0&${RANGE}`);
    const total = sum(decoded('cpu-1.pb.gz'), 'cpu') + sum(decoded('cpu-2.pb.gz'), 'cpu');
    expect(tree.total[0]).toBe(total);
    expect(tree.self.reduce((a, b) => a + b, 0)).toBe(total);
    expect(tree).toMatchObject({ profiles: 2, sampleType: 'cpu', unit: 'nanoseconds' });
  });

  test('of what is in use is the average over the captures', async () => {
    const tree = await get(WireTree, `/api/v1/tree?service=shop&type=heap&${RANGE}`);
    const [a, b] = [decoded('heap-1.pb.gz'), decoded('heap-2.pb.gz')];
    const average = (sum(a, 'inuse_space') + sum(b, 'inuse_space')) / 2;
    expect(tree.sampleType).toBe('inuse_space');
    expect(tree.total[0]).toBeCloseTo(average, -1);
  });

  test('sends only the names that its nodes have', async () => {
    const url = `/api/v1/tree?service=shop&type=cpu&minShare=0.2&${RANGE}`;
    const tree = await get(WireTree, url);
    expect(tree.omittedNodes).toBeGreaterThan(0);
    const used = new Set(tree.frame.filter((frame) => frame >= 0));
    expect(tree.frames.name).toHaveLength(used.size);
    expect(Math.max(...tree.frames.file)).toBeLessThan(tree.files.length);
  });

  test('stays below one megabyte', async () => {
    const answer = await shop.app.inject(`/api/v1/tree?service=shop&type=cpu&minShare=0&${RANGE}`);
    expect(answer.rawPayload.length).toBeLessThan(1_000_000);
  });

  test('can be narrowed to a label, and turned around', async () => {
    const labels = await get(Labels, `/api/v1/labels?service=shop&type=cpu&key=endpoint&${RANGE}`);
    expect(labels.keys).toContain('endpoint');
    const [first] = labels.values;
    const query = `service=shop&type=cpu&minShare=0&label.endpoint=${encodeURIComponent(first?.value ?? '')}`;
    const tree = await get(WireTree, `/api/v1/tree?${query}&inverted=1&${RANGE}`);
    expect(tree.total[0]).toBe(first?.total);
    const leaves = tree.parent.flatMap((parent, node) => (parent === 0 ? [node] : []));
    expect(leaves.reduce((a, node) => a + (tree.total[node] ?? 0), 0)).toBe(first?.total);
  });

  test('of a range without profiles is a root without value', async () => {
    const tree = await get(WireTree, '/api/v1/tree?service=shop&type=cpu&from=1&to=2');
    expect(tree).toMatchObject({ profiles: 0, frame: [-1], total: [0] });
  });

  test('of a sample type that is not there names those that are', async () => {
    const answer = await failure(`/api/v1/tree?service=shop&type=heap&sample=cpu&${RANGE}`);
    expect(answer).toMatchObject({ status: 400, code: 'unknown-sample-type' });
    expect(answer.next).toContain('inuse_space');
  });
});

test('a diff has both ranges on every node', async () => {
  const cut = FIRST + ROUND / 2;
  const ranges = `from=${cut}&to=${cut + ROUND}&baseFrom=${FIRST - 1}&baseTo=${cut}`;
  const diff = await get(WireDiff, `/api/v1/diff?service=shop&type=cpu&minShare=0&${ranges}`);
  expect(diff.baseTotal[0]).toBe(sum(decoded('cpu-1.pb.gz'), 'cpu'));
  expect(diff.total[0]).toBe(sum(decoded('cpu-2.pb.gz'), 'cpu'));
  expect(diff).toMatchObject({ profiles: 1, baseProfiles: 1, baseFrom: FIRST - 1, baseTo: cut });
});

test('a diff against a range without captures is all growth', async () => {
  const url = `/api/v1/diff?service=shop&type=cpu&${RANGE}&baseFrom=1&baseTo=2`;
  const diff = await get(WireDiff, url);
  expect(diff.baseProfiles).toBe(0);
  expect(diff.baseTotal.every((value) => value === 0)).toBe(true);
  expect(diff.total[0]).toBeGreaterThan(0);
});

test('snapshots are the captures nearest to the moments', async () => {
  const at = `${FIRST + 1000},${FIRST + ROUND - 1000}`;
  const answer = z.object({ trees: z.array(WireTree) });
  const { trees } = await get(answer, `/api/v1/snapshots?service=shop&type=heap&at=${at}`);
  const totals = ['heap-1.pb.gz', 'heap-2.pb.gz'].map((f) => sum(decoded(f), 'inuse_space'));
  expect(trees.map((tree) => tree.total[0])).toEqual(totals);
});

test('a timeline can be grouped by a label', async () => {
  const answer = z.object({ series: z.array(WireSeries) });
  const url = `/api/v1/timeline?service=shop&type=cpu&groupBy=endpoint&${RANGE}`;
  const { series } = await get(answer, url);
  expect(series.length).toBeGreaterThan(1);
  const total = series.flatMap((s) => s.value).reduce<number>((a, b) => a + (b ?? 0), 0);
  const all = sum(decoded('cpu-1.pb.gz'), 'cpu') + sum(decoded('cpu-2.pb.gz'), 'cpu');
  expect(total).toBeLessThanOrEqual(all);
});

describe('profiles', () => {
  const answer = z.object({ profiles: z.array(WireProfileInfo) });

  test('come back byte for byte while their originals are kept', async () => {
    const { profiles } = await get(answer, `/api/v1/profiles?service=shop&type=cpu&${RANGE}`);
    expect(profiles.map((p) => p.start)).toEqual([FIRST, FIRST + ROUND]);
    const headers = { 'accept-encoding': 'br, gzip' };
    const got = await shop.app.inject({ url: `/api/v1/profiles/${profiles[0]?.id}`, headers });
    expect(got.rawPayload.equals(fixture('cpu-1.pb.gz'))).toBe(true);
  });

  test('merge into one pprof file', async () => {
    const got = await shop.app.inject(`/api/v1/merged?service=shop&type=cpu&${RANGE}`);
    expect(got.headers['content-disposition']).toContain('cpu-merged.pb.gz');
    const merged = decodePprof(gunzipSync(got.rawPayload));
    const all = sum(decoded('cpu-1.pb.gz'), 'cpu') + sum(decoded('cpu-2.pb.gz'), 'cpu');
    expect(sum(merged, 'cpu')).toBe(all);
  });

  test.each(['nonsense', '99999999', '..%2F..%2Fetc%2Fpasswd'])(
    'that are not there are 404: %s',
    async (id) => {
      expect(await failure(`/api/v1/profiles/${id}`)).toMatchObject({
        status: 404,
        code: 'unknown-profile',
      });
    },
  );
});

describe('queries that cannot be read', () => {
  test.each([
    ['/api/v1/tree', 'type'],
    ['/api/v1/tree?type=cpu&from=abc&to=2', 'from'],
    ['/api/v1/diff?type=cpu', 'baseFrom'],
    ['/api/v1/metrics?service=shop', 'name'],
  ])('%s names “%s”', async (url, name) => {
    const answer = await shop.app.inject(url);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error).toMatchObject({ code: 'bad-query' });
    expect(answer.json().error.message).toContain(name);
  });

  test('a range that ends before it begins', async () => {
    expect(await failure('/api/v1/findings?from=5&to=4')).toMatchObject({ code: 'bad-query' });
  });
});

test('findings that were put are found', async () => {
  const range = {
    fromNanos: BigInt(FIRST) * 1_000_000n,
    toNanos: BigInt(FIRST + ROUND) * 1_000_000n,
  };
  const finding = {
    kind: 'lock-contention',
    title: 'a lock is held over I/O',
    severity: 'high',
    confidence: 0.9,
    where: [{ function: 'main.hold', file: 'main.go', line: 7 }],
    evidence: [{ text: 'waits', view: { type: 'mutex', focus: 'hold' } }],
    counterEvidence: [],
    impact: '3 s/s',
    next: 'a trace',
    fix: 'release it',
  } as const;
  await shop.findings.report(KEY, [{ finding, range }], []);
  const { findings } = await get(Findings, `/api/v1/findings?service=shop&${RANGE}`);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ ...finding, service: 'shop', to: FIRST + ROUND });
});

describe('the document of the API', () => {
  test('describes every route that there is', async () => {
    const { paths } = await get(
      z.object({ paths: z.record(z.string(), z.unknown()) }),
      '/api/v1/openapi.json',
    );
    expect(Object.keys(paths)).toHaveLength(ENDPOINTS.length);
    for (const { method, path } of ENDPOINTS) {
      expect(shop.app.hasRoute({ method, url: path }), `${method} ${path}`).toBe(true);
    }
  });
});

test('the server tells about itself', async () => {
  const { body } = await shop.app.inject('/metrics');
  expect(body).toMatch(/^whygo_ingested_profiles_total \d+$/m);
  expect(body).toMatch(/^whygo_store_profiles \d+$/m);
  expect((await shop.app.inject('/-/ready')).body).toBe('ready\n');
  expect((await shop.app.inject('/-/healthy')).body).toBe('ok\n');
});

test('without a built page it says how to build it', async () => {
  const answer = await shop.app.inject('/');
  expect(answer.statusCode).toBe(503);
  expect(answer.body).toContain('npm run setup');
});

test('answers are compressed when the client can read that', async () => {
  const url = `/api/v1/tree?service=shop&type=cpu&${RANGE}`;
  const plain = await shop.app.inject(url);
  const packed = await shop.app.inject({ url, headers: { 'accept-encoding': 'gzip, br' } });
  expect(packed.headers['content-encoding']).toBe('br');
  expect(packed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 2);
});

test('reloading answers what went wrong, and is refused where there is nothing to read', async () => {
  const post = (app: ShopServer['app']) => app.inject({ method: 'POST', url: '/-/reload' });
  const refused = await post(shop.app);
  expect([refused.statusCode, WireError.parse(refused.json()).error.code]).toEqual([
    400,
    'nothing-to-reload',
  ]);
  let broken = false;
  const reload = async (): Promise<void> => {
    if (broken) throw new UserError('config-invalid', 'f.yaml:1:1: wrong', 'Correct it there');
  };
  const other = await shopServer({ reload: () => reload });
  try {
    expect((await post(other.app)).body).toBe('ok\n');
    broken = true;
    const { error } = WireError.parse((await post(other.app)).json());
    expect(error).toMatchObject({ code: 'config-invalid', message: 'f.yaml:1:1: wrong' });
  } finally {
    await other.close();
  }
});
