/** What is to be known of the events of a v1 trace once they are in order, noted one by one. */
import { V1 } from './eventtype.ts';
import type { RawEvents } from './rawevents.ts';

export class Trail {
  readonly order: Uint32Array;
  length = 0;
  /** Times never went down. */
  isSorted = true;
  /** Positions of what begins and ends a blocking syscall: GoSysBlock, GoInSyscall, GoSysExit. */
  readonly syscalls: number[] = [];
  /**
   * 1: this GoSysCall, by row, blocks: its goroutine's next event is GoSysBlock. As Go's reader takes
   * it, a CPU sample of the goroutine in between hides that.
   */
  readonly isBlocking: Uint8Array;
  private readonly events: RawEvents;
  /** The last event by goroutine + 1. */
  private readonly last: Int32Array;
  private ticks = Number.NEGATIVE_INFINITY;

  constructor(events: RawEvents, goroutines: number) {
    this.events = events;
    this.order = new Uint32Array(events.length);
    this.isBlocking = new Uint8Array(events.length);
    this.last = new Int32Array(goroutines + 1).fill(-1);
  }

  add(row: number): void {
    const { type, ticks, goroutine } = this.events;
    if (ticks[row] < this.ticks) this.isSorted = false;
    this.ticks = ticks[row];
    const slot = goroutine[row] + 1;
    if (WATCHED[type[row]] === 1) {
      this.syscalls.push(this.length);
      const before = this.last[slot];
      if (type[row] === V1.GoSysBlock && before >= 0 && type[before] === V1.GoSysCall) {
        this.isBlocking[before] = 1;
      }
    }
    this.last[slot] = row;
    this.order[this.length++] = row;
  }
}

const WATCHED = Uint8Array.from({ length: 64 }, (_, type) => {
  const isBegin = type === V1.GoSysBlock || type === V1.GoInSyscall;
  return isBegin || type === V1.GoSysExit || type === V1.GoSysExitLocal ? 1 : 0;
});
