/**
 * A snapshot → Prometheus text (exposition format 0.0.4): the way back of prometheus.ts.
 *
 * runtime/metrics names become client_golang's (prometheusName), MemStats fields and names of other
 * sources stay as near to themselves as the format allows. Reading the text gives the same metrics
 * again, but for the lower bound of a histogram's first bucket, which the text cannot hold.
 */
import { prometheusName } from './names.ts';
import type { Histogram, Metric, MetricSnapshot } from './snapshot.ts';

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function prometheusText(snapshot: MetricSnapshot): string {
  const lines: string[] = [];
  for (const metric of snapshot.metrics.values()) lines.push(...linesOf(metric));
  if (snapshot.goVersion !== '') {
    lines.push('# TYPE go_info gauge', `go_info{version=${JSON.stringify(snapshot.goVersion)}} 1`);
  }
  if (snapshot.processStartNanos > 0n) {
    const seconds = Number(snapshot.processStartNanos / 1_000_000n) / 1000;
    lines.push('# TYPE process_start_time_seconds gauge', `process_start_time_seconds ${seconds}`);
  }
  return `${lines.join('\n')}\n`;
}

function linesOf({ name, cumulative, value }: Metric): readonly string[] {
  const isScalar = typeof value === 'number';
  const isRuntime = name.startsWith('/');
  const brace = name.indexOf('{');
  const labels = brace < 0 ? '' : name.slice(brace);
  const plain = brace < 0 ? name : name.slice(0, brace);
  const family = isRuntime
    ? prometheusName(name, cumulative && isScalar)
    : plain.replaceAll(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=\d)/, '_');
  const type = !isScalar ? 'histogram' : cumulative ? 'counter' : 'gauge';
  const head = isRuntime ? [`# HELP ${family} Sourced from ${name}.`] : [];
  const body = isScalar ? [`${family}${labels} ${number(value)}`] : bucketLines(family, value);
  return [...head, `# TYPE ${family} ${type}`, ...body];
}

/** The runtime's buckets exclude their upper bound, Prometheus's include it (client_golang does so too). */
function bucketLines(family: string, { counts, bounds }: Histogram): readonly string[] {
  const lines: string[] = [];
  let total = 0;
  for (const [i, count] of counts.entries()) {
    total += count;
    const upper = bounds[i + 1] ?? Infinity;
    if (upper !== Infinity) lines.push(`${family}_bucket{le="${nextDown(upper)}"} ${total}`);
  }
  return [...lines, `${family}_bucket{le="+Inf"} ${total}`, `${family}_count ${total}`];
}

function number(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

/** The next smaller double, as math.Nextafter gives it. */
function nextDown(value: number): number {
  if (!Number.isFinite(value)) return value;
  if (value === 0) return -Number.MIN_VALUE;
  const bits = new BigInt64Array(1);
  const float = new Float64Array(bits.buffer);
  float[0] = value;
  bits[0] = (bits[0] ?? 0n) + (value > 0 ? -1n : 1n);
  return float[0] ?? value;
}
