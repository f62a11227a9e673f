/**
 * Template parameters replaced by what they stand for, packs expanded, qualifiers and references merged
 * by C++'s rules.
 */
import { argumentsOf, child, exprList, type Node, node, rewrite, walk } from './node.ts';
import type { State } from './state.ts';

export function simplify(st: State, of: Node): Node {
  return st.nested(() => {
    const seen = new Set<Node>();
    const skip = (below: Node) => isRepeated(st, seen, below);
    return rewrite(of, (below) => simplifyOne(st, below), skip) ?? of;
  });
}

/** Whether a shared part has been visited; what was is left as it is. */
function isRepeated(st: State, seen: Set<Node>, of: Node): boolean {
  st.spend();
  if (seen.has(of)) return true;
  seen.add(of);
  return false;
}

function simplifyOne(st: State, of: Node): Node | undefined {
  switch (of.kind) {
    case 'templateParam':
      return of.target === undefined ? undefined : argumentsOf(of.target)[of.number];
    case 'methodWithQualifiers':
      return mergedMethod(of);
    case 'typeWithQualifiers':
      return mergedType(of);
    case 'reference':
    case 'rvalueReference':
      return collapsedReference(of);
    case 'array':
      return qualifiedArray(child(of, 0), child(of, 1));
    case 'packExpansion':
      return of.target === undefined ? undefined : expanded(st, child(of, 0), of.target);
    default:
      return undefined;
  }
}

function mergedMethod(of: Node): Node | undefined {
  const inner = child(of, 0);
  if (inner.kind !== 'methodWithQualifiers' && inner.kind !== 'typeWithQualifiers') {
    return undefined;
  }
  const refs = [of.text, inner.text].filter((ref) => ref !== '');
  const text = refs.includes('&') ? '&' : (refs[0] ?? '');
  const qualifiers = mergeQualifiers(of.children[1], inner.children[1]);
  return node('methodWithQualifiers', [child(inner, 0), qualifiers], { text });
}

function mergedType(of: Node): Node | undefined {
  const inner = child(of, 0);
  const own = of.children[1];
  switch (inner.kind) {
    case 'function':
      return node('methodWithQualifiers', [inner, own]);
    case 'typeWithQualifiers':
    case 'methodWithQualifiers': {
      const qualifiers = mergeQualifiers(own, inner.children[1]);
      return node(inner.kind, [child(inner, 0), qualifiers], { text: inner.text });
    }
    default:
      return undefined;
  }
}

function collapsedReference(of: Node): Node | undefined {
  const inner = child(of, 0);
  if (inner.kind === of.kind) return inner;
  if (inner.kind === 'rvalueReference') return node('reference', [child(inner, 0)]);
  return inner.kind === 'reference' ? inner : undefined;
}

/** Qualifiers of elements are those of the array. */
export function qualifiedArray(dimension: Node, element: Node): Node | undefined {
  if (element.kind !== 'typeWithQualifiers') return undefined;
  const array = node('array', [dimension, child(element, 0)]);
  return node('typeWithQualifiers', [array, element.children[1]]);
}

/** Both lists; those without an expression once. */
export function mergeQualifiers(a: Node | undefined, b: Node | undefined): Node | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const isPlain = (qualifier: Node) => qualifier.children.length === 0;
  const merged = a.children.map((_, index) => child(a, index));
  b.children.forEach((_, index) => {
    const qualifier = child(b, index);
    const isThere = merged.some((one) => isPlain(one) && one.text === qualifier.text);
    if (!isPlain(qualifier) || !isThere) merged.push(qualifier);
  });
  return node('qualifiers', merged);
}

/** The pattern of a pack expansion, once for every argument. */
function expanded(st: State, pattern: Node, pack: Node): Node {
  const items = pack.children.map((argument) => {
    const seen = new Set<Node>();
    const skip = (below: Node) => below.kind === 'packExpansion' || isRepeated(st, seen, below);
    const one = rewrite(pattern, (below) => (below === pack ? argument : undefined), skip);
    return simplify(st, one ?? pattern);
  });
  return exprList(items);
}

/** Kinds that hold no parameter of the surrounding template. */
const CLOSED = new Set([
  'builtin',
  'closure',
  'defaultArg',
  'fixed',
  'functionParam',
  'name',
  'operator',
  'packExpansion',
  'tagged',
  'unnamedType',
]);

/** The argument pack that a pack expansion expands: that of a template parameter in it. */
export function findArgumentPack(st: State, of: Node): Node | undefined {
  const seen = new Set<Node>();
  let found: Node | undefined;
  walk(of, (below) => {
    if (found !== undefined || CLOSED.has(below.kind)) return false;
    if (below.kind === 'templateParam') {
      const value = below.target && argumentsOf(below.target)[below.number];
      if (value?.kind === 'argumentPack') found = value;
    }
    return !isRepeated(st, seen, below);
  });
  return found;
}
