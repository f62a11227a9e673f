/**
 * The samples of a pprof message, straight into columns. This is where the time goes: a heap profile
 * of 145 MB is 61 million location references.
 *
 * The kernel (kernel.ts) takes whole windows of ordinary samples; what it stops at, and profiles whose
 * location ids are not 1…n, go the plain way below, which is the one that knows every rule. Per sample
 * nothing is allocated.
 */
import { resized } from '../../base/columns.ts';
import type { LabelSetTable, SampleTable, StackTable, ValueColumn } from '../../profile/profile.ts';
import { BYTES, Cursor, pprofError, VARINT } from './cursor.ts';
import type { IdTable } from './idtable.ts';
import {
  KERNEL_TYPES,
  type SampleKernel,
  STOPPED_AT_CUT,
  STOPPED_AT_END,
  sampleKernel,
} from './kernel.ts';
import { LabelInterner } from './labels.ts';
import type { Layout } from './layout.ts';

const TWO_32 = 4294967296;
/** Bytes of input below which their references say little about the rest. */
const MIN_SHARE = 1 << 16;
/** Sums below this are exact in a float64, and so is every value in them. */
const EXACT = 2 ** 53;

/** Field tags as the single byte that every encoder writes. */
const PACKED_LOCATIONS = (1 << 3) | BYTES;
const ONE_LOCATION = (1 << 3) | VARINT;
const PACKED_VALUES = (2 << 3) | BYTES;
const ONE_VALUE = (2 << 3) | VARINT;
const LABEL = (3 << 3) | BYTES;

export interface DecodedSamples {
  readonly stacks: StackTable;
  readonly labelSets: LabelSetTable;
  readonly samples: SampleTable;
}

/** Decodes all samples. Throws `DecodeError` where Go's decoder or CheckValid refuses them. */
export function decodeSamples(
  bytes: Uint8Array,
  layout: Layout,
  locationIds: IdTable,
  stringCount: number,
): DecodedSamples {
  const typeCount = layout.sampleTypes.length;
  if (typeCount === 0 && layout.sampleCount > 0) {
    throw pprofError(layout.samplesFrom, 'profile has samples but no sample type');
  }
  const decoder = new SampleDecoder(bytes, layout, locationIds, stringCount);
  decoder.run();
  return decoder.finish();
}

class SampleDecoder {
  private readonly bytes: Uint8Array;
  private readonly layout: Layout;
  private readonly ids: IdTable;
  private readonly typeCount: number;
  private readonly labels: LabelInterner;
  private readonly cursor: Cursor;
  private readonly inner: Cursor;

  private row = 0;
  private readonly stackStart: Uint32Array;
  private readonly labelSet: Uint32Array;
  private readonly columns: Float64Array[] = [];
  /** Sum of absolute values for each sample type. */
  private readonly sums: Float64Array;
  private locations = new Uint32Array(0);
  private locationCount = 0;
  /** Bytes of input, from the first sample on, whose references `locations` holds. */
  private consumed = 0;

  /** State of the sample that is being read. */
  private valueCount = 0;
  private labelBytes = 0;
  private labelsFrom = 0;
  private labelsTo = 0;

  constructor(bytes: Uint8Array, layout: Layout, ids: IdTable, stringCount: number) {
    this.bytes = bytes;
    this.layout = layout;
    this.ids = ids;
    this.typeCount = layout.sampleTypes.length;
    this.labels = new LabelInterner(bytes, stringCount);
    this.cursor = new Cursor(bytes, 0, 0);
    this.inner = new Cursor(bytes, 0, 0);
    this.stackStart = new Uint32Array(layout.sampleCount + 1);
    this.labelSet = new Uint32Array(layout.sampleCount);
    this.sums = new Float64Array(this.typeCount);
    for (let i = 0; i < this.typeCount; i++) {
      this.columns.push(new Float64Array(layout.sampleCount));
    }
  }

  run(): void {
    const { samplesFrom, samplesTo } = this.layout;
    const kernel = this.ids.dense && this.typeCount <= KERNEL_TYPES ? sampleKernel() : undefined;
    kernel?.sums.fill(0);
    const top = new Cursor(this.bytes, samplesFrom, samplesTo);
    while (top.pos < samplesTo) {
      if (kernel !== undefined) this.plainSamples(kernel, top);
      if (top.next() && top.field === 2) this.sample(top.start, top.stop);
    }
    kernel?.sums.forEach((sum, type) => {
      this.sums[type] = (this.sums[type] ?? 0) + sum;
    });
  }

  /** Moves `top` over everything that the kernel understands: one window of input. */
  private plainSamples(kernel: SampleKernel, top: Cursor): void {
    const from = top.pos;
    const length = kernel.load(this.bytes, from, this.layout.samplesTo);
    for (;;) {
      const rows = kernel.run(
        top.pos - from,
        length,
        this.ids.length,
        this.typeCount,
        this.locationCount,
      );
      this.takeRows(kernel, rows, from);
      top.pos = from + kernel.stoppedAt;
      if (kernel.why === STOPPED_AT_CUT || top.pos - from >= length) return;
      // Something that is not plain: the long way for this one field, then on in the same window.
      if (kernel.why !== STOPPED_AT_END && top.next() && top.field === 2) {
        this.sample(top.start, top.stop);
      }
      if (top.pos - from >= length) return;
    }
  }

  /** Copies the columns of a run of the kernel, whose window began at `window`. */
  private takeRows(kernel: SampleKernel, rows: number, window: number): void {
    const { row, locationCount, stackStart } = this;
    this.consumed = window + kernel.stoppedAt - this.layout.samplesFrom;
    this.reserve(kernel.refCount);
    this.locations.set(kernel.refs.subarray(0, kernel.refCount), locationCount);
    for (const [type, column] of this.columns.entries()) {
      const values = kernel.values[type];
      if (values !== undefined) column.set(values.subarray(0, rows), row);
    }
    stackStart.set(kernel.ends.subarray(0, rows), row + 1);
    const { labels } = kernel;
    let set = 0;
    for (let i = 0; i < rows; i++) {
      const from = labels[3 * i] ?? 0;
      const to = labels[3 * i + 1] ?? 0;
      if (from === to) set = 0;
      else if (to !== 0) {
        const hash = (labels[3 * i + 2] ?? 0) | 0;
        set = this.labels.internHashed(window + from, window + to, hash);
      }
      this.labelSet[row + i] = set;
    }
    this.row = row + rows;
    this.locationCount = locationCount + kernel.refCount;
  }

  finish(): DecodedSamples {
    const length = this.layout.sampleCount;
    const stack = new Uint32Array(length);
    for (let i = 0; i < length; i++) stack[i] = i;
    const values: ValueColumn[] = this.columns.map((column, type) =>
      (this.sums[type] ?? 0) < EXACT ? column : this.exactColumn(type),
    );
    return {
      stacks: {
        length,
        start: this.stackStart,
        locations: this.finishedLocations(),
      },
      labelSets: this.labels.finish(),
      samples: { length, stack, labelSet: this.labelSet, values },
    };
  }

  /**
   * Makes room for `more` references. Growing costs more than reading (every page is touched twice),
   * so the whole need is forecast from the share of the input that was read.
   */
  private reserve(more: number): void {
    const needed = this.locationCount + more;
    if (needed <= this.locations.length) return;
    const bytes = this.layout.samplesTo - this.layout.samplesFrom;
    const forecast = (needed / Math.max(this.consumed, MIN_SHARE)) * bytes * 1.05;
    const likely = Math.max(needed, forecast, this.locations.length * 1.25);
    // No reference is shorter than a byte.
    const most = needed + Math.max(0, bytes - this.consumed);
    const length = Math.ceil(Math.min(likely, most));
    this.locations = resized(this.locations, length, (n) => new Uint32Array(n));
  }

  /** A copy touches every page again, so a column that is nearly full is only narrowed. */
  private finishedLocations(): Uint32Array {
    const { locations, locationCount } = this;
    const slack = locations.length - locationCount;
    return slack * 8 > locationCount
      ? locations.slice(0, locationCount)
      : locations.subarray(0, locationCount);
  }

  private sample(from: number, end: number): void {
    const cursor = this.cursor;
    this.consumed = end - this.layout.samplesFrom;
    cursor.open(from, end);
    this.valueCount = 0;
    this.labelBytes = 0;
    while (cursor.pos < end) {
      const at = cursor.pos;
      cursor.next();
      switch ((cursor.field << 3) | cursor.wire) {
        case PACKED_LOCATIONS:
          this.packedLocations(cursor.start, cursor.stop);
          break;
        case ONE_LOCATION:
          this.reserve(1);
          this.pushLocation(cursor, at);
          break;
        case PACKED_VALUES:
          this.packedValues(cursor.start, cursor.stop);
          break;
        case ONE_VALUE:
          this.pushValue(cursor);
          break;
        case LABEL:
          if (this.labelBytes === 0) this.labelsFrom = at;
          this.labelBytes += cursor.pos - at;
          this.labelsTo = cursor.pos;
          break;
        default:
          if (cursor.field >= 1 && cursor.field <= 3) cursor.expect(BYTES);
      }
    }
    if (this.valueCount !== this.typeCount) {
      const count = this.valueCount;
      throw pprofError(from, `sample has ${count} values for ${this.typeCount} sample types`);
    }
    const row = this.row++;
    if (this.labelBytes > 0) this.labelSet[row] = this.readLabels(from, end);
    this.stackStart[row + 1] = this.locationCount;
  }

  private packedLocations(from: number, end: number): void {
    this.reserve(end - from);
    const inner = this.inner;
    inner.open(from, end);
    while (inner.pos < end) {
      const at = inner.pos;
      inner.varint();
      this.pushLocation(inner, at);
    }
  }

  private pushLocation(cursor: Cursor, at: number): void {
    const index = this.ids.indexOf(cursor.lo, cursor.hi);
    if (index < 0) throw pprofError(at, 'sample refers to a location that is not in the profile');
    this.locations[this.locationCount++] = index;
  }

  private packedValues(from: number, end: number): void {
    const inner = this.inner;
    inner.open(from, end);
    while (inner.pos < end) {
      inner.varint();
      this.pushValue(inner);
    }
  }

  private pushValue(cursor: Cursor): void {
    const type = this.valueCount++;
    const column = this.columns[type];
    if (column === undefined) return;
    const value = (cursor.hi | 0) * TWO_32 + cursor.lo;
    column[this.row] = value;
    this.sums[type] = (this.sums[type] ?? 0) + Math.abs(value);
  }

  private readLabels(from: number, end: number): number {
    if (this.labelBytes === this.labelsTo - this.labelsFrom) {
      return this.labels.intern(this.labelsFrom, this.labelsTo);
    }
    this.labels.beginSet();
    const cursor = this.inner;
    cursor.open(from, end);
    while (cursor.next()) {
      if (cursor.field === 3) this.labels.addLabel(cursor.start, cursor.stop);
    }
    return this.labels.endSet();
  }

  /** A second pass for a type whose sum is not exact in floats: the values as 64-bit integers. */
  private exactColumn(type: number): BigInt64Array {
    const column = new BigInt64Array(this.layout.sampleCount);
    const halves = new Uint32Array(column.buffer);
    const top = new Cursor(this.bytes, this.layout.samplesFrom, this.layout.samplesTo);
    const { cursor, inner } = this;
    let row = 0;
    let seen = 0;
    const take = (from: Cursor) => {
      if (seen++ !== type) return;
      halves[2 * row] = from.lo;
      halves[2 * row + 1] = from.hi;
    };
    while (top.next()) {
      if (top.field !== 2) continue;
      seen = 0;
      cursor.open(top.start, top.stop);
      while (cursor.next()) {
        if (cursor.field !== 2) continue;
        if (cursor.wire === VARINT) take(cursor);
        else {
          inner.open(cursor.start, cursor.stop);
          while (inner.pos < inner.end) {
            inner.varint();
            take(inner);
          }
        }
      }
      row++;
    }
    return column;
  }
}
