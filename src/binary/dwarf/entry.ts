/**
 * Units and entries of .debug_info: headers, abbreviations, attribute values; versions 2 to 5.
 *
 * After DWARF 5, sections 7.5 and 7.26, as debug/dwarf/entry.go of Go 1.26 reads it. Values are kept
 * raw (numbers and offsets); what they mean depends on the unit and is resolved by `Unit`.
 */
import type { BinaryReader } from '../reader.ts';
import { Cursor } from './cursor.ts';

export const TAG = {
  compileUnit: 0x11,
  inlinedSubroutine: 0x1d,
  subprogram: 0x2e,
} as const;

export const ATTRIBUTE = {
  name: 0x03,
  stmtList: 0x10,
  lowPc: 0x11,
  highPc: 0x12,
  language: 0x13,
  compDir: 0x1b,
  abstractOrigin: 0x31,
  declLine: 0x3b,
  specification: 0x47,
  ranges: 0x55,
  callFile: 0x58,
  callLine: 0x59,
  stringOffsetsBase: 0x72,
  addressBase: 0x73,
  rangeListsBase: 0x74,
} as const;

const FORM = {
  address: 0x01,
  string: 0x08,
  strp: 0x0e,
  refAddress: 0x10,
  lineStrp: 0x1f,
  rangeIndex: 0x23,
} as const;

/** What an attribute holds, before its meaning. */
export interface RawValue {
  readonly form: number;
  /** The number itself; for an inline string, its offset in .debug_info. */
  readonly value: number;
}

interface Specification {
  readonly attribute: number;
  readonly form: number;
  /** Value of DW_FORM_implicit_const. */
  readonly constant: number;
}

interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly specifications: readonly Specification[];
}

export interface Entry {
  readonly offset: number;
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly values: ReadonlyMap<number, RawValue>;
}

export interface UnitHeader {
  readonly offset: number;
  /** Of the first entry. */
  readonly first: number;
  readonly end: number;
  readonly version: number;
  readonly offsetSize: 4 | 8;
  readonly addressSize: 4 | 8;
  readonly abbreviations: number;
}

/** All units, in order. */
export function readUnitHeaders(info: BinaryReader): UnitHeader[] {
  const headers: UnitHeader[] = [];
  const cursor = new Cursor(info, 0);
  while (cursor.position < info.length) {
    const header = readUnitHeader(cursor);
    if (header.version >= 2 && header.version <= 5) headers.push(header);
    cursor.position = header.end;
  }
  return headers;
}

function readUnitHeader(cursor: Cursor): UnitHeader {
  const { reader } = cursor;
  const offset = cursor.position;
  const { length, offsetSize } = cursor.unitLength();
  const end = cursor.position + length;
  reader.need(cursor.position, length);
  const version = cursor.u16();
  let [addressSize, abbreviations] = [0, 0];
  if (version >= 5) {
    const type = cursor.u8();
    addressSize = cursor.u8();
    abbreviations = cursor.unsigned(offsetSize);
    // Skeleton and split units carry an id, type units a signature and an offset.
    if (type === 4 || type === 5) cursor.skip(8);
    if (type === 2 || type === 6) cursor.skip(8 + offsetSize);
  } else {
    abbreviations = cursor.unsigned(offsetSize);
    addressSize = cursor.u8();
  }
  if (version >= 2 && version <= 5 && addressSize !== 4 && addressSize !== 8) {
    reader.fail(offset, `addresses of ${addressSize} bytes`);
  }
  const size = addressSize === 4 ? 4 : 8;
  return {
    offset,
    first: cursor.position,
    end,
    version,
    offsetSize,
    addressSize: size,
    abbreviations,
  };
}

export type Abbreviations = ReadonlyMap<number, Abbreviation>;

export function readAbbreviations(section: BinaryReader, offset: number): Abbreviations {
  const abbreviations = new Map<number, Abbreviation>();
  const cursor = new Cursor(section, offset);
  for (let code = cursor.uleb(); code !== 0; code = cursor.uleb()) {
    const tag = cursor.uleb();
    const hasChildren = cursor.u8() !== 0;
    const specifications: Specification[] = [];
    for (;;) {
      const [attribute, form] = [cursor.uleb(), cursor.uleb()];
      const constant = form === 0x21 ? cursor.sleb() : 0;
      if (attribute === 0 && form === 0) break;
      specifications.push({ attribute, form, constant });
    }
    abbreviations.set(code, { tag, hasChildren, specifications });
  }
  return abbreviations;
}

/** The entry at the cursor, which moves behind it; undefined for the end of a list of children. */
export function readEntry(
  cursor: Cursor,
  unit: UnitHeader,
  abbreviations: Abbreviations,
): Entry | undefined {
  const offset = cursor.position;
  const code = cursor.uleb();
  if (code === 0) return undefined;
  const abbreviation = abbreviations.get(code);
  if (abbreviation === undefined) cursor.reader.fail(offset, `abbreviation ${code} is unknown`);
  const values = new Map<number, RawValue>();
  for (const { attribute, form, constant } of abbreviation.specifications) {
    values.set(attribute, readValue(cursor, unit, form, constant));
  }
  return { offset, tag: abbreviation.tag, hasChildren: abbreviation.hasChildren, values };
}

function readValue(cursor: Cursor, unit: UnitHeader, form: number, constant: number): RawValue {
  const raw = (value: number): RawValue => ({ form, value });
  const fixed = FIXED_SIZES.get(form);
  if (fixed !== undefined) return raw(fixed === 0 ? 1 : cursor.unsigned(fixed));
  switch (form) {
    case FORM.address:
      return raw(cursor.unsigned(unit.addressSize));
    case FORM.refAddress:
      return raw(cursor.unsigned(unit.version === 2 ? unit.addressSize : unit.offsetSize));
    case FORM.string: {
      const at = cursor.position;
      cursor.position = cursor.reader.bytes.indexOf(0, at) + 1;
      if (cursor.position === 0) cursor.reader.fail(at, 'a string has no end');
      return raw(at);
    }
    case 0x0d:
      return raw(cursor.sleb());
    case 0x21:
      return raw(constant);
    case 0x16:
      return readValue(cursor, unit, cursor.uleb(), 0);
    case 0x1e:
      cursor.skip(16);
      return raw(0);
  }
  if (BLOCK_SIZES.has(form)) {
    const size = BLOCK_SIZES.get(form) ?? 0;
    cursor.skip(size === 0 ? cursor.uleb() : cursor.unsigned(size));
    return raw(0);
  }
  if (ULEB_FORMS.has(form)) return raw(cursor.uleb());
  if (OFFSET_FORMS.has(form)) return raw(cursor.unsigned(unit.offsetSize));
  return cursor.reader.fail(cursor.position, `form ${form} is unknown`);
}

/** Form → size in bytes of its number; 0 = a flag that takes no room. */
const FIXED_SIZES: ReadonlyMap<number, number> = new Map([
  ...[0x0b, 0x0c, 0x11, 0x25, 0x29].map((form) => [form, 1] as const),
  ...[0x05, 0x12, 0x26, 0x2a].map((form) => [form, 2] as const),
  ...[0x27, 0x2b].map((form) => [form, 3] as const),
  ...[0x06, 0x13, 0x1c, 0x28, 0x2c].map((form) => [form, 4] as const),
  ...[0x07, 0x14, 0x20, 0x24].map((form) => [form, 8] as const),
  [0x19, 0],
]);
/** Form → size in bytes of the length of its block; 0 = LEB128. */
const BLOCK_SIZES: ReadonlyMap<number, number> = new Map([
  [0x0a, 1],
  [0x03, 2],
  [0x04, 4],
  [0x09, 0],
  [0x18, 0],
]);
const ULEB_FORMS: ReadonlySet<number> = new Set([0x0f, 0x15, 0x1a, 0x1b, 0x22, 0x23]);
const OFFSET_FORMS: ReadonlySet<number> = new Set([0x0e, 0x17, 0x1d, 0x1f, 0x1f20, 0x1f21]);

/** Forms whose value counts from the start of the unit. */
export function isUnitReference(form: number): boolean {
  return (form >= 0x11 && form <= 0x14) || form === 0x15;
}

/** Forms whose value is an index into .debug_str_offsets. */
export function isStringIndex(form: number): boolean {
  return form === 0x1a || (form >= 0x25 && form <= 0x28);
}

/** Forms whose value is an index into .debug_addr. */
export function isAddressIndex(form: number): boolean {
  return form === 0x1b || (form >= 0x29 && form <= 0x2c);
}

export { FORM };
