/** Expressions of mangled C++ names: they occur in template arguments and in decltype. */
import { encoding, name, operatorName, unqualifiedName } from './names.ts';
import { child, exprList, type Node, node } from './node.ts';
import { findArgumentPack } from './simplify.ts';
import { isDigit, type State } from './state.ts';
import { templateArg, templateArgs, templateParam, withinConstraint } from './templates.ts';
import { cvQualifiers, type } from './types.ts';

const call = (name: Node, args: Node): Node =>
  node('binary', [node('operator', [], { text: '()' }), name, args]);

/** A constraint behind its Q. Template parameters keep their codes. */
export function constraintExpression(st: State): Node {
  st.expect('Q', 'expected Q');
  return withinConstraint(st, () => expression(st));
}

/** `<expression>`. */
export function expression(st: State): Node {
  return st.nested(() => {
    const code = st.peek();
    if (code === '') st.fail('expected expression');
    if (code === 'L') return primaryExpression(st);
    if (code === 'T') return templateParam(st);
    if (isDigit(code) || st.take('on')) {
      const [read] = unqualifiedName(st, undefined);
      return withArguments(st, read);
    }
    if (code === 'u') {
      st.at++;
      return vendorCall(st);
    }
    if (st.startsWith('fL') && isDigit(st.peek(2))) {
      st.at += 2;
      // How many scopes up is not shown.
      st.number();
      st.expect('p', 'expected p after function parameter scope count');
      return functionParam(st);
    }
    const special = SPECIAL[st.text.slice(st.at, st.at + 2)];
    return special === undefined ? operation(st) : special(st);
  });
}

/** Expressions with a form of their own, by their first two characters; called with these ahead. */
const SPECIAL: Readonly<Record<string, (st: State) => Node>> = {
  so: behind(subobject),
  sr: unresolvedName,
  sp: behind((st) => {
    const pattern = expression(st);
    return node('packExpansion', [pattern], { target: findArgumentPack(st, pattern) });
  }),
  sZ: behind((st) => {
    const target = findArgumentPack(st, expression(st));
    if (target === undefined) st.fail('missing argument pack');
    return node('sizeofPack', [], { target });
  }),
  sP: behind((st) => {
    const args: Node[] = [];
    while (!st.take('E')) args.push(templateArg(st, []));
    return node('sizeofArgs', args);
  }),
  fp: behind((st) => (st.take('T') ? node('functionParam') : functionParam(st))),
  mc: behind(pointerToMemberCast),
  il: behind((st) => node('initializerList', [undefined, expressionsUpTo(st, 'E')])),
  tl: behind((st) => node('initializerList', [type(st, false), expressionsUpTo(st, 'E')])),
  st: (st) => {
    const [operator] = operatorName(st, true);
    return node('unary', [operator, type(st, false)], { text: 'sizeof' });
  },
  rq: behind((st) => requires(st, [])),
  rQ: behind((st) => {
    const parameters: Node[] = [];
    while (!st.atEnd() && st.peek() !== '_') parameters.push(type(st, false));
    st.expect('_', 'expected _ after parameters of requires');
    return requires(st, parameters);
  }),
};

function behind(read: (st: State) => Node): (st: State) => Node {
  return (st) => {
    st.at += 2;
    return read(st);
  };
}

function withArguments(st: State, of: Node): Node {
  return st.peek() === 'I' ? node('template', [of, ...templateArgs(st)]) : of;
}

function functionParam(st: State): Node {
  // Qualifiers are not shown.
  cvQualifiers(st);
  return node('functionParam', [], { number: st.compactNumber() + 1 });
}

function expressionsUpTo(st: State, stop: string): Node {
  const items: Node[] = [];
  while (!st.take(stop)) items.push(expression(st));
  return exprList(items);
}

/** An offset that may be missing. */
function offset(st: State): number {
  return st.peek() === 'n' || isDigit(st.peek()) ? st.number() : 0;
}

function pointerToMemberCast(st: State): Node {
  const target = type(st, false);
  const operand = expression(st);
  offset(st);
  st.expect('E', 'expected E after pointer-to-member conversion');
  return node('pointerToMemberCast', [target, operand]);
}

function subobject(st: State): Node {
  const of = type(st, false);
  const operand = expression(st);
  const number = offset(st);
  while (st.take('_')) offset(st);
  st.take('p');
  st.expect('E', 'expected E after subobject');
  return node('subobject', [of, operand], { number });
}

/** Vendors' functions; `__uuidof` has no list of arguments. */
function vendorCall(st: State): Node {
  const read = st.sourceName();
  if (read.text === '__uuidof') {
    if (st.take('t')) return call(read, exprList([type(st, false)]));
    if (st.take('z')) return call(read, exprList([expression(st)]));
  }
  const args: Node[] = [];
  while (!st.take('E')) args.push(templateArg(st, []));
  return call(read, exprList(args));
}

/** An operator and its operands. */
function operation(st: State): Node {
  const code = st.text.slice(st.at, st.at + 2);
  const [operator, operands] = operatorName(st, true);
  switch (operands) {
    case 0:
      return node('nullary', [operator]);
    case 1:
      return unaryOperation(st, code, operator);
    case 2:
      return binaryOperation(st, code, operator);
    case 3:
      return ternaryOperation(st, code, operator);
    default:
      return st.fail('unsupported number of operator arguments');
  }
}

function unaryOperation(st: State, code: string, operator: Node): Node {
  const isStep = code === 'pp' || code === 'mm';
  const isSuffix = isStep && !st.take('_');
  const isList = operator.kind === 'cast' && st.take('_');
  const operand = isList ? expressionsUpTo(st, 'E') : expression(st);
  return node('unary', [operator, operand], { text: isSuffix ? 'suffix' : '' });
}

const CASTS = ['sc', 'dc', 'cc', 'rc'];

function binaryOperation(st: State, code: string, operator: Node): Node {
  if (code.startsWith('f')) {
    const [folded] = operatorName(st, true);
    return node('fold', [folded, expression(st)], { flag: code === 'fl' });
  }
  let left: Node;
  if (CASTS.includes(code)) left = type(st, false);
  else if (code === 'di') [left] = unqualifiedName(st, undefined);
  else left = expression(st);
  let right: Node;
  if (code === 'cl' || code === 'cp') right = expressionsUpTo(st, 'E');
  else if (code === 'dt' || code === 'pt') right = member(st);
  else right = expression(st);
  return node('binary', [operator, left, right]);
}

function member(st: State): Node {
  return st.peek() === 'L' ? primaryExpression(st) : withArguments(st, unresolvedName(st));
}

function ternaryOperation(st: State, code: string, operator: Node): Node {
  if (code.startsWith('n')) return newExpression(st);
  if (code.startsWith('f')) {
    const [folded] = operatorName(st, true);
    const flag = code === 'fL';
    return node('fold', [folded, expression(st), expression(st)], { flag });
  }
  const [first, second, third] = [expression(st), expression(st), expression(st)];
  return node('trinary', [operator, first, second, third]);
}

function newExpression(st: State): Node {
  const placement = expressionsUpTo(st, '_');
  const of = type(st, false);
  let initializer: Node | undefined;
  if (st.take('pi')) initializer = expressionsUpTo(st, 'E');
  else if (st.startsWith('il')) initializer = expression(st);
  else st.expect('E', 'unrecognized new initializer');
  return node('new', [placement.children.length === 0 ? undefined : placement, of, initializer]);
}

/** `<unresolved-name>`. */
function unresolvedName(st: State): Node {
  return st.nested(() => {
    if (st.take('gs')) {
      return node('unary', [node('operator', [], { text: '::' }), unresolvedName(st)]);
    }
    if (!st.take('sr')) return baseUnresolvedName(st);
    const code = st.peek();
    if (code !== 'T' && code !== 'D' && code !== 'S') return unresolvedInScope(st);
    const scope = type(st, false);
    const read = node('qualified', [scope, baseUnresolvedName(st)]);
    if (st.peek() !== 'I') return read;
    const template = node('template', [read, ...templateArgs(st)]);
    st.substitutions.push(template);
    return template;
  });
}

function unresolvedInScope(st: State): Node {
  let scope = st.take('N') ? type(st, false) : undefined;
  while (st.peek() !== 'E') {
    // GCC writes type and name without an E.
    if (scope?.kind === 'qualified' && !st.atEnd() && !isDigit(st.peek())) {
      const outer = child(scope, 0);
      if (outer.kind === 'template') st.substitutions.push(child(outer, 0));
      st.substitutions.push(outer);
      return scope;
    }
    let level = st.sourceName();
    if (st.peek() === 'I') {
      st.substitutions.push(level);
      level = withArguments(st, level);
    }
    scope = scope === undefined ? level : node('qualified', [scope, level]);
  }
  if (scope === undefined) st.fail('missing scope in unresolved name');
  st.at++;
  return node('qualified', [scope, baseUnresolvedName(st)]);
}

/** `<base-unresolved-name>`. GCC writes operators without `on` (gcc.gnu.org/PR70182). */
function baseUnresolvedName(st: State): Node {
  let read: Node;
  if (st.take('on')) [read] = operatorName(st, true);
  else if (st.take('dn')) {
    read = node('destructorName', [isDigit(st.peek()) ? st.sourceName() : type(st, false)]);
  } else if (isDigit(st.peek())) read = st.sourceName();
  else [read] = operatorName(st, true);
  return withArguments(st, read);
}

/** The requirements of a requires expression, behind its parameters. */
function requires(st: State, parameters: readonly Node[]): Node {
  const requirements: Node[] = [];
  while (!st.take('E')) requirements.push(requirement(st));
  return node('requires', [node('list', parameters), ...requirements]);
}

function requirement(st: State): Node {
  if (st.take('X')) {
    const read = expression(st);
    const flag = st.take('N');
    const ofType = st.take('R') ? name(st)[0] : undefined;
    return node('exprRequirement', [read, ofType], { flag });
  }
  if (st.take('T')) return node('typeRequirement', [type(st, false)]);
  if (st.take('Q')) return node('nestedRequirement', [expression(st)]);
  return st.fail('unrecognized requirement code');
}

/** `<expr-primary>`: literals, and names of functions. */
export function primaryExpression(st: State): Node {
  st.expect('L', 'expected L');
  if (st.peek() === '_' || st.peek() === 'Z') {
    // Old versions of g++ left out the underscore.
    st.take('_');
    st.expect('Z', 'expected mangled name');
    const read = encoding(st, true, false);
    st.expect('E', 'expected E after literal');
    return read;
  }
  const of = type(st, false);
  const flag = st.take('n');
  if (st.peek() === 'E') {
    const valueless = withoutValue(of);
    if (valueless !== undefined) {
      st.at++;
      return valueless;
    }
    const isNull = of.kind === 'builtin' && of.text === 'decltype(nullptr)';
    if (!isNull) st.fail('missing literal value');
  }
  const end = st.text.indexOf('E', st.at);
  if (end < 0) st.fail('expected E after literal');
  const text = st.text.slice(st.at, end);
  st.at = end + 1;
  return node('literal', [of], { text, flag });
}

/** Literals that are their type alone. */
function withoutValue(of: Node): Node | undefined {
  if (of.kind === 'closure') return node('lambda', [of]);
  const inner = of.kind === 'typeWithQualifiers' ? child(of, 0) : of;
  return inner.kind === 'array' ? node('stringLiteral', [of]) : undefined;
}
