import { describe, expect, test } from 'vitest';
import { profileFromText, textFromProfile } from '../../profile/fromtext.ts';
import { chargeGcCost } from './gccost.ts';

const cpu = profileFromText(
  `
  main.main;main.work                                             6  60
  main.main;main.work;runtime.mallocgc;runtime.gcAssistAlloc      1  10
  runtime.gcBgMarkWorker;runtime.systemstack;runtime.gcDrain      2  20
  runtime.bgsweep;runtime.sweepone                                1  10
  `,
  {
    sampleTypes: [
      { type: 'samples', unit: 'count' },
      { type: 'cpu', unit: 'nanoseconds' },
    ],
    timeNanos: 5n,
    durationNanos: 100n,
  },
);

const allocs = profileFromText(
  `
  main.main;main.load    1  300 {bytes:300 bytes}
  main.main;main.parse   9  600 {bytes:66 bytes}
  `,
  {
    sampleTypes: [
      { type: 'alloc_objects', unit: 'count' },
      { type: 'alloc_space', unit: 'bytes' },
    ],
  },
);

describe("the collector's work", () => {
  test('is charged to stacks by the bytes that they allocate; the total stays', () => {
    const charged = chargeGcCost(cpu, allocs);
    expect(
      textFromProfile(charged)
        .split('\n')
        .filter((line) => line.trim() !== ''),
    ).toEqual([
      'main.main;main.work 6 60',
      'main.main;main.work;runtime.mallocgc;runtime.gcAssistAlloc 1 10',
      expect.stringMatching(
        /^main\.main;main\.load;garbage collection \(by allocated bytes\)\S* 1 10 \{gc_cost=/,
      ),
      expect.stringMatching(
        /^main\.main;main\.parse;garbage collection \(by allocated bytes\)\S* 2 20 \{gc_cost=/,
      ),
    ]);
    expect(charged).toMatchObject({ timeNanos: 5n, durationNanos: 100n });
  });

  test('is named in the head of every report', () => {
    expect(chargeGcCost(cpu, allocs).comments).toEqual([
      'GC cost: 30ns (30.00%) charged to allocating stacks by alloc_space, an estimate',
    ]);
  });

  test('needs to know who allocated', () => {
    expect(() => chargeGcCost(cpu, cpu)).toThrow('-gc_cost needs a profile with alloc_space');
  });
});
