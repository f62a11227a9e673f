/**
 * What the go command writes into every binary: version, modules, build settings, build ids.
 *
 * After debug/buildinfo and cmd/internal/buildid of Go 1.26. Both ways of storing it are read:
 * strings behind the header (Go ≥ 1.18) and pointers to strings (Go 1.13–1.17).
 */
import { DecodeError } from '../base/errors.ts';
import { decodeUtf8 } from '../base/utf8.ts';
import { elfGoBuildId } from './elf.ts';
import { bytesAt, type Executable, fileOffset, pointerAt, sectionNamed } from './executable.ts';
import { BinaryReader, indexOfBytes } from './reader.ts';

export interface Module {
  readonly path: string;
  readonly version: string;
  /** Checksum as in go.sum; '' = none. */
  readonly sum: string;
  readonly replacedBy: Module | undefined;
}

export interface BuildInfo {
  /** E.g. `go1.26.8`. */
  readonly goVersion: string;
  /** Package path of the main package; '' = not built with modules. */
  readonly path: string;
  readonly main: Module | undefined;
  readonly dependencies: readonly Module[];
  /** In the order of the file, e.g. `-pgo` → `default.pgo`, `vcs.revision`, `GOAMD64`, `-trimpath`. */
  readonly settings: ReadonlyMap<string, string>;
}

const MAGIC = Uint8Array.from('\xff Go buildinf:', (c) => c.charCodeAt(0));
const HEADER_SIZE = 32;
const ALIGN = 16;
const INLINE_STRINGS = 2;
const BIG_ENDIAN = 1;

/** The build information; undefined when the file has none (no Go binary, or Go before 1.13). */
export function readBuildInfo(file: Executable): BuildInfo | undefined {
  const at = findHeader(file);
  if (at === undefined) return undefined;
  const flags = file.reader.u8(at + 15);
  const [goVersion, framed] =
    (flags & INLINE_STRINGS) !== 0 ? inlineStrings(file, at) : pointedStrings(file, at, flags);
  if (goVersion === '') return undefined;
  // The text stands between two 16-byte sentinels (cmd/go/internal/modload.infoStart, infoEnd).
  const isFramed = framed.length >= 33 && framed.at(-17) === 0x0a;
  const text = isFramed ? decodeUtf8(framed.subarray(16, framed.length - 16)) : '';
  return { goVersion, ...parseModuleText(text) };
}

/** The Go build id (what `go tool buildid` prints); '' = none. */
export function readGoBuildId(file: Executable): string {
  if (file.format === 'ELF') return elfGoBuildId(file);
  // Elsewhere the linker puts it, quoted, at the very beginning of the text.
  const text = sectionNamed(file, '.text', '__text');
  if (text === undefined) return '';
  const start = file.reader.bytes.subarray(
    text.offset,
    text.offset + Math.min(text.fileSize, 4096),
  );
  const prefix = Uint8Array.from('\xff Go build ID: "', (c) => c.charCodeAt(0));
  const from = indexOfBytes(start, prefix);
  if (from < 0) return '';
  const end = start.indexOf(0x22, from + prefix.length);
  return end < 0 ? '' : decodeUtf8(start.subarray(from + prefix.length, end));
}

/** Offset of the header in the file. */
function findHeader(file: Executable): number | undefined {
  const named = sectionNamed(file, '.go.buildinfo', '__go_buildinfo');
  const ranges = named === undefined ? file.regions.filter((r) => r.writable) : [named];
  for (const { offset, fileSize } of ranges) {
    const size = Math.min(fileSize, file.reader.length - offset);
    if (size < HEADER_SIZE) continue;
    const bytes = file.reader.slice(offset, size);
    for (let at = indexOfBytes(bytes, MAGIC); at >= 0; at = indexOfBytes(bytes, MAGIC, at + 1)) {
      if (at % ALIGN === 0 && at + HEADER_SIZE <= size) return offset + at;
    }
  }
  return undefined;
}

function inlineStrings(file: Executable, header: number): [string, Uint8Array] {
  const { reader } = file;
  const version = lengthPrefixed(reader, header + HEADER_SIZE);
  const text = lengthPrefixed(reader, version.end);
  return [decodeUtf8(version.bytes), text.bytes];
}

function lengthPrefixed(reader: BinaryReader, at: number): { bytes: Uint8Array; end: number } {
  let length = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = reader.u8(at++);
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { bytes: reader.slice(at, length), end: at + length };
  }
  throw new DecodeError('Go build information', at, 'a string length has no end');
}

function pointedStrings(file: Executable, header: number, flags: number): [string, Uint8Array] {
  const size = file.reader.u8(header + 14);
  if (size !== 4 && size !== 8) file.reader.fail(header + 14, `pointers of ${size} bytes`);
  const encoding = { littleEndian: (flags & BIG_ENDIAN) === 0, pointerSize: size } as const;
  const reader = new BinaryReader(file.reader.bytes, file.format, encoding);
  return [
    decodeUtf8(goString(file, reader.pointer(header + 16))),
    goString(file, reader.pointer(header + 16 + size)),
  ];
}

/** The bytes of the Go string (pointer and length) at an address. */
function goString(file: Executable, address: number): Uint8Array {
  const { pointerSize } = file.reader;
  const data = pointerAt(file, address);
  const length = fileOffset(file, address + pointerSize);
  if (data === undefined || length === undefined) return new Uint8Array();
  return bytesAt(file, data, file.reader.pointer(length.offset)) ?? new Uint8Array();
}

/** The text that `go version -m` prints, as runtime/debug.ParseBuildInfo reads it. */
function parseModuleText(text: string): Omit<BuildInfo, 'goVersion'> {
  let path = '';
  let main: Module | undefined;
  const dependencies: Module[] = [];
  const settings = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [kind = '', ...fields] = line.split('\t');
    if (kind === 'path') path = fields.join('\t');
    else if (kind === 'mod') main = moduleOf(fields);
    else if (kind === 'dep') dependencies.push(moduleOf(fields));
    else if (kind === 'build') addSetting(settings, fields.join('\t'));
    else if (kind === '=>') {
      const replaced = dependencies.pop();
      const replacement = moduleOf(fields);
      if (replaced !== undefined) dependencies.push({ ...replaced, replacedBy: replacement });
      else if (main !== undefined) main = { ...main, replacedBy: replacement };
    }
  }
  return { path, main, dependencies, settings };
}

function moduleOf(fields: readonly string[]): Module {
  const [path = '', version = '', sum = ''] = fields;
  return { path, version, sum, replacedBy: undefined };
}

/** Keys and values that hold spaces, quotes or `=` are Go string literals. */
function addSetting(settings: Map<string, string>, text: string): void {
  const match = /^("(?:[^"\\]|\\.)*"|`[^`]*`|[^=]*)=(.*)$/s.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return;
  settings.set(unquote(match[1]), unquote(match[2]));
}

function unquote(literal: string): string {
  if (/^`[^`]*`$/.test(literal)) return literal.slice(1, -1);
  if (!/^"(?:[^"\\]|\\.)*"$/s.test(literal)) return literal;
  return literal
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/gis, unescaped);
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function unescaped(
  _match: string,
  hex2: string | undefined,
  hex4: string | undefined,
  hex8: string | undefined,
  character: string | undefined,
): string {
  const hex = hex2 ?? hex4 ?? hex8;
  if (hex !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff));
  return ESCAPES[character ?? ''] ?? character ?? '';
}
