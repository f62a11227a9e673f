/**
 * A Go executable, opened: who built it, its functions, and the frames behind an address.
 *
 * The one door to this room for symbolization and source views. Works on stripped files, PIE and
 * cgo binaries, and every system that Go's linker writes ELF, Mach-O or PE for.
 */
import { type BuildInfo, readBuildInfo, readGoBuildId } from './buildinfo.ts';
import { type Executable, lazily } from './executable.ts';
import type { Frame } from './inlining.ts';
import { findGoTables, type GoTables } from './moduledata.ts';
import { openExecutable } from './open.ts';

export interface GoBinary {
  readonly file: Executable;
  /** Undefined for what the go command did not build, or Go before 1.13. */
  readonly buildInfo: BuildInfo | undefined;
  /** What `go tool buildid` prints; '' = none. */
  readonly goBuildId: string;
  /** The line table and inline trees; undefined when the file has none (not Go). */
  readonly tables: GoTables | undefined;
  /** Frames at an address of the file, innermost first; empty outside of Go code. */
  framesAt(address: number): readonly Frame[];
  /** What `go tool addr2line` gives: the physical function, the line of the innermost call. */
  lineAt(address: number): Frame | undefined;
}

/**
 * Opens an executable. Throws DecodeError when it is none, or is damaged; a program that is not Go
 * opens too and simply has no tables. `goarch` picks the slice of a universal Mach-O file.
 */
export function openGoBinary(bytes: Uint8Array, goarch = ''): GoBinary {
  const file = openExecutable(bytes, goarch);
  const tables = findGoTables(file);
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
    framesAt: (address) => framesAt(tables, address),
    lineAt: (address) => lineAt(tables, address),
  };
}

function framesAt(tables: GoTables | undefined, address: number): readonly Frame[] {
  if (tables?.inlining !== undefined) {
    const index = tables.table.find(address);
    return index < 0 ? [] : tables.inlining.frames(index, address);
  }
  const frame = lineAt(tables, address);
  return frame === undefined ? [] : [frame];
}

function lineAt(tables: GoTables | undefined, address: number): Frame | undefined {
  const table = tables?.table;
  const index = table?.find(address) ?? -1;
  if (table === undefined || index < 0) return undefined;
  const { file, line } = table.fileLine(index, address);
  return { address, name: table.name(index), startLine: table.startLine(index), file, line };
}
