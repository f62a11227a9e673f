import { describe, expect, test } from 'vitest';
import { backoffMillis, staggerOffsets } from './backoff.ts';
import type { ProfileConfig } from './config/profiles.ts';
import { TaskList } from './tasks.ts';

const profile = (type: string, seconds?: number): ProfileConfig => ({
  type,
  path: `/debug/pprof/${type}`,
  delta: false,
  seconds,
  intervalMillis: 10_000,
});

function list(...profiles: ProfileConfig[]): TaskList {
  const tasks = new TaskList();
  for (const one of profiles) tasks.add(one, 0);
  return tasks;
}

function next(tasks: TaskList) {
  const task = tasks.next();
  if (task === undefined) throw new Error('nothing is due');
  return task;
}

describe('what is due next', () => {
  test('is the earliest, and a snapshot before a CPU profile', () => {
    const tasks = list(profile('cpu', 9), profile('heap'), profile('goroutine'));
    const order: string[] = [];
    for (let i = 0; i < 6; i++) {
      const task = next(tasks);
      order.push(`${task.profile.type}@${task.dueAt}`);
      tasks.succeeded(task, task.dueAt + 50);
    }
    expect(order).toEqual([
      'heap@0',
      'goroutine@0',
      'cpu@0',
      'heap@10000',
      'goroutine@10000',
      'cpu@10000',
    ]);
  });

  test('keeps its rhythm when a capture is a little late', () => {
    const tasks = list(profile('cpu', 9));
    const task = next(tasks);
    tasks.succeeded(task, 10_900);
    expect(task.dueAt).toBe(10_000);
    tasks.succeeded(task, 21_000);
    expect(task.dueAt).toBe(20_000);
  });

  test('begins a new rhythm after a long delay instead of catching up', () => {
    const tasks = list(profile('heap'));
    const task = next(tasks);
    tasks.succeeded(task, 65_000);
    expect(task.dueAt).toBe(65_000);
  });
});

describe('a task that fails', () => {
  test('waits twice as long each time, up to sixteen intervals', () => {
    const tasks = list(profile('cpu', 9));
    const task = next(tasks);
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      const before = task.dueAt;
      tasks.failed(task, before);
      waits.push((task.dueAt - before) / 10_000);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 16, 16]);
    tasks.succeeded(task, task.dueAt);
    expect(task.failures).toBe(0);
  });

  test('because there is no such profile is asked for again after ten minutes', () => {
    const tasks = list(profile('goroutineleak'));
    const task = next(tasks);
    tasks.missing(task, 1000);
    expect(task.dueAt).toBe(601_000);
    expect(tasks.allAbsent).toBe(true);
    tasks.restart(2000);
    expect([task.dueAt, tasks.allAbsent]).toEqual([2000, false]);
  });
});

describe('back-off', () => {
  const options = { firstMillis: 1000, maxMillis: 60_000 };

  test('doubles up to its limit', () => {
    const waits = [1, 2, 3, 6, 7, 50].map((failures) => backoffMillis(failures, options, 0.5));
    expect(waits).toEqual([1000, 2000, 4000, 32_000, 60_000, 60_000]);
  });

  test('has jitter of a fifth to both sides', () => {
    expect(backoffMillis(1, options, 0)).toBe(800);
    expect(backoffMillis(1, options, 0.999)).toBeLessThan(1200);
  });
});

describe('staggering', () => {
  const addresses = Array.from({ length: 20 }, (_, i) => `http://10.0.0.${i}:6060`);
  const offsets = staggerOffsets(addresses, () => 10_000);

  test('spreads the targets evenly over the interval', () => {
    expect([...offsets].sort((a, b) => a - b)).toEqual(addresses.map((_, i) => i * 500));
  });

  test('does not depend on the order of the targets', () => {
    const reversed = staggerOffsets([...addresses].reverse(), () => 10_000);
    expect([...reversed].reverse()).toEqual(offsets);
  });

  test('lets a single target begin at once', () => {
    expect(staggerOffsets(['http://h:1'], () => 10_000)).toEqual([0]);
  });
});
