/**
 * v1 traces from text, for specifications: the wire format, a line a record.
 *
 * `Batch 0 1000` begins a batch of proc 0 at tick 1000; other lines are a type's name, its time step
 * and its arguments, all numbers. `String 1 main.work`, `Stack 1 0x10 1 2 42` (id, then program
 * counter, function, file and line of each frame), and `UserLog … "text"` have their own forms.
 */
import { encodeUtf8 } from '../../../src/base/utf8.ts';
import { layoutOf, V1 } from '../../../src/trace/v1/eventtype.ts';

const TYPES: ReadonlyMap<string, number> = new Map(Object.entries(V1));

export function v1Trace(version: number, text: string): Uint8Array {
  const header = `go 1.${version} trace`.padEnd(16, '\0');
  const bytes = [...encodeUtf8(header)];
  for (const line of text.split('\n')) {
    if (line.trim() !== '') bytes.push(...record(line.trim(), version));
  }
  return Uint8Array.from(bytes);
}

function record(line: string, version: number): number[] {
  const [head = '', message] = line.split(/ "(?=.*"$)/);
  const [name = '', ...words] = head.split(/\s+/);
  const type = TYPES.get(name);
  if (type === undefined) throw new Error(`no event ${name}`);
  if (type === V1.String) {
    const text = encodeUtf8(words.slice(1).join(' '));
    return [type, ...uvarint(Number(words[0])), ...uvarint(text.length), ...text];
  }
  const numbers = words.map(Number);
  if (type === V1.Stack) {
    const [id = 0, ...frames] = numbers;
    const size = version < 7 ? frames.length : frames.length / 4;
    return prefixed(type, [id, size, ...frames]);
  }
  const { argCount, steps } = layoutOf(version);
  const count = argCount[type] - steps;
  const args = numbers.flatMap(uvarint);
  if (type === V1.Batch) return [type | (1 << 6), ...args];
  if (count >= 3) return [...prefixed(type, numbers), ...textOf(message)];
  return [type | (count << 6), ...args];
}

function textOf(message: string | undefined): number[] {
  if (message === undefined) return [];
  const text = encodeUtf8(message.slice(0, -1));
  return [...uvarint(text.length), ...text];
}

function prefixed(type: number, numbers: readonly number[]): number[] {
  const args = numbers.flatMap(uvarint);
  return [type | (3 << 6), ...uvarint(args.length), ...args];
}

function uvarint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}
