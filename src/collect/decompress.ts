/**
 * Node's decompressors for profiles: gzip (of several members too) and zstd, with a bound on what
 * comes out, so that a small hostile file is an error and not the end of the process.
 */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { DecodeError, messageOf, UserError } from '../base/errors.ts';
import { type Decompressors, gzipSizeHint } from '../formats/compression.ts';
import { formatSize } from './duration.ts';

const defaultLimit = 1024 * 1024 * 1024;

/** Decompressors that throw UserError `too-large` when more than `maxBytes` would come out. */
export function boundedDecompressors(maxBytes: number): Decompressors {
  return {
    gunzip: bounded('gzip', maxBytes, (bytes) =>
      gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize: chunkSize(bytes, maxBytes) }),
    ),
    unzstd: bounded('zstd', maxBytes, (bytes) =>
      zstdDecompressSync(bytes, { maxOutputLength: maxBytes }),
    ),
  };
}

/**
 * One chunk for the whole content where the hint is honest: zlib's default of 16 KiB makes thousands,
 * and joining them takes as long as unpacking. A lying hint costs at most 64 times the input.
 */
function chunkSize(bytes: Uint8Array, maxBytes: number): number {
  const hint = Math.min(gzipSizeHint(bytes), maxBytes, bytes.length * 64);
  return Math.max(hint, 16 * 1024);
}

/** Bounded at 1 GB of content. */
export const nodeDecompressors: Decompressors = boundedDecompressors(defaultLimit);

function bounded(
  format: string,
  maxBytes: number,
  unpack: (bytes: Uint8Array) => Uint8Array,
): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    try {
      return unpack(bytes);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ERR_BUFFER_TOO_LARGE') {
        throw new UserError(
          'too-large',
          `the ${format} data unpacks to more than ${formatSize(maxBytes)}`,
          'Raise body_size_limit if the target can be trusted',
        );
      }
      throw new DecodeError(format, bytes.length, messageOf(error));
    }
  };
}
