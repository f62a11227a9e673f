import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  after,
  bytes,
  type FakeTarget,
  fixture,
  hang,
  startFakeTarget,
  status,
} from '../../test/collect/fake-target.ts';
import { type Clock, systemClock } from './clock.ts';
import { FetchError } from './fetch.ts';
import { observationPrice, observe } from './observe.ts';
import { recordTarget } from './record.ts';
import { openRecording } from './recording.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** A CPU profile of N seconds takes N × 50 ms, and so does the clock of whoever watches. */
const pace = 20;
async function fake(): Promise<FakeTarget> {
  const target = await startFakeTarget();
  open.push(target);
  target.answer('/debug/pprof/profile', (request, response) => {
    const seconds = Number(/seconds=(\d+)/.exec(request.url ?? '')?.[1]);
    after((seconds * 1000) / pace, bytes(fixture('collect/cpu-1.pb.gz')))(request, response);
  });
  return target;
}

/** Runs twenty times as fast as real time. */
function fastClock(): Clock {
  const begin = Date.now();
  return {
    now: () => begin + (Date.now() - begin) * pace,
    random: () => 0.5,
    sleep: (millis, signal) => systemClock.sleep(millis / pace, signal),
  };
}

const requests = (target: FakeTarget, path: string) =>
  target.requests.filter((request) => request.startsWith(`/debug/pprof/${path}`));

describe('observing a live target', () => {
  test('takes CPU all the time, snapshots evenly, and metrics all along', async () => {
    const target = await fake();
    const observation = await observe(target.address, { forSeconds: 12, clock: fastClock() });
    const count = (type: string) => observation.captures.filter((c) => c.type === type).length;
    expect(count('cpu')).toBeGreaterThanOrEqual(1);
    for (const type of ['heap', 'block', 'mutex', 'goroutine'])
      expect([type, count(type)]).toEqual([type, 6]);
    expect(observation.metrics.length).toBeGreaterThanOrEqual(3);
    expect(observation.dumps?.map((dump) => dump.goroutines)).toEqual([12, 12]);
    expect(observation.ownModules).toEqual(['whygo.dev/demo']);
    expect(observation.target).toBe(target.address);
    expect(observation.missing).toEqual([{ type: 'trace', why: 'execution traces are not taken' }]);
  });

  test('forces a garbage collection before each heap profile, and marks it', async () => {
    const target = await fake();
    const observation = await observe(target.address, { forSeconds: 6, clock: fastClock() });
    expect(requests(target, 'heap').every((request) => request.endsWith('?gc=1'))).toBe(true);
    const forced = observation.captures.filter((capture) => capture.forcedGc);
    expect(forced.map((capture) => capture.type)).toEqual(new Array(6).fill('heap'));
  });

  test('gently forces none', async () => {
    const target = await fake();
    const options = { forSeconds: 6, gentle: true, clock: fastClock() };
    const observation = await observe(target.address, options);
    expect(requests(target, 'heap').some((request) => request.includes('gc='))).toBe(false);
    expect(observation.captures.some((capture) => capture.forcedGc)).toBe(false);
    expect(observation.dumps).toEqual([]);
  });

  test('says its price first', async () => {
    expect(observationPrice({ forSeconds: 30 })).toBe(
      'for 30s: CPU profile at 100 Hz all the time, heap, block, mutex and goroutine profiles 11 ' +
        'times, metrics every second; two goroutine dumps while it has fewer than 1000; 11 forced ' +
        'garbage collections (--gentle forces none)',
    );
    const target = await fake();
    const prices: string[] = [];
    let before = -1;
    const onPrice = (text: string) => {
      prices.push(text);
      before = target.requests.length;
    };
    await observe(target.address, { forSeconds: 2, clock: fastClock(), onPrice });
    expect(prices).toHaveLength(1);
    expect(before).toBe(0);
  });

  test('lists what could not be had, and why', async () => {
    const target = await fake();
    const busy = 'Could not enable CPU profiling: cpu profiling already in use';
    target.answer('/debug/pprof/profile', status(500, busy));
    target.answer('/debug/pprof/mutex', undefined);
    const agent = new TextDecoder().decode(fixture('metrics/agent-1.json'));
    const off = agent.replace('"blockProfileRate":10000', '"blockProfileRate":0');
    target.answer('/debug/metrics', bytes(off, 'application/json'));
    const observation = await observe(target.address, { forSeconds: 3, clock: fastClock() });
    const why = new Map(observation.missing.map((one) => [one.type, one.why]));
    expect(why.get('cpu')).toContain('Another profiler is at work');
    expect(why.get('mutex')).toContain('404');
    expect(why.get('block')).toContain('SetBlockProfileRate');
    expect(requests(target, 'mutex')).toHaveLength(1);
  });

  test('ends soon after its time when the target hangs', async () => {
    const target = await fake();
    target.answer('/debug/pprof/profile', hang);
    target.answer('/debug/pprof/heap', hang);
    const clock = fastClock();
    const begin = clock.now();
    await observe(target.address, { forSeconds: 5, clock });
    expect(clock.now() - begin).toBeLessThan(5000 + 15_000);
  });

  test('fails at once when nobody is there', async () => {
    const gone = await startFakeTarget();
    await gone.close();
    await expect(observe(gone.address, { forSeconds: 30 })).rejects.toMatchObject({
      failure: 'refused',
    });
  });

  test('fails at once, with a hint, when there is no /debug/pprof', async () => {
    const target = await fake();
    for (const path of ['', 'heap']) target.answer(`/debug/pprof/${path}`, undefined);
    const error = await observe(target.address, { forSeconds: 30 }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FetchError);
    expect(error).toMatchObject({ next: expect.stringContaining('net/http/pprof') });
  });

  test('takes shorter CPU profiles where the server allows no long ones', async () => {
    const target = await fake();
    target.answer('/debug/pprof/profile', (request, response) => {
      const seconds = Number(/seconds=(\d+)/.exec(request.url ?? '')?.[1]);
      const refusal = "profile duration exceeds server's WriteTimeout";
      const answer = seconds > 3 ? status(400, refusal) : bytes(fixture('collect/cpu-1.pb.gz'));
      after((Math.min(seconds, 3) * 1000) / pace, answer)(request, response);
    });
    const observation = await observe(target.address, { forSeconds: 12, clock: fastClock() });
    expect(observation.captures.some((capture) => capture.type === 'cpu')).toBe(true);
  });

  test('ends early when it is given up', async () => {
    const target = await fake();
    const controller = new AbortController();
    const options = { forSeconds: 600, clock: fastClock(), signal: controller.signal };
    const pending = observe(target.address, options);
    setTimeout(() => controller.abort(), 100);
    expect((await pending).captures.length).toBeGreaterThan(0);
  });
});

describe('recording a live target', () => {
  test('fills a folder that opens again', async () => {
    const base = await mkdtemp(join(tmpdir(), 'whygo-record-'));
    const folder = join(base, 'out');
    const target = await fake();
    const dump = 'goroutine 1 [running]:\nmain.main()\n';
    const page = new TextDecoder().decode(fixture('collect/index-go1.26.8.html'));
    const few = page.replace(
      /<td>\d+<\/td><td><a href='goroutine\?/,
      "<td>9</td><td><a href='goroutine?",
    );
    target.answer('/debug/pprof/', bytes(few, 'text/html'));
    target.answer('/debug/pprof/goroutine', (request, response) =>
      (request.url?.includes('debug=2')
        ? bytes(dump, 'text/plain')
        : bytes(fixture('collect/goroutine-1.pb.gz')))(request, response),
    );
    const clock = fastClock();
    const recorded = await recordTarget(target.address, {
      forMillis: 8000,
      everyMillis: 2000,
      folder,
      clock,
    });
    expect(recorded).toMatchObject({ service: 'shop', failures: [] });
    const recording = await openRecording(folder);
    expect(recording.targets[0]).toMatchObject({ service: 'shop', goVersion: 'go1.26.8' });
    const types = new Set(recording.entries.map((entry) => entry.type));
    expect([...types].sort()).toEqual([
      'block',
      'cpu',
      'goroutine',
      'goroutines',
      'heap',
      'metrics',
      'mutex',
      'threadcreate',
    ]);
    expect(recording.entries.filter((entry) => entry.type === 'heap')).toHaveLength(5);
    expect(requests(target, 'heap').some((request) => request.includes('gc='))).toBe(false);
    await rm(base, { recursive: true });
  });
});
