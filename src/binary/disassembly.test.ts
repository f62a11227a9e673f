import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CROSS, goTool, hasGo, stripped, Targets } from '../../test/binary/targets.ts';
import { codeSymbols, type Disassembler, disassemble, formatBytes } from './disassembly.ts';
import { openGoBinary } from './gobinary.ts';
import { objdumpDisassembler, objdumpPattern, parseObjdump } from './objdump.ts';

let targets: Targets;

beforeAll(() => {
  targets = new Targets();
});
afterAll(() => targets.dispose());

/** Takes every byte for an instruction. */
const bytewise: Disassembler = {
  decode: (code, address) =>
    Array.from(code, (byte, i) => ({ address: address + i, size: 1, text: byte.toString(16) })),
};

describe('the output of go tool objdump', () => {
  const printed = [
    'TEXT main.main(SB) /src/main.go',
    '  main.go:5\t\t0x401000\t\t493b6610\t\t\tCMPQ SP, 0x10(R14)\t',
    '  main.go:6\t\t0x401004\t\tf9400b90 d10203f1\tMOVD 16(R28), R16\t',
    'something else',
    '',
  ].join('\n');

  test('becomes functions of instructions', () => {
    expect(parseObjdump(printed).functions).toEqual([
      {
        name: 'main.main',
        file: '/src/main.go',
        instructions: [
          {
            address: 0x401000,
            size: 4,
            text: 'CMPQ SP, 0x10(R14)',
            file: 'main.go',
            line: 5,
            bytes: '493b6610',
          },
          {
            address: 0x401004,
            size: 8,
            text: 'MOVD 16(R28), R16',
            file: 'main.go',
            line: 6,
            bytes: 'f9400b90 d10203f1',
          },
        ],
      },
    ]);
  });

  test('counts lines that were not understood', () => {
    expect(parseObjdump(printed).skipped).toBe(1);
  });

  test('is asked for one symbol by its quoted name', () => {
    expect(objdumpPattern({ name: 'main.(*T[...]).m' })).toBe(
      '^main\\.\\(\\*T\\[\\.\\.\\.\\]\\)\\.m$',
    );
  });
});

describe.skipIf(!hasGo)('disassembly (needs go on the PATH)', { timeout: 300_000 }, () => {
  for (const build of CROSS) {
    test(`${build.name}: has the bounds, bytes and lines of go tool objdump`, () => {
      const binary = openGoBinary(targets.bytes(build));
      const printed = parseObjdump(goTool(['objdump', '-s', '^main\\.', targets.path(build)]));
      expect(printed.skipped).toBe(0);
      expect(printed.functions.length).toBeGreaterThan(5);
      const disassembler = objdumpDisassembler(printed);
      const symbols = new Map(codeSymbols(binary).map((symbol) => [symbol.name, symbol]));
      for (const { name, instructions } of printed.functions) {
        const symbol = symbols.get(name) ?? expect.fail(`${name} is no symbol`);
        const ours = disassemble(binary, symbol, disassembler);
        expect(
          ours.map((at) => ({
            address: at.address,
            line: `${at.file.split(/[/\\]/).at(-1)}:${at.line}`,
            bytes: formatBytes(at.bytes, binary.file.goarch),
          })),
        ).toEqual(
          instructions.map((at) => ({
            address: at.address,
            // Padding has no line: the tool prints -1 or none of a file.
            line: at.line < 0 ? ':0' : `${at.file}:${at.line}`,
            bytes: at.bytes,
          })),
        );
        const last = instructions.at(-1);
        expect((last?.address ?? 0) + (last?.size ?? 0)).toBe(symbol.end);
      }
    });

    test(`${build.name}, stripped: functions and lines are those of the line table`, () => {
      const whole = openGoBinary(targets.bytes(build));
      const bare = openGoBinary(targets.bytes(stripped(build)));
      const find = (binary: typeof whole) =>
        codeSymbols(binary).find((symbol) => symbol.name === 'main.work') ?? expect.fail('no work');
      expect(find(bare).start).toBe(find(whole).start);
      const size = find(whole).end - find(whole).start;
      const [long, short] = [bare, whole].map((binary) =>
        disassemble(binary, find(binary), bytewise)
          .slice(0, size)
          .map(({ file, line }) => `${file}:${line}`),
      );
      expect(long).toEqual(short);
    });
  }
});
