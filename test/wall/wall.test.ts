/** Polling a real Go program: what the profile says of it, at every level, and what it costs. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { targetsFromArguments } from '../../src/collect/config/config.ts';
import {
  type WallCapture,
  type WallOptions,
  WallPoller,
  type WallProgress,
} from '../../src/collect/wall.ts';
import { labelsOf } from '../../src/profile/labels.ts';
import type { Profile } from '../../src/profile/profile.ts';
import { buildPolled, goIsAvailable, type Polled, startPolled } from './program.ts';

const WAITERS = 20;

describe.skipIf(!goIsAvailable())('polling a program (needs go on the PATH)', () => {
  let polled: Polled;

  beforeAll(async () => {
    buildPolled();
    polled = await startPolled(['-waiters', String(WAITERS)]);
  }, 180_000);

  afterAll(() => polled.stop());

  async function capture(
    options: Partial<WallOptions>,
    url = polled.url,
    onProgress?: (progress: WallProgress) => void,
  ): Promise<WallCapture> {
    const [config] = targetsFromArguments([url]).targets;
    if (config === undefined) throw new Error('no target');
    const all = { budget: 0.5, hz: 20, level: 'auto', ...options } as const;
    const poller = await WallPoller.start(config, all);
    try {
      return await poller.capture({ forMillis: 1500, onProgress });
    } finally {
      poller.close();
    }
  }

  test.each([0, 1, 2] as const)('debug=%i tells how many goroutines did what', async (level) => {
    const { profile } = await capture({ level, procs: 4 });
    const found = goroutinesBy(profile);
    expect(found('main.wait', 'waiting', 'chan receive')).toBeCloseTo(WAITERS, 1);
    expect(found('main.spin', 'executing', '')).toBeCloseTo(1, 1);
    expect(found('main.readForever', 'syscall', '')).toBeCloseTo(1, 1);
    expect(found('main.sleepBelow', 'waiting', 'sleep')).toBeCloseTo(1, 1);
    expect(found('main.come', 'waiting', 'chan receive')).toBeCloseTo(1, 1);
  });

  test('labels come along, and stacks deeper than 32 frames', async () => {
    const { profile } = await capture({ level: 1 });
    const { samples, stacks, strings } = profile;
    const sets = [...samples.labelSet].map((set) => labelsOf(profile, set));
    expect(sets).toContainEqual(expect.arrayContaining([{ key: 'pool', text: 'idle' }]));
    expect(strings).toContain('main.sleepBelow');
    const depths = [...samples.stack].map((s) => stacks.start[s + 1] - stacks.start[s]);
    expect(Math.max(...depths)).toBeGreaterThan(60);
  });

  test('the time of the profile is that of the capture', async () => {
    const { profile, elapsedMillis } = await capture({});
    expect(Number(profile.durationNanos) / 1e6).toBeCloseTo(elapsedMillis, 0);
  });

  test('debug=2 gives every goroutine over time, those that come and go too', async () => {
    const { lifelines } = await capture({ level: 2 });
    const waiting = lifelines?.goroutines.filter(
      ({ createdBy }) => createdBy === 'main.main.func1',
    );
    expect(waiting?.length).toBe(WAITERS);
    expect(waiting?.every(({ spans }) => spans.length === 1)).toBe(true);
    const brief = lifelines?.goroutines.filter(({ createdBy }) => createdBy === 'main.come');
    expect(brief?.length).toBeGreaterThan(2);
  });

  test('debug=2 is not polled where there are 1,000 goroutines', async () => {
    const many = await startPolled(['-waiters', '1200', '-spinners', '0']);
    try {
      const { polls } = await capture({}, many.url);
      expect(polls.get(2)).toBeUndefined();
      await expect(capture({ level: 2 }, many.url)).rejects.toMatchObject({
        code: 'too-many-goroutines',
      });
    } finally {
      many.stop();
    }
  });

  test('a program that ends leaves what was polled, with a note', async () => {
    const brief = await startPolled([]);
    const { notes, profile } = await capture({}, brief.url, ({ polls }) => {
      if (polls === 3) brief.stop();
    });
    expect(notes.join()).toMatch(/ended early: .*(refuses|broke)/);
    expect(profile.samples.length).toBeGreaterThan(0);
  });
});

/** Goroutines on average with that function anywhere on the stack, in that state. */
function goroutinesBy(profile: Profile) {
  const { samples, stacks, locations, functions, strings, durationNanos } = profile;
  return (name: string, state: string, reason: string): number => {
    let nanos = 0;
    for (let i = 0; i < samples.length; i++) {
      const labels = labelsOf(profile, samples.labelSet[i]);
      const has = (key: string, text: string) =>
        labels.some((label) => label.key === key && 'text' in label && label.text === text);
      if (!has('state', state) || (reason !== '' && !has('wait reason', reason))) continue;
      const stack = samples.stack[i];
      const run = stacks.locations.subarray(stacks.start[stack], stacks.start[stack + 1]);
      const isThere = run.some((location) => {
        const fn = locations.lineFunction[locations.lineStart[location]];
        return strings[functions.name[fn]] === name;
      });
      if (isThere) nanos += Number(samples.values[1][i]);
    }
    return nanos / Number(durationNanos);
  };
}
