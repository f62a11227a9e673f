/**
 * A Go executable, opened: who built it, its functions, and the frames behind an address.
 *
 * The one door to this room for symbolization and source views. Works on stripped files, PIE and
 * cgo binaries, and every system that Go's linker writes ELF, Mach-O or PE for. Go code is known from
 * the line table, other code from DWARF, or by the name of its symbol.
 */
import { type BuildInfo, readBuildInfo, readGoBuildId } from './buildinfo.ts';
import { openDwarf } from './dwarf/dwarf.ts';
import type { Inflate } from './dwarf/sections.ts';
import { type Executable, lazily } from './executable.ts';
import type { Frame } from './inlining.ts';
import { findGoTables, type GoTables } from './moduledata.ts';
import { openExecutable } from './open.ts';
import { symbolLookup, textSymbols } from './symbols.ts';

export interface GoBinary {
  readonly file: Executable;
  /** Undefined for what the go command did not build, or Go before 1.13. */
  readonly buildInfo: BuildInfo | undefined;
  /** What `go tool buildid` prints; '' = none. */
  readonly goBuildId: string;
  /** The line table and inline trees; undefined when the file has none (not Go). */
  readonly tables: GoTables | undefined;
  /** Frames at an address of the file, innermost first; empty where nothing is known. */
  framesAt(address: number): readonly Frame[];
  /** What `go tool addr2line` gives: the physical function, the line of the innermost call. */
  lineAt(address: number): Frame | undefined;
}

export interface OpenOptions {
  /** Picks the slice of a universal Mach-O file. */
  readonly goarch?: string;
  /** For compressed DWARF; without it, C code in most binaries has names but no lines. */
  readonly inflate?: Inflate;
}

/**
 * Opens an executable. Throws DecodeError when it is none, or is damaged; a program that is not Go
 * opens too and has no tables: its frames come from DWARF and the symbol table.
 */
export function openGoBinary(bytes: Uint8Array, options: OpenOptions = {}): GoBinary {
  const file = openExecutable(bytes, options.goarch);
  const tables = findGoTables(file);
  const foreign = foreignFrames(file, options.inflate);
  const info = lazily(() => readBuildInfo(file));
  const id = lazily(() => readGoBuildId(file));
  return {
    file,
    tables,
    get buildInfo() {
      return info();
    },
    get goBuildId() {
      return id();
    },
    framesAt: (address) => goFrames(tables, address) ?? foreign(address),
    lineAt: (address) => goLine(tables, address) ?? physical(foreign(address)),
  };
}

function goFrames(tables: GoTables | undefined, address: number): Frame[] | undefined {
  if (tables?.inlining !== undefined) {
    const index = tables.table.find(address);
    return index < 0 ? undefined : tables.inlining.frames(index, address);
  }
  const frame = goLine(tables, address);
  return frame === undefined ? undefined : [frame];
}

function goLine(tables: GoTables | undefined, address: number): Frame | undefined {
  const table = tables?.table;
  const index = table?.find(address) ?? -1;
  if (table === undefined || index < 0) return undefined;
  const { file, line } = table.fileLine(index, address);
  return { address, name: table.name(index), startLine: table.startLine(index), file, line };
}

/** Frames of code that is not Go: from DWARF, or else the name of the symbol alone. */
function foreignFrames(
  file: Executable,
  inflate: Inflate | undefined,
): (address: number) => readonly Frame[] {
  const dwarf = lazily(() => openDwarf(file, inflate));
  const lookup = lazily(() => symbolLookup(textSymbols(file)));
  return (address) => {
    const frames = dwarf()?.framesAt(address) ?? [];
    if (frames.length > 0) return frames;
    const symbol = lookup()(address);
    if (symbol === undefined) return [];
    return [{ address, name: symbol.name, startLine: 0, file: '', line: 0 }];
  };
}

function physical(frames: readonly Frame[]): Frame | undefined {
  const [innermost] = frames;
  const outermost = frames.at(-1);
  if (innermost === undefined || outermost === undefined) return undefined;
  return { ...innermost, name: outermost.name, startLine: outermost.startLine };
}
