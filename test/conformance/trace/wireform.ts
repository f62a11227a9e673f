/** Traces as text, as in internal/trace/raw of Go's sources, for tests. */
import { EventType } from '../../../src/trace/eventtype.ts';

const TYPES: Readonly<Record<string, number>> = EventType;

/** From lines such as `GoStart dt=5 g=1 g_seq=2` to the wire format. Sizes of batches are as given. */
export function wireForm(text: string): Uint8Array {
  const out: number[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.replace(/^(\s*(?!data=)[^#]*)#.*$/, '$1').trim();
    if (line === '') continue;
    const header = /^Trace Go1\.(\d+)$/.exec(line);
    if (header !== null) {
      out.push(...Buffer.from(`go 1.${header[1]} trace\0\0\0`));
    } else if (line.startsWith('data=')) {
      const data = unquote(line.slice('data='.length));
      out.push(...uvarint(BigInt(data.length)), ...data);
    } else {
      const [first = '', ...rest] = line.split(/\s+/);
      const isEvent = !first.includes('=');
      const type = TYPES[first];
      if (isEvent && type === undefined) throw new Error(`unknown event ${first}`);
      if (isEvent) out.push(type);
      for (const argument of isEvent ? rest : [first, ...rest]) {
        out.push(...uvarint(BigInt(argument.slice(argument.indexOf('=') + 1))));
      }
    }
  }
  return Uint8Array.from(out);
}

function uvarint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

const ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
};

/** The bytes of a quoted Go string. */
export function unquote(quoted: string): Buffer {
  const parts: Buffer[] = [];
  const pattern = /\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\([0-7]{3})|\\(.)|[^\\]+/giu;
  for (const [text, hex, short, long, octal, single] of quoted.slice(1, -1).matchAll(pattern)) {
    if (hex !== undefined) parts.push(Buffer.from([Number.parseInt(hex, 16)]));
    else if (octal !== undefined) parts.push(Buffer.from([Number.parseInt(octal, 8)]));
    else if (short !== undefined || long !== undefined) {
      parts.push(Buffer.from(String.fromCodePoint(Number.parseInt(short ?? long ?? '', 16))));
    } else if (single !== undefined) {
      parts.push(Buffer.from([ESCAPES[single] ?? single.charCodeAt(0)]));
    } else parts.push(Buffer.from(text));
  }
  return Buffer.concat(parts);
}
