/**
 * Mach-O executables (macOS, iOS), 64 and 32 bit, and one slice of a universal ("fat") file.
 *
 * Layout after Apple's <mach-o/loader.h> and <mach-o/fat.h>, as debug/macho of Go 1.26 reads it.
 * Rebase and bind opcodes are not run: Go's linker writes the addresses into the file. Apple's
 * linker chains them (fixups.ts).
 */
import {
  byAddress,
  type Executable,
  type ExecutableSymbol,
  lazily,
  type Region,
  type Section,
} from './executable.ts';
import { readChainedFixups } from './fixups.ts';
import { BinaryReader } from './reader.ts';

const MAGIC32 = 0xfeedface;
const MAGIC64 = 0xfeedfacf;
const FAT_MAGIC = 0xcafebabe;
const FAT_MAGIC64 = 0xcafebabf;
const LC_SEGMENT = 0x1;
const LC_SYMTAB = 0x2;
const LC_UUID = 0x1b;
const LC_DYLD_CHAINED_FIXUPS = 0x80000034;
const LC_SEGMENT_64 = 0x19;
const MH_PIE = 0x200000;
const S_ZEROFILL = 1;
const S_GB_ZEROFILL = 12;
const S_THREAD_LOCAL_ZEROFILL = 18;
const S_ATTR_INSTRUCTIONS = 0x80000400;
const N_STAB = 0xe0;

const CPUS: ReadonlyMap<number, string> = new Map([
  [7, '386'],
  [0x01000007, 'amd64'],
  [12, 'arm'],
  [0x0100000c, 'arm64'],
  [0x01000012, 'ppc64'],
]);

export function isMachO(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 4);
  const [little, big] = [view.getUint32(0, true), view.getUint32(0, false)];
  return [little, big].some((magic) => magic === MAGIC32 || magic === MAGIC64) || isFat(big);
}

function isFat(magic: number): boolean {
  return magic === FAT_MAGIC || magic === FAT_MAGIC64;
}

/**
 * Reads a thin file, or the slice of a fat one for `goarch` (the first slice when there is none).
 * Offsets in errors are those in the slice. Throws DecodeError('Mach-O').
 */
export function readMachO(bytes: Uint8Array, goarch = ''): Executable {
  const slice = pickSlice(bytes, goarch);
  const reader = machoReader(slice);
  const wide = reader.pointerSize === 8;
  const segments: Region[] = [];
  const sections: Section[] = [];
  let symbols = () => [] as ExecutableSymbol[];
  let fixups = () => new Map<number, number>();
  let uuid = '';
  let textAddress: number | undefined;
  let at = wide ? 32 : 28;
  const end = at + reader.u32(20);
  for (let i = reader.u32(16); i > 0; i--) {
    const [command, size] = [reader.u32(at), reader.u32(at + 4)];
    if (size < 8 || at + size > end) reader.fail(at, `load command of ${size} bytes`);
    if (command === (wide ? LC_SEGMENT_64 : LC_SEGMENT)) {
      segments.push(readSegment(reader, at));
      if (reader.fixedString(at + 8, 16) === '__TEXT') textAddress = segments.at(-1)?.address;
      sections.push(...readSections(reader, at, size));
    } else if (command === LC_SYMTAB) {
      const table = at;
      symbols = () => readSymbols(reader, table, sections);
    } else if (command === LC_DYLD_CHAINED_FIXUPS) {
      const data = reader.u32(at + 8);
      fixups = () => readChainedFixups(reader, data, segments);
    } else if (command === LC_UUID) {
      uuid = Array.from(reader.slice(at + 8, 16), (b) => b.toString(16).padStart(2, '0')).join('');
    }
    at += size;
  }
  return {
    format: 'Mach-O',
    goarch: CPUS.get(reader.u32(4)) ?? '',
    reader,
    positionIndependent: (reader.u32(24) & MH_PIE) !== 0,
    imageBase: 0,
    loadAddress: textAddress,
    sections,
    regions: segments.filter((s) => s.fileSize > 0).sort((a, b) => a.address - b.address),
    symbols: lazily(() => symbols()),
    relocations: lazily(() => fixups()),
    linkerId: uuid,
  };
}

function pickSlice(bytes: Uint8Array, goarch: string): Uint8Array {
  const fat = new BinaryReader(bytes, 'Mach-O', { littleEndian: false, pointerSize: 8 });
  const magic = fat.u32(0);
  if (!isFat(magic)) return bytes;
  const wide = magic === FAT_MAGIC64;
  const count = fat.u32(4);
  if (count === 0) fat.fail(4, 'the universal file holds no architecture');
  const entry = (i: number) => 8 + i * (wide ? 32 : 20);
  let chosen = 0;
  for (let i = 0; i < count; i++) {
    if (CPUS.get(fat.u32(entry(i))) === goarch) {
      chosen = i;
      break;
    }
  }
  const at = entry(chosen);
  return wide
    ? fat.slice(fat.u64(at + 8), fat.u64(at + 16))
    : fat.slice(fat.u32(at + 8), fat.u32(at + 12));
}

function machoReader(bytes: Uint8Array): BinaryReader {
  const probe = new BinaryReader(bytes, 'Mach-O', { littleEndian: true, pointerSize: 8 });
  probe.need(0, 28);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 4);
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic !== MAGIC32 && magic !== MAGIC64) continue;
    const pointerSize = magic === MAGIC64 ? 8 : 4;
    return new BinaryReader(bytes, 'Mach-O', { littleEndian, pointerSize });
  }
  return probe.fail(0, 'the magic number is missing');
}

function readSegment(reader: BinaryReader, at: number): Region {
  const wide = reader.pointerSize === 8;
  const field = (index: number) => reader.pointer(at + 24 + index * reader.pointerSize);
  const protection = reader.u32(at + (wide ? 60 : 44));
  return {
    address: field(0),
    size: field(1),
    offset: field(2),
    fileSize: field(3),
    executable: (protection & 4) !== 0,
    writable: (protection & 2) !== 0,
  };
}

function readSections(reader: BinaryReader, segment: number, commandSize: number): Section[] {
  const wide = reader.pointerSize === 8;
  const [header, entrySize] = wide ? [72, 80] : [56, 68];
  const writable = (reader.u32(segment + (wide ? 60 : 44)) & 2) !== 0;
  const count = reader.u32(segment + (wide ? 64 : 48));
  if (header + count * entrySize > commandSize) {
    reader.fail(segment, 'sections are beyond their load command');
  }
  return Array.from({ length: count }, (_, i) => {
    const at = segment + header + i * entrySize;
    const name = reader.fixedString(at, 16);
    const size = wide ? reader.u64(at + 40) : reader.u32(at + 36);
    const flags = reader.u32(at + (wide ? 64 : 56));
    const type = flags & 0xff;
    const zero = type === S_ZEROFILL || type === S_GB_ZEROFILL || type === S_THREAD_LOCAL_ZEROFILL;
    return {
      name,
      address: wide ? reader.u64(at + 32) : reader.u32(at + 32),
      size,
      offset: reader.u32(at + (wide ? 48 : 40)),
      fileSize: zero ? 0 : size,
      executable: (flags & S_ATTR_INSTRUCTIONS) !== 0,
      writable,
      compression: name.startsWith('__zdebug_') ? 'zdebug' : 'none',
    };
  });
}

function readSymbols(reader: BinaryReader, at: number, sections: Section[]): ExecutableSymbol[] {
  const wide = reader.pointerSize === 8;
  const entrySize = wide ? 16 : 12;
  const [table, count] = [reader.u32(at + 8), reader.u32(at + 12)];
  const names = reader.slice(reader.u32(at + 16), reader.u32(at + 20));
  const strings = new BinaryReader(names, 'Mach-O', reader, reader.u32(at + 16));
  reader.need(table, count * entrySize);
  const symbols: ExecutableSymbol[] = [];
  for (let i = 0; i < count; i++) {
    const entry = table + i * entrySize;
    if ((reader.u8(entry + 4) & N_STAB) !== 0) continue;
    const index = reader.u8(entry + 5);
    const section = sections[index - 1];
    symbols.push({
      name: withoutUnderscore(strings.cstring(reader.u32(entry))),
      address: reader.pointer(entry + 8),
      size: 0,
      kind: index === 0 ? 'undefined' : section?.executable ? 'text' : 'data',
    });
  }
  return sized(byAddress(symbols));
}

/** The linker puts "_" before Go names too; C names keep it, as debug/macho has them. */
function withoutUnderscore(name: string): string {
  return name.startsWith('_') && name.includes('.') ? name.slice(1) : name;
}

/** Symbols of a format without sizes: each reaches to the next higher address. */
export function sized(sorted: readonly ExecutableSymbol[]): ExecutableSymbol[] {
  const symbols = [...sorted];
  let next: number | undefined;
  let current = 0;
  for (let i = symbols.length - 1; i >= 0; i--) {
    const symbol = symbols[i];
    if (symbol === undefined) continue;
    if (i === symbols.length - 1 || symbol.address !== current) {
      next = i === symbols.length - 1 ? undefined : current;
      current = symbol.address;
    }
    symbols[i] = { ...symbol, size: next === undefined ? 0 : next - symbol.address };
  }
  return symbols;
}
