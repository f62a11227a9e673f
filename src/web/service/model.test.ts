import { signal } from '@preact/signals';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Overview, Services, WireFinding, WireSeries } from '../../api/wire.ts';
import { UserError } from '../../base/errors.ts';
import { CommandTable } from '../app/commands.ts';
import { Question } from '../app/loaded.ts';
import type { Page } from '../app/page.ts';
import { EMPTY_VIEW, type ViewState } from '../app/url.ts';
import type { ServerApi } from '../data/server.ts';
import { closeInnermost } from './commands.ts';
import { ServiceModel } from './model.ts';

const FIRST = 1_000_000;
const LAST = 1_600_000;

const refuse = (): never => {
  throw new UserError('not-asked', 'This test asks no such question', '');
};

function finding(kind: string, at: number): WireFinding {
  const texts = { title: kind, impact: '', next: '', fix: '', service: 'shop' };
  const lists = { where: [], evidence: [], counterEvidence: [] };
  return { ...texts, ...lists, kind, at, from: at - 100, to: at, severity: 'high', confidence: 1 };
}

const cpu: WireSeries = {
  name: 'cpu',
  unit: 'cores',
  labels: {},
  time: [FIRST, FIRST + 10_000, FIRST + 20_000, FIRST + 30_000],
  value: [1, 2, 3, 4],
};

const overview: Overview = {
  service: 'shop',
  from: FIRST,
  to: LAST,
  tracks: [{ id: 'cpu', title: 'CPU', unit: 'cores', source: '', series: [cpu] }],
  marks: [],
  findings: [finding('heap-leak', FIRST + 500), finding('gc-cost', FIRST + 900)],
};

const limits: WireSeries[] = [
  { ...cpu, name: '/sched/gomaxprocs:threads', time: [FIRST], value: [2] },
  { ...cpu, name: '/gc/gomemlimit:bytes', time: [FIRST], value: [2 ** 63] },
];

const api: ServerApi = {
  get: refuse,
  url: refuse,
  services: refuse,
  targets: refuse,
  timeline: refuse,
  overview: async () => overview,
  metrics: async () => limits,
  findings: async () => ({ findings: [], notMeasurable: [] }),
};

function services(mode: Services['mode']): Services {
  const none = { cpuCores: null, heapBytes: null, goroutines: null };
  const vitals = { ...none, gcPauseP99Seconds: null, schedLatencyP99Seconds: null };
  const findings = { high: 0, medium: 0, low: 0 };
  const shop = { service: 'shop', first: FIRST, last: LAST, types: [], targetLabels: {} };
  return { now: LAST, mode, services: [{ ...shop, vitals, findings }] };
}

/** A page without a browser, whose clock stands at `now.ms`. */
async function pageOf(mode: Services['mode'], now: { ms: number }) {
  const view = signal<ViewState>({ ...EMPTY_VIEW, page: 'service', service: 'shop' });
  const steps: string[] = [];
  const question = new Question<Services>();
  await question.ask(async () => services(mode));
  const beat = signal(0);
  const page: Page = {
    history: {
      view,
      go: (change, step = 'push') => {
        steps.push(step);
        view.value = { ...view.value, ...change };
      },
      href: () => '',
      flush: () => undefined,
    },
    commands: new CommandTable(),
    api,
    services: question,
    file: signal(undefined),
    pprof: undefined,
    now: () => now.ms,
    beat,
    mac: false,
    announce: () => undefined,
  };
  return { page, view, steps, beat };
}

async function started(model: ServiceModel): Promise<() => void> {
  const stop = model.start();
  while (model.tracks.value.length === 0) await new Promise((done) => setTimeout(done, 1));
  return stop;
}

describe('ranges', () => {
  let model: ServiceModel;
  let view: { value: ViewState };

  beforeEach(async () => {
    const made = await pageOf('recording', { ms: LAST });
    model = new ServiceModel(made.page);
    view = made.view;
  });

  test('a recording shows all of itself, and the profile is that of the window', () => {
    expect(model.window.value).toEqual({ from: FIRST, to: LAST });
    expect(model.profileRange.value).toEqual({ from: FIRST, to: LAST });
  });

  test('the second of two ranges is compared with the earlier one', () => {
    model.select({ from: FIRST + 500, to: FIRST + 600 }, false);
    model.select({ from: FIRST + 100, to: FIRST + 200 }, true);
    expect(view.value.base).toEqual({ from: FIRST + 100, to: FIRST + 200 });
    expect(view.value.selection).toEqual({ from: FIRST + 500, to: FIRST + 600 });
    model.swap();
    expect(view.value.base).toEqual({ from: FIRST + 500, to: FIRST + 600 });
  });

  test('a third range is compared with the base that is there', () => {
    model.select({ from: FIRST + 100, to: FIRST + 200 }, false);
    model.select({ from: FIRST + 500, to: FIRST + 600 }, true);
    model.select({ from: FIRST + 800, to: FIRST + 900 }, true);
    expect(view.value.base).toEqual({ from: FIRST + 100, to: FIRST + 200 });
    expect(view.value.selection).toEqual({ from: FIRST + 800, to: FIRST + 900 });
  });

  test('without a first range a second one is the first', () => {
    model.select({ from: FIRST, to: FIRST + 100 }, true);
    expect(view.value.base).toBeUndefined();
    expect(view.value.selection).toEqual({ from: FIRST, to: FIRST + 100 });
  });

  test('“compare with before” without a selection halves the window', () => {
    model.compareWithBefore();
    const middle = (FIRST + LAST) / 2;
    expect(view.value.base).toEqual({ from: FIRST, to: middle });
    expect(view.value.selection).toEqual({ from: middle, to: LAST });
  });

  test('Escape closes one thing after the other, then nothing', () => {
    model.go({ finding: 'heap-leak@1', base: { from: 1, to: 2 }, selection: { from: 2, to: 3 } });
    model.comparing.value = true;
    const left: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      left.push(closeInnermost(model));
      const { finding: opened, base, selection } = view.value;
      left.push([
        model.comparing.value,
        opened !== '',
        base !== undefined,
        selection !== undefined,
      ]);
    }
    expect(left).toEqual([
      true,
      [false, true, true, true],
      true,
      [false, false, true, true],
      true,
      [false, false, false, true],
      true,
      [false, false, false, false],
      false,
      [false, false, false, false],
    ]);
  });
});

describe('the keyboard', () => {
  test('steps over measurements and makes a range of them', async () => {
    const { page, view } = await pageOf('recording', { ms: LAST });
    const model = new ServiceModel(page);
    const stop = await started(model);
    model.step(1);
    expect(model.cursor.value).toBe(FIRST);
    model.step(1);
    model.setEdge('from');
    model.step(1);
    model.step(1);
    model.setEdge('to');
    expect(view.value.selection).toEqual({ from: FIRST + 10_000, to: FIRST + 30_001 });
    model.extend(-1);
    expect(view.value.selection).toEqual({ from: FIRST + 10_000, to: FIRST + 20_000 });
    stop();
  });

  test('walks the findings in both directions, around the ends', async () => {
    const { page } = await pageOf('recording', { ms: LAST });
    const model = new ServiceModel(page);
    const stop = await started(model);
    const kinds: (string | undefined)[] = [];
    for (const direction of [1, 1, 1, -1] as const) {
      model.openNext(direction);
      kinds.push(model.opened.value?.kind);
    }
    expect(kinds).toEqual(['heap-leak', 'gc-cost', 'heap-leak', 'gc-cost']);
    stop();
  });
});

describe('live time', () => {
  test('moves the window, but not a selection; holding it stops both', async () => {
    const now = { ms: LAST };
    const { page, view, beat } = await pageOf('live', now);
    const model = new ServiceModel(page);
    model.select({ from: FIRST, to: FIRST + 100 }, false);
    now.ms += 5_000;
    beat.value += 1;
    expect(model.window.value.to).toBe(LAST + 5_000);
    expect(model.profileRange.value).toEqual({ from: FIRST, to: FIRST + 100 });
    model.setWindow(model.window.value);
    now.ms += 5_000;
    beat.value += 1;
    expect(model.following.value).toBe(false);
    expect(model.window.value.to).toBe(LAST + 5_000);
    expect(view.value.window.kind).toBe('range');
  });

  test('asks for another profile only when the window has moved by a step', async () => {
    const now = { ms: LAST };
    const { page, beat } = await pageOf('live', now);
    const model = new ServiceModel(page);
    const ranges = new Set([model.profileRange.value]);
    for (let i = 0; i < 6; i++) {
      now.ms += 1_000;
      beat.value += 1;
      ranges.add(model.profileRange.value);
    }
    expect(ranges.size).toBeLessThanOrEqual(2);
  });
});

test('limits come from the runtime; “no limit” is none', async () => {
  const { page } = await pageOf('recording', { ms: LAST });
  const model = new ServiceModel(page);
  const stop = await started(model);
  expect(model.tracks.value.map((track) => track.limit)).toEqual([2]);
  stop();
});
