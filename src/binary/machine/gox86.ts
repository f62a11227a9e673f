/**
 * x86 machine code in the syntax of Go's assembler, as `go tool objdump` and `go tool pprof` print it.
 *
 * Decoding is iced-x86's. The text is that of golang.org/x/arch/x86/x86asm.GoSyntax as of Go 1.26, and
 * so is what counts as an instruction: what x86asm does not know is '?', one byte long, after which
 * decoding goes on with the next byte, garbage included; of VEX it knows five moves, and takes any
 * other VEX prefix for one that says nothing. Cost: some microseconds an instruction.
 */
import type { Disassembler, Instruction } from '../disassembly.ts';
import type { SymbolLookup } from '../symbols.ts';
import type { IcedDecoder, IcedInstruction, IcedLibrary } from './iced.ts';
import { type Form, formOf, goRegister, memoryBytes } from './x86ops.ts';

/** Most bytes of an instruction, and of prefixes. */
const LONGEST = 15;
const MOST_PREFIXES = 14;

/** Opcodes that Go's decoder has none for with 64 bits, though other decoders may: EVEX, VEX, XOP. */
const NOT_IN_64 = [0x62, 0xc4, 0xc5, 0xd5];
/** Opcodes that a VEX prefix changes. */
const VEX_MOVES: Readonly<Record<number, string>> = {
  42: 'VMOVNTDQA',
  111: 'load',
  119: 'VZEROUPPER',
  127: 'store',
  231: 'VMOVNTDQ',
};
/** MOV r32, r/m32: has the operands of a VEX move. */
const MOV_LOAD = 0x8b;

const SEGMENTS: Readonly<Record<number, string>> = {
  38: 'ES',
  46: 'CS',
  54: 'SS',
  62: 'DS',
  100: 'FS',
  101: 'GS',
};
const HINTS: Readonly<Record<number, string>> = { 46: 'PN', 62: 'PT' };

/** What a VEX prefix adds to the numbers of base and index register, where there is a scale. */
interface VexExtension {
  readonly base: boolean;
  readonly index: boolean;
  readonly scale: number;
}

const NOTHING_EXTENDED: VexExtension = { base: false, index: false, scale: 1 };

/** Forms by iced's code, for each instance of the library. */
const knownForms = new WeakMap<IcedLibrary, Map<number, Form>>();

/** A disassembler of amd64 (64 bits) or 386 (32 bits) in Go's syntax. */
export function goX86Disassembler(iced: IcedLibrary, bits: 32 | 64): Disassembler {
  return {
    decode(code, address, lookup) {
      const printer = new GoX86Printer(iced, bits, code, address, lookup);
      const instructions: Instruction[] = [];
      try {
        for (let at = 0; at < code.length; ) {
          const next = printer.at(at);
          instructions.push(next);
          at += next.size;
        }
      } finally {
        printer.free();
      }
      return instructions;
    },
  };
}

/** Prints the instruction at any offset of a piece of code. `free` returns the decoder's memory. */
export class GoX86Printer {
  private readonly iced: IcedLibrary;
  private readonly bits: 32 | 64;
  private readonly code: Uint8Array;
  private readonly address: number;
  private readonly lookup: SymbolLookup;
  private readonly decoder: IcedDecoder;
  private readonly instruction: IcedInstruction;
  private readonly forms: Map<number, Form>;
  /** Address behind the instruction that is being printed. */
  private end = 0;
  /** What a VEX prefix adds to the numbers of base and index. */
  private extended: VexExtension = NOTHING_EXTENDED;

  constructor(
    iced: IcedLibrary,
    bits: 32 | 64,
    code: Uint8Array,
    address: number,
    lookup: SymbolLookup,
  ) {
    this.iced = iced;
    this.bits = bits;
    this.code = code;
    this.address = address;
    this.lookup = lookup;
    this.decoder = new iced.Decoder(bits, code, iced.DecoderOptions.NoInvalidCheck);
    this.instruction = new iced.Instruction();
    this.forms = knownForms.get(iced) ?? new Map<number, Form>();
    knownForms.set(iced, this.forms);
  }

  free(): void {
    this.decoder.free();
    this.instruction.free();
  }

  at(offset: number): Instruction {
    const address = this.address + offset;
    const text = this.textAt(offset);
    if (text === undefined) return { address, size: 1, text: '?' };
    return { address, size: this.end - address, text };
  }

  /** The instruction's text, with `end` set; undefined where Go's decoder knows none. */
  private textAt(start: number): string | undefined {
    const { code } = this;
    const vex = this.vexSize(start);
    const opcode = start + vex + prefixCount(code, start + vex);
    const first = code[opcode] ?? 0;
    const isRex = this.bits === 64 && isRexByte(first);
    // Go's decoder takes a REX prefix only right before the opcode, and none behind VEX.
    const real = isRex ? (code[opcode + 1] ?? 0) : first;
    if (isRex && (vex > 0 || isPrefix(real) || isRexByte(real))) return undefined;
    if (this.bits === 64 && NOT_IN_64.includes(real)) return undefined;
    if (opcode - start + (isRex ? 1 : 0) > MOST_PREFIXES) return undefined;
    if (vex > 0 && real in VEX_MOVES) return this.vexMove(start, vex, opcode);
    this.extended = vex === 3 ? this.vexExtension(start, opcode) : NOTHING_EXTENDED;
    const isDecoded =
      (vex > 0 && real === 0x0f && this.decodeBehindVex(start, vex)) ||
      this.decode(start + vex, start);
    if (!isDecoded) return undefined;
    const form = this.form();
    if (form.name === '') return undefined;
    const isWide = isRex && (first & 8) !== 0;
    const isShort = code.subarray(start + vex, opcode).includes(0x66);
    const text = this.instructionText(form, isWide ? 64 : isShort ? 16 : 32);
    return vex > 0 ? text : this.prefixText(start, opcode, form) + text;
  }

  /** Decodes what begins at `from`, in an instruction that begins at `start`. */
  private decode(from: number, start: number): boolean {
    const { decoder, instruction } = this;
    decoder.position = from;
    decoder.ip = BigInt(this.address + from);
    decoder.decodeOut(instruction);
    this.end = this.address + from + instruction.length;
    return !instruction.isInvalid && this.end - this.address - start <= LONGEST;
  }

  /** Where a prefix is part of the opcode, that of VEX counts as one. */
  private decodeBehindVex(start: number, vex: number): boolean {
    const { code } = this;
    const prefix = [0, 0x66, 0xf3, 0xf2][(code[start + vex - 1] ?? 0) & 3] ?? 0;
    if (prefix === 0) return false;
    const copy = Uint8Array.of(prefix, ...code.subarray(start + vex, start + LONGEST));
    return this.decodeCopy(copy, start + vex - 1) && this.form().hasMandatory;
  }

  /** Decodes bytes in place of those at an offset. */
  private decodeCopy(copy: Uint8Array, from: number): boolean {
    const { iced, instruction } = this;
    const decoder = new iced.Decoder(this.bits, copy, iced.DecoderOptions.NoInvalidCheck);
    decoder.ip = BigInt(this.address + from);
    decoder.decodeOut(instruction);
    decoder.free();
    this.end = this.address + from + instruction.length;
    return !instruction.isInvalid;
  }

  private form(): Form {
    const { instruction, iced } = this;
    let form = this.forms.get(instruction.code);
    if (form === undefined) {
      form = formOf(iced, instruction);
      this.forms.set(instruction.code, form);
    }
    return form;
  }

  private instructionText(form: Form, size: number): string {
    const args = form.shown.map((i) => this.operand(form, i, size));
    if (form.implied !== '') args.push(form.implied);
    // Go's order is the reverse of Intel's, but for comparisons.
    if (form.name !== 'CMP') args.reverse();
    const name = form.isSized ? form.name + this.suffix(form, size) : form.name;
    return args.length === 0 ? name : `${name} ${args.join(', ')}`;
  }

  private suffix(form: Form, size: number): string {
    const memory = form.shown.find((i) => !this.isRegister(i) && isMemory(form.operands[i]));
    const bytes = memory === undefined ? 0 : memoryBytes(form, memory);
    const isWide = form.operands.length === 1 && this.isRegister(0) && this.isFullRegister();
    const bits = bytes > 0 ? bytes * 8 : isWide ? 64 : size;
    return { 8: 'B', 16: 'W', 32: 'L', 64: 'Q' }[bits] ?? '';
  }

  private isRegister(operand: number): boolean {
    return this.instruction.opKind(operand) === this.iced.OpKind.Register;
  }

  private isFullRegister(): boolean {
    return /^R([A-D]X|[SD]I|[SB]P|\d+)$/.test(this.register(this.instruction.opRegister(0)));
  }

  private register(number: number): string {
    return this.iced.Register[number] ?? '';
  }

  private operand(form: Form, i: number, size: number): string {
    const kind = form.operands[i] ?? '';
    if (kind.startsWith('br') || kind.startsWith('xbegin')) return this.target();
    if (this.isRegister(i)) return goRegister(this.register(this.instruction.opRegister(i)));
    if (kind.startsWith('imm')) return this.immediate(form, i, size);
    switch (kind) {
      case 'es_rDI':
        return `ES:0(DI)`;
      case 'seg_rDI':
        return `${this.segment() || 'DS'}:0(DI)`;
      case 'seg_rSI':
        return `${this.segment() || 'DS'}:0(SI)`;
      case 'seg_rBX_al':
        return `${this.segment() || 'DS'}:0(BX)`;
      default:
        return this.memory(kind);
    }
  }

  private target(): string {
    const target = this.instruction.nearBranchTarget;
    const symbol = this.lookup(Number(target));
    if (symbol !== undefined && BigInt(symbol.start) === target) return `${symbol.name}(SB)`;
    return hex(target);
  }

  private immediate(form: Form, i: number, size: number): string {
    const value = signed(this.instruction.immediate(i), form, i);
    // An address is taken for a symbol only where 32-bit code would have one.
    if ((form.name === 'MOV' || form.name === 'PUSH') && size === 32 && value >= 0n) {
      const symbol = this.lookup(Number(value));
      if (symbol !== undefined) return `$${symbolText(symbol, Number(value))}`;
    }
    if (this.bits === 32) return `$${hex(BigInt.asUintN(32, value))}`;
    if (BigInt.asIntN(32, value) === value) return `$${hex(value)}`;
    return `$${hex(BigInt.asUintN(64, value))}`;
  }

  private memory(kind: string): string {
    const { instruction } = this;
    const base = this.register(instruction.memoryBase);
    const index = this.register(instruction.memoryIndex);
    const isRelative = base === 'RIP' || base === 'EIP';
    const segment = this.segment();
    const displacement = this.displacement(kind, isRelative);
    if (segment === '' && displacement !== 0n && index === 'None' && this.mayBeSymbol(base, kind)) {
      const address = isRelative ? displacement + BigInt(this.end) : displacement;
      const symbol = address < 2n ** 53n ? this.lookup(Number(address)) : undefined;
      if (symbol !== undefined) return symbolText(symbol, Number(address));
    }
    let text = segment === '' ? '' : `${segment}:`;
    text += displacement === 0n ? '0' : hex(displacement);
    const extended = kind === 'mem_offs' ? NOTHING_EXTENDED : this.extended;
    if (base !== 'None') text += `(${extend(goRegister(base), extended.base)})`;
    if (index !== 'None') {
      return `${text}(${extend(goRegister(index), extended.index)}*${instruction.memoryIndexScale})`;
    }
    // The number that stands for no index, extended, is that of a register.
    return extended.index ? `${text}(R12*${extended.scale})` : text;
  }

  /** Four bytes are taken as unsigned: Go's decoder does not extend their sign. */
  private displacement(kind: string, isRelative: boolean): bigint {
    const { instruction } = this;
    let value = instruction.memoryDisplacement;
    if (kind === 'mem_offs') return BigInt.asIntN(64, value);
    if (isRelative) value -= BigInt(this.end);
    const isByte = instruction.memoryDisplSize === 1;
    return isByte ? BigInt.asIntN(8, value) : BigInt.asUintN(32, value);
  }

  private mayBeSymbol(base: string, kind: string): boolean {
    if (base === 'RIP' || base === 'EIP' || kind === 'mem_offs') return true;
    // With 64 bits, an address alone has a scale, which rules symbols out.
    return base === 'None' && this.bits === 32;
  }

  /** The segment override in force; with 64 bits, only two have an effect. */
  private segment(): string {
    const name = this.register(this.instruction.segmentPrefix);
    if (name === 'None') return '';
    return this.bits === 32 || name === 'FS' || name === 'GS' ? name : '';
  }

  /** Prefixes that the text of the instruction does not imply. */
  private prefixText(start: number, opcode: number, form: Form): string {
    const { code } = this;
    let segment = form.operands.some((kind, i) => hasSegment(kind) && !this.isRegister(i));
    let usesRepeat = form.usesRepeat;
    let canHint = form.isConditional;
    let repeat = '';
    let last: string | undefined;
    for (let i = opcode - 1; i >= start; i--) {
      const byte = code[i] ?? 0;
      if (byte === 0xf2 || byte === 0xf3) {
        if (!usesRepeat) repeat ||= byte === 0xf3 ? 'REP; ' : 'REPNE; ';
        usesRepeat = false;
        continue;
      }
      if (segment && (this.bits === 32 || byte === 0x64 || byte === 0x65) && byte in SEGMENTS) {
        segment = false;
        continue;
      }
      const hint = canHint ? HINTS[byte] : undefined;
      if (hint !== undefined) canHint = false;
      // Sizes are never shown, but hide what comes before them.
      last ??= hint ?? SEGMENTS[byte] ?? (byte === 0xf0 ? 'LOCK' : '');
    }
    return `${repeat}${last ? `${last} ` : ''}`;
  }

  /** Bytes of a VEX prefix that begins there. */
  private vexSize(at: number): number {
    const first = this.code[at] ?? 0;
    const size = first === 0xc5 ? 2 : first === 0xc4 ? 3 : 0;
    if (size === 0 || at + size > this.code.length) return 0;
    return this.bits === 64 || ((this.code[at + 1] ?? 0) & 0xc0) === 0xc0 ? size : 0;
  }

  /** What the long VEX prefix adds, which Go's decoder minds only where there is a scale. */
  private vexExtension(start: number, opcode: number): VexExtension {
    const { code } = this;
    const bits = code[start + 1] ?? 0;
    const isLong = code[opcode] === 0x0f;
    const isLonger = isLong && (code[opcode + 1] === 0x38 || code[opcode + 1] === 0x3a);
    const at = opcode + (isLonger ? 3 : isLong ? 2 : 1);
    const modrm = code[at] ?? 0;
    if ((modrm & 7) !== 4 || modrm >= 0xc0) return NOTHING_EXTENDED;
    const scale = 1 << ((code[at + 1] ?? 0) >> 6);
    return { base: (bits & 0x20) === 0, index: (bits & 0x40) === 0, scale };
  }

  /** The instructions that Go's decoder knows behind VEX. */
  private vexMove(start: number, vex: number, opcode: number): string | undefined {
    const { code } = this;
    const what = VEX_MOVES[code[opcode] ?? 0] ?? '';
    const first = code[start + 1] ?? 0;
    const map = vex === 2 ? 1 : first & 3;
    const prefix = (vex === 2 ? first : (code[start + 2] ?? 0)) & 3;
    this.end = this.address + opcode + (what === 'VZEROUPPER' ? 1 : 2);
    if (map !== (what === 'VMOVNTDQA' ? 2 : 1)) return undefined;
    if (what === 'VZEROUPPER') return what;
    const isPlain = what === 'load' || what === 'store';
    if (prefix !== 1 && !(isPlain && prefix === 2)) return undefined;
    const name = isPlain ? (prefix === 2 ? 'VMOVDQU' : 'VMOVDQA') : what;
    const modrm = code[opcode + 1] ?? 0;
    if (!isPlain && modrm >= 0xc0) return undefined;
    const register = `X${((modrm >> 3) & 7) + ((first & 0x80) === 0 ? 8 : 0)}`;
    const other =
      modrm >= 0xc0
        ? `X${(modrm & 7) + (vex === 3 && (first & 0x40) !== 0 ? 8 : 0)}`
        : this.vexMemory(start, vex, opcode);
    if (other === undefined) return undefined;
    const isStore = what === 'store' || what === 'VMOVNTDQ';
    return isStore ? `${name} ${register}, ${other}` : `${name} ${other}, ${register}`;
  }

  private vexMemory(start: number, vex: number, opcode: number): string | undefined {
    const copy = this.code.slice(opcode, start + LONGEST);
    copy[0] = MOV_LOAD;
    if (!this.decodeCopy(copy, opcode)) return undefined;
    this.extended = vex === 3 ? this.vexExtension(start, opcode) : NOTHING_EXTENDED;
    return this.memory('r32_or_mem');
  }
}

function isMemory(kind = ''): boolean {
  return kind.endsWith('_or_mem') || kind === 'mem' || kind === 'mem_offs';
}

/** Whether an operand, if it is in memory, shows the segment override. */
function hasSegment(kind: string): boolean {
  return isMemory(kind) || kind === 'seg_rSI' || kind === 'seg_rBX_al' || kind === 'seg_rDI';
}

/** Immediates are signed, but for bytes that are not extended and sizes of stack frames. */
function signed(value: bigint, form: Form, operand: number): bigint {
  switch (form.operands[operand]) {
    case 'imm8sex16':
    case 'imm8sex32':
    case 'imm8sex64':
      return BigInt.asIntN(8, value);
    case 'imm16':
      return ['RET', 'LRET', 'ENTER'].includes(form.name) ? value : BigInt.asIntN(16, value);
    case 'imm32':
    case 'imm32sex64':
      return BigInt.asIntN(32, value);
    case 'imm64':
      return BigInt.asIntN(64, value);
    default:
      return value;
  }
}

/** The same register of the other half. */
function extend(register: string, isExtended: boolean): string {
  if (!isExtended) return register;
  const low = ['AX', 'CX', 'DX', 'BX', 'SP', 'BP', 'SI', 'DI'].indexOf(register);
  return low < 0 ? register : `R${low + 8}`;
}

/** `name(SB)` or `name+8(SB)`. */
export function symbolText(symbol: { name: string; start: number }, address: number): string {
  const distance = address - symbol.start;
  return `${symbol.name}${distance === 0 ? '' : `+${distance}`}(SB)`;
}

function prefixCount(code: Uint8Array, at: number): number {
  let i = at;
  while (i < code.length && isPrefix(code[i] ?? 0)) i++;
  return i - at;
}

function isPrefix(byte: number): boolean {
  return (
    byte in SEGMENTS ||
    byte === 0x66 ||
    byte === 0x67 ||
    byte === 0xf0 ||
    byte === 0xf2 ||
    byte === 0xf3
  );
}

function isRexByte(byte: number): boolean {
  return (byte & 0xf0) === 0x40;
}

/** Go's `%#x`. */
function hex(value: bigint): string {
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}
