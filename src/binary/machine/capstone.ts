/**
 * What this project uses of Capstone (https://www.capstone-engine.org), as its JavaScript port has it
 * (@alexaltea/capstone-js): instructions as text.
 *
 * The library itself, WebAssembly, is passed in by whoever can load it; what `MCapstone()` resolves to
 * fits `CapstoneLibrary`.
 */
import type { Disassembler, Instruction } from '../disassembly.ts';

export interface CapstoneInstruction {
  readonly address: number | bigint;
  readonly size: number;
  readonly mnemonic: string;
  readonly op_str: string;
}

export interface CapstoneEngine {
  /** Instructions up to the first that is none; throws a text when that is the first. */
  disasm(code: Uint8Array, address: number): readonly CapstoneInstruction[];
  close(): void;
}

export interface CapstoneLibrary {
  readonly Capstone: new (architecture: number, mode: number) => CapstoneEngine;
  readonly ARCH_ARM64: number;
  readonly ARCH_ARM: number;
  readonly ARCH_PPC: number;
  readonly ARCH_SYSZ: number;
  readonly ARCH_RISCV: number;
  readonly MODE_LITTLE_ENDIAN: number;
  readonly MODE_BIG_ENDIAN: number;
  readonly MODE_ARM: number;
  readonly MODE_64: number;
  readonly MODE_RISCV64: number;
  readonly MODE_RISCVC: number;
}

/** Decoded text of all of a piece of code; undefined for what is no instruction. */
export function decodeAll(
  engine: CapstoneEngine,
  code: Uint8Array,
  address: number,
  step: number,
): { readonly size: number; readonly decoded: CapstoneInstruction | undefined }[] {
  const all: { size: number; decoded: CapstoneInstruction | undefined }[] = [];
  for (let at = 0; at < code.length; ) {
    const run = decodeRun(engine, code.subarray(at), address + at);
    for (const decoded of run) {
      all.push({ size: decoded.size, decoded });
      at += decoded.size;
    }
    if (at >= code.length) break;
    const size = Math.min(step, code.length - at);
    all.push({ size, decoded: undefined });
    at += size;
  }
  return all;
}

function decodeRun(
  engine: CapstoneEngine,
  code: Uint8Array,
  address: number,
): readonly CapstoneInstruction[] {
  try {
    return engine.disasm(code, address);
  } catch (error) {
    // The port throws its message when nothing at all could be decoded.
    if (typeof error === 'string') return [];
    throw error;
  }
}

/** A disassembler in Capstone's own syntax. */
export function capstoneDisassembler(
  library: CapstoneLibrary,
  goarch: string,
): Disassembler | undefined {
  const target = targetOf(library, goarch);
  if (target === undefined) return undefined;
  const { architecture, mode, step } = target;
  const engine = new library.Capstone(architecture, mode);
  return {
    decode(code, address) {
      let at = address;
      return decodeAll(engine, code, address, step).map(({ size, decoded }): Instruction => {
        const text = decoded === undefined ? '?' : `${decoded.mnemonic} ${decoded.op_str}`.trim();
        const instruction = { address: at, size, text };
        at += size;
        return instruction;
      });
    },
  };
}

function targetOf(
  library: CapstoneLibrary,
  goarch: string,
): { architecture: number; mode: number; step: number } | undefined {
  const { MODE_LITTLE_ENDIAN: little, MODE_BIG_ENDIAN: big } = library;
  switch (goarch) {
    case 'arm64':
      return { architecture: library.ARCH_ARM64, mode: little, step: 4 };
    case 'arm':
      return { architecture: library.ARCH_ARM, mode: library.MODE_ARM, step: 4 };
    case 'ppc64':
      return { architecture: library.ARCH_PPC, mode: library.MODE_64 + big, step: 4 };
    case 'ppc64le':
      return { architecture: library.ARCH_PPC, mode: library.MODE_64 + little, step: 4 };
    case 's390x':
      return { architecture: library.ARCH_SYSZ, mode: big, step: 2 };
    case 'riscv64': {
      const mode = library.MODE_RISCV64 + library.MODE_RISCVC;
      return { architecture: library.ARCH_RISCV, mode, step: 2 };
    }
    default:
      return undefined;
  }
}
