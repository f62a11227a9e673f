/**
 * Names as programmers wrote them: C++ (Itanium ABI: GCC, Clang) and Rust (both manglings).
 *
 * Gives what pprof shows, which is what github.com/ianlancetaylor/demangle gives with the options that
 * pprof passes. Not a verifier: what follows a name that can be read is ignored, as there. Names of MSVC,
 * Swift and D are not read. A name costs some microseconds; made up ones are given up after a bounded
 * amount of work.
 */
import { decodeUtf8, encodeUtf8 } from '../../base/utf8.ts';
import { encoding } from './names.ts';
import { type Node, NotMangled, nameNode, node } from './node.ts';
import { Printer } from './print.ts';
import { demangleRust } from './rust.ts';
import { demangleRustLegacy } from './rustlegacy.ts';
import { State } from './state.ts';

/**
 * How much is shown: `simple` has neither parameters nor template arguments, `templates` no parameters,
 * `full` everything.
 */
export type DemangleMode = 'simple' | 'templates' | 'full';

/** The readable form of a mangled name; undefined when it is not mangled, or beyond reading. */
export function demangle(name: string, mode: DemangleMode): string | undefined {
  if (!/^(_Z|_R|___Z|_GLOBAL_)/.test(name)) return undefined;
  try {
    // Identifiers of Rust come out of punycode as text; all others are bytes, and their lengths count these.
    if (name.startsWith('_R')) return demangleRust(name, mode !== 'simple');
    const bytes = isAscii(name) ? name : toBytes(name);
    const readable = demangleBytes(bytes, mode);
    return bytes === name || isAscii(readable) ? readable : fromBytes(readable);
  } catch (error) {
    if (error instanceof NotMangled) return undefined;
    throw error;
  }
}

function demangleBytes(name: string, mode: DemangleMode): string {
  const rust = demangleRustLegacy(name);
  if (rust !== undefined) return rust;
  const printer = new Printer({
    templateArguments: mode !== 'simple',
    enclosingParameters: mode === 'full',
  });
  printer.print(parse(name, mode));
  return printer.result();
}

function parse(name: string, mode: DemangleMode): Node {
  const withParameters = mode === 'full';
  if (name.startsWith('_Z')) return read(name.slice(2), withParameters, false);
  if (name.startsWith('___Z')) return parseBlock(name, withParameters);
  return parseGlobal(name.slice('_GLOBAL_'.length), mode);
}

/** Clang's blocks: a name, `_block_invoke`, and a number. */
function parseBlock(name: string, withParameters: boolean): Node {
  const block = name.lastIndexOf('_block_invoke');
  if (block < 0) throw new NotMangled('no block');
  const value = read(name.slice(4, block), withParameters, false);
  if (!/^_block_invoke_?\d*(\.|$)/.test(name.slice(block))) {
    throw new NotMangled('unparsed characters at end of mangled name');
  }
  return node('special', [value], { text: 'invocation function for block in ' });
}

/** Constructors and destructors of a file. Their parameters are always shown. */
function parseGlobal(name: string, mode: DemangleMode): Node {
  const kind = /^[._$]([ID])_./s.exec(name)?.[1];
  if (kind === undefined) throw new NotMangled('no global constructor');
  const isMangled = name.startsWith('_Z', 3);
  const key = isMangled ? read(name.slice(5), true, mode !== 'full') : nameNode(name);
  return node('globalCdtor', [key], { flag: kind === 'I' });
}

/** An encoding; with the suffixes of clones, nothing else may follow. */
function read(text: string, withParameters: boolean, withClones: boolean): Node {
  const st = new State(text);
  let result = encoding(st, withParameters, false);
  if (!withClones) return result;
  while (st.peek() === '.' && /^[a-z_\d]$/.test(st.peek(1))) {
    const suffix = /^\.[a-z_\d]+(\.\d+)*/.exec(text.slice(st.at))?.[0] ?? '';
    st.at += suffix.length;
    result = node('clone', [result], { text: suffix });
  }
  if (!st.atEnd()) st.fail('unparsed characters at end of mangled name');
  return result;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** One character for every byte of UTF-8. */
function toBytes(text: string): string {
  return Array.from(encodeUtf8(text), (byte) => String.fromCharCode(byte)).join('');
}

function fromBytes(text: string): string {
  return decodeUtf8(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}
