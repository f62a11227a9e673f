import { describe, expect, test } from 'vitest';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('UTF-8 without loss', () => {
  test('decodes valid text as it is, a byte order mark included', () => {
    expect(decodeUtf8(bytes(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
    expect(decodeUtf8(new TextEncoder().encode('größe 世界 😀'))).toBe('größe 世界 😀');
  });

  test('carries each invalid byte as one lone surrogate', () => {
    expect(decodeUtf8(bytes(0x61, 0xff, 0x62))).toBe('a\udcffb');
    // A lead byte without its continuation, and a surrogate spelled in UTF-8 (CESU).
    expect(decodeUtf8(bytes(0xc3))).toBe('\udcc3');
    expect(decodeUtf8(bytes(0xed, 0xa0, 0x80))).toBe('\udced\udca0\udc80');
  });

  test('refuses overlong forms and code points beyond U+10FFFF byte by byte', () => {
    expect(decodeUtf8(bytes(0xc0, 0x80))).toBe('\udcc0\udc80');
    expect(decodeUtf8(bytes(0xe0, 0x9f, 0xbf))).toBe('\udce0\udc9f\udcbf');
    expect(decodeUtf8(bytes(0xf4, 0x90, 0x80, 0x80))).toBe('\udcf4\udc90\udc80\udc80');
  });

  test('gives the same bytes back, whatever they are', () => {
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second += 5) {
        const original = bytes(first, second, 0x80, 0xe4, 0xb8, 0x96, second, first);
        expect(encodeUtf8(decodeUtf8(original))).toEqual(original);
      }
    }
  });
});
