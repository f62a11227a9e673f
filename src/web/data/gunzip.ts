/**
 * Decompressors of the page: gzip of any number of members, as Go writes and reads them, with their
 * checksums held; and zstd.
 *
 * The browser's own DecompressionStream is seven times as fast, but asynchronous, and it refuses
 * several members: the worker tries it first (`gunzipNatively`), and what it refuses comes here.
 * Bounded, so that a small hostile file is an error and not the end of the tab.
 */
import { Gunzip } from 'fflate';
import { decompress as unzstd } from 'fzstd';
import { DecodeError, UserError } from '../../base/errors.ts';
import type { Decompressors } from '../../formats/compression.ts';

const LIMIT = 1024 ** 3;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 of RFC 1952 over several chunks. */
export function crc32(chunks: readonly Uint8Array[]): number {
  let crc = 0xffffffff;
  for (const chunk of chunks) {
    for (const byte of chunk) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0);
  }
  return ~crc >>> 0;
}

function lengthOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

/** Compares a member with its trailer: checksum and length, at the 8 bytes before `end`. */
function checkMember(bytes: Uint8Array, end: number, chunks: readonly Uint8Array[]): void {
  if (end < 18 || end > bytes.length) throw new DecodeError('gzip', end, 'it is cut off');
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + end - 8, 8);
  if (trailer.getUint32(4, true) !== lengthOf(chunks) % 2 ** 32) {
    throw new DecodeError('gzip', end - 4, 'the length is not the one in its trailer');
  }
  if (trailer.getUint32(0, true) !== crc32(chunks)) {
    throw new DecodeError('gzip', end - 8, 'the checksum is wrong');
  }
}

/** All members of a gzip file, one after the other. Throws `DecodeError` when it is damaged. */
export function gunzip(bytes: Uint8Array): Uint8Array {
  const members: Uint8Array[][] = [[]];
  const ends: number[] = [];
  let length = 0;
  const stream = new Gunzip((chunk) => {
    length += chunk.length;
    if (length > LIMIT) throw tooLarge();
    members.at(-1)?.push(chunk);
  });
  stream.onmember = (offset) => {
    // Called at the start of every member but the first.
    ends.push(offset);
    members.push([]);
  };
  stream.push(bytes, true);
  ends.push(bytes.length);
  members.forEach((chunks, index) => {
    checkMember(bytes, ends[index] ?? 0, chunks);
  });
  return joined(members.flat(), length);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** The content of a gzip file of one member; undefined when the browser refuses it for any reason. */
export async function gunzipNatively(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream('gzip'))
    .getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return joined(chunks, length);
      chunks.push(value);
      length += value.length;
      if (length > LIMIT) throw tooLarge();
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    // Damaged, or of several members: the slow way tells which, and where.
    return undefined;
  }
}

function tooLarge(): UserError {
  return new UserError(
    'too-large',
    'The file unpacks to more than 1 GB',
    'Open it with whygo pprof FILE on the command line',
  );
}

export const pageDecompressors: Decompressors = {
  gunzip,
  unzstd: (bytes) => {
    const plain = unzstd(bytes);
    if (plain.length > LIMIT) throw tooLarge();
    return plain;
  },
};
