/**
 * A program with /debug/pprof, as collecting sees one: an HTTP server in this process whose answers
 * are recorded profiles, and which can refuse, hang, stall or flood.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface FakeTarget {
  /** `127.0.0.1:port` */
  readonly address: string;
  readonly url: string;
  /** Paths with their queries, in order. */
  readonly requests: string[];
  /** What a path answers; replaces what it answered before. `undefined` = 404. */
  answer(path: string, answer: Answer | undefined): void;
  /** Closes all connections without a word, and goes on listening. */
  dropConnections(): void;
  close(): Promise<void>;
}

export function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
}

export function bytes(content: Uint8Array | string, type = 'application/octet-stream'): Answer {
  return (_request, response) => {
    response.setHeader('content-type', type);
    response.end(content);
  };
}

export function status(code: number, text: string): Answer {
  return (_request, response) => {
    response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(`${text}\n`);
  };
}

/** Never answers. */
export const hang: Answer = () => {};

/** Answers one after the other; the last one stays. */
export function inTurn(...answers: Answer[]): Answer {
  let next = 0;
  return (request, response) => answers[Math.min(next++, answers.length - 1)]?.(request, response);
}

/** Answers after a while, as a CPU profile does. */
export function after(millis: number, answer: Answer): Answer {
  return (request, response) => {
    const timer = setTimeout(() => answer(request, response), millis);
    response.on('close', () => clearTimeout(timer));
  };
}

function snapshots(name: string): Answer {
  const [first, later] = [1, 2].map((n) => bytes(fixture(`collect/${name}-${n}.pb.gz`)));
  return inTurn(first ?? hang, later ?? hang);
}

/** With debug=2 the text of a dump. */
function goroutines(): Answer {
  const profile = snapshots('goroutine');
  const dump = bytes(fixture('goroutines/healthy-go1.26.8.debug2.txt'), 'text/plain');
  return (request, response) => {
    const answer = request.url?.includes('debug=2') ? dump : profile;
    answer(request, response);
  };
}

const standard: readonly (readonly [string, Answer])[] = [
  ['/debug/pprof/', bytes(fixture('collect/index-go1.26.8.html'), 'text/html; charset=utf-8')],
  ['/debug/pprof/cmdline', bytes('/usr/local/bin/shop\0-addr\0:8080', 'text/plain; charset=utf-8')],
  ['/debug/pprof/profile', bytes(fixture('collect/cpu-1.pb.gz'))],
  ...['heap', 'block', 'mutex', 'threadcreate'].map(
    (name) => [`/debug/pprof/${name}`, snapshots(name)] as const,
  ),
  ['/debug/pprof/goroutine', goroutines()],
  ['/debug/metrics', bytes(fixture('metrics/agent-1.json'), 'application/json')],
];

export async function startFakeTarget(): Promise<FakeTarget> {
  const answers = new Map(standard);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    requests.push(url);
    const answer = answers.get(url.split('?')[0] ?? '');
    if (answer) answer(request, response);
    else status(404, '404 page not found')(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const where = server.address();
  if (where === null || typeof where === 'string') throw new Error('the server has no port');
  const address = `127.0.0.1:${where.port}`;
  return {
    address,
    url: `http://${address}`,
    requests,
    answer(path, answer) {
      if (answer) answers.set(path, answer);
      else answers.delete(path);
    },
    dropConnections: () => server.closeAllConnections(),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
