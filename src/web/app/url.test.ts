import { describe, expect, test } from 'vitest';
import {
  decodeView,
  EMPTY_VIEW,
  encodeView,
  formatSpan,
  parseSpan,
  type ViewState,
} from './url.ts';

const FULL: ViewState = {
  page: 'service',
  service: 'shop & co',
  window: { kind: 'last', ms: 3_600_000 },
  selection: { from: 1_700_000_000_000, to: 1_700_000_060_000 },
  base: { from: 1_699_999_000_000, to: 1_699_999_060_000 },
  target: { instance: 'a:6060' },
  baseLabels: { endpoint: '/list' },
  profile: {
    type: 'heap',
    sample: 'inuse_space',
    view: 'snapshots',
    search: 'json|proto',
    focus: '^main\\.',
    ignore: 'runtime\\.gcBgMarkWorker',
    hide: 'x+y',
    show: 'a=b',
    invert: true,
    collapseRecursion: true,
    zoom: ['main.main', 'main.(*cart).add', 'main.main'],
    range: [0.125, 0.5],
    sandwich: 'encoding/json.Marshal',
    symbol: '^main\\.',
    options: {},
    group: 'tenant',
    within: [1.5, 2.25],
    labels: { endpoint: '/cart?x=1', user_id: 'ü' },
    diff: 'total',
    snapshots: [1_700_000_000_000, 1_700_000_030_000],
    by: 'similar',
    dump: '2',
  },
  metrics: true,
  finding: 'heap-leak@1700000000000',
};

describe('the URL holds the whole view', () => {
  test('decode ∘ encode is the identity', () => {
    expect(decodeView(encodeView(FULL))).toEqual(FULL);
  });

  test('the plain start page has no query', () => {
    expect(encodeView(EMPTY_VIEW)).toBe('');
    expect(decodeView('')).toEqual(EMPTY_VIEW);
  });

  test('each window of the axis survives', () => {
    const windows: ViewState['window'][] = [
      { kind: 'default' },
      { kind: 'all' },
      { kind: 'last', ms: 90_000 },
      { kind: 'range', from: 5, to: 9 },
    ];
    for (const window of windows) {
      expect(decodeView(encodeView({ ...FULL, window })).window).toEqual(window);
    }
  });
});

describe('a URL written by hand', () => {
  test('reads RFC 3339 times', () => {
    const view = decodeView('?service=shop&from=2026-01-02T03:04:05Z&to=2026-01-02T03:05:05Z');
    expect(view.selection).toEqual({
      from: Date.UTC(2026, 0, 2, 3, 4, 5),
      to: Date.UTC(2026, 0, 2, 3, 5, 5),
    });
  });

  test('leaves what cannot be read at its default', () => {
    const view = decodeView(
      '?service=shop&from=9&to=3&last=soon&at=-1,x&view=3d&width=0.5-0.2&page=nowhere&label.=x',
    );
    expect(view).toEqual({ ...EMPTY_VIEW, page: 'service', service: 'shop' });
  });
});

test.each([
  ['15m', 900_000],
  ['1h', 3_600_000],
  ['90s', 90_000],
  ['2d', 172_800_000],
])('span %s', (text, ms) => {
  expect(parseSpan(text)).toBe(ms);
  expect(formatSpan(ms)).toBe(text);
});

test.each(['', '0m', '1', 'h', '1 week', '-1h'])('%j is no span', (text) => {
  expect(parseSpan(text)).toBeUndefined();
});
