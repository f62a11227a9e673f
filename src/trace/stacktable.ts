/**
 * Interned frames and stacks over all generations: equal indices mean equal stacks.
 *
 * A frame is (pc, function, file, line); within a generation a pc stands for one frame, the first
 * that names it, as in Go's reader. Frames of one pc that differ between generations are chained.
 */
import { resized } from '../base/columns.ts';
import { Floats, grown, Ints } from './growing.ts';
import { IdTable } from './idtable.ts';
import type { FrameTable, StackTable } from './trace.ts';

export class StackInterner {
  readonly pcs = new IdTable();
  /** Newest frame + 1 by pc index. */
  private newest = new Int32Array(256);
  private readonly framePc = new Ints();
  private readonly frameFunc = new Ints();
  private readonly frameFile = new Ints();
  private readonly frameLine = new Floats();
  /** The frame + 1 before it of the same pc. */
  private readonly frameBefore = new Ints();

  private stackFrames = new Uint32Array(1024);
  private stackStart = new Uint32Array(256);
  private stackHash = new Uint32Array(256);
  private stackCount = 0;
  private slots = new Int32Array(512);

  constructor() {
    this.intern(new Uint32Array(0), 0);
  }

  /** `pcIndex` as `pcs` numbers it; `func` and `file` are string indices. */
  internFrame(pcIndex: number, func: number, file: number, line: number): number {
    if (pcIndex >= this.newest.length) this.newest = grown(this.newest, pcIndex + 1, 0);
    const newest = this.newest[pcIndex];
    for (let frame = newest - 1; frame >= 0; frame = this.frameBefore.array[frame] - 1) {
      if (
        this.frameFunc.array[frame] === func &&
        this.frameFile.array[frame] === file &&
        this.frameLine.array[frame] === line
      ) {
        return frame;
      }
    }
    this.framePc.push(pcIndex);
    this.frameFunc.push(func);
    this.frameFile.push(file);
    this.frameLine.push(line);
    this.frameBefore.push(newest);
    this.newest[pcIndex] = this.framePc.length;
    return this.framePc.length - 1;
  }

  /** The stack of the first `count` entries of `frames`, leaf first. */
  intern(frames: Uint32Array, count: number): number {
    let hash = count;
    for (let i = 0; i < count; i++) hash = Math.imul(hash ^ frames[i], 0x9e3779b1) ^ (hash >>> 13);
    hash = (hash ^ (hash >>> 16)) >>> 0;
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (; this.slots[slot] !== 0; slot = (slot + 1) & mask) {
      const stack = this.slots[slot] - 1;
      if (this.stackHash[stack] === hash && this.equals(stack, frames, count)) return stack;
    }
    this.slots[slot] = this.stackCount + 1;
    return this.append(frames, count, hash);
  }

  frameTable(): FrameTable {
    const ids = this.pcs.ids();
    return {
      length: this.framePc.length,
      pc: BigUint64Array.from(this.framePc.freeze(), (index) => ids[index]),
      func: this.frameFunc.freeze(),
      file: this.frameFile.freeze(),
      line: this.frameLine.freeze(),
    };
  }

  stackTable(): StackTable {
    return {
      length: this.stackCount,
      start: this.stackStart.slice(0, this.stackCount + 1),
      frames: this.stackFrames.slice(0, this.stackStart[this.stackCount]),
    };
  }

  private equals(stack: number, frames: Uint32Array, count: number): boolean {
    const start = this.stackStart[stack];
    if (this.stackStart[stack + 1] - start !== count) return false;
    for (let i = 0; i < count; i++) {
      if (this.stackFrames[start + i] !== frames[i]) return false;
    }
    return true;
  }

  private append(frames: Uint32Array, count: number, hash: number): number {
    const stack = this.stackCount++;
    const start = this.stackStart[stack];
    if (start + count > this.stackFrames.length) {
      this.stackFrames = resized(this.stackFrames, 2 * (start + count), (n) => new Uint32Array(n));
    }
    if (stack + 2 > this.stackStart.length) {
      this.stackStart = resized(this.stackStart, 2 * (stack + 2), (n) => new Uint32Array(n));
      this.stackHash = resized(this.stackHash, 2 * (stack + 2), (n) => new Uint32Array(n));
    }
    this.stackFrames.set(frames.subarray(0, count), start);
    this.stackStart[stack + 1] = start + count;
    this.stackHash[stack] = hash;
    if (this.stackCount * 2 > this.slots.length) this.rehash();
    return stack;
  }

  private rehash(): void {
    this.slots = new Int32Array(2 * this.slots.length);
    const mask = this.slots.length - 1;
    for (let i = 0; i < this.stackCount; i++) {
      let slot = this.stackHash[i] & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = i + 1;
    }
  }
}
