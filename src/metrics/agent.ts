/**
 * The agent's JSON (`whygo.agent/1`, served at /debug/metrics?format=json) → one snapshot.
 *
 * Also reads the plain form without a schema that a few lines of Go around metrics.Read print
 * (`{"go", "gomaxprocs", "main", "time", "metrics": […]}`). Integers above 2^53 arrive as strings;
 * they become the nearest number, as all scalars of a snapshot.
 */
import { DecodeError } from '../base/errors.ts';
import { knownMetric, processCpuName } from './names.ts';
import type { Histogram, Metric, MetricSnapshot } from './snapshot.ts';

const format = 'agent metrics';

/** A snapshot and what the agent says of the process beside it. */
export interface AgentReading {
  readonly snapshot: MetricSnapshot;
  /** Path of the main module; '' = unknown. */
  readonly main: string;
  /** VCS revision or module version; '' = unknown. */
  readonly version: string;
  /** 0 = unknown. */
  readonly pid: number;
  /** Metrics that could not be read: their name and why. */
  readonly notUnderstood: readonly string[];
}

/** True for bytes that start like the agent's JSON (or its older, plain form). */
export function looksLikeAgentJson(text: string): boolean {
  const start = text.slice(0, 2000);
  return /^\s*\{/.test(start) && (/"whygo\.agent\/\d+"/.test(start) || /"metrics"\s*:/.test(start));
}

/** Throws DecodeError when the text is no such object. */
export function decodeAgentMetrics(text: string): AgentReading {
  const root = parseObject(text);
  const schema = root.schema;
  if (schema !== undefined && schema !== 'whygo.agent/1') {
    throw new DecodeError(format, 0, `schema is ${JSON.stringify(schema)}, not "whygo.agent/1"`);
  }
  if (!Array.isArray(root.metrics)) throw new DecodeError(format, 0, 'there is no metrics array');
  const metrics = new Map<string, Metric>();
  const notUnderstood: string[] = [];
  for (const entry of root.metrics) readMetric(entry, metrics, notUnderstood);
  readProcess(root.process, metrics);
  readSettings(root.settings, metrics);
  const snapshot: MetricSnapshot = {
    timeNanos: readTime(root),
    source: 'agent',
    goVersion: stringOf(root.go),
    processStartNanos: nanosOf(root.startTimeUnixNano),
    gomaxprocs: finiteOf(root.gomaxprocs),
    metrics,
  };
  return {
    snapshot,
    main: stringOf(root.main),
    version: stringOf(root.version),
    pid: finiteOf(root.pid),
    notUnderstood,
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(text: string): JsonObject {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const offset = Number(/position (\d+)/.exec(reason)?.[1] ?? 0);
    throw new DecodeError(format, offset, `it is not JSON (${reason})`);
  }
  if (!isObject(root)) throw new DecodeError(format, 0, 'it is not a JSON object');
  return root;
}

function readMetric(entry: unknown, metrics: Map<string, Metric>, notUnderstood: string[]): void {
  if (!isObject(entry) || typeof entry.name !== 'string') {
    notUnderstood.push(`an entry without a name: ${JSON.stringify(entry).slice(0, 80)}`);
    return;
  }
  const name = entry.name;
  const value = readValue(entry.value);
  if (value === undefined) {
    notUnderstood.push(`${name}: its value is ${JSON.stringify(entry.value)?.slice(0, 80)}`);
    return;
  }
  const cumulative = knownMetric(name)?.cumulative ?? entry.cumulative === true;
  metrics.set(name, { name, cumulative, value });
}

function readValue(value: unknown): number | Histogram | undefined {
  if (isObject(value)) return readHistogram(value);
  return numberOf(value);
}

function readHistogram(value: JsonObject): Histogram | undefined {
  const { counts, buckets } = value;
  if (!Array.isArray(counts) || !Array.isArray(buckets)) return undefined;
  if (buckets.length !== counts.length + 1) return undefined;
  const histogram = {
    counts: new Float64Array(counts.length),
    bounds: new Float64Array(buckets.length),
  };
  for (let i = 0; i < counts.length; i++) {
    const count = numberOf(counts[i]);
    if (count === undefined) return undefined;
    histogram.counts[i] = count;
  }
  for (let i = 0; i < buckets.length; i++) {
    const bound = numberOf(buckets[i]);
    if (bound === undefined || !(i === 0 || bound > (histogram.bounds[i - 1] ?? 0))) {
      return undefined;
    }
    histogram.bounds[i] = bound;
  }
  return histogram;
}

function readProcess(value: unknown, metrics: Map<string, Metric>): void {
  if (!isObject(value)) return;
  const user = numberOf(value.cpuUserSeconds);
  const system = numberOf(value.cpuSystemSeconds);
  if (user === undefined || system === undefined) return;
  const put = (name: string, seconds: number) =>
    metrics.set(name, { name, cumulative: true, value: seconds });
  put(processCpuName, user + system);
  put('process_cpu_user_seconds_total', user);
  put('process_cpu_system_seconds_total', system);
}

/** Profile rates become gauges `agent.blockProfileRate` and so on; absent = unknown. */
function readSettings(value: unknown, metrics: Map<string, Metric>): void {
  if (!isObject(value)) return;
  for (const [key, setting] of Object.entries(value)) {
    const number = numberOf(setting);
    const name = `agent.${key}`;
    if (number !== undefined) metrics.set(name, { name, cumulative: false, value: number });
  }
}

function readTime(root: JsonObject): bigint {
  if (root.timeUnixNano !== undefined) return nanosOf(root.timeUnixNano);
  // The plain form has RFC 3339 with up to nine fractional digits, of which Date keeps three.
  const millis = Date.parse(stringOf(root.time));
  return Number.isNaN(millis) ? 0n : BigInt(millis) * 1_000_000n;
}

/** A JSON number, or a string that is one ("+Inf", "-Inf", "NaN", integers above 2^53). */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  if (value === '+Inf' || value === 'Inf') return Infinity;
  if (value === '-Inf') return -Infinity;
  if (value === 'NaN') return NaN;
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value) ? Number(value) : undefined;
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function finiteOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function nanosOf(value: unknown): bigint {
  if (typeof value === 'string' && /^\d{1,19}$/.test(value)) return BigInt(value);
  return 0n;
}
