import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decodeAgentMetrics } from './agent.ts';
import { prometheusText } from './exposition.ts';
import { decodeGodebug } from './godebug/history.ts';
import { decodePrometheus } from './prometheus.ts';
import type { MetricSnapshot } from './snapshot.ts';

const read = (path: string) =>
  readFileSync(new URL(`../../test/fixtures/${path}`, import.meta.url), 'utf8');

/** Names and values; of histograms the counts, and the bounds but for the first. */
function content({ metrics }: MetricSnapshot) {
  return [...metrics.values()]
    .filter(({ name }) => name !== 'process_start_time_seconds' && !name.startsWith('go_info'))
    .map(({ name, cumulative, value }) =>
      typeof value === 'number'
        ? { name, cumulative, value }
        : { name, cumulative, counts: [...value.counts], bounds: [...value.bounds.slice(1)] },
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

test('the text of GODEBUG metrics reads back as the same metrics', () => {
  const { snapshot } = decodeGodebug(read('godebug/all-interleaved-go1.26.8.txt'), 10n ** 18n);
  const again = decodePrometheus(prometheusText(snapshot), snapshot.timeNanos);
  expect(again.malformed).toEqual([]);
  expect(content(again.snapshot)).toEqual(content(snapshot));
  expect(again.snapshot.gomaxprocs).toBe(snapshot.gomaxprocs);
  const apart = again.snapshot.processStartNanos - snapshot.processStartNanos;
  expect(Math.abs(Number(apart))).toBeLessThan(2e6);
});

test('all of runtime/metrics reads back as the same metrics', () => {
  const { snapshot } = decodeAgentMetrics(read('metrics/agent-1.json'));
  const again = decodePrometheus(prometheusText(snapshot), snapshot.timeNanos);
  expect(again.malformed).toEqual([]);
  const runtime = ({ name }: { readonly name: string }) => name.startsWith('/');
  expect(content(again.snapshot).filter(runtime)).toEqual(content(snapshot).filter(runtime));
  expect(again.snapshot.goVersion).toBe(snapshot.goVersion);
});
