/**
 * The tree of a demangled C++ name.
 *
 * One shape for all kinds, since most of the work is generic: walking, and rewriting with shared parts.
 * The comment beside a kind says what its children are; `?` may be missing, `…` is any number.
 */

export type Kind =
  | 'argumentPack' // arguments…
  | 'array' // dimension, element
  | 'binary' // operator, left, right
  | 'binaryFloat' // number = bits
  | 'bitInt' // size; flag = signed
  | 'builtin' // text
  | 'cast' // type
  | 'clone' // base; text = suffix
  | 'closure' // list of parameters, constraint?, list of types, constraint?; number
  | 'complex' // base
  | 'constrainedTypeParam' // name, constraint
  | 'constraint' // name, expression
  | 'constructionVtable' // base, derived
  | 'constructorName' // name, inherited from?
  | 'decltype' // expression
  | 'defaultArg' // argument; number
  | 'destructorName' // name
  | 'elaborated' // type; text = struct, union, enum
  | 'enableIf' // type, arguments…
  | 'exprList' // expressions…
  | 'exprRequirement' // expression, type?; flag = noexcept
  | 'fixed' // base; text = _Accum or _Fract; flag = saturated
  | 'fold' // operator, first, second?; flag = left
  | 'friend' // name
  | 'function' // result?, parameters…; flag = of a local name
  | 'functionParam' // number; 0 = this
  | 'globalCdtor' // key; flag = constructors
  | 'imaginary' // base
  | 'initializerList' // type?, expressions
  | 'lambda' // closure
  | 'lambdaAuto' // number
  | 'list' // anything…
  | 'literal' // type; text = value; flag = negative
  | 'methodWithQualifiers' // method, qualifiers?; text = '', & or &&
  | 'moduleEntity' // module, name
  | 'moduleName' // parent?, name; flag = partition
  | 'name' // text
  | 'nestedRequirement' // expression
  | 'new' // placement?, type, initializer?
  | 'nonTypeTemplateParam' // name, type
  | 'nullary' // operator
  | 'objectParameter' // type
  | 'operator' // text
  | 'packExpansion' // base; target = the pack, if found
  | 'pointer' // base
  | 'pointerToMember' // class, member
  | 'pointerToMemberCast' // type, expression
  | 'qualified' // scope, name; flag = local name
  | 'qualifiedArg' // parameter, argument
  | 'qualifier' // expressions…; text
  | 'qualifiers' // qualifiers…
  | 'reference' // base
  | 'requires' // list of parameters, requirements…
  | 'rvalueReference' // base
  | 'sizeofArgs' // arguments…
  | 'sizeofPack' // target = the pack
  | 'special' // value; text = what comes before
  | 'stringLiteral' // type
  | 'structuredBindings' // names…
  | 'subobject' // type, expression; number = offset
  | 'suffixType' // base; text
  | 'tagged' // name, tag
  | 'template' // name?, arguments…
  | 'templateParam' // number; target = the template that it is a parameter of
  | 'templateParamName' // text, number
  | 'templateParamPack' // parameter
  | 'templateTemplateParam' // name, list of parameters, constraint?
  | 'transformed' // base; text
  | 'trinary' // operator, first, second, third
  | 'typeRequirement' // type
  | 'typeTemplateParam' // name
  | 'typeWithQualifiers' // base, qualifiers
  | 'typed' // name, type
  | 'unary' // operator, operand; text = '', suffix or sizeof
  | 'unnamedType' // number
  | 'vector' // dimension, base
  | 'vendorQualifier'; // qualifier, type

export interface Node {
  readonly kind: Kind;
  readonly children: readonly (Node | undefined)[];
  readonly text: string;
  readonly number: number;
  readonly flag: boolean;
  /** Another part of the tree; neither walked nor rewritten. Filled in late for forward references. */
  target: Node | undefined;
  /** Height of the tree below. */
  readonly depth: number;
}

/** A name that is not mangled by the rules, or beyond all reason. */
export class NotMangled extends Error {}

/** Deeper trees are no program's. Walking them takes stack. */
const MAX_DEPTH = 400;

type Extra = Partial<Pick<Node, 'text' | 'number' | 'flag' | 'target'>>;

/** A node. Throws `NotMangled` when the tree gets too deep. */
export function node(
  kind: Kind,
  children: readonly (Node | undefined)[] = [],
  { text = '', number = 0, flag = false, target }: Extra = {},
): Node {
  let depth = 0;
  for (const child of children) if (child !== undefined) depth = Math.max(depth, child.depth + 1);
  if (depth > MAX_DEPTH) throw new NotMangled('nested too deep');
  return { kind, children, text, number, flag, target, depth };
}

export const nameNode = (text: string): Node => node('name', [], { text });

export const exprList = (items: readonly Node[]): Node => node('exprList', items);

export function withChildren(of: Node, children: readonly (Node | undefined)[]): Node {
  return node(of.kind, children, of);
}

/** A child that its kind always has. */
export function child(of: Node, index: number): Node {
  const found = of.children[index];
  if (found === undefined) throw new RangeError(`${of.kind} has no child ${index}`);
  return found;
}

/** Arguments of a template. */
export function argumentsOf(template: Node): readonly (Node | undefined)[] {
  return template.children.slice(1);
}

/** Whether a node prints nothing. */
export function isEmpty(of: Node): boolean {
  switch (of.kind) {
    case 'argumentPack':
      return of.children.every((below) => below === undefined || isEmpty(below));
    case 'exprList':
      return of.children.length === 0;
    case 'packExpansion':
      return of.target !== undefined && isEmpty(child(of, 0));
    default:
      return false;
  }
}

/** Visits a tree from above; `false` leaves out what is below. */
export function walk(of: Node, visit: (node: Node) => boolean): void {
  if (!visit(of)) return;
  // Qualifiers hold nothing that anybody looks for.
  const isQualified = of.kind === 'methodWithQualifiers' || of.kind === 'typeWithQualifiers';
  const children = isQualified ? of.children.slice(0, 1) : of.children;
  for (const below of children) if (below !== undefined) walk(below, visit);
}

/**
 * Rewrites a tree from below; undefined = nothing changed. Both callbacks see every node: `skip` on the
 * way down, `replace` on the way up, there with its new children.
 */
export function rewrite(
  of: Node,
  replace: (node: Node) => Node | undefined,
  skip: (node: Node) => boolean,
): Node | undefined {
  if (skip(of)) return undefined;
  let children: (Node | undefined)[] | undefined;
  of.children.forEach((below, index) => {
    const changed = below === undefined ? undefined : rewrite(below, replace, skip);
    if (changed === undefined) return;
    children ??= [...of.children];
    children[index] = changed;
  });
  if (children === undefined) return replace(of);
  const copy = withChildren(of, children);
  return replace(copy) ?? copy;
}
