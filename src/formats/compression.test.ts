import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DecodeError, UserError } from '../base/errors.ts';
import { profileFromText, textFromProfile } from '../profile/fromtext.ts';
import { compressionOf, type Decompressors, decodeProfile, gzipSizeHint } from './compression.ts';
import { encodePprof } from './pprof.ts';

const node: Decompressors = { gunzip: gunzipSync, unzstd: zstdDecompressSync };
const plain = encodePprof(profileFromText('main;a 1\nmain;b 2'));

describe('compressed profiles', () => {
  test.each([
    ['none', plain],
    ['gzip', gzipSync(plain)],
    ['zstd', zstdCompressSync(plain)],
  ])('%s', (name, bytes) => {
    expect(compressionOf(bytes)).toBe(name);
    expect(textFromProfile(decodeProfile(bytes, node))).toBe('main;a 1\nmain;b 2');
  });

  test('gzip of several members is one profile, as in Go', () => {
    const members = [plain.subarray(0, 20), plain.subarray(20)].map((part) => gzipSync(part));
    expect(textFromProfile(decodeProfile(Buffer.concat(members), node))).toBe('main;a 1\nmain;b 2');
  });

  test('the size of the content is known beforehand, and not believed beyond what is possible', () => {
    const large = new Uint8Array(100_000).fill(7);
    expect(gzipSizeHint(gzipSync(large))).toBe(100_001);
    expect(gzipSizeHint(gzipSync(plain))).toBe(16_384);
    const lying = gzipSync(plain);
    lying.writeUInt32LE(0xffffffff, lying.length - 4);
    expect(gzipSizeHint(lying)).toBe(lying.length * 1032);
    expect(gzipSizeHint(Uint8Array.of(0x1f, 0x8b))).toBe(16_384);
  });

  test('damaged compression is a DecodeError that names it', () => {
    const cut = gzipSync(plain).subarray(0, 30);
    expect(() => decodeProfile(cut, node)).toThrow(DecodeError);
    expect(() => decodeProfile(cut, node)).toThrow('Cannot decode gzip at byte 0');
  });

  test('a limit of the decompressor speaks for itself', () => {
    const limited: Decompressors = {
      ...node,
      gunzip: () => {
        throw new UserError('too-large', 'The profile is too large', 'Raise the limit');
      },
    };
    expect(() => decodeProfile(gzipSync(plain), limited)).toThrow(UserError);
  });
});
