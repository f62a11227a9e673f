/**
 * The tree of a C++ name as text, in the spelling of the GNU demangler.
 *
 * C++ declares from the inside out, so a type does not print in one piece: `inner` holds what surrounds
 * the type that is printed now, and whoever gets to its place prints it there.
 */
import { argumentsOf, child, isEmpty, type Kind, type Node, NotMangled } from './node.ts';
import { EXPRESSIONS } from './printexpression.ts';
import { TYPES } from './printtype.ts';

export interface PrintOptions {
  readonly templateArguments: boolean;
  /** Parameters of functions around a local name. */
  readonly enclosingParameters: boolean;
}

export type Print = (printer: Printer, node: Node) => void;

/** Longer names are not for people, and only made up ones get there. */
const MAX_LENGTH = 1 << 18;
const MAX_STEPS = 500_000;
const MAX_NESTING = 500;

export class Printer {
  readonly options: PrintOptions;
  /** What is printed around the current type, outermost first. */
  inner: Node[] = [];
  private text = '';
  /** Last character that was written; numbers do not count. */
  last = '';
  private steps = 0;
  private readonly printing: Node[] = [];

  constructor(options: PrintOptions) {
    this.options = options;
  }

  result(): string {
    return this.text;
  }

  write(text: string): void {
    if (text === '') return;
    this.text += text;
    this.last = text.charAt(text.length - 1);
    if (this.text.length > MAX_LENGTH) throw new NotMangled('name too long');
  }

  /** As `write`, unseen by those that look at the last character. */
  writeAside(text: string): void {
    this.text += text;
  }

  print(of: Node): void {
    if (++this.steps > MAX_STEPS) throw new NotMangled('name too long');
    // Substitutions can make a type part of itself; it is printed once inside.
    if (this.printing.filter((one) => one === of).length > 1) return;
    if (this.printing.length > MAX_NESTING) throw new NotMangled('nested too deep');
    this.printing.push(of);
    this.printAlways(of);
    this.printing.pop();
  }

  printAlways(of: Node): void {
    const print = PRINT[of.kind];
    if (print === undefined) throw new RangeError(`${of.kind} cannot be printed`);
    print(this, of);
  }

  /** Commas between; what prints nothing is left out where asked. */
  printList(items: readonly (Node | undefined)[], withoutEmpty = false): void {
    let isFirst = true;
    for (const item of items) {
      if (item === undefined || (withoutEmpty && isEmpty(item))) continue;
      if (!isFirst) this.write(', ');
      this.print(item);
      isFirst = false;
    }
  }

  /** Prints a base with something around it, unless the base prints that at its place. */
  printAround(outer: Node, base: Node, rest: () => void): void {
    this.inner.push(outer);
    this.print(base);
    if (this.inner.length === 0) return;
    rest();
    this.inner.pop();
  }

  /** Prints with other surroundings. */
  withInner(inner: Node[], action: () => void): void {
    const hold = this.inner;
    this.inner = inner;
    action();
    this.inner = hold;
  }

  /** Prints all that is around; method qualifiers, which come behind parameters, are given back. */
  printInner(exceptMethods: boolean): Node[] {
    const kept: Node[] = [];
    while (this.inner.length > 0) this.printOneInner(exceptMethods ? kept : undefined);
    return kept;
  }

  printOneInner(kept: Node[] | undefined): void {
    const of = this.inner.pop();
    if (of === undefined) return;
    if (kept !== undefined && of.kind === 'methodWithQualifiers') kept.push(of);
    else this.printAsInner(of);
  }

  printAsInner(of: Node): void {
    const print = INNER[of.kind];
    if (print === undefined) this.print(of);
    else print(this, of);
  }
}

/** Prints children in order, with text between. */
const sequence =
  (...parts: readonly (string | number)[]): Print =>
  (printer, of) => {
    for (const part of parts) {
      if (typeof part === 'string') printer.write(part);
      else printer.print(child(of, part));
    }
  };

const NAMES: Partial<Record<Kind, Print>> = {
  name: (printer, of) => printer.write(of.text),
  typed: (printer, of) =>
    printer.withInner([of], () => {
      printer.print(child(of, 1));
      if (printer.inner.length === 0) return;
      printer.write(' ');
      printer.print(child(of, 0));
    }),
  qualified: sequence(0, '::', 1),
  template: (printer, of) =>
    printer.withInner([], () => {
      const name = of.children[0];
      if (name !== undefined) printer.print(name);
      if (!printer.options.templateArguments) return;
      printer.write(printer.last === '<' ? ' <' : '<');
      printer.printList(argumentsOf(of), true);
      printer.write(printer.last === '>' ? ' >' : '>');
    }),
  templateParam: (printer, of) => {
    const value = of.target && argumentsOf(of.target)[of.number];
    if (value === undefined) throw new NotMangled('template parameter without value');
    printer.print(value);
  },
  lambdaAuto: (printer, of) => printer.writeAside(`auto:${of.number + 1}`),
  qualifiedArg: sequence(1),
  operator: (printer, of) => {
    const text = of.text.endsWith(' ') ? of.text.slice(0, -1) : of.text;
    printer.write(/^[a-z]/.test(text) ? `operator ${text}` : `operator${text}`);
  },
  constructorName: sequence(0),
  destructorName: sequence('~', 0),
  cast: sequence('operator ', 0),
  tagged: sequence(0, '[abi:', 1, ']'),
  globalCdtor: (printer, of) => {
    printer.write(`global ${of.flag ? 'constructors' : 'destructors'} keyed to `);
    printer.print(child(of, 0));
  },
  defaultArg: (printer, of) => {
    printer.writeAside(`{default arg#${of.number + 1}}::`);
    printer.print(child(of, 0));
  },
  closure: (printer, of) => {
    printer.write('{lambda');
    printSignature(printer, of);
    printer.write(`#${of.number + 1}}`);
  },
  lambda: (printer, of) => {
    printer.write('[]');
    printSignature(printer, child(of, 0));
    printer.write('{...}');
  },
  structuredBindings: (printer, of) => {
    printer.write('[');
    printer.printList(of.children);
    printer.write(']');
  },
  unnamedType: (printer, of) => printer.write(`{unnamed type#${of.number + 1}}`),
  clone: (printer, of) => {
    printer.print(child(of, 0));
    printer.write(` [clone ${of.text}]`);
  },
  special: (printer, of) => {
    printer.write(of.text);
    printer.print(child(of, 0));
  },
  constructionVtable: sequence('construction vtable for ', 0, '-in-', 1),
  enableIf: (printer, of) => {
    printer.print(child(of, 0));
    printer.write(' [enable_if:');
    printer.printList(of.children.slice(1));
    printer.write(']');
  },
  moduleName: (printer, of) => {
    const parent = of.children[0];
    if (parent !== undefined) printer.print(parent);
    if (of.flag) printer.write(':');
    else if (parent !== undefined) printer.write('.');
    printer.print(child(of, 1));
  },
  moduleEntity: sequence(1, '@', 0),
  friend: sequence('friend ', 0),
  constraint: sequence(0, ' requires ', 1),
  objectParameter: sequence('this ', 0),
};

/** Template parameters and parameters of a lambda. */
function printSignature(printer: Printer, closure: Node): void {
  const [parameters, ofParameters, types, ofCall] = closure.children;
  if (parameters !== undefined && parameters.children.length > 0) {
    printer.write('<');
    printer.printList(parameters.children);
    printer.write('>');
  }
  if (ofParameters !== undefined) {
    printer.write(' requires ');
    printer.print(ofParameters);
    printer.write(' ');
  }
  printer.write('(');
  printer.printList(types?.children ?? []);
  printer.write(')');
  if (ofCall !== undefined) {
    printer.write(' requires ');
    printer.print(ofCall);
  }
}

const PRINT: Partial<Record<Kind, Print>> = { ...NAMES, ...TYPES.whole, ...EXPRESSIONS };

const INNER: Partial<Record<Kind, Print>> = {
  ...TYPES.inner,
  typed: (printer, of) => printer.print(child(of, 0)),
};
