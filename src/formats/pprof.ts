/**
 * pprof's profile.proto: bytes to Profile tables and back.
 *
 * Format: github.com/google/pprof/proto/profile.proto. Accepts what Go's profile.ParseUncompressed
 * followed by CheckValid accepts, refuses what they refuse, and reads the same out of it
 * (test/conformance/pprof). What the tables hold otherwise than Go's structs: labels keep their order
 * across keys; lines, columns and start lines are floats, exact below 2^53; strings that are no UTF-8
 * are text that encodes to the same bytes (base/utf8.ts); a period type without name and unit is none.
 *
 * The bytes are the uncompressed message; compression.ts unpacks. Cost: two passes, the first of one
 * hop per part; memory of the columns, nothing per sample.
 */
import type { Profile, ValueType } from '../profile/profile.ts';
import { pprofError } from './pprof/cursor.ts';
import { encodeProfile } from './pprof/encode.ts';
import { type Layout, readValueType, scanLayout } from './pprof/layout.ts';
import { decodeSamples } from './pprof/samples.ts';
import {
  checkString,
  decodeFunctions,
  decodeLocations,
  decodeMappings,
  decodeStrings,
} from './pprof/tables.ts';

/** Decodes an uncompressed profile.proto message. Throws `DecodeError`. */
export function decodePprof(bytes: Uint8Array): Profile {
  if (bytes.length === 0) throw pprofError(0, 'input is empty');
  const layout = scanLayout(bytes);
  const strings = decodeStrings(bytes, layout.strings);
  if (strings.length === 0) throw pprofError(bytes.length, 'profile has no string table');
  const mappings = decodeMappings(bytes, layout.mappings, strings);
  const functions = decodeFunctions(bytes, layout.functions, strings.length);
  const locations = decodeLocations(bytes, layout.locations, mappings.ids, functions.ids);
  const sampleTypes = decodeSampleTypes(bytes, layout, strings);
  const samples = decodeSamples(bytes, layout, locations.ids, strings.length);
  const end = bytes.length;
  const text = (index: number) => strings[checkString(index, strings.length, end)] ?? '';
  return {
    strings,
    sampleTypes,
    defaultSampleType: text(layout.defaultSampleType),
    mappings: mappings.mappings,
    functions: functions.functions,
    locations: locations.locations,
    stacks: samples.stacks,
    labelSets: samples.labelSets,
    samples: samples.samples,
    periodType: decodePeriodType(bytes, layout, strings),
    period: layout.period,
    timeNanos: layout.timeNanos,
    durationNanos: layout.durationNanos,
    comments: layout.comments.map(text),
    dropFrames: text(layout.dropFrames),
    keepFrames: text(layout.keepFrames),
    docUrl: text(layout.docUrl),
  };
}

/** Encodes to an uncompressed profile.proto message; decoding it gives an equal profile. */
export function encodePprof(profile: Profile): Uint8Array<ArrayBuffer> {
  return encodeProfile(profile);
}

function decodeSampleTypes(
  bytes: Uint8Array,
  layout: Layout,
  strings: readonly string[],
): ValueType[] {
  const types: ValueType[] = [];
  const { sampleTypes } = layout;
  for (let i = 0; i < sampleTypes.length; i++) {
    types.push(decodeValueType(bytes, sampleTypes.start[i] ?? 0, sampleTypes.end[i] ?? 0, strings));
  }
  return types;
}

/** The period type; one without a name and unit counts as none, as in pprof's own encoder. */
function decodePeriodType(
  bytes: Uint8Array,
  layout: Layout,
  strings: readonly string[],
): ValueType | undefined {
  if (layout.periodType === undefined) return undefined;
  const { start, end } = layout.periodType;
  const type = decodeValueType(bytes, start, end, strings);
  return type.type === '' && type.unit === '' ? undefined : type;
}

function decodeValueType(
  bytes: Uint8Array,
  start: number,
  end: number,
  strings: readonly string[],
): ValueType {
  const { type, unit } = readValueType(bytes, start, end);
  return {
    type: strings[checkString(type, strings.length, start)] ?? '',
    unit: strings[checkString(unit, strings.length, start)] ?? '',
  };
}
