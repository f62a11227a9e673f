/**
 * Builds a state track: rows arrive in the order of time, from here or from the kernel, and leave as
 * segments sorted by resource. A counting sort over 65,536 rows, which stays in the CPU's cache.
 */
import type { IdTable } from './idtable.ts';
import { FLOAT_SLOT, type Kernel, SCRATCH, SLOT } from './kernel/kernel.ts';
import type { StateSegment, StateTrack } from './statetrack.ts';

const SEGMENT_ROWS = 1 << 16;
const MAX_SPAN = 2 ** 32 - 1;
/** Bytes of a sorted row: start, a, b, byTime, state. */
const ROW_BYTES = 15;

export class TrackBuilder {
  private readonly segments: StateSegment[] = [];
  private length = 0;
  private last = 0;
  private readonly kernel: Kernel;
  private readonly ids: IdTable;
  private readonly rowSlot: number;
  private readonly countSlot: number;
  private readonly baseSlot: number;
  private readonly countsSlot: number;
  private resource = new Int32Array(0);
  private start = new Uint32Array(0);
  private state = new Uint8Array(0);
  private a = new Int32Array(0);
  private b = new Int32Array(0);
  /** Rows of each resource, and then where its next row goes; 0 between segments. */
  private counts = new Int32Array(0);
  private seen = new Uint32Array(0);

  /** `ids`: the table that numbers the track's resources. */
  constructor(kernel: Kernel, track: 'goroutines' | 'procs', ids: IdTable) {
    this.ids = ids;
    const isGo = track === 'goroutines';
    this.kernel = kernel;
    this.rowSlot = isGo ? SLOT.rows : SLOT.procRows;
    this.countSlot = isGo ? SLOT.rowCount : SLOT.procRowCount;
    this.baseSlot = isGo ? FLOAT_SLOT.rowBase : FLOAT_SLOT.procRowBase;
    this.countsSlot = isGo ? SCRATCH.counts : SCRATCH.procCounts;
    this.allocate();
  }

  /** `time` must not go down. */
  push(time: number, resource: number, state: number, a: number, b: number): void {
    const { words, floats } = this.kernel;
    let row = words[this.countSlot];
    if (row === SEGMENT_ROWS || (row > 0 && time - floats[this.baseSlot] > MAX_SPAN)) {
      this.flush();
      row = 0;
    }
    if (row === 0) floats[this.baseSlot] = time;
    this.resource[row] = resource;
    this.start[row] = time - floats[this.baseSlot];
    this.state[row] = state;
    this.a[row] = a;
    this.b[row] = b;
    words[this.countSlot] = row + 1;
  }

  finish(): StateTrack {
    this.flush();
    return { segments: this.segments, length: this.length };
  }

  /** Adds a segment that is finished; its times are after all before it. */
  append(segment: StateSegment): void {
    this.flush();
    this.segments.push(segment);
    this.length += segment.byTime.length;
  }

  /** Makes a segment of the rows so far. */
  flush(): void {
    const { kernel } = this;
    const count = kernel.words[this.countSlot];
    if (count === 0) return;
    const base = kernel.floats[this.baseSlot];
    this.last = base + this.start[count - 1];
    const { resources, offsets } = this.group(count);
    kernel.scatter(count, this.rowSlot, this.countsSlot, SCRATCH.sorted);
    for (const resource of resources) this.counts[resource] = 0;
    const from = kernel.address(SCRATCH.sorted);
    const buffer = kernel.buffer.slice(from, from + ROW_BYTES * count);
    this.segments.push({
      base,
      last: this.last,
      resources,
      offsets,
      start: new Uint32Array(buffer, 0, count),
      a: new Int32Array(buffer, 4 * count, count),
      b: new Int32Array(buffer, 8 * count, count),
      byTime: new Uint16Array(buffer, 12 * count, count),
      state: new Uint8Array(buffer, 14 * count, count),
    });
    this.length += count;
    kernel.words[this.countSlot] = 0;
  }

  /** Leaves in `counts` where the first row of each resource goes. */
  private group(count: number): { resources: Uint32Array; offsets: Uint32Array } {
    if (this.ids.length > this.counts.length) this.growCounts(this.ids.length);
    const { kernel, counts } = this;
    const found = kernel.count(count, this.rowSlot, this.countsSlot, SCRATCH.seen);
    const resources = this.seen.slice(0, found).sort();
    const offsets = new Uint32Array(found + 1);
    for (let i = 0; i < found; i++) {
      offsets[i + 1] = offsets[i] + counts[resources[i]];
      counts[resources[i]] = offsets[i];
    }
    return { resources, offsets };
  }

  private allocate(): void {
    const { kernel, rowSlot } = this;
    kernel.columnInts(rowSlot, SEGMENT_ROWS, (view) => {
      this.resource = view;
    });
    kernel.columnWords(rowSlot + 1, SEGMENT_ROWS, (view) => {
      this.start = view;
    });
    kernel.columnBytes(rowSlot + 2, SEGMENT_ROWS, (view) => {
      this.state = view;
    });
    kernel.columnInts(rowSlot + 3, SEGMENT_ROWS, (view) => {
      this.a = view;
    });
    kernel.columnInts(rowSlot + 4, SEGMENT_ROWS, (view) => {
      this.b = view;
    });
    this.growCounts(256);
  }

  private growCounts(length: number): void {
    const size = Math.max(length, 2 * this.counts.length);
    this.kernel.columnInts(this.countsSlot, size, (view) => {
      this.counts = view;
    });
    this.counts.fill(0);
  }

  /** What both tracks of a trace sort with. */
  static allocateScratch(kernel: Kernel, tracks: readonly TrackBuilder[]): void {
    kernel.columnWords(SCRATCH.seen, SEGMENT_ROWS, (view) => {
      for (const track of tracks) track.seen = view;
    });
    kernel.columnBytes(SCRATCH.sorted, ROW_BYTES * SEGMENT_ROWS, () => {});
  }
}
