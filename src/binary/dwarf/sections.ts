/**
 * The debug sections of an executable, decompressed: SHF_COMPRESSED, and .zdebug of older linkers.
 *
 * Decompression is passed in. Compression other than zlib (zstd) is not understood: such a section
 * counts as missing.
 */
import { type Executable, type Section, sectionBytes } from '../executable.ts';
import { BinaryReader } from '../reader.ts';

/** Inflates a zlib stream whose result has `size` bytes. */
export type Inflate = (zlib: Uint8Array, size: number) => Uint8Array;

const ELFCOMPRESS_ZLIB = 1;
/** A debug section that promises more than this is damage. */
const LARGEST = 2 ** 31;

/** A reader of `.debug_NAME`; undefined when there is none, or none that can be read. */
export function debugSection(
  file: Executable,
  name: string,
  inflate: Inflate | undefined,
): BinaryReader | undefined {
  const names = [`.debug_${name}`, `__debug_${name}`, `.zdebug_${name}`, `__zdebug_${name}`];
  // Mach-O cuts names after 16 bytes.
  const found = file.sections.find((section) =>
    names.some((long) => section.name === long || section.name === long.slice(0, 16)),
  );
  if (found === undefined || found.fileSize === 0) return undefined;
  const bytes = plainBytes(file, found, inflate);
  return bytes === undefined ? undefined : new BinaryReader(bytes, 'DWARF', file.reader);
}

function plainBytes(
  file: Executable,
  section: Section,
  inflate: Inflate | undefined,
): Uint8Array | undefined {
  const stored = sectionBytes(file, section);
  if (section.compression === 'none') return stored;
  const reader = new BinaryReader(stored, 'DWARF', file.reader, section.offset);
  const header = section.compression === 'header' ? elfHeader(reader) : zdebugHeader(reader);
  if (header === undefined || inflate === undefined) return undefined;
  if (header.size > LARGEST) reader.fail(0, `a section of ${header.size} bytes`);
  const bytes = inflate(stored.subarray(header.begin), header.size);
  if (bytes.length !== header.size) reader.fail(0, 'a section is shorter than it says');
  return bytes;
}

interface CompressionHeader {
  readonly begin: number;
  readonly size: number;
}

function elfHeader(reader: BinaryReader): CompressionHeader | undefined {
  if (reader.u32(0) !== ELFCOMPRESS_ZLIB) return undefined;
  return reader.pointerSize === 8
    ? { begin: 24, size: reader.u64(8) }
    : { begin: 12, size: reader.u32(4) };
}

/** "ZLIB" and the size, always with the highest byte first. */
function zdebugHeader(reader: BinaryReader): CompressionHeader | undefined {
  if (reader.fixedString(0, 4) !== 'ZLIB') return undefined;
  const view = new DataView(reader.bytes.buffer, reader.bytes.byteOffset, reader.length);
  return { begin: 12, size: Number(view.getBigUint64(4, false)) };
}
