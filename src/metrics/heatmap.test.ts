import { describe, expect, test } from 'vitest';
import {
  columnPercentile,
  type HeatMap,
  heatMapOf,
  isUnknown,
  joinHeatMaps,
  rowsOf,
  trimmed,
} from './heatmap.ts';
import type { Metric, MetricSnapshot } from './snapshot.ts';

const NAME = '/sched/latencies:seconds';
const BOUNDS = [-Infinity, 0, 1, 2, Infinity];

/** A reading each second: `1 2 3 4` = cumulative counts by bucket; `-` = without the metric. */
function readings(...rows: readonly string[]): MetricSnapshot[] {
  return rows.map((row, second) => reading(second, row, BOUNDS));
}

function reading(
  second: number,
  row: string,
  bounds: readonly number[],
  processStartNanos = 1n,
): MetricSnapshot {
  const metrics = new Map<string, Metric>();
  if (row !== '-') {
    const counts = Float64Array.from(row.split(' '), Number);
    const value = { counts, bounds: Float64Array.from(bounds) };
    metrics.set(NAME, { name: NAME, cumulative: true, value });
  }
  const timeNanos = BigInt(second) * 1_000_000_000n;
  return { timeNanos, source: 'agent', goVersion: '', processStartNanos, gomaxprocs: 1, metrics };
}

function mapOf(snapshots: readonly MetricSnapshot[]): HeatMap {
  const map = heatMapOf(snapshots, NAME);
  if (map === undefined) throw new Error('no map');
  return map;
}

/** One text a column: `0 1 0 2`, or `?` where nothing is known. */
function columns(map: HeatMap): string[] {
  const rows = rowsOf(map);
  return Array.from(map.from, (_, column) =>
    isUnknown(map, column)
      ? '?'
      : [...map.counts.subarray(column * rows, (column + 1) * rows)].join(' '),
  );
}

describe('a heat map', () => {
  test('has what each interval added', () => {
    const map = mapOf(readings('0 1 1 0', '0 3 1 0', '0 3 1 5'));
    expect(columns(map)).toEqual(['0 2 0 0', '0 0 0 5']);
    expect([...map.from]).toEqual([0, 1000]);
    expect([...map.to]).toEqual([1000, 2000]);
  });

  test('needs two readings', () => {
    expect(heatMapOf(readings('0 1 1 0'), NAME)).toBeUndefined();
    expect(heatMapOf(readings('-', '-', '0 1 0 0'), NAME)).toBeUndefined();
  });

  test('knows nothing of the interval across a restart', () => {
    const before = readings('0 1 1 0', '0 3 1 0');
    const after = [
      reading(2, '0 9 9 9', BOUNDS, 10n ** 12n),
      reading(3, '0 9 9 10', BOUNDS, 10n ** 12n),
    ];
    expect(columns(mapOf([...before, ...after]))).toEqual(['0 2 0 0', '?', '0 0 0 1']);
  });

  test('knows nothing where a count fell or is no number', () => {
    expect(columns(mapOf(readings('0 5 0 0', '0 4 9 0', '0 4 9 1')))).toEqual(['?', '0 0 0 1']);
    expect(columns(mapOf(readings('0 5 0 0', '0 NaN 9 0', '0 6 9 1', '0 7 9 1')))).toEqual([
      '?',
      '?',
      '0 1 0 0',
    ]);
  });

  test('joins two intervals into one where a reading lacks the metric', () => {
    const map = mapOf(readings('0 1 0 0', '-', '0 4 0 0'));
    expect(columns(map)).toEqual(['0 3 0 0']);
    expect([map.from[0], map.to[0]]).toEqual([0, 2000]);
  });

  test('keeps what lies in the outer buckets, which have no bound', () => {
    const map = mapOf(readings('0 0 0 0', '2 0 0 3'));
    expect(columns(map)).toEqual(['2 0 0 3']);
    expect([map.bounds[0], map.bounds.at(-1)]).toEqual([-Infinity, Infinity]);
  });

  test('of readings with other bounds has the rows that both share', () => {
    const coarse = [0, 2, Infinity];
    const start = 10n ** 12n;
    const map = mapOf([
      ...readings('0 0 0 0', '0 1 2 3'),
      reading(2, '0 0', coarse, start),
      reading(3, '4 5', coarse, start),
    ]);
    expect([...map.bounds]).toEqual([-Infinity, 0, 2, Infinity]);
    expect(columns(map)).toEqual(['0 3 3', '?', '0 4 5']);
  });

  test('has percentiles by column; none of an empty or unknown one', () => {
    const map = mapOf(readings('0 0 0 0', '0 0 4 0', '0 0 4 0', '0 0 3 0'));
    expect(columnPercentile(map, 0, 0.5)).toBe(1.5);
    expect([columnPercentile(map, 1, 0.5), columnPercentile(map, 2, 0.5)]).toEqual([NaN, NaN]);
  });

  test('is trimmed to the rows that are used, and keeps what is unknown', () => {
    const map = trimmed(mapOf(readings('0 5 0 0', '0 6 2 0', '0 1 1 1')));
    expect([...map.bounds]).toEqual([0, 1, 2]);
    expect(columns(map)).toEqual(['1 2', '?']);
    expect(rowsOf(trimmed(mapOf(readings('0 1 1 1', '0 1 1 1'))))).toBe(1);
  });
});

describe('maps of several processes', () => {
  const edges = Float64Array.of(0, 1000, 2000, 3000);

  test('add up in the step that a column ends in', () => {
    const a = mapOf(readings('0 0 0 0', '0 1 0 0', '0 1 1 0'));
    const b = mapOf(readings('0 0 0 0', '0 0 0 2'));
    const joined = joinHeatMaps([a, b], edges);
    expect(joined && columns(joined)).toEqual(['0 1 0 2', '0 0 1 0']);
  });

  test('are unknown where all of them are, and known by what one knows', () => {
    const a = mapOf(readings('0 5 0 0', '0 1 0 0', '0 0 0 0'));
    const b = mapOf(readings('0 0 0 0', '0 0 0 2'));
    const joined = joinHeatMaps([a, b], edges);
    expect(joined && columns(joined)).toEqual(['0 0 0 2', '?']);
  });
});
