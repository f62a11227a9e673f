/**
 * Bytes from files, pipes and compressed data, with a bound: whatever is given, memory stays bounded.
 *
 * The bound is 1 GB, for what is read and for what it unpacks to; WHYGO_MAX_INPUT (`4GB`) moves it.
 * Compressed data that begins as nothing known is unpacked no further than 64 MB, so that a bomb of
 * zeros costs as much.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { UserError } from '../base/errors.ts';
import { boundedDecompressors } from '../collect/decompress.ts';
import { formatSize, parseSize } from '../collect/duration.ts';
import { compressionOf, decompress } from '../formats/compression.ts';

const DEFAULT_LIMIT = 1024 ** 3;
const UNKNOWN_LIMIT = 64 * 1024 ** 2;
const CHUNK = 1 << 20;

type Environment = Readonly<Record<string, string | undefined>>;

/** Bytes that one input may have. Throws `UserError` when WHYGO_MAX_INPUT is no size. */
export function inputLimit(env: Environment): number {
  const text = env.WHYGO_MAX_INPUT ?? '';
  if (text === '') return DEFAULT_LIMIT;
  const size = parseSize(text);
  if (size !== undefined && size > 0) return size;
  throw new UserError('bad-size', `WHYGO_MAX_INPUT is “${text}”`, 'write a size, as in 4GB');
}

export function tooLarge(name: string, what: string, limit: number): UserError {
  return new UserError(
    'too-large',
    `Cannot read ${name}: it ${what} more than ${formatSize(limit)}`,
    'set WHYGO_MAX_INPUT (as in 4GB) if it is what you mean to read',
  );
}

/** A file, or what a pipe or device gives. Throws what Node throws, `too-large`, and for a folder `cannot-open`. */
export function readFileBounded(path: string, limit: number): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const stats = fstatSync(file);
    if (stats.isFile()) {
      if (stats.size > limit) throw tooLarge(path, 'has', limit);
      return readFileSync(file);
    }
    if (stats.isDirectory())
      throw new UserError('cannot-open', `Cannot open ${path}: it is a folder`, 'name a file');
    return readDescriptor(file, path, limit);
  } finally {
    closeSync(file);
  }
}

/** An open descriptor to its end. */
export function readDescriptor(file: number, name: string, limit: number): Uint8Array {
  const pieces: Buffer[] = [];
  let size = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(CHUNK);
    const length = readSome(file, piece);
    if (length === 0) return Buffer.concat(pieces, size);
    size += length;
    if (size > limit) throw tooLarge(name, 'has', limit);
    pieces.push(piece.subarray(0, length));
  }
}

function readSome(file: number, into: Buffer): number {
  for (;;) {
    try {
      return readSync(file, into);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/**
 * The plain content. `isKnown` looks at its first bytes. Throws `too-large`, and `DecodeError` when the
 * compressed data is damaged.
 */
export function unpack(
  bytes: Uint8Array,
  name: string,
  limit: number,
  isKnown: (beginning: Uint8Array) => boolean,
): Uint8Array {
  if (compressionOf(bytes) === 'none') return bytes;
  const known =
    bytes.length < CHUNK / 16 || compressionOf(bytes) !== 'gzip' || isKnown(beginningOf(bytes));
  const most = known ? limit : Math.min(limit, UNKNOWN_LIMIT);
  try {
    return decompress(bytes, boundedDecompressors(most));
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'too-large') throw error;
    throw tooLarge(name, 'unpacks to', most);
  }
}

/** The first bytes of the content, as many as a few kilobytes hold; none where that is not told. */
function beginningOf(bytes: Uint8Array): Uint8Array {
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 8 * CHUNK };
    return gunzipSync(bytes.subarray(0, 4096), options);
  } catch {
    return new Uint8Array(0);
  }
}
