/** Types without names: lambdas and unnamed classes. */
import { constraintExpression } from './expressions.ts';
import { type Node, nameNode, node } from './node.ts';
import type { State } from './state.ts';
import { templateParamDeclaration } from './templates.ts';
import { parameterList } from './types.ts';

/** `<closure-type-name>`. */
export function closureTypeName(st: State): Node {
  st.expect('Ul', 'expected Ul');
  const outerLambda = st.lambdaLevel;
  st.lambdaLevel = st.templates.length + 1;
  const parameters: Node[] = [];
  const values: (Node | undefined)[] = [nameNode('lambda')];
  while (st.peek() === 'T' && st.peek(1) !== '') {
    const declared = templateParamDeclaration(st);
    if (declared === undefined) break;
    // Types behind it may refer to what has been declared so far.
    if (parameters.length === 0) st.templates.push({ ...node('template'), children: values });
    parameters.push(declared.node);
    values.push(declared.value);
  }
  const ofParameters = st.peek() === 'Q' ? constraintExpression(st) : undefined;
  const types = parameterList(st, false);
  st.lambdaLevel = outerLambda;
  if (parameters.length > 0) st.templates.pop();
  const ofCall = st.peek() === 'Q' ? constraintExpression(st) : undefined;
  st.expect('E', 'expected E after closure type name');
  const number = st.compactNumber();
  const lists = [node('list', parameters), ofParameters, node('list', types), ofCall];
  return node('closure', lists, { number });
}

/** `<unnamed-type-name>`. */
export function unnamedTypeName(st: State): Node {
  st.expect('Ut', 'expected Ut');
  const read = node('unnamedType', [], { number: st.compactNumber() });
  st.substitutions.push(read);
  return read;
}
