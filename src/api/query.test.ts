import { describe, expect, test } from 'vitest';
import {
  MetricsQuery,
  matchersOf,
  parseApplicationName,
  SnapshotsQuery,
  TreeQuery,
} from './query.ts';

describe('a tree query', () => {
  test('reads times, flags and shares from text', () => {
    const text = { type: 'cpu', from: '1000', to: '2000', inverted: '1', minShare: '0.01' };
    expect(TreeQuery.parse(text)).toEqual({
      type: 'cpu',
      from: 1000,
      to: 2000,
      inverted: true,
      minShare: 0.01,
    });
  });

  test.each([
    [{ from: '1' }],
    [{ type: 'cpu', from: 'yesterday' }],
    [{ type: 'cpu', from: '-1' }],
    [{ type: 'cpu', inverted: 'perhaps' }],
    [{ type: 'cpu', granularity: 'addresses' }],
  ])('refuses %j', (text) => {
    expect(TreeQuery.safeParse(text).success).toBe(false);
  });
});

test('snapshots are asked for at one to twelve moments', () => {
  expect(SnapshotsQuery.parse({ type: 'heap', at: '1,2,3' }).at).toEqual([1, 2, 3]);
  expect(SnapshotsQuery.safeParse({ type: 'heap', at: '' }).success).toBe(false);
  expect(SnapshotsQuery.safeParse({ type: 'heap', at: 'now' }).success).toBe(false);
  const many = Array.from({ length: 13 }, (_, i) => i).join(',');
  expect(SnapshotsQuery.safeParse({ type: 'heap', at: many }).success).toBe(false);
});

test('one metric name and several are the same to the server', () => {
  expect(MetricsQuery.parse({ service: 's', name: 'a' }).name).toEqual(['a']);
  expect(MetricsQuery.parse({ service: 's', name: ['a', 'b'] }).name).toEqual(['a', 'b']);
});

test('matchers are told apart by their prefix', () => {
  const query = {
    'label.endpoint': '/cart',
    'label.a.b': 'x',
    'target.env': ['old', 'prod'],
    type: 'cpu',
  };
  expect(matchersOf(query, 'label.')).toEqual({ endpoint: '/cart', 'a.b': 'x' });
  expect(matchersOf(query, 'target.')).toEqual({ env: 'prod' });
});

describe('a Pyroscope application name', () => {
  test.each([
    ['shop', 'shop', {}],
    ['shop{}', 'shop', {}],
    ['shop.cpu{env=prod,version=v2}', 'shop.cpu', { env: 'prod', version: 'v2' }],
    ['shop{env="a,b", zone = "x\\"y"}', 'shop', { env: 'a,b', zone: 'x"y' }],
    ['shop{env=prod', 'shop', { env: 'prod' }],
  ])('%s', (text, name, labels) => {
    expect(parseApplicationName(text)).toEqual({ name, labels });
  });
});
