import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import { decodeMemStats, PauseHistogram } from './memstats.ts';
import { histogramCount, percentile } from './series.ts';

const text = readFileSync(
  new URL('../../test/fixtures/metrics/heap-debug1-memstats-go1.26.8.txt', import.meta.url),
  'utf8',
);

/** A block with `count` collections of `nanos` each. */
function block(count: number, nanos: number): string {
  const ring = Array.from({ length: 256 }, (_, i) => (i < count || count > 256 ? nanos : 0));
  const list = `[${ring.join(' ')}]`;
  return `# runtime.MemStats\n# PauseNs = ${list}\n# PauseEnd = ${list}\n# NumGC = ${count}\n`;
}

describe('MemStats at the end of heap?debug=1', () => {
  const reading = decodeMemStats(text, 42n);
  const value = (name: string) => reading.snapshot.metrics.get(name)?.value;

  test('become runtime/metrics names', () => {
    expect(reading.notUnderstood).toEqual([]);
    expect(reading.snapshot).toMatchObject({ timeNanos: 42n, source: 'memstats', goVersion: '' });
    expect(value('/gc/heap/allocs:bytes')).toBe(230992);
    expect(value('/memory/classes/heap/objects:bytes')).toBe(153848);
    expect(value('/gc/heap/goal:bytes')).toBe(4194304);
    expect(value('/gc/cycles/total:gc-cycles')).toBe(4);
    expect(value('MemStats.MaxRSS:bytes')).toBe(9125888);
  });

  test('are taken apart where MemStats adds up', () => {
    expect(value('/gc/heap/frees:bytes')).toBe(230992 - 153848);
    expect(value('/memory/classes/heap/free:bytes')).toBe(3145728 - 3112960);
    expect(value('/memory/classes/heap/unused:bytes')).toBe(655360 - 153848);
    expect(value('/memory/classes/metadata/mspan/free:bytes')).toBe(32640 - 24000);
    expect(value('/gc/cycles/automatic:gc-cycles')).toBe(0);
  });

  test('sum up to the memory obtained from the system, as runtime/metrics does', () => {
    let sum = 0;
    for (const [name, metric] of reading.snapshot.metrics) {
      if (name.startsWith('/memory/classes/') && !name.startsWith('/memory/classes/total')) {
        sum += Number(metric.value);
      }
    }
    expect(sum).toBe(value('/memory/classes/total:bytes'));
  });

  test('list the pauses of the last collections', () => {
    expect(reading.pauses.map((p) => [p.cycle, p.durationNanos])).toEqual([
      [1, 23428],
      [2, 349273],
      [3, 299815],
      [4, 246307],
    ]);
    expect(reading.pauses[3]?.endNanos).toBe(1795196463165766152n);
  });

  test('are refused when the block is missing', () => {
    expect(() => decodeMemStats('heap profile: 0: 0', 0n)).toThrow(DecodeError);
  });

  test('show a line that is not understood', () => {
    expect(decodeMemStats('# runtime.MemStats\n# Alloc: 3\n', 0n).notUnderstood).toEqual([
      '# Alloc: 3',
    ]);
  });
});

describe('the histogram of pauses', () => {
  test('counts every cycle once, however often it is read', () => {
    const histogram = new PauseHistogram();
    histogram.add(decodeMemStats(block(3, 1_000_000), 0n));
    const metric = histogram.add(decodeMemStats(block(5, 1_000_000), 0n));
    if (typeof metric.value === 'number') throw new Error('not a histogram');
    expect(histogramCount(metric.value)).toBe(5);
    expect(percentile(metric.value, 0.5)).toBeCloseTo(0.001, 3);
    expect(histogram.missed).toBe(0);
  });

  test('counts the cycles that left the ring unseen', () => {
    const histogram = new PauseHistogram();
    histogram.add(decodeMemStats(block(3, 1000), 0n));
    histogram.add(decodeMemStats(block(1000, 1000), 0n));
    expect(histogram.missed).toBe(1000 - 256 - 3);
  });

  test('begins again with a new process', () => {
    const histogram = new PauseHistogram();
    histogram.add(decodeMemStats(block(30, 1000), 0n));
    const metric = histogram.add(decodeMemStats(block(2, 1000), 0n));
    if (typeof metric.value === 'number') throw new Error('not a histogram');
    expect(histogramCount(metric.value)).toBe(2);
  });
});
