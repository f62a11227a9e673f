/**
 * Inline trees: which source functions an instruction belongs to, innermost first.
 *
 * After runtime/symtabinl.go of Go 1.20–1.27 and runtime/symtab.go of Go 1.12–1.19 (inlinedCall).
 * The frames are those that the runtime itself writes into a profile: compiler-made wrappers that
 * called something else than a panic are left out (runtime.elideWrapperCalling).
 */
import { type Executable, fileOffset, pointerAt } from './executable.ts';
import type { FileLine, LineTable } from './pclntab.ts';

/** Number of the inline tree among a function's funcdata: 4 in Go 1.12–1.15, 3 since. */
const OLD_INLINE_TREE = 4;
const INLINE_TREE = 3;
const PANICS: ReadonlySet<string> = new Set([
  'runtime.gopanic',
  'runtime.sigpanic',
  'runtime.panicwrap',
]);

export interface Frame extends FileLine {
  /** Address in the file of the instruction that has this line: of the mark of an inlined call. */
  readonly address: number;
  readonly name: string;
  /** Line of the `func` keyword; 0 = unknown. */
  readonly startLine: number;
}

interface InlinedCall {
  readonly nameOffset: number;
  /** Distance from the function's entry of an instruction at the call site. */
  readonly parent: number;
  readonly startLine: number;
  readonly id: number;
}

export class InlineTrees {
  private readonly file: Executable;
  private readonly table: LineTable;
  private readonly tableAddress: number;
  /** moduledata.gofunc, which funcdata offsets count from (Go ≥ 1.18). */
  private readonly base: number;
  private readonly treeNumber: number;
  /** funcID of wrappers; undefined until asked for. */
  private wrapper: number | undefined;

  constructor(file: Executable, table: LineTable, tableAddress: number, base: number) {
    this.file = file;
    this.table = table;
    this.tableAddress = tableAddress;
    this.base = base;
    this.treeNumber = table.layout === '1.2' ? OLD_INLINE_TREE : INLINE_TREE;
  }

  /** All frames at an address in a function, innermost first; at least one. May throw DecodeError. */
  frames(index: number, address: number): Frame[] {
    const { table } = this;
    const entry = table.entry(index);
    const frames: Frame[] = [];
    // Only the innermost frame has no callee here; it stays, whatever it is.
    let keepsWrapper = true;
    let at = address;
    let row = table.inlineIndex(index, at);
    for (;;) {
      const call = row < 0 ? undefined : this.callIn(index, row);
      const id = call === undefined ? table.id(index) : call.id;
      const name = call === undefined ? table.name(index) : table.nameAt(call.nameOffset);
      if (keepsWrapper || id !== this.wrapperId()) {
        const startLine = call === undefined ? table.startLine(index) : call.startLine;
        frames.push({ name, startLine, address: at, ...table.fileLine(index, at) });
      }
      if (call === undefined) return frames;
      keepsWrapper = PANICS.has(name);
      at = entry + call.parent;
      const parent = table.inlineIndex(index, at);
      if (parent >= row) {
        // Callers come before what they call. The compiler sometimes drops the mark of a call site;
        // the line is lost then, and the runtime itself would go round in circles.
        return [...frames, this.withoutLine(index)];
      }
      row = parent;
    }
  }

  private withoutLine(index: number): Frame {
    const { table } = this;
    const [name, startLine] = [table.name(index), table.startLine(index)];
    return { name, startLine, address: table.entry(index), file: '', line: 0 };
  }

  /**
   * The name's offset of the innermost call at an address if that makes sense, otherwise undefined:
   * what tells the right `base` from a wrong one.
   */
  plausibleName(index: number, address: number): number | undefined {
    const row = this.table.inlineIndex(index, address);
    const call = row < 0 ? undefined : this.callIn(index, row);
    if (call === undefined) return undefined;
    const size = this.table.end(index) - this.table.entry(index);
    const isInside = call.parent >= 0 && call.parent < size && call.startLine >= 0;
    return isInside && this.table.isNameStart(call.nameOffset) ? call.nameOffset : undefined;
  }

  /** Whether a function has an inline tree at all. */
  hasTree(index: number): boolean {
    return this.treeAddress(index) !== undefined;
  }

  private treeAddress(index: number): number | undefined {
    const found = this.table.funcdata(index, this.treeNumber);
    if (found === undefined) return undefined;
    if ('offset' in found) return this.base + found.offset;
    return pointerAt(this.file, this.tableAddress + found.pointer) || undefined;
  }

  private callIn(index: number, row: number): InlinedCall | undefined {
    const tree = this.treeAddress(index);
    return tree === undefined ? undefined : this.readCall(tree, row);
  }

  private readCall(tree: number, row: number): InlinedCall {
    const { reader } = this.file;
    const isShort = this.table.layout === '1.20';
    const size = isShort ? 16 : 20;
    const at = fileOffset(this.file, tree + row * size);
    if (at === undefined || at.available < size) {
      return reader.fail(0, `an inline tree at address 0x${tree.toString(16)} is not in the file`);
    }
    const { offset } = at;
    return isShort
      ? {
          id: reader.u8(offset),
          nameOffset: reader.i32(offset + 4),
          parent: reader.i32(offset + 8),
          startLine: reader.i32(offset + 12),
        }
      : {
          id: reader.u8(offset + 2),
          nameOffset: reader.i32(offset + 12),
          parent: reader.i32(offset + 16),
          startLine: 0,
        };
  }

  /** Wrappers have the highest funcID in every release, and every binary holds some. */
  private wrapperId(): number {
    if (this.wrapper === undefined) {
      let highest = 0;
      for (let i = 0; i < this.table.functionCount; i++) {
        highest = Math.max(highest, this.table.id(i));
      }
      this.wrapper = highest;
    }
    return this.wrapper;
  }
}
