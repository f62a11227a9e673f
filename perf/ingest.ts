/**
 * What storing costs: profiles of many services ingested, merged, closed, and merged again.
 *
 *     node perf/ingest.ts [--profiles 10000] [--services 50] [--group 1] [--json]
 *
 * CPU is that of the whole process, the engine's threads included; making the corpus is not counted.
 * `--group` profiles are acknowledged together, as they are when clients send at the same time.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nodeDecompressors } from '../src/collect/decompress.ts';
import { decodeProfile } from '../src/formats/compression.ts';
import { openDuckStore } from '../src/store/duck/open.ts';
import type { ProfileRecord, Store } from '../src/store/store.ts';
import { type CorpusProfile, corpus } from './corpus.ts';

const { values: flags } = parseArgs({
  options: {
    profiles: { type: 'string', default: '10000' },
    services: { type: 'string', default: '50' },
    group: { type: 'string', default: '1' },
    originals: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const count = Number(flags.profiles);
const services = Number(flags.services);
const group = Number(flags.group);
const FROM = 1_764_000_000_000_000_000n;
/** Profiles that are made, and then measured, at a time. */
const BATCH = 500;

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly bar?: string;
}

const figures: Figure[] = [];
const report = (name: string, value: number, unit: string, bar?: string) => {
  figures.push(bar === undefined ? { name, value, unit } : { name, value, unit, bar });
};

const folder = mkdtempSync(join(tmpdir(), 'whygo-ingest-'));
try {
  await measure();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (flags.json) console.log(JSON.stringify({ schema: 'whygo.perf/1', figures }));
else print();

async function measure(): Promise<void> {
  let store = await openDuckStore(folder);
  await ingestAll(store);
  report('bytes a profile, fresh', folderBytes() / count, 'bytes', '≤ 10000');
  await queries(store, 'fresh');
  const closing = await cost(() => store.compact({ all: true }));
  report('closing the hour, CPU a profile', closing.cpu / count, 'ms');
  report('bytes a profile, at rest', folderBytes() / count, 'bytes', '≤ 2000');
  await queries(store, 'at rest');
  await store.close();
  const opening = await cost(async () => {
    store = await openDuckStore(folder);
  });
  report('opening the store', opening.wall, 'ms');
  await queries(store, 'just opened', 1);
  await store.close();
  report('peak memory', process.resourceUsage().maxRSS / 1024, 'MB');
}

async function ingestAll(store: Store): Promise<void> {
  let [decode, ingest, wall, bytes] = [0, 0, 0, 0];
  let batch: CorpusProfile[] = [];
  const run = async () => {
    const records: ProfileRecord[] = [];
    const decoding = await cost(async () => {
      for (const one of batch) records.push(toRecord(one));
    });
    const storing = await cost(async () => {
      for (let i = 0; i < records.length; i += group)
        await store.ingest(records.slice(i, i + group));
      // Whatever the store has put off belongs to the cost.
      await store.stats();
    });
    decode += decoding.cpu;
    ingest += storing.cpu;
    wall += storing.wall;
    batch = [];
  };
  for (const profile of corpus({ profiles: count, services, fromNanos: FROM })) {
    bytes += profile.bytes.length;
    batch.push(profile);
    if (batch.length === BATCH) await run();
  }
  if (batch.length > 0) await run();
  report('a profile, gzip', bytes / count, 'bytes');
  report('decompress and decode, CPU a profile', decode / count, 'ms');
  report('ingest, CPU a profile', ingest / count, 'ms');
  report('decode and ingest, CPU a profile', (decode + ingest) / count, 'ms', '≤ 6');
  report('ingest, wall a profile', wall / count, 'ms');
}

function toRecord({ service, startNanos, durationNanos, bytes }: CorpusProfile): ProfileRecord {
  const key = { service, labels: { instance: `${service}:6060` } };
  const profile = decodeProfile(bytes, nodeDecompressors);
  const record = { key, type: 'cpu', startNanos, durationNanos, profile };
  return flags.originals ? { ...record, original: bytes } : record;
}

async function queries(store: Store, state: string, runs = 5): Promise<void> {
  const range = { fromNanos: 0n, toNanos: 2n ** 62n };
  const one = { range, service: 'service-00', type: 'cpu' };
  const all = { range, type: 'cpu' };
  const timed = async (name: string, work: () => Promise<unknown>, bar?: string) => {
    const { wall, cpu } = await median(runs, work);
    report(`${name}, ${state}`, wall, 'ms', bar);
    report(`${name}, ${state}, CPU`, cpu, 'ms');
  };
  await timed('merge one service', () => store.merged(one), '≤ 40');
  await timed('merge all', () => store.merged(all), '≤ 2000');
  await timed('timeline of one service', () => store.timeline({ ...one, sampleType: 'cpu' }));
  const [info] = await store.listProfiles(one, 1);
  await timed('one profile back', () => store.profile(info?.id ?? ''));
}

interface Cost {
  /** Milliseconds, of all threads. */
  readonly cpu: number;
  readonly wall: number;
}

/** Of each measure by itself: on a busy machine wall time says little, CPU still does. */
async function median(runs: number, work: () => Promise<unknown>): Promise<Cost> {
  const costs: Cost[] = [];
  for (let i = 0; i < runs; i++) costs.push(await cost(work));
  const middle = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? 0;
  return { cpu: middle(costs.map(({ cpu }) => cpu)), wall: middle(costs.map(({ wall }) => wall)) };
}

async function cost(work: () => Promise<unknown>): Promise<Cost> {
  const from = process.cpuUsage();
  const start = performance.now();
  await work();
  const { user, system } = process.cpuUsage(from);
  return { cpu: (user + system) / 1000, wall: performance.now() - start };
}

/** Everything in the data folder but the originals. */
function folderBytes(): number {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const paths = files.filter((name) => !name.startsWith('originals')).map((n) => join(folder, n));
  return paths.reduce((sum, path) => sum + (statSync(path).isFile() ? statSync(path).size : 0), 0);
}

function print(): void {
  console.log(`${count} CPU profiles of ${services} services, ${group} at a time`);
  for (const { name, value, unit, bar } of figures) {
    const text = value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0);
    console.log(`${name.padEnd(42)} ${text.padStart(9)} ${unit.padEnd(5)} ${bar ?? ''}`.trimEnd());
  }
}
