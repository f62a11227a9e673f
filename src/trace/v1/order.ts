/**
 * Puts the events of all procs in one order: order.go of Go 1.26's tracev1 (the same as order1007 of
 * Go 1.21), and Go 1.5's order by number.
 *
 * Events of one proc are in order. An event may come once its goroutine is in the state and at the
 * sequence number that it needs; of those that may, the earliest comes. An event that must wait is
 * kept with its goroutine and looked at again only when that one changes, so that the cost does not
 * grow with the number of procs that wait.
 *
 * Where nothing may come, events are missing: Go's reader gives up; leniently, the earliest event
 * comes all the same.
 */
import { V1 } from './eventtype.ts';
import type { Problems } from './problems.ts';
import type { RawEvents } from './rawevents.ts';
import type { Scan } from './scan.ts';
import { TickHeap } from './tickheap.ts';
import { Trail } from './trail.ts';

/** What the order asks of a goroutine; see STEPS. */
interface Step {
  readonly types: readonly number[];
  readonly from: number;
  readonly to: number;
  /** The sequence number: of no account, the event's own (then one more), or one more. */
  readonly seq: 'any' | 'own' | 'next';
  readonly of: 'goroutine' | 'target' | 'gc';
}

const Status = { dead: 0, runnable: 1, running: 2, waiting: 3 } as const;

const { dead, runnable, running, waiting } = Status;
const STEPS: readonly Step[] = [
  {
    types: [V1.GoStart, V1.GoStartLabel],
    from: runnable,
    to: running,
    seq: 'own',
    of: 'goroutine',
  },
  { types: [V1.GoStartLocal], from: runnable, to: running, seq: 'next', of: 'goroutine' },
  {
    types: [
      V1.GoBlock,
      V1.GoBlockSend,
      V1.GoBlockRecv,
      V1.GoBlockSelect,
      V1.GoBlockSync,
      V1.GoBlockCond,
      V1.GoBlockNet,
      V1.GoSleep,
      V1.GoSysBlock,
      V1.GoBlockGC,
    ],
    from: running,
    to: waiting,
    seq: 'any',
    of: 'goroutine',
  },
  { types: [V1.GoSched, V1.GoPreempt], from: running, to: runnable, seq: 'any', of: 'goroutine' },
  { types: [V1.GoUnblock, V1.GoSysExit], from: waiting, to: runnable, seq: 'own', of: 'target' },
  {
    types: [V1.GoUnblockLocal, V1.GoSysExitLocal],
    from: waiting,
    to: runnable,
    seq: 'next',
    of: 'target',
  },
  // These have a number of their own without carrying it: 0 and 1.
  { types: [V1.GoCreate], from: dead, to: runnable, seq: 'own', of: 'target' },
  {
    types: [V1.GoWaiting, V1.GoInSyscall],
    from: runnable,
    to: waiting,
    seq: 'own',
    of: 'goroutine',
  },
  { types: [V1.GCStart], from: dead, to: dead, seq: 'own', of: 'gc' },
];

/** The steps as columns by type; class 0 asks nothing. */
const CLASS = new Uint8Array(64);
const FROM = new Uint8Array(64);
const TO = new Uint8Array(64);
const Class = { free: 0, any: 1, own: 2, next: 3 } as const;
const OF = new Uint8Array(64);
for (const { types, from, to, seq, of } of STEPS) {
  for (const type of types) {
    CLASS[type] = Class[seq];
    FROM[type] = from;
    TO[type] = to;
    OF[type] = ['goroutine', 'target', 'gc'].indexOf(of);
  }
}

/** Slots of what has a state: the GC, goroutine 0 (none), then the goroutines by index. */
const GC_SLOT = 0;
const FIRST_SLOT = 2;

export class Merge {
  private readonly events: RawEvents;
  private readonly problems: Problems;
  private readonly trail: Trail;
  private readonly status: Uint8Array;
  private readonly seq: Float64Array;
  /** By queue (a proc, or all CPU samples): its next event, where its batch ends, the batch. */
  private readonly head: Int32Array;
  private readonly end: Int32Array;
  private readonly batch: Int32Array;
  /** The batch of the same proc after each one; -1 = none. */
  private readonly nextBatch: Int32Array;
  private readonly batchFirst: Int32Array;
  /** Queues that wait, by slot, as lists; -1 ends one. */
  private readonly firstWaiter: Int32Array;
  private readonly nextWaiter: Int32Array;
  private waiters = 0;
  private readonly isWaiting: Uint8Array;
  private readonly ready: TickHeap;
  /** All that wait; kept only since the order first had to be forced. */
  private blocked: TickHeap | undefined;
  private forced = 0;

  constructor(scan: Scan, goroutines: number, problems: Problems) {
    this.events = scan.events;
    this.problems = problems;
    const { batchProc, procs } = scan;
    const queues = procs.length + 1;
    const slots = goroutines + FIRST_SLOT;
    this.trail = new Trail(this.events, goroutines);
    this.status = new Uint8Array(slots);
    this.seq = new Float64Array(slots);
    this.firstWaiter = new Int32Array(slots).fill(-1);
    this.head = new Int32Array(queues);
    this.end = new Int32Array(queues);
    this.batch = new Int32Array(queues).fill(-1);
    this.nextWaiter = new Int32Array(queues).fill(-1);
    this.isWaiting = new Uint8Array(queues);
    this.ready = new TickHeap(this.events.ticks);
    this.batchFirst = scan.batchFirst.array;
    this.nextBatch = new Int32Array(batchProc.length).fill(-1);
    for (let batch = batchProc.length - 1; batch >= 0; batch--) {
      const queue = batchProc.array[batch];
      this.nextBatch[batch] = this.batch[queue];
      this.batch[queue] = batch;
      this.head[queue] = this.batchFirst[batch];
      this.end[queue] = this.batchFirst[batch + 1];
    }
    // The CPU samples follow the events of the batches, sorted.
    this.head[queues - 1] = this.batchFirst[batchProc.length];
    this.end[queues - 1] = this.events.length;
  }

  /** All events in order. */
  run(): Trail {
    for (let queue = 0; queue < this.head.length; queue++) this.offer(queue);
    for (;;) {
      if (this.ready.length === 0) {
        if (this.waiters === 0) break;
        this.problems.refuse(0, 'no consistent ordering of events possible');
        this.force();
      }
      this.take(this.ready.pop());
    }
    if (this.forced > 0) {
      const reason = `no consistent ordering of events possible: ${this.forced} put in order by time`;
      this.problems.note('out-of-order', 0, reason);
    }
    return this.trail;
  }

  /** Lets the event at the head of a queue happen, and those after it for as long as they are next. */
  private take(queue: number): void {
    const { events, trail, ready, status } = this;
    const { type, ticks } = events;
    let row = this.head[queue];
    let slot = this.slotOf(row);
    let isReady = this.isReady(row, slot);
    for (;;) {
      const kind = CLASS[type[row]];
      if (kind !== Class.free) {
        if (!isReady) {
          this.problems.refuse(0, 'encountered impossible goroutine state transition');
          this.forced++;
        }
        status[slot] = TO[type[row]];
        if (kind === Class.own) this.seq[slot] = this.seqOf(row) + 1;
        else if (kind === Class.next) this.seq[slot]++;
        if (this.firstWaiter[slot] >= 0) this.wake(slot);
      }
      trail.add(row);
      if (!this.advance(queue)) return;
      row = this.head[queue];
      slot = this.slotOf(row);
      isReady = this.isReady(row, slot);
      if (!isReady) {
        this.wait(queue);
        return;
      }
      if (ready.length > 0 && ready.firstTicks <= ticks[row]) {
        ready.push(queue, row);
        return;
      }
    }
  }

  /** Whether an event may come now. */
  private isReady(row: number, slot: number): boolean {
    const type = this.events.type[row];
    const kind = CLASS[type];
    if (kind === Class.free) return true;
    if (this.status[slot] !== FROM[type]) return false;
    return kind !== Class.own || this.seq[slot] === this.seqOf(row);
  }

  private seqOf(row: number): number {
    const type = this.events.type[row];
    if (type === V1.GoCreate) return 0;
    if (type === V1.GoWaiting || type === V1.GoInSyscall) return 1;
    return this.events.seq[row];
  }

  private slotOf(row: number): number {
    const { type, goroutine, target } = this.events;
    const of = OF[type[row]];
    if (of === 0) return goroutine[row] + FIRST_SLOT;
    return of === 1 ? target[row] + FIRST_SLOT : GC_SLOT;
  }

  /** Puts a queue where the event at its head belongs: with those that may come, or that wait. */
  private offer(queue: number): void {
    if (this.head[queue] === this.end[queue] && !this.turnBatch(queue)) return;
    const row = this.head[queue];
    if (this.isReady(row, this.slotOf(row))) this.ready.push(queue, row);
    else this.wait(queue);
  }

  /** Goes on to the next event of a queue. False: there is none. */
  private advance(queue: number): boolean {
    this.head[queue]++;
    return this.head[queue] < this.end[queue] || this.turnBatch(queue);
  }

  private turnBatch(queue: number): boolean {
    while (this.batch[queue] >= 0) {
      const batch = this.nextBatch[this.batch[queue]];
      this.batch[queue] = batch;
      if (batch < 0) return false;
      this.head[queue] = this.batchFirst[batch];
      this.end[queue] = this.batchFirst[batch + 1];
      if (this.head[queue] < this.end[queue]) return true;
    }
    return false;
  }

  private wait(queue: number): void {
    const row = this.head[queue];
    const slot = this.slotOf(row);
    this.nextWaiter[queue] = this.firstWaiter[slot];
    this.firstWaiter[slot] = queue;
    this.isWaiting[queue] = 1;
    this.waiters++;
    this.blocked?.push(queue, row);
  }

  /** Looks again at the queues that wait for what has just changed. */
  private wake(slot: number): void {
    let before = -1;
    for (let queue = this.firstWaiter[slot]; queue >= 0; ) {
      const next = this.nextWaiter[queue];
      if (this.isReady(this.head[queue], slot)) {
        if (before < 0) this.firstWaiter[slot] = next;
        else this.nextWaiter[before] = next;
        this.release(queue);
      } else before = queue;
      queue = next;
    }
  }

  private release(queue: number): void {
    this.isWaiting[queue] = 0;
    this.waiters--;
    this.ready.push(queue, this.head[queue]);
  }

  /** Makes the earliest event of all that wait come next. */
  private force(): void {
    const blocked = this.blocked ?? this.collectBlocked();
    while (blocked.length > 0) {
      const row = blocked.firstRow;
      const queue = blocked.pop();
      if (this.isWaiting[queue] === 0 || this.head[queue] !== row) continue;
      this.unlink(queue, this.slotOf(row));
      this.release(queue);
      return;
    }
  }

  private collectBlocked(): TickHeap {
    const blocked = new TickHeap(this.events.ticks);
    for (let queue = 0; queue < this.head.length; queue++) {
      if (this.isWaiting[queue] === 1) blocked.push(queue, this.head[queue]);
    }
    this.blocked = blocked;
    return blocked;
  }

  private unlink(queue: number, slot: number): void {
    let at = this.firstWaiter[slot];
    if (at === queue) this.firstWaiter[slot] = this.nextWaiter[queue];
    while (at !== queue) {
      const next = this.nextWaiter[at];
      if (next === queue) this.nextWaiter[at] = this.nextWaiter[queue];
      at = next;
    }
  }
}

/** Go 1.5 numbers events over all procs. */
export function orderByNumber(events: RawEvents, goroutines: number): Trail {
  const { seq } = events;
  const rows = Uint32Array.from({ length: events.length }, (_, i) => i);
  rows.sort((x, y) => seq[x] - seq[y]);
  const trail = new Trail(events, goroutines);
  for (const row of rows) trail.add(row);
  return trail;
}
