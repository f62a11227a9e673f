/** Analyses of a recording; test/conformance/trace holds them to go tool trace. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeTrace } from '../decode.ts';
import { bytesSource } from '../source.ts';
import { GoState } from '../statetrack.ts';
import { criticalPath, taskPath } from './criticalpath.ts';
import { cpuSampleProfile, derivedProfile } from './derived.ts';
import { distributionOf, histogramOf } from './distribution.ts';
import { execStats } from './execstats.ts';
import { findingsOf } from './findings.ts';
import { goroutineNames, goroutinesNamed } from './names.ts';
import { regionSpans } from './selection.ts';
import { summarize } from './summary.ts';

const fixtures = join(import.meta.dirname, '../../../test/fixtures/trace');
const decode = (name: string) => decodeTrace(bytesSource(readFileSync(join(fixtures, name))));
const trace = decode('go1.26.trace');
const sum = (values: ArrayLike<number | bigint>) =>
  Array.from(values, Number).reduce((a, b) => a + b, 0);

describe('a distribution', () => {
  test('has percentiles by nearest rank', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => 100 - i);
    const { count, min, mean, p50, p90, p99, max } = distributionOf(values);
    expect([count, min, mean, p50, p90, p99, max]).toEqual([100, 1, 50.5, 50, 90, 99, 100]);
  });

  test('of nothing is all zeros', () => {
    expect(distributionOf(new Float64Array())).toMatchObject({ count: 0, max: 0, mean: 0 });
  });

  test('has bars of a fifth of a decade', () => {
    const bars = histogramOf(Float64Array.of(100, 120, 1500));
    expect(bars[0].count).toBe(2);
    expect(sum(bars.map(({ count }) => count))).toBe(3);
    expect(bars[0].to / bars[0].from).toBeCloseTo(10 ** 0.2, 9);
  });
});

describe('derived profiles', () => {
  test('of two halves of the time add up to that of all of it', () => {
    const middle = trace.duration / 2;
    const delay = (start: number, end: number) =>
      sum(derivedProfile(trace, 'sync', { time: { start, end } }).samples.values[1]);
    const whole = sum(derivedProfile(trace, 'sync').samples.values[1]);
    expect(delay(0, middle) + delay(middle, trace.duration + 1)).toBeCloseTo(whole, 0);
  });

  test('of all groups of goroutines add up, too', () => {
    const { name } = goroutineNames(trace);
    const parts = [...new Set(name)].map((index) => {
      const goroutines = goroutinesNamed(trace, trace.strings[index]);
      return sum(derivedProfile(trace, 'sched', { goroutines }).samples.values[1]);
    });
    expect(sum(parts)).toBe(sum(derivedProfile(trace, 'sched').samples.values[1]));
  });

  test('can count what comes before a goroutine first runs', () => {
    const count = (isWhole: boolean) =>
      sum(derivedProfile(trace, 'sched', {}, { isWhole }).samples.values[0]);
    expect(count(true)).toBeGreaterThan(count(false));
  });

  test('CPU samples are a profile, of a region if asked for', () => {
    const all = cpuSampleProfile(trace);
    const outer = cpuSampleProfile(trace, { spans: regionSpans(trace, { name: 'outer' }) });
    expect(sum(all.samples.values[0])).toBe(trace.samples.length);
    expect(sum(outer.samples.values[0])).toBeLessThan(trace.samples.length);
  });
});

describe('what goroutines did', () => {
  test('adds up to their time in the trace', () => {
    const stats = execStats(trace);
    for (let go = 0; go < stats.length; go++) {
      const { running, runnable, syscall, syscallBlocked, waiting, total } = stats;
      const parts = running[go] + runnable[go] + syscall[go] + syscallBlocked[go] + waiting[go];
      expect(parts).toBeCloseTo(total[go], 3);
    }
  });

  test('in two halves adds up to the whole', () => {
    const middle = trace.duration / 2;
    const first = execStats(trace, { start: 0, end: middle });
    const second = execStats(trace, { start: middle, end: trace.duration });
    const all = execStats(trace);
    expect(sum(first.running) + sum(second.running)).toBeCloseTo(sum(all.running), 3);
  });
});

describe('names', () => {
  test('are found for goroutines that Go has none for', () => {
    const traces = ['go1.22.trace', 'go1.26.trace', 'leak-go1.26.trace', 'flight-go1.26.trace'];
    const unnamed = traces.map(decode).map((one) => {
      const { name, isInferred } = goroutineNames(one);
      return { none: name.filter((index) => index === 0).length, inferred: sum(isInferred) };
    });
    expect(unnamed.every(({ none }) => none < 5)).toBe(true);
  });
});

describe('the critical path', () => {
  const { tasks, strings } = trace;
  const jobs = [...tasks.name.keys()].filter((row) => strings[tasks.name[row]].startsWith('job'));

  test('of a task covers it without gaps', () => {
    expect(jobs.length).toBeGreaterThan(2);
    for (const job of jobs) {
      const steps = taskPath(trace, job);
      expect(steps[0].start).toBe(tasks.start[job]);
      expect(steps.at(-1)?.end).toBe(tasks.end[job]);
      for (const [i, step] of steps.slice(1).entries()) expect(step.start).toBe(steps[i].end);
    }
  });

  test('goes on where a wake-up came from: another goroutine hands over', () => {
    const names = goroutineNames(trace).name;
    const main = Array.from(names).findIndex((index) => strings[index] === 'main.main');
    const steps = criticalPath(trace, main, 0, trace.duration);
    const handoffs = steps.filter(({ handoff }) => handoff !== 0);
    expect(handoffs.length).toBeGreaterThan(0);
    expect(new Set(steps.map(({ goroutine }) => goroutine)).size).toBeGreaterThan(1);
    // Nobody in the trace ends a sleep: it is on the path.
    const isSleep = ({ state, reason }: (typeof steps)[number]) =>
      state === GoState.waiting && strings[reason] === 'sleep';
    expect(steps.some(isSleep)).toBe(true);
  });
});

describe('the summary', () => {
  test('counts goroutines, collections and pauses', () => {
    const { goroutines, collections, procs, utilisation, mutator } = summarize(trace);
    expect(goroutines.atStart + goroutines.created - goroutines.ended).toBe(goroutines.atEnd);
    expect(goroutines.seen).toBe(trace.goroutines.length);
    expect(collections.cycles).toBeGreaterThan(0);
    expect(collections.pauses[0].time).toBe(Math.max(...collections.pauses.map((p) => p.time)));
    expect(procs.last).toBeGreaterThan(1);
    expect(utilisation).toBeGreaterThan(0);
    expect(mutator.mean).toBeLessThan(1);
  });

  test('names a lock that is waited for all the time, not idle goroutines', () => {
    const kinds = findingsOf(summarize(decode('leak-go1.26.trace'))).map(({ kind }) => kind);
    expect(kinds).toContain('lock-contention');
    const quiet = findingsOf(summarize(trace)).filter(({ severity }) => severity === 'high');
    expect(quiet).toEqual([]);
  });
});
