/**
 * What keeping and drawing runtime metrics costs, over synthetic series that are named so.
 *
 *     node perf/metrics.ts [--hours 24] [--seconds 30] [--processes 9] [--json]
 *
 * Keeping: `processes` of 113 metrics each (the agent's names, 8 of them histograms; values are made
 * up), written once a second in real time, over a store that runs; CPU of the whole process, the
 * engine's threads included, against one core. Drawing: a day of one process at 1 Hz, closed hours
 * and the open one, sampled in the store and turned into the dashboard's answer as JSON.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeAgentMetrics } from '../src/metrics/agent.ts';
import type { Histogram, Metric, MetricSnapshot } from '../src/metrics/snapshot.ts';
import { dashboardOf } from '../src/server/dashboard.ts';
import { openDuckStore } from '../src/store/duck/open.ts';
import type { Store } from '../src/store/store.ts';

const { values: flags } = parseArgs({
  options: {
    hours: { type: 'string', default: '24' },
    seconds: { type: 'string', default: '30' },
    processes: { type: 'string', default: '9' },
    json: { type: 'boolean', default: false },
  },
});
const hours = Number(flags.hours);
const processes = Number(flags.processes);
const SECOND = 1_000_000_000n;
const HOUR = 3600n * SECOND;
/** A whole hour. */
const FROM = 1_764_000_000n * SECOND - ((1_764_000_000n * SECOND) % HOUR);
/** Snapshots that are acknowledged together while the day is filled. */
const BATCH = 600;
const SERVICE = 'synthetic';

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly bar?: string;
}

const figures: Figure[] = [];
const report = (name: string, value: number, unit: string, bar?: string): void => {
  figures.push(bar === undefined ? { name, value, unit } : { name, value, unit, bar });
};

const fixture = new URL('../test/fixtures/metrics/agent-1.json', import.meta.url);
const model = decodeAgentMetrics(readFileSync(fixture, 'utf8')).snapshot;
/** What /proc would add, so that the breakdown of memory has its RSS. */
const LOCAL: readonly Metric[] = [
  { name: 'process_resident_memory_bytes', cumulative: false, value: 60 * 2 ** 20 },
  { name: 'process_run_delay_seconds_total', cumulative: true, value: 1 },
  { name: 'process_run_seconds_total', cumulative: true, value: 10 },
];

async function fillDay(store: Store): Promise<void> {
  const process = new SyntheticProcess(FROM);
  const key = { service: SERVICE, labels: { instance: 'day' } };
  const filling = await cost(async () => {
    for (let second = 0; second < hours * 3600; second += BATCH) {
      const batch = Array.from({ length: BATCH }, () => process.next());
      await store.ingestMetrics(key, batch);
      if ((second + BATCH) % 3600 === 0 && second + BATCH < hours * 3600) {
        await store.compact({ nowNanos: FROM + BigInt(second + BATCH) * SECOND });
      }
    }
  });
  report('filling a day at once, CPU a snapshot', filling.cpu / (hours * 3600), 'ms');
}

async function draw(store: Store): Promise<void> {
  const range = { fromNanos: FROM, toNanos: FROM + BigInt(hours) * HOUR };
  const costs: Cost[] = [];
  let bytes = 0;
  for (let run = 0; run < 7; run++) {
    costs.push(
      await cost(async () => {
        bytes = JSON.stringify(await dashboardOf(store, { service: SERVICE, range })).length;
      }),
    );
  }
  const middle = (values: number[]): number => values.sort((a, b) => a - b)[3] ?? 0;
  const wall = middle(costs.map((one) => one.wall));
  report(`the dashboard of ${hours} h at 1 Hz, answered`, wall, 'ms', '≤ 200');
  report('the same, CPU', middle(costs.map((one) => one.cpu)), 'ms');
  report('the same, before compression', bytes / 1024, 'kB');
}

async function keep(store: Store): Promise<void> {
  const seconds = Number(flags.seconds);
  const start = BigInt(Date.now()) * 1_000_000n;
  const all = Array.from({ length: processes }, (_, i) => ({
    process: new SyntheticProcess(start),
    key: { service: 'synthetic-live', labels: { instance: `process-${i}` } },
  }));
  let making = 0;
  const keeping = await cost(async () => {
    for (let second = 0; second < seconds; second++) {
      const begin = performance.now();
      const made = await cost(async () => undefined);
      const from = globalThis.process.cpuUsage();
      const batch = all.map(({ process, key }) => ({ key, snapshot: process.next() }));
      const { user, system } = globalThis.process.cpuUsage(from);
      making += (user + system) / 1000 + made.cpu;
      await Promise.all(batch.map(({ key, snapshot }) => store.ingestMetrics(key, [snapshot])));
      await new Promise((resolve) => setTimeout(resolve, begin + 1000 - performance.now()));
    }
  });
  const series = processes * model.metrics.size;
  const share = (keeping.cpu - making) / keeping.wall;
  report(`keeping ${series} series at 1 Hz, of a core`, share * 100, '%', '≤ 2');
}

/** The metrics of a process that allocates, collects and answers; every value is made up. */
class SyntheticProcess {
  readonly #start: bigint;
  #seconds = 0;
  #values = new Map<string, Metric>(
    [...model.metrics.values(), ...LOCAL].map((metric) => [metric.name, metric]),
  );

  constructor(start: bigint) {
    this.#start = start;
  }

  next(): MetricSnapshot {
    const second = this.#seconds++;
    const metrics = new Map<string, Metric>();
    for (const metric of this.#values.values()) {
      metrics.set(metric.name, { ...metric, value: this.#moved(metric, second) });
    }
    this.#values = metrics;
    const timeNanos = this.#start + BigInt(second) * SECOND;
    return { ...model, timeNanos, processStartNanos: this.#start, metrics };
  }

  #moved({ name, value, cumulative }: Metric, second: number): number | Histogram {
    if (name.startsWith('/godebug/')) return value;
    if (typeof value === 'number') {
      if (cumulative) return value + Math.random() * 10;
      return Math.max(0, value * (1 + Math.sin(second / 600) / 500));
    }
    const counts = value.counts.slice();
    for (let i = 0; i < 6; i++) {
      const bucket = 10 + Math.floor(Math.random() * Math.random() * 40);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    return { counts, bounds: value.bounds };
  }
}

interface Cost {
  /** Milliseconds, of all threads. */
  readonly cpu: number;
  readonly wall: number;
}

async function cost(work: () => Promise<unknown>): Promise<Cost> {
  const from = process.cpuUsage();
  const start = performance.now();
  await work();
  const { user, system } = process.cpuUsage(from);
  return { cpu: (user + system) / 1000, wall: performance.now() - start };
}

function print(): void {
  for (const { name, value, unit, bar } of figures) {
    const text = value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0);
    console.log(`${name.padEnd(48)} ${text.padStart(9)} ${unit.padEnd(4)} ${bar ?? ''}`.trimEnd());
  }
}

const folder = mkdtempSync(join(tmpdir(), 'whygo-metrics-'));
try {
  const store = await openDuckStore(folder);
  await fillDay(store);
  await draw(store);
  await keep(store);
  await store.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (flags.json) console.log(JSON.stringify({ schema: 'whygo.perf/1', figures }));
else print();
