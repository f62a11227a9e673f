/** Files of one process, whatever they are, are one observation. */
import { expect, test } from 'vitest';
import { fixture } from '../../test/collect/fake-target.ts';
import { explain } from '../explain/explain.ts';
import { observationFromFiles } from './observe.ts';

const file = (name: string, seconds: number) => ({
  name,
  bytes: fixture(name),
  timeNanos: BigInt(seconds) * 1_000_000_000n,
});

test('dumps, metrics and profiles are read together', () => {
  const observation = observationFromFiles([
    file('goroutines/partial-go1.26.8.debug2.txt', 100),
    file('goroutines/partial-go1.26.8.debug2.txt', 130),
    file('metrics/prometheus-default.txt', 130),
    file('collect/cpu-1.pb.gz', 130),
  ]);
  const types = observation.captures.map(({ type }) => type);
  expect(types.toSorted()).toEqual(['cpu', 'goroutine', 'goroutine']);
  expect(observation.dumps).toHaveLength(2);
  expect(observation.metrics).toHaveLength(1);
  const { findings, notMeasurable } = explain(observation);
  expect(findings[0]).toMatchObject({ kind: 'stuck', severity: 'high', confidence: 0.97 });
  expect(notMeasurable.map(({ question }) => question)).not.toContain('Which goroutines are stuck');
});
