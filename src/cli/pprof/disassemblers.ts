/**
 * The disassembler of a binary, loaded with the library that it needs.
 *
 * amd64, 386 and arm64 are printed in Go's syntax by us; for the other architectures Go's own
 * `go tool objdump` is asked where there is a go command, else they are shown in Capstone's syntax.
 */
import { execFileSync } from 'node:child_process';
import type { Disassembler, Instruction } from '../../binary/disassembly.ts';
import { type CapstoneLibrary, capstoneDisassembler } from '../../binary/machine/capstone.ts';
import { goArm64Disassembler } from '../../binary/machine/goarm64.ts';
import { goX86Disassembler } from '../../binary/machine/gox86.ts';
import { intelX86Disassembler } from '../../binary/machine/icedintel.ts';
import { parseObjdump } from '../../binary/objdump.ts';

/** Undefined for an architecture that there is none for. */
export async function disassemblerFor(
  path: string,
  goarch: string,
  intelSyntax: boolean,
): Promise<Disassembler | undefined> {
  if (goarch === 'amd64' || goarch === '386') {
    const { default: iced } = await import('iced-x86');
    const bits = goarch === 'amd64' ? 64 : 32;
    return intelSyntax ? intelX86Disassembler(iced, bits) : goX86Disassembler(iced, bits);
  }
  if (goarch === 'arm64') return goArm64Disassembler(await loadCapstone());
  if (goarch === '') return undefined;
  if (hasGoObjdump()) return goObjdump(path, goarch);
  return capstoneDisassembler(await loadCapstone(), goarch);
}

let capstone: Promise<CapstoneLibrary> | undefined;

function loadCapstone(): Promise<CapstoneLibrary> {
  capstone ??= import('@alexaltea/capstone-js').then(({ default: load }) => load());
  return capstone;
}

function hasGoObjdump(): boolean {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Runs `go tool objdump` for every piece of code that is asked for. */
function goObjdump(path: string, goarch: string): Disassembler {
  const step = goarch === 'riscv64' || goarch === 's390x' ? 2 : 4;
  return {
    decode(code, address) {
      const end = address + code.length;
      // The tool fails on a range that ends within an instruction.
      const range = [address, Math.ceil(end / 4) * 4].map((at) => `0x${at.toString(16)}`);
      const output = execFileSync('go', ['tool', 'objdump', path, ...range], {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const all = parseObjdump(output).functions.flatMap(({ instructions }) => instructions);
      const whole = all.filter(({ address: at, size }) => at >= address && at + size <= end);
      const last = whole.at(-1);
      const rest: Instruction[] = [];
      for (let at = last === undefined ? end : last.address + last.size; at < end; at += step) {
        rest.push({ address: at, size: step, text: '?' });
      }
      return [...whole, ...rest];
    },
  };
}
