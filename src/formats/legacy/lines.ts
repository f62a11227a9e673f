/** Lines of a legacy text profile, one after another, and the memory map at its end. */
import { DecodeError } from '../../base/errors.ts';
import type { Draft, DraftMapping } from './draft.ts';

/** Reads lines as Go's bufio.Scanner does: past the end, the current line is empty. */
export class Lines {
  current = '';
  private readonly lines: readonly string[];
  private at = 0;

  constructor(text: string) {
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    this.lines = lines;
  }

  next(): boolean {
    const line = this.lines[this.at++];
    this.current = line?.endsWith('\r') ? line.slice(0, -1) : (line ?? '');
    return line !== undefined;
  }

  /** Bytes before the current line. */
  get offset(): number {
    const before = this.lines.slice(0, this.at - 1).map((line) => `${line}\n`);
    return new TextEncoder().encode(before.join('')).length;
  }

  /** Number of the current line, from 1. */
  get number(): number {
    return this.at;
  }
}

/** The format is recognized, but this line is not of it. */
export function malformed(format: string, lines: Lines): DecodeError {
  const text = JSON.stringify(lines.current.slice(0, 80));
  return new DecodeError(format, lines.offset, `line ${lines.number} is malformed: ${text}`);
}

export function isSpaceOrComment(line: string): boolean {
  const trimmed = line.trim();
  return trimmed === '' || trimmed.startsWith('#');
}

export function isMapSentinel(line: string): boolean {
  return line.includes('--- Memory map: ---') || line.includes('MAPPED_LIBRARIES:');
}

/** Every `0x…` of a text. */
export function hexAddresses(text: string): bigint[] {
  return (text.match(/0x[0-9a-f]+/g) ?? []).map((hex) => {
    const value = BigInt(hex);
    if (value >> 64n !== 0n) throw new DecodeError('legacy profile', 0, `${hex} has over 64 bits`);
    return value;
  });
}

/** Goes on to the memory map, if there is one, and finishes the profile with it. */
export function readMaps(lines: Lines, draft: Draft): void {
  while (!isMapSentinel(lines.current) && lines.next());
  draft.settle(parseMaps(lines));
}

/** Maps in the format of /proc/self/maps, or the brief one with build IDs; `$name` stands for text. */
export function parseMaps(lines: Lines): DraftMapping[] {
  const mappings: DraftMapping[] = [];
  const attributes: [string, string][] = [];
  while (lines.next()) {
    let line = lines.current.replace(/^[^[\]]+:[0-9]+\][\t\n\f\r ]/, '');
    for (const [name, value] of attributes) line = line.replaceAll(name, value);
    const entry = parseMap(line);
    if (entry === 'unrecognized') {
      const equals = line.indexOf('=');
      if (equals < 0) continue;
      attributes.push([`$${line.slice(0, equals).trim()}`, line.slice(equals + 1).trim()]);
    } else if (entry !== 'not executable') {
      mappings.push(entry);
    }
  }
  return mappings;
}

const S = '[\\t\\n\\f\\r ]';
const HEX = '([0-9A-Fa-f]+)';
const RANGE = `${S}*(?:0x)?${HEX}(?:[\\t\\n\\f\\r ]|-)?${S}*(?:0x)?${HEX}:?`;
const PERMISSIONS = `(?:${S}+([-rwxp]+))?`;
const FILE = `(?:${S}+([^\\t\\n\\f\\r ]+))?`;
const OPTIONAL_HEX = `(?:${S}+${HEX})?`;
const PROC = new RegExp(
  `^${RANGE}${PERMISSIONS}${OPTIONAL_HEX}${S}+[0-9A-Fa-f]+:[0-9A-Fa-f]+${S}+[0-9]+${FILE}`,
);
const BRIEF = new RegExp(`^${RANGE}${PERMISSIONS}${FILE}(?:${S}+\\(@${HEX}\\))?${OPTIONAL_HEX}`);

function parseMap(line: string): DraftMapping | 'unrecognized' | 'not executable' {
  const proc = PROC.exec(line);
  const brief = proc === null ? BRIEF.exec(line) : null;
  const match = proc ?? brief;
  if (match === null) return 'unrecognized';
  const [, start = '', limit = '', permissions = ''] = match;
  const file = (proc === null ? match[4] : match[5]) ?? '';
  const offset = (proc === null ? match[5] : match[4]) ?? '';
  if (permissions !== '' && !permissions.includes('x')) return 'not executable';
  if (start.length > 16 || limit.length > 16 || offset.length > 16) return 'unrecognized';
  return {
    start: BigInt(`0x${start}`),
    limit: BigInt(`0x${limit}`),
    offset: offset === '' ? 0n : BigInt(`0x${offset}`),
    file,
    buildId: (proc === null ? match[6] : '') ?? '',
  };
}
