/**
 * The scheduler, imitated: puts the events of all threads in one order and refuses impossible ones.
 *
 * This is order.go of Go 1.26's internal/trace over columns: who may advance when, and the words of
 * its errors, are the same; goroutines, procs and threads are dense indices, a status is a byte, and
 * nothing is allocated per event. The rules are in orderprocs.ts, ordergoroutines.ts,
 * ordersyscalls.ts and, for ranges, the GC and annotations, annotations.ts.
 *
 * `advance` gives `no` when an event must wait for another thread's, `broken` when the trace cannot
 * be so. What makes only an annotation odd (a misnested region, a task id used twice, a range ended
 * that never began) breaks a trace for Go's reader; leniently, it is noted and the event kept.
 */
import { resized } from '../base/columns.ts';
import { advanceAnnotation } from './annotations.ts';
import type { TraceBuilder } from './builder.ts';
import { EventType, eventName } from './eventtype.ts';
import { Frontier } from './frontier.ts';
import { FLOAT_SLOT, type Kernel, RECORD, SLOT } from './kernel/kernel.ts';
import { globalIndex, type LocalTables, NO_LOCAL_IDS } from './localtables.ts';
import {
  goCreate,
  goStart,
  goStatusEvent,
  goStopExec,
  goSwitch,
  goUnblock,
} from './ordergoroutines.ts';
import { procStart, procStatusEvent, procSteal, procStop } from './orderprocs.ts';
import { Advance, Status } from './orderstatus.ts';
import {
  goCreateSyscall,
  goDestroySyscall,
  goSyscallBegin,
  goSyscallEnd,
  goSyscallEndBlocked,
} from './ordersyscalls.ts';
import { GoState, ProcState } from './statetrack.ts';

export type Mode = 'strict' | 'lenient' | 'replay';

/** A sequence number that nothing succeeds: that of an earlier generation. */
const STALE = -2;

/** A special range open on a goroutine. */
export interface OpenRange {
  readonly type: number;
  /** The generation's own string id of why the world stopped; 0 for other ranges. */
  readonly reasonLo: number;
  readonly reasonHi: number;
  readonly row: number;
}

export class Ordering {
  readonly builder: TraceBuilder;
  readonly mode: Mode;
  readonly frontier: Frontier;
  local: LocalTables = { strings: NO_LOCAL_IDS, stacks: NO_LOCAL_IDS };
  private readonly kernel: Kernel;
  /** This generation's statuses introduce goroutines instead of confirming them. */
  isInitial = true;
  /** Ids that an event names but the generation's tables lack: the last one, and how many. */
  missing = '';
  missingCount = 0;
  /** After `broken`: why. */
  reason = '';
  /** The kernel has delivered the event: its time. What is left is to take note of it. */
  delivered: number | undefined;
  /** The cursor that was tried last. */
  current = -1;
  /** Lenient: an annotation is odd. */
  onOddity: (reason: string, stack: number) => void = () => {};

  goStatus = new Uint8Array(0);
  goSeq = new Float64Array(0);
  procStatus = new Uint8Array(0);
  procSeq = new Float64Array(0);
  /** What each thread runs, -1 = nothing. */
  threadGo = new Int32Array(0);
  threadProc = new Int32Array(0);
  threadIsKnown = new Uint8Array(0);
  /** Stack of the syscall a goroutine is in. */
  syscallStack = new Int32Array(0);
  private localColumns = { strings: new Int32Array(0), stacks: new Int32Array(0) };
  /** The kernel's queue of annotations: its records, and the same memory as floats. */
  queue = new Int32Array(0);
  queueTimes = new Float64Array(0);
  /** By goroutine: the innermost open region, -1 = none. Those around it: RegionBuilder.around. */
  innermostRegion = new Int32Array(0);
  /** By goroutine, where there are any: open ranges. */
  readonly openRanges: (OpenRange[] | undefined)[] = [];
  /** Row of the sweep under way, by proc. */
  readonly openSweep: (number | undefined)[] = [];
  gcState: number = 0;
  gcSeq = 0;
  /** Row of the mark phase under way. */
  openMark = -1;

  constructor(builder: TraceBuilder, mode: Mode) {
    this.builder = builder;
    this.mode = mode;
    this.kernel = builder.kernel;
    this.frontier = new Frontier(builder.kernel);
    this.growGoroutines(64);
    this.growProcs(16);
    this.growThreads(16);
    this.kernel.columnInts(SLOT.queue, RECORD.size * RECORD.count, (view) => {
      this.queue = view;
      this.queueTimes = new Float64Array(view.buffer, view.byteOffset, view.length / 2);
    });
  }

  /** Time of the last event delivered. */
  get lastTime(): number {
    return this.kernel.floats[FLOAT_SLOT.lastTime];
  }

  set lastTime(time: number) {
    this.kernel.floats[FLOAT_SLOT.lastTime] = time;
  }

  /** Turns to a generation that the frontier has been opened on. */
  startGeneration(local: LocalTables): void {
    this.local = local;
    this.shareTable('strings', local.strings.dense);
    this.shareTable('stacks', local.stacks.dense);
    this.reserve();
    this.goSeq.fill(STALE, 0, this.builder.goroutineIds.length);
    this.procSeq.fill(STALE);
  }

  private shareTable(name: 'strings' | 'stacks', dense: Int32Array): void {
    const { kernel } = this;
    if (dense.length > this.localColumns[name].length) {
      kernel.columnInts(SLOT[name], 2 * dense.length, (view) => {
        this.localColumns[name] = view;
      });
    }
    this.localColumns[name].set(dense);
    kernel.words[SLOT[`${name}Length`]] = dense.length;
  }

  /**
   * Forgets everything: what comes next follows a gap, and introduces all anew. What was alive is
   * undetermined from `time` on.
   */
  forget(time: number): void {
    const { goroutineStates, procStates } = this.builder;
    for (let g = 0; g < this.goStatus.length; g++) {
      if (this.goStatus[g] === Status.none) continue;
      goroutineStates.push(time, g, GoState.undetermined, -1, 0);
    }
    for (let p = 0; p < this.procStatus.length; p++) {
      if (this.procStatus[p] === Status.none) continue;
      procStates.push(time, p, ProcState.undetermined, -1, -1);
    }
    this.clear();
  }

  /** Knows nothing, as in the beginning. */
  clear(): void {
    this.goStatus.fill(Status.none);
    this.procStatus.fill(Status.none);
    this.threadGo.fill(-1);
    this.threadProc.fill(-1);
    this.threadIsKnown.fill(0);
    this.innermostRegion.fill(-1);
    this.openRanges.length = 0;
    this.openSweep.length = 0;
    this.builder.tasks.forgetActive();
    this.gcState = 0;
    this.openMark = -1;
    this.isInitial = true;
  }

  /** Room for all goroutines, procs and threads that have an index by now. */
  reserve(): void {
    const { goroutineIds, procIds, threadIds } = this.builder;
    if (goroutineIds.length > this.goStatus.length) this.growGoroutines(2 * goroutineIds.length);
    if (procIds.length > this.procStatus.length) this.growProcs(2 * procIds.length);
    if (threadIds.length > this.threadGo.length) this.growThreads(2 * threadIds.length);
  }

  private growGoroutines(length: number): void {
    const before = this.goStatus.length;
    this.kernel.columnBytes(SLOT.goStatus, length, (view) => {
      this.goStatus = view;
    });
    this.kernel.columnFloats(SLOT.goSeq, length, (view) => {
      this.goSeq = view;
    });
    this.kernel.columnInts(SLOT.syscallStack, length, (view) => {
      this.syscallStack = view;
    });
    this.goSeq.fill(STALE, before);
    this.innermostRegion = resized(this.innermostRegion, length, (n) => new Int32Array(n));
    this.innermostRegion.fill(-1, before);
  }

  private growProcs(length: number): void {
    const before = this.procStatus.length;
    this.kernel.columnBytes(SLOT.procStatus, length, (view) => {
      this.procStatus = view;
    });
    this.kernel.columnFloats(SLOT.procSeq, length, (view) => {
      this.procSeq = view;
    });
    this.procSeq.fill(STALE, before);
  }

  private growThreads(length: number): void {
    const before = this.threadGo.length;
    this.kernel.columnInts(SLOT.threadGo, length, (view) => {
      this.threadGo = view;
    });
    this.kernel.columnInts(SLOT.threadProc, length, (view) => {
      this.threadProc = view;
    });
    this.kernel.columnBytes(SLOT.threadIsKnown, length, (view) => {
      this.threadIsKnown = view;
    });
    this.threadGo.fill(-1, before);
    this.threadProc.fill(-1, before);
  }

  /** Tries to let the cursor's event happen now; if it does, it is delivered to the builder. */
  advance(c: number): number {
    const { frontier } = this;
    this.current = c;
    const m = frontier.thread[c];
    let p = -1;
    let g = -1;
    if (m >= 0) {
      this.threadIsKnown[m] = 1;
      p = this.threadProc[m];
      g = this.threadGo[m];
    }
    switch (frontier.type[c]) {
      case EventType.GoStart:
        return goStart(this, c, m, p, g);
      case EventType.GoBlock:
      case EventType.GoStop:
      case EventType.GoDestroy:
        return goStopExec(this, c, m, p, g);
      case EventType.GoUnblock:
        return goUnblock(this, c, m, p, g);
      case EventType.GoSyscallBegin:
        return goSyscallBegin(this, c, m, p, g);
      case EventType.GoSyscallEnd:
        return goSyscallEnd(this, c, m, p, g);
      case EventType.GoSyscallEndBlocked:
        return goSyscallEndBlocked(this, c, m, p, g);
      case EventType.ProcStart:
        return procStart(this, c, m, p, g);
      case EventType.ProcStop:
        return procStop(this, c, m, p, g);
      case EventType.ProcSteal:
        return procSteal(this, c, m, p, g);
      case EventType.ProcStatus:
        return procStatusEvent(this, c, m, p, g);
      case EventType.GoCreate:
      case EventType.GoCreateBlocked:
        return goCreate(this, c, m, p, g);
      case EventType.GoStatus:
      case EventType.GoStatusStack:
        return goStatusEvent(this, c, m, p, g);
      case EventType.GoSwitch:
      case EventType.GoSwitchDestroy:
        return goSwitch(this, c, m, p, g);
      case EventType.GoCreateSyscall:
        return goCreateSyscall(this, c, m, p, g);
      case EventType.GoDestroySyscall:
        return goDestroySyscall(this, c, m, p, g);
      default:
        return advanceAnnotation(this, c, m, p, g);
    }
  }

  /** Hands an event to the builder; gives its final time. `g`, `p`, `m`: where it happened. */
  deliver(
    kind: number,
    time: number,
    m: number,
    p: number,
    g: number,
    stack: number,
    a: number,
    b: number,
  ): number {
    if (this.delivered !== undefined) return this.delivered;
    const final = this.nextTime(time);
    this.lastTime = final;
    this.builder.eventCount++;
    this.builder.events?.push(kind, final, g, p, m, stack, a, b);
    return final;
  }

  /** The time that the next event will have. */
  nextTime(time: number): number {
    if (this.delivered !== undefined) return this.delivered;
    return time > this.lastTime ? time : this.lastTime + 1;
  }

  broken(reason: string): number {
    this.reason = reason;
    return Advance.broken;
  }

  /** An odd annotation. True: the trace is to be refused for it. */
  isRefusedFor(reason: string, stack: number): boolean {
    this.reason = reason;
    if (this.mode === 'strict') return true;
    if (this.mode === 'lenient') this.onOddity(reason, stack);
    return false;
  }

  /** The trace's stack for the cursor's argument `i`. */
  stackAt(c: number, i: number): number {
    const lo = this.frontier.lo[4 * c + i];
    const { dense } = this.local.stacks;
    if (lo < dense.length && this.frontier.hi[4 * c + i] === 0 && dense[lo] >= 0) return dense[lo];
    return this.rareId(this.local.stacks, 'stack', c, i);
  }

  stringAt(c: number, i: number): number {
    const lo = this.frontier.lo[4 * c + i];
    const { dense } = this.local.strings;
    if (lo < dense.length && this.frontier.hi[4 * c + i] === 0 && dense[lo] >= 0) return dense[lo];
    return this.rareId(this.local.strings, 'string', c, i);
  }

  private rareId(ids: LocalTables['stacks'], what: string, c: number, i: number): number {
    const lo = this.frontier.lo[4 * c + i];
    const hi = this.frontier.hi[4 * c + i];
    const index = globalIndex(ids, lo, hi);
    if (index >= 0) return index;
    this.missingCount++;
    const id = (BigInt(hi) << 32n) | BigInt(lo);
    const name = eventName(this.frontier.type[c]);
    this.missing = `found invalid ${what} ID ${id} for event ${name}`;
    return 0;
  }

  /** An argument as a float: exact for sequence numbers that can occur. */
  number(c: number, i: number): number {
    return this.frontier.hi[4 * c + i] * 4294967296 + this.frontier.lo[4 * c + i];
  }

  findGo(c: number): number {
    return this.builder.goroutineIds.find(this.frontier.lo[4 * c], this.frontier.hi[4 * c]);
  }

  internGo(c: number): number {
    const { goroutineIds } = this.builder;
    const index = goroutineIds.intern(this.frontier.lo[4 * c], this.frontier.hi[4 * c]);
    if (index >= this.goStatus.length) this.reserve();
    return index;
  }

  /** Why an event that needs a thread, a proc and a goroutine (user code runs) cannot be here. */
  lacks(m: number, p: number, g: number): number {
    if (m < 0) return this.broken("expected a thread but didn't have one");
    if (p < 0) return this.broken("expected a proc but didn't have one");
    if (g < 0) return this.broken("expected a goroutine but didn't have one");
    return Advance.yes;
  }

  goId(g: number): bigint {
    const { lo, hi } = this.builder.goroutineIds;
    return BigInt.asIntN(64, (BigInt(hi[g]) << 32n) | BigInt(lo[g]));
  }

  procId(p: number): bigint {
    const { lo, hi } = this.builder.procIds;
    return BigInt.asIntN(64, (BigInt(hi[p]) << 32n) | BigInt(lo[p]));
  }

  /** What an earlier goroutine of this id has left open ended with it. */
  closeAll(g: number): void {
    this.innermostRegion[g] = -1;
    if (g < this.openRanges.length) this.openRanges[g] = undefined;
  }

  /** In Go's words. */
  misuseOfRegion(g: number, task: number, name: number, innermost: number): string {
    const { regions, strings, tasks } = this.builder;
    const region = (ofTask: number, ofName: number) =>
      `{${ofTask < 0 ? 0 : tasks.idOf(ofTask)} ${strings.text(ofName)}}`;
    const open = region(regions.taskOf(innermost), regions.nameOf(innermost));
    return (
      `misuse of region in goroutine ${this.goId(g)}: region end ${region(task, name)} ` +
      `when the inner-most active region start event is ${open}`
    );
  }
}
