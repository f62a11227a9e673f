/** Template parameters and arguments of mangled C++ names. */
import { constraintExpression, expression, primaryExpression } from './expressions.ts';
import { name } from './names.ts';
import { argumentsOf, type Node, nameNode, node } from './node.ts';
import type { State } from './state.ts';
import { type } from './types.ts';

/** `<template-param>`: `T_`, `T0_`, `TL0__`, … */
export function templateParam(st: State): Node {
  const start = st.at;
  st.expect('T', 'expected T');
  const level = st.take('L') ? st.compactNumber() : 0;
  const index = st.compactNumber();
  if (st.inConstraint) return nameNode(st.text.slice(start, st.at - 1));
  // Parameters of type auto are mangled like template parameters (gcc.gnu.org/PR78252).
  const isAuto = st.lambdaLevel > 0 && level === st.lambdaLevel - 1;
  if (level >= st.templates.length) {
    if (isAuto) return node('lambdaAuto', [], { number: index });
    st.fail('template parameter is not in scope of template');
  }
  const template = st.templates[level];
  if (template !== undefined && index >= argumentsOf(template).length) {
    if (isAuto) return node('lambdaAuto', [], { number: index });
    st.fail('template index out of range');
  }
  return node('templateParam', [], { number: index, target: template });
}

/** `<template-args>`: I or J, arguments, E. */
export function templateArgs(st: State): Node[] {
  st.at++;
  const args: Node[] = [];
  while (!st.take('E')) {
    args.push(templateArg(st, args));
    if (st.peek() !== 'Q') continue;
    // A constraint of the arguments is not shown.
    constraintExpression(st);
    if (st.peek() !== 'E') st.fail('expected end of template arguments after constraint');
  }
  return args;
}

/** `<template-arg>`. Its declaration may refer to the arguments before it. */
export function templateArg(st: State, before: readonly Node[]): Node {
  return st.nested(() => {
    switch (st.peek()) {
      case '':
        return st.fail('missing template argument');
      case 'X': {
        st.at++;
        const read = expression(st);
        st.expect('E', 'missing end of expression');
        return read;
      }
      case 'L':
        return primaryExpression(st);
      case 'I':
      case 'J':
        return node('argumentPack', templateArgs(st));
      case 'T':
        if ('yntpk'.includes(st.peek(1)) && st.peek(1) !== '') return qualifiedArg(st, before);
        return type(st, false);
      default:
        return type(st, false);
    }
  });
}

function qualifiedArg(st: State, before: readonly Node[]): Node {
  st.templates.push(node('template', [undefined, ...before]));
  const declared = templateParamDeclaration(st);
  st.templates.pop();
  if (declared === undefined) st.fail('expected template parameter as template argument');
  return node('qualifiedArg', [declared.node, templateArg(st, [])]);
}

/** A declared template parameter, and what references to it show. */
interface Declared {
  readonly node: Node;
  readonly value: Node;
}

/** `<template-param-decl>`; undefined when none is ahead. */
export function templateParamDeclaration(st: State): Declared | undefined {
  const unnamed = (prefix: keyof State['unnamed']) =>
    node('templateParamName', [], { text: prefix, number: st.unnamed[prefix]++ });
  if (st.take('Ty')) {
    const value = unnamed('$T');
    return { node: node('typeTemplateParam', [value]), value };
  }
  if (st.take('Tk')) {
    const constraint = withinConstraint(st, () => name(st)[0]);
    const value = unnamed('$T');
    return { node: node('constrainedTypeParam', [value, constraint]), value };
  }
  if (st.take('Tn')) {
    const value = unnamed('$N');
    return { node: node('nonTypeTemplateParam', [value, type(st, false)]), value };
  }
  if (st.take('Tt')) return templateTemplateParam(st, unnamed('$TT'));
  if (st.take('Tp')) {
    const declared = st.nested(() => templateParamDeclaration(st));
    if (declared === undefined) st.fail('expected lambda template parameter');
    return { node: node('templateParamPack', [declared.node]), value: declared.value };
  }
  return undefined;
}

function templateTemplateParam(st: State, value: Node): Declared {
  const parameters: Node[] = [];
  const values: (Node | undefined)[] = [nameNode('template_template')];
  let constraint: Node | undefined;
  while (!st.take('E')) {
    const declared = st.nested(() => templateParamDeclaration(st));
    if (declared === undefined) st.fail('expected closure template parameter');
    if (parameters.length === 0) st.templates.push({ ...node('template'), children: values });
    parameters.push(declared.node);
    values.push(declared.value);
    if (st.peek() !== 'Q') continue;
    constraint = constraintExpression(st);
    if (st.peek() !== 'E') st.fail('expected end of template template parameters');
  }
  if (parameters.length > 0) st.templates.pop();
  const children = [value, node('list', parameters), constraint];
  return { node: node('templateTemplateParam', children), value };
}

/** Reads what keeps the codes of template parameters. */
export function withinConstraint<T>(st: State, read: () => T): T {
  const outer = st.inConstraint;
  st.inConstraint = true;
  const result = read();
  st.inConstraint = outer;
  return result;
}
