import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Build, CROSS, hasGo, stripped, Targets } from '../../test/binary/targets.ts';
import { DecodeError } from '../base/errors.ts';
import { sectionNamed } from './executable.ts';
import { openGoBinary } from './gobinary.ts';
import { openExecutable } from './open.ts';

let targets: Targets;

beforeAll(() => {
  targets = new Targets();
});
afterAll(() => targets.dispose());

/** A linear congruential generator, so that every run damages the same bytes. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 0x100000000) * below);
  };
}

/** Opens bytes and asks for everything; returns what happened. Anything but DecodeError escapes. */
function read(bytes: Uint8Array): 'read' | 'refused' {
  try {
    const binary = openGoBinary(bytes);
    void binary.buildInfo;
    void binary.goBuildId;
    binary.file.symbols();
    const table = binary.tables?.table;
    if (table === undefined) return 'read';
    const step = Math.max(1, Math.floor(table.functionCount / 50));
    for (let i = 0; i < table.functionCount; i += step) {
      for (const at of [table.entry(i), table.end(i) - 1]) binary.framesAt(at);
    }
    return 'read';
  } catch (error) {
    if (error instanceof DecodeError) return 'refused';
    throw error;
  }
}

describe('bytes that are no executable', () => {
  test.each([
    ['nothing', []],
    ['an HTML page', [...'<!doctype html><html></html>'].map((c) => c.charCodeAt(0))],
    ['the magic number of ELF alone', [0x7f, 0x45, 0x4c, 0x46]],
    ['the magic number of Mach-O alone', [0xcf, 0xfa, 0xed, 0xfe]],
    ['the magic number of PE alone', [0x4d, 0x5a]],
    ['a universal file that promises more than it holds', [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 9]],
  ])('%s is refused', (_name, bytes) => {
    expect(() => openExecutable(Uint8Array.from(bytes))).toThrow(DecodeError);
  });
});

describe.skipIf(!hasGo)('a damaged binary (needs go on the PATH)', { timeout: 300_000 }, () => {
  const builds: Build[] = CROSS.slice(1).map(stripped);

  for (const build of builds) {
    test(`${build.name}: cut anywhere, it is refused or read`, () => {
      const whole = targets.bytes(build);
      const random = numbers(7);
      const outcomes = { read: 0, refused: 0 };
      for (let i = 0; i < 60; i++) {
        const length = i < 20 ? random(4096) : random(whole.length);
        outcomes[read(whole.subarray(0, length))]++;
      }
      expect(outcomes.refused).toBeGreaterThan(20);
    });

    test(`${build.name}: with other bytes in its headers and tables, likewise`, () => {
      const whole = targets.bytes(build);
      const file = openExecutable(whole);
      const table = sectionNamed(file, '.gopclntab', '__gopclntab');
      const random = numbers(11);
      const outcomes = { read: 0, refused: 0 };
      for (let i = 0; i < 80; i++) {
        const bytes = whole.slice();
        const [from, size] =
          i % 2 === 0 || table === undefined ? [0, 1024] : [table.offset, table.fileSize];
        const within = i % 4 === 1 ? 128 : size;
        for (let n = 0; n < 4; n++) bytes[from + random(within)] = random(256);
        outcomes[read(bytes)]++;
      }
      expect(outcomes.read).toBeGreaterThan(0);
      expect(outcomes.refused).toBeGreaterThan(0);
    });
  }
});
