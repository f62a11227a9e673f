/**
 * PE executables (Windows), 32 and 64 bit.
 *
 * Layout after Microsoft's "PE Format", as debug/pe of Go 1.26 reads it. Base relocations are not
 * read: the file holds the addresses that are right at its preferred base.
 */
import {
  byAddress,
  type Executable,
  type ExecutableSymbol,
  lazily,
  type Section,
} from './executable.ts';
import { sized } from './macho.ts';
import { BinaryReader } from './reader.ts';

const SYMBOL_SIZE = 18;
const SECTION_SIZE = 40;
const DYNAMIC_BASE = 0x40;
const CODE = 0x20;
const EXECUTE = 0x20000000;
const WRITE = 0x80000000;

const MACHINES: ReadonlyMap<number, string> = new Map([
  [0x14c, '386'],
  [0x8664, 'amd64'],
  [0x1c4, 'arm'],
  [0xaa64, 'arm64'],
]);

export function isPe(bytes: Uint8Array): boolean {
  return bytes[0] === 0x4d && bytes[1] === 0x5a;
}

/** Reads headers and the section table. Throws DecodeError('PE'). */
export function readPe(bytes: Uint8Array): Executable {
  const probe = new BinaryReader(bytes, 'PE', { littleEndian: true, pointerSize: 8 });
  const header = probe.u32(0x3c);
  if (probe.u32(header) !== 0x4550) probe.fail(header, 'the signature "PE" is missing');
  const optional = header + 24;
  const magic = probe.u16(optional);
  if (magic !== 0x10b && magic !== 0x20b) probe.fail(optional, `optional header ${magic}`);
  const pointerSize = magic === 0x20b ? 8 : 4;
  const reader = new BinaryReader(bytes, 'PE', { littleEndian: true, pointerSize });
  const imageBase = pointerSize === 8 ? reader.u64(optional + 24) : reader.u32(optional + 28);
  const symbolTable = reader.u32(header + 12);
  const symbolCount = reader.u32(header + 16);
  const strings = symbolTable === 0 ? 0 : symbolTable + symbolCount * SYMBOL_SIZE;
  const table = optional + reader.u16(header + 20);
  const sections = Array.from({ length: reader.u16(header + 6) }, (_, i) =>
    readSection(reader, table + i * SECTION_SIZE, strings, imageBase),
  );
  return {
    format: 'PE',
    goarch: MACHINES.get(reader.u16(header + 4)) ?? '',
    reader,
    positionIndependent: (reader.u16(optional + 70) & DYNAMIC_BASE) !== 0,
    imageBase,
    loadAddress: imageBase,
    sections,
    regions: sections.filter((s) => s.fileSize > 0).sort((a, b) => a.address - b.address),
    symbols: lazily(() => readSymbols(reader, symbolTable, symbolCount, sections)),
    relocations: () => new Map(),
    linkerId: '',
  };
}

/** Names of more than 8 bytes stand in the string table, as "/offset" in decimal. */
function readSection(
  reader: BinaryReader,
  at: number,
  strings: number,
  imageBase: number,
): Section {
  const short = reader.fixedString(at, 8);
  const long = /^\/(\d+)$/.exec(short);
  const name =
    long?.[1] !== undefined && strings > 0 ? reader.cstring(strings + Number(long[1])) : short;
  const size = reader.u32(at + 8);
  const flags = reader.u32(at + 36);
  const rawSize = reader.u32(at + 16);
  return {
    name,
    address: imageBase + reader.u32(at + 12),
    size: size === 0 ? rawSize : size,
    offset: reader.u32(at + 20),
    // Sizes in the file are rounded up; what is beyond the size in memory is padding.
    fileSize: size === 0 ? rawSize : Math.min(rawSize, size),
    executable: (flags & (CODE | EXECUTE)) !== 0,
    writable: (flags & WRITE) !== 0,
    compression: name.startsWith('.zdebug_') ? 'zdebug' : 'none',
  };
}

function readSymbols(
  reader: BinaryReader,
  table: number,
  count: number,
  sections: readonly Section[],
): ExecutableSymbol[] {
  if (table === 0) return [];
  reader.need(table, count * SYMBOL_SIZE);
  const strings = table + count * SYMBOL_SIZE;
  const symbols: ExecutableSymbol[] = [];
  for (let i = 0; i < count; i++) {
    const at = table + i * SYMBOL_SIZE;
    const index = reader.u16(at + 12);
    const section = sections[index - 1];
    const long = reader.u32(at) === 0;
    symbols.push({
      name: long ? reader.cstring(strings + reader.u32(at + 4)) : reader.fixedString(at, 8),
      address: (section?.address ?? 0) + reader.u32(at + 8),
      size: 0,
      kind: index === 0 ? 'undefined' : kindOf(section),
    });
    i += reader.u8(at + 17);
  }
  return sized(byAddress(symbols));
}

function kindOf(section: Section | undefined): ExecutableSymbol['kind'] {
  if (section === undefined) return 'other';
  return section.executable ? 'text' : 'data';
}
