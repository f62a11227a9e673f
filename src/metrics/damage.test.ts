/** Every decoder of metrics ends in a snapshot or a DecodeError, whatever happens to its text. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import { decodeAgentMetrics } from './agent.ts';
import { decodeMemStats, PauseHistogram } from './memstats.ts';
import { decodePrometheus } from './prometheus.ts';
import { seriesOf } from './series.ts';
import type { MetricSnapshot } from './snapshot.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/metrics/${name}`, import.meta.url), 'utf8');

const decoders: readonly (readonly [string, (text: string) => MetricSnapshot])[] = [
  ['agent-1.json', (text) => decodeAgentMetrics(text).snapshot],
  ['agent-prometheus.txt', (text) => decodePrometheus(text, 1n).snapshot],
  ['prometheus-default.txt', (text) => decodePrometheus(text, 1n).snapshot],
  [
    'heap-debug1-memstats-go1.26.8.txt',
    (text) => {
      const reading = decodeMemStats(text, 1n);
      new PauseHistogram().add(reading);
      return reading.snapshot;
    },
  ],
];

test.each(decoders)('%s: cut anywhere, or with characters replaced', (name, decode) => {
  const whole = fixture(name);
  let valid = 0;
  const attempt = (text: string) => {
    try {
      const snapshot = decode(text);
      for (const key of snapshot.metrics.keys()) seriesOf([snapshot, snapshot], key);
      valid++;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  };
  const step = Math.ceil(whole.length / 100);
  for (let end = 0; end < whole.length; end += step) attempt(whole.slice(0, end));
  let seed = 1;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let i = 0; i < 150; i++) {
    const at = random(whole.length);
    const replacement = '{}[]",:#\\ \n-+.eENaI0129'[random(23)] ?? '';
    attempt(whole.slice(0, at) + replacement + whole.slice(at + 1 + random(20)));
  }
  expect(valid).toBeGreaterThan(0);
});
