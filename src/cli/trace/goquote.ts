/** strconv.Quote of Go: a double-quoted string in Go's own syntax. */

const SHORT: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};

/** Of text; what was no UTF-8 in the file is U+FFFD already. */
export function goQuote(text: string): string {
  let out = '"';
  for (const char of text) out += quoted(char);
  return `${out}"`;
}

/** Of bytes: those that are no UTF-8 as \x…. */
export function goQuoteBytes(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return goQuote(decoder.decode(bytes));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  let out = '"';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at]);
    try {
      out += quoted(decoder.decode(bytes.subarray(at, at + length)));
      at += length;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      out += `\\x${bytes[at].toString(16).padStart(2, '0')}`;
      at++;
    }
  }
  return `${out}"`;
}

function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xf0) return 4;
  return first >= 0xe0 ? 3 : 2;
}

function quoted(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const short = SHORT[code];
  if (short !== undefined) return short;
  if (char === ' ' || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(char)) return char;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000
    ? `\\u${code.toString(16).padStart(4, '0')}`
    : `\\U${code.toString(16).padStart(8, '0')}`;
}
