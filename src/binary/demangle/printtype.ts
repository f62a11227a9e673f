/** Types of C++ as text: whole, and as what surrounds another type. */
import { child, isEmpty, type Kind, type Node } from './node.ts';
import type { Print, Printer } from './print.ts';

/** A type that is its base with something behind. */
const suffixed: Print = (printer, of) =>
  printer.printAround(of, child(of, 0), () => printer.printAsInner(of));

/** The same, where the base is the second child. */
const suffixedSecond: Print = (printer, of) => {
  printer.inner.push(of);
  printer.print(child(of, 1));
  if (printer.inner.length > 0) printer.printOneInner(undefined);
};

const written =
  (text: string): Print =>
  (printer) =>
    printer.write(text);

const qualifiersBehind: Print = (printer, of) => {
  const qualifiers = of.children[1];
  if (qualifiers !== undefined) {
    printer.write(' ');
    printer.print(qualifiers);
  }
  if (of.text !== '') printer.write(` ${of.text}`);
};

const WHOLE: Partial<Record<Kind, Print>> = {
  builtin: (printer, of) => printer.write(of.text),
  pointer: suffixed,
  reference: suffixed,
  rvalueReference: suffixed,
  complex: suffixed,
  imaginary: suffixed,
  suffixType: suffixed,
  typeWithQualifiers: suffixed,
  methodWithQualifiers: suffixed,
  vendorQualifier: suffixedSecond,
  pointerToMember: suffixedSecond,
  vector: suffixedSecond,
  qualifiers: (printer, of) => {
    of.children.forEach((_, index) => {
      if (index > 0) printer.write(' ');
      printer.printAlways(child(of, index));
    });
  },
  qualifier: (printer, of) => {
    printer.write(of.text);
    if (of.children.length === 0) return;
    printer.write('(');
    const isNothing = (item: Node) => item.kind === 'exprList' && item.children.length === 0;
    printer.printList(of.children.filter((item) => item !== undefined && !isNothing(item)));
    printer.write(')');
  },
  transformed: (printer, of) => {
    printer.write(`${of.text}(`);
    printer.print(child(of, 0));
    printer.write(')');
  },
  array: (printer, of) => {
    printer.inner.push(of);
    printer.print(child(of, 1));
    if (printer.inner.length === 0) return;
    printer.inner.pop();
    printDimension(printer, of);
  },
  function: (printer, of) => {
    const result = of.flag ? undefined : of.children[0];
    if (result !== undefined) {
      printer.inner.push(of);
      printer.print(result);
      if (printer.inner.length === 0) return;
      printer.inner.pop();
      printer.write(' ');
    }
    printParameters(printer, of);
  },
  fixed: (printer, of) => {
    if (of.flag) printer.write('_Sat ');
    const base = child(of, 0);
    // As the GNU demangler, which leaves out int.
    if (base.kind !== 'builtin' || base.text !== 'int') {
      printer.print(base);
      printer.write(' ');
    }
    printer.write(of.text);
  },
  binaryFloat: (printer, of) => printer.writeAside(`_Float${of.number}`),
  bitInt: (printer, of) => {
    printer.write(of.flag ? '_BitInt(' : 'unsigned _BitInt(');
    printer.print(child(of, 0));
    printer.write(')');
  },
  elaborated: (printer, of) => {
    printer.write(`${of.text} `);
    printer.printAlways(child(of, 0));
  },
  decltype: (printer, of) => {
    printer.write('decltype (');
    printer.print(child(of, 0));
    printer.write(')');
  },
  templateParamName: (printer, of) => {
    printer.write(of.number > 0 ? `${of.text}${of.number - 1}` : of.text);
  },
  typeTemplateParam: (printer, of) => {
    printer.write('typename ');
    printer.printInner(false);
    printer.print(child(of, 0));
  },
  nonTypeTemplateParam: (printer, of) => printDeclared(printer, of, child(of, 1)),
  constrainedTypeParam: (printer, of) => printDeclared(printer, of, child(of, 1)),
  templateTemplateParam: (printer, of) => {
    const [name, parameters, constraint] = of.children;
    printer.write('template<');
    printer.printList(parameters?.children ?? []);
    printer.write('> typename ');
    if (name !== undefined) printer.print(name);
    if (constraint === undefined) return;
    printer.write(' requires ');
    printer.print(constraint);
  },
  templateParamPack: (printer, of) => {
    const parameter = child(of, 0);
    const isValue = parameter.kind === 'nonTypeTemplateParam';
    printer.withInner([of], () => {
      printer.print(isValue ? child(parameter, 1) : parameter);
      if (printer.inner.length > 0) printer.write('...');
    });
  },
};

/** A declared template parameter: its type or concept, then its name. */
function printDeclared(printer: Printer, of: Node, type: Node): void {
  printer.printAround(of, type, () => {
    printer.write(' ');
    printer.print(child(of, 0));
  });
}

const INNER: Partial<Record<Kind, Print>> = {
  pointer: written('*'),
  reference: written('&'),
  rvalueReference: written('&&'),
  complex: written(' _Complex'),
  imaginary: written(' _Imaginary'),
  suffixType: (printer, of) => printer.write(` ${of.text}`),
  typeWithQualifiers: qualifiersBehind,
  methodWithQualifiers: qualifiersBehind,
  array: printDimension,
  function: printParameters,
  vendorQualifier: (printer, of) => {
    printer.write(' ');
    printer.print(child(of, 0));
  },
  pointerToMember: (printer, of) => {
    if (printer.last !== '(') printer.write(' ');
    printer.print(child(of, 0));
    printer.write('::*');
  },
  vector: (printer, of) => {
    printer.write(' __vector(');
    printer.print(child(of, 0));
    printer.write(')');
  },
  nonTypeTemplateParam: (printer, of) => printer.print(child(of, 0)),
  constrainedTypeParam: (printer, of) => printer.print(child(of, 0)),
  templateParamPack: (printer, of) => {
    printer.write('...');
    const parameter = child(of, 0);
    if (parameter.kind === 'nonTypeTemplateParam') printer.print(child(parameter, 0));
  },
};

/** Dimensions behind whatever surrounds an array; of arrays of arrays, one behind the other. */
function printDimension(printer: Printer, of: Node): void {
  let space = ' ';
  for (;;) {
    const around = printer.inner.at(-1);
    if (around === undefined) break;
    const bare = around.kind === 'typeWithQualifiers' ? child(around, 0) : around;
    if (bare.kind === 'array') {
      if (bare === around) space = '';
      printer.printOneInner(undefined);
    } else {
      printer.write(' (');
      printer.printInner(false);
      printer.write(')');
    }
  }
  printer.write(`${space}[`);
  printer.print(child(of, 0));
  printer.write(']');
}

const POINTERS = new Set<Kind>(['pointer', 'reference', 'rvalueReference']);
const SPACED = new Set<Kind>(['typeWithQualifiers', 'complex', 'imaginary', 'pointerToMember']);

/** Parameters; what surrounds a function type goes between it and them, in parentheses if needed. */
function printParameters(printer: Printer, of: Node): void {
  const nearest = printer.inner.findLast(({ kind }) => POINTERS.has(kind) || SPACED.has(kind));
  if (nearest !== undefined) {
    const wantsSpace = SPACED.has(nearest.kind) || (printer.last !== '(' && printer.last !== '*');
    if (wantsSpace && printer.last !== ' ') printer.write(' ');
    printer.write('(');
  }
  const methods = printer.printInner(true);
  if (nearest !== undefined) printer.write(')');
  printer.write('(');
  if (!of.flag || printer.options.enclosingParameters) {
    const parameters = of.children.slice(1);
    printer.printList(parameters.filter((item) => item !== undefined && !isEmpty(item)));
  }
  printer.write(')');
  printer.inner = methods;
  printer.printInner(false);
}

export const TYPES = { whole: WHOLE, inner: INNER };
