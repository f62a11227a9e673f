/**
 * Log lines that are JSON objects → the text within: Docker's `{"log":"goroutine 1 [running]:\n",
 * "stream":"stderr","time":"…"}`, `go test -json`, and structured logs with a dump in one field.
 *
 * Docker's field is known; of other formats, the field is learned from the first object that has a
 * header of a goroutine or a race report in it, and then read from every line that has it. Lines
 * are parsed as JSON each, so a log like this costs about ten times as much as plain text.
 */
import { decodeUtf8 } from '../base/utf8.ts';
import { matches } from './grammar.ts';

export interface UnwrappedText {
  /** Lines; one without a line end goes on in the next object. */
  readonly text: string;
  /** The object's time stamp; '' = it has none. */
  readonly time: string;
}

const DOCKER = '{"log":"';
const BRACE = 0x7b;
const STARTS_DUMP =
  /(^|\n)(goroutine \d+ .*\[.*\]|goroutine(leak)? profile: total |WARNING: DATA RACE)/;
const STREAM_FIELDS = ['log', 'Output'];
const TIME_FIELDS = ['time', 'timestamp', 'ts', 'Time', '@timestamp'];

export class JsonLines {
  #field = '';

  /** The text of a line that is such an object; undefined for any other line. */
  unwrap(bytes: Uint8Array, start: number, end: number): UnwrappedText | undefined {
    if (bytes[start] !== BRACE || bytes[end - 1] !== 0x7d) return undefined;
    const isDocker = matches(bytes, start, end, DOCKER);
    if (!isDocker && this.#field === '' && !hasDump(bytes, start, end)) return undefined;
    const object = objectOf(decodeUtf8(bytes.subarray(start, end)));
    if (object === undefined) return undefined;
    const field = isDocker ? 'log' : this.#fieldOf(object);
    const value = object.get(field);
    if (typeof value !== 'string') return undefined;
    const time = TIME_FIELDS.map((name) => object.get(name)).find((v) => typeof v === 'string');
    // Writers that copy a stream keep its line ends; loggers leave a message's last one out.
    const goesOn = STREAM_FIELDS.includes(field) || value.endsWith('\n');
    return { text: goesOn ? value : `${value}\n`, time: typeof time === 'string' ? time : '' };
  }

  #fieldOf(object: ReadonlyMap<string, unknown>): string {
    for (const [name, value] of object) {
      if (typeof value === 'string' && STARTS_DUMP.test(value)) this.#field = name;
    }
    return this.#field;
  }
}

/** A quick look before the costly one: `goroutine ` or `DATA RACE` somewhere in the line. */
function hasDump(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === 0x67 && matches(bytes, at, end, 'goroutine')) return true;
    if (byte === 0x44 && matches(bytes, at, end, 'DATA RACE')) return true;
  }
  return false;
}

function objectOf(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    return new Map(Object.entries(value));
  } catch {
    // It only looked like one: then it is a line like any other, and judged as such.
    return undefined;
  }
}
