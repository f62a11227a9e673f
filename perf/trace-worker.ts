/**
 * Our half of perf/trace.ts: for every file named on standard input, decodes it once in the way named
 * on the command line and prints what that took. The Go half is perf/go/readtrace/main.go.
 *
 * states: as a page or a command opens a trace. events: the same with all events kept. workers: the
 * same as states, by two threads, each decoding about half of the generations.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { decodeTrace } from '../src/trace/decode.ts';
import {
  buffersOf,
  decodePart,
  joinParts,
  splitTrace,
  type TracePart,
  type TracePiece,
} from '../src/trace/parts.ts';
import { bytesSource } from '../src/trace/source.ts';
import type { Trace } from '../src/trace/trace.ts';

interface Task {
  readonly bytes: Uint8Array;
  readonly piece: TracePiece;
}

function runWorker(): void {
  parentPort?.on('message', ({ bytes, piece }: Task) => {
    const part = decodePart(bytesSource(bytes), piece);
    parentPort?.postMessage(part, buffersOf(part));
  });
}

/** Bytes that both threads see. */
function shared(file: string): Uint8Array {
  const bytes = readFileSync(file);
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

function inWorkers(bytes: Uint8Array, worker: Worker): Promise<Trace> {
  const source = bytesSource(bytes);
  const [first, second] = splitTrace(source, 2);
  const part = new Promise<TracePart>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  const task: Task = { bytes, piece: second };
  worker.postMessage(task);
  return joinParts(source, first, [part]);
}

/** Bytes of the columns of events; 0 when they were not kept. */
function eventBytes(trace: Trace): number {
  if (trace.events === undefined) return 0;
  const columns = Object.values(trace.events).filter((column) => ArrayBuffer.isView(column));
  return columns.reduce((sum, column) => sum + column.byteLength, 0);
}

async function answerFiles(): Promise<void> {
  const mode = process.argv[2];
  const worker = mode === 'workers' ? new Worker(fileURLToPath(import.meta.url)) : undefined;
  for await (const file of createInterface({ input: process.stdin })) {
    const bytes = worker === undefined ? readFileSync(file) : shared(file);
    const before = process.cpuUsage();
    const start = performance.now();
    const trace =
      worker === undefined
        ? decodeTrace(bytesSource(bytes), { keepEvents: mode === 'events' })
        : await inWorkers(bytes, worker);
    const wallMs = performance.now() - start;
    const spent = process.cpuUsage(before);
    const answer = {
      cpuMs: (spent.user + spent.system) / 1000,
      wallMs,
      events: trace.eventCount,
      rows: trace.goroutineStates.length,
      eventBytes: eventBytes(trace),
      peakMb: process.resourceUsage().maxRSS / 1024,
    };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  await worker?.terminate();
}

if (isMainThread) await answerFiles();
else runWorker();
