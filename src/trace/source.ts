/**
 * Where a trace's bytes come from: memory, a file (readSync), or a File in a browser's worker
 * (FileReaderSync). Reads are synchronous, so that no more than a generation need be in memory.
 */

export interface TraceSource {
  /** In bytes. */
  readonly size: number;
  /** The bytes [offset, offset + length); fewer only at the end. They must not change afterwards. */
  read(offset: number, length: number): Uint8Array;
}

export function bytesSource(bytes: Uint8Array): TraceSource {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}
