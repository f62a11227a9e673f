/**
 * What a pushed profile costs the server, and how large the page's first flame graph is on the wire.
 *
 *     node perf/ingest-http.ts [--profiles 3000] [--services 50] [--clients 4] [--samples 230] [--json]
 *
 * Starts `whygo serve` on an empty folder, sends the corpus to POST /ingest, and reads the server's
 * CPU from /proc (Linux): user and system time of the whole process, its database threads included.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type CorpusProfile, corpus } from './corpus.ts';

const { values: flags } = parseArgs({
  options: {
    profiles: { type: 'string', default: '3000' },
    services: { type: 'string', default: '50' },
    clients: { type: 'string', default: '4' },
    /** So many give 35 kB, the size that the bar is set for. */
    samples: { type: 'string', default: '230' },
    port: { type: 'string', default: '4949' },
    json: { type: 'boolean', default: false },
  },
});
const count = Number(flags.profiles);
const clients = Number(flags.clients);
const port = Number(flags.port);
const FROM = 1_764_000_000_000_000_000n;
const MS = 1_000_000n;
/** Of Linux on every machine Node runs on: clock ticks a second in /proc. */
const TICKS = 100;

/** User plus system CPU milliseconds that a process has used so far (proc(5), fields 14 and 15). */
function cpuMilliseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}

async function startServer(folder: string): Promise<ChildProcess> {
  const main = join(import.meta.dirname, '../dist/cli/main.js');
  const child = spawn(
    process.execPath,
    [main, 'serve', '--port', String(port), '--data', folder, '--keep', '87600h'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`whygo serve ended with ${code}`)));
    createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => {
      if (line.includes(`:${port}`)) resolve();
    });
  });
  return child;
}

/** Sends one request; gives the status and the bytes of the answer as they came (compressed). */
function send(method: string, path: string, body?: Uint8Array): Promise<[number, number]> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/octet-stream', 'accept-encoding': 'br, gzip' };
    const outgoing = request({ port, host: '127.0.0.1', method, path, headers }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on('end', () => resolve([answer.statusCode ?? 0, bytes]));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function push(profile: CorpusProfile): Promise<void> {
  const from = profile.startNanos / MS;
  const until = from + profile.durationNanos / MS;
  const [status] = await send(
    'POST',
    `/ingest?name=${profile.service}&from=${from}&until=${until}`,
    profile.bytes,
  );
  if (status !== 200) throw new Error(`POST /ingest answered ${status}`);
}

/** Pushes everything with so many clients at a time. */
async function pushAll(profiles: readonly CorpusProfile[]): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    for (let profile = profiles[next++]; profile !== undefined; profile = profiles[next++]) {
      await push(profile);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}

const folder = mkdtempSync(join(tmpdir(), 'whygo-ingest-http-'));
const server = await startServer(join(folder, 'data'));
try {
  const all = [
    ...corpus({
      profiles: count,
      services: Number(flags.services),
      fromNanos: FROM,
      samples: Number(flags.samples),
    }),
  ];
  const bytes = all.reduce((sum, profile) => sum + profile.bytes.length, 0) / all.length;
  const pid = server.pid ?? 0;
  const warm = Math.floor(count / 10);
  await pushAll(all.slice(0, warm));
  const before = cpuMilliseconds(pid);
  await pushAll(all.slice(warm));
  const perProfile = (cpuMilliseconds(pid) - before) / (count - warm);
  const end = FROM / MS + BigInt(count) * 10_000n;
  const tree = `/api/v1/tree?service=service-00&type=cpu&sample=cpu&from=${FROM / MS}&to=${end}`;
  const [status, wire] = await send('GET', tree);
  if (status !== 200) throw new Error(`GET /api/v1/tree answered ${status}`);
  const figures = [
    { name: 'a profile, gzip', value: bytes, unit: 'bytes' },
    { name: 'ingest over HTTP, CPU a profile', value: perProfile, unit: 'ms', bar: '≤ 6' },
    { name: 'first flame graph on the wire', value: wire, unit: 'bytes', bar: '≤ 1000000' },
  ];
  if (flags.json) console.log(JSON.stringify({ schema: 'whygo.perf/1', figures }));
  else {
    console.log(`${count} CPU profiles of ${flags.services} services, ${clients} clients`);
    for (const { name, value, unit, bar } of figures) {
      const shown = unit === 'ms' ? value.toFixed(2) : value.toFixed(0);
      console.log(
        `${name.padEnd(36)} ${shown.padStart(12)} ${unit.padEnd(6)}${bar ?? ''}`.trimEnd(),
      );
    }
  }
} finally {
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('exit', resolve));
  rmSync(folder, { recursive: true, force: true });
}
