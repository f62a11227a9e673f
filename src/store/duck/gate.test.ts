import { describe, expect, test } from 'vitest';
import { Gate, Sequence } from './gate.ts';

const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the gate', () => {
  test('lets readers in together and a writer alone, in the order of arrival', async () => {
    const gate = new Gate();
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`+${name}`);
      await pause();
      log.push(`-${name}`);
    };
    await Promise.all([
      gate.shared(work('a')),
      gate.shared(work('b')),
      gate.exclusive(work('W')),
      gate.shared(work('c')),
      gate.exclusive(work('X')),
    ]);
    expect(log.join(' ')).toBe('+a +b -a -b +W -W +c -c +X -X');
  });

  test('opens again after work that failed', async () => {
    const gate = new Gate();
    const failing = gate.exclusive(() => Promise.reject(new Error('no')));
    const after = gate.shared(async () => 'in');
    await expect(failing).rejects.toThrow('no');
    expect(await after).toBe('in');
  });
});

test('a sequence runs one after the other, failures included', async () => {
  const sequence = new Sequence();
  const log: number[] = [];
  const failing = sequence.run(async () => {
    await pause();
    log.push(1);
    throw new Error('no');
  });
  const next = sequence.run(async () => log.push(2));
  await expect(failing).rejects.toThrow('no');
  await next;
  expect(log).toEqual([1, 2]);
});
