/**
 * The part of the ordering (ordering.ts) that is not scheduling: GC, stopped worlds and other
 * ranges, counters, and what the program says itself (tasks, regions, logs, labels).
 */
import { EventType, eventName } from './eventtype.ts';
import type { OpenRange, Ordering } from './ordering.ts';
import { Advance } from './orderstatus.ts';
import { RangeKind } from './trace.ts';

export const GcState = { undetermined: 0, notRunning: 1, running: 2 } as const;

export function advanceAnnotation(o: Ordering, c: number, m: number, p: number, g: number): number {
  const kind = o.frontier.type[c];
  switch (kind) {
    case EventType.GCSweepBegin:
    case EventType.GCSweepEnd:
      return sweep(o, c, m, p, g);
    case EventType.GCSweepActive:
      return sweepActive(o, c, m, p, g);
    case EventType.STWBegin:
    case EventType.GCMarkAssistBegin:
      return rangeBegin(o, c, m, p, g);
    case EventType.STWEnd:
    case EventType.GCMarkAssistEnd:
      return rangeEnd(o, c, m, p, g);
    case EventType.GCMarkAssistActive:
      return assistActive(o, c, m, p, g);
    case EventType.HeapAlloc:
    case EventType.HeapGoal:
      return m < 0 || p < 0 ? o.lacks(m, p, g) : metric(o, c, m, p, g);
    case EventType.ProcsChange:
      return m < 0 || p < 0 || g < 0 ? o.lacks(m, p, g) : metric(o, c, m, p, g);
    case EventType.GCActive:
    case EventType.GCBegin:
    case EventType.GCEnd:
      return markPhase(o, c, m, p, g);
    case EventType.UserRegionBegin:
      return regionBegin(o, c, m, p, g);
    case EventType.UserRegionEnd:
      return regionEnd(o, c, m, p, g);
    case EventType.UserTaskBegin:
      return taskBegin(o, c, m, p, g);
    case EventType.UserTaskEnd:
      return taskEnd(o, c, m, p, g);
    case EventType.UserLog:
      return log(o, c, m, p, g);
    case EventType.GoLabel:
      return label(o, c, m, p, g);
    default:
      if (kind >= EventType.Span && kind <= EventType.GoroutineStackFree) {
        return experimental(o, c, m, p, g);
      }
      return o.broken(`bad event type found while ordering: ${kind}`);
  }
}

function metric(o: Ordering, c: number, m: number, p: number, g: number): number {
  const { frontier, builder } = o;
  const kind = frontier.type[c];
  const stack = kind === EventType.ProcsChange ? o.stackAt(c, 1) : 0;
  const lo = frontier.lo[4 * c];
  const hi = frontier.hi[4 * c];
  const time = o.deliver(kind, frontier.time[c], m, p, g, stack, lo, hi);
  if (kind === EventType.HeapAlloc) builder.heapAlloc.push(time, o.number(c, 0));
  else if (kind === EventType.HeapGoal) builder.heapGoal.push(time, o.number(c, 0));
  else builder.gomaxprocs.push(time, o.number(c, 0));
  return Advance.yes;
}

function sweep(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0 || p < 0) return o.lacks(m, p, g);
  const { frontier, builder } = o;
  const open = o.openSweep[p];
  if (frontier.type[c] === EventType.GCSweepBegin) {
    const stack = o.stackAt(c, 0);
    const reason = 'discovered event already in-flight for when starting event GCSweepBegin';
    if (open !== undefined && o.isRefusedFor(reason, stack)) return Advance.broken;
    const time = o.deliver(EventType.GCSweepBegin, frontier.time[c], m, p, g, stack, 0, 0);
    o.openSweep[p] = builder.ranges.begin(RangeKind.sweep, time, p, g, 0, stack);
    return Advance.yes;
  }
  const reason = 'tried to end event GCSweepBegin, but not in-flight';
  if (open === undefined && o.isRefusedFor(reason, 0)) return Advance.broken;
  const wide = builder.events?.pushWide(wideArgument(o, c, 0)) ?? 0;
  builder.events?.pushWide(wideArgument(o, c, 1));
  const time = o.deliver(EventType.GCSweepEnd, frontier.time[c], m, p, g, 0, wide, 2);
  const row = open ?? builder.ranges.begin(RangeKind.sweep, Number.NaN, p, g, 0, 0);
  builder.ranges.finishRange(row, time, o.number(c, 0), o.number(c, 1));
  o.openSweep[p] = undefined;
  return Advance.yes;
}

function wideArgument(o: Ordering, c: number, i: number): bigint {
  return (BigInt(o.frontier.hi[4 * c + i]) << 32n) | BigInt(o.frontier.lo[4 * c + i]);
}

function sweepActive(o: Ordering, c: number, m: number, p: number, g: number): number {
  const { frontier, builder } = o;
  const proc = builder.procIds.find(frontier.lo[4 * c], frontier.hi[4 * c]);
  if (proc < 0 || o.procStatus[proc] === 0) {
    return o.broken(`encountered GCSweepActive for unknown proc ${o.number(c, 0)}`);
  }
  const open = o.openSweep[proc];
  if (!isActivePlausible(o, open !== undefined, 'GCSweepBegin')) return Advance.broken;
  o.deliver(EventType.GCSweepActive, frontier.time[c], m, p, g, 0, proc, 0);
  o.openSweep[proc] = open ?? builder.ranges.begin(RangeKind.sweep, Number.NaN, proc, g, 0, 0);
  return Advance.yes;
}

/** An "active" event introduces a range in the first generation, and confirms it in later ones. */
function isActivePlausible(o: Ordering, isOpen: boolean, name: string): boolean {
  if (isOpen !== o.isInitial) return true;
  return !o.isRefusedFor(
    isOpen
      ? `found named active range already in first gen: ${name}`
      : `resource is missing active range: ${name}`,
    0,
  );
}

function rangeBegin(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0 || p < 0 || g < 0) return o.lacks(m, p, g);
  const { frontier, builder } = o;
  const kind = frontier.type[c];
  if (o.goStatus[g] === 0) return unknownGoroutine(o, kind);
  const isStop = kind === EventType.STWBegin;
  const reasonLo = isStop ? frontier.lo[4 * c] : 0;
  const reasonHi = isStop ? frontier.hi[4 * c] : 0;
  const reason = isStop ? o.stringAt(c, 0) : 0;
  const stack = o.stackAt(c, isStop ? 1 : 0);
  const open = o.openRanges[g] ?? [];
  const isSame = (range: OpenRange) =>
    range.type === kind && range.reasonLo === reasonLo && range.reasonHi === reasonHi;
  if (open.some(isSame)) {
    const words = `discovered event already in-flight for when starting event ${eventName(kind)}`;
    if (o.isRefusedFor(words, stack)) return Advance.broken;
  }
  const time = o.deliver(kind, frontier.time[c], m, p, g, stack, reason, 0);
  const rangeKind = isStop ? RangeKind.stopTheWorld : RangeKind.markAssist;
  const row = builder.ranges.begin(rangeKind, time, g, g, reason, stack);
  open.push({ type: kind, reasonLo, reasonHi, row });
  o.openRanges[g] = open;
  return Advance.yes;
}

function unknownGoroutine(o: Ordering, kind: number): number {
  const words = 'without known state for current goroutine';
  return o.broken(`encountered event of type ${kind} ${words}`);
}

function rangeEnd(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0 || p < 0 || g < 0) return o.lacks(m, p, g);
  const { frontier, builder } = o;
  const kind = frontier.type[c];
  if (o.goStatus[g] === 0) return unknownGoroutine(o, kind);
  const isStop = kind === EventType.STWEnd;
  const begin = isStop ? EventType.STWBegin : EventType.GCMarkAssistBegin;
  const open = o.openRanges[g] ?? [];
  const index = open.findIndex((range) => range.type === begin);
  if (index < 0) {
    const words = `tried to end event ${eventName(begin)}, but not in-flight`;
    if (o.mode === 'strict' || !o.isInitial) {
      if (o.isRefusedFor(words, 0)) return Advance.broken;
    }
    const time = o.deliver(kind, frontier.time[c], m, p, g, 0, 0, 0);
    const rangeKind = isStop ? RangeKind.stopTheWorld : RangeKind.markAssist;
    builder.ranges.finishRange(builder.ranges.begin(rangeKind, Number.NaN, g, g, 0, 0), time, 0, 0);
    return Advance.yes;
  }
  const range = open[index];
  // Go takes the last one for the one that left.
  open[index] = open[open.length - 1];
  open.pop();
  if (isStop) {
    // The end has no reason of its own; the begin's string id must be known in this generation too.
    frontier.lo[4 * c] = range.reasonLo;
    frontier.hi[4 * c] = range.reasonHi;
    if (o.mode === 'strict') o.stringAt(c, 0);
  }
  const reason = builder.ranges.reasonOf(range.row);
  const time = o.deliver(kind, frontier.time[c], m, p, g, 0, reason, 0);
  builder.ranges.finishRange(range.row, time, 0, 0);
  return Advance.yes;
}

function assistActive(o: Ordering, c: number, m: number, p: number, g: number): number {
  const { frontier, builder } = o;
  const go = builder.goroutineIds.find(frontier.lo[4 * c], frontier.hi[4 * c]);
  if (go < 0 || o.goStatus[go] === 0) {
    const id = o.number(c, 0);
    return o.broken(`uninitialized goroutine ${id} found during GCMarkAssistActive`);
  }
  const open = o.openRanges[go] ?? [];
  const type = EventType.GCMarkAssistBegin;
  const isOpen = open.some((range) => range.type === type);
  if (!isActivePlausible(o, isOpen, 'GCMarkAssistBegin')) return Advance.broken;
  o.deliver(EventType.GCMarkAssistActive, frontier.time[c], m, p, g, 0, go, 0);
  if (!isOpen) {
    const row = builder.ranges.begin(RangeKind.markAssist, Number.NaN, go, go, 0, 0);
    open.push({ type, reasonLo: 0, reasonHi: 0, row });
    o.openRanges[go] = open;
  }
  return Advance.yes;
}

/** Begin and end have a common sequence number, since they happen on different threads. */
function markPhase(o: Ordering, c: number, m: number, p: number, g: number): number {
  const { frontier } = o;
  const kind = frontier.type[c];
  const seq = o.number(c, 0);
  const isUndetermined = o.gcState === GcState.undetermined;
  if (kind === EventType.GCActive && o.isInitial) {
    if (!isUndetermined) {
      return o.broken("GCActive in the first generation isn't first GC event");
    }
  } else if (kind !== EventType.GCBegin || !isUndetermined) {
    if (seq !== o.gcSeq + 1) return Advance.no;
    const problem = gcProblem(kind, o.gcState);
    if (problem !== '') return o.broken(problem);
    if (m < 0 || p < 0 || g < 0) return o.lacks(m, p, g);
  }
  o.gcSeq = seq;
  o.gcState = kind === EventType.GCEnd ? GcState.notRunning : GcState.running;
  const stack = kind === EventType.GCBegin ? o.stackAt(c, 1) : 0;
  const { lo, hi } = frontier;
  const time = o.deliver(kind, frontier.time[c], m, p, g, stack, lo[4 * c], hi[4 * c]);
  const { ranges } = o.builder;
  if (kind === EventType.GCBegin) {
    o.openMark = ranges.begin(RangeKind.mark, time, -1, g, 0, stack);
  } else if (kind === EventType.GCActive) {
    if (o.openMark < 0) o.openMark = ranges.begin(RangeKind.mark, Number.NaN, -1, g, 0, 0);
  } else {
    if (o.openMark >= 0) ranges.finishRange(o.openMark, time, 0, 0);
    o.openMark = -1;
  }
  return Advance.yes;
}

function gcProblem(kind: number, state: number): string {
  if (kind === EventType.GCActive) {
    return state === GcState.running ? '' : 'encountered GCActive while GC was not in progress';
  }
  if (kind === EventType.GCBegin) {
    return state === GcState.running ? 'encountered GCBegin while GC was already in progress' : '';
  }
  if (state === GcState.notRunning) return 'encountered GCEnd when GC was not in progress';
  const isUndetermined = state === GcState.undetermined;
  return isUndetermined ? 'encountered GCEnd when GC was in an undetermined state' : '';
}

function taskBegin(o: Ordering, c: number, m: number, p: number, g: number): number {
  const { frontier, builder } = o;
  const { lo, hi } = frontier;
  const at = 4 * c;
  const name = o.stringAt(c, 2);
  const stack = o.stackAt(c, 3);
  if (builder.tasks.isActive(lo[at], hi[at])) {
    const reason = `task ID conflict: ${wideArgument(o, c, 0)}`;
    if (o.isRefusedFor(reason, stack)) return Advance.broken;
  }
  if (m < 0 || p < 0 || g < 0) return o.lacks(m, p, g);
  const parent = builder.tasks.rowOf(lo[at + 1], hi[at + 1]);
  const time = o.nextTime(frontier.time[c]);
  const task = builder.tasks.begin(lo[at], hi[at], parent, name, time, g, stack);
  o.deliver(EventType.UserTaskBegin, time, m, p, g, stack, task, name);
  return Advance.yes;
}

function taskEnd(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0 || p < 0 || g < 0) return o.lacks(m, p, g);
  const { frontier, builder } = o;
  const lo = frontier.lo[4 * c];
  const hi = frontier.hi[4 * c];
  const stack = o.stackAt(c, 1);
  const isActive = builder.tasks.isActive(lo, hi);
  const time = o.nextTime(frontier.time[c]);
  const task = builder.tasks.finishTask(lo, hi, time, g, stack);
  const name = isActive ? builder.tasks.nameOf(task) : 0;
  o.deliver(EventType.UserTaskEnd, time, m, p, g, stack, task, name);
  return Advance.yes;
}

function regionBegin(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0 || p < 0 || g < 0) return o.lacks(m, p, g);
  const { frontier, builder } = o;
  const name = o.stringAt(c, 1);
  if (o.delivered === undefined && o.goStatus[g] === 0) {
    return o.broken('encountered EvUserRegionBegin without known state for current goroutine');
  }
  const task = builder.tasks.rowOf(frontier.lo[4 * c], frontier.hi[4 * c]);
  const stack = o.stackAt(c, 2);
  const kind = EventType.UserRegionBegin;
  const time = o.deliver(kind, frontier.time[c], m, p, g, stack, task, name);
  const parent = o.innermostRegion[g];
  o.innermostRegion[g] = builder.regions.begin(task, name, g, parent, time, stack);
  return Advance.yes;
}

function regionEnd(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0 || p < 0 || g < 0) return o.lacks(m, p, g);
  const { frontier, builder } = o;
  const { regions } = builder;
  const name = o.stringAt(c, 1);
  if (o.delivered === undefined && o.goStatus[g] === 0) {
    return o.broken('encountered EvUserRegionEnd without known state for current goroutine');
  }
  const task = builder.tasks.rowOf(frontier.lo[4 * c], frontier.hi[4 * c]);
  const stack = o.stackAt(c, 2);
  const innermost = o.innermostRegion[g];
  let row = innermost;
  if (row >= 0 && !isRegion(o, row, task, name)) {
    const reason = o.misuseOfRegion(g, task, name, row);
    if (o.isRefusedFor(reason, stack)) return Advance.broken;
    while (row >= 0 && !isRegion(o, row, task, name)) row = regions.around(row);
  }
  const kind = EventType.UserRegionEnd;
  const time = o.deliver(kind, frontier.time[c], m, p, g, stack, task, name);
  if (row >= 0) {
    regions.finishRegion(row, time, stack);
    o.innermostRegion[g] = regions.without(innermost, row);
  } else if (innermost < 0) {
    regions.finishRegion(regions.begin(task, name, g, -1, Number.NaN, 0), time, stack);
  }
  // Else it is misused: an end that matches no open region ends none.
  return Advance.yes;
}

/** Whether a region has this name and the task of this id: ids count, as they may be used again. */
function isRegion(o: Ordering, row: number, task: number, name: number): boolean {
  const { regions, tasks } = o.builder;
  return regions.nameOf(row) === name && tasks.isSameId(regions.taskOf(row), task);
}

function log(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0 || p < 0 || g < 0) return o.lacks(m, p, g);
  const { frontier, builder } = o;
  const task = builder.tasks.rowOf(frontier.lo[4 * c], frontier.hi[4 * c]);
  const category = o.stringAt(c, 1);
  const message = o.stringAt(c, 2);
  const stack = o.stackAt(c, 3);
  const time = o.nextTime(frontier.time[c]);
  const row = builder.logs.push(time, task, g, category, message, stack);
  o.deliver(EventType.UserLog, time, m, p, g, stack, task, row);
  return Advance.yes;
}

function label(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0 || p < 0 || g < 0) return o.lacks(m, p, g);
  const text = o.stringAt(c, 0);
  const time = o.deliver(EventType.GoLabel, o.frontier.time[c], m, p, g, 0, text, 0);
  o.builder.labels.push(time, g, text);
  return Advance.yes;
}

function experimental(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0) return o.lacks(m, p, g);
  const { frontier, builder } = o;
  const kind = frontier.type[c];
  const count = EXPERIMENTAL_ARGS[kind - EventType.Span];
  let wide = 0;
  if (builder.events !== undefined) {
    wide = builder.events.pushWide(wideArgument(o, c, 0));
    for (let i = 1; i < count; i++) builder.events.pushWide(wideArgument(o, c, i));
  }
  o.deliver(kind, frontier.time[c], m, p, g, 0, wide, count);
  builder.experimentalEvents++;
  return Advance.yes;
}

/** Span, SpanAlloc, SpanFree, HeapObject …: how many arguments, in the order of their types. */
const EXPERIMENTAL_ARGS = [3, 3, 1, 2, 2, 1, 2, 2, 1];
