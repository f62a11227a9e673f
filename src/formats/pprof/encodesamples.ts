/**
 * The samples of a profile as fields of a profile.proto message: nearly all of its bytes.
 *
 * What repeats is packed once (the id of every location, every label set), so that a sample is a few
 * runs of bytes to copy, and its length is known before it is written. Nothing is allocated per sample.
 */
import type { LabelSetTable, Profile, StackTable, ValueColumn } from '../../profile/profile.ts';
import {
  type PackedRuns,
  putBytes,
  putHeader,
  putInt64,
  putOptional,
  putRuns,
  putVarint,
  VARINT_MOST,
  varintSize,
  Writer,
} from './writer.ts';

const SAMPLE = 2;
const LOCATION_IDS = 1;
const VALUES = 2;
const LABELS = 3;
/** Bytes of a sample beside its location ids, for the first guess at the room. */
const OTHER_BYTES = 32;

export function writeSamples(writer: Writer, profile: Profile): void {
  const { samples } = profile;
  const samplesWriter = new SampleWriter(writer, profile);
  for (let row = 0; row < samples.length; row++) samplesWriter.write(row);
}

class SampleWriter {
  private readonly writer: Writer;
  private readonly profile: Profile;
  private readonly ids: PackedRuns;
  /** Bytes of the ids of every stack. */
  private readonly idSizes: Uint32Array;
  private readonly labelSets: PackedRuns;
  /** The values of one row. */
  private readonly values: Uint8Array;

  constructor(writer: Writer, profile: Profile) {
    const { samples, stacks } = profile;
    this.writer = writer;
    this.profile = profile;
    this.ids = packedIds(profile.locations.id);
    this.idSizes = sizesOf(stacks, this.ids);
    this.labelSets = packedLabelSets(profile);
    this.values = new Uint8Array(samples.values.length * (VARINT_MOST + 1));
    // Growing later costs more than writing: every page is touched twice.
    let forecast = samples.length * OTHER_BYTES;
    for (let row = 0; row < samples.length; row++) {
      forecast += this.idSizes[samples.stack[row] ?? 0] ?? 0;
    }
    writer.reserve(forecast);
  }

  write(row: number): void {
    const { labelSets, values } = this;
    const { samples, stacks } = this.profile;
    const stack = samples.stack[row] ?? 0;
    const from = stacks.start[stack] ?? 0;
    const to = stacks.start[stack + 1] ?? 0;
    const set = samples.labelSet[row] ?? 0;
    const labelsFrom = labelSets.start[set] ?? 0;
    const labelsTo = labelSets.start[set + 1] ?? 0;
    const idSize = this.idSizes[stack] ?? 0;
    const valuesSize = putValues(values, samples.values, row);
    // Up to two numbers are fields of their own, as in Go's encoder.
    const isPacked = to - from > 2;
    const isValuesPacked = samples.values.length > 2;
    const length =
      (isPacked ? 1 + varintSize(idSize) + idSize : to - from + idSize) +
      (isValuesPacked ? 1 + varintSize(valuesSize) + valuesSize : valuesSize) +
      (labelsTo - labelsFrom);
    const out = this.writer.reserve(length + 2 * VARINT_MOST);
    let at = putHeader(out, this.writer.length, SAMPLE, length);
    if (isPacked) {
      at = putHeader(out, at, LOCATION_IDS, idSize);
      at = putRuns(out, at, this.ids, stacks.locations, from, to);
    } else {
      for (let i = from; i < to; i++) {
        at = putVarint(out, at, LOCATION_IDS << 3);
        at = putRuns(out, at, this.ids, stacks.locations, i, i + 1);
      }
    }
    if (isValuesPacked) at = putHeader(out, at, VALUES, valuesSize);
    at = putBytes(out, at, values, 0, valuesSize);
    this.writer.length = putBytes(out, at, labelSets.bytes, labelsFrom, labelsTo);
  }
}

/** Every id as a varint. */
function packedIds(ids: BigUint64Array): PackedRuns {
  const start = new Uint32Array(ids.length + 1);
  const writer = new Writer();
  for (let i = 0; i < ids.length; i++) {
    writer.int64(ids[i] ?? 0n);
    start[i + 1] = writer.length;
  }
  return { bytes: writer.finish(), start };
}

/** Every label set as the fields that it is of a sample. */
function packedLabelSets(profile: Profile): PackedRuns {
  const { length, start: labelStart } = profile.labelSets;
  const start = new Uint32Array(length + 1);
  const writer = new Writer();
  const label = new Uint8Array(4 * (VARINT_MOST + 1));
  for (let set = 0; set < length; set++) {
    for (let i = labelStart[set] ?? 0; i < (labelStart[set + 1] ?? 0); i++) {
      const size = putLabel(label, profile.labelSets, i);
      const out = writer.reserve(size + 2 * VARINT_MOST);
      writer.length = putBytes(out, putHeader(out, writer.length, LABELS, size), label, 0, size);
    }
    start[set + 1] = writer.length;
  }
  return { bytes: writer.finish(), start };
}

function putLabel(out: Uint8Array, labelSets: LabelSetTable, label: number): number {
  const text = labelSets.str[label] ?? -1;
  const at = putOptional(out, 0, 1, labelSets.key[label] ?? 0);
  if (text >= 0) return putOptional(out, at, 2, text);
  const behind = putOptional(out, at, 3, labelSets.num[label] ?? 0);
  return putOptional(out, behind, 4, labelSets.numUnit[label] ?? 0);
}

/** Bytes of the ids of every stack. */
function sizesOf(stacks: StackTable, { start }: PackedRuns): Uint32Array {
  const idSizes = Uint8Array.from(start.subarray(1), (end, i) => end - (start[i] ?? 0));
  const sizes = new Uint32Array(stacks.length);
  for (let stack = 0; stack < stacks.length; stack++) {
    const from = stacks.start[stack] ?? 0;
    sizes[stack] = sumOf(idSizes, stacks.locations, from, stacks.start[stack + 1] ?? 0);
  }
  return sizes;
}

function sumOf(sizes: Uint8Array, indices: Uint32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += sizes[indices[i] ?? 0] ?? 0;
  return sum;
}

/** The values of a row: more than two are packed, and this is what goes into the pack. */
function putValues(out: Uint8Array, columns: readonly ValueColumn[], row: number): number {
  const isPacked = columns.length > 2;
  let at = 0;
  for (const column of columns) {
    if (!isPacked) at = putVarint(out, at, VALUES << 3);
    at = putInt64(out, at, column[row] ?? 0);
  }
  return at;
}
