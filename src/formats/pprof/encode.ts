/**
 * Profile tables to a profile.proto message that Go reads.
 *
 * Fields, their order, and packing (more than two integers) are those of Go's own encoder
 * (profile/encode.go of Go 1.26). What the tables know beyond Go's structs (order of labels across
 * keys, ids as they were) is kept. A line without a function, which Go refuses, gets an unnamed one.
 */
import { encodeUtf8 } from '../../base/utf8.ts';
import type { Profile, ValueType } from '../../profile/profile.ts';
import { writeSamples } from './encodesamples.ts';
import { Writer } from './writer.ts';

/** Encodes to an uncompressed message. */
export function encodeProfile(profile: Profile): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  const strings = new StringTable(profile.strings);
  for (const type of profile.sampleTypes) writeValueType(writer, 1, type, strings);
  writeSamples(writer, profile);
  writeMappings(writer, profile, strings);
  const unnamed = unnamedFunctionId(profile);
  writeLocations(writer, profile, unnamed);
  writeFunctions(writer, profile, unnamed);
  const dropFrames = strings.index(profile.dropFrames);
  const keepFrames = strings.index(profile.keepFrames);
  const comments = profile.comments.map((comment) => strings.index(comment));
  const defaultSampleType = strings.index(profile.defaultSampleType);
  const docUrl = strings.index(profile.docUrl);
  const periodType = profile.periodType ?? { type: '', unit: '' };
  strings.index(periodType.type);
  strings.index(periodType.unit);
  for (const text of strings.all) writer.bytes(6, encodeUtf8(text));
  writer.optional(7, dropFrames);
  writer.optional(8, keepFrames);
  writer.optional(9, profile.timeNanos);
  writer.optional(10, profile.durationNanos);
  if (profile.periodType !== undefined) writeValueType(writer, 11, profile.periodType, strings);
  writer.optional(12, profile.period);
  writeIntegers(writer, 13, comments.length, (i) => comments[i] ?? 0);
  writer.integer(14, defaultSampleType);
  writer.optional(15, docUrl);
  return writer.finish();
}

/** The profile's string table, with what its headers need added at the end. */
class StringTable {
  readonly all: string[];
  private readonly byText = new Map<string, number>();

  constructor(strings: readonly string[]) {
    this.all = [...strings];
    // The first of equal strings wins; index 0 is the empty one.
    this.all.forEach((text, i) => {
      if (!this.byText.has(text)) this.byText.set(text, i);
    });
  }

  index(text: string): number {
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const index = this.all.length;
    this.all.push(text);
    this.byText.set(text, index);
    return index;
  }
}

function writeValueType(writer: Writer, field: number, type: ValueType, strings: StringTable) {
  writer.message(field, () => {
    writer.optional(1, strings.index(type.type));
    writer.optional(2, strings.index(type.unit));
  });
}

/** A repeated integer field: packed when there are more than two. */
function writeIntegers(
  writer: Writer,
  field: number,
  count: number,
  at: (index: number) => number | bigint,
): void {
  if (count <= 2) {
    for (let i = 0; i < count; i++) writer.integer(field, at(i));
    return;
  }
  writer.message(field, () => {
    for (let i = 0; i < count; i++) writer.int64(at(i));
  });
}

function writeMappings(writer: Writer, profile: Profile, strings: StringTable): void {
  for (const mapping of profile.mappings) {
    writer.message(3, () => {
      writer.optional(1, mapping.id);
      writer.optional(2, mapping.start);
      writer.optional(3, mapping.limit);
      writer.optional(4, mapping.offset);
      writer.optional(5, strings.index(mapping.file));
      writer.optional(6, strings.index(mapping.buildId));
      writer.flag(7, mapping.hasFunctions);
      writer.flag(8, mapping.hasFilenames);
      writer.flag(9, mapping.hasLineNumbers);
      writer.flag(10, mapping.hasInlineFrames);
    });
  }
}

/** A free id for the function of lines that have none; 0n when every line has one. */
function unnamedFunctionId(profile: Profile): bigint {
  if (!profile.locations.lineFunction.includes(-1)) return 0n;
  const taken = new Set(profile.functions.id);
  let id = BigInt(profile.functions.length + 1);
  while (taken.has(id)) id++;
  return id;
}

function writeLocations(writer: Writer, profile: Profile, unnamed: bigint): void {
  const { locations, functions, mappings } = profile;
  for (let i = 0; i < locations.length; i++) {
    writer.message(4, () => {
      writer.optional(1, locations.id[i] ?? 0n);
      writer.optional(2, mappings[locations.mapping[i] ?? -1]?.id ?? 0n);
      writer.optional(3, locations.address[i] ?? 0n);
      const end = locations.lineStart[i + 1] ?? 0;
      for (let line = locations.lineStart[i] ?? 0; line < end; line++) {
        writer.message(4, () => {
          writer.optional(1, functions.id[locations.lineFunction[line] ?? -1] ?? unnamed);
          writer.optional(2, locations.lineNumber[line] ?? 0);
          writer.optional(3, locations.lineColumn[line] ?? 0);
        });
      }
      writer.flag(5, locations.isFolded[i] === 1);
    });
  }
}

function writeFunctions(writer: Writer, profile: Profile, unnamed: bigint): void {
  const { functions } = profile;
  for (let i = 0; i < functions.length; i++) {
    writer.message(5, () => {
      writer.optional(1, functions.id[i] ?? 0n);
      writer.optional(2, functions.name[i] ?? 0);
      writer.optional(3, functions.systemName[i] ?? 0);
      writer.optional(4, functions.filename[i] ?? 0);
      writer.optional(5, functions.startLine[i] ?? 0);
    });
  }
  if (unnamed !== 0n) writer.message(5, () => writer.optional(1, unnamed));
}
