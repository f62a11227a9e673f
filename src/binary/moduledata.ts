/**
 * Where in an executable the line table is, and the addresses that it needs and does not hold.
 *
 * The runtime gets both from its moduledata (runtime/symtab.go): `text`, which the table's entries
 * count from, and `gofunc`, which inline trees count from. Since Go 1.26 moduledata has a section of
 * its own; before, it is found by the one thing that is sure of it: its first word is the address
 * of the table, its second that of the table's names. `gofunc` has moved between releases (word 38
 * in 1.18, 40 in 1.20, 43 in 1.27), so it is found by trial: the one word for which inline trees
 * make sense. Cost: in a file without sections, one pass over its data.
 */
import { DecodeError } from '../base/errors.ts';
import { readBuildInfo, readGoBuildId } from './buildinfo.ts';
import {
  type Executable,
  fileOffset,
  pointerAt,
  type Region,
  sectionNamed,
  symbolNamed,
} from './executable.ts';
import { InlineTrees } from './inlining.ts';
import { LineTable, tableHeader } from './pclntab.ts';
import type { BinaryReader } from './reader.ts';

const TEXT_WORD = 22;
const FIRST_GOFUNC_WORD = 38;
const LAST_GOFUNC_WORD = 64;
/** Inlined instructions that are tried before an address is believed. */
const TRIALS = 64;

export interface GoTables {
  readonly table: LineTable;
  readonly address: number;
  /** Undefined when no inlining data were found: frames are then the physical functions only. */
  readonly inlining: InlineTrees | undefined;
}

/** The Go tables of a file; undefined when it holds none. Throws DecodeError if they are broken. */
export function findGoTables(file: Executable): GoTables | undefined {
  const at = findTable(file);
  if (at === undefined) return undefined;
  const bytes = file.reader.slice(at.offset, at.size);
  const moduledata = findModuledata(file, at.address, bytes);
  const table = new LineTable(bytes, at.offset, textStart(file, at.address, moduledata));
  return {
    table,
    address: at.address,
    inlining: findInlining(file, table, at.address, moduledata),
  };
}

interface Place {
  readonly address: number;
  readonly offset: number;
  /** Bytes from there to the end of the section or region. */
  readonly size: number;
}

function findTable(file: Executable): Place | undefined {
  const named = sectionNamed(file, '.gopclntab', '.data.rel.ro.gopclntab', '__gopclntab');
  if (named !== undefined) {
    const { address, offset, fileSize } = named;
    if (isTable(file.reader, offset)) return { address, offset, size: fileSize };
  }
  // Large programs that are not Go need not be searched any further.
  if (readBuildInfo(file) === undefined && readGoBuildId(file) === '') return undefined;
  const symbol = symbolNamed(file, 'runtime.pclntab', 'pclntab');
  const symbolAt = symbol === undefined ? undefined : fileOffset(file, symbol.address);
  if (symbol !== undefined && symbolAt !== undefined && isTable(file.reader, symbolAt.offset)) {
    return { address: symbol.address, offset: symbolAt.offset, size: symbolAt.available };
  }
  for (const region of file.regions) {
    const found = scanForTable(file.reader, region);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isTable(reader: BinaryReader, offset: number): boolean {
  return tableHeader(reader.bytes.subarray(offset, offset + 64)) !== undefined;
}

/** Looks at every aligned word. The header's own sizes must fit the region too. */
function scanForTable(reader: BinaryReader, region: Region): Place | undefined {
  const { bytes, pointerSize } = reader;
  const end = Math.min(region.offset + region.fileSize, reader.length);
  for (let offset = region.offset; offset + 64 <= end; offset += pointerSize) {
    // All magics have two bytes of 0xff in the middle, in either byte order.
    if (bytes[offset + 1] !== 0xff || bytes[offset + 2] !== 0xff) continue;
    if (!isTable(reader, offset)) continue;
    const size = end - offset;
    const count = reader.bits64(offset + 8);
    if (pointerSize === 8 && (count === 0n || count > BigInt(size))) continue;
    const address = region.address + (offset - region.offset);
    if (canOpen(reader.slice(offset, size))) return { address, offset, size };
  }
  return undefined;
}

function canOpen(bytes: Uint8Array): boolean {
  try {
    return new LineTable(bytes, 0, 0).functionCount > 0;
  } catch (error) {
    // Bytes that look like a header by chance: the scan goes on.
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

/** The address of moduledata of tables since Go 1.18; earlier tables hold addresses themselves. */
function findModuledata(file: Executable, table: number, bytes: Uint8Array): number | undefined {
  const header = tableHeader(bytes);
  if (header === undefined || header.layout === '1.2' || header.layout === '1.16') return undefined;
  const { pointerSize } = file.reader;
  // The header's first offset is that of the names.
  const namesAt = fileOffset(file, table + 8 + 3 * pointerSize);
  if (namesAt === undefined) return undefined;
  const names = table + file.reader.pointer(namesAt.offset);
  const isModuledata = (address: number) =>
    pointerAt(file, address) === table && pointerAt(file, address + pointerSize) === names;
  const section = sectionNamed(file, '.go.module', '__go_module');
  if (section !== undefined && isModuledata(section.address)) return section.address;
  const symbol = symbolNamed(file, 'runtime.firstmoduledata');
  if (symbol !== undefined && isModuledata(symbol.address)) return symbol.address;
  for (const [address, target] of file.relocations()) {
    if (target === table && isModuledata(address)) return address;
  }
  for (const region of file.regions) {
    const found = scanForPointer(file.reader, region, table, isModuledata);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Addresses of aligned words that hold `pointer` and pass the test. */
function scanForPointer(
  reader: BinaryReader,
  region: Region,
  pointer: number,
  accept: (address: number) => boolean,
): number | undefined {
  const { pointerSize, littleEndian } = reader;
  const end = Math.min(region.offset + region.fileSize, reader.length);
  const lowAt = pointerSize === 8 && !littleEndian ? 4 : 0;
  const low = pointer % 0x100000000;
  for (let offset = region.offset; offset + pointerSize <= end; offset += pointerSize) {
    if (reader.u32(offset + lowAt) !== low) continue;
    const address = region.address + (offset - region.offset);
    if (accept(address)) return address;
  }
  return undefined;
}

/** The address of runtime.text, from the surest source that the file has. */
function textStart(file: Executable, table: number, moduledata: number | undefined): number {
  const { pointerSize } = file.reader;
  if (moduledata !== undefined) {
    const text = pointerAt(file, moduledata + TEXT_WORD * pointerSize);
    if (text !== undefined && text !== 0) return text;
  }
  return (
    symbolNamed(file, 'runtime.text')?.address ||
    pointerAt(file, table + 8 + 2 * pointerSize) ||
    (sectionNamed(file, '.text', '__text')?.address ?? 0)
  );
}

function findInlining(
  file: Executable,
  table: LineTable,
  address: number,
  moduledata: number | undefined,
): InlineTrees | undefined {
  if (table.layout === '1.2' || table.layout === '1.16') {
    const trees = new InlineTrees(file, table, address, 0);
    return makesSense(table, trees) ? trees : undefined;
  }
  if (moduledata === undefined) return undefined;
  const { pointerSize } = file.reader;
  const tried = new Set<number>();
  for (let word = FIRST_GOFUNC_WORD; word <= LAST_GOFUNC_WORD; word++) {
    const base = pointerAt(file, moduledata + word * pointerSize);
    if (base === undefined || base === 0 || tried.has(base)) continue;
    tried.add(base);
    const trees = new InlineTrees(file, table, address, base);
    if (makesSense(table, trees)) return trees;
  }
  return undefined;
}

/** Tries inlined instructions all over the table: all must make sense, and there must be some. */
function makesSense(table: LineTable, trees: InlineTrees): boolean {
  const step = Math.max(1, Math.floor(table.functionCount / (TRIALS * 16)));
  let [tried, named] = [0, 0];
  for (let index = 0; index < table.functionCount && tried < TRIALS; index += step) {
    try {
      if (!trees.hasTree(index)) continue;
      const address = firstInlined(table, index);
      if (address === undefined) continue;
      const name = trees.plausibleName(index, address);
      if (name === undefined) return false;
      tried++;
      // Zeros make sense too, so they must not be all there is.
      if (name > 0) named++;
    } catch (error) {
      if (error instanceof DecodeError) return false;
      throw error;
    }
  }
  return named > 0;
}

/** The first instruction of a function that came from an inlined call. */
function firstInlined(table: LineTable, index: number): number | undefined {
  const runs = table.inlineRuns(index);
  const run = runs.values.findIndex((value) => value >= 0);
  if (run < 0) return undefined;
  return table.entry(index) + (run === 0 ? 0 : (runs.ends[run - 1] ?? 0));
}
