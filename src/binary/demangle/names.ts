/**
 * Names of mangled C++: encodings, nested and local names, special names.
 *
 * The grammar is that of the Itanium C++ ABI (itanium-cxx-abi.github.io/cxx-abi, section 5.1) with what
 * GCC and Clang add; each function names the production that it reads. Where producers and readers
 * disagree, the choice is that of github.com/ianlancetaylor/demangle, which pprof uses.
 */
import { constraintExpression } from './expressions.ts';
import { argumentsOf, child, type Node, nameNode, node, walk, withChildren } from './node.ts';
import { OPERATORS } from './operators.ts';
import { simplify } from './simplify.ts';
import { compilerName, specialName } from './special.ts';
import { isDigit, isLower, type State } from './state.ts';
import { substitution } from './substitution.ts';
import { templateArg, templateArgs, templateParam } from './templates.ts';
import { bareFunctionType, cvQualifiers, refQualifier, type } from './types.ts';
import { closureTypeName, unnamedTypeName } from './unnamed.ts';

/** `<encoding>`: a name, with its type unless parameters are left out. */
export function encoding(st: State, withParameters: boolean, isLocal: boolean): Node {
  return st.nested(() => {
    if (st.peek() === 'T') return specialName(st);
    if (st.peek() === 'G') return compilerName(st);
    const [read, explicitObject] = name(st);
    const named = simplify(st, read);
    if (!withParameters) {
      // CV-qualifiers of a method are those of its `this`.
      const bare = named.kind === 'methodWithQualifiers' ? child(named, 0) : named;
      return withoutLocalQualifiers(bare)?.name ?? bare;
    }
    if (st.atEnd() || st.peek() === 'E') return named;
    return functionEncoding(st, named, explicitObject, isLocal);
  });
}

function functionEncoding(st: State, named: Node, explicitObject: boolean, isLocal: boolean): Node {
  const template = templateOf(named);
  const outerLambda = st.lambdaLevel;
  if (template !== undefined) {
    st.templates.push(template);
    st.lambdaLevel = 0;
  }
  // Clang's attribute enable_if.
  const hasEnableIf = st.startsWith('Ua9enable_ifI') && st.take('Ua9enable_if');
  const enableIf = hasEnableIf ? templateArgs(st) : [];
  const read = bareFunctionType(st, hasReturnType(named), explicitObject);
  const requirement = st.peek() === 'Q' ? constraintExpression(st) : undefined;
  if (template !== undefined) {
    st.templates.pop();
    st.lambdaLevel = outerLambda;
  }
  let signature = simplify(st, read);
  // The result of an enclosing function would look like that of the whole.
  if (isLocal && signature.kind === 'function') {
    signature = node('function', signature.children, { flag: true });
  }
  let plain = named;
  const qualified = named.kind === 'methodWithQualifiers' ? named : undefined;
  if (qualified !== undefined) {
    plain = child(qualified, 0);
    signature = withChildren(qualified, [signature, qualified.children[1]]);
  }
  const local = withoutLocalQualifiers(plain);
  if (local !== undefined) {
    plain = local.name;
    signature = withChildren(local.method, [signature, local.method.children[1]]);
  }
  let result = node('typed', [plain, signature]);
  if (enableIf.length > 0) result = node('enableIf', [result, ...enableIf]);
  if (requirement !== undefined) result = node('constraint', [result, requirement]);
  return result;
}

/** A local name whose qualifiers belong to the whole, apart from them. */
function withoutLocalQualifiers(of: Node): { name: Node; method: Node } | undefined {
  if (of.kind !== 'qualified' || !of.flag) return undefined;
  const inner = child(of, 1);
  const method = inner.kind === 'defaultArg' ? child(inner, 0) : inner;
  if (method.kind !== 'methodWithQualifiers') return undefined;
  const bare = child(method, 0);
  const renamed = inner === method ? bare : withChildren(inner, [bare]);
  return { name: withChildren(of, [child(of, 0), renamed]), method };
}

/** The template whose parameters a function's type may name. */
function templateOf(of: Node): Node | undefined {
  switch (of.kind) {
    case 'template':
      return of;
    case 'qualified': {
      const inner = child(of, 1);
      return of.flag || inner.kind === 'constructorName' ? templateOf(inner) : undefined;
    }
    case 'methodWithQualifiers':
      return templateOf(child(of, 0));
    case 'constructorName': {
      const base = of.children[1];
      return base === undefined ? undefined : templateOf(base);
    }
    default:
      return undefined;
  }
}

/** Whether the type of a function begins with that of its result. */
function hasReturnType(of: Node): boolean {
  switch (of.kind) {
    case 'qualified':
      return of.flag && hasReturnType(child(of, 1));
    case 'template':
      return !isConversion(child(of, 0));
    case 'typeWithQualifiers':
    case 'methodWithQualifiers':
      return hasReturnType(child(of, 0));
    default:
      return false;
  }
}

function isConversion(of: Node): boolean {
  if (of.kind === 'qualified') return isConversion(child(of, 1));
  return of.kind === 'constructorName' || of.kind === 'destructorName' || of.kind === 'cast';
}

/** `<name>`, and whether it said that the object is an explicit parameter. */
export function name(st: State): [Node, boolean] {
  return st.nested(() => {
    switch (st.peek()) {
      case 'N':
        return nestedName(st);
      case 'Z':
        return localName(st);
      case 'U': {
        const [read, isCast] = unqualifiedName(st, undefined);
        if (isCast) setTemplate(st, read, undefined);
        return [read, false];
      }
      case 'S':
        return [substitutedName(st), false];
      default: {
        const [read, isCast] = unqualifiedName(st, undefined);
        return [unscopedTemplate(st, read, isCast, true), false];
      }
    }
  });
}

function substitutedName(st: State): Node {
  if (st.take('St')) {
    const [read, isCast] = unqualifiedName(st, undefined);
    return unscopedTemplate(st, node('qualified', [nameNode('std'), read]), isCast, true);
  }
  const found = substitution(st, false);
  if (found.kind !== 'moduleName') return unscopedTemplate(st, found, false, false);
  const [read, isCast] = unqualifiedName(st, found);
  return unscopedTemplate(st, read, isCast, true);
}

/** `<unscoped-template-name> <template-args>`, or the name alone. */
function unscopedTemplate(st: State, read: Node, isCast: boolean, isCandidate: boolean): Node {
  let result = read;
  let open = isCast;
  if (st.peek() === 'I') {
    if (isCandidate) st.substitutions.push(read);
    const args = templateArgs(st);
    result = node('template', [read, ...args]);
    if (open) bindCast(st, read, result, args);
    open = false;
  }
  if (open) setTemplate(st, result, undefined);
  return result;
}

/** Gives a cast operator the template that its type referred to before it was read. */
function bindCast(st: State, cast: Node, template: Node, args: readonly Node[]): void {
  setTemplate(st, cast, template);
  for (const arg of args) setTemplate(st, arg, undefined);
}

/** Fills in the template of parameters that were read before it. */
function setTemplate(st: State, of: Node, template: Node | undefined): void {
  const seen = new Set<Node>();
  walk(of, (below) => {
    st.spend();
    if (below.kind === 'closure' || seen.has(below)) return false;
    if (below.kind !== 'templateParam') {
      seen.add(below);
      return true;
    }
    if (below.target !== undefined) {
      if (template !== undefined) st.fail('duplicate template parameters');
      return false;
    }
    if (template === undefined) st.fail('cast template parameter not in scope of template');
    if (below.number >= argumentsOf(template).length) st.fail('cast template index out of range');
    below.target = template;
    return false;
  });
}

/** `<nested-name>`. */
function nestedName(st: State): [Node, boolean] {
  st.expect('N', 'expected N');
  const explicitObject = st.take('H');
  const qualifiers = explicitObject ? undefined : cvQualifiers(st);
  const ref = explicitObject ? '' : refQualifier(st);
  let result = prefix(st);
  if (qualifiers !== undefined || ref !== '') {
    result = node('methodWithQualifiers', [result, qualifiers], { text: ref });
  }
  st.expect('E', 'expected E after nested name');
  return [result, explicitObject];
}

/** The parts of a nested name that have been read. */
interface Prefix {
  whole: Node | undefined;
  /** For constructors and destructors, which repeat it. */
  last: Node | undefined;
  module: Node | undefined;
  cast: Node | undefined;
}

/** `<prefix>`, up to the E that ends it. */
function prefix(st: State): Node {
  const parts: Prefix = { whole: undefined, last: undefined, module: undefined, cast: undefined };
  for (;;) {
    st.spend();
    const code = st.peek();
    if (code === 'E') {
      const { whole, cast } = parts;
      if (whole === undefined) st.fail('expected prefix');
      if (cast !== undefined) {
        const target = child(cast, 0);
        setTemplate(st, cast, target.kind === 'template' ? target : undefined);
      }
      return whole;
    }
    // The initializer of a lambda; its scope is in the name already.
    if (code === 'M') {
      if (parts.whole === undefined) st.fail('unexpected lambda initializer');
      st.at++;
      continue;
    }
    const next = prefixPart(st, parts);
    if (next === undefined) continue;
    parts.last = next;
    parts.whole = parts.whole === undefined ? next : node('qualified', [parts.whole, next]);
    if (code !== 'S' && st.peek() !== 'E') st.substitutions.push(parts.whole);
  }
}

function prefixPart(st: State, parts: Prefix): Node | undefined {
  const code = st.peek();
  if (isDigit(code) || isLower(code) || 'ULFW'.includes(code) || st.startsWith('DC')) {
    if (code === '') st.fail('expected prefix');
    const [read, isCast] = unqualifiedName(st, parts.module);
    parts.module = undefined;
    if (isCast) parts.cast = read.kind === 'tagged' ? child(read, 0) : read;
    return read;
  }
  switch (code) {
    case 'C':
      return constructorName(st, parts.last);
    case 'D':
      return st.peek(1) === 'T' || st.peek(1) === 't'
        ? type(st, false)
        : destructorName(st, parts.last);
    case 'S': {
      const found = substitution(st, true);
      if (found.kind !== 'moduleName') return found;
      parts.module = found;
      return undefined;
    }
    case 'I':
    case 'J': {
      const { whole } = parts;
      if (whole === undefined) st.fail('unexpected template arguments');
      const args = code === 'I' ? templateArgs(st) : packWithoutTemplate(st);
      const template = node('template', [whole, ...args]);
      if (parts.cast !== undefined) bindCast(st, parts.cast, template, args);
      parts.cast = undefined;
      parts.whole = undefined;
      return template;
    }
    case 'T':
      return templateParam(st);
    default:
      return st.fail('unrecognized letter in prefix');
  }
}

/** Clang is known to write a pack without the I before it. */
function packWithoutTemplate(st: State): Node[] {
  const args: Node[] = [];
  while (!st.take('E')) args.push(templateArg(st, []));
  return args;
}

function constructorName(st: State, last: Node | undefined): Node {
  st.at++;
  const isInheriting = st.take('I');
  if (last === undefined) st.fail('constructor before name is seen');
  st.read(1, 'expected constructor type');
  const base = isInheriting ? type(st, false) : undefined;
  return taggedName(st, node('constructorName', [lastName(last), base]));
}

function destructorName(st: State, last: Node | undefined): Node {
  if (last === undefined) st.fail('destructor before name is seen');
  st.read(2, 'expected destructor type');
  return taggedName(st, node('destructorName', [lastName(last)]));
}

/** The innermost name, without scope, arguments and tags. */
function lastName(of: Node): Node {
  let at = of;
  for (;;) {
    if (at.kind === 'template' || at.kind === 'tagged') at = child(at, 0);
    else if (at.kind === 'qualified') at = child(at, 1);
    else return at;
  }
}

/** `<tagged-name>`: ABI tags behind a name. */
export function taggedName(st: State, of: Node): Node {
  let tagged = of;
  while (st.take('B')) tagged = node('tagged', [tagged, st.sourceName()]);
  return tagged;
}

/** `<unqualified-name>`, and whether it is a cast operator. */
export function unqualifiedName(st: State, outer: Node | undefined): [Node, boolean] {
  const module = moduleName(st, outer);
  const isFriend = st.take('F');
  let read: Node;
  const code = st.peek();
  if (isDigit(code)) read = st.sourceName();
  else if (isLower(code)) {
    [read] = operatorName(st, false);
    if (read.kind === 'operator' && read.text === 'operator"" ') {
      read = node('unary', [read, st.sourceName()]);
    }
  } else read = specialUnqualifiedName(st);
  const isCast = read.kind === 'cast';
  if (module !== undefined) read = node('moduleEntity', [module, read]);
  read = taggedName(st, read);
  return [isFriend ? node('friend', [read]) : read, isCast];
}

function specialUnqualifiedName(st: State): Node {
  if (st.take('DC')) {
    const bindings: Node[] = [];
    do bindings.push(st.sourceName());
    while (!st.take('E'));
    return node('structuredBindings', bindings);
  }
  if (st.take('L')) {
    const read = st.sourceName();
    discriminator(st);
    return read;
  }
  if (st.take('Ub')) {
    st.compactNumber();
    return nameNode("'block-literal'");
  }
  if (st.startsWith('Ul')) return closureTypeName(st);
  if (st.startsWith('Ut')) return unnamedTypeName(st);
  return st.fail('expected unqualified name');
}

/** `<module-name>`, behind a parent that was read before. */
export function moduleName(st: State, parent: Node | undefined): Node | undefined {
  let module = parent;
  while (st.take('W')) {
    const isPartition = st.take('P');
    module = node('moduleName', [module, st.sourceName()], { flag: isPartition });
    st.substitutions.push(module);
  }
  return module;
}

/** `<operator-name>`, and its number of operands. */
export function operatorName(st: State, inExpression: boolean): [Node, number] {
  const code = st.read(2, 'missing operator code');
  if (code[0] === 'v' && isDigit(code[1] ?? '')) {
    return [node('operator', [], { text: st.sourceName().text }), Number(code[1])];
  }
  if (code === 'cv') {
    // Outside of expressions, parameters refer to a template that is still to come.
    if (!inExpression) st.templates.push(undefined);
    const target = type(st, !inExpression);
    if (!inExpression) st.templates.pop();
    return [node('cast', [target]), 1];
  }
  const operator = OPERATORS.get(code);
  if (operator === undefined) st.fail('unrecognized operator code');
  return [node('operator', [], { text: operator.text }), operator.operands];
}

/** `<local-name>`. */
function localName(st: State): [Node, boolean] {
  st.expect('Z', 'expected Z');
  const scope = encoding(st, true, true);
  st.expect('E', 'expected E after local name');
  if (st.take('s')) {
    discriminator(st);
    return [node('qualified', [scope, nameNode('string literal')], { flag: true }), false];
  }
  const defaultArg = st.take('d') ? st.compactNumber() : -1;
  const [entity, explicitObject] = name(st);
  discriminator(st);
  const named = defaultArg < 0 ? entity : node('defaultArg', [entity], { number: defaultArg });
  return [node('qualified', [scope, named], { flag: true }), explicitObject];
}

/** `<discriminator>`, which is not shown. */
function discriminator(st: State): void {
  if (!st.take('_')) {
    // Clang may write digits alone at the end.
    if (/^\d*$/.test(st.text.slice(st.at))) st.at = st.text.length;
    return;
  }
  const isLong = st.take('_');
  const value = st.number();
  if (value < 0) st.fail('invalid negative discriminator');
  if (isLong && value >= 10) st.expect('_', 'expected _ after discriminator >= 10');
}
