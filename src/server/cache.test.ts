import { describe, expect, test } from 'vitest';
import { AnswerCache } from './cache.ts';

function counted(): { readonly compute: () => Promise<number>; readonly calls: () => number } {
  let calls = 0;
  return { compute: async () => ++calls, calls: () => calls };
}

describe('an answer', () => {
  test('is computed once for questions that are asked at once', async () => {
    const cache = new AnswerCache<number>();
    const { compute, calls } = counted();
    await Promise.all([cache.answer('a', 10n, compute), cache.answer('a', 10n, compute)]);
    expect(calls()).toBe(1);
  });

  test('goes when data arrives before the end of its range', async () => {
    const cache = new AnswerCache<number>();
    const { compute } = counted();
    await cache.answer('a', 10n, compute);
    cache.arrived(10n);
    expect(await cache.answer('a', 10n, compute)).toBe(1);
    cache.arrived(9n);
    expect(await cache.answer('a', 10n, compute)).toBe(2);
  });

  test('goes after a while', async () => {
    let now = 0;
    const cache = new AnswerCache<number>(() => now);
    const { compute } = counted();
    await cache.answer('a', 10n, compute);
    now = 1_000_000;
    expect(await cache.answer('a', 10n, compute)).toBe(2);
  });

  test('that failed is not kept', async () => {
    const cache = new AnswerCache<number>();
    const failing = async (): Promise<number> => {
      throw new Error('the disk is gone');
    };
    await expect(cache.answer('a', 10n, failing)).rejects.toThrow('the disk is gone');
    expect(await cache.answer('a', 10n, counted().compute)).toBe(1);
  });

  test('makes room for newer ones, the least used first', async () => {
    const cache = new AnswerCache<number>();
    const first = counted();
    const second = counted();
    await cache.answer('first', 10n, first.compute);
    await cache.answer('second', 10n, second.compute);
    for (let i = 0; i < 31; i++) {
      await cache.answer('first', 10n, first.compute);
      await cache.answer(`other ${i}`, 10n, counted().compute);
    }
    expect(await cache.answer('first', 10n, first.compute)).toBe(1);
    expect(await cache.answer('second', 10n, second.compute)).toBe(2);
  });
});
