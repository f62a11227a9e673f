import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeAgentMetrics } from './agent.ts';
import { cpuIntervals, cpuShares } from './cpuclasses.ts';
import { processDashboard } from './dashboard.ts';
import { joinDashboards } from './dashboardjoin.ts';
import { decodeExpvar } from './expvar.ts';
import { goroutineLifetime, mutexWaiters, runnableGoroutines } from './littleslaw.ts';
import { memoryBreakdown } from './memory.ts';
import { pacingOf } from './pacing.ts';
import type { Metric, MetricSnapshot } from './snapshot.ts';
import { storyOf } from './story.ts';
import type { Figure } from './storyparts.ts';
import { Window } from './window.ts';

const SECOND = 1_000_000_000n;
const MB = 2 ** 20;

/** A reading at a second since the process began; names that end in `!` are counters. */
function at(second: number, values: Readonly<Record<string, Metric['value']>>): MetricSnapshot {
  const metrics = new Map<string, Metric>();
  for (const [key, value] of Object.entries(values)) {
    const name = key.replace(/!$/, '');
    metrics.set(name, { name, cumulative: name !== key, value });
  }
  return {
    timeNanos: BigInt(second) * SECOND + SECOND,
    source: 'agent',
    goVersion: 'go1.26.8',
    processStartNanos: SECOND,
    gomaxprocs: 2,
    metrics,
  };
}

function fixture(name: string): string {
  return readFileSync(new URL(`../../test/fixtures/metrics/${name}`, import.meta.url), 'utf8');
}

function agent(...names: readonly string[]): readonly MetricSnapshot[] {
  return names.map((name) => decodeAgentMetrics(fixture(name)).snapshot);
}

describe('a window', () => {
  test('of one reading stands for the life of the process', () => {
    const window = new Window([at(10, { 'c!': 50 })]);
    expect([window.sinceStart, window.seconds, window.rate('c')]).toEqual([true, 10, 5]);
  });

  test('of one reading has no rate where the start is unknown, but a growth', () => {
    const window = new Window([{ ...at(10, { 'c!': 50 }), processStartNanos: 0n }]);
    expect(window.rate('c')).toBeUndefined();
    expect(window.growth('c')?.value).toBe(50);
  });

  test('passes over what is not a number, and over readings without the metric', () => {
    const window = new Window([
      at(0, { 'c!': 10, g: 1 }),
      at(1, { 'c!': NaN, g: NaN }),
      at(2, {}),
      at(4, { 'c!': 30, g: Infinity }),
    ]);
    expect(window.rate('c')).toBe(5);
    expect(window.gauge('g')).toEqual({ first: 1, last: 1, mean: 1, most: 1 });
    expect(window.last('no such')).toBeUndefined();
  });

  test('leaves the time across a restart out', () => {
    const later = { ...at(2, { 'c!': 4 }), processStartNanos: 3n * 10n ** 12n };
    const window = new Window([at(0, { 'c!': 10 }), at(1, { 'c!': 15 }), later]);
    expect([window.rate('c'), window.restarts]).toEqual([5, 1]);
  });
});

describe('CPU classes', () => {
  const classes = (total: number, user: number, idle: number) => ({
    '/cpu/classes/total:cpu-seconds!': total,
    '/cpu/classes/user:cpu-seconds!': user,
    '/cpu/classes/idle:cpu-seconds!': idle,
    '/cpu/classes/gc/pause:cpu-seconds!': 0,
  });

  test('are unknown, not 0, when no garbage collection ended', () => {
    const still = [at(0, classes(10, 4, 6)), at(1, classes(10, 4, 6)), at(2, classes(10, 4, 6))];
    expect(cpuShares(still)).toBeUndefined();
    const cpu = storyOf(still).sections.find(({ id }) => id === 'cpu');
    const user = cpu?.figures.find(({ id }) => id === 'cpu.class.user');
    expect(user?.value).toBeUndefined();
    expect(user?.why).toContain('garbage collection');
  });

  test('that did not grow while the total did are truly 0', () => {
    const shares = cpuShares([at(0, classes(10, 4, 6)), at(1, classes(20, 8, 12))]);
    expect(shares?.shares.get('user')).toBe(0.4);
    expect(shares?.shares.get('pause')).toBe(0);
  });

  test('hold from one refresh to the next, and are gaps before, after and across restarts', () => {
    const snapshots = [
      at(0, classes(10, 4, 6)),
      at(1, classes(20, 5, 15)),
      at(2, classes(20, 5, 15)),
      at(3, classes(40, 15, 25)),
      at(4, classes(40, 15, 25)),
      { ...at(5, classes(2, 1, 1)), processStartNanos: 3n * 10n ** 12n },
    ];
    expect(cpuIntervals(snapshots).map(({ from, to }) => [from, to])).toEqual([[1, 3]]);
    const panel = processDashboard(snapshots).panels.find(({ id }) => id === 'cpu-classes');
    const user = panel?.layers.find(({ id }) => id === 'user');
    expect([...(user?.value ?? [])]).toEqual([NaN, NaN, 0.5, 0.5, NaN, NaN]);
  });
});

describe('memory', () => {
  const go = {
    '/memory/classes/total:bytes': 100 * MB,
    '/memory/classes/heap/released:bytes': 20 * MB,
    '/memory/classes/heap/objects:bytes': 60 * MB,
    '/memory/classes/heap/free:bytes': 20 * MB,
  };

  test('beyond what Go has from the system is outside Go', () => {
    const memory = memoryBreakdown(at(0, { ...go, process_resident_memory_bytes: 95 * MB }));
    expect([memory?.mapped, memory?.outside, memory?.untouched]).toEqual([80 * MB, 15 * MB, 0]);
  });

  test('of Go that is not resident was never touched, and pages of files are not Go’s', () => {
    const memory = memoryBreakdown(
      at(0, {
        ...go,
        process_resident_memory_bytes: 75 * MB,
        process_resident_file_bytes: 5 * MB,
      }),
    );
    expect([memory?.outside, memory?.untouched]).toEqual([5 * MB, 10 * MB]);
  });

  test('without RSS says nothing of what is outside', () => {
    const memory = memoryBreakdown(at(0, go));
    expect([memory?.rss, memory?.outside, memory?.untouched]).toEqual([NaN, NaN, NaN]);
    expect(memoryBreakdown(at(0, {}))).toBeUndefined();
  });

  test('of a real process adds up to its total', () => {
    const [snapshot] = agent('agent-1.json');
    const memory = snapshot && memoryBreakdown(snapshot);
    const sum = [...(memory?.parts.values() ?? [])].reduce((a, b) => a + b);
    expect(sum).toBe(memory?.mapped);
  });
});

describe('GC pacing', () => {
  const pacing = (values: Readonly<Record<string, number>>) =>
    pacingOf(new Window([at(1, values)])).setBy;
  const live = { '/gc/heap/live:bytes': 40 * MB, '/gc/gogc:percent': 100 };

  test('names what sets the goal', () => {
    expect(pacing({ ...live, '/gc/heap/goal:bytes': 80 * MB })).toBe('GOGC');
    const little = { ...live, '/gc/heap/live:bytes': MB / 2 };
    expect(pacing({ ...little, '/gc/heap/goal:bytes': 4 * MB })).toBe('least heap');
    const limit = { '/gc/gomemlimit:bytes': 64 * MB };
    expect(pacing({ ...live, ...limit, '/gc/heap/goal:bytes': 50 * MB })).toBe('GOMEMLIMIT');
    const off = { ...live, '/gc/gogc:percent': 2 ** 64 };
    expect(pacing({ ...off, '/gc/heap/goal:bytes': 2 ** 63 })).toBe('off');
    expect(pacing({ '/gc/heap/goal:bytes': 4 * MB })).toBe('unknown');
  });

  test('of a real process follows the formula of the runtime', () => {
    expect(pacingOf(new Window(agent('agent-1.json', 'agent-2.json'))).setBy).toBe('GOGC');
  });

  test('tells a limiter that ran in the window, not one long ago', () => {
    const cycles = (total: number, enabled: number) => ({
      '/gc/cycles/total:gc-cycles!': total,
      '/gc/limiter/last-enabled:gc-cycle': enabled,
    });
    const ran = (enabled: number) =>
      pacingOf(new Window([at(0, cycles(10, 0)), at(1, cycles(14, enabled))])).limited;
    expect([ran(0), ran(9), ran(12)]).toEqual([false, false, true]);
  });
});

describe('Little’s law', () => {
  test('goroutines that are ready = how many become so a second × how long each waits', () => {
    const histogram = (count: number) => ({
      counts: Float64Array.of(count),
      bounds: Float64Array.of(0.001, 0.003),
    });
    const window = new Window([
      at(0, { '/sched/latencies:seconds!': histogram(0) }),
      at(10, { '/sched/latencies:seconds!': histogram(1000) }),
    ]);
    // One in eight is looked at: 800 a second, 2 ms each.
    const ready = runnableGoroutines(window);
    expect([ready?.rate, ready?.wait]).toEqual([800, 0.002]);
    expect(ready?.number).toBeCloseTo(1.6);
  });

  test('waiting time a second is the number that waits', () => {
    const name = '/sync/mutex/wait/total:seconds!';
    expect(mutexWaiters(new Window([at(0, { [name]: 1 }), at(10, { [name]: 16 })]))).toBe(1.5);
  });

  test('a goroutine lives as long as their number over those made a second', () => {
    const values = (created: number) => ({
      '/sched/goroutines:goroutines': 100,
      '/sched/goroutines-created:goroutines!': created,
    });
    expect(goroutineLifetime(new Window([at(0, values(0)), at(10, values(2000))]))?.wait).toBe(0.5);
    expect(goroutineLifetime(new Window([at(0, values(5)), at(10, values(5))]))).toBeUndefined();
  });
});

describe('the story', () => {
  const figuresOf = (snapshots: readonly MetricSnapshot[]): ReadonlyMap<string, Figure> =>
    new Map(storyOf(snapshots).sections.flatMap(({ figures }) => figures.map((f) => [f.id, f])));

  test('of two readings of a real process has a number in every section but the process', () => {
    const story = storyOf(agent('agent-1.json', 'agent-2.json'));
    const told = story.sections.filter(({ figures }) => figures.some((f) => f.value !== undefined));
    expect(told.map(({ id }) => id)).toEqual(
      story.sections.map(({ id }) => id).filter((id) => id !== 'process'),
    );
    expect(story.lacking.join()).toContain('RSS');
  });

  test('says why a figure has no value', () => {
    for (const figure of figuresOf(agent('plain-go1.19.13.json')).values()) {
      expect(figure.value === undefined).toBe(figure.why !== '');
    }
  });

  test('of a source without histograms has no percentiles, and says what lacks', () => {
    const { snapshot } = decodeExpvar(fixture('expvar-go1.26.8.json'), 10n ** 18n);
    const story = storyOf([snapshot]);
    expect(story.sections.flatMap(({ distributions }) => distributions)).toEqual([]);
    expect(story.lacking.some((text) => text.startsWith('scheduling latency'))).toBe(true);
    expect(figuresOf([snapshot]).get('gc.stopped')?.value).toBeGreaterThan(0);
  });

  test('needs a reading', () => {
    expect(() => storyOf([])).toThrow(RangeError);
  });
});

describe('the dashboard of several processes', () => {
  const one = (goroutines: number, total: number) => [
    at(0, { '/sched/goroutines:goroutines': goroutines, process_max_fds: 10, process_open_fds: 1 }),
    at(1, {
      '/sched/goroutines:goroutines': goroutines + total,
      process_max_fds: 10,
      process_open_fds: 2,
    }),
  ];
  const panelOf = (all: readonly (readonly MetricSnapshot[])[], id: string) =>
    joinDashboards(all.map(processDashboard)).panels.find((panel) => panel.id === id);

  test('adds amounts and limits up', () => {
    const goroutines = panelOf([one(5, 1), one(10, 0)], 'goroutines');
    expect(goroutines?.layers.map(({ value }) => [...value])).toEqual([[15, 16]]);
    expect(panelOf([one(5, 1), one(10, 0)], 'files')?.limits).toEqual([
      { title: 'limit', value: 20 },
    ]);
  });

  test('has what is known where one process was not measured', () => {
    const [first = at(0, {})] = one(5, 0);
    expect([...(panelOf([one(10, 2), [first]], 'goroutines')?.layers[0]?.value ?? [])]).toEqual([
      15, 17,
    ]);
    expect(panelOf([one(5, 1)], 'pacing')?.missing).toContain('agent');
  });
});
