/** What polling may cost, and what follows for rate and level. */
import { describe, expect, test } from 'vitest';
import type { PollLevel } from './wall.ts';
import { PollBudget } from './wallbudget.ts';

const MILLI = 1e6;
const ALL: readonly PollLevel[] = [0, 1, 2];

function learned(costs: Readonly<Record<number, number>>, levels = ALL): PollBudget {
  const budget = new PollBudget({ budget: 0.01, hz: 10, levels });
  for (const [level, millis] of Object.entries(costs)) {
    for (let i = 0; i < 5; i++) {
      const cpuNanos = millis * MILLI;
      budget.learn(levels[Number(level)], { latencyNanos: cpuNanos, cpuNanos });
    }
  }
  return budget;
}

describe('the budget', () => {
  test('spaces polls so that their cost is that share of a core', () => {
    const budget = learned({ 0: 3, 1: 6.5, 2: 26 });
    expect(budget.intervalOf(1)).toBeCloseTo(650 * MILLI);
    expect(budget.intervalOf(0)).toBeCloseTo(300 * MILLI);
  });

  test('is not used up where the wished rate costs less', () => {
    expect(learned({ 0: 0.4, 1: 0.4, 2: 0.4 }).intervalOf(1)).toBe(100 * MILLI);
  });

  test('tries every level first, then takes the most telling that it can pay at the rate', () => {
    expect(new PollBudget({ budget: 0.01, hz: 10, levels: ALL }).choose(10)).toBe(0);
    expect(learned({ 0: 0.5, 1: 0.4, 2: 0.9 }).choose(50)).toBe(2);
    expect(learned({ 0: 3, 1: 0.4, 2: 1.4 }).choose(100)).toBe(1);
    expect(learned({ 0: 6, 1: 7, 2: 26 }).choose(999)).toBe(1);
    expect(learned({ 0: 4, 1: 7, 2: 26 }).choose(999)).toBe(0);
  });

  test('never takes debug=2 at 1,000 goroutines and more, tried or not', () => {
    expect(learned({ 0: 0.1, 1: 0.1, 2: 0.1 }).choose(1000)).toBe(1);
    const untried = learned({ 0: 0.1, 1: 0.1 });
    expect(untried.choose(10_000)).toBe(1);
    expect(untried.choose(100)).toBe(2);
  });
});

describe('the cost of a poll', () => {
  const learn = (level: PollLevel, latency: number, cpu: number | undefined) => {
    const budget = new PollBudget({ budget: 0.01, hz: 10, levels: ALL });
    const cpuNanos = cpu === undefined ? undefined : cpu * MILLI;
    budget.learn(level, { latencyNanos: latency * MILLI, cpuNanos });
    return (budget.costOf(level) ?? 0) / MILLI;
  };

  test('is its CPU time where that is known, else the time until the answer', () => {
    expect(learn(1, 5, 2)).toBeCloseTo(2);
    expect(learn(1, 5, undefined)).toBeCloseTo(5);
  });

  test('is not what a busy program used meanwhile: neither more than the time, nor nothing', () => {
    expect(learn(1, 5, 9)).toBeCloseTo(5);
    expect(learn(1, 5, -3)).toBeCloseTo(0.5);
  });

  test('is not that of one poll that had to wait', () => {
    const budget = new PollBudget({ budget: 0.01, hz: 10, levels: ALL });
    for (const millis of [2, 90, 2, 2]) {
      budget.learn(1, { latencyNanos: millis * MILLI, cpuNanos: undefined });
    }
    expect((budget.costOf(1) ?? 0) / MILLI).toBe(2);
  });

  test('adds up over all polls', () => {
    expect(learned({ 1: 2 }).spentNanos).toBeCloseTo(10 * MILLI);
  });
});
