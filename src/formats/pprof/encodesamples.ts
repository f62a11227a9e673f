/**
 * The samples of a profile as fields of a profile.proto message: nearly all of its bytes.
 *
 * What repeats is packed once (the id of every location, every label set), so that a sample is a few
 * runs of bytes to copy, and its length is known before it is written. Nothing is allocated per sample.
 */
import type { Profile, ValueColumn } from '../../profile/profile.ts';
import { type Pieces, varintSize, Writer } from './writer.ts';

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
  private readonly ids: Pieces;
  private readonly labelSets: Pieces;
  /** Bytes of the ids of every stack. */
  private readonly idSizes: Uint32Array;
  private readonly values = new Writer();

  constructor(writer: Writer, profile: Profile) {
    const { samples, stacks } = profile;
    this.writer = writer;
    this.profile = profile;
    this.ids = packedIds(profile.locations.id);
    this.labelSets = packedLabelSets(profile);
    this.idSizes = sizesOf(stacks.start, stacks.locations, this.ids.start);
    // Growing later costs more than writing: every page is touched twice.
    let forecast = samples.length * OTHER_BYTES;
    for (let row = 0; row < samples.length; row++) {
      forecast += this.idSizes[samples.stack[row] ?? 0] ?? 0;
    }
    writer.reserve(forecast);
  }

  write(row: number): void {
    const { writer, values, ids, labelSets } = this;
    const { samples, stacks } = this.profile;
    const stack = samples.stack[row] ?? 0;
    const from = stacks.start[stack] ?? 0;
    const to = stacks.start[stack + 1] ?? 0;
    const idSize = this.idSizes[stack] ?? 0;
    const set = samples.labelSet[row] ?? 0;
    const labelsFrom = labelSets.start[set] ?? 0;
    const labelsTo = labelSets.start[set + 1] ?? 0;
    // Up to two numbers are fields of their own, as in Go's encoder.
    const isPacked = to - from > 2;
    const typeCount = samples.values.length;
    const idsLength = isPacked ? 1 + varintSize(idSize) + idSize : to - from + idSize;
    values.length = 0;
    writeValues(values, samples.values, row);
    const valuesLength = values.length + (typeCount > 2 ? 1 + varintSize(values.length) : 0);
    writer.header(SAMPLE, idsLength + valuesLength + labelsTo - labelsFrom);
    if (isPacked) {
      writer.header(LOCATION_IDS, idSize);
      writer.pieces(ids, stacks.locations, from, to, idSize);
    } else {
      this.writeFew(from, to);
    }
    if (typeCount > 2) writer.header(VALUES, values.length);
    writer.append(values.written, 0, values.length);
    writer.append(labelSets.bytes, labelsFrom, labelsTo);
  }

  private writeFew(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      this.writer.varint(LOCATION_IDS << 3);
      this.writer.pieces(this.ids, this.profile.stacks.locations, i, i + 1, 10);
    }
  }
}

/** Every id as a varint. */
function packedIds(ids: BigUint64Array): Pieces {
  const start = new Uint32Array(ids.length + 1);
  const writer = new Writer();
  for (let i = 0; i < ids.length; i++) {
    writer.int64(ids[i] ?? 0n);
    start[i + 1] = writer.length;
  }
  return { bytes: writer.finish(), start };
}

/** Every label set as the fields that it is of a sample. */
function packedLabelSets(profile: Profile): Pieces {
  const { length, start: labelStart, key, str, num, numUnit } = profile.labelSets;
  const start = new Uint32Array(length + 1);
  const writer = new Writer();
  for (let set = 0; set < length; set++) {
    for (let i = labelStart[set] ?? 0; i < (labelStart[set + 1] ?? 0); i++) {
      writer.message(LABELS, () => {
        writer.optional(1, key[i] ?? 0);
        const text = str[i] ?? -1;
        if (text >= 0) {
          writer.optional(2, text);
        } else {
          writer.optional(3, num[i] ?? 0);
          writer.optional(4, numUnit[i] ?? 0);
        }
      });
    }
    start[set + 1] = writer.length;
  }
  return { bytes: writer.finish(), start };
}

/** Bytes of the pieces that every run refers to, together. */
function sizesOf(runs: Uint32Array, indices: Uint32Array, start: Uint32Array): Uint32Array {
  const pieceSize = new Uint8Array(start.length - 1);
  for (let i = 0; i < pieceSize.length; i++) pieceSize[i] = (start[i + 1] ?? 0) - (start[i] ?? 0);
  const sizes = new Uint32Array(runs.length - 1);
  for (let run = 0; run < sizes.length; run++) {
    sizes[run] = sumOf(pieceSize, indices, runs[run] ?? 0, runs[run + 1] ?? 0);
  }
  return sizes;
}

function sumOf(sizes: Uint8Array, indices: Uint32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += sizes[indices[i] ?? 0] ?? 0;
  return sum;
}

/** The values of a row: more than two are packed, and this is what goes into the pack. */
function writeValues(writer: Writer, columns: readonly ValueColumn[], row: number): void {
  const isPacked = columns.length > 2;
  for (const column of columns) {
    if (!isPacked) writer.varint(VALUES << 3);
    writer.int64(column[row] ?? 0);
  }
}
