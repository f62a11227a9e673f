/**
 * One compilation unit: its addresses, its functions and inlined calls, its lines.
 *
 * After DWARF 5, sections 2.17 (ranges), 3.3 (subroutines and inlining), as debug/dwarf of Go 1.26
 * reads them. Functions and lines are read when an address of the unit is asked for, once.
 */
import { lazily } from '../executable.ts';
import type { Frame } from '../inlining.ts';
import type { BinaryReader } from '../reader.ts';
import { Cursor } from './cursor.ts';
import {
  type Abbreviations,
  ATTRIBUTE,
  type Entry,
  FORM,
  isAddressIndex,
  isStringIndex,
  isUnitReference,
  type RawValue,
  readEntry,
  TAG,
  type UnitHeader,
} from './entry.ts';
import { type LineTable, lineAt, readLineTable } from './line.ts';

export interface Sections {
  readonly info: BinaryReader;
  readonly abbrev: BinaryReader;
  readonly line: BinaryReader | undefined;
  readonly str: BinaryReader | undefined;
  readonly lineStr: BinaryReader | undefined;
  readonly strOffsets: BinaryReader | undefined;
  readonly addr: BinaryReader | undefined;
  readonly ranges: BinaryReader | undefined;
  readonly rnglists: BinaryReader | undefined;
}

/** [start, end) in the file's addresses. */
export type Range = readonly [start: number, end: number];

interface Scope {
  readonly entry: Entry;
  readonly ranges: readonly Range[];
}

/** Names are followed through at most that many references from one entry to another. */
const MOST_REFERENCES = 8;

export class Unit {
  readonly header: UnitHeader;
  private readonly sections: Sections;
  private readonly abbreviations: Abbreviations;
  private readonly root: Entry | undefined;
  private readonly scopes = lazily(() => this.readScopes());
  private readonly lines = lazily(() => this.readLines());

  constructor(header: UnitHeader, sections: Sections, abbreviations: Abbreviations) {
    this.header = header;
    this.sections = sections;
    this.abbreviations = abbreviations;
    const cursor = new Cursor(sections.info, header.first);
    this.root = readEntry(cursor, header, abbreviations);
  }

  /** DW_LANG of the source; 0 = unknown. */
  get language(): number {
    return this.root?.values.get(ATTRIBUTE.language)?.value ?? 0;
  }

  /** The unit's machine code. */
  ranges(): Range[] {
    return this.root === undefined ? [] : this.rangesOf(this.root);
  }

  /** Frames at an address of the unit, innermost first; empty when nothing is known there. */
  framesAt(address: number): Frame[] {
    const lines = this.lines();
    let at = lines === undefined ? undefined : lineAt(lines, address);
    const frames: Frame[] = [];
    // Scopes come in the order of the file, so the innermost is the last.
    const scopes = this.scopes().filter((scope) =>
      scope.ranges.some(([start, end]) => start <= address && address < end),
    );
    for (const { entry } of scopes.reverse()) {
      const name = this.nameOf(entry, MOST_REFERENCES);
      const startLine = this.numberOf(entry, ATTRIBUTE.declLine, MOST_REFERENCES);
      frames.push({ address, name, startLine, file: at?.file ?? '', line: at?.line ?? 0 });
      if (entry.tag === TAG.subprogram) break;
      const file = entry.values.get(ATTRIBUTE.callFile)?.value ?? -1;
      const line = entry.values.get(ATTRIBUTE.callLine)?.value ?? 0;
      at = { file: lines?.files[file] ?? '', line };
    }
    if (frames.length > 0 || at === undefined) return frames;
    return [{ address, name: '', startLine: 0, ...at }];
  }

  private readLines(): LineTable | undefined {
    const offset = this.root?.values.get(ATTRIBUTE.stmtList);
    const { line, str, lineStr } = this.sections;
    if (this.root === undefined || offset === undefined || line === undefined) return undefined;
    const directory = this.stringOf(this.root.values.get(ATTRIBUTE.compDir));
    const { addressSize } = this.header;
    return readLineTable(line, offset.value, addressSize, directory, { str, lineStr });
  }

  private readScopes(): Scope[] {
    const scopes: Scope[] = [];
    const cursor = new Cursor(this.sections.info, this.header.first);
    while (cursor.position < this.header.end) {
      const entry = readEntry(cursor, this.header, this.abbreviations);
      if (entry?.tag !== TAG.subprogram && entry?.tag !== TAG.inlinedSubroutine) continue;
      const ranges = this.rangesOf(entry);
      if (ranges.length > 0) scopes.push({ entry, ranges });
    }
    return scopes;
  }

  private nameOf(entry: Entry, references: number): string {
    const own = this.stringOf(entry.values.get(ATTRIBUTE.name));
    if (own !== '' || references === 0) return own;
    const origin = this.originOf(entry);
    return origin === undefined ? '' : this.nameOf(origin, references - 1);
  }

  private numberOf(entry: Entry, attribute: number, references: number): number {
    const own = entry.values.get(attribute)?.value;
    if (own !== undefined || references === 0) return own ?? 0;
    const origin = this.originOf(entry);
    return origin === undefined ? 0 : this.numberOf(origin, attribute, references - 1);
  }

  /** The entry that an inlined or out-of-line one was made from, when it is in the same unit. */
  private originOf(entry: Entry): Entry | undefined {
    const { values } = entry;
    const raw = values.get(ATTRIBUTE.abstractOrigin) ?? values.get(ATTRIBUTE.specification);
    if (raw === undefined) return undefined;
    const { header } = this;
    const offset = isUnitReference(raw.form) ? header.offset + raw.value : raw.value;
    if (offset < header.first || offset >= header.end) return undefined;
    return readEntry(new Cursor(this.sections.info, offset), header, this.abbreviations);
  }

  private stringOf(raw: RawValue | undefined): string {
    if (raw === undefined) return '';
    const { info, str, lineStr, strOffsets } = this.sections;
    if (raw.form === FORM.string) return info.cstring(raw.value);
    if (raw.form === FORM.strp) return str?.cstring(raw.value) ?? '';
    if (raw.form === FORM.lineStrp) return lineStr?.cstring(raw.value) ?? '';
    if (!isStringIndex(raw.form) || strOffsets === undefined) return '';
    const { offsetSize } = this.header;
    const at = this.base(ATTRIBUTE.stringOffsetsBase, offsetSize * 2) + raw.value * offsetSize;
    return str?.cstring(new Cursor(strOffsets, at).unsigned(offsetSize)) ?? '';
  }

  private base(attribute: number, standard: number): number {
    return this.root?.values.get(attribute)?.value ?? standard;
  }

  private addressOf(raw: RawValue | undefined): number | undefined {
    if (raw === undefined) return undefined;
    return isAddressIndex(raw.form) ? this.indexedAddress(raw.value) : raw.value;
  }

  private indexedAddress(index: number): number | undefined {
    const { addr } = this.sections;
    const { addressSize } = this.header;
    if (addr === undefined) return undefined;
    const at = this.base(ATTRIBUTE.addressBase, 8) + index * addressSize;
    return new Cursor(addr, at).unsigned(addressSize);
  }

  private rangesOf(entry: Entry): Range[] {
    const list = entry.values.get(ATTRIBUTE.ranges);
    if (list !== undefined) {
      return this.header.version >= 5 ? this.rangeList(list) : this.oldRangeList(list.value);
    }
    const low = this.addressOf(entry.values.get(ATTRIBUTE.lowPc));
    const high = entry.values.get(ATTRIBUTE.highPc);
    if (low === undefined || high === undefined) return [];
    // The end is an address, or since version 4 the size.
    const isAddress = high.form === FORM.address || isAddressIndex(high.form);
    const end = isAddress ? this.addressOf(high) : low + high.value;
    return end !== undefined && low !== 0 && end > low ? [[low, end]] : [];
  }

  private unitBase(): number {
    return this.addressOf(this.root?.values.get(ATTRIBUTE.lowPc)) ?? 0;
  }

  private oldRangeList(offset: number): Range[] {
    if (this.sections.ranges === undefined) return [];
    const { addressSize } = this.header;
    const cursor = new Cursor(this.sections.ranges, offset);
    const largest = addressSize === 8 ? 2 ** 64 : 2 ** 32 - 1;
    const ranges: Range[] = [];
    for (let base = this.unitBase(); ; ) {
      const [start, end] = [cursor.unsigned(addressSize), cursor.unsigned(addressSize)];
      if (start === 0 && end === 0) return ranges;
      if (start >= largest) base = end;
      else if (end > start) ranges.push([base + start, base + end]);
    }
  }

  private rangeList(list: RawValue): Range[] {
    const { rnglists } = this.sections;
    if (rnglists === undefined) return [];
    const { offsetSize, addressSize } = this.header;
    const base = this.base(ATTRIBUTE.rangeListsBase, offsetSize === 4 ? 12 : 20);
    const offset =
      list.form === FORM.rangeIndex
        ? base + new Cursor(rnglists, base + list.value * offsetSize).unsigned(offsetSize)
        : list.value;
    return this.readRangeList(new Cursor(rnglists, offset), addressSize);
  }

  /** Section 7.25. Entries whose addresses cannot be found are left out. */
  private readRangeList(cursor: Cursor, addressSize: number): Range[] {
    const ranges: Range[] = [];
    const add = (start: number | undefined, end: number | undefined) => {
      if (start !== undefined && end !== undefined && end > start) ranges.push([start, end]);
    };
    for (let base: number | undefined = this.unitBase(); ; ) {
      const kind = cursor.u8();
      if (kind === 0) return ranges;
      if (kind === 1) base = this.indexedAddress(cursor.uleb());
      else if (kind === 2) {
        add(this.indexedAddress(cursor.uleb()), this.indexedAddress(cursor.uleb()));
      } else if (kind === 3) {
        const start = this.indexedAddress(cursor.uleb());
        const size = cursor.uleb();
        add(start, start === undefined ? undefined : start + size);
      } else if (kind === 4) {
        const [start, end] = [cursor.uleb(), cursor.uleb()];
        if (base !== undefined) add(base + start, base + end);
      } else if (kind === 5) base = cursor.unsigned(addressSize);
      else if (kind === 6) add(cursor.unsigned(addressSize), cursor.unsigned(addressSize));
      else if (kind === 7) {
        const start = cursor.unsigned(addressSize);
        add(start, start + cursor.uleb());
      } else cursor.reader.fail(cursor.position, `range list entry ${kind} is unknown`);
    }
  }
}
