/**
 * Which compression a profile came in, and the way back to plain bytes.
 *
 * Pure: the decompressors themselves are passed in (Node's zlib, or the page's own), and must accept
 * gzip files of several members, which Go writes and reads.
 */
import { DecodeError, messageOf, UserError } from '../base/errors.ts';
import type { Profile } from '../profile/profile.ts';
import { decodePprof } from './pprof.ts';

/** Gives the whole plain content, or throws. */
export type Decompress = (bytes: Uint8Array) => Uint8Array;

export interface Decompressors {
  readonly gunzip: Decompress;
  readonly unzstd: Decompress;
}

export type Compression = 'gzip' | 'zstd' | 'none';

/** Tells by the magic number (RFC 1952, RFC 8878). */
export function compressionOf(bytes: Uint8Array): Compression {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip';
  const zstd = bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;
  return zstd ? 'zstd' : 'none';
}

/**
 * How large a buffer takes the content of a gzip file in one piece, which spares its decompressor
 * most copies: the size that the trailer claims (RFC 1952: modulo 2^32, of the last member), as far
 * as deflate can have packed that much. A hint for buffers; never more than 1032 times the input.
 */
export function gzipSizeHint(bytes: Uint8Array): number {
  const least = 16_384;
  if (bytes.length < 18) return least;
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4);
  // One more, so that the end is seen without asking for another buffer.
  const claimed = trailer.getUint32(0, true) + 1;
  return Math.max(least, Math.min(claimed, bytes.length * 1032));
}

/** The plain bytes. Throws `DecodeError` when the compressed data is damaged. */
export function decompress(bytes: Uint8Array, decompressors: Decompressors): Uint8Array {
  const compression = compressionOf(bytes);
  if (compression === 'none') return bytes;
  const unpack = compression === 'gzip' ? decompressors.gunzip : decompressors.unzstd;
  try {
    return unpack(bytes);
  } catch (error) {
    // A size limit that was passed in speaks for itself.
    if (error instanceof UserError || error instanceof DecodeError) throw error;
    throw new DecodeError(compression, 0, messageOf(error));
  }
}

/** Decodes a pprof profile that is gzipped, zstd-compressed or plain. Throws `DecodeError`. */
export function decodeProfile(bytes: Uint8Array, decompressors: Decompressors): Profile {
  return decodePprof(decompress(bytes, decompressors));
}
