import { describe, expect, test } from 'vitest';
import type { WireFinding } from '../../api/wire.ts';
import { EMPTY_VIEW } from '../app/url.ts';
import {
  exactly,
  findingKey,
  findingOf,
  groupMarks,
  placeText,
  viewOfFinding,
} from './findings.ts';

function finding(part: Partial<WireFinding> = {}): WireFinding {
  return {
    service: 'shop',
    at: 5_000,
    from: 1_000,
    to: 9_000,
    kind: 'heap-leak',
    title: '',
    severity: 'high',
    confidence: 0.9,
    where: [{ function: 'shop/cart.(*Cart).Add', file: '/src/cart.go', line: 42 }],
    evidence: [],
    counterEvidence: [],
    impact: '',
    next: '',
    fix: '',
    ...part,
  };
}

describe('a finding in the URL', () => {
  const list = [finding({ at: 5_000 }), finding({ at: 90_000 }), finding({ kind: 'gc-cost' })];

  test('is its kind and when it was first seen', () => {
    expect(findingOf(list, findingKey(finding({ at: 90_000 })))).toBe(list[1]);
  });

  test('is still found when the moment moved a little', () => {
    expect(findingOf(list, 'heap-leak@88000')).toBe(list[1]);
    expect(findingOf(list, 'gc-cost')).toBe(list[2]);
    expect(findingOf(list, 'stuck@1')).toBeUndefined();
  });
});

describe('the view that proves a finding', () => {
  test('is its first evidence with a view, over its range, focused and lit', () => {
    const evidence = [
      { text: 'no view' },
      { text: 'x', view: { type: 'heap', sampleType: 'inuse_space', focus: 'Add$' } },
    ];
    const view = viewOfFinding(finding({ evidence }), EMPTY_VIEW);
    expect(view.selection).toEqual({ from: 1_000, to: 9_000 });
    expect(view.profile).toMatchObject({
      type: 'heap',
      sample: 'inuse_space',
      focus: 'Add$',
      search: 'Add$',
      view: 'flame',
    });
  });

  test('without such evidence it is the profile of its kind and the function it names', () => {
    const view = viewOfFinding(finding({ kind: 'goroutine-leak' }), EMPTY_VIEW);
    expect(view.profile?.type).toBe('goroutine');
    const pattern = new RegExp(view.profile?.focus ?? '');
    expect(pattern.test('shop/cart.(*Cart).Add')).toBe(true);
    expect(pattern.test('shop/cart.(*Cart).AddAll')).toBe(false);
  });
});

test('an exact pattern takes every character as it is', () => {
  const name = 'main.f[go.shape.int].func1·dwrap·(*T).Get-fm';
  expect(new RegExp(exactly(name)).test(name)).toBe(true);
});

test('a place is its file name and line', () => {
  expect(placeText({ file: '/a/b/cart.go', line: 42 })).toBe('cart.go:42');
  expect(placeText({ file: 'cart.go', line: 0 })).toBe('cart.go');
  expect(placeText({ file: '', line: 3 })).toBe('');
});

test('marks that would lie on each other become one, led by the most important', () => {
  const list = [finding({ at: 100 }), finding({ at: 105 }), finding({ at: 500 })];
  const groups = groupMarks(list, (time) => time, 400, 18);
  expect(groups).toEqual([{ x: 100, findings: [list[0], list[1]] }]);
});
