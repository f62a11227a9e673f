/** `<substitution>`: references of mangled C++ names to what was there before. */

import { taggedName } from './names.ts';
import { argumentsOf, child, type Node, nameNode, node, rewrite } from './node.ts';
import { isDigit, isUpper, type State } from './state.ts';

const ofStd = (name: string): Node => node('qualified', [nameNode('std'), nameNode(name)]);

/** The abbreviations of the ABI. */
export const STANDARD: Readonly<Record<string, Node>> = {
  t: nameNode('std'),
  a: ofStd('allocator'),
  b: ofStd('basic_string'),
  s: ofStd('string'),
  i: ofStd('istream'),
  o: ofStd('ostream'),
  d: ofStd('iostream'),
};

const char = node('builtin', [], { text: 'char' });
const charTraits = node('template', [ofStd('char_traits'), char]);
const charAllocator = node('template', [ofStd('allocator'), char]);

/** The same without typedefs; constructors and destructors go by these. */
export const STANDARD_IN_FULL: Readonly<Record<string, Node>> = {
  ...STANDARD,
  s: node('template', [ofStd('basic_string'), char, charTraits, charAllocator]),
  i: node('template', [ofStd('basic_istream'), char, charTraits]),
  o: node('template', [ofStd('basic_ostream'), char, charTraits]),
  d: node('template', [ofStd('basic_iostream'), char, charTraits]),
};

export function substitution(st: State, forPrefix: boolean): Node {
  st.expect('S', 'expected S');
  const code = st.peek();
  if (code === '_' || isDigit(code) || isUpper(code)) {
    const found = st.substitutions[st.sequenceId(false)];
    if (found === undefined) st.fail('substitution index out of range');
    return new Rebinding(st, found).result();
  }
  st.read(1, 'missing substitution index');
  const isConstructor = forPrefix && (st.peek() === 'C' || st.peek() === 'D');
  const standard = (isConstructor ? STANDARD_IN_FULL : STANDARD)[code];
  if (standard === undefined) st.fail('unrecognized substitution code');
  if (st.peek() !== 'B') return standard;
  const tagged = taggedName(st, standard);
  st.substitutions.push(tagged);
  return tagged;
}

/**
 * A reference with template parameters means those of the template that is read now, not those of the
 * place where it was first read.
 */
class Rebinding {
  private readonly st: State;
  private readonly found: Node;
  private readonly templates: (Node | undefined)[];
  private readonly outerLambdas: number[] = [];
  private readonly seen = new Set<Node>();

  constructor(st: State, found: Node) {
    this.st = st;
    this.found = found;
    this.templates = [...st.templates];
  }

  result(): Node {
    const changed = rewrite(this.found, this.leave.bind(this), this.enter.bind(this));
    return changed ?? this.found;
  }

  /** On the way down: keeps track of scopes. True = nothing to do here. */
  private enter(of: Node): boolean {
    this.st.spend();
    switch (of.kind) {
      case 'typed': {
        const name = child(of, 0);
        if (name.kind === 'template') {
          this.templates.push(name);
          this.enterLambda(0);
        }
        return false;
      }
      case 'closure':
        this.enterLambda(this.templates.length + 1);
        return false;
      case 'templateParam':
      case 'lambdaAuto':
        return false;
      default: {
        const isRepeated = this.seen.has(of);
        this.seen.add(of);
        return isRepeated;
      }
    }
  }

  private leave(of: Node): Node | undefined {
    switch (of.kind) {
      case 'typed':
        if (child(of, 0).kind === 'template') {
          this.templates.pop();
          this.leaveLambda();
        }
        return undefined;
      case 'closure':
        this.leaveLambda();
        return undefined;
      case 'templateParam':
      case 'lambdaAuto':
        return this.rebound(of);
      default:
        return undefined;
    }
  }

  private enterLambda(level: number): void {
    this.outerLambdas.push(this.st.lambdaLevel);
    this.st.lambdaLevel = level;
  }

  private leaveLambda(): void {
    this.st.lambdaLevel = this.outerLambdas.pop() ?? 0;
  }

  private rebound(of: Node): Node | undefined {
    const { st, found, templates } = this;
    const index = of.number;
    if (st.inConstraint) return nameNode(`T${index}`);
    if (st.lambdaLevel > 0) {
      return of.kind === 'lambdaAuto' ? undefined : node('lambdaAuto', [], { number: index });
    }
    let template = templates.at(-1);
    if (templates.length === 0) {
      // Clang is known to refer to the template that comes first.
      if (found.kind !== 'template') st.fail('substituted template parameter not in scope');
      template = found;
    }
    if (template !== undefined && index >= argumentsOf(template).length) {
      st.fail('substituted template index out of range');
    }
    return node('templateParam', [], { number: index, target: template });
  }
}
