/**
 * A running headless Delve as a source of goroutines: halt, read, continue.
 *
 * The target stands still while it is read, so that is bounded (`--dlv-stop`): first every stack,
 * then the variables of one goroutine of each group, then of the others until the time is up. A
 * target that stood already is left standing. Protocol: JSON-RPC over TCP, one object a line
 * (service/rpccommon/server.go of github.com/go-delve/delve).
 */
import { createConnection, type Socket } from 'node:net';
import { hrtime } from 'node:process';
import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import {
  type DelveFrame,
  type DelveGoroutine,
  type DelveTable,
  delveGoroutines,
  delveStack,
  delveTable,
  delveValue,
} from '../goroutines/delve.ts';

export interface DelveReading extends DelveTable {
  /** How long the target stood still for it, in milliseconds; 0 = it stood already. */
  readonly stoppedMillis: number;
  /** What was left out, a sentence each. */
  readonly notes: readonly string[];
}

const PAGE = 500;
const MOST_GOROUTINES = 20_000;
const DEPTH = 64;
const CONNECT_MILLIS = 5000;
const CALL_MILLIS = 30_000;
/** Strings, arrays and structs are read to this extent. */
const VARIABLES = {
  FollowPointers: true,
  MaxVariableRecurse: 1,
  MaxStringLen: 64,
  MaxArrayValues: 4,
  MaxStructFields: 8,
};
const NAMES = { ...VARIABLES, MaxArrayValues: 128 };

const version = z.object({ APIVersion: z.number(), DelveVersion: z.string() });
const state = z.object({
  State: z.object({ Running: z.boolean(), exited: z.boolean().optional() }),
});
const multiclient = z.object({ IsMulticlient: z.boolean() });
const attached = z.object({ Answer: z.boolean() });

/** Reads it, and lets the target go on as it did before. */
export async function readDelve(address: string, stopMillis: number): Promise<DelveReading> {
  const { host, port } = hostAndPort(address);
  const client = await DelveClient.connect(host, port);
  try {
    return await readFrom(client, isLocal(host), stopMillis);
  } finally {
    client.close();
  }
}

async function readFrom(
  client: DelveClient,
  local: boolean,
  stopMillis: number,
): Promise<DelveReading> {
  const { APIVersion } = await client.call('GetVersion', {}, version);
  if (APIVersion !== 2) {
    const next = 'start it with --api-version=2';
    throw new UserError('delve-refused', `Delve answers version ${APIVersion} of its API`, next);
  }
  const isMulticlient = (await client.call('IsMulticlient', {}, multiclient)).IsMulticlient;
  const wasAttached = (await client.call('AttachedToExistingProcess', {}, attached)).Answer;
  const before = await client.call('State', { NonBlocking: true }, state);
  const wasRunning = before.State.Running;
  const reader = new DelveReader(client, stopMillis);
  if (wasRunning) await client.call('Command', { name: 'halt' }, z.unknown());
  const halted = performance.now();
  let read: Omit<DelveReading, 'stoppedMillis'>;
  try {
    read = await reader.read(local);
  } finally {
    if (!isMulticlient) await client.call('Detach', { Kill: false }, z.unknown());
    // The reply comes when the target stops the next time: nobody waits for it.
    else if (wasRunning) client.send('Command', { name: 'continue' });
  }
  const stoppedMillis = wasRunning ? performance.now() - halted : 0;
  if (isMulticlient) return { ...read, stoppedMillis };
  // Delve ends with its only client; what it had started, it kills.
  const fate = wasAttached ? 'the program runs on' : 'and with it the program that it had started';
  const ended = `Delve was started without --accept-multiclient: it has ended, ${fate}`;
  return { ...read, stoppedMillis, notes: [...read.notes, ended] };
}

class DelveReader {
  readonly #client: DelveClient;
  readonly #until: number;
  readonly #notes: string[] = [];

  constructor(client: DelveClient, stopMillis: number) {
    this.#client = client;
    this.#until = performance.now() + stopMillis;
  }

  get #isLate(): boolean {
    return performance.now() > this.#until;
  }

  async read(local: boolean): Promise<Omit<DelveReading, 'stoppedMillis'>> {
    const now = local ? Number(hrtime.bigint()) : Number.NaN;
    const waitReasons = await this.#waitReasons();
    const goroutines = await this.#goroutines();
    const stacks = new Map<number, readonly DelveFrame[]>();
    for (const { id } of goroutines) {
      if (this.#isLate) break;
      stacks.set(id, await this.#stack(id, false));
    }
    if (stacks.size < goroutines.length) {
      this.#notes.push(
        `the stacks of ${goroutines.length - stacks.size} goroutines were not read in time`,
      );
    }
    await this.#readVariables(stacks);
    const dump = goroutines.map((goroutine) => ({ goroutine, frames: stacks.get(goroutine.id) }));
    return { ...delveTable({ goroutines: dump, waitReasons, now }), notes: this.#notes };
  }

  /** One of each group first, so that every group has some when the time is up. */
  async #readVariables(stacks: Map<number, readonly DelveFrame[]>): Promise<void> {
    const seen = new Set<string>();
    const [first, others]: [number[], number[]] = [[], []];
    for (const [id, frames] of stacks) {
      const key = frames.map(({ pc }) => pc).join(' ');
      (seen.has(key) ? others : first).push(id);
      seen.add(key);
    }
    let read = 0;
    for (const id of [...first, ...others]) {
      if (this.#isLate) break;
      stacks.set(id, await this.#stack(id, true));
      read++;
    }
    if (read < stacks.size) {
      this.#notes.push(
        `variables were read of ${read} of ${stacks.size} goroutines, then time was up`,
      );
    }
  }

  async #goroutines(): Promise<DelveGoroutine[]> {
    const all: DelveGoroutine[] = [];
    for (let start = 0; start >= 0; ) {
      const page = { Start: start, Count: PAGE };
      const reply = await this.#client.call('ListGoroutines', page, delveGoroutines);
      all.push(...(reply.Goroutines ?? []));
      start = reply.Nextg <= start ? -1 : reply.Nextg;
      if (start >= 0 && (this.#isLate || all.length >= MOST_GOROUTINES)) {
        this.#notes.push(`only the first ${all.length} goroutines were listed`);
        break;
      }
    }
    return all;
  }

  async #stack(id: number, variables: boolean): Promise<readonly DelveFrame[]> {
    const asked = { Id: id, Depth: DEPTH, Full: false, ...(variables && { Cfg: VARIABLES }) };
    return (await this.#client.call('Stacktrace', asked, delveStack)).Locations ?? [];
  }

  /** The target's own names of its wait reasons. */
  async #waitReasons(): Promise<string[]> {
    const scope = { GoroutineID: -1, Frame: 0, DeferredCall: 0 };
    const asked = { Scope: scope, Expr: 'runtime.waitReasonStrings', Cfg: NAMES };
    try {
      const reply = await this.#client.call('Eval', asked, delveValue);
      return (reply.Variable?.children ?? []).map(({ value }) => value);
    } catch (error) {
      if (!(error instanceof DelveRefusal)) throw error;
      this.#notes.push('the names of wait reasons could not be read: states are “waiting”');
      return [];
    }
  }
}

/** What Delve answers when it cannot do what it was asked to. */
class DelveRefusal extends UserError {
  constructor(method: string, reason: string) {
    super('delve-refused', `Delve refused ${method}: ${reason}`, 'try the same in dlv connect');
  }
}

const reply = z.object({ id: z.number(), result: z.unknown(), error: z.unknown() });

interface Waiting {
  readonly method: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

class DelveClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #rest = '';

  static async connect(host: string, port: number): Promise<DelveClient> {
    const socket = createConnection({ host, port });
    await new Promise<void>((resolve, reject) => {
      socket.setTimeout(CONNECT_MILLIS, () => reject(new Error('no answer')));
      socket.once('connect', resolve);
      socket.once('error', reject);
    }).catch((error: unknown) => {
      socket.destroy();
      const reason = error instanceof Error ? error.message : String(error);
      const next =
        'start one: dlv attach PID --headless --accept-multiclient --continue --listen ADDRESS';
      throw new UserError('delve-unreachable', `No Delve at ${host}:${port}: ${reason}`, next);
    });
    socket.setTimeout(0);
    return new DelveClient(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#take(text));
    socket.on('error', (error) => this.#fail(error.message));
    socket.on('close', () => this.#fail('it closed the connection'));
  }

  async call<T>(method: string, argument: object, shape: z.ZodType<T>): Promise<T> {
    const id = this.send(method, argument);
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { method, resolve, reject });
      timer = setTimeout(() => this.#fail(`no answer to ${method}`), CALL_MILLIS);
    });
    const result = await answered.finally(() => clearTimeout(timer));
    const parsed = shape.safeParse(result);
    if (parsed.success) return parsed.data;
    throw new DelveRefusal(
      method,
      `its answer is of another shape: ${z.prettifyError(parsed.error)}`,
    );
  }

  /** Sends it without waiting for the answer; gives its id. */
  send(method: string, argument: object): number {
    const id = ++this.#lastId;
    const request = { method: `RPCServer.${method}`, params: [argument], id };
    this.#socket.write(`${JSON.stringify(request)}\n`);
    return id;
  }

  close(): void {
    this.#socket.end();
    this.#socket.unref();
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') this.#answer(line);
  }

  #answer(line: string): void {
    const { id, result, error } = reply.parse(JSON.parse(line));
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting === undefined) return;
    if (error === null || error === undefined) waiting.resolve(result);
    else waiting.reject(new DelveRefusal(waiting.method, String(error)));
  }

  #fail(reason: string): void {
    for (const { method, reject } of this.#waiting.values()) {
      const next = 'see what it says on its own terminal';
      reject(new UserError('delve-unreachable', `Delve did not answer ${method}: ${reason}`, next));
    }
    this.#waiting.clear();
  }
}

function hostAndPort(address: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(address);
  if (match === null) {
    const next = 'give HOST:PORT, as in dlv … --listen 127.0.0.1:2345';
    throw new UserError('delve-unreachable', `${address} is no address of a Delve`, next);
  }
  return { host: match[1] ?? (match[2] || '127.0.0.1'), port: Number(match[3]) };
}

/** Only there is the target's clock ours. */
function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
