/// <reference path="../../cli/pprof/capstone-js.d.ts" />
import capstone from '@alexaltea/capstone-js';
import * as iced from 'iced-x86';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Build, CROSS, goTool, hasGo, Targets } from '../../../test/binary/targets.ts';
import { codeSymbols, type Disassembler } from '../disassembly.ts';
import { openGoBinary } from '../gobinary.ts';
import { parseObjdump } from '../objdump.ts';
import { objectFile } from '../objectfile.ts';
import type { SymbolLookup } from '../symbols.ts';
import { capstoneDisassembler } from './capstone.ts';
import { goArm64Disassembler } from './goarm64.ts';
import { goX86Disassembler } from './gox86.ts';
import { intelX86Disassembler } from './icedintel.ts';

const nothing: SymbolLookup = () => undefined;

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function texts(disassembler: Disassembler, hex: string, lookup = nothing): string[] {
  return disassembler.decode(bytes(hex), 0x401000, lookup).map(({ text }) => text);
}

describe('amd64 in the syntax of Go', () => {
  const amd64 = goX86Disassembler(iced, 64);

  test.each([
    ['operands from the source to the destination', '488b442408', ['MOVQ 0x8(SP), AX']],
    ['comparisons in the order of reading', '493b6610', ['CMPQ SP, 0x10(R14)']],
    [
      'a size by the memory, else by the instruction',
      '8a0388d8',
      ['MOVB 0(BX), AL', 'MOVL BL, AL'],
    ],
    ['four bytes of displacement without a sign', '488b842480ffffff', ['MOVQ 0xffffff80(SP), AX']],
    ['one byte with it', '488d4c24f8', ['LEAQ -0x8(SP), CX']],
    ['repetitions before the operation', 'f3a4', ['REP; MOVSB DS:0(SI), ES:0(DI)']],
    [
      'locks and segments',
      'f00fb10a64488b0c25f8ffffff',
      ['LOCK CMPXCHGL CX, 0(DX)', 'MOVQ FS:0xfffffff8, CX'],
    ],
    ['padding', '662e0f1f8400000000000f1f4000', ['CS NOPW 0(AX)(AX*1)', 'NOPL 0(AX)']],
    ['vector instructions of 2008', '66480f6ec1f30f6f06', ['MOVQ CX, X0', 'MOVDQU 0(SI), X0']],
    ['five moves behind VEX', 'c5fe6f06c5f877', ['VMOVDQU 0(SI), X0', 'VZEROUPPER']],
    ['other VEX as what follows it', 'c5f574c1', ['JE 0x400fc5']],
    ['what it does not know byte by byte', '62f1', ['?', 'ICEBP']],
    ['nothing of what is cut off', '488b4424', ['?', '?', '?', '?']],
  ])('shows %s', (_, hex, expected) => {
    expect(texts(amd64, hex)).toEqual(expected);
  });

  test('names the symbols that are called, and read', () => {
    const lookup: SymbolLookup = (address) =>
      address >= 0x402000 ? { name: 'main.f', start: 0x402000, end: 0x403000 } : undefined;
    expect(texts(amd64, 'e8fb0f0000', lookup)).toEqual(['CALL main.f(SB)']);
    expect(texts(amd64, '488b0501100000', lookup)).toEqual(['MOVQ main.f+8(SB), AX']);
  });

  test("is Intel's where that is asked for, and knows every instruction", () => {
    const intel = intelX86Disassembler(iced, 64);
    expect(texts(intel, '488b442408c5f574c1')).toEqual([
      'mov rax,[rsp+8]',
      'vpcmpeqb ymm0,ymm1,ymm1',
    ]);
  });
});

describe('arm64 in the syntax of Go', async () => {
  const arm64 = goArm64Disassembler(await capstone());

  test.each([
    [
      'loads and stores by their size',
      '900b40f9e00f00b9',
      ['MOVD 16(R28), R16', 'MOVW R0, 12(RSP)'],
    ],
    [
      'moved bases as a suffix',
      'fe0f1ef8fe0742f8',
      ['MOVD.W R30, -32(RSP)', 'MOVD.P 32(RSP), R30'],
    ],
    ['pairs', 'e08700a9', ['STP (R0, R1), 8(RSP)']],
    ['distances in instructions', 'a9060054', ['BLS 53(PC)']],
    ['shifted operands', 'c6fc40cb', ['SUB R0>>63, R6, R6']],
    ['conditions first', 'a3309f9a', ['CSEL LO, R5, ZR, R3']],
    ['what it does not know as such', 'e00300f9a27c21f8', ['MOVD R0, (RSP)', '?']],
  ])('shows %s', (_, hex, expected) => {
    expect(texts(arm64, hex)).toEqual(expected);
  });
});

test('other architectures are shown as Capstone has them', async () => {
  const riscv = capstoneDisassembler(await capstone(), 'riscv64');
  expect(riscv === undefined ? [] : texts(riscv, '13050000')).toEqual(['mv a0, zero']);
  expect(capstoneDisassembler(await capstone(), 'loong64')).toBeUndefined();
});

describe.skipIf(!hasGo)(
  'beside go tool objdump (needs go on the PATH)',
  { timeout: 300_000 },
  () => {
    let targets: Targets;
    beforeAll(() => {
      targets = new Targets();
    });
    afterAll(() => targets.dispose());

    const builds: readonly Build[] = [
      ...CROSS,
      { name: 'linux/386', goos: 'linux', goarch: '386' },
      { name: 'linux/amd64, PIE', goos: 'linux', goarch: 'amd64', flags: ['-buildmode=pie'] },
    ];
    for (const build of builds) {
      test(`${build.name}: the same text for every instruction`, async () => {
        const binary = openGoBinary(targets.bytes(build));
        const disassembler =
          build.goarch === 'arm64'
            ? goArm64Disassembler(await capstone())
            : goX86Disassembler(iced, build.goarch === '386' ? 32 : 64);
        const object = objectFile(build.name, binary, 0n, { disassembler });
        const symbols = new Map(codeSymbols(binary).map((symbol) => [symbol.start, symbol]));
        const pattern = '^(main|runtime|math)[.]';
        const printed = parseObjdump(goTool(['objdump', '-s', pattern, targets.path(build)]));
        expect(printed.functions.length).toBeGreaterThan(1000);
        for (const { name, instructions } of printed.functions) {
          const start = instructions[0]?.address ?? 0;
          const symbol = symbols.get(start);
          if (symbol === undefined) continue;
          const ours = object.instructions(BigInt(start), BigInt(symbol.end)) ?? [];
          expect(
            ours.map(({ text }) => text),
            name,
          ).toEqual(instructions.map(({ text }) => text));
        }
      });
    }
  },
);
