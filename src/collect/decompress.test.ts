import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DecodeError, UserError } from '../base/errors.ts';
import { boundedDecompressors, nodeDecompressors } from './decompress.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('decompression', () => {
  test('gives what was compressed', () => {
    expect(text(nodeDecompressors.gunzip(gzipSync('profile')))).toBe('profile');
    expect(text(nodeDecompressors.unzstd(zstdCompressSync('profile')))).toBe('profile');
  });

  test('joins the members of a gzip file, as Go does', () => {
    const members = Buffer.concat([gzipSync('pro'), gzipSync('file')]);
    expect(text(nodeDecompressors.gunzip(members))).toBe('profile');
  });

  test('ends with an error when more comes out than is allowed', () => {
    const small = boundedDecompressors(1000);
    const zeros = Buffer.alloc(1_000_000);
    for (const run of [
      () => small.gunzip(gzipSync(zeros)),
      () => small.unzstd(zstdCompressSync(zeros)),
    ]) {
      expect(run).toThrow(UserError);
      expect(run).toThrow('unpacks to more than 1000 B');
    }
  });

  test('refuses damaged data', () => {
    const cut = gzipSync('profile '.repeat(100)).subarray(0, 20);
    expect(() => nodeDecompressors.gunzip(cut)).toThrow(DecodeError);
    const wrong = zstdCompressSync('profile '.repeat(100)).fill(7, 6);
    expect(() => nodeDecompressors.unzstd(wrong)).toThrow(DecodeError);
  });
});
