/**
 * ELF executables (Linux, the BSDs, Solaris), 32 and 64 bit, of either byte order.
 *
 * Layout after the System V ABI, chapters 4 and 5, as debug/elf of Go 1.26 reads it. Not read:
 * object files' relocations, dynamic symbols, version tables.
 */
import {
  byAddress,
  type Executable,
  type ExecutableSymbol,
  lazily,
  type Region,
  type Section,
} from './executable.ts';
import { BinaryReader } from './reader.ts';

const PT_LOAD = 1;
const SHT_SYMTAB = 2;
const SHT_RELA = 4;
const SHT_NOTE = 7;
const SHT_NOBITS = 8;
const SHF_WRITE = 1;
const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;
const SHF_COMPRESSED = 0x800;
const ET_DYN = 3;

/** e_machine → GOARCH, by byte order. */
const MACHINES: ReadonlyMap<number, readonly [little: string, big: string]> = new Map([
  [3, ['386', '386']],
  [21, ['ppc64le', 'ppc64']],
  [22, ['s390x', 's390x']],
  [40, ['arm', 'arm']],
  [62, ['amd64', 'amd64']],
  [183, ['arm64', 'arm64']],
  [243, ['riscv64', 'riscv64']],
  [258, ['loong64', 'loong64']],
]);

/** e_machine → the type of "load base plus addend", the only relocation that a Go table needs. */
const RELATIVE: ReadonlyMap<number, number> = new Map([
  [21, 22],
  [22, 12],
  [62, 8],
  [183, 1027],
  [243, 3],
  [258, 3],
]);

interface SectionHeader extends Section {
  readonly type: number;
  readonly link: number;
  readonly entrySize: number;
}

export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** Reads headers and the section table. Throws DecodeError('ELF'). */
export function readElf(bytes: Uint8Array): Executable {
  const reader = elfReader(bytes);
  const machine = reader.u16(18);
  const sections = readSections(reader);
  const architecture = MACHINES.get(machine);
  return {
    format: 'ELF',
    goarch: architecture?.[reader.littleEndian ? 0 : 1] ?? '',
    reader,
    positionIndependent: reader.u16(16) === ET_DYN,
    imageBase: 0,
    loadAddress: readLoadAddress(reader),
    sections,
    regions: readSegments(reader),
    symbols: lazily(() => readSymbols(reader, sections)),
    relocations: lazily(() => readRelocations(reader, sections, RELATIVE.get(machine))),
    linkerId: readNote(reader, sections, 'GNU', 3, hexadecimal),
  };
}

/** The id that the Go linker notes (owner "Go", type 4); '' = none. */
export function elfGoBuildId(file: Executable): string {
  return readNote(file.reader, readSections(file.reader), 'Go', 4, (id) =>
    String.fromCharCode(...id.subarray(0, 1024)),
  );
}

function elfReader(bytes: Uint8Array): BinaryReader {
  const probe = new BinaryReader(bytes, 'ELF', { littleEndian: true, pointerSize: 8 });
  probe.need(0, 52);
  if (!isElf(bytes)) probe.fail(0, 'the magic number is missing');
  const [bits, order] = [probe.u8(4), probe.u8(5)];
  if (bits !== 1 && bits !== 2) probe.fail(4, `class ${bits} is neither 32 nor 64 bit`);
  if (order !== 1 && order !== 2) probe.fail(5, `byte order ${order} is unknown`);
  const encoding = { littleEndian: order === 1, pointerSize: bits === 2 ? 8 : 4 } as const;
  return new BinaryReader(bytes, 'ELF', encoding);
}

/** Offsets of the headers of loaded segments, in the order of the file. */
function loadedSegments(reader: BinaryReader): number[] {
  const wide = reader.pointerSize === 8;
  const table = reader.pointer(wide ? 32 : 28);
  const entrySize = reader.u16(wide ? 54 : 42);
  const count = reader.u16(wide ? 56 : 44);
  if (count > 0 && entrySize < (wide ? 56 : 32)) reader.fail(54, 'program headers are too small');
  const headers = Array.from({ length: count }, (_, i) => table + i * entrySize);
  return headers.filter((at) => reader.u32(at) === PT_LOAD);
}

function readLoadAddress(reader: BinaryReader): number | undefined {
  const wide = reader.pointerSize === 8;
  const isExecutable = (at: number) => (reader.u32(at + (wide ? 4 : 24)) & 1) !== 0;
  const first = loadedSegments(reader).find(isExecutable);
  if (first === undefined) return undefined;
  const address = reader.pointer(first + (wide ? 16 : 8));
  const alignment = reader.pointer(first + (wide ? 48 : 28));
  return alignment === 0 ? address : address - (address % alignment);
}

function readSegments(reader: BinaryReader): Region[] {
  const wide = reader.pointerSize === 8;
  const regions: Region[] = [];
  for (const at of loadedSegments(reader)) {
    const flags = reader.u32(at + (wide ? 4 : 24));
    regions.push({
      offset: reader.pointer(at + (wide ? 8 : 4)),
      address: reader.pointer(at + (wide ? 16 : 8)),
      fileSize: reader.pointer(at + (wide ? 32 : 16)),
      size: reader.pointer(at + (wide ? 40 : 20)),
      executable: (flags & 1) !== 0,
      writable: (flags & 2) !== 0,
    });
  }
  return regions.sort((a, b) => a.address - b.address);
}

function readSections(reader: BinaryReader): SectionHeader[] {
  const wide = reader.pointerSize === 8;
  const table = reader.pointer(wide ? 40 : 32);
  if (table === 0) return [];
  const entrySize = reader.u16(wide ? 58 : 46);
  if (entrySize < (wide ? 64 : 40)) reader.fail(wide ? 58 : 46, 'section headers are too small');
  // With 0xff00 sections and more, the counts stand in the first header.
  const count = reader.u16(wide ? 60 : 48) || reader.pointer(table + (wide ? 32 : 20));
  const namesAt = reader.u16(wide ? 62 : 50);
  const names = namesAt === 0xffff ? reader.u32(table + (wide ? 40 : 24)) : namesAt;
  reader.need(table, count * entrySize);
  if (names >= count) reader.fail(wide ? 62 : 50, 'the section of names does not exist');
  const nameTable = reader.pointer(table + names * entrySize + (wide ? 24 : 16));
  const headers: SectionHeader[] = [];
  for (let i = 0; i < count; i++) {
    headers.push(readSection(reader, table + i * entrySize, nameTable));
  }
  return headers;
}

function readSection(reader: BinaryReader, at: number, nameTable: number): SectionHeader {
  const wide = reader.pointerSize === 8;
  const type = reader.u32(at + 4);
  const flags = reader.pointer(at + 8);
  const size = reader.pointer(at + (wide ? 32 : 20));
  // Section 0 is null; its fields mean something else in files of very many sections.
  const name = type === 0 ? '' : reader.cstring(nameTable + reader.u32(at));
  const compressed = (flags & SHF_COMPRESSED) !== 0;
  return {
    name,
    type,
    address: (flags & SHF_ALLOC) !== 0 ? reader.pointer(at + (wide ? 16 : 12)) : 0,
    size,
    offset: reader.pointer(at + (wide ? 24 : 16)),
    fileSize: type === SHT_NOBITS || type === 0 ? 0 : size,
    executable: (flags & SHF_EXECINSTR) !== 0,
    writable: (flags & SHF_WRITE) !== 0,
    compression: compressed ? 'header' : name.startsWith('.zdebug_') ? 'zdebug' : 'none',
    link: reader.u32(at + (wide ? 40 : 24)),
    entrySize: reader.pointer(at + (wide ? 56 : 36)),
  };
}

function readSymbols(reader: BinaryReader, sections: SectionHeader[]): ExecutableSymbol[] {
  const table = sections.find((section) => section.type === SHT_SYMTAB);
  if (table === undefined) return [];
  const names = sections[table.link];
  if (names === undefined) reader.fail(table.offset, 'the symbol table has no names');
  const wide = reader.pointerSize === 8;
  const entrySize = wide ? 24 : 16;
  reader.need(table.offset, table.fileSize);
  const symbols: ExecutableSymbol[] = [];
  for (let i = 1; i < Math.floor(table.fileSize / entrySize); i++) {
    const at = table.offset + i * entrySize;
    const section = reader.u16(at + (wide ? 6 : 14));
    // Absolute symbols may hold any 64 bits; they are no addresses of the program.
    if (wide && reader.bits64(at + 8) >> 53n !== 0n) continue;
    symbols.push({
      name: reader.cstring(names.offset + reader.u32(at)),
      address: reader.pointer(at + (wide ? 8 : 4)),
      size: reader.pointer(at + (wide ? 16 : 8)),
      kind: symbolKind(section, sections[section]),
    });
  }
  return byAddress(symbols);
}

function symbolKind(index: number, section: Section | undefined): ExecutableSymbol['kind'] {
  if (index === 0) return 'undefined';
  if (section === undefined || section.address === 0) return 'other';
  return section.executable ? 'text' : 'data';
}

/** Only relocations of the kind "base + addend": what external linkers leave out of the file. */
function readRelocations(
  reader: BinaryReader,
  sections: SectionHeader[],
  relative: number | undefined,
): Map<number, number> {
  const relocations = new Map<number, number>();
  if (relative === undefined || reader.pointerSize !== 8) return relocations;
  for (const section of sections) {
    if (section.type !== SHT_RELA || section.name !== '.rela.dyn') continue;
    reader.need(section.offset, section.fileSize);
    for (let at = 0; at + 24 <= section.fileSize; at += 24) {
      const offset = section.offset + at;
      if (reader.bits64(offset + 8) !== BigInt(relative)) continue;
      const target = reader.bits64(offset + 16);
      if (target >> 53n === 0n) relocations.set(reader.u64(offset), Number(target));
    }
  }
  return relocations;
}

/** The contents of the first note of that owner and type, rendered; '' = none. */
function readNote(
  reader: BinaryReader,
  sections: readonly SectionHeader[],
  owner: string,
  type: number,
  render: (bytes: Uint8Array) => string,
): string {
  for (const section of sections) {
    if (section.type !== SHT_NOTE) continue;
    reader.need(section.offset, section.fileSize);
    const end = section.offset + section.fileSize;
    for (let at = section.offset; at + 12 <= end; ) {
      const nameSize = reader.u32(at);
      const size = reader.u32(at + 4);
      const value = at + 12 + Math.ceil(nameSize / 4) * 4;
      // Notes of another alignment than 4 are none of ours; what follows them cannot be found.
      if (value + size > end) break;
      const named = nameSize > 0 ? reader.fixedString(at + 12, nameSize) : '';
      if (named === owner && reader.u32(at + 8) === type) return render(reader.slice(value, size));
      at = value + Math.ceil(size / 4) * 4;
    }
  }
  return '';
}

export function hexadecimal(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
