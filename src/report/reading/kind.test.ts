import { describe, expect, test } from 'vitest';
import { profileFromText, type TextProfileOptions } from '../../profile/fromtext.ts';
import { profileKind } from './kind.ts';

describe('the type of a profile', () => {
  const contentions: TextProfileOptions = {
    sampleTypes: [
      { type: 'contentions', unit: 'count' },
      { type: 'delay', unit: 'nanoseconds' },
    ],
  };

  test('block and mutex are told apart by name, else by how stacks end', () => {
    const waits = profileFromText('main;runtime.chanrecv1 1 5', contentions);
    const unlocks = profileFromText('main;sync.(*Mutex).Unlock 1 5', contentions);
    expect(profileKind(waits, 'x.pb.gz')).toBe('block');
    expect(profileKind(unlocks, 'x.pb.gz')).toBe('mutex');
    expect(profileKind(waits, 'mutex.pb.gz')).toBe('mutex');
  });

  test('allocs is a heap profile that shows allocations first', () => {
    const sampleTypes = [
      { type: 'alloc_space', unit: 'bytes' },
      { type: 'inuse_space', unit: 'bytes' },
    ];
    const stacks = 'main 1 2';
    const heap = profileFromText(stacks, { sampleTypes });
    const allocs = profileFromText(stacks, { sampleTypes, defaultSampleType: 'alloc_space' });
    expect(profileKind(heap, '')).toBe('heap');
    expect(profileKind(allocs, '')).toBe('allocs');
  });
});
