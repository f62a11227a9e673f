/**
 * The `# runtime.MemStats` block that ends `/debug/pprof/heap?debug=1` → one snapshot.
 *
 * It needs nothing in the target but net/http/pprof. It has no scheduler, no latency histogram and
 * no Go version; what MemStats adds up is taken apart again where that is exact (src/runtime/
 * mstats.go, readMemStats_m; src/runtime/pprof/pprof.go, writeHeapInternal, Go 1.19 to 1.26).
 * Fields without a runtime/metrics name stay as `MemStats.Field`.
 */
import { DecodeError } from '../base/errors.ts';
import type { Metric, MetricSnapshot } from './snapshot.ts';
import { TimeHistogram } from './timehistogram.ts';

const format = 'MemStats text';
const header = '# runtime.MemStats';

/** One garbage collection: the sum of its stop-the-world pauses. */
export interface GcPause {
  /** 1 = the process's first. */
  readonly cycle: number;
  /** Unix nanoseconds at which it ended. */
  readonly endNanos: bigint;
  readonly durationNanos: number;
}

export interface MemStatsReading {
  readonly snapshot: MetricSnapshot;
  /** The last 256 cycles at most, ascending. */
  readonly pauses: readonly GcPause[];
  readonly numGC: number;
  /** Lines of the block that are not `# Name = value`, as they stand. */
  readonly notUnderstood: readonly string[];
}

export function looksLikeMemStats(text: string): boolean {
  return text.includes(`\n${header}\n`) || text.startsWith(`${header}\n`);
}

/**
 * `text` is the whole body, or its end. `timeNanos` is when it was fetched: the text has no time.
 * Throws DecodeError when the block is not there.
 */
export function decodeMemStats(text: string, timeNanos: bigint): MemStatsReading {
  const at = text.lastIndexOf(`${header}\n`);
  if (at < 0) throw new DecodeError(format, text.length, `there is no line “${header}”`);
  const notUnderstood: string[] = [];
  const fields = readFields(text.slice(at + header.length + 1), notUnderstood);
  return memStatsReading(fields, timeNanos, notUnderstood);
}

/** MemStats by field name, each as text: a number, or the ring `[1 2 3]` of PauseNs and PauseEnd. */
export type MemStatsFields = ReadonlyMap<string, string>;

/** The reading that those fields make. */
export function memStatsReading(
  fields: MemStatsFields,
  timeNanos: bigint,
  notUnderstood: readonly string[],
): MemStatsReading {
  const metrics = new Map<string, Metric>();
  translateMemStats((name) => scalar(fields, name), metrics);
  const numGC = scalar(fields, 'NumGC') ?? 0;
  const snapshot: MetricSnapshot = {
    timeNanos,
    source: 'memstats',
    goVersion: '',
    processStartNanos: 0n,
    gomaxprocs: 0,
    metrics,
  };
  return { snapshot, pauses: readPauses(fields, numGC), numGC, notUnderstood };
}

function readFields(block: string, notUnderstood: string[]): MemStatsFields {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    if (line.trim() === '') continue;
    const match = /^# (\w+) = (.*)$/.exec(line);
    const [, name, value] = match ?? [];
    if (name === undefined || value === undefined) {
      notUnderstood.push(line.slice(0, 120));
      continue;
    }
    // `# Stack = 393216 / 393216`: in use, and obtained from the system.
    const pair = /^(\d+) \/ (\d+)$/.exec(value);
    if (pair?.[1] !== undefined && pair[2] !== undefined) {
      fields.set(`${name}Inuse`, pair[1]);
      fields.set(`${name}Sys`, pair[2]);
    } else fields.set(name, value);
  }
  return fields;
}

function scalar(fields: MemStatsFields, name: string): number | undefined {
  const text = fields.get(name);
  return text !== undefined && /^-?[\d.]+(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** [MemStats field, runtime/metrics name, cumulative]. */
const direct: readonly (readonly [string, string, boolean])[] = [
  ['TotalAlloc', '/gc/heap/allocs:bytes', true],
  ['Sys', '/memory/classes/total:bytes', false],
  ['HeapAlloc', '/memory/classes/heap/objects:bytes', false],
  ['HeapReleased', '/memory/classes/heap/released:bytes', false],
  ['HeapObjects', '/gc/heap/objects:objects', false],
  ['StackInuse', '/memory/classes/heap/stacks:bytes', false],
  ['MSpanInuse', '/memory/classes/metadata/mspan/inuse:bytes', false],
  ['MCacheInuse', '/memory/classes/metadata/mcache/inuse:bytes', false],
  ['BuckHashSys', '/memory/classes/profiling/buckets:bytes', false],
  ['GCSys', '/memory/classes/metadata/other:bytes', false],
  ['OtherSys', '/memory/classes/other:bytes', false],
  ['NextGC', '/gc/heap/goal:bytes', false],
  ['NumGC', '/gc/cycles/total:gc-cycles', true],
  ['NumForcedGC', '/gc/cycles/forced:gc-cycles', true],
  // Tiny allocations are counted in with the others, so these two have no runtime/metrics name.
  ['Mallocs', 'MemStats.Mallocs:objects', true],
  ['Frees', 'MemStats.Frees:objects', true],
  ['PauseTotalNs', 'MemStats.PauseTotalNs:nanoseconds', true],
  ['GCCPUFraction', 'MemStats.GCCPUFraction:ratio', false],
  ['LastGC', 'MemStats.LastGC:nanoseconds', false],
  ['MaxRSS', 'MemStats.MaxRSS:bytes', false],
];

/** [field, field to subtract, runtime/metrics name, cumulative]. */
const differences: readonly (readonly [string, string, string, boolean])[] = [
  ['TotalAlloc', 'HeapAlloc', '/gc/heap/frees:bytes', true],
  ['HeapIdle', 'HeapReleased', '/memory/classes/heap/free:bytes', false],
  ['HeapInuse', 'HeapAlloc', '/memory/classes/heap/unused:bytes', false],
  ['StackSys', 'StackInuse', '/memory/classes/os-stacks:bytes', false],
  ['MSpanSys', 'MSpanInuse', '/memory/classes/metadata/mspan/free:bytes', false],
  ['MCacheSys', 'MCacheInuse', '/memory/classes/metadata/mcache/free:bytes', false],
  ['NumGC', 'NumForcedGC', '/gc/cycles/automatic:gc-cycles', true],
];

/**
 * Puts MemStats fields under their runtime/metrics names, except where such a metric is there
 * already. `field` gives a field by its Go name, or undefined.
 */
export function translateMemStats(
  field: (name: string) => number | undefined,
  metrics: Map<string, Metric>,
): void {
  const put = (name: string, cumulative: boolean, value: number) => {
    if (!metrics.has(name)) metrics.set(name, { name, cumulative, value });
  };
  for (const [source, name, cumulative] of direct) {
    const value = field(source);
    if (value !== undefined) put(name, cumulative, value);
  }
  for (const [source, minus, name, cumulative] of differences) {
    const value = field(source);
    const subtrahend = field(minus);
    if (value !== undefined && subtrahend !== undefined) put(name, cumulative, value - subtrahend);
  }
}

/** PauseNs and PauseEnd are rings: cycle c (from 1) is at index (c + 255) % 256. */
function readPauses(fields: MemStatsFields, numGC: number): readonly GcPause[] {
  const durations = ring(fields.get('PauseNs'));
  const ends = ring(fields.get('PauseEnd'));
  const size = Math.min(durations.length, ends.length);
  const pauses: GcPause[] = [];
  if (size === 0) return pauses;
  for (let cycle = Math.max(1, numGC - size + 1); cycle <= numGC; cycle++) {
    const duration = durations[(cycle - 1) % size];
    const end = ends[(cycle - 1) % size];
    if (duration === undefined || end === undefined) continue;
    pauses.push({ cycle, endNanos: end, durationNanos: Number(duration) });
  }
  return pauses;
}

function ring(text: string | undefined): readonly bigint[] {
  const match = /^\[([\d ]*)\]$/.exec(text ?? '');
  return match?.[1] ? match[1].trim().split(/ +/).map(BigInt) : [];
}

/**
 * Keeps the pauses of a process as the cumulative histogram `MemStats.PauseNs:seconds` (one value a
 * cycle), so that percentiles of any interval come out of it as they do of the runtime's own.
 * Cycles that left the ring between two readings cannot be recovered; `missed` counts them.
 */
export class PauseHistogram {
  readonly #pauses = new TimeHistogram();
  #lastCycle = 0;
  missed = 0;

  add(reading: MemStatsReading): Metric {
    if (reading.numGC < this.#lastCycle) {
      this.#pauses.reset();
      this.#lastCycle = 0;
    }
    const first = reading.pauses[0]?.cycle ?? reading.numGC + 1;
    if (this.#lastCycle > 0) this.missed += Math.max(0, first - this.#lastCycle - 1);
    for (const pause of reading.pauses) {
      if (pause.cycle > this.#lastCycle) this.#pauses.add(pause.durationNanos / 1e9);
    }
    this.#lastCycle = reading.numGC;
    return { name: 'MemStats.PauseNs:seconds', cumulative: true, value: this.#pauses.value };
  }
}
