/**
 * An executable as every format is read: sections, memory regions, symbols, relocated pointers.
 *
 * What the rest of this room works on, so that nothing above it knows ELF from Mach-O or PE. It
 * refers to the file's bytes and copies none of them. It is not a loader: addresses are those that
 * the linker chose, before any address-space randomization (symbolize.ts takes that off).
 */
import { sortAsGo } from './gosort.ts';
import type { BinaryReader } from './reader.ts';

export type ExecutableFormat = 'ELF' | 'Mach-O' | 'PE';

/** A named part of the file. */
export interface Section {
  readonly name: string;
  /** Address in memory; 0 = not loaded. */
  readonly address: number;
  /** Size in memory. */
  readonly size: number;
  /** Offset and size in the file; size 0 = zero-filled, or outside the file. */
  readonly offset: number;
  readonly fileSize: number;
  readonly executable: boolean;
  readonly writable: boolean;
  /** How its bytes are stored: as they are, behind an ELF compression header, or as .zdebug. */
  readonly compression: 'none' | 'header' | 'zdebug';
}

/** A range of memory that is filled from the file: an ELF or Mach-O segment, a PE section. */
export interface Region {
  readonly address: number;
  readonly size: number;
  readonly offset: number;
  readonly fileSize: number;
  readonly executable: boolean;
  readonly writable: boolean;
}

export type SymbolKind = 'text' | 'data' | 'undefined' | 'other';

export interface ExecutableSymbol {
  readonly name: string;
  readonly address: number;
  /** In bytes; 0 = the format does not say. */
  readonly size: number;
  readonly kind: SymbolKind;
}

export interface Executable {
  readonly format: ExecutableFormat;
  /** GOARCH of the machine code; '' = one that Go does not know. */
  readonly goarch: string;
  readonly reader: BinaryReader;
  /** True if the loader may move it as a whole. */
  readonly positionIndependent: boolean;
  /** PE: the preferred base address; 0 otherwise. */
  readonly imageBase: number;
  /**
   * Where the mapping that holds the code begins, as linked: the executable ELF segment rounded down
   * to its alignment, __TEXT, or PE's image base. Undefined when there is no such segment.
   */
  readonly loadAddress: number | undefined;
  readonly sections: readonly Section[];
  /** By rising address. */
  readonly regions: readonly Region[];
  /** The symbol table, sorted by address; empty in a stripped file. Read when asked for. */
  symbols(): readonly ExecutableSymbol[];
  /** Where the loader stores addresses that the file itself may lack, → the address stored there. */
  relocations(): ReadonlyMap<number, number>;
  /** The GNU build id in hexadecimal (ELF), or the UUID (Mach-O); '' = none. */
  readonly linkerId: string;
}

export function sectionNamed(file: Executable, ...names: string[]): Section | undefined {
  for (const name of names) {
    const found = file.sections.find((section) => section.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The bytes of a section as they lie in the file. Throws DecodeError if it leaves the file. */
export function sectionBytes(file: Executable, section: Section): Uint8Array {
  return file.reader.slice(section.offset, section.fileSize);
}

/** The offset in the file of what is loaded at `address`, and how many bytes follow; or undefined. */
export function fileOffset(
  file: Pick<Executable, 'regions' | 'reader'>,
  address: number,
): { offset: number; available: number } | undefined {
  for (const region of file.regions) {
    const into = address - region.address;
    if (into < 0 || into >= region.fileSize) continue;
    const offset = region.offset + into;
    const available = Math.min(region.fileSize - into, file.reader.length - offset);
    return available > 0 ? { offset, available } : undefined;
  }
  return undefined;
}

/** `size` bytes at an address; undefined when the file does not hold them. */
export function bytesAt(file: Executable, address: number, size: number): Uint8Array | undefined {
  const at = fileOffset(file, address);
  if (at === undefined || at.available < size) return undefined;
  return file.reader.bytes.subarray(at.offset, at.offset + size);
}

/** The address stored at `address`, relocated as the loader would; undefined when there is none. */
export function pointerAt(file: Executable, address: number): number | undefined {
  const relocated = file.relocations().get(address);
  if (relocated !== undefined) return relocated;
  const at = fileOffset(file, address);
  if (at === undefined || at.available < file.reader.pointerSize) return undefined;
  if (file.reader.pointerSize === 4) return file.reader.u32(at.offset);
  const bits = file.reader.bits64(at.offset);
  return bits <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(bits) : undefined;
}

/** The symbol of that name. */
export function symbolNamed(file: Executable, ...names: string[]): ExecutableSymbol | undefined {
  const wanted = new Set(names);
  return file.symbols().find((symbol) => wanted.has(symbol.name));
}

/** Computes once, on first use. What it throws, it throws every time, at no further cost. */
export function lazily<Value>(compute: () => Value): () => Value {
  let outcome: { value: Value } | { error: unknown } | undefined;
  return () => {
    if (outcome === undefined) {
      try {
        outcome = { value: compute() };
      } catch (error) {
        outcome = { error };
      }
    }
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  };
}

/** Sorted by address; those at the same address as Go's tools have them. */
export function byAddress(symbols: ExecutableSymbol[]): ExecutableSymbol[] {
  return sortAsGo(symbols, (a, b) => a.address < b.address);
}
