/** Expressions of C++ as text. */
import { child, exprList, type Kind, type Node } from './node.ts';
import type { Print, Printer } from './print.ts';

function parenthesized(printer: Printer, of: Node): void {
  printer.write('(');
  printer.print(of);
  printer.write(')');
}

/** With parentheses unless it is a plain name. */
function printOperand(printer: Printer, of: Node): void {
  const isPlain =
    of.kind === 'name' ||
    of.kind === 'initializerList' ||
    of.kind === 'functionParam' ||
    (of.kind === 'qualified' && !of.flag);
  if (isPlain) printer.print(of);
  else parenthesized(printer, of);
}

/** An operator between or before operands: its spelling alone. */
function printOperator(printer: Printer, of: Node): void {
  if (of.kind === 'operator') printer.write(of.text);
  else printer.print(of);
}

/** Suffixes of literals; other types are shown before the value. */
const SUFFIXES: ReadonlyMap<string, string> = new Map([
  ['int', ''],
  ['unsigned int', 'u'],
  ['long', 'l'],
  ['unsigned long', 'ul'],
  ['long long', 'll'],
  ['unsigned long long', 'ull'],
]);

const FLOATS = new Set(['double', 'long double', 'float', '__float128', 'half']);

export const EXPRESSIONS: Partial<Record<Kind, Print>> = {
  nullary: (printer, of) => printOperator(printer, child(of, 0)),
  unary: printUnary,
  binary: printBinary,
  trinary: printTrinary,
  fold: printFold,
  functionParam: (printer, of) => {
    if (of.number === 0) printer.write('this');
    else printer.writeAside(`{parm#${of.number}}`);
  },
  packExpansion: (printer, of) => {
    if (of.target !== undefined) {
      printer.print(child(of, 0));
      return;
    }
    printOperand(printer, child(of, 0));
    printer.write('...');
  },
  argumentPack: (printer, of) => printer.printList(of.children),
  sizeofPack: (printer, of) => printer.write(String(of.target?.children.length ?? 0)),
  sizeofArgs: (printer, of) => {
    const isPack = (arg: Node) => arg.kind === 'argumentPack' || arg.kind === 'exprList';
    const sizes = of.children.map((arg) => (arg && isPack(arg) ? arg.children.length : 1));
    printer.write(String(sizes.reduce((sum, size) => sum + size, 0)));
  },
  exprList: (printer, of) => printer.printList(of.children),
  initializerList: (printer, of) => {
    const type = of.children[0];
    if (type !== undefined) printer.print(type);
    printer.write('{');
    printer.print(of.children[1] ?? exprList([]));
    printer.write('}');
  },
  literal: printLiteral,
  stringLiteral: (printer, of) => {
    printer.write('"<');
    printer.printAlways(child(of, 0));
    printer.write('>"');
  },
  subobject: (printer, of) => {
    printer.print(child(of, 1));
    printer.write('.<');
    printer.print(child(of, 0));
    printer.write(` at offset ${of.number}>`);
  },
  pointerToMemberCast: (printer, of) => {
    parenthesized(printer, child(of, 0));
    parenthesized(printer, child(of, 1));
  },
  new: (printer, of) => {
    const [placement, , initializer] = of.children;
    printer.write('new ');
    if (placement !== undefined) {
      printOperand(printer, placement);
      printer.write(' ');
    }
    printer.print(child(of, 1));
    if (initializer !== undefined) printOperand(printer, initializer);
  },
  requires: (printer, of) => {
    const parameters = child(of, 0);
    printer.write('requires ');
    if (parameters.children.length > 0) {
      printer.write('(');
      printer.printList(parameters.children);
      printer.write(') ');
    }
    printer.write('{');
    for (const requirement of of.children.slice(1)) {
      if (requirement !== undefined) printer.print(requirement);
    }
    printer.write(' }');
  },
  exprRequirement: (printer, of) => {
    const type = of.children[1];
    const isCompound = of.flag || type !== undefined;
    printer.write(isCompound ? ' {' : ' ');
    printer.print(child(of, 0));
    if (isCompound) printer.write('}');
    if (of.flag) printer.write(' noexcept');
    if (type !== undefined) {
      printer.write(' -> ');
      printer.print(type);
    }
    printer.write(';');
  },
  typeRequirement: (printer, of) => {
    printer.write(' typename ');
    printer.print(child(of, 0));
    printer.write(';');
  },
  nestedRequirement: (printer, of) => {
    printer.write(' requires ');
    printer.print(child(of, 0));
    printer.write(';');
  },
};

function printUnary(printer: Printer, of: Node): void {
  const operator = child(of, 0);
  const operand = unaryOperand(operator, child(of, 1));
  if (of.text === 'suffix') printOperand(printer, operand);
  if (operator.kind === 'cast') parenthesized(printer, child(operator, 0));
  else printOperator(printer, operator);
  if (of.text === 'suffix') return;
  if (operator.kind === 'operator' && operator.text === '::') printer.print(operand);
  else if (of.text === 'sizeof') parenthesized(printer, operand);
  else printOperand(printer, operand);
}

/** Taking the address of a function shows its name only. */
function unaryOperand(operator: Node, operand: Node): Node {
  const isAddress = operator.kind === 'operator' && operator.text === '&';
  const isFunction = operand.kind === 'typed' && child(operand, 1).kind === 'function';
  return isAddress && isFunction ? child(operand, 0) : operand;
}

/** `.member=`, `[index]=` and `[from ... to]=` in an initializer list. */
function isDesignator(of: Node): boolean {
  if (of.kind !== 'binary' && of.kind !== 'trinary') return false;
  const operator = child(of, 0);
  if (operator.kind !== 'operator') return false;
  if (of.kind === 'trinary') return operator.text === '[...]=';
  return operator.text === ']=' || (operator.text === '=' && child(of, 1).kind !== 'literal');
}

/** What a designator designates; another designator follows without a sign. */
function printDesignated(printer: Printer, value: Node): void {
  if (isDesignator(value)) {
    printer.print(value);
    return;
  }
  printer.write('=');
  printOperand(printer, value);
}

function printBinary(printer: Printer, of: Node): void {
  const [operator, left, right] = [child(of, 0), child(of, 1), child(of, 2)];
  const text = operator.kind === 'operator' ? operator.text : undefined;
  if (text?.includes('cast') === true) {
    printer.write(`${text}<`);
    printer.print(left);
    printer.write('>');
    parenthesized(printer, right);
    return;
  }
  if (isDesignator(of)) {
    printer.write(text === '=' ? '.' : '[');
    printer.print(left);
    if (text === ']=') printer.write(']');
    printDesignated(printer, right);
    return;
  }
  // Else it could be taken for the end of template arguments.
  const isGreater = text === '>' || text === '>>';
  if (isGreater) printer.write('(');
  printLeft(printer, left, text === '()');
  if (text === '[]') {
    printer.write('[');
    printer.print(right);
    printer.write(']');
    return;
  }
  if (text !== '()') printOperator(printer, operator);
  printOperand(printer, right);
  if (isGreater) printer.write(')');
}

/** The function of a call is shown without its parameters, unless it has a result. */
function printLeft(printer: Printer, left: Node, isCall: boolean): void {
  if (!isCall || left.kind !== 'typed') {
    printOperand(printer, left);
    return;
  }
  const type = child(left, 1);
  if (type.kind === 'function' && type.children[0] !== undefined) printer.print(left);
  else printOperand(printer, child(left, 0));
}

function printTrinary(printer: Printer, of: Node): void {
  const [first, second, third] = [child(of, 1), child(of, 2), child(of, 3)];
  if (isDesignator(of)) {
    printer.write('[');
    printer.print(first);
    printer.write(' ... ');
    printer.print(second);
    printer.write(']');
    printDesignated(printer, third);
    return;
  }
  printOperand(printer, first);
  printer.write('?');
  printOperand(printer, second);
  printer.write(' : ');
  printOperand(printer, third);
}

function printFold(printer: Printer, of: Node): void {
  const [operator, first, second] = [child(of, 0), child(of, 1), of.children[2]];
  printer.write('(');
  if (second !== undefined || !of.flag) {
    printOperand(printer, first);
    printOperator(printer, operator);
  }
  printer.write('...');
  if (second !== undefined || of.flag) {
    printOperator(printer, operator);
    printOperand(printer, second ?? first);
  }
  printer.write(')');
}

function printLiteral(printer: Printer, of: Node): void {
  const type = child(of, 0);
  const name = type.kind === 'builtin' ? type.text : '';
  const value = of.flag ? `-${of.text}` : of.text;
  const suffix = SUFFIXES.get(name);
  if (suffix !== undefined) printer.write(value + suffix);
  else if (name === 'bool' && value === '0') printer.write('false');
  else if (name === 'bool' && value === '1') printer.write('true');
  else if (name === 'decltype(nullptr)' && (of.text === '' || of.text === '0')) printer.print(type);
  else {
    parenthesized(printer, type);
    printer.write(FLOATS.has(name) ? `[${value}]` : value);
  }
}
