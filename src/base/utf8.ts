/**
 * Bytes to text and back without loss: UTF-8, with every byte that is not valid UTF-8 carried as one
 * lone surrogate U+DC80…U+DCFF (Python's surrogateescape, PEP 383).
 *
 * Go keeps strings as raw bytes, and profiles of C, Java or broken symbol tables do hold bytes that
 * are no UTF-8. Printed, such a surrogate becomes U+FFFD; encoded here, it is the original byte.
 */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Decodes any bytes; `encodeUtf8` gives exactly the same bytes back. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeEscaping(bytes);
  }
}

/** Encodes text; lone surrogates U+DC80…U+DCFF become the byte that they stand for. */
export function encodeUtf8(text: string): Uint8Array {
  return text.isWellFormed() ? encoder.encode(text) : encodeEscaped(text);
}

/** Length of a valid sequence at `pos`, or 0. Ranges of Unicode 17.0, table 3-7. */
function sequenceLength(bytes: Uint8Array, pos: number): number {
  const lead = bytes[pos] ?? 0;
  if (lead < 0x80) return 1;
  const second = bytes[pos + 1] ?? 0;
  const continues = (offset: number) => ((bytes[pos + offset] ?? 0) & 0xc0) === 0x80;
  if (lead >= 0xc2 && lead <= 0xdf) return continues(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const low = lead === 0xe0 ? 0xa0 : 0x80;
    const high = lead === 0xed ? 0x9f : 0xbf;
    return second >= low && second <= high && continues(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const low = lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

function decodeEscaping(bytes: Uint8Array): string {
  let text = '';
  let valid = 0;
  let pos = 0;
  while (pos < bytes.length) {
    const length = sequenceLength(bytes, pos);
    if (length > 0) {
      pos += length;
      continue;
    }
    text += strict.decode(bytes.subarray(valid, pos));
    text += String.fromCharCode(0xdc00 + (bytes[pos] ?? 0));
    pos++;
    valid = pos;
  }
  return text + strict.decode(bytes.subarray(valid));
}

function encodeEscaped(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 3);
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) {
      out[length++] = code - 0xdc00;
    } else {
      length += encoder.encodeInto(character, out.subarray(length)).written;
    }
  }
  return out.slice(0, length);
}
