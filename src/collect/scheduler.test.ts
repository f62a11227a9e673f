import { afterEach, describe, expect, test } from 'vitest';
import {
  type Answer,
  after,
  bytes,
  type FakeTarget,
  fixture,
  hang,
  inTurn,
  startFakeTarget,
  status,
} from '../../test/collect/fake-target.ts';
import { eventually, recordingSink } from '../../test/collect/recording-sink.ts';
import { encodePprof } from '../formats/pprof.ts';
import { profileFromText } from '../profile/fromtext.ts';
import { type Clock, systemClock } from './clock.ts';
import { targetsFromArguments } from './config/config.ts';
import type { TargetConfig } from './config/target.ts';
import { type Scheduler, startScheduler } from './scheduler.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function fake(): Promise<FakeTarget> {
  const target = await startFakeTarget();
  open.push(target);
  return target;
}

function config(target: Pick<FakeTarget, 'address'>, changes: Partial<TargetConfig> = {}) {
  const [found] = targetsFromArguments([target.address], { scrapeIntervalMillis: 40 }).targets;
  if (found === undefined) throw new Error('no target');
  return { ...found, scrapeTimeoutMillis: 300, ...changes };
}

/** Real time, but the waits between attempts are a hundred times shorter. */
const hasty: Clock = {
  ...systemClock,
  random: () => 0.5,
  sleep: (millis, signal) => systemClock.sleep(millis >= 500 ? millis / 100 : millis, signal),
};

function start(targets: readonly TargetConfig[], clock: Clock = systemClock) {
  const sink = recordingSink();
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const scheduler = startScheduler({ targets }, { sink, clock, onError });
  open.unshift({ close: () => scheduler.stop() });
  return { sink, scheduler, errors };
}

function stateOf(scheduler: Scheduler, index = 0) {
  const state = scheduler.states()[index];
  if (state === undefined) throw new Error('no such target');
  return state;
}

const scrape = (scheduler: Scheduler, type: string) =>
  stateOf(scheduler).scrapes.find((one) => one.type === type);

describe('a target', () => {
  test('gives every type of profile, metrics, and its name', async () => {
    const target = await fake();
    const { sink, scheduler, errors } = start([config(target)]);
    await eventually('all types', () => sink.types().length === 7);
    expect(sink.types()).toEqual([
      'allocs',
      'block',
      'cpu',
      'goroutine',
      'heap',
      'mutex',
      'threadcreate',
    ]);
    const key = { service: 'shop', labels: { instance: target.address } };
    expect(sink.profiles[0]?.key).toEqual(key);
    expect(sink.snapshots[0]).toMatchObject({ key, snapshot: { source: 'agent' } });
    expect(stateOf(scheduler)).toMatchObject({
      service: 'shop',
      up: true,
      url: `${target.url}/debug/pprof/`,
      notes: [],
    });
    expect(scrape(scheduler, 'heap')).toMatchObject({ lastError: null });
    expect(scrape(scheduler, 'heap')?.lastBytes).toBeGreaterThan(1000);
    expect(errors).toEqual([]);
  });

  test('is asked for one profile at a time', async () => {
    const target = await fake();
    let open = 0;
    let most = 0;
    for (const name of ['profile', 'heap', 'goroutine', 'mutex', 'block', 'threadcreate']) {
      target.answer(`/debug/pprof/${name}`, (_request, response) => {
        most = Math.max(most, ++open);
        setTimeout(() => {
          open--;
          response.end(fixture('collect/goroutine-1.pb.gz'));
        }, 10);
      });
    }
    const { sink } = start([config(target)]);
    await eventually('some rounds', () => sink.profiles.length > 12);
    expect(most).toBe(1);
  });

  test('is not asked for allocs beside heap, nor for a leak profile that costs a collection', async () => {
    const target = await fake();
    const page = fixture('collect/index-go1.27rc1.html');
    target.answer('/debug/pprof/', bytes(page, 'text/html'));
    const { sink } = start([config(target)]);
    await eventually('two rounds', () => sink.profiles.filter((r) => r.type === 'heap').length > 1);
    const asked = target.requests.map((request) => request.split('?')[0]);
    expect(asked).not.toContain('/debug/pprof/allocs');
    expect(asked).not.toContain('/debug/pprof/goroutineleak');
    expect(target.requests.filter((r) => r.includes('debug=2') || r.includes('gc='))).toEqual([]);
  });

  test('gives the custom profiles that its index page lists', async () => {
    const target = await fake();
    const rows = `<tr><td>2</td><td><a href='open%20orders?debug=1'>open orders</a></td></tr>`;
    target.answer('/debug/pprof/', bytes(rows, 'text/html'));
    target.answer('/debug/pprof/open%20orders', bytes(fixture('collect/threadcreate-1.pb.gz')));
    const { sink } = start([config(target)]);
    await eventually('the custom profile', () => sink.types().includes('open orders'));
  });

  test('whose labels have too many values says which were cut', async () => {
    const target = await fake();
    const lines = Array.from({ length: 9 }, (_, i) => `main;work 1 {request=${i}}`);
    const profile = encodePprof(profileFromText(lines.join('\n'), { durationNanos: 1n }));
    target.answer('/debug/pprof/profile', bytes(profile));
    const profiles = config(target).profiles.filter(({ type }) => type === 'cpu');
    target.answer('/debug/pprof/', undefined);
    const { sink, scheduler } = start([config(target, { profiles, pprofLabelValueLimit: 4 })]);
    await eventually('the note', () => stateOf(scheduler).notes.length > 1);
    expect(stateOf(scheduler).notes).toEqual([
      'there is no index page, so custom profiles are not found',
      'labels cut: request had more than 4 values this hour; later ones are “other”',
    ]);
    expect(sink.marks.map(({ mark }) => mark.kind)).toContain('labels-cut');
  });

  test('keeps its fetched bytes only where they are what the record says', async () => {
    const target = await fake();
    const { sink } = start([config(target)]);
    await eventually('all types', () => sink.types().length === 7);
    const kept = new Set(sink.profiles.filter((r) => r.original).map((r) => r.type));
    expect([...kept].sort()).toEqual(['cpu', 'goroutine', 'heap', 'threadcreate']);
  });
});

describe('metrics', () => {
  test('come from Prometheus text where there is no agent', async () => {
    const target = await fake();
    target.answer('/debug/metrics', undefined);
    target.answer('/metrics', bytes(fixture('metrics/prometheus-all.txt'), 'text/plain'));
    const { sink, scheduler } = start([config(target)]);
    await eventually('metrics', () => sink.snapshots.length > 0);
    expect(sink.snapshots[0]?.snapshot.source).toBe('prometheus');
    expect(stateOf(scheduler).notes).toEqual([]);
  });

  test('else ride on the heap profile, with a word about what is missing', async () => {
    const target = await fake();
    target.answer('/debug/metrics', undefined);
    const heap = bytes(fixture('collect/heap-1.pb.gz'));
    const text = bytes(fixture('metrics/heap-debug1-memstats-go1.26.8.txt'), 'text/plain');
    target.answer('/debug/pprof/heap', (request, response) =>
      (request.url?.includes('debug=1') ? text : heap)(request, response),
    );
    const { sink, scheduler } = start([config(target)]);
    await eventually('metrics', () => sink.snapshots.length > 0);
    const metrics = sink.snapshots[0]?.snapshot.metrics;
    expect(metrics?.get('/gc/cycles/total:gc-cycles')?.value).toBe(4);
    expect(metrics?.get('/sched/goroutines:goroutines')?.value).toBeGreaterThan(10);
    expect(metrics?.has('MemStats.PauseNs:seconds')).toBe(true);
    expect(stateOf(scheduler).notes[0]).toContain('import whygo’s agent');
  });

  test('of another process begin everything anew', async () => {
    const target = await fake();
    const later = new TextDecoder()
      .decode(fixture('metrics/agent-2.json'))
      .replace(/"startTimeUnixNano":"\d{4}/, '"startTimeUnixNano":"1999');
    const first = bytes(fixture('metrics/agent-1.json'), 'application/json');
    const second = bytes(later, 'application/json');
    target.answer('/debug/metrics', inTurn(first, first, second));
    const { sink } = start([config(target)]);
    await eventually('the restart', () => sink.marks.length > 0);
    expect(sink.marks[0]?.mark).toMatchObject({
      kind: 'restart',
      text: 'the process was restarted (go1.26.8)',
    });
  });
});

describe('failures', () => {
  test('of one profile are shown, and the others go on', async () => {
    const target = await fake();
    const text = 'Could not enable CPU profiling: cpu profiling already in use';
    target.answer('/debug/pprof/profile', status(500, text));
    target.answer('/debug/pprof/mutex', bytes('garbage that is no profile at all'));
    target.answer('/debug/pprof/block', undefined);
    const { sink, scheduler, errors } = start([config(target)]);
    await eventually('two rounds', () => sink.profiles.filter((r) => r.type === 'heap').length > 1);
    expect(scrape(scheduler, 'cpu')?.lastError).toContain('Another profiler is at work');
    expect(scrape(scheduler, 'mutex')?.lastError).toContain('Cannot decode');
    expect(scrape(scheduler, 'block')?.lastError).toContain('404');
    expect(stateOf(scheduler).up).toBe(true);
    expect(errors).toEqual([]);
  });

  test('of one target delay no other', async () => {
    const hanging = await fake();
    for (const path of ['/debug/pprof/', '/debug/pprof/heap', '/debug/pprof/profile']) {
      hanging.answer(path, hang);
    }
    const flooding = await fake();
    flooding.answer('/debug/pprof/heap', (_request, response) => {
      response.writeHead(200);
      const more = setInterval(() => response.write(Buffer.alloc(100_000)), 1);
      response.on('close', () => clearInterval(more));
    });
    const gone = await startFakeTarget();
    await gone.close();
    const healthy = await fake();
    const { sink, scheduler } = start([
      config(hanging),
      config(flooding, { bodySizeLimit: 1_000_000 }),
      config(gone),
      config(healthy),
    ]);
    const rounds = () =>
      sink.profiles.filter(
        (r) => r.type === 'goroutine' && r.key.labels.instance === healthy.address,
      ).length;
    await eventually('rounds of the healthy one', () => rounds() >= 5);
    expect(stateOf(scheduler, 0).up).toBe(false);
    expect(stateOf(scheduler, 2).up).toBe(false);
    expect(stateOf(scheduler, 3).up).toBe(true);
    const index = stateOf(scheduler, 2).scrapes.find((one) => one.type === 'index');
    expect(index?.lastError).toContain('refuses the connection');
    await eventually('the flood is stopped', () => {
      const heap = stateOf(scheduler, 1).scrapes.find((one) => one.type === 'heap');
      return heap?.lastError?.includes('Raise body_size_limit') ?? false;
    });
  });

  test('that take the process away are marked, and so is its return', async () => {
    const target = await fake();
    const { sink, scheduler } = start([config(target)], hasty);
    await eventually('a profile', () => sink.profiles.length > 0);
    const breakOff: Answer = (request) => void request.socket.destroy();
    target.answer('/debug/pprof/', breakOff);
    target.answer('/debug/metrics', breakOff);
    await eventually('it is down', () => !stateOf(scheduler).up);
    target.answer('/debug/metrics', bytes(fixture('metrics/agent-1.json'), 'application/json'));
    target.answer('/debug/pprof/', bytes(fixture('collect/index-go1.26.8.html'), 'text/html'));
    await eventually('it is up', () => stateOf(scheduler).up);
    expect(sink.marks.map(({ mark }) => mark.kind)).toEqual(['down', 'up']);
  });

  test('of a program without /debug/pprof say so', async () => {
    const target = await fake();
    for (const path of ['', 'profile', 'heap', 'block', 'mutex', 'goroutine', 'threadcreate']) {
      target.answer(`/debug/pprof/${path}`, undefined);
    }
    target.answer('/debug/metrics', undefined);
    const { sink, scheduler } = start([config(target)]);
    await eventually('it is given up', () => sink.marks.length > 0);
    expect(sink.marks[0]?.mark).toMatchObject({
      kind: 'down',
      text: expect.stringContaining('import _ "net/http/pprof"'),
    });
    expect(stateOf(scheduler).up).toBe(false);
  });

  test('of the sink are told, and do not end the loop', async () => {
    const target = await fake();
    const errors: unknown[] = [];
    let calls = 0;
    const scheduler = startScheduler(
      { targets: [config(target)] },
      {
        sink: {
          profile: () => {
            calls++;
            return Promise.reject(new Error('disk full'));
          },
          metrics: () => undefined,
          mark: () => undefined,
        },
        onError: (error) => void errors.push(error),
      },
    );
    open.unshift({ close: () => scheduler.stop() });
    await eventually('it went on', () => calls > 6);
    expect(errors[0]).toEqual(new Error('disk full'));
    expect(scrape(scheduler, 'heap')?.lastError).toBe('disk full');
  });
});

test('stopping gives up what is in flight', async () => {
  const target = await fake();
  target.answer('/debug/pprof/profile', after(60_000, bytes('never')));
  const { sink, scheduler } = start([config(target)]);
  await eventually('the CPU profile runs', () =>
    target.requests.some((request) => request.startsWith('/debug/pprof/profile')),
  );
  await scheduler.stop();
  const count = sink.profiles.length;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(sink.profiles.length).toBe(count);
});
