/**
 * Identifiers beyond ASCII in Rust's names: punycode (RFC 3492, section 6.2) with `_` as the delimiter.
 */
import { NotMangled } from './node.ts';

const BASE = 36;
const MIN = 1;
const MAX = 26;

/** The identifier. Throws `NotMangled`. */
export function decodePunycode(text: string): string {
  const delimiter = text.lastIndexOf('_');
  const output = Array.from(text.slice(0, Math.max(delimiter, 0)), (char) => char.charCodeAt(0));
  const digits = text.slice(delimiter + 1);
  let index = 0;
  let code = 128;
  let bias = 72;
  for (let at = 0; at < digits.length; ) {
    const before = index;
    let weight = 1;
    for (let k = BASE; ; k += BASE) {
      const digit = digitAt(digits, at++);
      index += digit * weight;
      const threshold = Math.min(Math.max(k - bias, MIN), MAX);
      if (digit < threshold) break;
      weight *= BASE - threshold;
      if (weight > 2 ** 31) throw new NotMangled('punycode number overflow');
    }
    const length = output.length + 1;
    bias = adapted(index - before, length, before === 0);
    code += Math.floor(index / length);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
      throw new NotMangled('punycode invalid code point');
    }
    index %= length;
    output.splice(index++, 0, code);
  }
  return String.fromCodePoint(...output);
}

function digitAt(digits: string, at: number): number {
  const char = digits[at] ?? '';
  if (/^\d$/.test(char)) return Number(char) + 26;
  if (/^[a-z]$/i.test(char)) return char.toLowerCase().charCodeAt(0) - 97;
  throw new NotMangled('invalid punycode');
}

function adapted(delta: number, length: number, isFirst: boolean): number {
  let rest = Math.floor(isFirst ? delta / 700 : delta / 2);
  rest += Math.floor(rest / length);
  let k = 0;
  while (rest > ((BASE - MIN) * MAX) / 2) {
    rest = Math.floor(rest / (BASE - MIN));
    k += BASE;
  }
  return k + Math.floor(((BASE - MIN + 1) * rest) / (rest + 38));
}
