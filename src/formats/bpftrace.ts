/**
 * What bpftrace prints of maps whose keys are stacks, as text and as JSON (`-f json`).
 *
 *     @[
 *         runtime.mallocgc+197
 *         main.build+115
 *     , 1343]: 2
 *
 * Source: Output::map of bpftrace 0.17 to 0.23 (src/output.cpp). Modes of ustack and kstack: `bpftrace`
 * (`name+decimal`), `perf` (`address name+decimal (object)`), `raw` (addresses). A map is a sample type;
 * what else is in the key is a label (`key1`, `key2` …). Maps without stacks, histograms and printed text
 * are counted and left out. Addresses of callers are return addresses, and moved back by one.
 */
import { DecodeError } from '../base/errors.ts';
import type { Label } from '../profile/labels.ts';
import type { ValueType } from '../profile/profile.ts';
import { type Imported, Importer, linesOf, textOf } from './imported.ts';
import { isObject, parseJson } from './json.ts';

const FORMAT = 'bpftrace';
const OPEN = /^(@\w*)\[(.*)$/;
const CLOSE = /^(.*)\]: (.*)$/;
const COUNT = /^-?\d{1,19}$/;
const MAX_KEY_LINES = 4096;

interface Entry {
  readonly map: string;
  /** Lines of the key, brackets taken off. */
  readonly key: readonly string[];
  readonly value: bigint;
  readonly at: number;
}

/** Looks at the beginning of a text. */
export function looksLikeBpftrace(text: string): boolean {
  return /^@\w*\[\n?[ \t]+\S/m.test(text.replaceAll('\r', ''));
}

/** Looks at the beginning of a JSON text. */
export function looksLikeBpftraceJson(text: string): boolean {
  return /^\s*\{"type": ?"(attached_probes|map)"/.test(text);
}

/** Throws `DecodeError` when no stack is in it. */
export function decodeBpftrace(bytes: Uint8Array): Imported {
  const text = textOf(bytes, FORMAT);
  const lost: (readonly [string, number])[] = [];
  const entries = looksLikeBpftraceJson(text)
    ? readJsonLines(text, (reason, at) => lost.push([reason, at]))
    : readText(text, (reason, at) => lost.push([reason, at]));
  const stacks = entries.filter(({ key }) => key.some((line) => isFrame(line)));
  if (stacks.length === 0) throw new DecodeError(FORMAT, 0, 'no map of it has stacks as keys');
  const maps = [...new Set(stacks.map(({ map }) => map))];
  const importer = new Importer(FORMAT, maps.map(valueType));
  for (const [reason, at] of lost) importer.losses.add(reason, at);
  const without = entries.length - stacks.length;
  if (without > 0) importer.losses.add('entries of maps without stacks', -1, without);
  const mapping = importer.builder.symbols.mapping(WHOLE_SPACE);
  for (const { map, key, value } of stacks) {
    const { stack, labels } = readKey(key, importer, mapping);
    importer.add(
      stack,
      maps.map((name) => (name === map ? value : 0n)),
      labels,
    );
  }
  return importer.finish(text);
}

/** `@` counts samples, `@bytes` bytes, anything else is named as the map. */
function valueType(map: string): ValueType {
  const name = map.slice(1);
  if (name === '') return { type: 'samples', unit: 'count' };
  const unit = /bytes/i.test(name)
    ? 'bytes'
    : /(^|_)(ns|nsecs)$/i.test(name)
      ? 'nanoseconds'
      : /(^|_)(us|usecs)$/i.test(name)
        ? 'microseconds'
        : 'count';
  return { type: name, unit };
}

type Lost = (reason: string, at: number) => void;

function readText(text: string, lost: Lost): Entry[] {
  const entries: Entry[] = [];
  let open: { map: string; key: string[]; at: number } | undefined;
  for (const { text: line, at } of linesOf(text)) {
    const start: RegExpExecArray | null = open === undefined ? OPEN.exec(line) : null;
    let rest = line;
    if (start !== null) {
      open = { map: start[1] ?? '', key: [], at };
      rest = start[2] ?? '';
    }
    if (open === undefined) {
      if (line.trim() !== '' && !/^Attach(ing|ed) \d+ probes?/.test(line)) {
        lost('lines outside of maps', at);
      }
      continue;
    }
    const close = CLOSE.exec(rest);
    if (close === null) {
      if (rest.trim() !== '') open.key.push(rest);
      const cut = line.trim() === '' && open.key.length === 0;
      if (cut || open.key.length > MAX_KEY_LINES) {
        lost('entries that are cut off', open.at);
        open = undefined;
      }
      continue;
    }
    const [, last = '', value = ''] = close;
    if (last.trim() !== '') open.key.push(last);
    if (COUNT.test(value)) entries.push({ ...open, value: BigInt(value) });
    else lost('values that are no counts', at);
    open = undefined;
  }
  if (open !== undefined) lost('entries that are cut off', open.at);
  return entries;
}

function readJsonLines(text: string, lost: Lost): Entry[] {
  const entries: Entry[] = [];
  for (const { text: line, at } of linesOf(text)) {
    if (line.trim() === '') continue;
    const message = parsedLine(line, at);
    if (!isObject(message) || message.type !== 'map' || !isObject(message.data)) {
      if (!isObject(message) || message.type !== 'attached_probes')
        lost('messages without maps', at);
      continue;
    }
    for (const [map, values] of Object.entries(message.data)) {
      if (!isObject(values)) {
        lost('values that are no counts', at);
        continue;
      }
      for (const [key, value] of Object.entries(values)) {
        if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
          lost('values that are no counts', at);
          continue;
        }
        const lines = key.split('\n').filter((part) => part.trim() !== '');
        entries.push({ map, key: lines, value: BigInt(value), at });
      }
    }
  }
  return entries;
}

function parsedLine(line: string, at: number): unknown {
  try {
    return parseJson(line, FORMAT);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new DecodeError(FORMAT, at + error.offset, error.reason);
  }
}

const FRAME = /^[ \t]+(?:0x)?([0-9a-f]{1,16})(?: (.*))?$/;
const SYMBOL_OFFSET = /\+(?:0x[0-9a-f]+|\d+)$/;

/** Frames are indented; other parts of a key stand after a comma. */
function isFrame(line: string): boolean {
  return /^[ \t]+[^\s,]/.test(line);
}

function readKey(
  key: readonly string[],
  importer: Importer,
  mapping: number,
): { stack: number[]; labels: Label[] } {
  const stack: number[] = [];
  const labels: Label[] = [];
  for (const line of key) {
    if (isFrame(line)) {
      stack.push(frameLocation(line, stack.length, importer, mapping));
      continue;
    }
    for (const part of line.split(',').map((text) => text.trim())) {
      if (part === '') continue;
      const name = `key${labels.length + 1}`;
      const isNumber = /^-?\d{1,18}$/.test(part);
      labels.push(
        isNumber ? { key: name, number: BigInt(part), unit: '' } : { key: name, text: part },
      );
    }
  }
  return { stack, labels };
}

function frameLocation(line: string, depth: number, importer: Importer, mapping: number): number {
  const match = line.length > 4096 ? null : FRAME.exec(line);
  const text = (match === null ? line.trim() : (match[2] ?? '')).trim();
  const name = text.replace(/ \([^()]*\)$/, '').replace(SYMBOL_OFFSET, '');
  const isNamed = name !== '' && !/^0x[0-9a-f]+$/.test(name) && name !== '[unknown]';
  if (isNamed) return importer.location({ name, file: '', line: 0 });
  // `0xNAME` alone is an address too, in the mode that prints names.
  const hex = match?.[1] ?? /^0x([0-9a-f]{1,16})$/.exec(line.trim())?.[1];
  if (hex === undefined) return importer.location({ name: '[unknown]', file: '', line: 0 });
  const address = BigInt(`0x${hex}`) - (depth > 0 ? 1n : 0n);
  const { symbols } = importer.builder;
  return symbols.location({
    mapping,
    address: BigInt.asUintN(64, address),
    isFolded: false,
    lines: [],
  });
}

/** bpftrace prints no maps: as in Go's text profiles, one stands for all of the address space. */
const WHOLE_SPACE = {
  id: 0n,
  start: 0n,
  limit: (1n << 64n) - 1n,
  offset: 0n,
  file: '',
  buildId: '',
  hasFunctions: false,
  hasFilenames: false,
  hasLineNumbers: false,
  hasInlineFrames: false,
};
