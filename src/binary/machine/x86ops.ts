/**
 * How iced-x86's instructions are named in Go's syntax, and which of them Go's decoder knows.
 *
 * After golang.org/x/arch/x86/x86asm as of Go 1.26, found by running both over the same bytes.
 */
import type { IcedInstruction, IcedLibrary } from './iced.ts';

/** What is the same for every instruction of an iced code. */
export interface Form {
  /** '' = Go's decoder does not know it. */
  readonly name: string;
  /** The operand size is a suffix of the name: ADDQ, MOVL. */
  readonly isSized: boolean;
  /** Names of OpCodeOperandKind, in Intel's order. */
  readonly operands: readonly string[];
  /** Which operands Go shows, by their number. */
  readonly shown: readonly number[];
  /** Shown though iced has none: the register of PBLENDVB. */
  readonly implied: string;
  /** A 66, F2 or F3 is part of the opcode. */
  readonly hasMandatory: boolean;
  /** The last F2 or F3 is. */
  readonly usesRepeat: boolean;
  /** Takes branch hints in place of segment prefixes. */
  readonly isConditional: boolean;
}

const SIZED: ReadonlySet<string> = new Set(
  (
    'ADC ADD AND BSF BSR BT BTC BTR BTS CMP CMPXCHG CVTSI2SD CVTSI2SS CVTSD2SI CVTSS2SI CVTTSD2SI ' +
    'CVTTSS2SI DEC DIV FLDENV FNLDENV FRSTOR IDIV IMUL IN INC LEA MOV MOVNTI MUL NEG NOP NOT OR OUT ' +
    'POP POPA POPCNT PUSH PUSHA RCL RCR ROL ROR SAR SBB SHL SHLD SHR SHRD SUB TEST XADD XCHG XOR'
  ).split(' '),
);

const RENAMED: Readonly<Record<string, string>> = {
  INT1: 'ICEBP',
  INT3: 'INT',
  RETF: 'LRET',
  WAIT: 'FWAIT',
  SYSEXITQ: 'SYSEXIT',
  SYSRETQ: 'SYSRET',
  PCMPESTRI64: 'PCMPESTRI',
  PCMPESTRM64: 'PCMPESTRM',
};

/** Mnemonics that Go's decoder does not know, by how they begin. */
const UNKNOWN = new RegExp(
  `^(${[
    'A(ADD|AND|DCX|DOX|OR|XOR)|AES(DEC|ENC)(128|256|WIDE)|BND|CCS_|INVALID|D[BDQW]$|ZERO_BYTES',
    'CL(AC|DEMOTE|FLUSHOPT|GI|RSSBSY|UI|WB|ZERO)|CL1INVMB|ENC|ENDBR|ENQ|ERET|EXTRQ|FEMMS|GETSEC',
    'FN?(DISI|ENI|SETPM)|FSTPNCE|FRSTPM|GF2P8|HRESET|INCSSP|INSERTQ|INV(EPT|LPGA|LPGB|VPID)|LKGS',
    'LOADIWKEY|MCOMMIT|MONITORX|MONTMUL|MOVDIR|MWAITX|PBNDKB|PCOMMIT|PCONFIG|PREFETCH(IT|WT1|$)',
    'PSMASH|PTWRITE|PVALIDATE|RD(MSRLIST|PID|PKRU|PRU|SEED|SSP|UDBG)|RESERVEDNOP|RMP|RSTORSSP|SAL$',
    'SAVEPREVSSP|SEAM|SENDUIPI|SERIALIZE|SETSSBSY|SHA\\d|SKINIT|ST(AC|GI|UI)$|TDCALL|TESTUI|TLBSYNC',
    'TPAUSE|UIRET|UM(ONITOR|WAIT)|UNDOC|V(?!ERR|ERW)|WBNOINVD|WRMSR(LIST|NS)|WRPKRU|WRU?SS|WRUDBG|XCRYPT',
    'XRESLDTRK|XSHA|XSTORE|XSUSLDTRK',
    // 3DNow!
    'PAVGUSB|PF(ACC|ADD|CMP|M|N|PN|R|SUB)|PF2|PI2F|PMULHRW$|PSWAPD',
  ].join('|')})`,
);

/** Other encodings of known instructions, as iced names its codes. */
const UNKNOWN_CODES = /_(F[67]r1|D[8-F][C-F][0-9A-F]|E[9A-F]|F[1-79A-F])$|^(Nop_rm64|Ud[01]_r64)/;

export function formOf(iced: IcedLibrary, instruction: IcedInstruction): Form {
  const mnemonic = (iced.Mnemonic[instruction.mnemonic] ?? '').toUpperCase();
  const code = iced.Code[instruction.code] ?? '';
  const isKnown = !UNKNOWN.test(mnemonic) && !UNKNOWN_CODES.test(code);
  const name = isKnown ? goName(mnemonic, code) : '';
  const info = instruction.opCode;
  const operands = Array.from(
    { length: info.opCount },
    (_, i) => iced.OpCodeOperandKind[info.opKind(i)] ?? '',
  );
  const mandatory = iced.MandatoryPrefix[info.mandatoryPrefix];
  info.free();
  return {
    name,
    isSized: SIZED.has(name),
    operands,
    shown: shownOperands(name, operands),
    implied: mnemonic === 'INT3' ? '$0x3' : /^P?BLENDV/.test(name) ? 'X0' : '',
    hasMandatory: mandatory === 'P66' || mandatory === 'PF3' || mandatory === 'PF2',
    usesRepeat: mandatory === 'PF3' || mandatory === 'PF2' || name === 'PAUSE',
    isConditional: /^(J(?!MP)|LOOP)/.test(name),
  };
}

/** Registers that the name implies are not shown. */
function shownOperands(name: string, operands: readonly string[]): number[] {
  const all = operands.map((_, i) => i);
  if (/^(FU?COMP?|FXCH)$/.test(name) && operands.length === 2) return [1];
  return name.startsWith('MASKMOV') ? all.slice(1) : all;
}

function goName(mnemonic: string, code: string): string {
  if (mnemonic === 'JMP' || mnemonic === 'CALL') {
    return /_(m16|ptr16)/.test(code) ? `L${mnemonic}` : mnemonic;
  }
  // String instructions share these names.
  if ((mnemonic === 'MOVSD' || mnemonic === 'CMPSD') && code.includes('xmm')) {
    return `${mnemonic}_XMM`;
  }
  return RENAMED[mnemonic] ?? mnemonic;
}

/** Bytes of an operand in memory, as far as they show; 0 = the instruction's own size counts. */
export function memoryBytes(form: Form, operand: number): number {
  const kind = form.operands[operand] ?? '';
  const other = form.operands[1 - operand] ?? '';
  if (other === 'seg_reg') return 2;
  if (form.name.startsWith('CVT') && kind === 'xmm_or_mem')
    return form.name.includes('SD2') ? 8 : 4;
  const known = BYTES[kind];
  if (known !== undefined) return known;
  if (form.name === 'MOVNTI' || kind === 'mem_offs') return BYTES[other] ?? 0;
  return 0;
}

const BYTES: Readonly<Record<string, number>> = {
  r8_or_mem: 1,
  r16_or_mem: 2,
  r32_or_mem: 4,
  r64_or_mem: 8,
  al: 1,
  ax: 2,
  eax: 4,
  rax: 8,
  r32_reg: 4,
  r64_reg: 8,
};

const REGISTERS = registerNames();

/** A register without its size: AX for EAX and RAX; bytes keep the L and H of AL and AH. */
export function goRegister(name: string): string {
  return REGISTERS.get(name) ?? name;
}

function registerNames(): Map<string, string> {
  const names = new Map<string, string>();
  for (const name of ['AX', 'CX', 'DX', 'BX', 'SP', 'BP', 'SI', 'DI', 'IP']) {
    names.set(`E${name}`, name).set(`R${name}`, name).set(`${name}L`, name);
  }
  for (let i = 0; i < 16; i++) {
    for (const size of ['D', 'W', 'L']) names.set(`R${i}${size}`, `R${i}`);
    names.set(`ST${i}`, `F${i}`).set(`MM${i}`, `M${i}`).set(`XMM${i}`, `X${i}`);
  }
  return names;
}
