/**
 * The pclntab: every Go binary's own table of functions, files and lines, present even when the
 * file is stripped of symbols and DWARF, because the runtime unwinds stacks with it.
 *
 * All four layouts (Go 1.2, 1.16, 1.18, 1.20 and later), after debug/gosym/pclntab.go and
 * runtime/symtab.go of Go 1.26 and of 1.12–1.19 for `_func`. Knows nothing of inlining beyond where
 * the data lie (inlining.ts) nor of where the table is (moduledata.ts). Cost: opening checks the
 * order of the functions, one pass; a lookup is a binary search and a walk over one function's
 * tables. Binaries whose text the linker split into several sections (beyond 64 MB on ppc64, and
 * arm64 with an external linker) are resolved within the first.
 */
import { NO_VALUE, type PcRuns, pcRuns, pcValue } from './pcvalue.ts';
import { BinaryReader, type Encoding } from './reader.ts';

/** The first Go release with that layout. */
export type TableLayout = '1.2' | '1.16' | '1.18' | '1.20';

const MAGICS: ReadonlyMap<number, TableLayout> = new Map([
  [0xfffffffb, '1.2'],
  [0xfffffffa, '1.16'],
  [0xfffffff0, '1.18'],
  [0xfffffff1, '1.20'],
]);

const FORMAT = 'Go line table';
const NO_OFFSET = 0xffffffff;
const PCDATA_INLINE_INDEX = 2;

/** Offsets into the table of its parts. */
interface Parts {
  readonly functionCount: number;
  readonly names: number;
  readonly units: number;
  readonly files: number;
  readonly fileCount: number;
  readonly pcs: number;
  readonly functions: number;
  readonly functab: number;
}

/** Offsets into a `_func`, behind its entry field. */
interface FuncLayout {
  readonly entrySize: number;
  readonly unit: number | undefined;
  readonly startLine: number | undefined;
  /** Offset of funcID; nfuncdata is the fourth byte from there. */
  readonly id: number;
}

export interface FileLine {
  /** '' = unknown. */
  readonly file: string;
  /** 0 = unknown. */
  readonly line: number;
}

/** The layout and encoding of a table that begins with these bytes; undefined if none does. */
export function tableHeader(
  bytes: Uint8Array,
): { layout: TableLayout; encoding: Encoding; quantum: number } | undefined {
  if (bytes.length < 16) return undefined;
  const [pad1, pad2, quantum, pointerSize] = bytes.subarray(4, 8);
  if (pad1 !== 0 || pad2 !== 0) return undefined;
  if (quantum !== 1 && quantum !== 2 && quantum !== 4) return undefined;
  if (pointerSize !== 4 && pointerSize !== 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 4);
  for (const littleEndian of [true, false]) {
    const layout = MAGICS.get(view.getUint32(0, littleEndian));
    if (layout !== undefined) return { layout, encoding: { littleEndian, pointerSize }, quantum };
  }
  return undefined;
}

export class LineTable {
  readonly layout: TableLayout;
  readonly functionCount: number;
  /** Address that entries are relative to (Go ≥ 1.18); 0 before. */
  readonly textStart: number;
  private readonly reader: BinaryReader;
  private readonly quantum: number;
  private readonly parts: Parts;
  private readonly func: FuncLayout;
  private readonly fieldSize: number;
  private readonly nameCache = new Map<number, string>();
  private readonly fileCache = new Map<number, string>();

  /**
   * `bytes` begin with the table and may be longer. `fileOffset` is for errors. `textStart` is the
   * address of runtime.text, which the table itself lacks since Go 1.26 and in PIE binaries.
   * Throws DecodeError('Go line table').
   */
  constructor(bytes: Uint8Array, fileOffset: number, textStart: number) {
    const header = tableHeader(bytes);
    const encoding = header?.encoding ?? { littleEndian: true, pointerSize: 8 };
    this.reader = new BinaryReader(bytes, FORMAT, encoding, fileOffset);
    if (header === undefined) this.reader.fail(0, 'the magic number is missing');
    this.layout = header.layout;
    this.quantum = header.quantum;
    const isRelative = this.layout === '1.18' || this.layout === '1.20';
    this.fieldSize = isRelative ? 4 : encoding.pointerSize;
    this.textStart = isRelative ? textStart : 0;
    this.parts = this.layout === '1.2' ? readOldParts(this.reader) : this.readParts();
    this.func = funcLayout(this.layout, encoding.pointerSize);
    this.functionCount = this.parts.functionCount;
    this.check();
  }

  private readParts(): Parts {
    const { reader } = this;
    const { pointerSize } = reader;
    const word = (index: number) => reader.pointer(8 + index * pointerSize);
    const first = this.layout === '1.16' ? 2 : 3;
    const functions = word(first + 4);
    return {
      functionCount: word(0),
      fileCount: word(1),
      names: word(first),
      units: word(first + 1),
      files: word(first + 2),
      pcs: word(first + 3),
      functions,
      functab: functions,
    };
  }

  private check(): void {
    const { reader, functionCount } = this;
    if (functionCount === 0) reader.fail(8, 'the table holds no function');
    reader.need(this.parts.functab, (functionCount * 2 + 1) * this.fieldSize);
    let previous = 0;
    for (let i = 0; i <= functionCount; i++) {
      const entry = this.entry(i);
      if (entry < previous) reader.fail(this.slot(i), 'functions are not sorted by address');
      previous = entry;
    }
  }

  private slot(index: number): number {
    return this.parts.functab + index * 2 * this.fieldSize;
  }

  private field(offset: number): number {
    return this.fieldSize === 4 ? this.reader.u32(offset) : this.reader.u64(offset);
  }

  /** Address of a function's first instruction; of `functionCount`, the end of the last one. */
  entry(index: number): number {
    return this.textStart + this.field(this.slot(index));
  }

  /** Address behind a function's last instruction and padding. */
  end(index: number): number {
    return this.entry(index + 1);
  }

  /** The function that holds an address, or -1. */
  find(address: number): number {
    if (address < this.entry(0) || address >= this.entry(this.functionCount)) return -1;
    let [low, high] = [0, this.functionCount];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.entry(middle) <= address) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Offset of the `_func` of a function, behind its entry field. */
  private info(index: number): number {
    const offset = this.field(this.slot(index) + this.fieldSize);
    return this.parts.functions + offset + this.func.entrySize;
  }

  /** The linker's name, as profiles carry it (`main.(*T).m`, `slices.SortFunc[go.shape.…]`). */
  name(index: number): string {
    return this.nameAt(this.reader.u32(this.info(index)));
  }

  /** A name by its offset, which inline trees refer to too. */
  nameAt(offset: number): string {
    let name = this.nameCache.get(offset);
    if (name === undefined) {
      name = this.reader.cstring(this.parts.names + offset);
      this.nameCache.set(offset, name);
    }
    return name;
  }

  /** True if a name begins at that offset. The first name is at 0, where the runtime reads "". */
  isNameStart(offset: number): boolean {
    const at = this.parts.names + offset;
    if (offset < 0 || at >= this.reader.length) return false;
    return offset === 0 || this.reader.bytes[at - 1] === 0;
  }

  /** Line of the `func` keyword; 0 = unknown, as always before Go 1.20. */
  startLine(index: number): number {
    const { startLine } = this.func;
    return startLine === undefined ? 0 : this.reader.i32(this.info(index) + startLine);
  }

  /** The runtime's mark of special functions (internal/abi.FuncID); its numbers vary by release. */
  id(index: number): number {
    return this.reader.u8(this.info(index) + this.func.id);
  }

  /** File and line of the instruction at an address in that function: of the innermost call. */
  fileLine(index: number, address: number): FileLine {
    const info = this.info(index);
    const line = this.valueAt(this.reader.u32(info + 20), index, address);
    const file = this.valueAt(this.reader.u32(info + 16), index, address);
    if (file < 0 || line < 0) return { file: '', line: 0 };
    return { file: this.file(info, file), line };
  }

  /** The runs of file numbers and of lines of a function. */
  fileRuns(index: number): PcRuns {
    return this.runs(this.reader.u32(this.info(index) + 16), index);
  }

  lineRuns(index: number): PcRuns {
    return this.runs(this.reader.u32(this.info(index) + 20), index);
  }

  /** The name of a file number of that function; '' = unknown. */
  fileName(index: number, file: number): string {
    return file < 0 ? '' : this.file(this.info(index), file);
  }

  /** Index into the function's inline tree at an address; -1 = not inlined there. */
  inlineIndex(index: number, address: number): number {
    return this.valueAt(this.inlineTable(index), index, address);
  }

  /** The runs of indices into the function's inline tree. */
  inlineRuns(index: number): PcRuns {
    return this.runs(this.inlineTable(index), index);
  }

  /** Offset of the pc-value table of inline indices; 0 = none. */
  private inlineTable(index: number): number {
    const info = this.info(index);
    if (this.reader.u32(info + 24) <= PCDATA_INLINE_INDEX) return 0;
    return this.reader.u32(this.dataAt(info) + PCDATA_INLINE_INDEX * 4);
  }

  /**
   * Where the function's funcdata of that number is: since Go 1.18 an offset from moduledata.gofunc,
   * before that the offset in this table of a pointer. Undefined when there is none.
   */
  funcdata(index: number, number: number): { offset: number } | { pointer: number } | undefined {
    const { reader } = this;
    const info = this.info(index);
    if (number >= reader.u8(info + this.func.id + 3)) return undefined;
    const end = this.dataAt(info) + reader.u32(info + 24) * 4;
    if (this.fieldSize === 4 && (this.layout === '1.18' || this.layout === '1.20')) {
      const offset = reader.u32(end + number * 4);
      return offset === NO_OFFSET ? undefined : { offset };
    }
    const aligned = Math.ceil(end / reader.pointerSize) * reader.pointerSize;
    return { pointer: aligned + number * reader.pointerSize };
  }

  /** Offset of the pcdata array of a `_func`. */
  private dataAt(info: number): number {
    return info + this.func.id + 4;
  }

  private valueAt(table: number, index: number, address: number): number {
    if (table === 0) return NO_VALUE;
    const distance = address - this.entry(index);
    return pcValue(this.reader, this.parts.pcs + table, this.quantum, distance);
  }

  private runs(table: number, index: number): PcRuns {
    if (table === 0) return { ends: [], values: [] };
    const size = this.end(index) - this.entry(index);
    return pcRuns(this.reader, this.parts.pcs + table, this.quantum, size);
  }

  private file(info: number, number: number): string {
    const { reader, parts, func } = this;
    if (func.unit === undefined) {
      if (number <= 0 || number >= parts.fileCount) return '';
      return this.fileAt(reader.u32(parts.files + number * 4));
    }
    const unit = reader.u32(info + func.unit);
    if (unit === NO_OFFSET) return '';
    const offset = reader.u32(parts.units + (unit + number) * 4);
    return offset === NO_OFFSET ? '' : this.fileAt(parts.files + offset);
  }

  private fileAt(offset: number): string {
    let name = this.fileCache.get(offset);
    if (name === undefined) {
      name = this.reader.cstring(offset);
      this.fileCache.set(offset, name);
    }
    return name;
  }
}

/** Go 1.2–1.15: the functions follow the header, files are behind them, all offsets are the table's. */
function readOldParts(reader: BinaryReader): Parts {
  const { pointerSize } = reader;
  const functionCount = reader.pointer(8);
  const functab = 8 + pointerSize;
  const files = reader.u32(functab + (functionCount * 2 + 1) * pointerSize);
  const fileCount = reader.u32(files);
  return { functionCount, functab, names: 0, units: 0, files, fileCount, pcs: 0, functions: 0 };
}

function funcLayout(layout: TableLayout, pointerSize: number): FuncLayout {
  switch (layout) {
    case '1.2':
      return { entrySize: pointerSize, unit: undefined, startLine: undefined, id: 28 };
    case '1.16':
      return { entrySize: pointerSize, unit: 28, startLine: undefined, id: 32 };
    case '1.18':
      return { entrySize: 4, unit: 28, startLine: undefined, id: 32 };
    case '1.20':
      return { entrySize: 4, unit: 28, startLine: 32, id: 36 };
  }
}
