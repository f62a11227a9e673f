/**
 * Where `whygo goroutines` reads from: a file, standard input, a live target.
 *
 * A target's debug=2 stops its world for as long as it takes to walk every stack, so it is asked for
 * only below 1,000 goroutines; above, debug=1, which has no states. An address that names
 * debug=1 or 2 itself gets exactly that.
 */
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { DecodeError, UserError } from '../base/errors.ts';
import { nodeDecompressors } from '../collect/decompress.ts';
import { createFetchClient, type FetchClient } from '../collect/fetch.ts';
import { parseTargetUrl, type TargetUrl } from '../collect/target-url.ts';
import { decompress } from '../formats/compression.ts';
import { decodePprof } from '../formats/pprof.ts';
import { goroutineTableOf, isGoroutineProfile } from '../goroutines/from-profile.ts';
import { parseGoroutineDump } from '../goroutines/parse.ts';
import { type GoroutineTable, goroutineCount } from '../goroutines/table.ts';
import { locate } from './failure.ts';
import { readStdin } from './stdin.ts';

/** From here on, a target is asked for debug=1 only. */
const MANY_GOROUTINES = 1000;
const FETCH = { timeoutMillis: 30_000, maxBytes: 512 * 1024 * 1024 };

export async function readGoroutines(source: string): Promise<GoroutineTable> {
  return isTarget(source) ? fetchDump(source) : readDump(source);
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
  const table = parseGoroutineDump(bytes, { arguments: true });
  const read = table.isDump ? table : profileTable(bytes);
  if (read !== undefined) return read;
  throw new UserError(
    'not-recognized',
    `${name} holds no goroutine dump`,
    'give the text of /debug/pprof/goroutine?debug=2, of a panic, of kill -QUIT or of the race detector',
  );
}

/** A goroutine profile as pprof writes it; undefined for all else. */
function profileTable(bytes: Uint8Array): GoroutineTable | undefined {
  try {
    const profile = decodePprof(bytes);
    return isGoroutineProfile(profile) ? goroutineTableOf(profile) : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
