/** Events of a v1 trace as they stand in the file, as columns. 37 bytes an event, while decoding. */
import { resized } from '../../base/columns.ts';

export class RawEvents {
  length = 0;
  /** V1 type. */
  type: Uint8Array<ArrayBuffer>;
  /** Ticks of the recorder's clock. */
  ticks: Float64Array<ArrayBuffer>;
  /** Index of the goroutine on which it happened, or which it is about; -1 = none. */
  goroutine: Int32Array<ArrayBuffer>;
  /** Index of the goroutine that the first argument names, where it is one; -1 = none. */
  target: Int32Array<ArrayBuffer>;
  /** Sequence number: a goroutine's, the GC's, or in Go 1.5 the whole trace's. */
  seq: Float64Array<ArrayBuffer>;
  /** Row of the proc table of the scan. */
  proc: Int32Array<ArrayBuffer>;
  /** The file's id of the event's stack; 0 = none. */
  stack: Uint32Array<ArrayBuffer>;
  /** Where in the file its own arguments begin, past the time step. */
  args: Uint32Array<ArrayBuffer>;

  constructor(capacity: number) {
    this.type = new Uint8Array(capacity);
    this.ticks = new Float64Array(capacity);
    this.goroutine = new Int32Array(capacity);
    this.target = new Int32Array(capacity);
    this.seq = new Float64Array(capacity);
    this.proc = new Int32Array(capacity);
    this.stack = new Uint32Array(capacity);
    this.args = new Uint32Array(capacity);
  }

  /** A new row; the caller sets its columns. */
  append(): number {
    if (this.length === this.type.length) this.grow();
    return this.length++;
  }

  private grow(): void {
    const length = Math.ceil(1.5 * this.length) + 64;
    this.type = resized(this.type, length, (n) => new Uint8Array(n));
    this.ticks = resized(this.ticks, length, (n) => new Float64Array(n));
    this.goroutine = resized(this.goroutine, length, (n) => new Int32Array(n));
    this.target = resized(this.target, length, (n) => new Int32Array(n));
    this.seq = resized(this.seq, length, (n) => new Float64Array(n));
    this.proc = resized(this.proc, length, (n) => new Int32Array(n));
    this.stack = resized(this.stack, length, (n) => new Uint32Array(n));
    this.args = resized(this.args, length, (n) => new Uint32Array(n));
  }
}
