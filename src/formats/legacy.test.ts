import { describe, expect, test } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import type { Profile } from '../profile/profile.ts';
import { decodeLegacy } from './legacy.ts';

const decode = (text: string) => decodeLegacy(new TextEncoder().encode(text));

function known(profile: Profile | undefined): Profile {
  if (profile === undefined) throw new Error('not recognized');
  return profile;
}

const types = (profile: Profile) => profile.sampleTypes.map(({ type, unit }) => `${type}/${unit}`);
const columns = (profile: Profile) =>
  profile.samples.values.map((column) => Array.from(column, Number));

describe('Go counts', () => {
  test('return addresses step back onto the call', () => {
    const profile = known(
      decode('goroutine profile: total 3\n2 @ 0x1001 0x2001\n#\tnote\n1 @ 0x1001\n'),
    );
    expect(types(profile)).toEqual(['goroutine/count']);
    expect(columns(profile)).toEqual([[2, 1]]);
    expect([...profile.locations.address]).toEqual([0x1000n, 0x2000n]);
  });

  test('without maps, every address lies in one unnamed mapping', () => {
    const profile = known(decode('threadcreate profile: total 1\n1 @ 0x10\n'));
    expect(profile.mappings.map(({ file, limit }) => [file, limit])).toEqual([
      ['', 2n ** 64n - 1n],
    ]);
  });

  test('a line that is no sample is damage', () => {
    expect(() => decode('goroutine profile: total 1\nwhat\n')).toThrow(DecodeError);
  });
});

describe('heap profiles', () => {
  test('version 2 is scaled up from its sampling', () => {
    const profile = known(
      decode('heap profile: 1: 1024 [1: 1024] @ heap_v2/524288\n1: 1024 [1: 1024] @ 0x11\n'),
    );
    const scale = 1 / (1 - Math.exp(-1024 / 524288));
    expect(types(profile)).toEqual(['objects/count', 'space/bytes']);
    expect(columns(profile)).toEqual([[Math.trunc(scale)], [Math.trunc(1024 * scale)]]);
    expect(profile.period).toBe(524288n);
  });

  test('allocations come before what is in use', () => {
    const header = 'heap profile: 1: 64 [3: 192] @ heapprofile\n';
    const profile = known(decode(`${header} 1: 64 [3: 192] @ 0x11 0x21\n`));
    expect(types(profile)).toEqual([
      'alloc_objects/count',
      'alloc_space/bytes',
      'inuse_objects/count',
      'inuse_space/bytes',
    ]);
    expect(columns(profile)).toEqual([[3], [192], [1], [64]]);
  });

  test('maps at the end place the addresses', () => {
    const maps = 'MAPPED_LIBRARIES:\n00400000-00500000 r-xp 00000000 08:01 42 /bin/server\n';
    const profile = known(
      decode(`heap profile: 1: 8 [1: 8] @ heapprofile\n1: 8 [1: 8] @ 0x400011\n${maps}`),
    );
    expect(profile.mappings.map(({ file }) => file)).toEqual(['/bin/server']);
    expect([...profile.locations.mapping]).toEqual([0]);
  });
});

describe('contention', () => {
  test('cycles become nanoseconds, counts are multiplied by the period', () => {
    const text = '--- mutex:\ncycles/second=2000000000\nsampling period=5\n100 3 @ 0x11\n';
    expect(columns(known(decode(text)))).toEqual([[15], [250]]);
  });
});

describe('CPU words', () => {
  test('of four bytes, least first, end with 0 1 0', () => {
    const words = Uint32Array.of(0, 3, 0, 10_000, 0, 7, 2, 0x100, 0x201, 0, 1, 0);
    const profile = known(decodeLegacy(new Uint8Array(words.buffer)));
    expect(profile.period).toBe(10_000_000n);
    expect(columns(profile)).toEqual([[7], [70_000_000]]);
  });
});

test('other text is none of them', () => {
  expect(decode('<html>not found</html>')).toBeUndefined();
});
