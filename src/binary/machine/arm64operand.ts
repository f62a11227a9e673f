/** Operands of arm64 instructions, out of Capstone's text. */

export type Operand =
  /** `file` is the kind of register: w, x, b, h, s, d, q, v. Number 31 is zero, or the stack pointer. */
  | {
      readonly kind: 'register';
      readonly file: string;
      readonly number: number;
      readonly isStack: boolean;
      /** `.16b`, `.4s`; '' = none. */
      readonly arrangement: string;
      /** Element of a vector; -1 = all. */
      readonly element: number;
      /** `lsl 3`, `uxtw 2`; '' = none. */
      readonly shift: string;
      readonly amount: number;
    }
  | { readonly kind: 'immediate'; readonly value: bigint; readonly shift: number }
  | { readonly kind: 'float'; readonly text: string }
  | {
      readonly kind: 'memory';
      readonly base: string;
      readonly offset: bigint;
      readonly index: string;
      readonly extend: string;
      /** -1 = not told. */
      readonly amount: number;
      readonly mode: 'offset' | 'pre' | 'post';
    }
  | { readonly kind: 'list'; readonly registers: readonly Operand[]; readonly element: number }
  /** A condition, a system register, an option. */
  | { readonly kind: 'word'; readonly text: string };

export type RegisterOperand = Extract<Operand, { kind: 'register' }>;

const SHIFTS = /^(lsl|lsr|asr|ror|msl|[us]xt[bhwx])(?: #?(0x[0-9a-f]+|\d+))?$/;
const REGISTER = /^(w|x|b|h|s|d|q|v)(\d+)(?:\.(\d*[bhsdq]))?(?:\[(0x[0-9a-f]+|\d+)\])?$/;
const NAMED: Readonly<Record<string, readonly [file: string, isStack: boolean]>> = {
  sp: ['x', true],
  wsp: ['w', true],
  xzr: ['x', false],
  wzr: ['w', false],
};

/** The operands of an instruction; undefined where one is not understood (SVE). */
export function parseOperands(text: string): Operand[] | undefined {
  const operands: Operand[] = [];
  for (const part of splitTop(text)) {
    const shift = SHIFTS.exec(part);
    const last = operands.at(-1);
    if (shift !== null && last !== undefined) {
      const shifted = withShift(last, shift[1] ?? '', Number(shift[2] ?? 0));
      if (shifted === undefined) return undefined;
      operands[operands.length - 1] = shifted;
      continue;
    }
    const isPost = last?.kind === 'memory' && last.mode === 'offset' && isPostIndex(part, last);
    if (isPost) {
      operands[operands.length - 1] = postIndexed(last, part);
      continue;
    }
    const operand = parseOperand(part);
    if (operand === undefined) return undefined;
    operands.push(operand);
  }
  return operands;
}

function splitTop(text: string): string[] {
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '[' || char === '{') depth++;
    else if (char === ']' || char === '}') depth--;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  const last = text.slice(start).trim();
  if (last !== '') parts.push(last);
  return parts;
}

function parseOperand(text: string): Operand | undefined {
  if (text.startsWith('#')) return parseImmediate(text.slice(1));
  if (text.startsWith('[')) return parseMemory(text);
  if (text.startsWith('{')) return parseList(text);
  return parseRegister(text) ?? (/^[zp]\d+/.test(text) ? undefined : { kind: 'word', text });
}

function parseImmediate(text: string): Operand {
  if (/[.e]/.test(text) && !text.includes('x')) return { kind: 'float', text };
  return { kind: 'immediate', value: parseInteger(text), shift: 0 };
}

/** 64 bits with their sign. Capstone writes a minus before large values that have theirs already. */
function parseInteger(text: string): bigint {
  const value = BigInt(text.replace('-', ''));
  const isNegative = text.startsWith('-') && value <= 1n << 63n;
  return BigInt.asIntN(64, isNegative ? -value : value);
}

export function parseRegister(text: string): RegisterOperand | undefined {
  const plain = { kind: 'register', arrangement: '', element: -1, shift: '', amount: 0 } as const;
  const named = NAMED[text];
  if (named !== undefined) return { ...plain, file: named[0], number: 31, isStack: named[1] };
  const match = REGISTER.exec(text);
  if (match === null) return undefined;
  const [, file = '', number = '', arrangement = '', element] = match;
  return {
    ...plain,
    file,
    number: Number(number),
    isStack: false,
    arrangement,
    element: element === undefined ? -1 : Number(element),
  };
}

function parseMemory(text: string): Operand | undefined {
  const isPre = text.endsWith('!');
  const [base = '', second, third] = splitTop(text.slice(1, isPre ? -2 : -1));
  const plain = { kind: 'memory', base, offset: 0n, index: '', extend: '', amount: -1 } as const;
  const mode = isPre ? 'pre' : 'offset';
  if (second === undefined) return { ...plain, mode };
  if (second.startsWith('#')) return { ...plain, offset: parseInteger(second.slice(1)), mode };
  const shift = third === undefined ? null : SHIFTS.exec(third);
  const amount = shift?.[2] === undefined ? -1 : Number(shift[2]);
  return { ...plain, index: second, extend: shift?.[1] ?? 'lsl', amount, mode };
}

/** What follows `[x0]` and moves it. */
function isPostIndex(text: string, memory: Extract<Operand, { kind: 'memory' }>): boolean {
  return memory.offset === 0n && memory.index === '' && /^(#|x\d+$|xzr$)/.test(text);
}

function postIndexed(memory: Extract<Operand, { kind: 'memory' }>, text: string): Operand {
  if (!text.startsWith('#')) return { ...memory, index: text, mode: 'post' };
  return { ...memory, offset: parseInteger(text.slice(1)), mode: 'post' };
}

function parseList(text: string): Operand | undefined {
  const end = text.indexOf('}');
  const element = /^\[(0x[0-9a-f]+|\d+)\]$/.exec(text.slice(end + 1));
  const registers: Operand[] = [];
  for (const part of text.slice(1, end).split(',')) {
    const register = parseRegister(part.trim());
    if (register === undefined) return undefined;
    registers.push(register);
  }
  return { kind: 'list', registers, element: element === null ? -1 : Number(element[1]) };
}

function withShift(operand: Operand, shift: string, amount: number): Operand | undefined {
  if (operand.kind === 'register') return { ...operand, shift, amount };
  if (operand.kind === 'immediate') return { ...operand, shift: amount };
  return undefined;
}
