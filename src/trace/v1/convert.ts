/**
 * Events of a v1 trace, in order → the events, states and tables of v2: tracev1.go of Go 1.26's
 * internal/trace, and the checks that both readers make of the order (postProcessTrace).
 *
 * What differs from the file: the runtime first writes all goroutines that there are as if it were
 * creating them, until the first Gomaxprocs; these become statuses. A syscall is an instant, and
 * becomes 1 ns, unless it blocked. Some events lie on procs that do not exist (1000001: timers,
 * 1000002: the network, 1000003: ends of syscalls, 1000004: the GC), because the real one is unknown.
 *
 * The rules are in goroutines.ts and annotations.ts; this is what they share.
 */
import type { TraceBuilder } from '../builder.ts';
import { EVENT_SYNC } from '../eventtype.ts';
import { globalIndex, type LocalTables } from '../localtables.ts';
import { WireReader } from '../wire.ts';
import { advanceAnnotation } from './annotations.ts';
import { ColumnWriter } from './columns.ts';
import { v1Args, v1Name } from './eventtype.ts';
import { advanceGoroutine, REASONS } from './goroutines.ts';
import type { Problems } from './problems.ts';
import type { RawEvents } from './rawevents.ts';
import type { Scan } from './scan.ts';
import type { Clock } from './times.ts';

/** Procs that do not exist. */
export const FakeProc = {
  timer: 1000001,
  network: 1000002,
  syscall: 1000003,
  gc: 1000004,
} as const;

export const RunState = { dead: 0, runnable: 1, running: 2, waiting: 3 } as const;

export interface ConvertInput {
  readonly scan: Scan;
  readonly order: Uint32Array;
  /** 1: this GoSysCall, by row, blocks. */
  readonly isBlocking: Uint8Array;
  readonly clock: Clock;
  readonly bytes: Uint8Array;
  readonly version: number;
  readonly tables: LocalTables;
  readonly builder: TraceBuilder;
  readonly problems: Problems;
  readonly keepEvents: boolean;
}

export class Converter {
  readonly builder: TraceBuilder;
  readonly problems: Problems;
  readonly events: RawEvents;
  /** What the events become, if they are kept. */
  readonly columns: ColumnWriter | undefined;
  readonly version: number;
  /** By goroutine + 1: it only runs timers. */
  readonly isTimer: Uint8Array;
  private readonly input: ConvertInput;
  private readonly reader: WireReader;

  /** The event at hand: row, goroutine, proc (of the scan, and of the trace), thread, time. */
  row = 0;
  g = -1;
  scanProc = 0;
  p = -1;
  m = -1;
  time = 0;
  /** Time of the last event delivered. */
  lastTime = 0;

  /** By goroutine + 1; entry 0 is "none", which counts as running. */
  readonly state: Uint8Array;
  readonly isCreated: Uint8Array;
  readonly isNetworkBlock: Uint8Array;
  readonly syscallStack: Int32Array;
  readonly isBlocking: Uint8Array;
  /** By proc of the scan. */
  readonly procIsRunning: Uint8Array;
  readonly procIsSeen: Uint8Array;
  readonly procGoroutine: Int32Array;
  readonly procThread: Int32Array;
  private readonly stackIds: Int32Array;
  private readonly traceProc: Int32Array;
  private readonly fakeProcs = new Int32Array(4).fill(-1);
  private readonly reasons = new Int32Array(64).fill(-1);

  /** Goroutines that were there before the trace and have shown no state yet: their start stacks. */
  found: Map<number, number> | undefined = new Map();
  /** Rows of ranges under way; -1 = none. */
  openMark = -1;
  openStop = -1;
  readonly openSweep: Int32Array;
  /** By proc; Go before 1.10 says on each proc that the world is stopped. */
  readonly openProcStop: Int32Array;
  /** By goroutine + 1. */
  readonly openAssist: Int32Array;
  lastStopReason = 0;
  readonly openRegions: (number[] | undefined)[] = [];

  constructor(input: ConvertInput) {
    const { scan, builder, bytes } = input;
    this.input = input;
    this.builder = builder;
    this.problems = input.problems;
    this.events = scan.events;
    this.version = input.version;
    this.reader = new WireReader(bytes, 0, bytes.length);
    const slots = builder.goroutineIds.length + 1;
    builder.growGoroutines(slots);
    this.state = new Uint8Array(slots);
    this.state[0] = RunState.running;
    this.isCreated = new Uint8Array(slots);
    this.isCreated[0] = 1;
    this.isTimer = new Uint8Array(slots);
    for (const g of scan.timerGoroutines) this.isTimer[g + 1] = 1;
    this.isNetworkBlock = new Uint8Array(slots);
    this.syscallStack = new Int32Array(slots);
    this.openAssist = new Int32Array(slots).fill(-1);
    const { length } = scan.procs;
    this.procIsRunning = new Uint8Array(length);
    this.procIsSeen = new Uint8Array(length);
    this.procGoroutine = new Int32Array(length).fill(-1);
    this.procThread = new Int32Array(length).fill(-1);
    this.openSweep = new Int32Array(length).fill(-1);
    this.openProcStop = new Int32Array(length).fill(-1);
    this.traceProc = Int32Array.from({ length }, (_, i) => this.traceProcOf(i));
    this.isBlocking = input.isBlocking;
    this.stackIds = input.tables.stacks.dense;
    // Two Sync events are added.
    const bound = scan.events.length + scan.doubles + 2;
    this.columns = input.keepEvents ? new ColumnWriter(bound) : undefined;
  }

  /** The string that says why, by type of event. */
  reasonOf(type: number): number {
    if (this.reasons[type] < 0) this.reasons[type] = this.builder.strings.intern(REASONS[type]);
    return this.reasons[type];
  }

  private traceProcOf(i: number): number {
    const { procs } = this.input.scan;
    const isNone = procs.lo[i] === 0xffffffff && procs.hi[i] === 0xffffffff;
    return isNone ? -1 : this.builder.procIds.intern(procs.lo[i], procs.hi[i]);
  }

  run(): void {
    const { events } = this;
    const { order, clock } = this.input;
    const { first, perTick } = clock;
    if (order.length > 0) this.sync(0, 0);
    for (const row of order) {
      this.row = row;
      this.g = events.goroutine[row];
      this.scanProc = events.proc[row];
      this.p = this.traceProc[this.scanProc];
      this.m = this.procThread[this.scanProc];
      // Time 0 is the Sync event, 1 ns before the first one.
      this.time = Math.trunc((events.ticks[row] - first) * perTick) + 1;
      if (!advanceGoroutine(this, events.type[row])) advanceAnnotation(this, events.type[row]);
    }
    this.sync(this.lastTime + 1, -1);
  }

  private sync(time: number, generation: number): void {
    const count = generation < 0 && this.builder.eventCount > 0 ? 2 : 1;
    this.lastTime = time;
    this.builder.eventCount++;
    this.columns?.push(EVENT_SYNC, time, -1, -1, -1, 0, count, generation);
  }

  /** Hands an event to the builder as it is at hand, at this time or later; gives the final time. */
  deliver(kind: number, stack: number, a: number, b: number): number {
    return this.deliverAt(kind, this.time, this.g, this.p, this.m, stack, a, b);
  }

  deliverAt(
    kind: number,
    time: number,
    g: number,
    p: number,
    m: number,
    stack: number,
    a: number,
    b: number,
  ): number {
    this.lastTime = time > this.lastTime ? time : this.lastTime + 1;
    this.builder.eventCount++;
    this.columns?.push(kind, this.lastTime, g, p, m, stack, a, b);
    return this.lastTime;
  }

  /** Moves the event at hand to a proc that does not exist, and to no thread. */
  moveTo(proc: number): void {
    const known = this.fakeProcs[proc - FakeProc.timer];
    this.p = known < 0 ? this.builder.procIds.intern(proc, 0) : known;
    this.fakeProcs[proc - FakeProc.timer] = this.p;
    this.m = -1;
  }

  /** The trace's stack of the event at hand. */
  stack(): number {
    const id = this.events.stack[this.row];
    if (id < this.stackIds.length) return Math.max(this.stackIds[id], 0);
    return Math.max(globalIndex(this.input.tables.stacks, id, 0), 0);
  }

  /** Reads argument `i` of the event at hand, without its steps: its halves are then in `args`. */
  argument(i: number): number {
    const { reader } = this;
    reader.pos = this.events.args[this.row];
    for (let k = 0; k < i; k++) reader.uvarint();
    return reader.uvarint();
  }

  /** Arguments of the event at hand, to be read one after the other. */
  firstArgument(): WireReader {
    this.reader.pos = this.events.args[this.row];
    return this.reader;
  }

  /** After `argument`: the halves, and what comes next. */
  get args(): WireReader {
    return this.reader;
  }

  stringArgument(i: number): number {
    this.argument(i);
    return this.string(this.reader);
  }

  /** The string that an argument just read names. */
  string({ lo, hi }: WireReader): number {
    return Math.max(globalIndex(this.input.tables.strings, lo, hi), 0);
  }

  stackArgument(i: number): number {
    this.argument(i);
    const { lo, hi } = this.reader;
    return Math.max(globalIndex(this.input.tables.stacks, lo, this.version >= 11 ? 0 : hi), 0);
  }

  /** An order that cannot be: strict, a refusal; else a note, and the event stands as it is. */
  violate(reason: string): void {
    const where = this.version >= 11 ? '' : `offset ${this.events.args[this.row]}, `;
    const text = `${reason} (${where}time ${this.time - 1})`;
    this.problems.refuse(this.events.args[this.row], text);
    this.problems.note('out-of-order', this.events.args[this.row], text, 0, this.time);
  }

  /** Misuse of tasks or regions by the program. */
  misuse(reason: string): void {
    this.problems.refuse(this.events.args[this.row], reason);
    this.problems.note(
      'annotation',
      this.events.args[this.row],
      reason,
      0,
      this.time,
      this.stack(),
    );
  }

  goId(g: number): bigint {
    if (g < 0) return 0n;
    const { lo, hi } = this.builder.goroutineIds;
    return (BigInt(hi[g]) << 32n) | BigInt(lo[g]);
  }

  procId(scanProc: number): bigint {
    const { lo, hi } = this.input.scan.procs;
    return BigInt.asIntN(64, (BigInt(hi[scanProc]) << 32n) | BigInt(lo[scanProc]));
  }

  name(): string {
    return v1Name(this.events.type[this.row], this.version);
  }

  /** The event at hand as Go prints it. */
  describe(): string {
    const type = this.events.type[this.row];
    const args = v1Args(type).map((name, i) => ` ${name}=${this.argument(i)}`);
    const proc = this.procId(this.scanProc);
    const context = `p=${proc} g=${this.goId(this.g)} stk=${this.events.stack[this.row]}`;
    return `"${this.time - 1} ${this.name()} ${context}${args.join('')}"`;
  }
}
