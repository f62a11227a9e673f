/** Types of mangled C++ names. */
import { expression } from './expressions.ts';
import { name, unqualifiedName } from './names.ts';
import { child, type Node, NotMangled, nameNode, node, withChildren } from './node.ts';
import { findArgumentPack, mergeQualifiers, qualifiedArray } from './simplify.ts';
import { isDigit, isUpper, type State } from './state.ts';
import { STANDARD, STANDARD_IN_FULL, substitution } from './substitution.ts';
import { templateArgs, templateParam } from './templates.ts';
import { closureTypeName, unnamedTypeName } from './unnamed.ts';

const BUILTIN: Readonly<Record<string, string>> = {
  a: 'signed char',
  b: 'bool',
  c: 'char',
  d: 'double',
  e: 'long double',
  f: 'float',
  g: '__float128',
  h: 'unsigned char',
  i: 'int',
  j: 'unsigned int',
  l: 'long',
  m: 'unsigned long',
  n: '__int128',
  o: 'unsigned __int128',
  s: 'short',
  t: 'unsigned short',
  v: 'void',
  w: 'wchar_t',
  x: 'long long',
  y: 'unsigned long long',
  z: '...',
};

const builtin = (text: string): Node => node('builtin', [], { text });

/** A type, and whether it can be referred to by a substitution. */
type Read = readonly [Node, boolean];

/**
 * `<type>`. In the type of a cast operator, template arguments behind a parameter may belong to the
 * operator.
 */
export function type(st: State, isCast: boolean): Node {
  return st.nested(() => {
    const qualifiers = cvQualifiers(st);
    const text = BUILTIN[st.peek()];
    if (text !== undefined) {
      st.at++;
      if (qualifiers === undefined) return builtin(text);
      const qualified = node('typeWithQualifiers', [builtin(text), qualifiers]);
      st.substitutions.push(qualified);
      return qualified;
    }
    // Qualifiers of a function type are those of its `this`: the bare type is no candidate.
    const isMethod = qualifiers !== undefined && st.peek() === 'F';
    const [read, isCandidate] = unqualifiedType(st, isCast);
    if (isCandidate && !isMethod) st.substitutions.push(read);
    if (qualifiers === undefined) return read;
    const qualified = withQualifiers(read, qualifiers);
    st.substitutions.push(qualified);
    return qualified;
  });
}

function withQualifiers(of: Node, qualifiers: Node): Node {
  switch (of.kind) {
    case 'function':
      return node('methodWithQualifiers', [of, qualifiers]);
    case 'methodWithQualifiers':
    case 'typeWithQualifiers':
      return withChildren(of, [child(of, 0), mergeQualifiers(qualifiers, of.children[1])]);
    default:
      return node('typeWithQualifiers', [of, qualifiers]);
  }
}

const COMPOUND = {
  O: 'rvalueReference',
  P: 'pointer',
  R: 'reference',
  C: 'complex',
  G: 'imaginary',
} as const;

function unqualifiedType(st: State, isCast: boolean): Read {
  const code = st.peek();
  switch (code) {
    case 'u':
      return [vendorType(st), true];
    case 'F':
      return [functionType(st), true];
    case 'A':
      return [arrayType(st, isCast), true];
    case 'M': {
      st.at++;
      const owner = type(st, false);
      return [node('pointerToMember', [owner, type(st, isCast)]), true];
    }
    case 'T':
      return [parameterType(st, isCast), true];
    case 'S':
      return substitutedType(st, isCast);
    case 'O':
    case 'P':
    case 'R':
    case 'C':
    case 'G':
      st.at++;
      return [node(COMPOUND[code], [type(st, isCast)]), true];
    case 'U':
      return vendorQualifiedType(st, isCast);
    case 'D':
      return dType(st, isCast);
    default:
      if (isDigit(code) || (code !== '' && 'NWZ'.includes(code))) return [name(st)[0], true];
      return st.fail('unrecognized type code');
  }
}

function vendorType(st: State): Node {
  st.at++;
  const read = st.sourceName();
  if (!st.take('I')) return read;
  const base = type(st, false);
  st.expect('E', 'expected E after transformed type');
  return node('transformed', [base], { text: read.text });
}

const ELABORATED: Readonly<Record<string, string>> = { s: 'struct', u: 'union', e: 'enum' };

function parameterType(st: State, isCast: boolean): Node {
  const kind = ELABORATED[st.peek(1)];
  if (kind !== undefined) {
    st.at += 2;
    return node('elaborated', [name(st)[0]], { text: kind });
  }
  const read = templateParam(st);
  if (st.peek() !== 'I') return read;
  if (isCast) return castTemplate(st, read, true);
  st.substitutions.push(read);
  return node('template', [read, ...templateArgs(st)]);
}

function substitutedType(st: State, isCast: boolean): Read {
  const code = st.peek(1);
  if (!isDigit(code) && code !== '_' && !isUpper(code)) {
    const [read] = name(st);
    // The abbreviations are candidates with arguments only.
    return [read, read !== STANDARD[code] && read !== STANDARD_IN_FULL[code]];
  }
  let found = substitution(st, false);
  if (found.kind === 'moduleName') {
    [found] = unqualifiedName(st, found);
    st.substitutions.push(found);
  }
  if (st.peek() !== 'I') return [found, false];
  if (found.kind !== 'templateParam' || !isCast) {
    return [node('template', [found, ...templateArgs(st)]), true];
  }
  const read = castTemplate(st, found, false);
  return [read, read !== found];
}

/**
 * A template parameter and arguments in the type of a cast operator. The arguments are the parameter's
 * only if others follow, which are the operator's; else they are read again by whoever is above.
 */
function castTemplate(st: State, parameter: Node, isCandidate: boolean): Node {
  const saved = {
    at: st.at,
    lambdaLevel: st.lambdaLevel,
    inConstraint: st.inConstraint,
    unnamed: { ...st.unnamed },
  };
  const substitutions = st.substitutions.length;
  const templates = st.templates.length;
  try {
    const args = templateArgs(st);
    if (st.peek() === 'I') {
      if (isCandidate) st.substitutions.push(parameter);
      return node('template', [parameter, ...args]);
    }
  } catch (error) {
    if (!(error instanceof NotMangled)) throw error;
  }
  Object.assign(st.unnamed, saved.unnamed);
  st.at = saved.at;
  st.lambdaLevel = saved.lambdaLevel;
  st.inConstraint = saved.inConstraint;
  st.substitutions.length = substitutions;
  st.templates.length = templates;
  return parameter;
}

function vendorQualifiedType(st: State, isCast: boolean): Read {
  if (st.startsWith('Ul')) return [closureTypeName(st), false];
  if (st.startsWith('Ut')) return [unnamedTypeName(st), false];
  st.at++;
  let qualifier = st.sourceName();
  if (st.peek() === 'I') qualifier = node('template', [qualifier, ...templateArgs(st)]);
  return [node('vendorQualifier', [qualifier, type(st, isCast)]), true];
}

/** Types of one letter behind a D. */
const D_BUILTIN: Readonly<Record<string, string>> = {
  f: 'decimal32',
  d: 'decimal64',
  e: 'decimal128',
  h: 'half',
  u: 'char8_t',
  s: 'char16_t',
  i: 'char32_t',
  n: 'decltype(nullptr)',
};

function dType(st: State, isCast: boolean): Read {
  st.at++;
  const code = st.read(1, 'expected D code for type');
  const text = D_BUILTIN[code];
  if (text !== undefined) return [builtin(text), false];
  switch (code) {
    case 'T':
    case 't': {
      const read = expression(st);
      st.expect('E', 'expected E after expression in type');
      return [node('decltype', [read]), true];
    }
    case 'p': {
      const base = type(st, isCast);
      return [node('packExpansion', [base], { target: findArgumentPack(st, base) }), true];
    }
    case 'a':
      return [nameNode('auto'), false];
    case 'c':
      return [nameNode('decltype(auto)'), false];
    case 'F':
      return [floatType(st, isCast), false];
    case 'v':
      return [vectorType(st, isCast), true];
    case 'B':
    case 'U':
      return [bitIntType(st, code === 'B'), false];
    case 'k':
      return [node('suffixType', [name(st)[0]], { text: 'auto' }), false];
    case 'K':
      return [node('suffixType', [name(st)[0]], { text: 'decltype(auto)' }), false];
    default:
      return st.fail('unrecognized D code in type');
  }
}

function floatType(st: State, isCast: boolean): Node {
  const isAccumulator = isDigit(st.peek());
  const bits = isAccumulator ? st.number() : 0;
  if (st.take('_')) {
    if (bits === 0) st.fail('expected non-zero number of bits');
    return node('binaryFloat', [], { number: bits });
  }
  const base = type(st, isCast);
  if (isDigit(st.peek())) st.number();
  const flag = st.peek() === 's';
  if (!st.atEnd()) st.at++;
  return node('fixed', [base], { text: isAccumulator ? '_Accum' : '_Fract', flag });
}

function bitIntType(st: State, isSigned: boolean): Node {
  const size = isDigit(st.peek()) ? nameNode(String(st.number())) : expression(st);
  st.expect('_', 'expected _ after _BitInt size');
  return node('bitInt', [size], { flag: isSigned });
}

const QUALIFIERS: Readonly<Record<string, string>> = {
  r: 'restrict',
  V: 'volatile',
  K: 'const',
  Dx: 'transaction_safe',
  Do: 'noexcept',
};

/** `<CV-qualifiers>` and exception specifications; shown from the innermost. */
export function cvQualifiers(st: State): Node | undefined {
  const found: Node[] = [];
  for (;;) {
    const code = st.peek() === 'D' ? st.text.slice(st.at, st.at + 2) : st.peek();
    const text = QUALIFIERS[code];
    if (text !== undefined) {
      st.at += code.length;
      found.unshift(node('qualifier', [], { text }));
    } else if (st.take('DO')) {
      const condition = expression(st);
      st.expect('E', 'expected E after computed noexcept expression');
      found.unshift(node('qualifier', [condition], { text: 'noexcept' }));
    } else if (st.take('Dw')) {
      const types = parameterList(st, false);
      st.expect('E', 'expected E after throw parameter list');
      found.unshift(node('qualifier', types, { text: 'throw' }));
    } else break;
  }
  return found.length === 0 ? undefined : node('qualifiers', found);
}

/** `<ref-qualifier>`. */
export function refQualifier(st: State): string {
  if (st.take('R')) return '&';
  return st.take('O') ? '&&' : '';
}

/** Types up to the end of a function's; a single void is none. */
export function parameterList(st: State, explicitObject: boolean): Node[] {
  const types: Node[] = [];
  for (;;) {
    const code = st.peek();
    const isRefQualifier = (code === 'R' || code === 'O') && st.peek(1) === 'E';
    if (code === '' || 'E.Q'.includes(code) || isRefQualifier) break;
    const read = type(st, false);
    const isObject = types.length === 0 && explicitObject;
    types.push(isObject ? node('objectParameter', [read]) : read);
  }
  const [first] = types;
  if (first === undefined) st.fail('expected at least one type in type list');
  const isVoid = types.length === 1 && first.kind === 'builtin' && first.text === 'void';
  return isVoid ? [] : types;
}

/** `<function-type>`. */
function functionType(st: State): Node {
  st.at++;
  // C linkage is not shown.
  st.take('Y');
  const read = bareFunctionType(st, true, false);
  const ref = refQualifier(st);
  st.expect('E', 'expected E after function type');
  return ref === '' ? read : node('methodWithQualifiers', [read, undefined], { text: ref });
}

/** `<bare-function-type>`. */
export function bareFunctionType(st: State, hasResult: boolean, explicitObject: boolean): Node {
  const result = st.take('J') || hasResult ? type(st, false) : undefined;
  return node('function', [result, ...parameterList(st, explicitObject)]);
}

/** `<array-type>`. */
function arrayType(st: State, isCast: boolean): Node {
  st.at++;
  let dimension: Node;
  if (st.peek() === '_') dimension = nameNode('');
  else if (isDigit(st.peek())) {
    const start = st.at;
    while (isDigit(st.peek())) st.at++;
    dimension = nameNode(st.text.slice(start, st.at));
  } else dimension = expression(st);
  st.expect('_', 'expected _ after dimension');
  const element = type(st, isCast);
  return qualifiedArray(dimension, element) ?? node('array', [dimension, element]);
}

/** `<vector-type>`, behind its code. */
function vectorType(st: State, isCast: boolean): Node {
  const dimension = st.take('_') ? expression(st) : nameNode(String(st.number()));
  st.expect('_', 'expected _ after vector dimension');
  return node('vector', [dimension, type(st, isCast)]);
}
