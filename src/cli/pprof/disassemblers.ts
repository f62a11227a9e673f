/** The disassembler of an architecture, loaded with the library that it needs. */
import type { Disassembler } from '../../binary/disassembly.ts';
import { goX86Disassembler } from '../../binary/machine/gox86.ts';
import { intelX86Disassembler } from '../../binary/machine/icedintel.ts';

/** Undefined for an architecture that there is none for. */
export async function disassemblerFor(
  goarch: string,
  intelSyntax: boolean,
): Promise<Disassembler | undefined> {
  if (goarch === 'amd64' || goarch === '386') {
    const { default: iced } = await import('iced-x86');
    const bits = goarch === 'amd64' ? 64 : 32;
    return intelSyntax ? intelX86Disassembler(iced, bits) : goX86Disassembler(iced, bits);
  }
  return undefined;
}
