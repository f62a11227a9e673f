/**
 * x86 machine code in Intel's syntax, every instruction that iced-x86 knows.
 *
 * For -intel_syntax, which Go's own pprof refuses, and for code that Go's decoder does not know (AVX).
 */
import type { Disassembler, Instruction } from '../disassembly.ts';
import { symbolText } from './gox86.ts';
import type { IcedLibrary } from './iced.ts';

/** A disassembler of amd64 (64 bits) or 386 (32 bits). Calls and jumps to symbols name them. */
export function intelX86Disassembler(iced: IcedLibrary, bits: 32 | 64): Disassembler {
  return {
    decode(code, address, lookup) {
      const decoder = new iced.Decoder(bits, code, iced.DecoderOptions.None);
      const formatter = new iced.Formatter(iced.FormatterSyntax.Intel);
      formatter.hexPrefix = '0x';
      formatter.hexSuffix = '';
      formatter.branchLeadingZeros = false;
      const instruction = new iced.Instruction();
      const instructions: Instruction[] = [];
      decoder.ip = BigInt(address);
      for (let at = address; decoder.canDecode; ) {
        decoder.decodeOut(instruction);
        const size = Math.max(1, instruction.length);
        let text = instruction.isInvalid ? '?' : formatter.format(instruction);
        const target = instruction.isInvalid ? 0 : Number(instruction.nearBranchTarget);
        const symbol = target === 0 ? undefined : lookup(target);
        if (symbol !== undefined) text += ` ; ${symbolText(symbol, target)}`;
        instructions.push({ address: at, size, text });
        at += size;
      }
      instruction.free();
      formatter.free();
      decoder.free();
      return instructions;
    },
  };
}
