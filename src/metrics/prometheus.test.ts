import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeAgentMetrics } from './agent.ts';
import { decodePrometheus } from './prometheus.ts';
import { histogramCount, percentile } from './series.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/metrics/${name}`, import.meta.url), 'utf8');
const decode = (text: string) => decodePrometheus(text, 7n);
const names = (text: string) => [...decode(text).snapshot.metrics.keys()].sort();

describe('client_golang’s Go collector', () => {
  test('with all runtime metrics has every one of them under its own name', () => {
    const reading = decode(fixture('prometheus-all.txt'));
    const plain = decodeAgentMetrics(fixture('plain-go1.26.8.json'));
    const missing = [...plain.snapshot.metrics.keys()].filter(
      (name) => !reading.snapshot.metrics.has(name),
    );
    expect(missing).toEqual([]);
    expect(reading.malformedCount).toBe(0);
    expect(reading.snapshot).toMatchObject({ goVersion: 'go1.26.8', gomaxprocs: 2 });
    for (const metric of reading.snapshot.metrics.values()) {
      const same = plain.snapshot.metrics.get(metric.name);
      if (same) expect([metric.name, metric.cumulative]).toEqual([same.name, same.cumulative]);
    }
  });

  test('by default has MemStats, goroutines, threads and the process', () => {
    const { snapshot } = decode(fixture('prometheus-default.txt'));
    const value = (name: string) => snapshot.metrics.get(name)?.value;
    expect(value('/sched/goroutines:goroutines')).toBe(4);
    expect(value('/sched/threads/total:threads')).toBe(6);
    expect(value('/memory/classes/heap/objects:bytes')).toBe(208496);
    expect(value('/memory/classes/heap/unused:bytes')).toBe(1515520 - 208496);
    expect(value('/gc/cycles/total:gc-cycles')).toBe(0);
    expect(value('process_resident_memory_bytes')).toBe(8818688);
    expect(snapshot.processStartNanos).toBe(1795195988380000000n);
  });
});

describe('the agent’s text', () => {
  const text = decode(fixture('agent-prometheus.txt'));
  const json = decodeAgentMetrics(fixture('agent-2.json'));

  test('says the same as its JSON, with coarser histograms', () => {
    const counters = ['/gc/heap/allocs:bytes', '/gc/cycles/total:gc-cycles'];
    for (const name of counters) {
      const later = Number(text.snapshot.metrics.get(name)?.value);
      expect(later).toBeGreaterThanOrEqual(Number(json.snapshot.metrics.get(name)?.value));
    }
    expect(text.main).toBe('whygo.dev/demo');
    expect(text.malformedCount).toBe(0);
  });

  test('has histograms whose bounds are the runtime’s again', () => {
    const coarse = text.snapshot.metrics.get('/sched/latencies:seconds')?.value;
    const fine = json.snapshot.metrics.get('/sched/latencies:seconds')?.value;
    if (typeof coarse !== 'object' || typeof fine !== 'object') throw new Error('no histogram');
    const exact = new Set(fine.bounds);
    expect([...coarse.bounds].filter((bound) => !exact.has(bound))).toEqual([]);
    expect(histogramCount(coarse)).toBeGreaterThanOrEqual(histogramCount(fine));
  });
});

describe('other metrics', () => {
  test('keep their names, with their labels in order', () => {
    expect(
      names('# TYPE http_requests_total counter\nhttp_requests_total{method="GET",code="200"} 3\n'),
    ).toEqual(['http_requests_total{code="200",method="GET"}']);
  });

  test('are cumulative when their type or name says so', () => {
    const text = '# TYPE a counter\na 1\nb_total 2\n# TYPE c gauge\nc 3\nd 4 1395066363000\n';
    const { metrics } = decode(text).snapshot;
    expect([...metrics.values()].map((m) => [m.name, m.cumulative, m.value])).toEqual([
      ['a', true, 1],
      ['b_total', true, 2],
      ['c', false, 3],
      ['d', false, 4],
    ]);
  });

  test('may be NaN or infinite', () => {
    const { metrics } = decode('a NaN\nb +Inf\nc -Inf\nd 1e-3\n').snapshot;
    expect([...metrics.values()].map((m) => m.value)).toEqual([NaN, Infinity, -Infinity, 0.001]);
  });

  test('unescape label values', () => {
    expect(names('a{b="c"}1')).toEqual(['a{b="c"}']);
    expect(names('a{path="C:\\\\DIR\\n\\"x\\" }, "} 1\n')).toEqual([
      `a{path=${JSON.stringify('C:\\DIR\n"x" }, ')}}`,
    ]);
  });

  test('histograms are taken apart into buckets', () => {
    const text =
      '# TYPE h histogram\nh_bucket{le="0.1"} 2\nh_bucket{le="1"} 5\nh_bucket{le="+Inf"} 6\n' +
      'h_sum 3.5\nh_count 6\n';
    const { metrics } = decode(text).snapshot;
    const h = metrics.get('h')?.value;
    if (typeof h !== 'object') throw new Error('no histogram');
    expect([...h.counts]).toEqual([2, 3, 1]);
    expect([...h.bounds]).toEqual([-Infinity, 0.1, 1, Infinity]);
    expect(percentile(h, 0.5)).toBeCloseTo(0.1 + 0.9 / 3, 10);
    expect(metrics.get('h_sum')).toEqual({ name: 'h_sum', cumulative: true, value: 3.5 });
  });

  test('are dropped only when the caller says so, and named then', () => {
    const reading = decodePrometheus('a 1\nb{x="1"} 2\nb{x="2"} 3\n', 0n, {
      keep: (family) => family === 'a',
    });
    expect([...reading.snapshot.metrics.keys()]).toEqual(['a']);
    expect(reading.notKept).toEqual(['b']);
  });
});

describe('malformed text', () => {
  test.each([
    ['a', 'there is no value'],
    ['1a 2', 'it does not begin with a metric name'],
    ['a{b="c" 1', 'the labels do not end at column 9'],
    ['a{b="1",b="2"} 1', 'the label b is there twice'],
    ['a one', 'the value is "one"'],
    ['<html>', 'it does not begin with a metric name'],
  ])('%j is reported with its line: %s', (line, reason) => {
    const reading = decode(`ok 1\n${line}\nalso_ok 2\n`);
    expect(reading.malformed).toEqual([{ line: 2, text: line, reason }]);
    expect(reading.snapshot.metrics.size).toBe(2);
  });

  test.each([
    ['h_bucket{le="1"} 5\nh_bucket{le="+Inf"} 3\n', 'histogram buckets do not grow'],
    ['h_bucket{le="1"} 5\n', 'a histogram without its +Inf bucket'],
    ['h_bucket{le="+Inf"} 5\nh_bucket{le="+Inf"} 5\n', 'two histogram buckets have the same bound'],
    ['h_bucket 5\n', 'a histogram bucket without a numeric le label'],
  ])('a histogram such as %j is reported: %s', (lines, reason) => {
    const reading = decode(`# TYPE h histogram\n${lines}`);
    expect(reading.malformed.map((m) => m.reason)).toEqual([reason]);
    expect(reading.snapshot.metrics.size).toBe(0);
  });

  test('is counted beyond what is shown', () => {
    expect(decode('? \n'.repeat(50))).toMatchObject({ malformedCount: 50 });
    expect(decode('? \n'.repeat(50)).malformed).toHaveLength(20);
  });
});
