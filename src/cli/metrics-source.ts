/**
 * Where `whygo metrics` reads: a live target for a while, files, a recorded folder, standard input →
 * the snapshots of one process, ascending.
 */
import { statSync } from 'node:fs';
import { UserError } from '../base/errors.ts';
import { nanosOf, systemClock } from '../collect/clock.ts';
import { targetsFromArguments } from '../collect/config/config.ts';
import { nodeDecompressors } from '../collect/decompress.ts';
import { FetchError } from '../collect/fetch.ts';
import { readFiles } from '../collect/observe.ts';
import { RecordedMetrics } from '../collect/recorded-metrics.ts';
import { openRecording } from '../collect/recording.ts';
import { Target } from '../collect/target.ts';
import { decompress } from '../formats/compression.ts';
import type { MetricSnapshot } from '../metrics/snapshot.ts';
import { openBytes } from '../open/open.ts';
import { locate } from './failure.ts';
import { readStdin } from './stdin.ts';

export interface ReadMetrics {
  /** One process each, with a name to show. */
  readonly name: string;
  readonly snapshots: readonly MetricSnapshot[];
  /** What is missing or was not understood; '' = nothing. */
  readonly note: string;
}

export interface WatchOptions {
  readonly forMillis: number;
  readonly everyMillis: number;
  readonly signal: AbortSignal;
  readonly onReading?: (readings: number, elapsedMillis: number) => void;
}

/** Throws UserError, FetchError or DecodeError, which name what could not be read. */
export async function readMetrics(
  sources: readonly string[],
  watch: WatchOptions,
): Promise<readonly ReadMetrics[]> {
  const kinds = sources.map(kindOf);
  const [first = ''] = sources;
  if (sources.length === 1 && kinds[0] === 'target') return [await watchMetrics(first, watch)];
  if (sources.length === 1 && kinds[0] === 'folder') return recordedMetrics(first);
  if (kinds.every((kind) => kind === 'file')) return [await metricsOfFiles(sources)];
  throw new UserError(
    'mixed-targets',
    'Cannot read several targets or folders at once',
    'name one target, one folder, or files of one process',
  );
}

function kindOf(source: string): 'file' | 'folder' | 'target' {
  if (source === '-') return 'file';
  if (/^https?:\/\//i.test(source)) return 'target';
  const stats = statSync(source, { throwIfNoEntry: false });
  if (stats !== undefined) return stats.isDirectory() ? 'folder' : 'file';
  return /:\d+/.test(source) ? 'target' : 'file';
}

/**
 * Reads at once and then at every multiple of the interval, so that slow answers do not shift it.
 * A reading that fails later is left out and told; the first one must work.
 */
async function watchMetrics(source: string, options: WatchOptions): Promise<ReadMetrics> {
  const { forMillis, everyMillis, signal, onReading } = options;
  const [config] = targetsFromArguments([source]).targets;
  if (config === undefined) throw new RangeError('one argument gives one target');
  const target = new Target(config, systemClock);
  const snapshots: MetricSnapshot[] = [];
  const begin = systemClock.now();
  let [note, failed] = ['', 0];
  try {
    for (let next = 0; next <= forMillis && !signal.aborted; ) {
      await systemClock.sleep(begin + next - systemClock.now(), signal);
      if (signal.aborted) break;
      try {
        const reading = await target.metrics(signal);
        snapshots.push(reading.snapshot);
        note = reading.note;
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof FetchError) || snapshots.length === 0) throw error;
        failed++;
      }
      const elapsed = systemClock.now() - begin;
      onReading?.(snapshots.length, elapsed);
      next = (Math.floor(elapsed / everyMillis) + 1) * everyMillis;
    }
  } finally {
    target.close();
  }
  const lost = failed === 0 ? '' : `${failed} readings failed and are left out`;
  return { name: source, snapshots, note: [note, lost].filter((text) => text !== '').join('; ') };
}

async function metricsOfFiles(sources: readonly string[]): Promise<ReadMetrics> {
  const snapshots: MetricSnapshot[] = [];
  for (const source of sources) {
    const [file] =
      source === '-'
        ? [{ name: 'standard input', bytes: await readStdin(), timeNanos: nanosOf(Date.now()) }]
        : await readFiles([source]);
    if (file === undefined) continue;
    try {
      const opened = openBytes(file.bytes, file.name, nodeDecompressors, file.timeNanos);
      if (opened.kind !== 'metrics') throw noMetrics(file.name);
      snapshots.push(...(opened.history ?? [opened.snapshot]));
    } catch (error) {
      throw locate(error, file.name);
    }
  }
  return { name: sources.join(', '), snapshots: ascending(snapshots), note: '' };
}

async function recordedMetrics(folder: string): Promise<readonly ReadMetrics[]> {
  const recording = await openRecording(folder);
  const read: ReadMetrics[] = [];
  for (const [index, target] of recording.targets.entries()) {
    const decoder = new RecordedMetrics();
    const snapshots: MetricSnapshot[] = [];
    for (const entry of recording.entries) {
      if (entry.target !== index || entry.type !== 'metrics') continue;
      try {
        const plain = decompress(await recording.load(entry), nodeDecompressors);
        snapshots.push(decoder.decode(plain, entry.format, entry.timeNanos));
      } catch (error) {
        throw locate(error, entry.file);
      }
    }
    const name = recording.targets.length === 1 ? folder : `${folder} (${target.service})`;
    if (snapshots.length > 0) read.push({ name, snapshots: ascending(snapshots), note: '' });
  }
  if (read.length === 0) throw noMetrics(folder);
  return read;
}

function ascending(snapshots: readonly MetricSnapshot[]): readonly MetricSnapshot[] {
  return snapshots.toSorted((a, b) => (a.timeNanos < b.timeNanos ? -1 : 1));
}

function noMetrics(name: string): UserError {
  return new UserError(
    'no-metrics',
    `${name} holds no runtime metrics`,
    'give the agent’s JSON, Prometheus text, /debug/vars, or heap?debug=1 with its MemStats',
  );
}
