/**
 * arm64 machine code in the syntax of Go's assembler, as `go tool objdump` and `go tool pprof` print it.
 *
 * Decoding is Capstone's, whose text is rewritten. The result is that of
 * golang.org/x/arch/arm64/arm64asm.GoSyntax as of Go 1.26, for what compilers emit; instructions that
 * arm64asm does not know (atomics of ARMv8.1, and all that came later) are '?', as there.
 */
import type { Disassembler, Instruction } from '../disassembly.ts';
import type { SymbolLookup } from '../symbols.ts';
import {
  type Operand,
  parseOperands,
  parseRegister,
  type RegisterOperand,
} from './arm64operand.ts';
import { type CapstoneInstruction, type CapstoneLibrary, decodeAll } from './capstone.ts';

export function goArm64Disassembler(library: CapstoneLibrary): Disassembler {
  const engine = new library.Capstone(library.ARCH_ARM64, library.MODE_LITTLE_ENDIAN);
  return {
    decode(code, address, lookup) {
      const view = new DataView(code.buffer, code.byteOffset, code.length);
      return decodeAll(engine, code, address, 4).map(({ size, decoded }, i): Instruction => {
        const at = address + i * 4;
        if (decoded === undefined || size !== 4) return { address: at, size, text: '?' };
        const word = view.getUint32(i * 4, true);
        return { address: at, size, text: goArm64Text(decoded, word, at, lookup) };
      });
    },
  };
}

/** Instructions that came after ARMv8.0, by their mnemonic. */
const UNKNOWN =
  /^(udf|(cas|swp|ld(add|clr|eor|set|smax|smin|umax|umin)|st(add|clr|eor|set|smax|smin|umax|umin))[alhbp]*|ldapu?r.*|stlur.*|ldra[ab]|bc\..*|(auti|paci|xpac|blra|bra|reta|eretaa).*|fcmla|fcadd|fjcvtzs|[su]dot|fmlal2?|fmlsl2?|sm[34].*|sha512.*|eor3|rax1|xar|bcax|sqrdml[as]h|rmif|setf(8|16)|cfinv|axflag|xaflag|bti|esb|psb|tsb|[st]{2}g|irg|gmi|subps?|addg|subg|ldg.*|stz?2?g.*)$/;

/** One instruction, its encoding, its address → its text; '?' = unknown to Go's decoder. */
export function goArm64Text(
  { mnemonic, op_str: text }: Pick<CapstoneInstruction, 'mnemonic' | 'op_str'>,
  word: number,
  address: number,
  lookup: SymbolLookup,
): string {
  const operands = UNKNOWN.test(mnemonic) ? undefined : parseOperands(text);
  if (operands === undefined) return '?';
  const [first] = operands;
  const isHalf = first?.kind === 'register' && first.file === 'h' && /^f(?!cvt|mov)/.test(mnemonic);
  if (isHalf) return '?';
  return new Arm64Printer(mnemonic, operands, { word, address, lookup }).text();
}

/** Loads and stores, with the size in Go's name. */
const LOADS: Readonly<Record<string, string>> = {
  ldrb: 'MOVBU',
  ldrh: 'MOVHU',
  ldrsw: 'MOVW',
};
const STORES: Readonly<Record<string, string>> = {
  strb: 'MOVB',
  sturb: 'MOVB',
  strh: 'MOVH',
  sturh: 'MOVH',
};
/** Conditions that Go's decoder names otherwise after a branch. */
const BRANCHES: Readonly<Record<string, string>> = { hs: 'CS', lo: 'CC' };

const FLOAT_SIZED = new Set(
  (
    'fadd fsub fmul fnmul fdiv fmax fmin fmaxnm fminnm fcsel fmadd fmsub fnmadd fnmsub ' +
    'fcmp fcmpe fccmp fccmpe'
  ).split(' '),
);
const FLOAT_UNARY = /^f(abs|neg|sqrt|rint[npmzaxi])$/;
const NO_SUFFIX =
  /^(aes(d|e|imc|mc)|crc32c?[bhwx]|ldarb|ldarh|ldaxrb|ldaxrh|ldtrh|ldxrb|ldxrh|sha(1|256).*)$/;
/** Operands in another order than the reverse. */
const BITFIELDS = new Set(['bfi', 'bfxil', 'sbfiz', 'sbfx', 'ubfiz', 'ubfx']);
const MULTIPLY_ADD = new Set(['madd', 'msub', 'smaddl', 'smsubl', 'umaddl', 'umsubl']);

class Arm64Printer {
  private readonly mnemonic: string;
  private readonly operands: readonly Operand[];
  private readonly word: number;
  private readonly address: number;
  private readonly lookup: SymbolLookup;

  constructor(
    mnemonic: string,
    operands: readonly Operand[],
    place: { readonly word: number; readonly address: number; readonly lookup: SymbolLookup },
  ) {
    this.mnemonic = mnemonic;
    this.operands = operands;
    this.word = place.word;
    this.address = place.address;
    this.lookup = place.lookup;
  }

  text(): string {
    const { mnemonic: name, operands } = this;
    const args = operands.map((operand) => this.argument(operand));
    return (
      this.branch(name, args) ??
      this.memoryAccess(name, args) ??
      this.system(name, args) ??
      this.plain(this.operation(), args)
    );
  }

  /** Destination last. */
  private plain(operation: string, args: readonly string[]): string {
    const ordered = this.ordered(args).reverse();
    return ordered.length === 0 ? operation : `${operation} ${ordered.join(', ')}`;
  }

  private branch(name: string, args: readonly string[]): string | undefined {
    const [first = '', second = ''] = args;
    const wide = this.isNarrow(0) ? 'W' : '';
    switch (name) {
      case 'bl':
        return `CALL ${this.target(0)}`;
      case 'blr':
        return `CALL (${first})`;
      case 'b':
        return `JMP ${this.target(0)}`;
      case 'br':
        return `JMP (${first})`;
      case 'ret':
        return args.length === 0 ? 'RET' : `RET ${first}`;
      case 'nop':
        return 'NOOP';
      case 'cbz':
      case 'cbnz':
        return `${name.toUpperCase()}${wide} ${first}, ${this.target(1)}`;
      case 'tbz':
      case 'tbnz':
        return `${name.toUpperCase()} ${second}, ${first}, ${this.target(2)}`;
      case 'adr':
      case 'adrp':
        return `${name.toUpperCase()} ${this.pageDistance(name)}(PC), ${first}`;
      default: {
        const condition = /^b\.(\w\w)$/.exec(name)?.[1];
        if (condition === undefined) return undefined;
        return `B${BRANCHES[condition] ?? condition.toUpperCase()} ${this.target(0)}`;
      }
    }
  }

  /** Instructions whose numbers Go shows as they are encoded. */
  private system(name: string, args: readonly string[]): string | undefined {
    const { word } = this;
    const [first = '', second = ''] = args;
    switch (name) {
      case 'dmb':
      case 'dsb':
      case 'isb':
        return `${name.toUpperCase()} $${(word >>> 8) & 15}`;
      case 'mrs':
        return `MRS $${(word >>> 5) & 0x7fff}, ${first}`;
      case 'msr': {
        if (this.register(1) === undefined)
          return /^(DIT|SSBS|TCO)$/i.test(first) ? '?' : undefined;
        const field = (shift: number, mask: number) => (word >>> shift) & mask;
        const number = `S${2 + field(19, 1)}_${field(16, 7)}_C${field(12, 15)}_C${field(8, 15)}`;
        return `MSR ${second}, ${number}_${field(5, 7)}`;
      }
      case 'dc':
      case 'ic':
      case 'at':
      case 'tlbi':
        return `${name.toUpperCase()} ${args.join(', ')}`;
      case 'mov':
        // Of a constant that a plain move could make, Go's decoder shows the OR that it is.
        return this.isOrOfMove()
          ? `ORR${this.isNarrow(0) ? 'W' : ''} ${second}, ZR, ${first}`
          : undefined;
      default:
        return undefined;
    }
  }

  private isOrOfMove(): boolean {
    if (((this.word >>> 23) & 0x3f) !== 0b100100) return false;
    const value = this.immediate(1);
    const shifts = this.isNarrow(0) ? [0n, 16n] : [0n, 16n, 32n, 48n];
    const parts = shifts.map((shift) => (value >> shift) & 0xffffn);
    const isMove = (filler: bigint) => parts.filter((part) => part !== filler).length <= 1;
    return isMove(0n) || isMove(0xffffn);
  }

  private target(operand: number): string {
    const target = this.immediate(operand);
    const symbol = this.lookup(Number(target));
    if (symbol !== undefined && BigInt(symbol.start) === target) return `${symbol.name}(SB)`;
    return `${(target - BigInt(this.address)) / 4n}(PC)`;
  }

  private pageDistance(name: string): bigint {
    const address = BigInt(this.address);
    return this.immediate(1) - (name === 'adr' ? address : address & ~0xfffn);
  }

  private immediate(operand: number): bigint {
    const found = this.operands[operand];
    return found?.kind === 'immediate' ? found.value : 0n;
  }

  private register(operand: number): RegisterOperand | undefined {
    const found = this.operands[operand];
    return found?.kind === 'register' ? found : undefined;
  }

  private isNarrow(operand: number): boolean {
    return this.register(operand)?.file === 'w';
  }

  private memoryAccess(name: string, args: readonly string[]): string | undefined {
    const suffix = this.suffix();
    const [first = '', second = '', third = '', fourth = ''] = args;
    const narrow = this.isNarrow(0) ? 'W' : '';
    switch (name) {
      case 'ldr':
      case 'ldur':
        return `${this.moveName(true)}${suffix} ${this.source(second)}, ${first}`;
      case 'str':
      case 'stur':
        return `${this.moveName(false)}${suffix} ${first}, ${second}`;
      case 'ldrsb':
      case 'ldrsh': {
        const size = name === 'ldrsb' ? 'MOVB' : 'MOVH';
        return `${size}${narrow}${suffix} ${second}, ${first}`;
      }
      case 'ldrb':
      case 'ldrh':
      case 'ldrsw':
        return `${LOADS[name]}${suffix} ${this.source(second)}, ${first}`;
      case 'strb':
      case 'sturb':
      case 'strh':
      case 'sturh':
        return `${STORES[name]}${suffix} ${first}, ${second}`;
      case 'stp':
        return `${this.pairName()}${suffix} (${first}, ${second}), ${third}`;
      case 'ldp':
        return `${this.pairName()}${suffix} ${third}, (${first}, ${second})`;
      case 'stlr':
        return `STLR${narrow} ${first}, ${second}`;
      case 'stlrb':
      case 'stlrh':
        return `${name.toUpperCase()} ${first}, ${second}`;
      case 'stlxr':
      case 'stxr':
        return `${name.toUpperCase()}${this.isNarrow(1) ? 'W' : ''} ${second}, ${third}, ${first}`;
      case 'stlxrb':
      case 'stlxrh':
      case 'stxrb':
      case 'stxrh':
        return `${name.toUpperCase()} ${second}, ${third}, ${first}`;
      case 'ldaxp':
      case 'ldxp':
        return `${name.toUpperCase()}${narrow} ${third}, (${first}, ${second})`;
      case 'stlxp':
      case 'stxp': {
        const size = this.isNarrow(1) ? 'W' : '';
        return `${name.toUpperCase()}${size} (${second}, ${third}), ${fourth}, ${first}`;
      }
      case 'ld1':
        return `VLD1${suffix} ${second}, ${first}`;
      case 'st1':
        return `VST1${suffix} ${first}, ${second}`;
      default:
        return undefined;
    }
  }

  /** A load from the text itself names what it loads. */
  private source(text: string): string {
    if (this.operands[1]?.kind !== 'immediate') return text;
    const target = this.immediate(1);
    const symbol = this.lookup(Number(target));
    if (symbol !== undefined && BigInt(symbol.start) === target) return `$${symbol.name}(SB)`;
    return `${(target - BigInt(this.address)) / 4n}(PC)`;
  }

  private suffix(): string {
    const memory = this.operands.find((operand) => operand.kind === 'memory');
    if (memory?.kind !== 'memory' || memory.mode === 'offset') return '';
    return memory.mode === 'pre' ? '.W' : '.P';
  }

  private moveName(isLoad: boolean): string {
    const file = this.register(0)?.file ?? '';
    if (file === 'x') return 'MOVD';
    if (file === 'w') return isLoad ? 'MOVWU' : 'MOVW';
    return `FMOV${file.toUpperCase()}`;
  }

  private pairName(): string {
    const file = this.register(0)?.file ?? '';
    const name = this.mnemonic.toUpperCase();
    if (file === 'x') return name;
    return file === 'w' ? `${name}W` : `F${name}${file.toUpperCase()}`;
  }

  private operation(): string {
    const { mnemonic: name } = this;
    const first = this.register(0);
    const upper = name.toUpperCase();
    if (name === 'mov') return this.movName();
    if (name === 'umov') return 'VMOV';
    if (FLOAT_SIZED.has(name)) return upper + floatSize(first);
    if (FLOAT_UNARY.test(name)) return upper + floatSize(this.register(1));
    if (name === 'fcvt') return upper + floatSize(this.register(1)) + floatSize(first);
    if (/^(fcvtz[su]|[su]cvtf)$/.test(name)) return upper + this.conversionSizes();
    if (name === 'fmov') return upper + (floatSize(first) || floatSize(this.register(1)));
    if (MULTIPLY_ADD.has(name) || BITFIELDS.has(name)) return upper + (this.isNarrow(0) ? 'W' : '');
    if (name === 'msr' || NO_SUFFIX.test(name)) return upper;
    const isVector = first !== undefined && first.arrangement !== '' && first.element < 0;
    const isScalar = first !== undefined && /^[bhsdq]$/.test(first.file);
    if (isVector || (isScalar && !name.startsWith('f'))) return `V${upper}`;
    if (/^(ld|st)[1-4]r?$/.test(name)) return this.isElementList() ? upper : `V${upper}`;
    return upper + (this.isNarrow(0) ? 'W' : '');
  }

  private isElementList(): boolean {
    const [list] = this.operands;
    return list?.kind === 'list' && list.element >= 0;
  }

  /** Capstone's `mov` is also what Go prints as ORR: of an immediate that only ORR can make. */
  private movName(): string {
    const [first, second] = [this.register(0), this.operands[1]];
    const isElement = second?.kind === 'register' && second.element >= 0;
    if (isElement || (first !== undefined && first.arrangement !== '')) return 'VMOV';
    return this.isNarrow(0) ? 'MOVW' : 'MOVD';
  }

  private conversionSizes(): string {
    if (this.operands[2] !== undefined) return '';
    return [1, 0].map((i) => floatSize(this.register(i)) || (this.isNarrow(i) ? 'W' : '')).join('');
  }

  /** In Capstone's order, moved about as Go's syntax wants before it reverses them. */
  private ordered(args: readonly string[]): string[] {
    const { mnemonic: name } = this;
    const [first = '', second = '', third = '', fourth = ''] = args;
    if (MULTIPLY_ADD.has(name) || /^fn?m(add|sub)$/.test(name)) {
      return [first, second, fourth, third];
    }
    if (BITFIELDS.has(name)) return [first, fourth, second, third];
    if (this.operands[3]?.kind === 'word') {
      const [a, b] = /^fccmp/.test(name) ? [second, first] : [first, second];
      return this.register(2) === undefined ? [third, b, a, fourth] : [a, third, b, fourth];
    }
    return [...args];
  }

  private argument(operand: Operand): string {
    switch (operand.kind) {
      case 'register':
        return this.registerText(operand);
      case 'immediate':
        return this.immediateText(operand.value, operand.shift);
      case 'float':
        return floatText(operand.text, this.mnemonic);
      case 'memory':
        return memoryText(operand);
      case 'list': {
        const all = operand.registers.map((register) => this.argument(register)).join(', ');
        if (operand.element < 0) return `[${all}]`;
        return operand.registers.length === 1
          ? `${all}[${operand.element}]`
          : `[${all}][${operand.element}]`;
      }
      case 'word':
        return operand.text.toUpperCase();
    }
  }

  private immediateText(value: bigint, shift: number): string {
    const sized = this.isNarrow(0) ? BigInt.asUintN(32, value) : BigInt.asIntN(64, value);
    return shift === 0 ? `$${sized}` : `$(${sized}<<${shift})`;
  }

  private registerText(register: RegisterOperand): string {
    const { file, number, arrangement, element } = register;
    if (arrangement !== '') {
      const [, count = '', type = ''] = /^(\d*)([bhsdq])$/.exec(arrangement) ?? [];
      const name = `V${number}.${type.toUpperCase()}${count}`;
      return element < 0 ? name : `${name}[${element}]`;
    }
    if (/^[bhsdqv]$/.test(file)) {
      const isFloat = /^f|cvtf$|^(ldp|stp|ldr|ldur|str|stur)$/.test(this.mnemonic);
      return `${isFloat ? 'F' : 'V'}${number}`;
    }
    return generalRegister(register) + shiftText(register);
  }
}

const SHIFT_SIGNS: Readonly<Record<string, string>> = {
  lsl: '<<',
  lsr: '>>',
  asr: '->',
  ror: '@>',
};

function shiftText({ shift, amount }: RegisterOperand): string {
  if (shift === '') return '';
  const sign = SHIFT_SIGNS[shift];
  if (sign !== undefined) return `${sign}${amount}`;
  return `.${shift.toUpperCase()}${amount === 0 ? '' : `<<${amount}`}`;
}

function generalRegister({ number, isStack }: RegisterOperand): string {
  if (number < 31) return `R${number}`;
  return isStack ? 'RSP' : 'ZR';
}

function floatSize(register: RegisterOperand | undefined): string {
  return register !== undefined && /^[sdh]$/.test(register.file) ? register.file.toUpperCase() : '';
}

function floatText(text: string, mnemonic: string): string {
  if (mnemonic.startsWith('fcmp')) return '$(0.0)';
  return `$${Number(text).toFixed(6).replace(/0+$/, '')}`;
}

function memoryText({
  base,
  offset,
  index,
  extend,
  amount,
  mode,
}: Extract<Operand, { kind: 'memory' }>): string {
  const baseText = `(${registerNamed(base)})`;
  if (index === '') return `${offset === 0n ? '' : offset}${baseText}`;
  const name = registerNamed(index);
  if (mode === 'post') return `${baseText}(${name})`;
  const sized = extend === 'lsl' ? name : `${name}.${extend.toUpperCase()}`;
  return `${baseText}(${sized}${amount < 0 ? '' : `<<${amount}`})`;
}

function registerNamed(text: string): string {
  const register = parseRegister(text);
  return register === undefined ? text.toUpperCase() : generalRegister(register);
}
