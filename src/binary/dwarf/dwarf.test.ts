import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasCompiler, hasGo, run, Targets, WITH_CGO } from '../../../test/binary/targets.ts';
import { DecodeError } from '../../base/errors.ts';
import { sectionNamed } from '../executable.ts';
import { openGoBinary } from '../gobinary.ts';
import { openExecutable } from '../open.ts';
import { openDwarf } from './dwarf.ts';
import type { Inflate } from './sections.ts';

const inflate: Inflate = (zlib) => new Uint8Array(inflateSync(zlib));
const hasAddr2line = hasCompiler && spawnSync('addr2line', ['--version']).status === 0;

let targets: Targets;

beforeAll(() => {
  targets = new Targets();
});
afterAll(() => targets.dispose());

/** Frames of every byte of the text, as lines of `function file:line`, innermost first. */
function ourFrames(path: string): Map<number, string[]> {
  const file = openExecutable(new Uint8Array(readFileSync(path)));
  const dwarf = openDwarf(file, inflate);
  const text = sectionNamed(file, '.text') ?? expect.fail('there is no text');
  const frames = new Map<number, string[]>();
  for (let at = text.address; at < text.address + text.size; at++) {
    const known = dwarf?.framesAt(at) ?? [];
    frames.set(
      at,
      known.map((frame) => `${frame.name} ${frame.file}:${frame.line}`),
    );
  }
  return frames;
}

/** The same from binutils; addresses whose line it does not know are empty. */
function binutilsFrames(path: string, addresses: Iterable<number>): Map<number, string[]> {
  const input = [...addresses].map((at) => `0x${at.toString(16)}\n`).join('');
  const printed = run('addr2line', ['-f', '-i', '-a', '-e', path], '.', {}, input);
  const frames = new Map<number, string[]>();
  for (const block of printed.split(/^0x/m).slice(1)) {
    const [address = '', ...lines] = block.trimEnd().split('\n');
    const known: string[] = [];
    for (let i = 0; i + 1 < lines.length; i += 2) {
      known.push(`${lines[i]} ${lines[i + 1]?.replace(/ \(discriminator \d+\)$/, '')}`);
    }
    const isKnown = known[0]?.match(/:\d+$/) && !known[0].endsWith('??:0');
    frames.set(Number.parseInt(address, 16), isKnown ? known : []);
  }
  return frames;
}

describe('DWARF of a C program', { timeout: 120_000 }, () => {
  const flags = [
    ['-g', '-gdwarf-2'],
    ['-g', '-gdwarf-3'],
    ['-g', '-gdwarf-4'],
    ['-g', '-gdwarf-5'],
    ['-g', '-gz=zlib'],
  ];
  test.skipIf(!hasAddr2line).each(flags.map((f) => [f.join(' '), f] as const))(
    'built with %s, gives the frames of addr2line -i (needs gcc and binutils)',
    (name, options) => {
      const path = targets.cProgram(name.replaceAll(/\W/g, ''), options);
      const ours = ourFrames(path);
      const theirs = binutilsFrames(path, ours.keys());
      expect(ours).toEqual(theirs);
      expect([...ours.values()].filter((frames) => frames.length === 3).length).toBeGreaterThan(10);
    },
  );

  test.skipIf(!hasCompiler).each([
    ['64-bit DWARF', ['-g', '-gdwarf64']],
    ['sections of older linkers', ['-g', '-gz=zlib-gnu']],
  ])('%s: the frames are those of a plain build (needs gcc)', (name, options) => {
    const plain = ourFrames(targets.cProgram('plain', ['-g']));
    const path = targets.cProgram(name.replaceAll(' ', ''), options);
    expect([...ourFrames(path).values()]).toEqual([...plain.values()]);
  });

  test.skipIf(!hasCompiler)('is missing when nothing can inflate it (needs gcc)', () => {
    const path = targets.cProgram('packed', ['-g', '-gz=zlib']);
    const file = openExecutable(new Uint8Array(readFileSync(path)));
    expect(openDwarf(file)).toBeUndefined();
  });

  test.skipIf(!hasCompiler)('is refused or read when it is damaged (needs gcc)', () => {
    const whole = new Uint8Array(readFileSync(targets.cProgram('damaged', ['-g'])));
    const file = openExecutable(whole);
    const sections = file.sections.filter((section) => section.name.startsWith('.debug_'));
    let refused = 0;
    for (let i = 0; i < 400; i++) {
      const section = sections[i % sections.length] ?? expect.fail('there is no DWARF');
      const bytes = whole.slice();
      bytes[section.offset + ((i * 7919) % section.fileSize)] = (i * 31) % 256;
      try {
        const dwarf = openDwarf(openExecutable(bytes));
        for (let at = 0x1000; at < 0x1300; at += 8) dwarf?.framesAt(at);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(0);
  });
});

describe.skipIf(!hasGo || !hasCompiler)('a cgo binary (needs go and gcc)', () => {
  test('names C functions with file and line, where Go has its own', { timeout: 120_000 }, () => {
    const [build] = WITH_CGO;
    const bytes = targets.bytes(build ?? expect.fail('there is no cgo build'));
    const binary = openGoBinary(bytes, { inflate });
    const spin = binary.file.symbols().find((symbol) => /_Cfunc_spin$/.test(symbol.name));
    const frames = binary.framesAt((spin?.address ?? 0) + 1);
    expect(frames.at(-1)?.name).toMatch(/_Cfunc_spin$/);
    expect(frames[0]?.line).toBeGreaterThan(0);
    const names = new Set<string>();
    const size = spin?.size ?? 0;
    for (let at = spin?.address ?? 0; at < (spin?.address ?? 0) + size; at++) {
      for (const frame of binary.framesAt(at)) {
        if (frame.file.endsWith('extra_cgo.go')) names.add(`${frame.name}:${frame.line}`);
      }
    }
    // The loop of the C function, which is inlined into what cgo calls.
    expect([...names].some((name) => name.startsWith('spin:'))).toBe(true);
  });

  test('without DWARF, still names C functions by their symbols', { timeout: 120_000 }, () => {
    const build = { name: 'cgo without DWARF', cgo: true, flags: ['-ldflags=-w'] };
    const binary = openGoBinary(targets.bytes(build));
    const symbol = binary.file.symbols().find(({ name }) => name === 'x_cgo_init');
    expect(binary.framesAt((symbol?.address ?? 0) + 1)).toMatchObject([
      { name: 'x_cgo_init', file: '', line: 0 },
    ]);
  });
});
