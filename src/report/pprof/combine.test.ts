import { describe, expect, test } from 'vitest';
import { profileFromText, textFromProfile } from '../../profile/fromtext.ts';
import { combineProfiles, droppedTypes, subtractBase } from './combine.ts';

const count = (type: string) => ({ type, unit: 'count' });
const cpu = profileFromText('main.a 2 20\nmain.b 1 10', {
  sampleTypes: [count('samples'), { type: 'cpu', unit: 'nanoseconds' }],
  periodType: { type: 'cpu', unit: 'nanoseconds' },
  period: 10n,
});
const wall = profileFromText('main.a 3 7', {
  sampleTypes: [count('samples'), { type: 'wall', unit: 'microseconds' }],
});

const lines = (text: string) => text.split('\n').filter((line) => line !== '');

describe('profiles of unlike sample types', () => {
  test('keep those that they share', () => {
    const merged = combineProfiles([{ ...cpu, periodType: undefined, period: 0n }, wall]);
    expect(lines(textFromProfile(merged))).toEqual(['main.a 5', 'main.b 1']);
    expect(droppedTypes([cpu, wall], merged)).toEqual(['cpu', 'wall']);
  });

  test('keep all where asked, zero where there is nothing', () => {
    const merged = combineProfiles([cpu, wall], 'all');
    expect(merged.sampleTypes.map(({ type }) => type)).toEqual(['samples', 'cpu', 'wall']);
    expect(lines(textFromProfile(merged))).toEqual(['main.a 5 20 7', 'main.b 1 10 0']);
    expect(merged).toMatchObject({ periodType: undefined, period: 0n });
    expect(droppedTypes([cpu, wall], merged)).toEqual([]);
  });

  test('are subtracted the same way', () => {
    const difference = subtractBase(cpu, wall, false, 'all');
    expect(lines(textFromProfile(difference))).toEqual(['main.a -1 20 -7', 'main.b 1 10 0']);
  });

  test('are refused when they share nothing', () => {
    const heap = profileFromText('main.a 1', { sampleTypes: [count('inuse_objects')] });
    expect(() => combineProfiles([cpu, heap])).toThrow('no sample type in common');
    expect(lines(textFromProfile(combineProfiles([cpu, heap], 'all')))).toEqual([
      'main.a 2 20 1',
      'main.b 1 10 0',
    ]);
  });
});
