/**
 * expvar's JSON (`/debug/vars`) → one snapshot: MemStats under their runtime/metrics names, and the
 * program's own variables as `expvar.NAME`.
 *
 * Numbers inside maps are kept with their path (`expvar.requests.list`); what is neither a number nor
 * a map of numbers is counted by name. Source: Go 1.26, src/expvar/expvar.go.
 */
import { DecodeError } from '../base/errors.ts';
import { type MemStatsReading, memStatsReading } from './memstats.ts';
import type { Metric } from './snapshot.ts';

const format = 'expvar JSON';
/** Deeper maps are not metrics. */
const MOST_DEPTH = 4;
/** A program may publish a map that grows for ever. */
const MOST_VARIABLES = 2000;
const RINGS = ['PauseNs', 'PauseEnd'] as const;

export interface ExpvarReading extends MemStatsReading {
  /** The program and its arguments. */
  readonly commandLine: readonly string[];
}

export function looksLikeExpvar(text: string): boolean {
  return /^\s*\{/.test(text) && /"memstats"\s*:\s*\{/.test(text);
}

/** `timeNanos` is when it was fetched: the text has no time. Throws DecodeError. */
export function decodeExpvar(text: string, timeNanos: bigint): ExpvarReading {
  const root = parse(text);
  const { cmdline, memstats, ...own } = root;
  if (!isObject(memstats)) throw new DecodeError(format, 0, 'there are no memstats');
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(memstats)) {
    if (typeof value === 'number') fields.set(name, String(value));
  }
  for (const name of RINGS) {
    // As text: nanoseconds since 1970 have more digits than a double.
    const ring = new RegExp(`"${name}"\\s*:\\s*\\[([\\d,\\s]*)\\]`).exec(text)?.[1];
    if (ring !== undefined) fields.set(name, `[${ring.replace(/[,\s]+/g, ' ').trim()}]`);
  }
  const notUnderstood: string[] = [];
  const reading = memStatsReading(fields, timeNanos, notUnderstood);
  const metrics = new Map(reading.snapshot.metrics);
  for (const [name, value] of Object.entries(own)) {
    addVariable(`expvar.${name}`, value, 0, metrics, notUnderstood);
  }
  const commandLine = Array.isArray(cmdline) ? cmdline.map(String) : [];
  const snapshot = { ...reading.snapshot, source: 'expvar', metrics } as const;
  return { ...reading, snapshot, notUnderstood, commandLine };
}

function addVariable(
  name: string,
  value: unknown,
  depth: number,
  metrics: Map<string, Metric>,
  notUnderstood: string[],
): void {
  if (typeof value === 'number') {
    if (metrics.size >= MOST_VARIABLES) notUnderstood.push(name);
    else metrics.set(name, { name, cumulative: false, value });
  } else if (isObject(value) && depth < MOST_DEPTH) {
    for (const [key, inner] of Object.entries(value)) {
      addVariable(`${name}.${key}`, inner, depth + 1, metrics, notUnderstood);
    }
  } else notUnderstood.push(name);
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): JsonObject {
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
