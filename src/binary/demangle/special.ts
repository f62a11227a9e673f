/** Names that compilers make up: tables, thunks, guards, clones. */
import { encoding, moduleName, name } from './names.ts';
import { type Node, nameNode, node } from './node.ts';
import type { State } from './state.ts';
import { templateArg } from './templates.ts';
import { type } from './types.ts';

const OF_TYPES: Readonly<Record<string, string>> = {
  V: 'vtable for ',
  T: 'VTT for ',
  I: 'typeinfo for ',
  S: 'typeinfo name for ',
  F: 'typeinfo fn for ',
  J: 'java Class for ',
};

const special = (text: string, value: Node): Node => node('special', [value], { text });

/** `<special-name>` that begins with T. */
export function specialName(st: State): Node {
  st.at++;
  const code = st.read(1, 'expected special name code');
  const ofType = OF_TYPES[code];
  if (ofType !== undefined) return special(ofType, type(st, false));
  switch (code) {
    case 'A':
      return special('template parameter object for ', templateArg(st, []));
    case 'h':
      callOffset(st, 'h');
      return special('non-virtual thunk to ', encoding(st, true, false));
    case 'v':
      callOffset(st, 'v');
      return special('virtual thunk to ', encoding(st, true, false));
    case 'c':
      callOffset(st, '');
      callOffset(st, '');
      return special('covariant return thunk to ', encoding(st, true, false));
    case 'C': {
      const derived = type(st, false);
      if (st.number() < 0) st.fail('expected positive offset');
      st.expect('_', 'expected _ after number');
      return node('constructionVtable', [type(st, false), derived]);
    }
    case 'H':
      return special('TLS init function for ', name(st)[0]);
    case 'W':
      return special('TLS wrapper function for ', name(st)[0]);
    default:
      return st.fail('unrecognized special T name code');
  }
}

/** `<special-name>` that begins with G. */
export function compilerName(st: State): Node {
  st.at++;
  switch (st.read(1, 'expected special name code')) {
    case 'V':
      return special('guard variable for ', name(st)[0]);
    case 'R': {
      const [read] = name(st);
      st.sequenceId(true);
      return special('reference temporary for ', read);
    }
    case 'A':
      return special('hidden alias for ', encoding(st, true, false));
    case 'T': {
      const isPlain = st.read(1, 'expected special GT name code') === 'n';
      const read = encoding(st, true, false);
      return special(isPlain ? 'non-transaction clone for ' : 'transaction clone for ', read);
    }
    case 'r':
      return javaResource(st);
    case 'I': {
      const module = moduleName(st, undefined);
      if (module === undefined) st.fail('expected module after GI');
      return special('initializer for module ', module);
    }
    default:
      return st.fail('unrecognized special G name code');
  }
}

/** `<call-offset>`, which is not shown. */
function callOffset(st: State, given: string): void {
  const code = given === '' ? st.read(1, 'missing call offset') : given;
  if (code !== 'h' && code !== 'v') st.fail('unrecognized call offset code');
  st.number();
  if (code === 'v') {
    st.expect('_', 'expected _ after number');
    st.number();
  }
  st.expect('_', 'expected _ after call offset');
}

function javaResource(st: State): Node {
  const length = st.number();
  if (length <= 1) st.fail('java resource length less than 1');
  st.expect('_', 'expected _ after number');
  const text = st.read(length - 1, 'not enough characters for java resource length');
  const escapes: Readonly<Record<string, string>> = { S: '/', _: '.', $: '$' };
  const plain = text.replace(/\$([\s\S]?)/g, (_, char: string) => {
    return escapes[char] ?? st.fail('unrecognized java resource escape');
  });
  return special('java resource ', nameNode(plain));
}
