import { expect, test } from 'vitest';
import { sortTypes } from './types.ts';

test('types stand in the order people look for them, custom ones last by name', () => {
  const names = ['threadcreate', 'zeta', 'goroutine', 'allocs', 'cpu', 'alpha', 'heap'];
  const sorted = sortTypes(names.map((type) => ({ type })));
  expect(sorted.map(({ type }) => type)).toEqual([
    'cpu',
    'heap',
    'allocs',
    'goroutine',
    'threadcreate',
    'alpha',
    'zeta',
  ]);
});
