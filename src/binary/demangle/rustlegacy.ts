/**
 * Rust names of before 2024: C++ names with a hash at the end and escapes for what C++ has no letters for
 * (rustc-demangle's legacy.rs; rustc_symbol_mangling/src/legacy.rs).
 */

/** `17h`, 16 hexadecimal digits, E. What compilers add behind a dot has been cut off. */
const FORM = /^_ZN([\s\S]+)17h([0-9a-f]{16})E$/;

const ESCAPES: Readonly<Record<string, string>> = {
  SP: '@',
  BP: '*',
  RF: '&',
  LT: '<',
  GT: '>',
  LP: '(',
  RP: ')',
  C: ',',
};

/** The readable name without its hash; undefined when it is none of Rust's. */
export function demangleRustLegacy(name: string): string | undefined {
  const cut = name.lastIndexOf('E.');
  const [, parts = '', hash = ''] = FORM.exec(cut > 0 ? name.slice(0, cut + 1) : name) ?? [];
  // A C++ name may look alike, but hardly like a hash.
  if (new Set(hash).size < 5) return undefined;
  const readable: string[] = [];
  for (let at = 0; at < parts.length; ) {
    const digits = /^\d+/.exec(parts.slice(at))?.[0];
    if (digits === undefined || Number(digits) >= 214_748_355) return undefined;
    at += digits.length;
    let length = Number(digits);
    if (parts[at] === '_') {
      at++;
      length--;
    }
    if (length < 0 || at + length > parts.length) return undefined;
    readable.push(unescaped(parts.slice(at, at + length)));
    at += length;
  }
  return readable.join('::');
}

/** An identifier; from an escape that is none on, it stays as it is. */
function unescaped(identifier: string): string {
  const text = identifier.startsWith('_$') ? identifier.slice(1) : identifier;
  let result = '';
  for (let at = 0; at < text.length; ) {
    if (text.startsWith('..', at)) {
      result += '::';
      at += 2;
    } else if (text[at] !== '$') {
      result += text[at];
      at++;
    } else {
      const [whole = '', code = ''] = /^\$([A-Z]{1,2}|u[0-7][0-9a-f])\$/.exec(text.slice(at)) ?? [];
      const char = code.startsWith('u')
        ? String.fromCharCode(Number.parseInt(code.slice(1), 16))
        : ESCAPES[code];
      if (char === undefined || char < ' ') return result + text.slice(at);
      result += char;
      at += whole.length;
    }
  }
  return result;
}
