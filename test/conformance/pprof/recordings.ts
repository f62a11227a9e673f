/** The recorded profiles of test/fixtures, unpacked. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';

const fixtures = join(import.meta.dirname, '../../fixtures');

export interface Recording {
  /** Path within test/fixtures. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Bytes as they are, or unpacked when gzipped. */
export function unpack(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
}

/** All files named `*.pb.gz` below a folder. */
export function recordings(folder = fixtures): Recording[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.pb.gz'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ name: relative(folder, path), bytes: unpack(readFileSync(path)) }));
}
