/** What the machine, the scheduler and threads do to a process: three rules over its metrics. */
import { describe, expect, test } from 'vitest';
import { explain } from './explain.ts';
import type { Finding, FindingKind } from './finding.ts';
import { observationFromText, type TextMetrics, type TextObservation } from './fromtext.ts';

function found(kind: FindingKind, text: TextObservation): readonly Finding[] {
  return explain(observationFromText(text)).findings.filter((f) => f.kind === kind);
}

/** Metrics of 30 s that grow by `rates` a second from 1,000 on; gauges stay. */
function metrics(
  rates: Readonly<Record<string, number>>,
  gauges: Readonly<Record<string, number>> = {},
): TextMetrics[] {
  return [0, 10, 20, 30].map((at) => {
    const grown = Object.entries(rates).map(([name, rate]) => [name, 1000 + rate * at]);
    return { at, values: { ...Object.fromEntries(grown), ...gauges } };
  });
}

const cpu = { type: 'cpu', at: 0, for: 30, stacks: 'main.main;main.work@work.go:7 300' } as const;

function quota(throttled: number, periods = 10): TextMetrics[] {
  return metrics(
    {
      container_cpu_cfs_periods_total: periods,
      container_cpu_cfs_throttled_periods_total: throttled,
      container_cpu_cfs_throttled_seconds_total: 0.5,
      process_cpu_seconds_total: 0.3,
    },
    { container_cpu_limit_cores: 0.3 },
  );
}

describe('cpu-starvation by a quota', () => {
  test('is as severe as the share of throttled periods', () => {
    const severities = [8.8, 3, 1, 0.2].map(
      (throttled) =>
        found('cpu-starvation', { captures: [], metrics: quota(throttled) })[0]?.severity,
    );
    expect(severities).toEqual(['high', 'medium', 'low', undefined]);
  });

  test('says the limit, that GOMAXPROCS is above it, and who uses the CPU', () => {
    const [finding] = found('cpu-starvation', { captures: [cpu], metrics: quota(8.8) });
    expect(finding?.title).toBe(
      'The CPU quota of 0.3 cores stopped the process in 88 % of its periods',
    );
    expect(finding?.where[0]?.function).toBe('main.work');
    expect(finding?.evidence.map(({ text }) => text).join('\n')).toContain('GOMAXPROCS is 2');
  });

  test('is not told of a few periods, nor without a quota', () => {
    expect(found('cpu-starvation', { captures: [], metrics: quota(0.3, 0.5) })).toEqual([]);
    expect(found('cpu-starvation', { captures: [cpu], metrics: metrics({}) })).toEqual([]);
  });
});

describe('cpu-starvation by neighbours', () => {
  const delayed = (running: number, waiting: number) =>
    metrics({
      process_run_seconds_total: running,
      process_run_delay_seconds_total: waiting,
    });

  test('is medium at most, as no line of the program is at fault', () => {
    const [finding] = found('cpu-starvation', { captures: [cpu], metrics: delayed(0.2, 1.4) });
    expect(finding).toMatchObject({ severity: 'medium' });
    expect(finding?.title).toContain('waited for a CPU 88 % of the time');
  });

  test('takes more than the wakeups of a process that hardly runs', () => {
    expect(found('cpu-starvation', { captures: [], metrics: delayed(0.05, 0.1) })).toEqual([]);
    expect(found('cpu-starvation', { captures: [], metrics: delayed(1, 0.06) })).toEqual([]);
  });
});

/** 1,000 waits a second of 1 µs, and `late` of 50 ms. */
function waits(late: number, gauges: Readonly<Record<string, number>>): TextMetrics[] {
  const bounds = Float64Array.of(0, 2e-6, 40e-3, 60e-3, Number.POSITIVE_INFINITY);
  return metrics({}, gauges).map((one) => {
    const counts = Float64Array.of(1000 * one.at, 0, late * one.at, 0);
    return { ...one, histograms: { '/sched/latencies:seconds': { counts, bounds } } };
  });
}

describe('scheduler-latency', () => {
  const runnable = '/sched/goroutines/runnable:goroutines';
  const burst = {
    type: 'goroutine',
    stacks: 'main.all.func1;main.render@render.go:19 20\nmain.main;runtime.gopark 1',
  } as const;

  test('takes long waits and a long queue', () => {
    const captures = [0, 15, 30].map((at) => ({ ...burst, at }));
    const [finding] = found('scheduler-latency', {
      captures,
      metrics: waits(40, { [runnable]: 20 }),
    });
    expect(finding).toMatchObject({ severity: 'medium' });
    expect(finding?.title).toContain('20 are ready at a time for 2 processors');
    expect(finding?.where.map((place) => place.function)).toContain('main.render');
  });

  test('is low when hardly anybody queues: then threads were stopped', () => {
    const [finding] = found('scheduler-latency', {
      captures: [],
      metrics: waits(40, { [runnable]: 0.5 }),
    });
    expect(finding).toMatchObject({ severity: 'low' });
    expect(finding?.counterEvidence[0]?.text).toContain('Few goroutines');
  });

  test('is not told of short waits, however many are ready', () => {
    const text = { captures: [], metrics: waits(1, { [runnable]: 20 }) };
    expect(found('scheduler-latency', text)).toEqual([]);
  });

  test('leaves a short queue to what starves the process', () => {
    const starved = quota(8.8).map(({ at, values }, i) => {
      const late = waits(40, { [runnable]: 8 })[i];
      return { at, values: { ...values, [runnable]: 8 }, histograms: late?.histograms ?? {} };
    });
    const [finding] = found('scheduler-latency', { captures: [], metrics: starved });
    expect(finding).toMatchObject({ severity: 'low' });
  });
});

describe('thread-growth', () => {
  const threads = (...values: readonly number[]) =>
    values.map((value, i) => ({ at: 10 * i, values: { process_threads: value } }));
  const flock = (n: number, at: number) => ({
    type: 'goroutine' as const,
    at,
    stacks: `main.main.func1;main.write@write.go:23;syscall.Flock;internal/runtime/syscall.Syscall6 ${n}\nmain.main;runtime.gopark ${80 - n}`,
  });

  test('names the calls that hold the threads', () => {
    const captures = [flock(5, 0), flock(25, 15), flock(50, 30)];
    const [finding] = found('thread-growth', { captures, metrics: threads(12, 30, 45, 62) });
    expect(finding).toMatchObject({ severity: 'medium', confidence: 0.85 });
    expect(finding?.where[0]?.function).toBe('main.write');
    expect(finding?.title).toContain('50 more threads');
  });

  test('is not told of the threads of a beginning, nor of many that stay', () => {
    expect(found('thread-growth', { captures: [], metrics: threads(6, 12, 16, 18) })).toEqual([]);
    expect(found('thread-growth', { captures: [], metrics: threads(90, 92, 91, 92) })).toEqual([]);
  });
});
