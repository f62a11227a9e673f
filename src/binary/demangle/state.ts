/** What is known while a C++ name is read: the place, what may be referred to, and how much was done. */
import { type Node, NotMangled, nameNode } from './node.ts';

/** Steps after which a name is given up: real ones take thousands. */
const MAX_STEPS = 200_000;

/** Depth of recursion while reading; see also the depth of trees. */
const MAX_NESTING = 300;

export const isDigit = (char: string): boolean => char >= '0' && char <= '9' && char.length === 1;
export const isLower = (char: string): boolean => char >= 'a' && char <= 'z' && char.length === 1;
export const isUpper = (char: string): boolean => char >= 'A' && char <= 'Z' && char.length === 1;

export class State {
  readonly text: string;
  at = 0;
  /** What `S_`, `S0_`, … stand for. */
  readonly substitutions: Node[] = [];
  /** Templates whose arguments `T_`, … stand for; undefined in the type of a cast operator. */
  readonly templates: (Node | undefined)[] = [];
  /** Number of templates when a lambda began, plus 1; 0 = not in a lambda. */
  lambdaLevel = 0;
  /** In a constraint, template parameters keep their codes. */
  inConstraint = false;
  /** Template parameters of lambdas, which have no names of their own. */
  readonly unnamed = { $T: 0, $N: 0, $TT: 0 };
  private steps = 0;
  private nesting = 0;

  constructor(text: string) {
    this.text = text;
  }

  fail(reason: string): never {
    throw new NotMangled(`${reason} at ${this.at}`);
  }

  /** Counts work, so that no input takes long. */
  spend(): void {
    if (++this.steps > MAX_STEPS) this.fail('too much to do');
  }

  /** Runs one level deeper. */
  nested<T>(action: () => T): T {
    this.spend();
    if (++this.nesting > MAX_NESTING) this.fail('nested too deep');
    try {
      return action();
    } finally {
      this.nesting--;
    }
  }

  /** The character ahead, '' at the end. */
  peek(offset = 0): string {
    return this.text[this.at + offset] ?? '';
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** Passes over text if it is ahead. */
  take(text: string): boolean {
    if (!this.startsWith(text)) return false;
    this.at += text.length;
    return true;
  }

  expect(text: string, reason: string): void {
    if (!this.take(text)) this.fail(reason);
  }

  atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The next characters. */
  read(length: number, reason: string): string {
    if (this.at + length > this.text.length) this.fail(reason);
    this.at += length;
    return this.text.slice(this.at - length, this.at);
  }

  /** `[n] <decimal>`. */
  number(): number {
    const negative = this.take('n');
    if (!isDigit(this.peek())) this.fail('missing number');
    let value = 0;
    while (isDigit(this.peek())) {
      if (value >= 0x80000000 / 10 - 10) this.fail('numeric overflow');
      value = value * 10 + Number(this.peek());
      this.at++;
    }
    return negative ? -value : value;
  }

  /** `_` is 0, `0_` is 1, … */
  compactNumber(): number {
    if (this.take('_')) return 0;
    if (this.peek() === 'n') this.fail('unexpected negative number');
    const value = this.number();
    this.expect('_', 'missing underscore after number');
    return value + 1;
  }

  /** `<seq-id> _`, base 36. */
  sequenceId(mayEnd: boolean): number {
    if (this.take('_')) return 0;
    let id = 0;
    for (;;) {
      if (this.atEnd()) {
        if (mayEnd) return id + 1;
        this.fail('missing end to sequence ID');
      }
      if (id >= 0x80000000 / 36 - 36) this.fail('sequence ID overflow');
      if (this.take('_')) return id + 1;
      const char = this.peek();
      if (!isDigit(char) && !isUpper(char)) this.fail('invalid character in sequence ID');
      id = id * 36 + Number.parseInt(char, 36);
      this.at++;
    }
  }

  /** `<length> <identifier>`. GCC's names of anonymous namespaces are made readable. */
  sourceName(): Node {
    const length = this.number();
    if (length <= 0) this.fail('expected positive number');
    const identifier = this.read(length, 'not enough characters for identifier');
    const isAnonymous = /^_GLOBAL_[._$]N./s.test(identifier);
    return nameNode(isAnonymous ? '(anonymous namespace)' : identifier);
  }
}
