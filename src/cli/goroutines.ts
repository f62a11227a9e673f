/**
 * `whygo goroutines DUMP|URL|-`: a dump, or a live target's, in groups of the same stack and state.
 *
 * A target's debug=2 stops its world for as long as it takes to walk every stack, so it is asked for
 * only below 1,000 goroutines; above, debug=1, which has no states. An address that names
 * debug=1 or 2 itself gets exactly that.
 */
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { UserError } from '../base/errors.ts';
import { nodeDecompressors } from '../collect/decompress.ts';
import { createFetchClient, type FetchClient } from '../collect/fetch.ts';
import { parseTargetUrl, type TargetUrl } from '../collect/target-url.ts';
import { decompress } from '../formats/compression.ts';
import { goroutinesJson } from '../goroutines/group.ts';
import { parseGoroutineDump } from '../goroutines/parse.ts';
import { printGoroutines } from '../goroutines/print.ts';
import { type Frame, type GoroutineTable, goroutineCount } from '../goroutines/table.ts';
import { frameOrigin, packageOf } from '../report/origin.ts';
import { locate } from './failure.ts';
import { readStdin } from './stdin.ts';
import { stdout } from './terminal.ts';

export interface GoroutinesFlags {
  readonly json?: boolean;
}

/** From here on, a target is asked for debug=1 only. */
const MANY_GOROUTINES = 1000;
const FETCH = { timeoutMillis: 30_000, maxBytes: 512 * 1024 * 1024 };

export async function goroutines(source: string, flags: GoroutinesFlags): Promise<void> {
  const table = isTarget(source) ? await fetchDump(source) : await readDump(source);
  if (flags.json === true) stdout.line(JSON.stringify(goroutinesJson(table), undefined, 2));
  else stdout.write(printGoroutines(table, standardPackage));
}

function isTarget(source: string): boolean {
  if (source === '-') return false;
  if (/^https?:\/\//i.test(source)) return true;
  if (statSync(source, { throwIfNoEntry: false }) !== undefined) return false;
  return /^[^/\\]*:\d+(\/|$)/.test(source);
}

async function readDump(source: string): Promise<GoroutineTable> {
  const name = source === '-' ? 'standard input' : source;
  const bytes = source === '-' ? await readStdin() : await readFile(source).catch(namedFailure);
  try {
    return tableOf(decompress(bytes, nodeDecompressors), name);
  } catch (error) {
    throw locate(error, name);
  }

  function namedFailure(error: unknown): never {
    // Reading a folder fails without its path.
    if (error instanceof Error && 'code' in error && error.code === 'EISDIR') {
      throw new UserError('cannot-open', `${source} is a folder`, 'name a file');
    }
    throw error;
  }
}

async function fetchDump(source: string): Promise<GoroutineTable> {
  const target = parseTargetUrl(source, 'http');
  const client = createFetchClient(target.authorization, { insecureSkipVerify: false });
  try {
    return await fetchFrom(client, target);
  } finally {
    client.close();
  }
}

async function fetchFrom(client: FetchClient, target: TargetUrl): Promise<GoroutineTable> {
  const profile = target.profile === '' ? 'goroutine' : target.profile;
  if (profile !== 'goroutine' && profile !== 'goroutineleak') {
    const next = 'give host:port, or the address of goroutine or goroutineleak';
    throw new UserError('target-invalid', `The profile ${profile} holds no goroutines`, next);
  }
  const address = `${target.origin}${target.pathPrefix}/debug/pprof/${profile}`;
  const asked = new URLSearchParams(target.query).get('debug');
  const get = async (level: string) => {
    const url = `${address}?debug=${level}`;
    return tableOf((await client.get(url, FETCH)).bytes, url);
  };
  if (asked === '1' || asked === '2') return get(asked);
  const counted = await get('1');
  return goroutineCount(counted) < MANY_GOROUTINES ? get('2') : counted;
}

function tableOf(bytes: Uint8Array, name: string): GoroutineTable {
  const table = parseGoroutineDump(bytes);
  if (table.isDump) return table;
  throw new UserError(
    'not-recognized',
    `${name} holds no goroutine dump`,
    'give the text of /debug/pprof/goroutine?debug=2, of a panic, or of kill -QUIT',
  );
}

const STANDARD = new Set(['stdlib', 'runtime', 'gc', 'syscall']);

function standardPackage({ function: name, file }: Frame): string | undefined {
  // Linked names (time.Sleep) have their bodies in package runtime: their path says what they are.
  const home = /(^|\/)runtime\/[^/]+$/.test(file) ? '' : file;
  if (!STANDARD.has(frameOrigin(name, home, []))) return undefined;
  const path = packageOf(name);
  return path === '' ? 'runtime' : path;
}
