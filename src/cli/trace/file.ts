/**
 * The bytes of a trace on disk, in standard input, or packed.
 *
 * A plain file is read piece by piece as the decoder asks, so that no more than a generation of it is
 * in memory.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { compressionOf } from '../../formats/compression.ts';
import { readHeader } from '../../trace/decode.ts';
import { bytesSource, type TraceSource } from '../../trace/source.ts';
import { inputLimit, readFileBounded, unpack } from '../inputs.ts';
import { readStdin } from '../stdin.ts';

/** `-` is standard input. */
export async function traceSource(path: string): Promise<TraceSource> {
  if (path === '-') return unpacked(await readStdin(), 'standard input');
  const file = openSync(path, 'r');
  if (!fstatSync(file).isFile()) {
    closeSync(file);
    return unpacked(readFileBounded(path, inputLimit(process.env)), path);
  }
  const head = readAt(file, 0, 20);
  if (compressionOf(head) === 'none') return fileSource(file);
  closeSync(file);
  return unpacked(readFileBounded(path, inputLimit(process.env)), path);
}

function unpacked(bytes: Uint8Array, name: string): TraceSource {
  const isTrace = (beginning: Uint8Array) => readHeader(bytesSource(beginning)) !== undefined;
  return bytesSource(unpack(bytes, name, inputLimit(process.env), isTrace));
}

/** The file stays open until the process ends. */
function fileSource(file: number): TraceSource {
  return {
    size: fstatSync(file).size,
    read: (offset, length) => readAt(file, offset, length),
  };
}

function readAt(file: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let read = 0;
  while (read < length) {
    const count = readSync(file, bytes, read, length - read, offset + read);
    if (count === 0) break;
    read += count;
  }
  return read === length ? bytes : bytes.subarray(0, read);
}
