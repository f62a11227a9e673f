/** Reading JSON of formats that other tools write: what is not of its type is a `DecodeError`. */
import { DecodeError, messageOf } from '../base/errors.ts';
import { byteOffset } from './imported.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses a whole text. The offset of an error is where the parser stopped. */
export function parseJson(text: string, format: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw new DecodeError(format, 0, messageOf(error));
    const at = firstError(text);
    const found = at < text.length ? JSON.stringify(text.slice(at, at + 20)) : 'the end';
    throw new DecodeError(format, byteOffset(text, at), `its JSON breaks off at ${found}`);
  }
}

const TOKEN =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

/** Where a text stops being JSON: V8 tells it of long texts only. */
function firstError(text: string): number {
  const open: string[] = [];
  // What may come: a value, a key, a colon, or what follows a value.
  let expected: 'value' | 'first' | 'key' | 'firstKey' | 'colon' | 'next' = 'value';
  TOKEN.lastIndex = 0;
  let at = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const [, mark = '', scalar = ''] = match;
    const bad = TOKEN.lastIndex - (mark.length + scalar.length);
    const inObject = open.at(-1) === '{';
    if (mark === '{' || mark === '[') {
      if (expected !== 'value' && expected !== 'first') return bad;
      open.push(mark);
      expected = mark === '{' ? 'firstKey' : 'first';
    } else if (mark === '}' || mark === ']') {
      const closes = expected === 'next' || expected === (inObject ? 'firstKey' : 'first');
      if (!closes || open.pop() !== (mark === '}' ? '{' : '[')) return bad;
      expected = 'next';
    } else if (mark === ',') {
      if (expected !== 'next' || open.length === 0) return bad;
      expected = inObject ? 'key' : 'value';
    } else if (mark === ':') {
      if (expected !== 'colon') return bad;
      expected = 'value';
    } else if (expected === 'key' || expected === 'firstKey') {
      if (!scalar.startsWith('"')) return bad;
      expected = 'colon';
    } else {
      if (expected !== 'value' && expected !== 'first') return bad;
      expected = 'next';
    }
    at = TOKEN.lastIndex;
  }
  while (at < text.length && /[ \t\r\n]/.test(text.charAt(at))) at++;
  return at;
}

/** Values below one path of a document, for error messages that say where. */
export class JsonReader {
  readonly format: string;

  constructor(format: string) {
    this.format = format;
  }

  fail(path: string, reason: string): DecodeError {
    return new DecodeError(this.format, 0, `${path === '' ? 'the document' : path} ${reason}`);
  }

  object(value: unknown, path: string): JsonObject {
    if (!isObject(value)) throw this.fail(path, 'is no object');
    return value;
  }

  array(value: unknown, path: string): readonly unknown[] {
    if (!Array.isArray(value)) throw this.fail(path, 'is no array');
    return value;
  }

  number(value: unknown, path: string): number {
    if (typeof value !== 'number') throw this.fail(path, 'is no number');
    return value;
  }

  text(value: unknown, path: string): string {
    if (typeof value !== 'string') throw this.fail(path, 'is no text');
    return value;
  }

  /** An index into something of `length` entries. */
  index(value: unknown, length: number, path: string): number {
    const index = this.number(value, path);
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw this.fail(path, `is ${index}, and there are ${length} entries`);
    }
    return index;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text, or '' when there is none of that name. */
export function optionalText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A line or column: 0 when it is none. */
export function optionalLine(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : 0;
}
