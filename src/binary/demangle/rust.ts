/**
 * Rust names of the v0 mangling (rust-lang.github.io/rfcs/2603-rust-symbol-name-mangling-v0.html): read
 * and written in one pass, as references go back to text that is read again.
 */
import { NotMangled } from './node.ts';
import { decodePunycode } from './punycode.ts';

/** More is not for people: references can double a name many times. */
const MAX_LENGTH = 1 << 18;
const MAX_STEPS = 500_000;
const MAX_NESTING = 500;

const BASIC: Readonly<Record<string, string>> = {
  a: 'i8',
  b: 'bool',
  c: 'char',
  d: 'f64',
  e: 'str',
  f: 'f32',
  h: 'u8',
  i: 'isize',
  j: 'usize',
  l: 'i32',
  m: 'u32',
  n: 'i128',
  o: 'u128',
  p: '_',
  s: 'i16',
  t: 'u16',
  u: '()',
  v: '...',
  x: 'i64',
  y: 'u64',
  z: '!',
};

/** The readable name. Throws `NotMangled`. */
export function demangleRust(name: string, genericArguments: boolean): string {
  const dot = name.indexOf('.');
  const symbol = name.slice(2, dot < 0 ? undefined : dot);
  return new Demangler(symbol, genericArguments).result();
}

class Demangler {
  private readonly text: string;
  private readonly genericArguments: boolean;
  private at = 0;
  /** Where the text ends for what is read now. */
  private end: number;
  private out = '';
  private last = '';
  /** Reads without writing. */
  private silent = false;
  /** Lifetimes that are bound here. */
  private lifetimes = 0;
  private steps = 0;
  private nesting = 0;

  constructor(text: string, genericArguments: boolean) {
    this.text = text;
    this.end = text.length;
    this.genericArguments = genericArguments;
  }

  result(): string {
    if (/^\d/.test(this.text)) this.fail('unsupported Rust encoding version');
    this.path(true);
    if (this.at < this.end) {
      // The crate that made the instance is not shown.
      this.silent = true;
      this.path(false);
    }
    if (this.at < this.end) this.fail('unparsed characters at end of mangled name');
    return this.out;
  }

  private fail(reason: string): never {
    throw new NotMangled(`${reason} at ${this.at}`);
  }

  private peek(): string {
    return this.at < this.end ? this.text.charAt(this.at) : '';
  }

  private take(char: string): boolean {
    if (this.peek() !== char) return false;
    this.at++;
    return true;
  }

  private expect(char: string): void {
    if (!this.take(char)) this.fail(`expected ${char}`);
  }

  private write(text: string): void {
    if (this.silent || text === '') return;
    this.out += text;
    this.last = text.charAt(text.length - 1);
    if (this.out.length > MAX_LENGTH) this.fail('name too long');
  }

  private nested(action: () => void): void {
    if (++this.steps > MAX_STEPS) this.fail('too much to do');
    if (++this.nesting > MAX_NESTING) this.fail('nested too deep');
    action();
    this.nesting--;
  }

  private silently(isSilent: boolean, action: () => void): void {
    const hold = this.silent;
    this.silent ||= isSilent;
    action();
    this.silent = hold;
  }

  /** `<path>`. In a type, generic arguments have no `::` before them. */
  private path(isValue: boolean): void {
    this.nested(() => {
      const code = this.peek();
      this.at++;
      switch (code) {
        case 'C':
          this.write(this.identifier().name);
          break;
        case 'M':
        case 'X':
          this.silently(true, () => {
            this.disambiguator();
            this.path(false);
          });
          this.implementation(code === 'X');
          break;
        case 'Y':
          this.implementation(true);
          break;
        case 'N':
          this.nestedPath(isValue);
          break;
        case 'I':
          this.path(isValue);
          this.write(isValue ? '::<' : '<');
          this.genericArgs();
          this.write('>');
          this.expect('E');
          break;
        case 'B':
          this.reference(() => this.path(isValue));
          break;
        default:
          this.fail('unrecognized letter in path');
      }
    });
  }

  private implementation(ofTrait: boolean): void {
    this.write('<');
    this.type();
    if (ofTrait) {
      this.write(' as ');
      this.path(false);
    }
    this.write('>');
  }

  private nestedPath(isValue: boolean): void {
    const namespace = this.peek();
    if (!/^[a-zA-Z]$/.test(namespace)) this.fail('invalid namespace character');
    this.at++;
    this.path(isValue);
    const { disambiguator, name } = this.identifier();
    if (namespace >= 'a') {
      this.write(`::${name}`);
      return;
    }
    const kind = namespace === 'C' ? 'closure' : namespace === 'S' ? 'shim' : namespace;
    this.write(`::{${kind}${name === '' ? '' : `:${name}`}#${disambiguator}}`);
  }

  private identifier(): { readonly disambiguator: bigint; readonly name: string } {
    const disambiguator = this.disambiguator();
    return { disambiguator, name: this.plainIdentifier().name };
  }

  private disambiguator(): bigint {
    return this.take('s') ? BigInt.asIntN(64, this.base62() + 1n) : 0n;
  }

  /** `<undisambiguated-identifier>`. */
  private plainIdentifier(): { readonly name: string; readonly isPunycode: boolean } {
    const isPunycode = this.take('u');
    const length = this.decimal();
    this.take('_');
    if (this.at + length > this.end) this.fail('not enough characters for identifier');
    const text = this.text.slice(this.at, this.at + length);
    this.at += length;
    if (!/^\w*$/.test(text)) this.fail('invalid character in identifier');
    return { name: isPunycode ? decodePunycode(text) : text, isPunycode };
  }

  private genericArgs(): void {
    this.silently(!this.genericArguments, () => {
      this.list('E', () => {
        if (this.take('L')) this.writeLifetime(Number(this.base62()));
        else if (this.take('K')) this.constant();
        else this.type();
      });
    });
  }

  /** Things up to a character, which is not passed over; gives their number. */
  private list(stop: string, item: () => void, separator = ', '): number {
    let count = 0;
    for (; this.at < this.end && this.peek() !== stop; count++) {
      if (count > 0) this.write(separator);
      item();
    }
    return count;
  }

  /** `<binder>`: lifetimes for what follows. */
  private binder(): void {
    if (!this.take('G')) return;
    const count = Number(this.base62()) + 1;
    // Every one of them is used later.
    if (count >= this.end - this.at - this.lifetimes) this.fail('binder lifetimes overflow');
    this.write('for<');
    for (let i = 0; i < count; i++) {
      if (i > 0) this.write(', ');
      this.lifetimes++;
      this.writeLifetime(1);
    }
    this.write('> ');
  }

  private type(): void {
    this.nested(() => {
      const code = this.peek();
      const basic = BASIC[code];
      if (basic !== undefined) {
        this.at++;
        this.write(basic);
      } else if ('CMXYNI'.includes(code) && code !== '') this.path(false);
      else {
        this.at++;
        this.compoundType(code);
      }
    });
  }

  private compoundType(code: string): void {
    switch (code) {
      case 'A':
      case 'S':
        this.write('[');
        this.type();
        if (code === 'A') {
          this.write('; ');
          this.constant();
        }
        this.write(']');
        break;
      case 'T':
        this.write('(');
        if (this.list('E', () => this.type()) === 1) this.write(',');
        this.write(')');
        this.expect('E');
        break;
      case 'R':
      case 'Q':
        this.referenceType(code === 'Q');
        break;
      case 'P':
      case 'O':
        this.write(code === 'P' ? '*const ' : '*mut ');
        this.type();
        break;
      case 'F':
        this.bound(() => this.signature());
        break;
      case 'D':
        this.dynType();
        break;
      case 'B':
        this.reference(() => this.type());
        break;
      default:
        this.fail('unrecognized character in type');
    }
  }

  private referenceType(isMutable: boolean): void {
    this.write('&');
    const lifetime = this.take('L') ? Number(this.base62()) : 0;
    if (lifetime > 0) {
      this.writeLifetime(lifetime);
      this.write(' ');
    }
    if (isMutable) this.write('mut ');
    this.type();
  }

  /** What is bound inside is not bound behind. */
  private bound(action: () => void): void {
    const hold = this.lifetimes;
    action();
    this.lifetimes = hold;
  }

  /** `<fn-sig>`. */
  private signature(): void {
    this.binder();
    if (this.take('U')) this.write('unsafe ');
    if (this.take('K')) {
      if (this.take('C')) this.write('extern "C" ');
      else {
        const { name, isPunycode } = this.plainIdentifier();
        if (isPunycode) this.fail('punycode used in ABI string');
        this.write(`extern "${name.replaceAll('_', '-')}" `);
      }
    }
    this.write('fn(');
    this.list('E', () => this.type());
    this.expect('E');
    this.write(')');
    if (this.take('u')) return;
    this.write(' -> ');
    this.type();
  }

  private dynType(): void {
    this.bound(() => {
      this.write('dyn ');
      this.binder();
      this.list('E', () => this.dynTrait(), ' + ');
      this.expect('E');
    });
    this.expect('L');
    const lifetime = Number(this.base62());
    if (lifetime <= 0) return;
    this.write(this.last === ' ' ? '+ ' : ' + ');
    this.writeLifetime(lifetime);
  }

  /** `<dyn-trait>`: associated types join the generic arguments. */
  private dynTrait(): void {
    let isOpen = this.openPath();
    while (this.take('p')) {
      this.write(isOpen ? ', ' : '<');
      isOpen = true;
      this.write(this.plainIdentifier().name);
      this.write(' = ');
      this.type();
    }
    if (isOpen) this.write('>');
  }

  /** A path whose generic arguments are left open; tells whether there are any. */
  private openPath(): boolean {
    let isOpen = false;
    this.nested(() => {
      if (this.take('I')) {
        this.path(false);
        this.write('<');
        this.genericArgs();
        this.expect('E');
        isOpen = true;
      } else if (this.take('B')) {
        this.reference(() => {
          isOpen = this.openPath();
        });
      } else this.path(false);
    });
    return isOpen;
  }

  private writeLifetime(lifetime: number): void {
    if (lifetime === 0) {
      this.write("'_");
      return;
    }
    const depth = this.lifetimes - lifetime;
    if (depth < 0) this.fail('invalid lifetime');
    const name = depth < 26 ? String.fromCharCode(97 + depth) : `z${depth - 25}`;
    this.write(`'${name}`);
  }

  private constant(): void {
    this.nested(() => {
      const code = this.peek();
      this.at++;
      if (code === 'B') this.reference(() => this.constant());
      else if (code === 'p') this.write('_');
      else if (code !== '' && 'asLlxni'.includes(code) && code !== 'L') {
        if (this.take('n')) this.write('-');
        this.writeInteger(this.hexDigits());
      } else if (code !== '' && 'htmyoj'.includes(code)) this.writeInteger(this.hexDigits());
      else if (code === 'b') this.writeBoolean(this.hexDigits());
      else if (code === 'c') this.writeCharacter(this.hexDigits());
      else this.fail('unrecognized constant type');
    });
  }

  private hexDigits(): string {
    const rest = this.text.slice(this.at, this.end);
    const digits = /^(?:0|[1-9a-f][0-9a-f]*)(?=_|$)/.exec(rest)?.[0];
    if (digits === undefined) this.fail('expected hex digits and _');
    this.at += digits.length;
    this.take('_');
    return digits;
  }

  private writeInteger(digits: string): void {
    this.write(digits.length > 16 ? `0x${digits}` : BigInt(`0x${digits}`).toString());
  }

  private writeBoolean(digits: string): void {
    if (digits !== '0' && digits !== '1') this.fail('invalid boolean value');
    this.write(digits === '1' ? 'true' : 'false');
  }

  private writeCharacter(digits: string): void {
    if (digits.length > 6) this.fail('character value too large');
    const value = Number.parseInt(digits, 16);
    const char = String.fromCharCode(value);
    const escapes: Readonly<Record<string, string>> = {
      '\t': '\\t',
      '\r': '\\r',
      '\n': '\\n',
      '\\': '\\\\',
      "'": "\\'",
    };
    const isPrintable = value >= 0x20 && value <= 0x7e;
    const plain = isPrintable ? char : `\\u{${value.toString(16)}}`;
    this.write(`'${(value < 0x80 ? escapes[char] : undefined) ?? plain}'`);
  }

  /** Digits of `0-9a-zA-Z` up to `_`; `_` alone is 0. Disambiguators are hashes of 64 bits. */
  private base62(): bigint {
    if (this.take('_')) return 0n;
    let value = 0n;
    while (this.at < this.end) {
      const char = this.peek();
      this.at++;
      if (char === '_') return BigInt.asIntN(64, value + 1n);
      const digit = DIGITS.indexOf(char);
      if (digit < 0) this.fail('invalid digit in base 62 number');
      value = BigInt.asIntN(64, value * 62n + BigInt(digit));
    }
    return this.fail('expected _ after base 62 number');
  }

  /** `<backref>` behind its B: reads text before it once more. */
  private reference(read: () => void): void {
    const start = this.at - 1;
    const index = Number(this.base62());
    if (this.silent) return;
    if (index < 0 || index >= start) this.fail('invalid backref index');
    const hold = { at: this.at, end: this.end };
    this.at = index;
    this.end = start;
    read();
    this.at = hold.at;
    this.end = hold.end;
  }

  private decimal(): number {
    if (this.at >= this.end) this.fail('expected number');
    let value = 0;
    while (/^\d$/.test(this.peek())) {
      const digit = Number(this.peek());
      if (value >= 214_748_364 - digit) this.fail('decimal number overflow');
      value = value * 10 + digit;
      this.at++;
    }
    return value;
  }
}

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
