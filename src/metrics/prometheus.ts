/**
 * Prometheus text (exposition format 0.0.4) → one snapshot.
 *
 * Families of client_golang's Go collector and of the agent go under their runtime/metrics names;
 * everything else keeps its own, with its labels: `http_requests_total{code="200"}`. Lines that are
 * not understood are counted and shown, never dropped in silence. One pass over the text; memory is
 * in proportion to what `keep` keeps.
 *
 * Source: prometheus.io/docs/instrumenting/exposition_formats (text-based format 0.0.4).
 */
import { translateMemStats } from './memstats.ts';
import { metricOfPrometheusName } from './names.ts';
import type { PrometheusSample } from './prometheus-line.ts';
import { scanPrometheusLine } from './prometheus-line.ts';
import type { Histogram, Metric, MetricSnapshot } from './snapshot.ts';

export interface PrometheusOptions {
  /** Families for which this is false are only counted. The default keeps all. */
  readonly keep?: (family: string) => boolean;
}

export interface PrometheusReading {
  readonly snapshot: MetricSnapshot;
  /** Main module path and version of `go_build_info`; '' = unknown. */
  readonly main: string;
  readonly version: string;
  /** 1-based line numbers, the text (shortened) and the reason; the first 20. */
  readonly malformed: readonly { readonly line: number; readonly text: string; reason: string }[];
  readonly malformedCount: number;
  /** Families that `keep` refused. */
  readonly notKept: readonly string[];
}

export function looksLikePrometheus(text: string): boolean {
  return /^# (HELP|TYPE) [a-zA-Z_:]/m.test(text.slice(0, 4000));
}

/** `timeNanos` is when it was fetched. Never throws: what is not understood is in `malformed`. */
export function decodePrometheus(
  text: string,
  timeNanos: bigint,
  options: PrometheusOptions = {},
): PrometheusReading {
  const reader = new Reader(options.keep ?? (() => true));
  let lineNumber = 0;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    lineNumber++;
    reader.line(text.slice(start, end), lineNumber);
    start = end + 1;
  }
  return reader.finish(timeNanos);
}

type FamilyType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';

interface Family {
  readonly name: string;
  type: FamilyType;
  /** runtime/metrics name that the help text gives: “Sourced from /gc/gogc:percent.” */
  sourcedFrom: string;
}

interface Buckets {
  readonly family: Family;
  readonly key: string;
  readonly line: number;
  readonly le: number[];
  readonly cumulative: number[];
}

const maxMalformed = 20;

class Reader {
  readonly #keep: (family: string) => boolean;
  readonly #families = new Map<string, Family>();
  readonly #metrics = new Map<string, Metric>();
  readonly #buckets = new Map<string, Buckets>();
  readonly #notKept = new Set<string>();
  readonly #malformed: { line: number; text: string; reason: string }[] = [];
  #malformedCount = 0;
  #goVersion = '';
  #main = '';
  #version = '';

  constructor(keep: (family: string) => boolean) {
    this.#keep = keep;
  }

  line(text: string, number: number): void {
    if (text.trim() === '') return;
    if (text.startsWith('#')) {
      this.#comment(text);
      return;
    }
    const sample = scanPrometheusLine(text);
    if (typeof sample === 'string') this.#refuse(number, text, sample);
    else this.#sample(sample, number, text);
  }

  finish(timeNanos: bigint): PrometheusReading {
    for (const buckets of this.#buckets.values()) this.#histogram(buckets);
    translateMemStats((field) => this.#memStatsField(field), this.#metrics);
    this.#alias('go_goroutines', '/sched/goroutines:goroutines');
    this.#alias('go_threads', '/sched/threads/total:threads');
    return {
      snapshot: {
        timeNanos,
        source: 'prometheus',
        goVersion: this.#goVersion,
        processStartNanos:
          BigInt(Math.round((this.#scalar('process_start_time_seconds') ?? 0) * 1e3)) * 1_000_000n,
        gomaxprocs: this.#scalar('/sched/gomaxprocs:threads') ?? 0,
        metrics: this.#metrics,
      },
      main: this.#main,
      version: this.#version,
      malformed: this.#malformed,
      malformedCount: this.#malformedCount,
      notKept: [...this.#notKept],
    };
  }

  #refuse(line: number, text: string, reason: string): void {
    this.#malformedCount++;
    if (this.#malformed.length < maxMalformed) {
      this.#malformed.push({ line, text: text.slice(0, 120), reason });
    }
  }

  #comment(text: string): void {
    const match = /^#[ \t]+(HELP|TYPE)[ \t]+([^ \t]+)[ \t]*(.*)$/.exec(text);
    const [, keyword, name, rest] = match ?? [];
    if (name === undefined || rest === undefined) return;
    const family = this.#family(name);
    if (keyword === 'TYPE') family.type = familyType(rest.trim());
    else family.sourcedFrom = /Sourced from (\/\S+:\S+?)\.?$/.exec(rest)?.[1] ?? '';
  }

  #family(name: string): Family {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { name, type: 'untyped', sourcedFrom: '' };
      this.#families.set(name, family);
    }
    return family;
  }

  /** The family of a sample: `x_bucket`, `x_sum` and `x_count` belong to a histogram or summary x. */
  #familyOf(name: string): Family {
    const suffix = /_(bucket|sum|count)$/.exec(name);
    if (suffix) {
      const family = this.#families.get(name.slice(0, suffix.index));
      if (family?.type === 'histogram' || family?.type === 'summary') return family;
    }
    return this.#family(name);
  }

  #sample(sample: PrometheusSample, line: number, text: string): void {
    const { name, labels, value } = sample;
    if (name === 'go_info') this.#goVersion = labels.get('version') ?? '';
    if (name === 'go_build_info') {
      this.#main = labels.get('path') ?? '';
      this.#version = labels.get('version') ?? '';
    }
    const family = this.#familyOf(name);
    if (!this.#keep(family.name)) {
      this.#notKept.add(family.name);
      return;
    }
    if (family.type === 'histogram' && name.endsWith('_bucket')) {
      const reason = this.#bucket(family, labels, value, line);
      if (reason !== '') this.#refuse(line, text, reason);
      return;
    }
    const part = name !== family.name;
    if (part && family.type === 'histogram' && name.endsWith('_count')) return;
    const known = part ? undefined : runtimeName(family, labels);
    const key = known ?? name + labelText(labels, '');
    const cumulative = part || family.type === 'counter' || /_total$/.test(name);
    this.#metrics.set(key, { name: key, cumulative, value });
  }

  #bucket(
    family: Family,
    labels: ReadonlyMap<string, string>,
    value: number,
    line: number,
  ): string {
    const le = numberOf(labels.get('le'));
    if (le === undefined) return 'a histogram bucket without a numeric le label';
    const key = (runtimeName(family, withoutLe(labels)) ?? family.name) + labelText(labels, 'le');
    let buckets = this.#buckets.get(key);
    if (buckets === undefined) {
      buckets = { family, key, line, le: [], cumulative: [] };
      this.#buckets.set(key, buckets);
    }
    buckets.le.push(le);
    buckets.cumulative.push(value);
    return '';
  }

  #histogram(buckets: Buckets): void {
    const isRuntime = buckets.key.startsWith('/');
    const value = histogramOf(buckets, isRuntime);
    if (typeof value === 'string') this.#refuse(buckets.line, buckets.key, value);
    else this.#metrics.set(buckets.key, { name: buckets.key, cumulative: true, value });
  }

  #scalar(name: string): number | undefined {
    const value = this.#metrics.get(name)?.value;
    return typeof value === 'number' ? value : undefined;
  }

  #memStatsField(field: string): number | undefined {
    const name = memStatsFamilies[field];
    if (name === undefined) return undefined;
    const value = this.#scalar(name);
    return value === undefined || !name.endsWith('_seconds') ? value : value * 1e9;
  }

  #alias(from: string, to: string): void {
    const metric = this.#metrics.get(from);
    if (metric === undefined) return;
    this.#metrics.delete(from);
    if (!this.#metrics.has(to)) this.#metrics.set(to, { ...metric, name: to });
  }
}

/** client_golang's families (prometheus/go_collector.go) for the fields of runtime.MemStats. */
const memStatsFamilies: Readonly<Record<string, string>> = {
  TotalAlloc: 'go_memstats_alloc_bytes_total',
  Sys: 'go_memstats_sys_bytes',
  HeapAlloc: 'go_memstats_heap_alloc_bytes',
  HeapIdle: 'go_memstats_heap_idle_bytes',
  HeapInuse: 'go_memstats_heap_inuse_bytes',
  HeapReleased: 'go_memstats_heap_released_bytes',
  HeapObjects: 'go_memstats_heap_objects',
  StackInuse: 'go_memstats_stack_inuse_bytes',
  StackSys: 'go_memstats_stack_sys_bytes',
  MSpanInuse: 'go_memstats_mspan_inuse_bytes',
  MSpanSys: 'go_memstats_mspan_sys_bytes',
  MCacheInuse: 'go_memstats_mcache_inuse_bytes',
  MCacheSys: 'go_memstats_mcache_sys_bytes',
  BuckHashSys: 'go_memstats_buck_hash_sys_bytes',
  GCSys: 'go_memstats_gc_sys_bytes',
  OtherSys: 'go_memstats_other_sys_bytes',
  NextGC: 'go_memstats_next_gc_bytes',
  NumGC: 'go_gc_duration_seconds_count',
  Mallocs: 'go_memstats_mallocs_total',
  Frees: 'go_memstats_frees_total',
  LastGC: 'go_memstats_last_gc_time_seconds',
};

function familyType(word: string): FamilyType {
  switch (word) {
    case 'counter':
    case 'gauge':
    case 'histogram':
    case 'summary':
      return word;
    default:
      return 'untyped';
  }
}

function runtimeName(family: Family, labels: ReadonlyMap<string, string>): string | undefined {
  if (labels.size > 0) return undefined;
  const known = metricOfPrometheusName(family.name)?.name;
  return known ?? (family.sourcedFrom === '' ? undefined : family.sourcedFrom);
}

function withoutLe(labels: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const rest = new Map(labels);
  rest.delete('le');
  return rest;
}

function labelText(labels: ReadonlyMap<string, string>, except: string): string {
  const parts: string[] = [];
  for (const [key, value] of labels) {
    if (key !== except) parts.push(`${key}=${JSON.stringify(value)}`);
  }
  return parts.length === 0 ? '' : `{${parts.sort().join(',')}}`;
}

/**
 * Cumulative buckets → counts of their own. The first lower bound is -Infinity: the text has none.
 * Prometheus's buckets include their upper bound and the runtime's don't, which is why its
 * exporters write the next smaller number; for those the exact bound is put back.
 */
function histogramOf(buckets: Buckets, isRuntime: boolean): Histogram | string {
  const order = buckets.le
    .map((_, i) => i)
    .sort((a, b) => (buckets.le[a] ?? 0) - (buckets.le[b] ?? 0));
  const counts = new Float64Array(order.length);
  const bounds = new Float64Array(order.length + 1);
  bounds[0] = -Infinity;
  let below = 0;
  for (const [i, index] of order.entries()) {
    const upper = buckets.le[index] ?? NaN;
    const total = buckets.cumulative[index] ?? NaN;
    if (!(total >= below)) return 'histogram buckets do not grow';
    const bound = isRuntime ? nextUp(upper) : upper;
    if (!(bound > (bounds[i] ?? NaN))) return 'two histogram buckets have the same bound';
    counts[i] = total - below;
    bounds[i + 1] = bound;
    below = total;
  }
  if (bounds[order.length] !== Infinity) return 'a histogram without its +Inf bucket';
  return { counts, bounds };
}

function numberOf(text: string | undefined): number | undefined {
  if (text === '+Inf') return Infinity;
  return text !== undefined && text !== '' && Number.isFinite(Number(text))
    ? Number(text)
    : undefined;
}

/** The next larger double; 0 for the largest negative one, as math.Nextafter does. */
function nextUp(value: number): number {
  if (!Number.isFinite(value)) return value;
  if (value === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(1);
  const float = new Float64Array(bits.buffer);
  float[0] = value;
  bits[0] = (bits[0] ?? 0n) + (value > 0 ? 1n : -1n);
  return float[0] === 0 ? 0 : (float[0] ?? value);
}
