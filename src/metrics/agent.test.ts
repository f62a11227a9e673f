import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import { decodeAgentMetrics, looksLikeAgentJson } from './agent.ts';
import { histogramCount } from './series.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/metrics/${name}`, import.meta.url), 'utf8');

describe('agent JSON', () => {
  const reading = decodeAgentMetrics(fixture('agent-1.json'));
  const { snapshot } = reading;

  test('says who the process is and when it began', () => {
    expect(reading.main).toBe('whygo.dev/demo');
    expect(reading.notUnderstood).toEqual([]);
    expect(snapshot).toMatchObject({
      source: 'agent',
      goVersion: 'go1.26.8',
      gomaxprocs: 2,
      processStartNanos: 1795201331657499915n,
      timeNanos: 1795201337693482664n,
    });
  });

  test('keeps every metric, histograms with their infinite bounds', () => {
    expect(snapshot.metrics.size).toBe(113 + 3 + 3);
    const latencies = snapshot.metrics.get('/sched/latencies:seconds')?.value;
    if (typeof latencies !== 'object') throw new Error('not a histogram');
    expect(latencies.counts.length).toBe(162);
    expect(latencies.bounds[0]).toBe(-Infinity);
    expect(latencies.bounds[162]).toBe(Infinity);
    expect(histogramCount(latencies)).toBeGreaterThan(1000);
  });

  test('reads an integer that JSON numbers cannot hold', () => {
    expect(snapshot.metrics.get('/gc/gomemlimit:bytes')?.value).toBe(2 ** 63);
  });

  test('puts CPU time and profile rates beside the runtime’s metrics', () => {
    expect(snapshot.metrics.get('process_cpu_seconds_total')).toEqual({
      name: 'process_cpu_seconds_total',
      cumulative: true,
      value: 0.803968 + 0.168493,
    });
    expect(snapshot.metrics.get('agent.mutexProfileFraction')?.value).toBe(10);
  });

  test.each(['1.19.13', '1.22.12', '1.26.8'])('reads the plain form of Go %s', (version) => {
    const text = fixture(`plain-go${version}.json`);
    expect(looksLikeAgentJson(text)).toBe(true);
    const plain = decodeAgentMetrics(text);
    expect(plain.notUnderstood).toEqual([]);
    expect(plain.snapshot.goVersion).toBe(`go${version}`);
    expect(plain.snapshot.timeNanos).toBeGreaterThan(0n);
  });

  test('knows that scheduling latencies grow, although Go 1.19 says that they do not', () => {
    const plain = decodeAgentMetrics(fixture('plain-go1.19.13.json'));
    expect(plain.snapshot.metrics.get('/sched/latencies:seconds')?.cumulative).toBe(true);
  });

  test('shows what it could not read', () => {
    const bad = decodeAgentMetrics(
      JSON.stringify({
        metrics: [
          { name: '/a:b', value: null },
          { name: '/h:s', value: { counts: [1], buckets: [0] } },
          { name: '/down:s', value: { counts: [1], buckets: [2, 1] } },
          3,
          { name: '/ok:x', value: 4 },
        ],
      }),
    );
    expect(bad.snapshot.metrics.size).toBe(1);
    expect(bad.notUnderstood).toHaveLength(4);
  });

  test.each(['', '[]', '{', '{"schema":"whygo.agent/9","metrics":[]}', '{"metrics":{}}'])(
    'refuses %j with a DecodeError',
    (text) => {
      expect(() => decodeAgentMetrics(text)).toThrow(DecodeError);
    },
  );
});
