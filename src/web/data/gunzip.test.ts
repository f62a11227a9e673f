import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../base/errors.ts';
import { gunzip, gunzipNatively, pageDecompressors } from './gunzip.ts';

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const member = (content: string) => new Uint8Array(gzipSync(content));
const two = Uint8Array.of(...member('one, '), ...member('two'));

describe('gzip', () => {
  test('of one member and of several', () => {
    expect(text(gunzip(member('stacks')))).toBe('stacks');
    expect(text(gunzip(two))).toBe('one, two');
    expect(text(gunzip(member('')))).toBe('');
  });

  test('that is cut off anywhere is an error, never less content', () => {
    for (let length = 0; length < two.length; length++) {
      if (length === member('one, ').length) continue;
      expect(() => gunzip(two.subarray(0, length)), `${length} bytes`).toThrow();
    }
  });

  test('with a wrong checksum or length is an error that says where', () => {
    const damaged = member('stacks and stacks and stacks');
    damaged[damaged.length - 8] = (damaged[damaged.length - 8] ?? 0) ^ 1;
    expect(() => gunzip(damaged)).toThrow(DecodeError);
    expect(() => gunzip(damaged)).toThrow(/checksum/);
    const short = member('stacks');
    short[short.length - 4] = 99;
    expect(() => gunzip(short)).toThrow(/length/);
  });
});

describe('the browser’s own gzip', () => {
  test('reads one member, and leaves the rest to the other', async () => {
    expect(text(await gunzipNatively(member('stacks')))).toBe('stacks');
    expect(await gunzipNatively(member('stacks').subarray(0, 12))).toBeUndefined();
  });
});

describe('zstd', () => {
  test('is read', () => {
    const packed = new Uint8Array(zstdCompressSync('stacks'));
    expect(text(pageDecompressors.unzstd(packed))).toBe('stacks');
  });
});
