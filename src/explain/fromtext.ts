/**
 * Observations written as text, for tests: stacks as src/profile/fromtext.ts reads them, times in
 * seconds. It is not a format of recordings.
 */
import type { Histogram, Metric, MetricSnapshot } from '../metrics/snapshot.ts';
import { profileFromText } from '../profile/fromtext.ts';
import type { ValueType } from '../profile/profile.ts';
import type { Capture, Observation } from './observation.ts';

/**
 * Values of each line by type: CPU samples at 100 Hz; heap alloc_objects, alloc_space,
 * inuse_objects, inuse_space; goroutines; block and mutex contentions and nanoseconds.
 */
const SAMPLE_TYPES: Readonly<Record<string, readonly ValueType[]>> = {
  cpu: [{ type: 'samples', unit: 'count' }],
  heap: [
    { type: 'alloc_objects', unit: 'count' },
    { type: 'alloc_space', unit: 'bytes' },
    { type: 'inuse_objects', unit: 'count' },
    { type: 'inuse_space', unit: 'bytes' },
  ],
  goroutine: [{ type: 'goroutine', unit: 'count' }],
  goroutineleak: [{ type: 'goroutineleak', unit: 'count' }],
  block: [
    { type: 'contentions', unit: 'count' },
    { type: 'delay', unit: 'nanoseconds' },
  ],
  mutex: [
    { type: 'contentions', unit: 'count' },
    { type: 'delay', unit: 'nanoseconds' },
  ],
};

export interface TextCapture {
  readonly type: 'cpu' | 'heap' | 'goroutine' | 'goroutineleak' | 'block' | 'mutex';
  /** Seconds since the beginning, and length in seconds. */
  readonly at: number;
  readonly for?: number;
  readonly stacks: string;
  readonly delta?: boolean;
  /** Without a forced collection. */
  readonly gentle?: boolean;
}

export interface TextMetrics {
  readonly at: number;
  readonly values: Readonly<Record<string, number>>;
  readonly histograms?: Readonly<Record<string, Histogram>>;
  /** When the process started, in seconds; may be negative. */
  readonly started?: number;
}

export interface TextObservation {
  readonly captures: readonly TextCapture[];
  readonly metrics?: readonly TextMetrics[];
  readonly ownModules?: readonly string[];
  readonly missing?: Observation['missing'];
}

/** Midnight of 2026-01-01 UTC. */
const EPOCH = 1_767_225_600_000_000_000n;

export function observationFromText(text: TextObservation): Observation {
  const captures = text.captures.map(captureOf);
  const last = Math.max(0, ...text.captures.map((c) => c.at + (c.for ?? 0)));
  return {
    target: 'test',
    fromNanos: EPOCH,
    toNanos: nanosAt(last),
    captures: captures.sort((a, b) => Number(a.startNanos - b.startNanos)),
    metrics: (text.metrics ?? []).map(snapshotOf),
    ownModules: text.ownModules ?? [],
    missing: text.missing ?? [],
  };
}

function nanosAt(seconds: number): bigint {
  return EPOCH + BigInt(Math.round(seconds * 1e9));
}

function captureOf(capture: TextCapture): Capture {
  const durationNanos = BigInt(Math.round((capture.for ?? 0) * 1e9));
  const cpu = capture.type === 'cpu';
  const profile = profileFromText(capture.stacks, {
    sampleTypes: SAMPLE_TYPES[capture.type] ?? [],
    durationNanos: cpu ? durationNanos : 0n,
    periodType: cpu ? { type: 'cpu', unit: 'nanoseconds' } : { type: 'space', unit: 'bytes' },
    period: cpu ? 10_000_000n : 524_288n,
  });
  return {
    type: capture.type,
    startNanos: nanosAt(capture.at),
    durationNanos,
    profile,
    delta: capture.delta ?? false,
    forcedGc: capture.type === 'heap' && capture.gentle !== true,
  };
}

function snapshotOf({ at, values, histograms = {}, started = -100 }: TextMetrics): MetricSnapshot {
  const metrics = new Map<string, Metric>();
  for (const [name, value] of Object.entries(values)) {
    metrics.set(name, { name, cumulative: true, value });
  }
  for (const [name, value] of Object.entries(histograms)) {
    metrics.set(name, { name, cumulative: true, value });
  }
  return {
    timeNanos: nanosAt(at),
    source: 'agent',
    goVersion: 'go1.26.8',
    processStartNanos: nanosAt(started),
    gomaxprocs: 2,
    metrics,
  };
}
